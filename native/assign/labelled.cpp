#include "labelled.hpp"

#include <algorithm>
#include <optional>
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

// Calls use(j, sums, worker), where cluster 0 of `sums` is cluster j. A cluster that holds more rows than a
// thread's share of all is shared out: its parts add exactly.
template <class R>
template <class Use>
void Labelled<R>::for_clusters(std::size_t k, std::size_t n_threads, const Interrupted& interrupted,
                               Use use) const {
    constexpr double kPerEntry = kSparse<R> ? 8.0 : 0.8, kPerSum = 3.0;
    const ByCluster order(labels, rows.n, k);
    const double ns =
        kPerEntry * entries_of(rows) + kPerSum * static_cast<double>(k) * static_cast<double>(rows.d);
    n_threads = std::min(worthwhile_threads(n_threads, ns), k);
    std::vector<ClusterSums> sums;
    sums.reserve(n_threads);
    for (std::size_t t = 0; t < n_threads; ++t) sums.emplace_back(1, *frame);
    const bool plain = kSparse<R> && !weights && frame->even();
    std::vector<std::optional<SparseSums>> sparse_sums(n_threads);
    const auto sum_up = [&](std::span<const std::uint32_t> members, std::size_t worker) {
        ClusterSums& out = sums[worker];
        if constexpr (kSparse<R>)
            if (plain) {
                std::optional<SparseSums>& own = sparse_sums[worker];
                if (!own) own.emplace(*frame);
                for (const std::uint32_t i : members) own->add(rows, i);
                return own->give(out);
            }
        out.clear();
        out.add_all(*frame, *kernels, rows, members, weights);
    };
    const auto members_of = [&](std::size_t j) {
        return std::span(order.rows).subspan(order.begins[j], order.begins[j + 1] - order.begins[j]);
    };
    const auto shared = [&](std::size_t j) { return members_of(j).size() > rows.n / n_threads; };
    for (std::size_t j = 0; j < k; ++j) {
        if (!shared(j)) continue;
        const auto members = members_of(j);
        const auto first_of = [&](std::size_t part) { return members.size() * part / n_threads; };
        for_chunks(n_threads, n_threads, interrupted, [&](std::size_t part, std::size_t) {
            sum_up(members.subspan(first_of(part), first_of(part + 1) - first_of(part)), part);
        });
        for (std::size_t part = 1; part < n_threads; ++part) sums[0].add(0, sums[part], 0, 1.0);
        use(j, sums[0], 0);
    }
    for_chunks(n_threads, k, interrupted, [&](std::size_t j, std::size_t worker) {
        if (shared(j)) return;
        sum_up(members_of(j), worker);
        use(j, sums[worker], worker);
    });
}

template <class R>
void Labelled<R>::learn(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted,
                        double* means, Excess* excess) const {
    for_clusters(centers.n, n_threads, interrupted, [&](std::size_t j, const ClusterSums& sums, std::size_t) {
        excess[j] = globular::learn(*frame, *kernels, sums.weight.data(), sums.sums.data(), centers[j],
                                    means + j * rows.d);
    });
}

template <class R>
void Labelled<R>::learn(const SparseCenters& centers, std::size_t n_threads, const Interrupted& interrupted,
                        SparseCenters& means, Excess* excess) const {
    struct Unpacked {
        std::vector<double> center, mean;
    };
    std::vector<Unpacked> workers(std::max<std::size_t>(n_threads, 1));
    for_clusters(centers.n(), n_threads, interrupted,
                 [&](std::size_t j, const ClusterSums& sums, std::size_t worker) {
                     auto& [center, mean] = workers[worker];
                     center.resize(rows.d);
                     mean.resize(rows.d);
                     centers.unpack(j, 0, rows.d, center.data());
                     excess[j] = globular::learn(*frame, *kernels, sums.weight.data(), sums.sums.data(),
                                                 center.data(), mean.data());
                     means.take(j, mean.data());
                 });
}

template <class R>
std::vector<double> Labelled<R>::sums(std::size_t k, std::size_t n_threads,
                                      const Interrupted& interrupted) const {
    std::vector<double> all(k * static_cast<std::size_t>(frame->pieces()) * rows.d);
    for_clusters(k, n_threads, interrupted, [&](std::size_t j, const ClusterSums& sums, std::size_t) {
        std::copy(sums.sums.begin(), sums.sums.end(), all.data() + j * sums.sums.size());
    });
    return all;
}

template struct Labelled<Rows<float>>;
template struct Labelled<Rows<double>>;
template struct Labelled<SparseRows<float>>;
template struct Labelled<SparseRows<double>>;

}  // namespace globular
