// Random numbers as a function of (seed, stream, index), never of who asked first.
#pragma once

#include <cstdint>

namespace globular {

// The finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection that passes BigCrush.
inline std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

// Uniform on [0, 1), multiples of 2^-53. Each stream of a seed is a SplitMix64 sequence of its
// own, started at a mixed place; `index` jumps to any of its numbers.
inline double uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
    const std::uint64_t start = mix(mix(seed + kGolden) + stream * 0xd1342543de82ef95ULL);
    return static_cast<double>(mix(start + (index + 1) * kGolden) >> 11) * 0x1p-53;
}

}  // namespace globular
