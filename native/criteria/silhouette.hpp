// Mean distances from points to clusters: what silhouettes are made of (Rousseeuw 1987).
//
// The points are packed once, cluster by cluster, and then read in blocks that stay in the cache; a row keeps
// one sum for the cluster under way and no more, so memory is that of the points. Every term of a row's sums
// is added by one thread in the order of the rows, so threads change no bit, nor does the level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../aligned.hpp"
#include "../level/dispatch.hpp"
#include "../rows.hpp"
#include "../team.hpp"

namespace globular {

class ClusterDistances {
 public:
    // Packs the rows by their labels, each in [0, k). Coordinates are multiplied by `scale`, a power of two
    // that keeps squares from overflow and underflow.
    template <class T>
    ClusterDistances(Rows<T> rows, Weights weights, const std::int32_t* labels, std::size_t k, double scale,
                     const Kernels& kernels);

    // For each of the rows `which` the weighted mean distance to the other rows of its cluster (zero where
    // there are none), and to the rows of the cluster nearest in this sense. A row does not count itself: its
    // weight is lowered by one, or to zero if it weighs less. O(count n d). Returns false if interrupted.
    template <class T>
    bool means(Rows<T> rows, Weights weights, const std::int32_t* labels, const std::int64_t* which,
               std::size_t count, std::size_t n_threads, const Interrupted& interrupted, double* own,
               double* nearest) const;

 private:
    const Kernels* kernels_;
    std::size_t d_, k_;
    double scale_;
    std::vector<std::size_t> first_group_;  // (k + 1)
    std::vector<double> weight_;            // (k)
    Aligned<double> groups_, weights_;      // [group][feature][kTerms], [group][kTerms]
};

}  // namespace globular
