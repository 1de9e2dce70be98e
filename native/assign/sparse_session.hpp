// A session for sparse rows: labels and gaps, as in session.hpp, without any copy of the rows. Their sums are
// not kept: labelled.hpp adds them up when they are wanted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../aligned.hpp"
#include "../frame.hpp"
#include "../team.hpp"
#include "drift.hpp"
#include "sparse_filter.hpp"
#include "step_counts.hpp"
#include "way.hpp"

namespace globular {

template <class T>
class SparseSession {
 public:
    SparseSession(SparseRows<T> rows, Weights weights, const Frame& frame, const Kernels& kernels,
                  Way way = Way::automatic);

    StepCounts e_step(const SparseCenters& centers, std::size_t n_threads, const Interrupted& interrupted);
    void forget() {
        k_ = 0;
        packed_ = {};
    }
    // Gives back what only another step would go by.
    void rest() {
        packed_ = {};
        std::fill(limits_.begin(), limits_.end(), 0.0F);
    }
    std::size_t k() const { return k_; }
    void move(const std::int64_t* rows, std::size_t count, std::int32_t to);
    void labels(std::int32_t* out) const;
    // The same, and forgets them.
    Aligned<std::int32_t> give_labels();
    void distances(const SparseCenters& centers, std::size_t n_threads, double* out) const;
    double cost(const SparseCenters& centers, std::size_t n_threads) const;

 private:
    SparseRows<T> rows_;
    Weights weights_;
    SparseFilter<T> filter_;
    std::vector<std::int32_t> labels_, next_;
    std::vector<float> limits_;  // gap plus drift when it was found: the drift that the label survives
    Drift drift_;
    Way way_;  // all but brute go by gaps
    std::size_t k_ = 0;
    SparsePanels packed_;

    struct Worker;
    void start(std::size_t k);
    void look(const SparsePanels& packed, std::size_t first, std::size_t last, Worker& worker);
    std::int64_t take();
};

// Labels without a session. Returns false if interrupted.
template <class T>
bool assign(SparseRows<T> rows, const Range& range, const SparseCenters& centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels);

// Square roots of all distances, (n, k). A sum over the entries in doubled precision: as right as q.
template <class T>
bool transform(SparseRows<T> rows, Rows<double> centers, std::size_t n_threads,
               const Interrupted& interrupted, T* out);

// q of every row to the center that `labels` names.
template <class T>
void own_distances(SparseRows<T> rows, const SparseCenters& centers, const std::int32_t* labels,
                   std::size_t n_threads, double* out);

}  // namespace globular
