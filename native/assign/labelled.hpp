// Sums of labelled rows, cluster by cluster.
//
// Where rows are sparse, or few to a cluster, the sums of all clusters take more memory than the rows that
// they are of. So they are not kept: each thread adds up those of one cluster, takes what is wanted from
// them, and goes on to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../frame.hpp"
#include "../sparse_centers.hpp"
#include "../team.hpp"

namespace globular {

// Row numbers in the order of their clusters; cluster j's are [begins[j], begins[j + 1]).
struct ByCluster {
    std::vector<std::uint32_t> rows;
    std::vector<std::size_t> begins;

    ByCluster(const std::int32_t* labels, std::size_t n, std::size_t k);
};

// R is Rows<T> or SparseRows<T>.
template <class R>
struct Labelled {
    R rows;
    Weights weights;
    const Frame* frame;
    const Kernels* kernels;
    const std::int32_t* labels;

    // What an M-step needs: the clusters' means (k, d), where an empty cluster keeps its center; and what
    // each cluster adds to the cost about `centers` (k).
    void learn(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted, double* means,
               Excess* excess) const;
    // The same of centers that are sparse.
    void learn(const SparseCenters& centers, std::size_t n_threads, const Interrupted& interrupted,
               SparseCenters& means, Excess* excess) const;
    // All sums at once (k, pieces, d), for whoever must have them.
    std::vector<double> sums(std::size_t k, std::size_t n_threads, const Interrupted& interrupted) const;

 private:
    template <class Use>
    void for_clusters(std::size_t k, std::size_t n_threads, const Interrupted& interrupted, Use use) const;
};

}  // namespace globular
