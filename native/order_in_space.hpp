// Rows in an order in which neighbours stand together, so that runs of them fill small boxes.
//
// A tree over a sample (sample_tree.hpp) sorts all rows into leaves of some hundreds; each leaf is then
// halved, at the median of its widest feature, exactly at the borders between runs: a run that two parts
// share would fill the box around both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "sample_tree.hpp"
#include "team.hpp"

namespace globular {

class OrderInSpace {
 public:
    // Writes the features of a row as float32: neighbours need not be told apart better. And asks for a row that
    // will be read soon, wherever it lies.
    using CopyRow = std::function<void(std::size_t row, float* to)>;
    using ExpectRow = std::function<void(std::size_t row)>;

    // Of n rows, fewer than 2^32, of d features.
    OrderInSpace(std::size_t n, std::size_t d, CopyRow copy, ExpectRow expect);

    // The tree, and which of the rows its sample is.
    const SampleTree& tree() const { return tree_; }
    std::size_t row_sampled(std::size_t place) const { return row_of_sample(tree_.sampled(place)); }

    // order[p] becomes the row that comes to position p: so that every `run` of positions, and also every
    // kRuns runs, hold neighbours. The same for any number of threads. Returns false if interrupted.
    // `sorted` is told of some positions [begin, end) as soon as their rows are known, by the thread that has just
    // read these rows; of all positions together, in parts of which no two overlap.
    static constexpr std::size_t kRuns = 16;
    using Sorted = std::function<void(std::size_t begin, std::size_t end)>;
    bool sort(std::size_t run, std::size_t n_threads, const Interrupted& interrupted, std::uint32_t* order,
              const Sorted& sorted = {}) const;

 private:
    std::size_t n_, d_;
    CopyRow copy_;
    ExpectRow expect_;
    std::size_t n_sampled_;
    SampleTree tree_;

    std::size_t row_of_sample(std::size_t s) const { return s * n_ / n_sampled_; }
    SampleTree tree_of_sample(std::size_t n_leaves) const;
    bool sort_by_leaf(std::size_t n_threads, const Interrupted& interrupted, std::uint32_t* order,
                      std::uint32_t* leaf_begins) const;
};

}  // namespace globular
