// Places on a Hilbert curve (assign/hilbert.hpp); included once by each level unit, after words.hpp.

namespace globular::LEVEL {
namespace {

using Whole = std::uint32_t __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

// All bits of a lane, or none: as bit number `bit` of x says.
inline Whole everywhere(Whole x, std::size_t bit) { return -(x >> static_cast<std::uint32_t>(bit) & 1); }

template <std::size_t D>
void curve(const std::uint32_t* cells, std::size_t bits, std::uint32_t* places) {
    for (std::size_t r = 0; r < kGroup; r += kLanes) {
        Whole x[D];
        for (std::size_t f = 0; f < D; ++f) x[f] = *reinterpret_cast<const Whole*>(cells + f * kGroup + r);
        for (std::size_t bit = bits - 1; bit > 0; --bit) {  // flips and turns of ever smaller cubes
            const Whole below = Whole{} + ((1U << bit) - 1);
            x[0] ^= everywhere(x[0], bit) & below;
            for (std::size_t f = 1; f < D; ++f) {
                const Whole flip = everywhere(x[f], bit) & below, turn = (x[0] ^ x[f]) & (below ^ flip);
                x[0] ^= flip | turn;
                x[f] ^= turn;
            }
        }
        Whole gray{}, place{};
        for (std::size_t f = 1; f < D; ++f) x[f] ^= x[f - 1];
        for (std::size_t bit = bits - 1; bit > 0; --bit)
            gray ^= everywhere(x[D - 1], bit) & ((1U << bit) - 1);
        for (std::size_t bit = bits; bit-- > 0;)
            for (std::size_t f = 0; f < D; ++f)
                place = place << 1 | ((x[f] ^ gray) >> static_cast<std::uint32_t>(bit) & 1);
        *reinterpret_cast<Whole*>(places + r) = place;
    }
}

}  // namespace
}  // namespace globular::LEVEL
