// One thread's share of an E-step.
#pragma once

#include <utility>
#include <vector>

#include "session.hpp"

namespace globular {

inline constexpr std::int32_t kMixed = -2;  // the label of a group whose rows differ

template <class T>
struct Session<T>::Worker {
    Worker(std::size_t k, const Frame& frame, std::size_t rows, std::size_t stride, LabelScratch for_labels)
        : points(rows * stride),
          norms(rows),
          gaps(rows),
          labels(rows),
          active(rows),
          touched(k),
          scratch(std::move(for_labels)),
          group(1, frame) {}

    // What the rows that change cluster do to the sums, if there are any: the first worker, which is the
    // calling thread, does it to the session's own; the others keep changes, merged when all are done.
    ClusterSums* sums = nullptr;
    ClusterSums changes;
    AlignedVector<double> few;  // changes of rows of few features, as their kernels keep them
    Aligned<float> points, norms, gaps;
    Aligned<std::int32_t> labels;
    Aligned<std::uint32_t> active;
    std::vector<unsigned char> touched;  // clusters that changes are of
    LabelScratch scratch;
    StepCounts counts;
    bool whole = false;           // all rows of the chunk were looked at, where they lie
    ClusterSums group;            // one cluster: the sums of one group of rows
    Choice super_choice, choice;  // what pruning leaves for a super group, and for a group

    // Where its rows look at groups of centers.
    Aligned<float> needed, least, seen;
    Aligned<std::int32_t> own, guesses;  // the places of their centers, and the labels of rows that have none
    Aligned<std::uint32_t> listed;
    std::int64_t n_looked_at = 0;  // rows
    std::int64_t n_heads = 0;      // distances of heads
};

}  // namespace globular
