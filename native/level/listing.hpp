// Lists of the places where something holds, found a vector at a time; included once by each level unit,
// after words.hpp.

namespace globular::LEVEL {
namespace {

// Which bits of a byte are set, and how many.
struct BitsOfBytes {
    unsigned char at[256][8] = {}, count[256] = {};

    constexpr BitsOfBytes() {
        for (unsigned byte = 0; byte < 256; ++byte)
            for (unsigned char bit = 0; bit < 8; ++bit)
                if (byte >> bit & 1) at[byte][count[byte]++] = bit;
    }
};
constexpr BitsOfBytes kBits;

// Appends the places e + l for every bit l that is set: eight are written, whatever they are, for which of
// them count cannot be guessed.
constexpr std::size_t kPlaces = kLanes < 8 ? 8 : kLanes;  // places there must be room for
inline void list(unsigned lanes, std::size_t e, std::uint32_t* places, std::size_t& count) {
    using Eight = std::uint32_t __attribute__((vector_size(32), aligned(4), may_alias));
    using EightBytes = unsigned char __attribute__((vector_size(8), aligned(1), may_alias));
    for (unsigned part = 0; part < kLanes; part += 8, lanes >>= 8) {
        const unsigned byte = lanes & 255;
        const auto at = *reinterpret_cast<const EightBytes*>(kBits.at[byte]);
        *reinterpret_cast<Eight*>(places + count) =
            __builtin_convertvector(at, Eight) + static_cast<std::uint32_t>(e + part);
        count += kBits.count[byte];
    }
}

// Labels are compared a vector at a time.
std::size_t differing(const std::int32_t* before, std::int32_t* now, std::size_t n, std::uint32_t* places) {
    std::size_t count = 0, e = 0;
    for (; e + kPlaces <= n; e += kLanes) {
        const Mask other =
            *reinterpret_cast<const Int*>(before + e) != *reinterpret_cast<const Int*>(now + e);
        if (const unsigned lanes = lanes_of(other)) list(lanes, e, places, count);
    }
    for (; e < n; ++e) {
        places[count] = static_cast<std::uint32_t>(e);
        count += before[e] != now[e];
    }
    for (std::size_t c = 0; c < count; ++c) now[c] = now[places[c]];
    return count;
}

std::size_t used_up(const float* limits, const std::int32_t* labels, const float* drift, std::size_t n,
                    std::uint32_t* rows) {
    std::size_t count = 0, i = 0;
    for (; i + kPlaces <= n; i += kLanes) {
        Float gone;
        for (std::size_t l = 0; l < kLanes; ++l) gone[l] = drift[labels[i + l]];
        if (const unsigned lanes = lanes_of(~(load(limits + i) > gone))) list(lanes, i, rows, count);
    }
    for (; i < n; ++i) {
        rows[count] = static_cast<std::uint32_t>(i);
        count += !(limits[i] > drift[labels[i]]);
    }
    return count;
}

}  // namespace
}  // namespace globular::LEVEL
