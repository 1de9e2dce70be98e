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
#ifdef COMPRESSES
    compress(lanes, static_cast<std::uint32_t>(e), places + count);
    count += static_cast<unsigned>(__builtin_popcount(lanes));
#else
    using Eight = std::uint32_t __attribute__((vector_size(32), aligned(4), may_alias));
    using EightBytes = unsigned char __attribute__((vector_size(8), aligned(1), may_alias));
    for (unsigned part = 0; part < kLanes; part += 8, lanes >>= 8) {
        const unsigned byte = lanes & 255;
        const auto at = *reinterpret_cast<const EightBytes*>(kBits.at[byte]);
        *reinterpret_cast<Eight*>(places + count) =
            __builtin_convertvector(at, Eight) + static_cast<std::uint32_t>(e + part);
        count += kBits.count[byte];
    }
#endif
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

// Values to be looked up, in 2 kPairs vectors: where registers hold them, no memory is asked.
template <std::size_t kPairs>
struct Table {
    static constexpr std::size_t kSize = 2 * kPairs * kLanes;
    Float pairs[2 * kPairs];

    Table(const float* values, std::size_t k) {
        float all_values[kSize] = {};
        for (std::size_t j = 0; j < k; ++j) all_values[j] = values[j];
        for (std::size_t v = 0; v < 2 * kPairs; ++v) pairs[v] = load(all_values + v * kLanes);
    }
    Float operator()(const std::int32_t* at) const {
        const Int which = *reinterpret_cast<const Int*>(at);
        Float found = __builtin_shuffle(pairs[0], pairs[1], which);
        for (std::size_t p = 1; p < kPairs; ++p)
            found = which < all(static_cast<std::int32_t>(2 * p * kLanes))
                        ? found
                        : __builtin_shuffle(pairs[2 * p], pairs[2 * p + 1], which);
        return found;
    }
};

template <class LookUp>
inline std::size_t list_used_up(const float* limits, const std::int32_t* labels, const float* drift,
                                std::size_t n, LookUp look_up, std::uint32_t* rows) {
    std::size_t count = 0, i = 0;
    for (; i + kPlaces <= n; i += kLanes)
        if (const unsigned lanes = lanes_of(~(load(limits + i) > look_up(labels + i))))
            list(lanes, i, rows, count);
    for (; i < n; ++i) {
        rows[count] = static_cast<std::uint32_t>(i);
        count += !(limits[i] > drift[labels[i]]);
    }
    return count;
}

// Calls use(what looks up values of `drift` for a vector of labels).
template <class Use>
inline auto with_drift(const float* drift, std::size_t k, Use use) {
    if constexpr (kLanes >= 8) {
        if (k <= Table<1>::kSize) return use(Table<1>(drift, k));
        if (k <= Table<2>::kSize) return use(Table<2>(drift, k));
    }
    return use([=](const std::int32_t* at) { return looked_up(drift, at); });
}

std::size_t used_up(const float* limits, const std::int32_t* labels, const float* drift, std::size_t k,
                    std::size_t n, std::uint32_t* rows) {
    return with_drift(drift, k, [=](const auto& of) __attribute__((always_inline)) {
        return list_used_up(limits, labels, drift, n, of, rows);
    });
}

void limits(const float* gaps, const std::int32_t* labels, const float* drift, std::size_t k, std::size_t n,
            float* out) {
    with_drift(drift, k, [=](const auto& of) {
        std::size_t e = 0;
        for (; e + kLanes <= n; e += kLanes)
            *reinterpret_cast<Float*>(out + e) = (load(gaps + e) + of(labels + e)) * kDown;
        for (; e < n; ++e) out[e] = (gaps[e] + drift[labels[e]]) * kDown;
    });
}

// Hardly any vector holds one; in those that do, both values of a lane are looked at again.
std::size_t in_buckets(const std::uint16_t* values, std::size_t n, int shift, const std::uint16_t* buckets,
                       std::size_t n_buckets, std::uint32_t* places) {
    using Shorts = std::uint16_t __attribute__((vector_size(sizeof(Float)), aligned(2), may_alias));
    constexpr std::size_t kShorts = sizeof(Shorts) / sizeof(std::uint16_t);
    Shorts wanted[kMostBuckets];
    for (std::size_t b = 0; b < kMostBuckets; ++b) wanted[b] = Shorts{} + buckets[b < n_buckets ? b : 0];
    std::size_t count = 0;
    for (std::size_t i = 0; i < n; i += kShorts) {
        const std::size_t here = n - i < kShorts ? n - i : kShorts;
        Shorts seen{};
        if (here == kShorts)
            seen = *reinterpret_cast<const Shorts*>(values + i);
        else
            for (std::size_t l = 0; l < here; ++l) seen[l] = values[i + l];
        const Shorts bucket = seen >> shift;
        Shorts least = bucket ^ wanted[0];  // zero where one is found
        for (std::size_t b = 1; b < kMostBuckets; ++b) {
            const Shorts other = bucket ^ wanted[b];
            least = other < least ? other : least;
        }
        unsigned lanes = lanes_of(reinterpret_cast<Int>(least == Shorts{}) != Int{});  // of two each
        if (lanes == 0) continue;
        std::uint16_t off[kShorts];
        *reinterpret_cast<Shorts*>(off) = least;
        for (; lanes != 0; lanes &= lanes - 1) {
            const std::size_t first = 2 * static_cast<unsigned>(__builtin_ctz(lanes));
            for (std::size_t l = first; l < first + 2 && l < here; ++l) {
                places[count] = static_cast<std::uint32_t>(i + l);
                count += off[l] == 0;
            }
        }
    }
    return count;
}

}  // namespace
}  // namespace globular::LEVEL
