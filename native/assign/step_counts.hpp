#pragma once

#include <cstdint>

namespace globular {

inline constexpr std::int32_t kNone = -1;  // the label of a row that has none yet

// What one E-step did, besides the sums.
struct StepCounts {
    std::int64_t n_changed = 0;    // rows whose label is another than before; all, the first time
    std::int64_t n_settled = 0;    // rows that needed q
    std::int64_t n_distances = 0;  // point-center distances computed, of any precision
    bool complete = true;          // false: interrupted, and the session starts afresh next time
};

}  // namespace globular
