#include "labelled.hpp"

#include <algorithm>

namespace globular {

ByCluster::ByCluster(const std::int32_t* labels, std::size_t n, std::size_t k) : rows(n), begins(k + 1) {
    for (std::size_t i = 0; i < n; ++i) ++begins[static_cast<std::size_t>(labels[i]) + 1];
    for (std::size_t j = 0; j < k; ++j) begins[j + 1] += begins[j];
    std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < n; ++i)
        rows[next[static_cast<std::size_t>(labels[i])]++] = static_cast<std::uint32_t>(i);
}

// Calls use(j, sums), where cluster 0 of `sums` is cluster j.
template <class T>
template <class Use>
void Labelled<T>::for_clusters(std::size_t k, std::size_t n_threads, const Interrupted& interrupted,
                               Use use) const {
    constexpr double kPerEntry = 8.0, kPerSum = 4.0;
    const ByCluster order(labels, rows.n, k);
    const double ns = kPerEntry * static_cast<double>(rows.starts[rows.n]) +
                      kPerSum * static_cast<double>(k) * static_cast<double>(rows.d);
    n_threads = std::min(worthwhile_threads(n_threads, ns), k);
    std::vector<ClusterSums> sums(n_threads, ClusterSums(1, *frame));
    for_chunks(n_threads, k, interrupted, [&](std::size_t j, std::size_t worker) {
        sums[worker].clear();
        for (std::size_t e = order.begins[j]; e < order.begins[j + 1]; ++e)
            sums[worker].add(*frame, 0, rows, order.rows[e], weights[order.rows[e]], 1.0);
        use(j, sums[worker]);
    });
}

template <class T>
void Labelled<T>::learn(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted,
                        double* means, Excess* excess) const {
    for_clusters(centers.n, n_threads, interrupted, [&](std::size_t j, const ClusterSums& sums) {
        excess[j] = globular::learn(*frame, *kernels, sums.weight.data(), sums.sums.data(), centers[j],
                                    means + j * rows.d);
    });
}

template <class T>
std::vector<double> Labelled<T>::sums(std::size_t k, std::size_t n_threads,
                                      const Interrupted& interrupted) const {
    std::vector<double> all(k * static_cast<std::size_t>(frame->pieces()) * rows.d);
    for_clusters(k, n_threads, interrupted, [&](std::size_t j, const ClusterSums& sums) {
        std::copy(sums.sums.begin(), sums.sums.end(), all.data() + j * sums.sums.size());
    });
    return all;
}

template struct Labelled<float>;
template struct Labelled<double>;

}  // namespace globular
