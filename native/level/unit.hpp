// The body of every level unit: included once by each, with LEVEL, LANES and the tile sizes set, and these
// defined inside namespace globular::LEVEL: Float, Mask, `fused`, `smaller`, `larger`, `lanes_of` (where a
// mask is set, as bits), `looked_up` (table[at[l]] in every lane l), and where COMPRESSES is set `compress`;
// Wide, `widened` (floats as doubles), and kFusesDoubles (whether `fused` takes Wide,
// too). Neither this nor what it includes has include guards or standard headers: what is defined here must
// exist once per level, inside its namespace, and nowhere else.

#include "doubles.hpp"
#include "words.hpp"

#include "centers_in_lanes.hpp"
#include "column_ranges.hpp"
#include "curve.hpp"
#include "distance_sums.hpp"
#include "learn.hpp"
#include "listing.hpp"
#include "points_in_lanes.hpp"
#include "row_hashes.hpp"
#include "row_sums.hpp"
#include "value_sums.hpp"

#include "listed_rows.hpp"
#include "packing.hpp"
#include "prune.hpp"

#include "own_distances.hpp"

namespace globular::LEVEL {
namespace {

#include "screen.hpp"

#include "gains.hpp"

template <class T>
constexpr RowKernels<T> kRows = {
    add_row<T>,
    move_row<T>,
    add_rows<T>,
    spread_rows<T>,
    column_ranges<T>,
    own_distances<T>,
    norm<T>,
    pack_group<T>,
    pack_rows<T>,
    change_rows<T>,
    {change_few<T, 1>, change_few<T, 2>, change_few<T, 3>, change_few<T, 4>},
    hashes<T>,
};

constexpr Kernels kTable = {
    LEVEL_NAME,
    kLanes,
    kBlock,
    kPanel,
    kCenterGroup,
    {direct<1>, direct<2>, direct<3>, direct<4>},
    {linear<1>, linear<2>, linear<3>, linear<4>},
    {relabel<1>, relabel<2>, relabel<3>, relabel<4>},
    dots<>,
    {direct<1, true>, direct<2, true>, direct<3, true>, direct<4, true>, dots<true>, dots<true>, dots<true>,
     dots<true>},
    tile,
    products,
    distances,
    differing,
    used_up,
    limits,
    in_buckets,
    screen,
    {gains<1>, gains<2>, gains<3>, gains<4>, gains<5>, gains<6>, gains<7>, gains<8>},
    pack_panel,
    own_values,
    reached,
    begin_looks,
    look_at_group,
    end_looks,
    sparse<float>,
    sparse<double>,
    {prune<1>, prune<2>, prune<3>, prune<4>, prune<5>, prune<6>, prune<7>, prune<8>},
    {curve<1>, curve<2>, curve<3>, curve<4>, curve<5>, curve<6>, curve<7>, curve<8>},
    kRows<float>,
    kRows<double>,
    learn,
    distance_sums,
    value_sums,
};

}  // namespace

const Kernels& kernels = kTable;

}  // namespace globular::LEVEL
