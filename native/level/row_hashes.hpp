// The keys that rows are drawn by (seed/canonical.hpp): hashes of rows, of what float32 would keep of them;
// included once by each level unit, after doubles.hpp.
//
// Whole numbers, and one subtraction that rounds in one way only: every level gives the same.

namespace globular::LEVEL {
namespace {

// The finaliser of SplitMix64, as in draw.hpp.
template <class Bits>
inline Bits mixed(Bits z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

// Of one value, or of several side by side, as bits of doubles: zero if nothing is left of them.
template <class Bits>
inline Bits rough_hash(Bits bits, Bits salt) {
    constexpr int kDropped = 53 - 24;
    constexpr std::uint64_t kHalf = (std::uint64_t{1} << (kDropped - 1)) - 1,
                            kNoSign = ~std::uint64_t{0} >> 1;
    const Bits rough = (bits + kHalf + (bits >> kDropped & 1)) >> kDropped << kDropped;
    return (rough & kNoSign) == 0 ? Bits{} : mixed(rough + salt);
}

template <class T>
void hashes(const T* x, std::size_t n, std::size_t d, const double* origin, const std::uint64_t* salts,
            std::uint64_t* out) {
    for (std::size_t i = 0; i < n; ++i, x += d) {
        WideBits sums{};
        std::uint64_t sum = 0;
        std::size_t f = 0;
        for (; f + kDoubles <= d; f += kDoubles) {
            WideBits salt;
            __builtin_memcpy(&salt, salts + f, sizeof salt);
            sums += rough_hash(reinterpret_cast<WideBits>(values(x + f, Wide{}) - values(origin + f, Wide{})),
                               salt);
        }
        for (std::size_t l = 0; l < kDoubles; ++l) sum += sums[l];
        for (; f < d; ++f) {
            const double v = values(x + f, double{}) - origin[f];
            std::uint64_t bits;
            __builtin_memcpy(&bits, &v, sizeof bits);
            sum += rough_hash(bits, salts[f]);
        }
        out[i] = mixed(sum);
    }
}

}  // namespace
}  // namespace globular::LEVEL
