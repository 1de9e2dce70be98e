// Centers in groups of neighbours, and for every row and group how near its centers may be (Ding et al. 2015,
// "Yinyang k-means"; here group by group, so that what is skipped is skipped in whole panels).
//
// One number a row (session.hpp) does not go far with many centers in many features: the longest way that any
// center goes is held against the gap to the nearest of all others. A row that fails there is asked again,
// group by group: for each it keeps a bound, how far the nearest of the group's centers other than its own is
// at least. That shrinks by no more than the longest way in the group, the group's drift. As with rows, the
// bound is stored plus the drift at that time, and nothing is ever updated. A row looks at a group only if
// its own center, measured afresh, may be as far as what is left of the bound.
//
// Groups are whole panels of a layout of their own, made once by halving the centers again and again along
// the way between two that are far apart. Bounds take four bytes for each row and group, within a limit: with
// very many centers groups are larger.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../aligned.hpp"
#include "filter.hpp"

namespace globular {

class CenterGroups {
 public:
    // Whether so many centers make more than one group, or enough of them to be worth a thought. Clusters of
    // a few rows come to rest before groups have paid for being made.
    static bool possible(std::size_t k, const Kernels& kernels) { return k > kernels.group_width; }
    static bool enough(std::size_t k, std::size_t n, const Kernels& kernels) {
        return k > 3 * kernels.group_width && n >= 8 * k;
    }

    // Rows that are best looked at together, of n: enough for each group to be looked at by some.
    static std::size_t rows_per_chunk(std::size_t n) {
        constexpr std::size_t kRun = 192, kMostRuns = 2, kChunks = 64;
        return kRun * std::clamp<std::size_t>(n / (kRun * kChunks), 1, kMostRuns);
    }

    CenterGroups() = default;
    // Makes groups of centers that are packed, in panels of a width, and room for the bounds of n rows, which
    // come in chunks, of so many a row at most. They have none yet.
    CenterGroups(const PackedCenters& packed, std::size_t width, std::size_t n, std::size_t per_chunk,
                 std::size_t floats_a_row);
    explicit operator bool() const { return !order_.empty(); }
    // Takes over what a step has packed, and counts the ways that the centers have gone at most, and what q
    // itself rounds.
    void follow(const PackedCenters& packed, double rounding);

    std::size_t count() const { return drift_.size(); }
    std::size_t per_chunk() const { return per_chunk_; }
    // The bounds of a chunk of rows to one group, plus its drift when they were found.
    float* limits(std::size_t chunk, std::size_t group) {
        return limits_.data() + (chunk * count() + group) * per_chunk_;
    }
    // What a group has lost so far, rounded up.
    float drift(std::size_t group) const { return up_[group]; }
    // A row was given another label: its bounds hold no more.
    void forget(std::size_t row);

    // A group's centers as the kernels take them; in other coordinates, if these are packed so, too.
    GroupPass pass(std::size_t group) const { return pass(group, pass_, panels_); }
    GroupPass pass(std::size_t group, const Pass& of_all, const Aligned<float>& panels) const;
    // Packs all centers, given in rows of d + 1, in panels of the groups' order.
    void pack(const float* rows, std::size_t d, Aligned<float>& panels) const;
    std::size_t size(std::size_t group) const {
        return std::min(per_group_, order_.size() - group * per_group_);
    }
    // The center at a place, and the place of a center.
    std::int32_t center_at(std::int32_t place) const { return order_[static_cast<std::size_t>(place)]; }
    std::int32_t place_of(std::int32_t center) const { return place_of_[static_cast<std::size_t>(center)]; }
    std::size_t group_of(std::int32_t center) const {
        return static_cast<std::size_t>(place_of(center)) / per_group_;
    }
    // All centers, as OwnValues reads them.
    const float* rows() const { return rows_.data(); }

 private:
    std::vector<std::int32_t> order_;     // the centers, group by group
    std::vector<std::int32_t> place_of_;  // where a center is in that
    std::size_t per_group_ = 0, per_chunk_ = 0, width_ = 0;
    Pass pass_{};
    Aligned<float> panels_, rows_;
    std::vector<double> drift_;
    std::vector<float> up_;
    Aligned<float> limits_;

    void halve(std::int32_t* centers, std::size_t n, std::size_t d) const;
    void copy_rows(const PackedCenters& packed);
};

}  // namespace globular
