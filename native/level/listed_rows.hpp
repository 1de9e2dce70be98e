// Centers in lanes, for rows that are listed, one group of centers at a time (assign/center_groups.hpp):
// included once by each level unit, after centers_in_lanes.hpp and listing.hpp.

namespace globular::LEVEL {
namespace {

// Groups are of about so many centers: one vector of a panel where lanes are many, else the panel, if that
// has no more. Smaller groups spare more distances.
constexpr std::size_t kEnoughCenters = 16;
constexpr std::size_t kCenterGroupVectors = kPanel <= kEnoughCenters ? kTileVectors : kEnoughCenters / kLanes;
constexpr std::size_t kCenterGroup = kCenterGroupVectors * kLanes;
using GroupTile = Float[kTileRows][kCenterGroupVectors];

// Of the listed rows, the squared value of the center of each one's label, as the panels would give it but
// for the order of the sums.
void own_values(const Pass& pass, const float* points, const float* norms, const float* centers,
                const std::int32_t* labels, const std::uint32_t* which, std::size_t n, float* values) {
    constexpr std::size_t kSums = 4;  // that do not wait for each other
    const Pass p = pass;
    for (std::size_t e = 0; e < n; ++e) {
        const float* x = points + which[e] * p.stride;
        const float* next = points + which[e + 1 < n ? e + 1 : e] * p.stride;  // asked for in advance
        const float* z = centers + static_cast<std::size_t>(labels[which[e]]) * (p.d + 1);
        float product = 0.0F;
        for (std::size_t first = 0; first < p.d; first += kEntriesAtOnce) {
            const std::size_t last = p.d - first < kEntriesAtOnce ? p.d : first + kEntriesAtOnce;
            Float sum[kSums] = {};
            std::size_t f = first;
            for (; f + kSums * kLanes <= last; f += kSums * kLanes)
                for (std::size_t s = 0; s < kSums; ++s) {
                    __builtin_prefetch(next + f + s * kLanes);
                    sum[s] = fused(load(x + f + s * kLanes), load(z + f + s * kLanes), sum[s]);
                }
            for (; f + kLanes <= last; f += kLanes) sum[0] = fused(load(x + f), load(z + f), sum[0]);
            float strip = 0.0F;
            for (; f < last; ++f) strip += x[f] * z[f];
            const Float sums = (sum[0] + sum[1]) + (sum[2] + sum[3]);
            for (std::size_t l = 0; l < kLanes; ++l) strip += sums[l];
            product += strip;
        }
        values[e] = norms[which[e]] + z[p.d] - 2.0F * product;
    }
}

// A row needs a group if what the group is away, less what its centers have gone, may be no more than the row
// needs: these are listed. Of the others the least that is left is kept.
std::size_t reached(const float* limits, float drift, const float* needed, std::size_t n, float* least,
                    std::uint32_t* rows) {
    const Float gone = all(drift);
    std::size_t count = 0, i = 0;
    for (; i + kPlaces <= n; i += kLanes) {
        const Float left = load(limits + i) - gone, before = load(least + i);
        const Mask beyond = left > load(needed + i);
        *reinterpret_cast<Float*>(least + i) = beyond ? smaller(left, before) : before;
        if (const unsigned lanes = lanes_of(~beyond)) list(lanes, i, rows, count);
    }
    for (; i < n; ++i) {
        const float left = limits[i] - drift;
        const bool beyond = left > needed[i];
        if (beyond && left < least[i]) least[i] = left;
        rows[count] = static_cast<std::uint32_t>(i);
        count += !beyond;
    }
    return count;
}

// As `multiply`, for rows that lie anywhere.
template <std::size_t kVectors>
[[gnu::noinline]] void multiply_listed(const float* const* rows, std::size_t first, const float* panel,
                                       std::size_t n_features, bool add, GroupTile& out) {
    const float* y[kTileRows];
    for (std::size_t r = 0; r < kTileRows; ++r) y[r] = rows[r] + first;
    Float sum[kTileRows][kVectors] = {};
    std::size_t f = 0;
    do {
        Float z[kVectors];
        for (std::size_t v = 0; v < kVectors; ++v) z[v] = load(panel + f * kCenterGroup + v * kLanes);
        for (std::size_t r = 0; r < kTileRows; ++r) {
            const Float value_of_row = all(y[r][f]);
            for (std::size_t v = 0; v < kVectors; ++v) sum[r][v] = fused(value_of_row, z[v], sum[r][v]);
        }
    } while (++f < n_features);
    for (std::size_t r = 0; r < kTileRows; ++r)
        for (std::size_t v = 0; v < kVectors; ++v) out[r][v] = add ? out[r][v] + sum[r][v] : sum[r][v];
}

using MultiplyListed = void (*)(const float* const* rows, std::size_t first, const float* panel,
                                std::size_t n_features, bool add, GroupTile& out);

inline MultiplyListed multiply_listed_for(std::size_t n_vectors) {
    if (n_vectors >= kCenterGroupVectors) return multiply_listed<kCenterGroupVectors>;
    constexpr std::size_t kFewer = kCenterGroupVectors > 1 ? kCenterGroupVectors - 1 : 1;
    return n_vectors > 1 ? multiply_listed<kFewer> : multiply_listed<1>;
}

// Lane r of the result is the least of vector r.
template <std::size_t kHalf>
inline Int least_of_each(Int* rows) {
    if constexpr (kHalf == 0) {
        return rows[0];
    } else {
        for (std::size_t r = 0; r < kHalf; ++r)
            rows[r] =
                smaller(straight<kHalf>(rows[r], rows[r + kHalf]), across<kHalf>(rows[r], rows[r + kHalf]));
        return least_of_each<kHalf / 2>(rows);
    }
}

// Takes the finished products of a tile into what its rows have seen of all centers but their own, if that is
// kept, and of this group's.
template <bool kKept>
inline void see_group_tile(const GroupTile& products, std::size_t n_vectors, const float* norms,
                           const std::int32_t* own, const float* panel_norms, Int keep,
                           std::int32_t first_index, TopTwo<Int>* const* tops, Int* least) {
    Int place;
    for (std::size_t l = 0; l < kLanes; ++l) place[l] = static_cast<std::int32_t>(l);
    place += first_index * static_cast<std::int32_t>(kLanes);
    for (std::size_t v = 0; v < n_vectors; ++v, place += static_cast<std::int32_t>(kLanes)) {
        const Int index = all(first_index + static_cast<std::int32_t>(v));
        const Float z_sq = load(panel_norms + v * kLanes);
        for (std::size_t r = 0; r < kTileRows; ++r) {
            const Int found = word(fused(all(-2.0F), products[r][v], z_sq + norms[r]), keep, index);
            const Int other = place == all(own[r]) ? all(kFar) : found;
            if constexpr (kKept) tops[r]->see(other);
            least[r] = smaller(least[r], other);
        }
    }
}

// Rows that begin to look have seen their own center.
void begin_looks(const Pass& pass, const std::int32_t* own, const std::uint32_t* which, std::size_t n,
                 const float* values, void* seen) {
    const Int keep = all(-1 << pass.index_bits);
    const auto lanes = static_cast<std::int32_t>(kLanes);
    for (std::size_t e = 0; e < n; ++e) {
        const std::int32_t place = own[which[e]];
        TopTwo<Int>& top = static_cast<TopTwo<Int>*>(seen)[which[e]];
        top = {all(kFar), all(kFar)};
        if (place == kNowhereYet) continue;
        top.best[place % lanes] = word(all(values[e]), keep, all(place / lanes))[0];
    }
}

// A panel's strip waits in the first cache for all rows of the run.
template <bool kKept>
void look_at_tiles(const GroupPass& group, const float* points, const float* norms, const std::int32_t* own,
                   const std::uint32_t* which, std::size_t n, float* limits, void* seen) {
    const Pass p = group.pass;  // a copy: nothing that is written can change it
    const Int keep = all(-1 << p.index_bits);
    constexpr std::size_t kMostRows = (kMostTiles * kTileRows + kLanes - 1) / kLanes * kLanes;
    for (std::size_t first = 0; first < n; first += kRunRows) {
        const std::size_t rows = n - first < kRunRows ? n - first : kRunRows;
        const std::size_t n_tiles = (rows + kTileRows - 1) / kTileRows;
        const float* at[kMostRows];
        float norm[kMostRows] = {};
        std::int32_t own_place[kMostRows];
        TopTwo<Int>* tops[kMostRows];
        TopTwo<Int> spare{};  // of the rows that fill up the last tile
        Int least[kMostRows];
        for (std::size_t r = 0; r < n_tiles * kTileRows; ++r) {
            const std::uint32_t row = which[first + (r < rows ? r : rows - 1)];
            at[r] = points + row * p.stride;
            norm[r] = norms[row];
            own_place[r] = own[row];
            tops[r] = kKept && r < rows ? static_cast<TopTwo<Int>*>(seen) + row : &spare;
        }
        for (Int& l : least) l = all(kFar);
        for (std::size_t b = 0; b < p.n_blocks; ++b) {
            const float* panel = p.centers + b * (p.d + 1) * kCenterGroup;
            const std::size_t n_vectors =
                b + 1 < p.n_blocks ? kCenterGroupVectors : (p.n_last + kLanes - 1) / kLanes;
            const MultiplyListed products_of = multiply_listed_for(n_vectors);
            GroupTile products[kMostTiles];
            for (std::size_t f = 0; f < p.d; f += kEntriesAtOnce) {
                const std::size_t strip = p.d - f < kEntriesAtOnce ? p.d - f : kEntriesAtOnce;
                for (std::size_t t = 0; t < n_tiles; ++t)
                    products_of(at + t * kTileRows, f, panel + f * kCenterGroup, strip, f > 0, products[t]);
            }
            const std::size_t first_index = group.first / kLanes + b * kCenterGroupVectors;
            for (std::size_t t = 0; t < n_tiles; ++t)
                see_group_tile<kKept>(products[t], n_vectors, norm + t * kTileRows, own_place + t * kTileRows,
                                      panel + p.d * kCenterGroup, keep,
                                      static_cast<std::int32_t>(first_index), tops + t * kTileRows,
                                      least + t * kTileRows);
        }
        for (std::size_t r = 0; r < rows; r += kLanes) {
            const Float v = value(least_of_each<kLanes / 2>(least + r));
            const Float low = v - (p.slope * v + p.spread * load(norm + r) + p.floor);
            const Float limit = (root(low > Float{} ? low : Float{}) + group.drift) * kDown;
            for (std::size_t l = 0; l < kLanes && r + l < rows; ++l) limits[which[first + r + l]] = limit[l];
        }
    }
}

void look_at_group(const GroupPass& group, const float* points, const float* norms, const std::int32_t* own,
                   const std::uint32_t* which, std::size_t n, float* limits, void* seen) {
    return seen ? look_at_tiles<true>(group, points, norms, own, which, n, limits, seen)
                : look_at_tiles<false>(group, points, norms, own, which, n, limits, seen);
}

void end_looks(const Pass& pass, const float* norms, const float* least, const std::uint32_t* which,
               std::size_t n, const void* seen, std::int32_t* places, float* gaps) {
    const Pass p = pass;
    const auto* tops = static_cast<const TopTwo<Int>*>(seen);
    for (std::size_t first = 0; first < n; first += kLanes) {
        const std::size_t rows = n - first < kLanes ? n - first : kLanes;
        TopTwo<Int> top[kLanes];
        float norm[kLanes], passed[kLanes], gap[kLanes];
        for (std::size_t r = 0; r < kLanes; ++r) {
            const std::uint32_t row = which[first + (r < rows ? r : 0)];
            top[r] = tops[row];
            norm[r] = norms[row];
            passed[r] = least[row];
        }
        const TopTwo<Int> of_rows = of_each<kLanes / 2>(top);
        const Float v1 = value(of_rows.best), v2 = value(of_rows.second);
        const Float off = p.spread * load(norm) + p.floor;
        const Float low = v2 - (p.slope * v2 + off), high = v1 + (p.slope * v1 + off);
        const Float next = root(low > Float{} ? low : Float{}), beyond = load(passed) * kDown;
        *reinterpret_cast<Float*>(gap) =
            (next < beyond ? next : beyond) - root(high > Float{} ? high : Float{}) * kUp;
        for (std::size_t r = 0; r < rows; ++r) {
            const std::int32_t best = of_rows.best[r];
            const int lane = __builtin_ctz(lanes_of(top[r].best == all(best)));
            places[first + r] = (best & ((1 << p.index_bits) - 1)) * static_cast<std::int32_t>(kLanes) + lane;
            gaps[first + r] = gap[r];
        }
    }
}

}  // namespace
}  // namespace globular::LEVEL
