#include "silhouette.hpp"

#include <algorithm>
#include <limits>

namespace globular {

namespace {

constexpr std::size_t kRowsAtOnce = 32;
constexpr std::size_t kBlockDoubles = 6144;  // of the points that a block of rows meets at once: 48 KiB
static_assert(kRowsAtOnce % kSumRows == 0);

std::size_t groups_of(std::size_t n) { return (n + kTerms - 1) / kTerms; }

}  // namespace

template <class T>
ClusterDistances::ClusterDistances(Rows<T> rows, Weights weights, const std::int32_t* labels, std::size_t k,
                                   double scale, const Kernels& kernels)
    : kernels_(&kernels), d_(rows.d), k_(k), scale_(scale), first_group_(k + 1, 0), weight_(k, 0.0) {
    std::vector<std::size_t> place(k, 0);
    for (std::size_t i = 0; i < rows.n; ++i) ++place[static_cast<std::size_t>(labels[i])];
    for (std::size_t j = 0; j < k; ++j) first_group_[j + 1] = first_group_[j] + groups_of(place[j]);
    groups_ = Aligned<double>(first_group_[k] * d_ * kTerms);
    weights_ = Aligned<double>(first_group_[k] * kTerms);
    std::fill_n(groups_.data(), groups_.size(), 0.0);
    std::fill_n(weights_.data(), weights_.size(), 0.0);
    for (std::size_t j = 0; j < k; ++j) place[j] = first_group_[j] * kTerms;
    for (std::size_t i = 0; i < rows.n; ++i) {
        const auto j = static_cast<std::size_t>(labels[i]);
        const std::size_t at = place[j]++, group = at / kTerms, lane = at % kTerms;
        for (std::size_t f = 0; f < d_; ++f)
            groups_.data()[(group * d_ + f) * kTerms + lane] = static_cast<double>(rows[i][f]) * scale;
        weights_.data()[at] = weights[i];
        weight_[j] += weights[i];
    }
}

template <class T>
bool ClusterDistances::means(Rows<T> rows, Weights weights, const std::int32_t* labels,
                             const std::int64_t* which, std::size_t count, std::size_t n_threads,
                             const Interrupted& interrupted, double* own, double* nearest) const {
    struct Worker {
        std::vector<double> rows, sums;
    };
    const double ns =
        0.5 * static_cast<double>(count) * static_cast<double>(weights_.size()) * static_cast<double>(d_ + 4);
    n_threads = worthwhile_threads(n_threads, ns);
    std::vector<Worker> workers(
        n_threads, {std::vector<double>(kRowsAtOnce * d_), std::vector<double>(kRowsAtOnce * kTerms)});
    const std::size_t block = std::max<std::size_t>(1, kBlockDoubles / (d_ * kTerms));
    const auto chunk = [&](std::size_t c, std::size_t thread) {
        Worker& w = workers[thread];
        const std::size_t first = c * kRowsAtOnce, n_here = std::min(count - first, kRowsAtOnce);
        std::fill(w.rows.begin(), w.rows.end(), 0.0);
        for (std::size_t e = 0; e < n_here; ++e) {
            const T* x = rows[static_cast<std::size_t>(which[first + e])];
            double* tile = w.rows.data() + e / kSumRows * kSumRows * d_ + e % kSumRows;
            for (std::size_t f = 0; f < d_; ++f) tile[f * kSumRows] = static_cast<double>(x[f]) * scale_;
            own[first + e] = 0.0;
            nearest[first + e] = std::numeric_limits<double>::infinity();
        }
        for (std::size_t j = 0; j < k_; ++j) {
            if (weight_[j] == 0.0) continue;
            std::fill(w.sums.begin(), w.sums.end(), 0.0);
            for (std::size_t g = first_group_[j]; g < first_group_[j + 1]; g += block)
                for (std::size_t e = 0; e < n_here; e += kSumRows)
                    kernels_->distance_sums(w.rows.data() + e * d_, d_, groups_.data() + g * d_ * kTerms,
                                            weights_.data() + g * kTerms,
                                            std::min(block, first_group_[j + 1] - g),
                                            w.sums.data() + e * kTerms);
            for (std::size_t e = 0; e < n_here; ++e) {
                const double* s = w.sums.data() + e * kTerms;
                const double sum = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
                const auto i = static_cast<std::size_t>(which[first + e]);
                if (static_cast<std::size_t>(labels[i]) != j) {
                    nearest[first + e] = std::min(nearest[first + e], sum / weight_[j]);
                } else if (const double others = weight_[j] - std::min(weights[i], 1.0); others > 0.0) {
                    own[first + e] = sum / others;
                }
            }
        }
    };
    return for_chunks(n_threads, (count + kRowsAtOnce - 1) / kRowsAtOnce, interrupted, chunk);
}

#define GLOBULAR_FOR(T)                                                                                     \
    template ClusterDistances::ClusterDistances(Rows<T>, Weights, const std::int32_t*, std::size_t, double, \
                                                const Kernels&);                                            \
    template bool ClusterDistances::means(Rows<T>, Weights, const std::int32_t*, const std::int64_t*,       \
                                          std::size_t, std::size_t, const Interrupted&, double*, double*)   \
        const;
GLOBULAR_FOR(float)
GLOBULAR_FOR(double)
#undef GLOBULAR_FOR

}  // namespace globular
