// What float32 rounds, and what margins are made of.
#pragma once

namespace globular {

inline constexpr double kU = 0x1p-24;       // of a number, in relation
inline constexpr double kSafety = 1.02;     // covers second-order terms and the margins' own rounding
inline constexpr double kFloor = 0x1p-100;  // far above what float32 loses to underflow
inline constexpr double kFarthest = 1e18;   // centers beyond could reach kNever, or overflow

}  // namespace globular
