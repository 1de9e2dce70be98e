// Heads: rows and centers in a few axes, and how far they lie off these, as distances that are never too
// long.
//
// Rows of hundreds of features often lie near few directions. With orthonormal axes along these, y_h the
// products of a row with them, and |y_r| the length of what they leave of it,
//
//   |y - z|^2 = |y_h - z_h|^2 + |y_r - z_r|^2 >= |y_h - z_h|^2 + (|y_r| - |z_r|)^2,
//
// for no two things are nearer to each other than their lengths. The right side is a squared distance in one
// coordinate more than there are axes: the kernels that look at rows look at heads (y_h, |y_r|) just the
// same, at a fraction of the price; and as a head is as long as its row, with the same norms. What is too far
// away by its head need not be looked at (Bottesch, Buehler & Kaechele 2016, there with blocks of features).
// The axes are those along which a sample of rows is longest, found by a few rounds of subspace iteration:
// any axes are right, these leave little.
//
// A bound must hold, whatever is rounded. With u = 2^-24, m the middle that rows are measured from where they
// are read in place, else zero; and h axes A, of which |A^T A - 1| <= w:
//
//   y_h is off by e <= delta (|y| + |m|), delta = sqrt(h) (R + 2) u, for products are summed in runs
//   (filter.hpp);
//
//   |y_r|^2 <= |y|^2 - |y_h|^2 + 2 e |y_h| + w (1 + w) |y|^2, which is taken for it, rounded up;
//
//   so y . z <= y_h . z_h + |y_r||z_r| + off (|y| + |m|) |z|,
//
//   off = 2.1 delta + 1.1 w + 1.2 (h + 4) u: both heads' e, axes that are not quite orthonormal, and the sum.
//
// That is so while these are small, up to millions of features. An axis that is zero adds nothing to either
// side.
#pragma once

#include <cstddef>
#include <vector>

#include "center_groups.hpp"
#include "filter.hpp"

namespace globular {

class Heads {
 public:
    static constexpr std::size_t kMostAxes = 23;
    static constexpr std::size_t kSample = 512;  // rows that axes are found by

    // Whether rows are so many, and so wide, that heads are little beside them.
    static bool enough(std::size_t n, std::size_t d) { return n >= 16 * kSample && d >= 6 * (kMostAxes + 1); }

    Heads() = default;
    // Axes for rows of d features, by some of them, moved to the middle: at least kLeastRows.
    Heads(const Aligned<float>& sample, std::size_t d, const Kernels& kernels);
    // The rows to come are not moved to this middle yet.
    void measure_from(const std::vector<double>& middle);
    explicit operator bool() const { return n_axes_ > 0; }

    std::size_t width() const { return n_axes_ + 1; }  // floats of a head
    // How far products of heads may fall short, in proportion to the lengths.
    double off() const;
    // Writes the heads of n rows, at least kLeastRows.
    void of_rows(Placed points, const float* norms, std::size_t n, float* heads) const;

    // Takes over the centers that a step has packed. `margins`: of heads.
    void follow(const PackedCenters& packed, const Pass& margins);
    // Of all centers, for heads that are not farther away than their row is from its nearest center: the
    // share of these among `n` rows, moved to the middle.
    double share_in_reach(const PackedCenters& packed, Placed rows, std::size_t n) const;
    // The centers' heads as the kernels take them, group by group.
    void pack(const CenterGroups& groups) { groups.pack(centers_.data(), width(), panels_); }
    GroupPass pass(const CenterGroups& groups, std::size_t group) const {
        return groups.pass(group, pass_, panels_);
    }

 private:
    const Kernels* kernels_ = nullptr;
    std::size_t d_ = 0, n_axes_ = 0;
    Aligned<float> axes_;         // (n_axes, d)
    Aligned<float> axis_panels_;  // [panel][d + 1][panel_width], for rows
    std::vector<double> shift_;   // the products of axes with the middle
    double middle_ = 0.0;         // its length
    double skew_ = 0.0;           // |A^T A - 1| at most
    Pass pass_{};                 // of heads
    Aligned<float> centers_;      // (k, width + 1): heads, and squared lengths
    Aligned<float> panels_;       // the same, in groups

    std::size_t n_panels() const;
    std::size_t in_panels(std::size_t j, std::size_t f, std::size_t n_values) const;
    Pass products_with(const float* panels, std::size_t n_points, std::size_t stride, std::size_t d) const;
    void set_axes(const std::vector<double>& axes);
    double rounding() const;
    float rest(double norm, double head_sq, double moved) const;
};

}  // namespace globular
