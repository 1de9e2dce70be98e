// The body of every level unit: included once by each, with LEVEL, LANES and the tile sizes set, and Float,
// Mask, `fused`, `smaller`, `larger` and `lanes_of` (where a mask is set, as bits) defined inside namespace
// globular::LEVEL. No include guard and no standard headers: what is defined here must exist once per level,
// inside its namespace, and nowhere else.
//
// A distance and the index of its center share one 32-bit word: the lowest bits of the mantissa are given to
// the index, and one minimum then keeps both. Distances are not negative, so their bit patterns order like
// integers. The bits lost are part of the margin (see Pass).

#include "row_sums.hpp"

#include "distance_sums.hpp"

namespace globular::LEVEL {
namespace {

constexpr std::size_t kLanes = LANES;
constexpr std::size_t kRowVectors = 2;     // vectors of rows a points-in-lanes kernel works on at once
constexpr std::int32_t kFar = 0x7f7fffff;  // the largest float, as bits

using Int = std::int32_t __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

inline Float load(const float* p) { return *reinterpret_cast<const Float*>(p); }
inline Float all(float x) { return x - Float{}; }
inline Int all(std::int32_t x) { return x - Int{}; }
inline Int bits(Float x) { return reinterpret_cast<Int>(x); }
inline Float value(Int x) { return reinterpret_cast<Float>(x); }
inline Int smaller(Int a, Int b) { return a < b ? a : b; }
inline Int larger(Int a, Int b) { return a < b ? b : a; }

// Every lane that of the one so many places on, around the end.
inline Int rotated(Int x, std::size_t by) {
    Int from;
    for (std::size_t l = 0; l < kLanes; ++l) from[l] = static_cast<std::int32_t>((l + by) % kLanes);
    return __builtin_shuffle(x, from);
}

// The two smallest words seen in each lane, compared as integers or as floats.
template <class Word>
struct TopTwo {
    Word best, second;

    void see(Word word) {
        second = smaller(second, larger(best, word));
        best = smaller(best, word);
    }
};

inline Int word(Float distance, Int keep, Int index) { return (bits(distance) & keep) | index; }

// Correctly rounded; the compiler makes one instruction of the loop.
inline Float root(Float x) {
    for (std::size_t l = 0; l < kLanes; ++l) x[l] = __builtin_sqrtf(x[l]);
    return x;
}

// At least (sqrt(b) + a)^2 - b, without the root: 2 a sqrt(b) <= s b + a^2 / s for every s, and one of
// these two is good enough from b = a^2 to b = 2^44 a^2.
inline Float square_beyond(Float b, float a) {
    if (a == 0.0F) return Float{};
    constexpr float kTight = 0x1p-8F, kWide = 0x1p-16F;
    const float a_sq = a * a;
    const Float near = b * kTight + a_sq * (1.0F + 1.0F / kTight);
    const Float far = b * kWide + a_sq * (1.0F + 1.0F / kWide);
    return near < far ? near : far;
}

// Whether some row's gap is not positive.
struct Doubt {
    Int any{};

    void see(Float gap) { any |= ~(gap > Float{}); }
    bool found() const { return lanes_of(any) != 0; }
};

inline void store(const Pass& p, const TopTwo<Int>& top, Float norm, std::int32_t* labels, float* gaps,
                  Doubt& doubt) {
    const Float v1 = value(top.best), v2 = value(top.second);
    const Float err = p.slope * v2 + p.spread * norm + p.floor;
    const Float low = v2 - err, high = v1 + err;
    const Float gap = p.signs_only ? low - high - square_beyond(high, p.root)
                                   : root(low > Float{} ? low : Float{}) - root(high) - p.root;
    doubt.see(gap);
    *reinterpret_cast<Float*>(gaps) = gap;
    *reinterpret_cast<Int*>(labels) = top.best & ((1 << p.index_bits) - 1);
}

// The rows from i on, of D features, that a points-in-lanes kernel works on at once.
template <std::size_t D>
inline void load_rows(const float* points, std::size_t i, Float (&y)[kRowVectors][D]) {
    const float* base = points + i / kGroup * kGroup * D + i % kGroup;
    for (std::size_t r = 0; r < kRowVectors; ++r)
        for (std::size_t f = 0; f < D; ++f) y[r][f] = load(base + f * kGroup + r * kLanes);
}

// Points in lanes, by differences. Block of one center: D coordinates, then its index as bits.
template <std::size_t D>
bool direct(const Pass& pass, const float* points, const float*, std::size_t n, std::int32_t* labels,
            float* gaps) {
    const Pass p = pass;  // a copy: nothing that is written can change it
    const Int keep = all(-1 << p.index_bits);
    Doubt doubt;
    for (std::size_t i = 0; i < n; i += kRowVectors * kLanes) {
        Float y[kRowVectors][D];
        load_rows(points, i, y);
        TopTwo<Int> top[kRowVectors];
        for (auto& t : top) t = {all(kFar), all(kFar)};
        const float* z = p.centers;
        for (std::size_t j = 0; j < p.n_blocks; ++j, z += D + 1) {
            const Int index = bits(all(z[D]));
            for (std::size_t r = 0; r < kRowVectors; ++r) {
                Float t = y[r][0] - z[0];
                Float sum = t * t;
                for (std::size_t f = 1; f < D; ++f) {
                    t = y[r][f] - z[f];
                    sum = fused(t, t, sum);
                }
                top[r].see(word(sum, keep, index));
            }
        }
        for (std::size_t r = 0; r < kRowVectors; ++r)
            store(p, top[r], Float{}, labels + i + r * kLanes, gaps + i + r * kLanes, doubt);
    }
    return doubt.found();
}

// Which bits of a byte are set, and how many.
struct BitsOfBytes {
    unsigned char at[256][8] = {}, count[256] = {};

    constexpr BitsOfBytes() {
        for (unsigned byte = 0; byte < 256; ++byte)
            for (unsigned char bit = 0; bit < 8; ++bit)
                if (byte >> bit & 1) at[byte][count[byte]++] = bit;
    }
};
constexpr BitsOfBytes kBits;

// Appends the places e + l for every bit l that is set: eight are written, whatever they are, for which of
// them count cannot be guessed.
constexpr std::size_t kAtOnce = kLanes < 8 ? 8 : kLanes;  // places there must be room for
inline void list(unsigned lanes, std::size_t e, std::uint32_t* places, std::size_t& count) {
    using Eight = std::uint32_t __attribute__((vector_size(32), aligned(4), may_alias));
    using EightBytes = unsigned char __attribute__((vector_size(8), aligned(1), may_alias));
    for (unsigned part = 0; part < kLanes; part += 8, lanes >>= 8) {
        const unsigned byte = lanes & 255;
        const auto at = *reinterpret_cast<const EightBytes*>(kBits.at[byte]);
        *reinterpret_cast<Eight*>(places + count) =
            __builtin_convertvector(at, Eight) + static_cast<std::uint32_t>(e + part);
        count += kBits.count[byte];
    }
}

// Labels are compared a vector at a time.
std::size_t differing(const std::int32_t* before, std::int32_t* now, std::size_t n, std::uint32_t* places) {
    std::size_t count = 0, e = 0;
    for (; e + kAtOnce <= n; e += kLanes) {
        const Mask other =
            *reinterpret_cast<const Int*>(before + e) != *reinterpret_cast<const Int*>(now + e);
        if (const unsigned lanes = lanes_of(other)) list(lanes, e, places, count);
    }
    for (; e < n; ++e) {
        places[count] = static_cast<std::uint32_t>(e);
        count += before[e] != now[e];
    }
    for (std::size_t c = 0; c < count; ++c) now[c] = now[places[c]];
    return count;
}

std::size_t used_up(const float* limits, const std::int32_t* labels, const float* drift, std::size_t n,
                    std::uint32_t* rows) {
    std::size_t count = 0, i = 0;
    for (; i + kAtOnce <= n; i += kLanes) {
        Float gone;
        for (std::size_t l = 0; l < kLanes; ++l) gone[l] = drift[labels[i + l]];
        if (const unsigned lanes = lanes_of(~(load(limits + i) > gone))) list(lanes, i, rows, count);
    }
    for (; i < n; ++i) {
        rows[count] = static_cast<std::uint32_t>(i);
        count += !(limits[i] > drift[labels[i]]);
    }
    return count;
}

// Points in lanes, by |z|^2 - 2 y.z: |y|^2 is common to all, and left out. Values may be negative, so they
// are compared as floats. Block of one center: D of -2 z, then |z|^2, then its index as bits. Calls
// take(first row, labels, gaps) for each vector of rows.
template <std::size_t D, class Take>
inline void for_linear(const Pass& pass, const float* points, std::size_t n, Take take) {
    const Pass p = pass;  // a copy: nothing that is written can change it
    const Int keep = all(-1 << p.index_bits);
    for (std::size_t i = 0; i < n; i += kRowVectors * kLanes) {
        Float y[kRowVectors][D];
        load_rows(points, i, y);
        TopTwo<Float> top[kRowVectors];
        for (auto& t : top) t = {value(all(kFar)), value(all(kFar))};
        const float* z = p.centers;
        for (std::size_t j = 0; j < p.n_blocks; ++j, z += D + 2) {
            const Int index = bits(all(z[D + 1]));
            for (std::size_t r = 0; r < kRowVectors; ++r) {
                Float v = all(z[D]);
                for (std::size_t f = 0; f < D; ++f) v = fused(y[r][f], all(z[f]), v);
                top[r].see(value(word(v, keep, index)));
            }
        }
        for (std::size_t r = 0; r < kRowVectors; ++r) {
            Float norm = y[r][0] * y[r][0];
            for (std::size_t f = 1; f < D; ++f) norm = fused(y[r][f], y[r][f], norm);
            const Float gap = top[r].second - top[r].best - (p.spread * norm + p.floor);
            take(i + r * kLanes, bits(top[r].best) & ((1 << p.index_bits) - 1), gap);
        }
    }
}

template <std::size_t D>
bool linear(const Pass& pass, const float* points, const float*, std::size_t n, std::int32_t* labels,
            float* gaps) {
    Doubt doubt;
    for_linear<D>(pass, points, n, [&](std::size_t i, Int label, Float gap) {
        doubt.see(gap);
        *reinterpret_cast<Float*>(gaps + i) = gap;
        *reinterpret_cast<Int*>(labels + i) = label;
    });
    return doubt.found();
}

// Which rows to list is written down as bits, and read when many rows are done: a branch for each vector of
// rows would be mispredicted too often.
template <std::size_t D>
std::size_t relabel(const Pass& pass, const float* points, std::size_t n, const std::int32_t* before,
                    std::int32_t* now, std::uint32_t* places) {
    constexpr std::size_t kAtOnce = 32 * kGroup;
    static_assert(kGroup == 32);  // a group's rows are the bits of a word
    std::size_t count = 0;
    for (std::size_t first = 0; first < n; first += kAtOnce) {
        const std::size_t rows = n - first < kAtOnce ? n - first : kAtOnce;
        std::uint32_t listed[kAtOnce / kGroup] = {};
        std::int32_t told[kAtOnce];
        for_linear<D>(pass, points + first * D, rows, [&](std::size_t i, Int label, Float gap) {
            const Int doubtful = ~(gap > Float{});
            const Int changed = label != *reinterpret_cast<const Int*>(before + first + i);
            listed[i / kGroup] |= lanes_of(changed | doubtful) << i % kGroup;
            *reinterpret_cast<Int*>(told + i) = label ^ doubtful;
        });
        for (std::size_t i = 0; i < rows; i += kGroup)
            for (std::uint32_t lanes = listed[i / kGroup]; lanes != 0; lanes &= lanes - 1) {
                const std::size_t row = i + static_cast<std::size_t>(__builtin_ctz(lanes));
                now[count] = told[row];
                places[count++] = static_cast<std::uint32_t>(first + row);
            }
    }
    return count;
}

// Points in lanes, by |y|^2 + |z|^2 - 2 y.z. Block of kBlock centers: [feature][kBlock] of -2 z,
// then kBlock of |z|^2, then kBlock indices as bits.
constexpr std::size_t kBlock = BLOCK_WIDTH;

bool dots(const Pass& pass, const float* points, const float* norms, std::size_t n, std::int32_t* labels,
          float* gaps) {
    const Pass p = pass;  // a copy: nothing that is written can change it
    const std::size_t d = p.d;
    const Int keep = all(-1 << p.index_bits);
    Doubt doubt;
    for (std::size_t i = 0; i < n; i += kRowVectors * kLanes) {
        const float* base = points + i / kGroup * kGroup * d + i % kGroup;
        TopTwo<Int> top[kRowVectors];
        for (auto& t : top) t = {all(kFar), all(kFar)};
        const float* z = p.centers;
        for (std::size_t b = 0; b < p.n_blocks; ++b, z += (d + 2) * kBlock) {
            Float sum[kBlock][kRowVectors];
            for (std::size_t c = 0; c < kBlock; ++c)
                for (std::size_t r = 0; r < kRowVectors; ++r)
                    sum[c][r] = load(norms + i + r * kLanes) + z[d * kBlock + c];
            for (std::size_t f = 0; f < d; ++f) {
                Float y[kRowVectors];
                for (std::size_t r = 0; r < kRowVectors; ++r) y[r] = load(base + f * kGroup + r * kLanes);
                for (std::size_t c = 0; c < kBlock; ++c)
                    for (std::size_t r = 0; r < kRowVectors; ++r)
                        sum[c][r] = fused(y[r], all(z[f * kBlock + c]), sum[c][r]);
            }
            for (std::size_t c = 0; c < kBlock; ++c)
                for (std::size_t r = 0; r < kRowVectors; ++r)
                    top[r].see(word(sum[c][r], keep, bits(all(z[(d + 1) * kBlock + c]))));
        }
        for (std::size_t r = 0; r < kRowVectors; ++r)
            store(p, top[r], load(norms + i + r * kLanes), labels + i + r * kLanes, gaps + i + r * kLanes,
                  doubt);
    }
    return doubt.found();
}

// Centers in lanes: a register tile of kTileRows rows x kTileVectors vectors of centers.
constexpr std::size_t kTileRows = TILE_ROWS;
constexpr std::size_t kTileVectors = TILE_VECTORS;
static_assert(kTileRows <= kLeastRows);
constexpr std::size_t kPanel = kTileVectors * kLanes;
constexpr std::size_t kRunRows = 192;  // rows whose running minima wait in the first cache
constexpr std::size_t kMostTiles = (kRunRows + kTileRows - 1) / kTileRows;
constexpr std::size_t kPanelsAtOnce = 4;

using Tile = Float[kTileRows][kTileVectors];

inline void clear(Tile& tile) {
    for (std::size_t r = 0; r < kTileRows; ++r)
        for (std::size_t v = 0; v < kTileVectors; ++v) tile[r][v] = Float{};
}

// A strip of features of one tile: kTileRows rows against the first kVectors vectors of one panel. Not
// inlined: the loop needs a pointer for every row, and all registers for that. Rows that are read for the
// first time are followed by others, most likely: those are asked for in advance.
template <bool kFirstTime, std::size_t kVectors>
[[gnu::noinline]] void multiply(const float* points, std::size_t stride, const float* panel,
                                std::size_t n_features, Tile& out) {
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
        for (std::size_t v = 0; v < kVectors; ++v) out[r][v] += sum[r][v];
}

using Multiply = void (*)(const float* points, std::size_t stride, const float* panel, std::size_t n_features,
                          Tile& out);

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

// The two smallest of all lanes, and which lane the smallest came from: a center of its vector.
inline std::size_t across_lanes(const TopTwo<Int>& top, TopTwo<Int>& all_lanes) {
    all_lanes = top;
    for (std::size_t by = kLanes / 2; by > 0; by /= 2) {
        const Int best = rotated(all_lanes.best, by), second = rotated(all_lanes.second, by);
        all_lanes.second = smaller(smaller(all_lanes.second, second), larger(all_lanes.best, best));
        all_lanes.best = smaller(all_lanes.best, best);
    }
    return static_cast<std::size_t>(__builtin_ctz(lanes_of(top.best == all_lanes.best)));
}

// Returns whether the row is in doubt.
inline bool store_row(const Pass& p, const TopTwo<Int>& top, float norm, std::int32_t* label, float* gap) {
    TopTwo<Int> all_lanes;
    const std::size_t lane = across_lanes(top, all_lanes);
    const std::int32_t best = all_lanes.best[0], second = all_lanes.second[0];
    const float v1 = value(all(best))[0], v2 = value(all(second))[0];
    const float err = p.slope * v2 + p.spread * norm + p.floor;
    const float low = v2 - err;
    *gap = __builtin_sqrtf(low > 0.0F ? low : 0.0F) - __builtin_sqrtf(v1 + err) - p.root;
    const std::int32_t vector = best & ((1 << p.index_bits) - 1);
    *label = vector * static_cast<std::int32_t>(kLanes) + static_cast<std::int32_t>(lane);
    return !(*gap > 0.0F);
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
    bool doubt = false;
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
            for (std::size_t e = 0; e < n_panels; ++e)
                for (std::size_t t = 0; t < n_tiles; ++t) clear(products[e][t]);
            for (std::size_t f = 0; f < d; f += kEntriesAtOnce) {
                const std::size_t strip = d - f < kEntriesAtOnce ? d - f : kEntriesAtOnce;
                for (std::size_t e = 0; e < n_panels; ++e) {
                    const auto products_of = b + e == 0 ? multiply_for<true>(vectors_in(b + e))
                                                        : multiply_for<false>(vectors_in(b + e));
                    for (std::size_t t = 0; t < n_tiles; ++t)
                        products_of(points + (first + at(t)) * p.stride + f, p.stride,
                                    panels + (e * (d + 1) + f) * kPanel, strip, products[e][t]);
                }
            }
            for (std::size_t e = 0; e < n_panels; ++e)
                for (std::size_t t = 0; t < n_tiles; ++t)
                    see_tile(products[e][t], vectors_in(b + e), norms + first + at(t),
                             panels + (e * (d + 1) + d) * kPanel, keep,
                             static_cast<std::int32_t>((b + e) * kTileVectors), t * kTileRows - at(t),
                             top + at(t));
        }
        for (std::size_t r = 0; r < rows; ++r)
            doubt |= store_row(p, top[r], norms[first + r], labels + first + r, gaps + first + r);
    }
    return doubt;
}

// Centers in lanes, for rows of which only few features are not zero.
template <class T>
bool sparse(const Pass& pass, const SparseEntries<T>& rows, const std::uint32_t* which, std::size_t n,
            std::int32_t* labels, float* gaps) {
    const Pass p = pass;
    const SparseEntries<T> x = rows;
    const Int keep = all(-1 << p.index_bits);
    bool doubt = false;
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
            const float* panel = p.centers + b * (p.d + 1) * kPanel;
            Float sum[kTileVectors] = {};
            for (std::size_t run = first; run < last; run += kEntriesAtOnce) {
                const std::size_t end = run + kEntriesAtOnce < last ? run + kEntriesAtOnce : last;
                Float part[kTileVectors] = {};
                for (std::size_t a = run; a < end; ++a) {
                    const Float y = all(static_cast<float>(static_cast<double>(x.values[a]) * x.scale));
                    const float* z = panel + static_cast<std::size_t>(x.features[a]) * kPanel;
                    for (std::size_t v = 0; v < kTileVectors; ++v)
                        part[v] = fused(y, load(z + v * kLanes), part[v]);
                }
                for (std::size_t v = 0; v < kTileVectors; ++v) sum[v] += part[v];
            }
            for (std::size_t v = 0; v < kTileVectors; ++v) {
                const Float z_sq = load(panel + p.d * kPanel + v * kLanes);
                const Int index = all(static_cast<std::int32_t>(b * kTileVectors + v));
                top.see(word(fused(all(-2.0F), sum[v], z_sq + norm), keep, index));
            }
        }
        doubt |= store_row(p, top, norm, labels + e, gaps + e);
    }
    return doubt;
}

void distances(const float* point, const float* panels, std::size_t n_panels, std::size_t d, float* out) {
    for (std::size_t b = 0; b < n_panels; ++b, panels += (d + 1) * kPanel) {
        Float sum[kTileVectors] = {};
        for (std::size_t f = 0; f < d; ++f) {
            const Float y = all(point[f]);
            for (std::size_t v = 0; v < kTileVectors; ++v) {
                const Float t = y - load(panels + f * kPanel + v * kLanes);
                sum[v] = fused(t, t, sum[v]);
            }
        }
        for (std::size_t v = 0; v < kTileVectors; ++v)
            *reinterpret_cast<Float*>(out + b * kPanel + v * kLanes) = sum[v];
    }
}

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

#include "listed_rows.hpp"
#include "screen.hpp"

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
    own_values,
    reached,
    begin_looks,
    look_at_group,
    end_looks,
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
