// Points of few features, laid out so that neighbours stand together: most centers are out of the
// question for whole groups of rows at once.
//
// Rows are sorted once so that neighbours stand together (hilbert.hpp); every kGroup rows in that order, and
// every kSuper groups, get the box that holds them. A center z is farther than z* from every point of a box
// with middle m and half widths w if it is so at the corner that favours z most:
//   |z - m|^2 - |z* - m|^2 > 2 sum_f |z_f - z*_f| w_f
// (Kanungo et al. 2002, there for kd-trees), here with a margin for all rounding. What remains, a
// few centers, goes to the kernel; where one remains, no row is looked at: a group of one label
// moves between clusters by sums that were added up when it was made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../aligned.hpp"
#include "../frame.hpp"
#include "../level/kernels.hpp"
#include "../rows.hpp"

namespace globular {

inline constexpr std::size_t kSuper = 16;  // groups in a super group

// A box in scaled coordinates: middle[f] +- half[f] holds every packed point.
struct Box {
    float middle[kMaxBoxD];
    float half[kMaxBoxD];
    float half_sq;  // sum of half^2
};

// The smallest box of the first n of a group of packed points, [feature][kGroup]; and of n boxes.
Box box_of(const float* points, std::size_t d, std::size_t n);
Box box_of(const Box* boxes, std::size_t d, std::size_t n);

// Centers to choose from, coordinates side by side, and which centers they are.
struct Choice {
    static constexpr std::size_t kMostLanes = 16;
    std::size_t count = 0, capacity = 0;
    std::vector<float> z;  // [feature][capacity], filled up to whole vectors with kNowhere
    std::vector<std::int32_t> index;
    std::vector<float> to_middle;  // room to work in
    std::vector<std::uint32_t> places;

    void resize(std::size_t k, std::size_t d);
    void fill_up(std::size_t d);
};

// What pruning may not decide: see the margin in boxes.cpp.
struct Slack {
    float relative, root;
    Slack(std::size_t d, double reach);
};

// What pruning learned: distances from any point of the box, in scaled units.
struct Pruned {
    float dropped_at_least;  // to any dropped center; about kNowhere when none was dropped
    float nearest_at_most;   // to the nearest center
};

// Leaves in `kept` the centers of `from` that can be nearest to some point of the box, in order; their
// coordinates only if asked for. No center may be as far as kNowhere.
Pruned prune(const Kernels& kernels, const Choice& from, const Box& box, std::size_t d, const Slack& slack,
             bool coordinates, Choice& kept);

}  // namespace globular
