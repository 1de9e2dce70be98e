#include "labelled.hpp"

#include <algorithm>
#include <span>

namespace globular {

ByCluster::ByCluster(const std::int32_t* labels, std::size_t n, std::size_t k) : rows(n), begins(k + 1) {
    for (std::size_t i = 0; i < n; ++i) ++begins[static_cast<std::size_t>(labels[i]) + 1];
    for (std::size_t j = 0; j < k; ++j) begins[j + 1] += begins[j];
    std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < n; ++i)
        rows[next[static_cast<std::size_t>(labels[i])]++] = static_cast<std::uint32_t>(i);
}

namespace {

template <class T>
double entries_of(Rows<T> rows) {
    return static_cast<double>(rows.n * rows.d);
}
template <class T>
double entries_of(SparseRows<T> rows) {
    return static_cast<double>(rows.starts[rows.n]);
}

template <class R>
inline constexpr bool kSparse = requires(SparseSums sums, R rows) { sums.add(rows, 0); };

}  // namespace

// Calls use(j, sums), where cluster 0 of `sums` is cluster j.
template <class R>
template <class Use>
void Labelled<R>::for_clusters(std::size_t k, std::size_t n_threads, const Interrupted& interrupted,
                               Use use) const {
    constexpr double kPerEntry = kSparse<R> ? 8.0 : 0.8, kPerSum = 3.0;
    const ByCluster order(labels, rows.n, k);
    const double ns =
        kPerEntry * entries_of(rows) + kPerSum * static_cast<double>(k) * static_cast<double>(rows.d);
    n_threads = std::min(worthwhile_threads(n_threads, ns), k);
    std::vector<ClusterSums> sums(n_threads, ClusterSums(1, *frame));
    std::vector<SparseSums> sparse_sums;
    if (kSparse<R> && !weights && frame->even()) sparse_sums.assign(n_threads, SparseSums(*frame));
    for_chunks(n_threads, k, interrupted, [&](std::size_t j, std::size_t worker) {
        const auto members =
            std::span(order.rows).subspan(order.begins[j], order.begins[j + 1] - order.begins[j]);
        if constexpr (kSparse<R>)
            if (!sparse_sums.empty()) {
                for (const std::uint32_t i : members) sparse_sums[worker].add(rows, i);
                sparse_sums[worker].give(sums[worker]);
                return use(j, sums[worker]);
            }
        sums[worker].clear();
        sums[worker].add_all(*frame, *kernels, rows, members, weights);
        use(j, sums[worker]);
    });
}

template <class R>
void Labelled<R>::learn(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted,
                        double* means, Excess* excess) const {
    for_clusters(centers.n, n_threads, interrupted, [&](std::size_t j, const ClusterSums& sums) {
        excess[j] = globular::learn(*frame, *kernels, sums.weight.data(), sums.sums.data(), centers[j],
                                    means + j * rows.d);
    });
}

template <class R>
std::vector<double> Labelled<R>::sums(std::size_t k, std::size_t n_threads,
                                      const Interrupted& interrupted) const {
    std::vector<double> all(k * static_cast<std::size_t>(frame->pieces()) * rows.d);
    for_clusters(k, n_threads, interrupted, [&](std::size_t j, const ClusterSums& sums) {
        std::copy(sums.sums.begin(), sums.sums.end(), all.data() + j * sums.sums.size());
    });
    return all;
}

template struct Labelled<Rows<float>>;
template struct Labelled<Rows<double>>;
template struct Labelled<SparseRows<float>>;
template struct Labelled<SparseRows<double>>;

}  // namespace globular
