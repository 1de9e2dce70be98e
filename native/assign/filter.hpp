// Labels at full speed that are right by definition.
//
// The filter keeps a float32 copy of the rows, moved to their middle m and scaled by a power of two,
// and lets a kernel of the machine's level find each row's two smallest distances. If they are
// further apart than all rounding together (the copy's, the kernel's, q's own), the label is
// certain. If not, the row is settled: the few centers that float32 cannot exclude are compared by
// q. So the label is that of q whatever the level, the layout or the threads.
//
// Rows of more than kMaxBroadcastD features that are float32 already, and not far from zero for their
// spread, are read where they lie, without a copy: centers are moved by m all the same, and as
//   |x - c|^2 = |x - m|^2 + |c - m|^2 + 2 m.(c - m) - 2 x.(c - m)
// it is enough to add 2 m.z to the squared length of a moved center z, and to measure a row from m.
//
// The margins, with u = 2^-24, |y| and |z| the lengths of a row from m and of a center, scaled:
//   the copy moves a distance (not squared) by at most a = u (|y| + |z|);
//   differences: the sum of squares is off by (d + 4) u in relation;
//   products without |y|^2, which all have in common: |z|^2 - 2 y.z is off by (d + 2) u (|y|^2 + 2 |z|^2);
//   products: |y|^2 + |z|^2 - 2 y.z is off by 3 (d + 6) u (|y|^2 + |z|^2) at most, absolutely, and by
//   u (10 |y|^2 + 8 |z|^2 + 8 |m||z| + 2 R (|y| + |m|) |z|) where runs of 256 products are summed apart,
//   R = 256 + d / 256 + 2, and |m| counts where rows are read in place;
//   the index in the low mantissa bits: 2^(bits - 23) in relation to the value.
// Derivation: beside each margin in filter_centers.cpp; Higham, "Accuracy and Stability" (2002), section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "../aligned.hpp"
#include "../frame.hpp"
#include "../level/kernels.hpp"
#include "../rows.hpp"

namespace globular {

// Centers packed for one E-step.
struct PackedCenters {
    Rows<double> exact;        // the caller's, for q
    Aligned<float> broadcast;  // for points in lanes
    Aligned<float> panels;     // for centers in lanes, and to settle
    std::size_t n_panels = 0;
    Pass pass{};
    Nearest nearest = nullptr;
    Relabel relabel = nullptr;    // does as much as `nearest`, and compares with the labels before; or null
    std::vector<double> lengths;  // of the centers, scaled and measured from the middle
    std::vector<double> ways;     // that each may have gone from the one packed before, scaled; or zero
    double reach = 0.0;           // the longest length
    std::size_t width = 0;        // centers in a panel
    bool useless = false;         // beyond what float32 can tell apart: q decides every row

    // Coordinate f of center j as the filter sees it.
    float scaled(std::size_t j, std::size_t f) const {
        return panels.data()[j / width * width * (exact.d + 1) + f * width + j % width];
    }
    // Its squared length.
    float panel_norm(std::size_t j) const { return scaled(j, exact.d); }
};

// What is asked of a row: its label and gap; its label, and whether its gap is positive; or that among some
// centers, which other ones for every group of rows.
enum class Wanted { gaps, labels, listed };

// Rows as the kernels take them: where the first is, and floats from one to the next.
struct Placed {
    const float* at;
    std::size_t stride;
};

// Rows to be labelled, as the kernels take them, and where their labels go. Arrays have room for a
// multiple of kGroup.
struct Batch {
    Placed points;
    const float* norms;
    std::size_t n;
    std::size_t first;          // the batch is the rows from here on,
    const std::uint32_t* rows;  // or, of these, the ones named
    std::int32_t* labels;
    float* gaps;
};

// What one thread needs to label a chunk.
struct LabelScratch {
    std::vector<float> point, distance;  // of one row
    std::vector<std::int32_t> candidates;
};

template <class T>
class Filter {
 public:
    Filter(Rows<T> rows, const Range& range, const Kernels& kernels);

    bool points_in_lanes() const { return rows_.d <= kMaxBroadcastD; }
    bool few_features() const { return rows_.d <= kMaxDirectD; }  // and norms are not needed
    // Whether the kernels can read rows where they lie, and nothing but their norms need be kept.
    bool in_place() const { return in_place_; }
    // Whether rows had better be packed anew whenever all are read: no cache holds a copy, so that it is read
    // no faster than they are, and to write it takes longer than anything else.
    bool packed_anew() const {
        constexpr std::size_t kCached = std::size_t{1} << 23;  // 32 MB
        return std::is_same_v<T, float> && few_features() && rows_.n * rows_.d > kCached;
    }
    // Floats from one packed row to the next; where d would let many share a few cache lines, more.
    std::size_t stride() const { return rows_.d % 128 == 0 ? rows_.d + 16 : rows_.d; }
    // The rows from `first` on where they lie.
    Placed lying(std::size_t first) const;
    // Gets rows [first, first + n) ready for the kernels, and tells where they are: where they lie, or packed
    // in `room`. Norms are written; or nothing but a copy that is missing, if the rows were packed before.
    Placed ready(const PackedCenters& centers, std::size_t first, std::size_t n, bool packed, float* room,
                 float* norms) const;
    // A row as the kernels would see it, moved to the middle in any case.
    void moved(std::size_t row, float* to) const;
    // What rows that are read in place must be moved by.
    const std::vector<double>& middle() const { return middle_; }
    // Writes rows for the kernels, filled up to a multiple of kGroup, and their norms.
    void pack(std::size_t first, std::size_t n, float* points, float* norms) const;
    // The same for one group of rows that are laid out like packed ones already, without norms; and their
    // norms.
    void pack_group(const T* group, float* points) const;
    void norms_of_group(const float* points, float* norms) const;
    // Feature f of a row or a center as the kernels of points in lanes see it.
    float scaled(double v, std::size_t f) const { return static_cast<float>((v - middle_[f]) * scale_); }
    // Packs some of the rows from `first` on side by side; `points` is where these are packed, or lie.
    void gather(std::size_t first, Placed points, const float* norms, const std::uint32_t* rows,
                std::size_t n, float* to_points, float* to_norms) const;
    // Packs centers, into memory that may have held as many before. `wanted`: every row is compared with all
    // of them, and nothing but the sign of its gap is asked for.
    void pack(Rows<double> centers, std::size_t n_threads, Wanted wanted, PackedCenters& out) const;
    // What the kernels need to compare rows with `count` of the centers, packed as listed. `which` names
    // them, and has room for kMostAtOnce more.
    Pass among(const PackedCenters& centers, std::int32_t* which, std::size_t count) const;
    // centers.pass where products are off by `off` (|y| + |m|) |z| besides.
    Pass wider(const PackedCenters& centers, double off) const;
    LabelScratch scratch(const PackedCenters& centers) const;
    // Fills a batch's labels, and its gaps as the kernels define them (level/kernels.hpp); rows
    // without a positive gap are settled by q. Returns how many were. `pass` is centers.pass, or
    // one with some of its centers where the others are out of the question.
    std::size_t label(const PackedCenters& centers, const Pass& pass, const Batch& batch,
                      LabelScratch& scratch) const;
    // The label of one row, by q where float32 cannot tell.
    std::int32_t settle(const PackedCenters& centers, std::size_t row, LabelScratch& scratch) const;
    std::int32_t nearer(const PackedCenters& centers, std::size_t row, std::int32_t a, std::int32_t b) const;
    double longest() const { return longest_; }  // no row is farther from the middle, scaled

    std::size_t packed_floats(std::size_t n) const { return padded(n) * stride(); }
    static std::size_t padded(std::size_t n) { return (n + kGroup - 1) / kGroup * kGroup; }

 private:
    Rows<T> rows_;
    const Kernels* kernels_;
    std::vector<double> middle_;
    double scale_ = 1.0, longest_ = 0.0;
    double typical_ = 0.0;  // how far most rows are from the middle, scaled, going by a few of them
    double offset_ = 0.0;   // how far the middle is from zero, where rows are read in place
    bool in_place_ = false;
    bool useless_ = false;  // beyond float32's exponents: q decides every row

    Scaling scaling() const { return {middle_.data(), scale_, rows_.d}; }
    void choose_place(double largest);
    void copy_row(const T* x, float* to) const;
    float norm_of(const T* x) const;
    void pack_panel(std::size_t b, bool before, PackedCenters& out) const;
    bool far_apart(const PackedCenters& centers, const Pass& pass) const;
    void pack_broadcast(Wanted wanted, PackedCenters& out) const;
    void pack_listed(PackedCenters& out) const;
    // Centers that the kernel of points in lanes takes at once.
    std::size_t at_once() const { return few_features() ? 1 : kernels_->block_width; }
    Pass margins(std::size_t n_indices, const PackedCenters& centers) const;
    Pass margins_without_norms(const PackedCenters& centers) const;
    double balance(double reach) const;
};

// Rows a thread takes at once: a multiple of the kernels' runs, and some ten microseconds of work.
std::size_t rows_per_chunk(std::size_t n, std::size_t k, std::size_t d);

// Nanoseconds that labelling may take, to decide how many threads are worth starting.
double labelling_ns(std::size_t n, std::size_t k, std::size_t d);

}  // namespace globular
