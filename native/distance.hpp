// q, the distance that decides: every label, cost and draw is defined by it.
//
// q(x, c) is the float64 sum of squared differences in feature order, never fused, on the
// caller's own values. Everything faster is a filter that may only decide which q are needed.
#pragma once

#include <cstddef>
#include <span>

#include "rows.hpp"

namespace globular {

template <class T>
inline double q(const T* x, const double* c, std::size_t d) {
    double s = 0.0;
    for (std::size_t f = 0; f < d; ++f) {
        const double t = static_cast<double>(x[f]) - c[f];
        s += t * t;
    }
    return s;
}

// The lowest j among `candidates` (ascending) that minimises q(x, centers[j]).
template <class T>
std::int32_t nearest_of(const T* x, Rows<double> centers, std::span<const std::int32_t> candidates) {
    std::int32_t best = candidates[0];
    double best_q = q(x, centers[static_cast<std::size_t>(best)], centers.d);
    for (std::int32_t j : candidates.subspan(1)) {
        const double v = q(x, centers[static_cast<std::size_t>(j)], centers.d);
        if (v < best_q) {
            best_q = v;
            best = j;
        }
    }
    return best;
}

}  // namespace globular
