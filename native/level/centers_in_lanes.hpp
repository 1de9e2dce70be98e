// Nearest centers with centers in lanes (kernels.hpp): for many features, dense or sparse. Included once by
// each level unit, after words.hpp.

namespace globular::LEVEL {
namespace {

// Centers in lanes: a register tile of kTileRows rows x kTileVectors vectors of centers.
constexpr std::size_t kTileRows = TILE_ROWS;
constexpr std::size_t kTileVectors = TILE_VECTORS;
static_assert(kTileRows <= kLeastRows);
constexpr std::size_t kPanel = kTileVectors * kLanes;
constexpr std::size_t kRunRows = 192;  // rows whose running minima wait in the first cache
constexpr std::size_t kMostTiles = (kRunRows + kTileRows - 1) / kTileRows;
constexpr std::size_t kPanelsAtOnce = 4;

using Tile = Float[kTileRows][kTileVectors];

// A strip of features of one tile: kTileRows rows against the first kVectors vectors of one panel. Not
// inlined: the loop needs a pointer for every row, and all registers for that. Rows that are read for the
// first time are followed by others, most likely: those are asked for in advance. Strips but the first are
// added.
template <bool kFirstTime, std::size_t kVectors>
[[gnu::noinline]] void multiply(const float* points, std::size_t stride, const float* panel,
                                std::size_t n_features, bool add, Tile& out) {
    constexpr std::size_t kLine = 16;  // floats of a cache line
    Float sum[kTileRows][kVectors] = {};
    std::size_t f = 0;
    do {
        for (std::size_t r = 0; kFirstTime && r < kTileRows; ++r)
            __builtin_prefetch(points + (kTileRows + r) * stride + f);
        const std::size_t last = kFirstTime && n_features - f > kLine ? f + kLine : n_features;
        do {
            Float z[kVectors];
            for (std::size_t v = 0; v < kVectors; ++v) z[v] = load(panel + f * kPanel + v * kLanes);
            for (std::size_t r = 0; r < kTileRows; ++r) {
                const Float y = all(points[r * stride + f]);
                for (std::size_t v = 0; v < kVectors; ++v) sum[r][v] = fused(y, z[v], sum[r][v]);
            }
        } while (++f < last);
    } while (f < n_features);
    for (std::size_t r = 0; r < kTileRows; ++r)
        for (std::size_t v = 0; v < kVectors; ++v) out[r][v] = add ? out[r][v] + sum[r][v] : sum[r][v];
}

using Multiply = void (*)(const float* points, std::size_t stride, const float* panel, std::size_t n_features,
                          bool add, Tile& out);

// For a panel with centers in so many of its vectors.
template <bool kFirstTime>
inline Multiply multiply_for(std::size_t n_vectors) {
    constexpr Multiply kSome[] = {multiply<kFirstTime, 1>, multiply<kFirstTime, kTileVectors - 1>};
    return n_vectors < kTileVectors ? kSome[n_vectors - 1] : multiply<kFirstTime, kTileVectors>;
}

// Takes the finished products of a tile into the running minima of its rows from `first_row` on.
inline void see_tile(const Tile& products, std::size_t n_vectors, const float* norms,
                     const float* panel_norms, Int keep, std::int32_t first_index, std::size_t first_row,
                     TopTwo<Int>* top) {
    for (std::size_t v = 0; v < n_vectors; ++v) {
        const Int index = all(first_index + static_cast<std::int32_t>(v));
        const Float z_sq = load(panel_norms + v * kLanes);
        for (std::size_t r = first_row; r < kTileRows; ++r)
            top[r].see(word(fused(all(-2.0F), products[r][v], z_sq + norms[r]), keep, index));
    }
}

// The vector that has lanes of a, and where l & kHalf those of b: as they are, and from kHalf further.
template <std::size_t kHalf>
inline Int straight(Int a, Int b) {
    Int from;
    for (std::size_t l = 0; l < kLanes; ++l) from[l] = static_cast<std::int32_t>(l & kHalf ? kLanes + l : l);
    return __builtin_shuffle(a, b, from);
}
template <std::size_t kHalf>
inline Int across(Int a, Int b) {
    Int from;
    for (std::size_t l = 0; l < kLanes; ++l)
        from[l] = static_cast<std::int32_t>((l & kHalf ? kLanes : 0) + (l ^ kHalf));
    return __builtin_shuffle(a, b, from);
}

template <std::size_t kHalf>
inline TopTwo<Int> both(const TopTwo<Int>& a, const TopTwo<Int>& b) {
    const Int x = straight<kHalf>(a.best, b.best), y = across<kHalf>(a.best, b.best);
    const Int second = smaller(straight<kHalf>(a.second, b.second), across<kHalf>(a.second, b.second));
    return {smaller(x, y), smaller(second, larger(x, y))};
}

// Lane r of the result is what row r has in all its lanes: pairs are halved into one until one is left.
template <std::size_t kHalf>
inline TopTwo<Int> of_each(const TopTwo<Int>* rows) {
    TopTwo<Int> halved[kHalf];
    for (std::size_t r = 0; r < kHalf; ++r) halved[r] = both<kHalf>(rows[r], rows[r + kHalf]);
    if constexpr (kHalf == 1)
        return halved[0];
    else
        return of_each<kHalf / 2>(halved);
}

// What the gap of a row in doubt becomes (kernels.hpp), whose two smallest words are these: the other center
// that may be its nearest, if there is only one. Both are the best of their lanes, or there may be more.
inline float rival_of(const Pass& p, const TopTwo<Int>& top, std::int32_t best, std::int32_t second,
                      float norm) {
    constexpr float kUnknown = -__builtin_inff();
    const Mask its_own = top.best == all(best), others = top.best == all(second);
    const unsigned own = lanes_of(its_own), both = own | lanes_of(others);
    if (__builtin_popcount(both) != 2) return kUnknown;
    const auto lane = static_cast<unsigned>(__builtin_ctz(both & ~(1U << __builtin_ctz(own))));
    std::int32_t third = kFar;
    for (std::size_t l = 0; l < kLanes; ++l) {
        if (!(both >> l & 1)) third = third < top.best[l] ? third : top.best[l];
        third = third < top.second[l] ? third : top.second[l];
    }
    Doubt doubt;
    float gaps[kLanes];
    std::int32_t labels[kLanes];
    store(p, TopTwo<Int>{all(best), all(third)}, all(norm), labels, gaps, doubt);
    const std::size_t vector = static_cast<std::size_t>(second & ((1 << p.index_bits) - 1));
    const std::size_t rival = vector * kLanes + lane;
    constexpr std::size_t kMost = std::size_t{1} << 24;  // up to here a float holds every whole number
    return doubt.found() || rival >= kMost ? kUnknown : -1.0F - static_cast<float>(rival);
}

// Stores what so many rows as there are lanes have found.
inline void store_lanes(const Pass& p, const TopTwo<Int>* top, const float* norms, std::int32_t* labels,
                        float* gaps, Doubt& doubt) {
    const TopTwo<Int> of_rows = of_each<kLanes / 2>(top);
    Doubt of_these;
    store(p, of_rows, load(norms), labels, gaps, of_these);
    std::int32_t best[kLanes];
    *reinterpret_cast<Int*>(best) = of_rows.best;
    doubt.any |= of_these.any;
    for (std::size_t r = 0; of_these.found() && r < kLanes; ++r)
        if (!(gaps[r] > 0.0F)) gaps[r] = rival_of(p, top[r], best[r], of_rows.second[r], norms[r]);
    for (std::size_t r = 0; r < kLanes; ++r) {  // a label is that of a vector so far
        const int lane = __builtin_ctz(lanes_of(top[r].best == all(best[r])));
        labels[r] = labels[r] * static_cast<std::int32_t>(kLanes) + lane;
    }
}

// Stores what n rows have found; there is room for whole vectors of rows in top.
inline void store_rows(const Pass& p, TopTwo<Int>* top, std::size_t n, const float* norms,
                       std::int32_t* labels, float* gaps, Doubt& doubt) {
    std::size_t r = 0;
    for (; r + kLanes <= n; r += kLanes) store_lanes(p, top + r, norms + r, labels + r, gaps + r, doubt);
    if (r == n) return;
    // The last ones are filled up by the first of them.
    float norm[kLanes], gap[kLanes];
    std::int32_t label[kLanes];
    for (std::size_t l = 0; l < kLanes; ++l) {
        norm[l] = norms[r + l < n ? r + l : r];
        if (r + l >= n) top[r + l] = top[r];
    }
    store_lanes(p, top + r, norm, label, gap, doubt);
    for (std::size_t l = 0; r + l < n; ++l) {
        labels[r + l] = label[l];
        gaps[r + l] = gap[l];
    }
}

// Strip by strip: a panel's strip waits in the first cache for all rows of the run, and the rows' strip in
// the second one for some panels.
bool tile(const Pass& pass, const float* points, const float* norms, std::size_t n, std::int32_t* labels,
          float* gaps) {
    const Pass p = pass;  // a copy: nothing that is written can change it
    const std::size_t d = p.d;
    const Int keep = all(-1 << p.index_bits);
    const auto vectors_in = [=](std::size_t block) {
        return block + 1 < p.n_blocks ? kTileVectors : (p.n_last + kLanes - 1) / kLanes;
    };
    static_assert(kRunRows % kLanes == 0);
    Doubt doubt;
    for (std::size_t first = 0; first < n; first += kRunRows) {
        const std::size_t rows = n - first < kRunRows ? n - first : kRunRows;
        const std::size_t n_tiles = (rows + kTileRows - 1) / kTileRows;
        // The last tile steps back over rows already seen, and only its new rows count.
        const auto at = [=](std::size_t t) {
            return (t + 1) * kTileRows <= rows ? t * kTileRows : rows - kTileRows;
        };
        TopTwo<Int> top[kRunRows];
        for (std::size_t r = 0; r < rows; ++r) top[r] = {all(kFar), all(kFar)};
        for (std::size_t b = 0; b < p.n_blocks; b += kPanelsAtOnce) {
            const std::size_t n_panels = p.n_blocks - b < kPanelsAtOnce ? p.n_blocks - b : kPanelsAtOnce;
            const float* panels = p.centers + b * (d + 1) * kPanel;
            Tile products[kPanelsAtOnce][kMostTiles];
            for (std::size_t f = 0; f < d; f += kEntriesAtOnce) {
                const std::size_t strip = d - f < kEntriesAtOnce ? d - f : kEntriesAtOnce;
                for (std::size_t e = 0; e < n_panels; ++e) {
                    const auto products_of = b + e == 0 ? multiply_for<true>(vectors_in(b + e))
                                                        : multiply_for<false>(vectors_in(b + e));
                    for (std::size_t t = 0; t < n_tiles; ++t)
                        products_of(points + (first + at(t)) * p.stride + f, p.stride,
                                    panels + (e * (d + 1) + f) * kPanel, strip, f > 0, products[e][t]);
                }
            }
            for (std::size_t e = 0; e < n_panels; ++e)
                for (std::size_t t = 0; t < n_tiles; ++t)
                    see_tile(products[e][t], vectors_in(b + e), norms + first + at(t),
                             panels + (e * (d + 1) + d) * kPanel, keep,
                             static_cast<std::int32_t>((b + e) * kTileVectors), t * kTileRows - at(t),
                             top + at(t));
        }
        store_rows(p, top, rows, norms + first, labels + first, gaps + first, doubt);
    }
    return doubt.found();
}

void products(const Pass& pass, const float* points, std::size_t n, float* out, std::size_t rows_in_out) {
    const Pass p = pass;
    for (std::size_t b = 0; b < p.n_blocks; ++b, out += rows_in_out * kPanel) {
        const float* panel = p.centers + b * (p.d + 1) * kPanel;
        const std::size_t n_vectors = b + 1 < p.n_blocks ? kTileVectors : (p.n_last + kLanes - 1) / kLanes;
        const Multiply products_of = multiply_for<false>(n_vectors);
        for (std::size_t r = 0; r < n; r += kTileRows) {
            const std::size_t first = r + kTileRows <= n ? r : n - kTileRows;  // the last tile steps back
            Tile tile{};
            for (std::size_t f = 0; f < p.d; f += kEntriesAtOnce) {
                const std::size_t strip = p.d - f < kEntriesAtOnce ? p.d - f : kEntriesAtOnce;
                products_of(points + first * p.stride + f, p.stride, panel + f * kPanel, strip, f > 0, tile);
            }
            for (std::size_t e = 0; e < kTileRows; ++e)
                for (std::size_t v = 0; v < kTileVectors; ++v)
                    *reinterpret_cast<Float*>(out + (first + e) * kPanel + v * kLanes) = tile[e][v];
        }
    }
}

// Centers in lanes, for rows of which only few features are not zero. Panels are of kVectors vectors.
template <class T, std::size_t kVectors>
bool sparse_by(const Pass& pass, const SparseEntries<T>& rows, const std::uint32_t* which, std::size_t n,
               std::int32_t* labels, float* gaps) {
    constexpr std::size_t kWidth = kVectors * kLanes;
    const Pass p = pass;
    const SparseEntries<T> x = rows;
    const Int keep = all(-1 << p.index_bits);
    Doubt doubt;
    TopTwo<Int> tops[kLanes];  // and lengths, of rows that are not stored yet
    float norms[kLanes] = {};
    for (std::size_t e = 0; e < n; ++e) {
        const auto first = static_cast<std::size_t>(x.starts[which[e]]);
        const auto last = static_cast<std::size_t>(x.starts[which[e] + 1]);
        double length_sq = 0.0;
        for (std::size_t a = first; a < last; ++a) {
            const double y = static_cast<double>(x.values[a]) * x.scale;
            length_sq += y * y;
        }
        const auto norm = static_cast<float>(length_sq);
        TopTwo<Int> top = {all(kFar), all(kFar)};
        for (std::size_t b = 0; b < p.n_blocks; ++b) {
            const float* panel = p.centers + b * (p.d + 1) * kWidth;
            Float sum[kVectors] = {};
            for (std::size_t run = first; run < last; run += kEntriesAtOnce) {
                const std::size_t end = run + kEntriesAtOnce < last ? run + kEntriesAtOnce : last;
                Float part[kVectors] = {};
                for (std::size_t a = run; a < end; ++a) {
                    const Float y = all(static_cast<float>(static_cast<double>(x.values[a]) * x.scale));
                    const float* z = panel + static_cast<std::size_t>(x.features[a]) * kWidth;
                    for (std::size_t v = 0; v < kVectors; ++v)
                        part[v] = fused(y, load(z + v * kLanes), part[v]);
                }
                for (std::size_t v = 0; v < kVectors; ++v) sum[v] += part[v];
            }
            for (std::size_t v = 0; v < kVectors; ++v) {
                const Float z_sq = load(panel + p.d * kWidth + v * kLanes);
                const Int index = all(static_cast<std::int32_t>(b * kVectors + v));
                top.see(word(fused(all(-2.0F), sum[v], z_sq + norm), keep, index));
            }
        }
        const std::size_t waiting = e % kLanes + 1;
        tops[waiting - 1] = top;
        norms[waiting - 1] = norm;
        if (waiting < kLanes && e + 1 < n) continue;
        store_rows(p, tops, waiting, norms, labels + e + 1 - waiting, gaps + e + 1 - waiting, doubt);
    }
    return doubt.found();
}

// A single panel has no more vectors than its centers fill.
template <class T>
bool sparse(const Pass& pass, const SparseEntries<T>& rows, const std::uint32_t* which, std::size_t n,
            std::int32_t* labels, float* gaps) {
    const std::size_t vectors = pass.n_blocks > 1 ? kTileVectors : (pass.n_last + kLanes - 1) / kLanes;
    if (vectors == 1) return sparse_by<T, 1>(pass, rows, which, n, labels, gaps);
    if (vectors < kTileVectors) return sparse_by<T, kTileVectors - 1>(pass, rows, which, n, labels, gaps);
    return sparse_by<T, kTileVectors>(pass, rows, which, n, labels, gaps);
}

void distances(const float* point, const float* panels, std::size_t n_panels, std::size_t d, float* out) {
    constexpr std::size_t kSums = 4;  // that do not wait for each other
    for (std::size_t b = 0; b < n_panels; ++b, panels += (d + 1) * kPanel) {
        Float sum[kSums][kTileVectors] = {};
        const auto see = [&](std::size_t f, std::size_t s) {
            const Float y = all(point[f]);
            for (std::size_t v = 0; v < kTileVectors; ++v) {
                const Float t = y - load(panels + f * kPanel + v * kLanes);
                sum[s][v] = fused(t, t, sum[s][v]);
            }
        };
        std::size_t f = 0;
        for (; f + kSums <= d; f += kSums)
            for (std::size_t s = 0; s < kSums; ++s) see(f + s, s);
        for (; f < d; ++f) see(f, 0);
        for (std::size_t v = 0; v < kTileVectors; ++v)
            *reinterpret_cast<Float*>(out + b * kPanel + v * kLanes) =
                (sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v]);
    }
}

}  // namespace
}  // namespace globular::LEVEL
