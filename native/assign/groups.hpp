// The rows of a session by boxes: in an order in which neighbours stand together, in groups of kGroup with a
// box around each, and around every kSuper of them.
//
// Rows of few features are copied in that order, [group][feature][kGroup], and packed whenever the kernels
// need them: a cluster's sums change by whole columns. Of more features the packed rows are kept, and what
// changes cluster is read where it lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../aligned.hpp"
#include "../rows.hpp"
#include "../team.hpp"
#include "boxes.hpp"
#include "filter.hpp"

namespace globular {

template <class T>
class Groups {
 public:
    // Unless they have few features, the packed rows and their norms go to `points` and `norms`, by position.
    // Returns false if interrupted; nothing is laid out then.
    bool lay_out(Rows<T> rows, const Filter<T>& filter, const Kernels& kernels, std::size_t n_threads,
                 const Interrupted& interrupted, float* points, float* norms);
    explicit operator bool() const { return order_.size() != 0; }

    std::size_t count() const { return boxes_.size(); }
    std::size_t rows_in(std::size_t group) const { return std::min(kGroup, rows_.n - group * kGroup); }
    const Box& box(std::size_t group) const { return boxes_[group]; }
    const Box& super_box(std::size_t super) const { return super_boxes_[super]; }
    // A group's values if these are few, [feature][kGroup]; and which rows they are of.
    const T* columns(std::size_t group) const { return grouped_.data() + group * kGroup * rows_.d; }
    FewFeatures<T> few(std::size_t group) const { return {columns(group), 1, kGroup}; }
    const std::uint32_t* rows_of(std::size_t group) const { return order_.data() + group * kGroup; }

    std::size_t row_at(std::size_t position) const { return order_.data()[position]; }

 private:
    Rows<T> rows_{};
    Aligned<T> grouped_;            // by position, [group][feature][kGroup], if few features
    Aligned<std::uint32_t> order_;  // the row at each position; empty until all is laid out
    std::vector<Box> boxes_, super_boxes_;
    void take_group(std::size_t group, const std::uint32_t* order, const Filter<T>& filter, float* points,
                    float* norms);
};

}  // namespace globular
