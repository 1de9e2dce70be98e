// The body of every level unit: included once by each, with LEVEL, LANES and the tile sizes set, and these
// defined inside namespace globular::LEVEL: Float, Mask, `fused`, `smaller`, `larger`, `lanes_of` (where a
// mask is set, as bits); Wide, `widened` (floats as doubles), and kFusesDoubles (whether `fused` takes Wide,
// too). Neither this nor what it includes has include guards or standard headers: what is defined here must
// exist once per level, inside its namespace, and nowhere else.

#include "doubles.hpp"
#include "words.hpp"

#include "centers_in_lanes.hpp"
#include "column_ranges.hpp"
#include "distance_sums.hpp"
#include "learn.hpp"
#include "listing.hpp"
#include "own_distances.hpp"
#include "points_in_lanes.hpp"
#include "row_sums.hpp"

#include "packing.hpp"

namespace globular::LEVEL {
namespace {

// The center nearest to the middle of the box, as its place and squared distance; all distances are
// left in to_middle.
template <std::size_t D>
inline std::int32_t nearest_to_middle(const BoxQuery& b, float* to_middle, float& least) {
    Float lowest = all(3e38F);
    Int index{}, where{};
    for (std::size_t l = 0; l < kLanes; ++l) index[l] = static_cast<std::int32_t>(l);
    for (std::size_t j = 0; j < b.count; j += kLanes) {
        Float sum{};
        for (std::size_t f = 0; f < D; ++f) {
            const Float t = load(b.z + f * b.stride + j) - b.middle[f];
            sum = fused(t, t, sum);
        }
        *reinterpret_cast<Float*>(to_middle + j) = sum;
        where = sum < lowest ? index : where;
        lowest = sum < lowest ? sum : lowest;
        index += static_cast<std::int32_t>(kLanes);
    }
    std::size_t best = 0;
    for (std::size_t l = 1; l < kLanes; ++l) best = lowest[l] < lowest[best] ? l : best;
    least = lowest[best];
    return where[best];
}

template <std::size_t D>
BoxAnswer prune(const BoxQuery& query, float* to_middle, std::int32_t* kept) {
    const BoxQuery b = query;
    float least;
    const std::int32_t best = nearest_to_middle<D>(b, to_middle, least);
    float nearest[D];
    for (std::size_t f = 0; f < D; ++f) nearest[f] = b.z[f * b.stride + static_cast<std::size_t>(best)];
    const float r = __builtin_sqrtf(least + b.half_sq), t = r < b.root ? b.root : r;
    const float per_sq = b.relative + 0.5F * b.root / t;
    const float fixed = 0.5F * b.root * t + b.root * b.root + 0x1p-100F;
    Float dropped = all(kNowhere * kNowhere);
    std::size_t count = 0;
    for (std::size_t j = 0; j < b.count; j += kLanes) {
        const Float middle = load(to_middle + j);
        Float corner{};
        for (std::size_t f = 0; f < D; ++f) {
            const Float across = load(b.z + f * b.stride + j) - nearest[f];
            corner += (across < Float{} ? -across : across) * b.half[f];
        }
        const Int drop = middle - least - 2.0F * corner > per_sq * (middle + b.half_sq) + fixed;
        const Float nearer = middle < dropped ? middle : dropped;
        dropped = drop ? nearer : dropped;
        for (std::size_t l = 0; l < kLanes; ++l) {
            kept[count] = static_cast<std::int32_t>(j + l);
            count += static_cast<std::size_t>(1 + drop[l]);
        }
    }
    float nearest_dropped = dropped[0];
    for (std::size_t l = 1; l < kLanes; ++l)
        nearest_dropped = dropped[l] < nearest_dropped ? dropped[l] : nearest_dropped;
    return {count, least, nearest_dropped};
}

#include "screen.hpp"

template <class T>
constexpr RowKernels<T> kRows = {
    add_row<T>,       move_row<T>,
    add_rows<T>,      spread_rows<T>,
    column_ranges<T>, own_distances<T>,
    norm<T>,          {change_few<T, 1>, change_few<T, 2>, change_few<T, 3>, change_few<T, 4>},
};

constexpr Kernels kTable = {
    LEVEL_NAME,
    kLanes,
    kBlock,
    kPanel,
    {direct<1>, direct<2>, direct<3>, direct<4>},
    {linear<1>, linear<2>, linear<3>, linear<4>},
    {relabel<1>, relabel<2>, relabel<3>, relabel<4>},
    dots,
    tile,
    distances,
    differing,
    used_up,
    screen,
    pack_panel,
    sparse<float>,
    sparse<double>,
    {prune<1>, prune<2>, prune<3>, prune<4>},
    kRows<float>,
    kRows<double>,
    learn,
    distance_sums,
};

}  // namespace

const Kernels& kernels = kTable;

}  // namespace globular::LEVEL
