// What every instruction level offers: the table of its kernels, and the layouts they read.
//
// The kernels are filters in float32. They name, for each row, the center that is certainly the
// nearest, or say that float32 cannot tell; q (distance.hpp) settles the rest. Two shapes:
//
// * points in lanes: a vector holds one feature of several points, centers are broadcast. Points
//   lie in groups of kGroup rows, [group][feature][kGroup]. Best at small d: no vector is wasted.
// * centers in lanes: a vector holds one feature of several centers, points are broadcast.
//   Centers lie in panels, [panel][feature][panel_width]. Best at larger d: the register tile
//   reads each value once for many products.
//
// This header declares types only. Nothing here may become code, or the linker could pick one
// level's copy of it for all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace globular {

inline constexpr std::size_t kGroup = 32;          // rows a points-in-lanes call is a multiple of
inline constexpr std::size_t kLeastRows = 8;       // that a centers-in-lanes call takes
inline constexpr std::size_t kMaxDirectD = 4;      // few features up to here: kernels of their own
inline constexpr std::size_t kMaxBoxD = 8;         // boxes around rows up to here
inline constexpr std::size_t kMostAtOnce = 8;      // centers that `listed` compares with at once
inline constexpr std::size_t kMaxBroadcastD = 32;  // points in lanes up to here
inline constexpr float kNever = 3e38F;             // squared length of what fills up a panel or block
// A bound in float32 is rounded down, or up, by more than the two roundings that made it.
inline constexpr float kDown = 1.0F - 0x1p-22F, kUp = 1.0F + 0x1p-22F;

// One E-step's centers, and how far off a kernel's distances can be.
struct Pass {
    const float* centers;       // in the kernel's layout
    const std::int32_t* which;  // of `listed`: the centers to compare with, filled up to whole blocks
    std::size_t n_blocks;       // blocks of centers in that layout, the last one padded
    std::size_t n_last;         // centers in the last panel, where centers lie in lanes
    std::size_t d;
    std::size_t stride;       // floats from one row to the next, where centers lie in lanes
    std::int32_t index_bits;  // low bits of a distance that carry the center's index
    // Of the two smallest values v1 <= v2, squared: each may be off by
    //   err = slope * v2 + spread * norm + floor,
    // and the second nearest center is farther than the nearest, in distance, by at least
    //   gap = sqrt(max(v2 - err, 0)) - sqrt(v1 + err) - root.
    float slope, spread, floor, root;
    // Where only its sign is asked for, the roots are spared: gaps[i] is at most
    //   v2 - err - (sqrt(v1 + err) + root)^2, which is positive only if the gap is;
    // or, where values lack what they have in common (`linear`), v2 - v1 - spread * norm - floor.
    bool signs_only;
};

// labels[i] becomes the center of the smallest value for row i, gaps[i] its gap: where that is
// positive the label is certain, otherwise float32 cannot tell. Returns whether some row is in such doubt. n
// is a multiple of kGroup for points in lanes, at least kLeastRows for centers in lanes; norms are the
// squared lengths of the rows (not read by `direct` and `linear`). A gap that is not positive says, of
// centers in lanes: -(1 + r) that only the label and center r can be the nearest, else minus infinity.
using Nearest = bool (*)(const Pass&, const float* points, const float* norms, std::size_t n,
                         std::int32_t* labels, float* gaps);
inline std::int32_t rival_in(float gap) { return static_cast<std::int32_t>(-gap) - 1; }

// What `linear` finds, compared at once with the labels before: lists the rows, ascending, whose label is
// another now, and that label; and those where float32 cannot tell, with the complement of a label. Returns
// how many there are; all arrays have room for n.
using Relabel = std::size_t (*)(const Pass&, const float* points, std::size_t n, const std::int32_t* before,
                                std::int32_t* now, std::uint32_t* places);

// Scalar products of rows with what lies in panels, laid out as centers are. That of row r and lane l of
// panel b is out[(b * rows_in_out + r) * width + l]. n is at least kLeastRows; the last panel has
// pass.n_last.
using Products = void (*)(const Pass&, const float* points, std::size_t n, float* out,
                          std::size_t rows_in_out);

// Squared distances of one row to every center, by differences; centers in panels.
using Distances = void (*)(const float* point, const float* panels, std::size_t n_panels, std::size_t d,
                           float* out);

// Lists the places where two lists of n labels differ, ascending, and moves what the second says there to its
// front. Returns how many there are.
using Differing = std::size_t (*)(const std::int32_t* before, std::int32_t* now, std::size_t n,
                                  std::uint32_t* places);

// Lists the rows that the drift of their label has caught up with (assign/session.hpp), ascending: those
// where not limits[i] > drift[labels[i]], of k. Returns how many there are.
using UsedUp = std::size_t (*)(const float* limits, const std::int32_t* labels, const float* drift,
                               std::size_t k, std::size_t n, std::uint32_t* rows);

// The limits of n rows: what each gap and the drift of the row's label come to. That of a gap which is not
// positive is used up at once.
using Limits = void (*)(const float* gaps, const std::int32_t* labels, const float* drift, std::size_t k,
                        std::size_t n, float* limits);

// Lists the places of those of n numbers whose leading bits, value >> shift, are one of `count` buckets,
// ascending; there are at most kMostBuckets of these. Returns how many are listed.
inline constexpr std::size_t kMostBuckets = 8;
using InBuckets = std::size_t (*)(const std::uint16_t* values, std::size_t n, int shift,
                                  const std::uint16_t* buckets, std::size_t count, std::uint32_t* places);

// Of the rows of a group, [feature][kGroup], those whose squared distance to a point does not exceed their
// limit, as bits.
using Screen = std::uint32_t (*)(const float* group, std::size_t d, const float* point, const float* limits);

// What some points would take from rows as one more center: these are [group][feature][kGroup]; `nearest` is
// what each has come down to, squared, below zero where there is no row; and each weighs 1 if `weights` is
// null. A point reaches the rows whose squared distance does not exceed slope * nearest + floor.
struct GainQuery {
    const float* groups;
    std::size_t n_groups, d;
    const float *nearest, *weights;
    float slope, floor;
};
// Sums over the rows that a point reaches: of their weights, and of what these times that limit, and times
// what the point is nearer, come to.
struct Gain {
    double weight, limit, gain;
};
// Adds to the sums of some points, and says which rows of each group each of them reaches, as bits.
inline constexpr std::size_t kMostGains = 8;
using Gains = void (*)(const GainQuery&, const float* const* points, Gain* sums,
                       std::uint32_t* const* reached);

// Centers in groups (assign/center_groups.hpp), for listed rows of a centers-in-lanes layout. A center's
// place is where it is among all, group by group. Values are squared distances, off as Pass says.
//
// Of each listed row, the value of the center that it is labelled with. Centers lie in rows of d + 1: their
// coordinates, and then what a panel has last.
using OwnValues = void (*)(const Pass&, const float* points, const float* norms, const float* centers,
                           const std::int32_t* labels, const std::uint32_t* which, std::size_t n,
                           float* values);
// Lists those of n rows where not limits[i] - drift > needed[i], ascending; of the others, least[i] becomes
// limits[i] - drift if that is less. Returns how many are listed.
using Reached = std::size_t (*)(const float* limits, float drift, const float* needed, std::size_t n,
                                float* least, std::uint32_t* rows);
// What a row has seen so far takes 2 * lanes floats; it begins with its own center's value, or with nothing
// where own[row] is kNowhereYet.
inline constexpr std::int32_t kNowhereYet = -1;
using BeginLooks = void (*)(const Pass&, const std::int32_t* own, const std::uint32_t* which, std::size_t n,
                            const float* values, void* seen);
struct GroupPass {
    Pass pass;          // the group's panels alone
    std::size_t first;  // the place of the group's first center, a multiple of group_width
    float drift;
};
// The listed rows see the centers of a group, but not their own, whose place is own[row]. limits[row] becomes
// what these are away at least, plus the group's drift; if `seen` is null, that is all.
using LookAtGroup = void (*)(const GroupPass&, const float* points, const float* norms,
                             const std::int32_t* own, const std::uint32_t* which, std::size_t n,
                             float* limits, void* seen);
// The place of the center that is nearest to each listed row, of those seen, and by how much all others are
// farther: those that were seen, and those that are least[row] away or more. Where that gap is not positive
// float32 cannot tell.
using EndLooks = void (*)(const Pass&, const float* norms, const float* least, const std::uint32_t* which,
                          std::size_t n, const void* seen, std::int32_t* places, float* gaps);

// The entries of sparse rows (rows.hpp), and the power of two that takes them to the filter's scale.
template <class T>
struct SparseEntries {
    const T* values;
    const std::int32_t* features;
    const std::int64_t* starts;
    double scale;
};
inline constexpr std::size_t kEntriesAtOnce = 256;  // products summed apart, so that errors stay small

// Nearest for the n rows named in `which`; centers in panels, their squared lengths last.
template <class T>
using NearestSparse = bool (*)(const Pass&, const SparseEntries<T>&, const std::uint32_t* which,
                               std::size_t n, std::int32_t* labels, float* gaps);

// Which of some centers can be nearest to a point of a box (assign/boxes.hpp): coordinate f of center
// j is z[f * stride + j], and count is filled up to a multiple of the lanes with kNowhere.
struct BoxQuery {
    const float* z;
    std::size_t stride, count;
    const float *middle, *half;
    float half_sq;         // sum of half^2
    float relative, root;  // the margin
};
struct BoxAnswer {
    std::size_t n_kept;
    float least;            // squared distance from the middle to the nearest center
    float nearest_dropped;  // and to the nearest of those that are out of the question; or kNowhere^2
};
inline constexpr float kNowhere = 1e18F;
// Writes the places of the centers that remain, ascending; `to_middle` has room for count, `kept` for 8 more.
using Prune = BoxAnswer (*)(const BoxQuery&, float* to_middle, std::uint32_t* kept);

// The places on a Hilbert curve (assign/hilbert.hpp) of kGroup cells, [feature][kGroup], of so many bits a
// feature.
using Curve = void (*)(const std::uint32_t* cells, std::size_t bits, std::uint32_t* places);

// Where rows that weigh 1 are cut in two pieces, and from where they are measured: (d) each.
struct RowGrids {
    const double *origin, *high, *low;
    std::size_t d;
};

// Rows of at most kMaxDirectD features, each weighing 1: feature f of row r is values[r * row_stride + f *
// feature_stride].
template <class T>
struct FewFeatures {
    const T* values;
    std::size_t row_stride, feature_stride;
};
// Sums of such rows keep the weight beside them, as one more feature, which is always 1: [cluster][2 pieces]
// [kFewWidth[d]].
inline constexpr std::size_t kFewWidth[kMaxDirectD + 1] = {0, 4, 4, 4, 8};

// An unsigned number with the bits of a T.
template <class T>
struct Unsigned;
template <>
struct Unsigned<float> {
    using Type = std::uint32_t;
};
template <>
struct Unsigned<double> {
    using Type = std::uint64_t;
};
template <class T>
using BitsOf = typename Unsigned<T>::Type;

// What was seen of values side by side: of each column the extremes, and of the biased exponents of values
// that are not zero how many, their sum, and that of their squares.
template <class T>
struct ColumnRanges {
    T *low, *high;
    BitsOf<T>*count, *sum, *sum_sq;
};

// How the filter sees rows and centers: coordinate f of x is (x[f] - middle[f]) * scale.
struct Scaling {
    const double* middle;
    double scale;
    std::size_t d;
};

inline constexpr std::size_t kMostTogether = std::size_t{1} << 24;  // rows that may be added up in one call

// Passes over rows, which lie one after the other. Sums are of rows that weigh 1, laid out [piece][feature].
// Every level gives the same bits, but for `norm`, which is the filter's.
template <class T>
struct RowKernels {
    void (*add)(const RowGrids&, const T* x, double sign, double* sums);
    void (*move)(const RowGrids&, const T* x, double* from, double* to);
    // Adds the n rows which[e] of x.
    void (*add_rows)(const RowGrids&, const T* x, const std::uint32_t* which, std::size_t n, double* sums);
    // Adds n <= kMostTogether rows, and the squares of what they are off the origin.
    void (*spread)(const RowGrids&, const RowGrids& squares, const T* x, std::size_t n, double* sums,
                   double* sums_sq);
    // Takes n rows of `width` values into account; returns whether all are finite. Of those that are not, NaN
    // leaves no trace in the extremes. Bits must have room for the sums of n squares.
    bool (*column_ranges)(const T* x, std::size_t n, std::size_t width, const ColumnRanges<T>&);
    // q (distance.hpp) of n rows, of row r to center labels[r].
    void (*own_distances)(const T* x, std::size_t n, std::size_t d, const double* centers,
                          const std::int32_t* labels, double* out);
    // The squared length of a row as the filter sees it.
    float (*norm)(const Scaling&, const T* x);
    // A group of rows, [feature][kGroup], as the filter sees it.
    void (*pack_group)(const Scaling&, const T* group, float* out);
    // The n rows which[e] of x, or all if that is null, as the filter sees them, in groups like that: there
    // is room for whole ones, and what fills up the last is anything.
    void (*pack_rows)(const Scaling&, const T* x, const std::uint32_t* which, std::size_t n, float* out);
    // Takes the n rows which[e] from cluster from[which[e]] to to[e], or if `from` is null from nowhere. Sums
    // are [cluster][2 pieces][d].
    void (*change_rows)(const RowGrids&, const T* x, const std::uint32_t* which, std::size_t n,
                        const std::int32_t* from, const std::int32_t* to, double* sums);
    // The same for d = 1 .. kMaxDirectD, with weights.
    void (*change[kMaxDirectD])(const RowGrids&, const FewFeatures<T>&, const std::uint32_t* which,
                                std::size_t n, const std::int32_t* from, const std::int32_t* to,
                                double* sums);
    // The hash (row_hash.hpp) of n rows, of what float32 would keep of their way from the origin.
    void (*hashes)(const T* x, std::size_t n, std::size_t d, const double* origin, const std::uint64_t* salts,
                   std::uint64_t* out);
};

// Of each center of a panel, as the filter sees it: the squared length, the product with the middle, and the
// square of the way from where it was packed before; added to.
struct PanelSums {
    double *length_sq, *along, *way_sq;
};
// Packs the first `filled` centers of a panel, which held as many `before`, or nothing.
using PackPanel = void (*)(const Scaling&, const double* centers, std::size_t filled, bool before,
                           float* panel, const PanelSums&);

// One cluster: its weight, above zero, its sums (pieces, d), and the center that it had.
struct ClusterToLearn {
    double weight;
    const double *sums, *origin, *center;
    std::size_t d;
    int pieces;
};
// What a cluster's rows are off its center: sum of w |x - c|^2 - w |x - o|^2, in doubled precision, as
// terms that are added up in this order. Feature f is in term f % kTerms, so every level gives the same bits.
inline constexpr std::size_t kTerms = 8;
struct Excess {
    double hi[kTerms] = {}, lo[kTerms] = {};
};
// Writes the cluster's mean (d): that of its sums, correctly rounded but for the last bit.
using Learn = void (*)(const ClusterToLearn&, double* mean, Excess& excess);

// Adds up w |x - y| over points y, for kSumRows rows x at once, laid out [feature][kSumRows]. Points lie in
// groups of kTerms, [group][feature][kTerms], each with kTerms weights; zero where there is no point. What is
// in lane l of a group is added to sums[row][l]: every level gives the same bits.
inline constexpr std::size_t kSumRows = 4;
using DistanceSums = void (*)(const double* rows, std::size_t d, const double* groups, const double* weights,
                              std::size_t n_groups, double* sums);

// Adds up n values that are not negative: without any rounding, they come to sums[0] + sums[1]. Returns false
// if two doubles may not hold that. n is a multiple of kTerms, and at most kMostValues.
inline constexpr std::size_t kMostValues = 256;
using ValueSums = bool (*)(const double* values, std::size_t n, double* sums);

struct Kernels {
    const char* name;
    std::size_t lanes;
    std::size_t block_width;       // centers a block of the broadcast layout holds (d > kMaxDirectD)
    std::size_t panel_width;       // centers a panel holds,
    std::size_t group_width;       // and one of a group of centers
    Nearest direct[kMaxDirectD];   // points in lanes, differences, d = 1 .. 4; blocks of one center
    Nearest linear[kMaxDirectD];   // points in lanes, only the signs of gaps; d = 1 .. 4
    Relabel relabel[kMaxDirectD];  // the same
    Nearest dots;                  // points in lanes, scalar products
    Nearest listed[kMaxBoxD];      // points in lanes, some of the centers; d = 1 .. 8
    Nearest tile;                  // centers in lanes, scalar products
    Products products;
    Distances distances;
    Differing differing;
    UsedUp used_up;
    Limits limits;
    InBuckets in_buckets;
    Screen screen;
    Gains gains[kMostGains];  // of so many points, less one
    PackPanel pack_panel;
    OwnValues own_values;
    Reached reached;
    BeginLooks begin_looks;
    LookAtGroup look_at_group;
    EndLooks end_looks;
    NearestSparse<float> sparse_f32;
    NearestSparse<double> sparse_f64;
    Prune prune[kMaxBoxD];
    Curve curve[kMaxBoxD];
    RowKernels<float> rows_f32;
    RowKernels<double> rows_f64;
    Learn learn;
    DistanceSums distance_sums;
    ValueSums value_sums;
};

namespace baseline {
extern const Kernels& kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels& kernels;
}
namespace avx512 {
extern const Kernels& kernels;
}
#endif

}  // namespace globular
