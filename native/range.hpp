// The survey of the points: one pass that tells the range of every feature, whether all values are
// finite, and how deep below the largest value most others lie. Counts and extremes only, so neither the
// order of the rows nor the number of threads has a say, and a row of weight w counts like w rows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "level/dispatch.hpp"
#include "rows.hpp"
#include "team.hpp"

namespace globular {

// The first value of the data that is not finite, if there is one.
struct NotFinite {
    bool found = false;
    std::size_t row = 0, feature = 0;
};

// Range of every feature, in one pass.
struct Range {
    std::vector<double> lowest, highest;
    std::vector<double> depth;  // how many bits below the largest value most others lie
    NotFinite not_finite;

    // The largest absolute value.
    double largest() const {
        double value = 0.0;
        for (const double low : lowest) value = std::max(value, std::abs(low));
        for (const double high : highest) value = std::max(value, std::abs(high));
        return value;
    }
};

// `weights` are whole, or none: a row of weight w counts w times. The level of the kernels changes nothing.
template <class T>
Range range_of(Rows<T> rows, const Kernels& kernels, Weights weights, std::size_t n_threads,
               const Interrupted& interrupted);
template <class T>
Range range_of(SparseRows<T> rows, const Kernels& kernels, Weights weights, std::size_t n_threads,
               const Interrupted& interrupted);

// How a pass over dense rows is cut into chunks of about as many values.
inline constexpr std::size_t kChunkValues = 1 << 15;

inline std::size_t rows_a_pass(std::size_t d) {
    return std::max<std::size_t>(1, kChunkValues / std::max<std::size_t>(d, 1));
}

inline std::size_t chunks_of(std::size_t n, std::size_t per_chunk) { return (n + per_chunk - 1) / per_chunk; }

inline constexpr std::size_t kSparseRowsAPass = 256;

// Threads worth having for a pass over sparse rows in which each keeps something for every feature.
template <class T>
std::size_t sparse_threads(std::size_t n_threads, SparseRows<T> rows, double ns_per_entry) {
    const auto n_entries = static_cast<std::size_t>(rows.starts[rows.n]);
    const std::size_t most = std::max<std::size_t>(1, n_entries / (4 * std::max<std::size_t>(rows.d, 1)));
    return std::min(worthwhile_threads(n_threads, ns_per_entry * static_cast<double>(n_entries)), most);
}

// Short rows are laid end to end until they fill a vector, and treated as one row of `period`
// values: feature f stands at f, f + d, f + 2d, ...
inline std::size_t period_of(std::size_t d) {
    constexpr std::size_t kWide = 8, kEnough = 32;
    if (d >= kEnough) return d;
    const std::size_t even = std::lcm(d, kWide);
    return even * ((kEnough + even - 1) / even);
}

}  // namespace globular
