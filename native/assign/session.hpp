// A session: what the fast engine keeps between the E-steps of one fit.
//
// The packed rows, their labels, and the exact sums of every cluster. An E-step moves only rows that
// changed from one cluster's sums to another's; because the sums are exact, the outcome is that of
// adding everything up afresh.
//
// Nor does it look at every row. The kernels tell by how much the second nearest center is farther
// than the nearest: that gap shrinks by no more than the way that the nearest center goes plus the
// longest way that any other goes. As long as it stays positive the label stands, unseen (Hamerly
// 2010, with his two bounds folded into one number). What its center and the others went since a
// row was last looked at is drift_[label] now minus then; the stored limit is the gap plus the
// drift then, so that a row costs one comparison and nothing is ever updated. Rows that fail are
// packed side by side for the kernels: a skipped distance is skipped in whole vectors.
//
// A session borrows the caller's arrays, which must outlive it, and is used by one caller at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../frame.hpp"
#include "filter.hpp"

namespace globular {

// What one E-step did, besides the sums.
struct StepCounts {
    std::int64_t n_changed = 0;    // rows whose label is another than before; all, the first time
    std::int64_t n_settled = 0;    // rows that needed q
    std::int64_t n_distances = 0;  // point-center distances computed, of any precision
    bool complete = true;          // false: interrupted, and the session starts afresh next time
};

template <class T>
class Session {
 public:
    Session(Rows<T> rows, Weights weights, const Frame& frame, const Kernels& kernels, std::size_t n_threads,
            const Interrupted& interrupted);

    StepCounts e_step(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted);

    // Takes these rows to cluster `to`, whatever is nearest: how an empty cluster is filled.
    void move(const std::int64_t* rows, std::size_t count, std::int32_t to);

    const std::vector<std::int32_t>& labels() const { return labels_; }
    const ClusterSums& sums() const { return sums_; }
    // q of every row to the center of its label.
    void distances(Rows<double> centers, std::size_t n_threads, double* out) const;
    // The exact cost of the labels, rounded once: the sum of w q.
    double cost(Rows<double> centers, std::size_t n_threads) const;

 private:
    struct Worker;
    Rows<T> rows_;
    Weights weights_;
    const Frame* frame_;
    Filter<T> filter_;
    Aligned<float> points_, norms_;
    std::vector<std::int32_t> labels_;
    std::vector<float> limits_;  // gap plus drift when it was found: the drift that the label survives
    std::vector<double> centers_, drift_;
    std::vector<float> drift_up_;  // drift_, rounded up
    ClusterSums sums_;

    bool fresh_ = true;  // no labels yet

    void start(std::size_t k);
    void drift(Rows<double> centers, double reach);
    std::size_t look(const PackedCenters& packed, std::size_t first, std::size_t n, Worker& worker) const;
    void take(std::size_t first, std::size_t count, Worker& worker);
};

// Labels without a session: rows are packed a chunk at a time and forgotten.
// Returns false if interrupted.
template <class T>
bool assign(Rows<T> rows, const Range& range, Rows<double> centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels);

}  // namespace globular
