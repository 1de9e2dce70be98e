// Criteria: mean distances of packed clusters, and dips, at every level.
#pragma once

#include <numeric>

#include "../criteria/dip.hpp"
#include "../criteria/silhouette.hpp"
#include "../distance.hpp"
#include "check.hpp"

namespace globular::tests {

// Clusters of all sizes, one of them empty and one of a single row; weights above and below one.
template <class T>
void test_cluster_distances(const Kernels& kernels) {
    counts.where = "mean distances";
    Random random(5);
    const std::size_t n = 203, d = 5, k = 6;
    const std::vector<T> values = normals<T>(n * d, random);
    std::vector<std::int32_t> labels(n);
    std::vector<double> weights(n);
    std::vector<std::int64_t> which(n);
    std::iota(which.begin(), which.end(), 0);
    for (std::size_t i = 0; i < n; ++i) {
        labels[i] = i == 0 ? 5 : static_cast<std::int32_t>(random.below(4));
        weights[i] = random.between(0.1, 3.0);
    }
    const Rows<T> rows = rows_of(values, d);
    const Weights weighing{weights.data()};
    const ClusterDistances packed(rows, weighing, labels.data(), k, 1.0, kernels);
    std::vector<double> own(n), nearest(n), again(n), nearest_again(n);
    CHECK(packed.means(rows, weighing, labels.data(), which.data(), n, 1, {}, own.data(), nearest.data()));
    CHECK(packed.means(rows, weighing, labels.data(), which.data(), n, 7, {}, again.data(),
                       nearest_again.data()));
    CHECK(own == again && nearest == nearest_again);
    for (std::size_t i = 0; i < n; ++i) {
        const std::vector<double> x(rows[i], rows[i] + d);
        std::vector<double> sums(k), sizes(k);
        for (std::size_t e = 0; e < n; ++e) {
            const auto j = static_cast<std::size_t>(labels[e]);
            sums[j] += weights[e] * std::sqrt(q(rows[e], x.data(), d));
            sizes[j] += weights[e];
        }
        const auto mine = static_cast<std::size_t>(labels[i]);
        double least = INFINITY;
        for (std::size_t j = 0; j < k; ++j)
            if (j != mine && sizes[j] > 0.0) least = std::min(least, sums[j] / sizes[j]);
        const double others = sizes[mine] - std::min(weights[i], 1.0);
        CHECK(std::abs(own[i] - (others > 0.0 ? sums[mine] / others : 0.0)) < 1e-12 * (1.0 + own[i]));
        CHECK(std::abs(nearest[i] - least) < 1e-12 * (1.0 + least));
    }
}

inline void test_dips() {
    counts.where = "dips";
    const std::vector<double> ones(8, 1.0);
    const std::vector<double> even{0, 1, 2, 3, 4, 5, 6, 7}, heaps{0, 0, 0, 0, 1, 1, 1, 1}, same(8, 3.0);
    CHECK(dip(even.data(), ones.data(), 8) == 0.0625);
    CHECK(dip(heaps.data(), ones.data(), 8) == 0.25);
    CHECK(dip(same.data(), ones.data(), 8) <= 0.5);
    CHECK(dip(even.data(), ones.data(), 1) <= 0.5);
    CHECK(dip(even.data(), ones.data(), 0) == 0.0);
}

}  // namespace globular::tests
