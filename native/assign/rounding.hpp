// What float32 rounds, and what margins are made of.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "../level/kernels.hpp"

namespace globular {

inline constexpr double kU = 0x1p-24;       // of a number, in relation
inline constexpr double kSafety = 1.02;     // covers second-order terms and the margins' own rounding
inline constexpr double kFloor = 0x1p-100;  // far above what float32 loses to underflow
inline constexpr double kFarthest = 1e18;   // centers beyond could reach kNever, or overflow

// The R of filter.hpp: a product of d features is off by R u of the lengths, for runs of kEntriesAtOnce are
// summed apart.
inline double roundings_of_runs(std::size_t d) {
    const auto run = static_cast<double>(kEntriesAtOnce), all = static_cast<double>(d);
    return 2.0 + std::min(all, run) + std::floor(all / run);
}

}  // namespace globular
