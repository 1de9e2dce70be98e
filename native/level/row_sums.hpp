// Exact sums of rows, and what is learned from them, in a level's widest vectors; included once by each level
// unit, like unit.hpp.
//
// Nothing here is a filter: these are the very sums that results are made of (exact_sum.hpp). Yet every
// feature is worked out alone, by operations that IEEE 754 rounds in one way only, and never fused: so every
// level gives the same bits, and a wider vector is only faster.

namespace globular::LEVEL {
namespace {

#include "../doubled.hpp"

using Wide = double __attribute__((vector_size(LANES * 4)));
using WideAnywhere = double __attribute__((vector_size(LANES * 4), aligned(8), may_alias));
using NarrowAnywhere = float __attribute__((vector_size(LANES * 2), aligned(4), may_alias));

// As many values as are wanted, as doubles: a vector, or one.
inline Wide values(const float* x, Wide) {
    return __builtin_convertvector(*reinterpret_cast<const NarrowAnywhere*>(x), Wide);
}
inline Wide values(const double* x, Wide) { return *reinterpret_cast<const WideAnywhere*>(x); }
template <class T>
inline double values(const T* x, double) {
    return static_cast<double>(*x);
}

inline void add_to(double* sum, Wide v) { *reinterpret_cast<WideAnywhere*>(sum) += v; }
inline void add_to(double* sum, double v) { *sum += v; }

// Calls use(a value or a vector of them, feature) until all features are done.
template <class Use>
inline void for_features(std::size_t d, Use use) {
    constexpr std::size_t kWide = LANES / 2;
    std::size_t f = 0;
    for (; f + kWide <= d; f += kWide) use(Wide{}, f);
    for (; f < d; ++f) use(double{}, f);
}

template <class V>
struct Halves {
    V high, low;
};

template <class V>
inline Halves<V> cut(V t, const double* high_magic, const double* low_magic) {
    const V big = values(high_magic, V{}), small = values(low_magic, V{});
    const V high = (t + big) - big;
    return {high, ((t - high) + small) - small};
}

template <class T>
void add_row(const RowGrids& grids, const T* x, double sign, double* sums) {
    const RowGrids g = grids;
    for_features(g.d, [=](auto v, std::size_t f) {
        const auto t = cut(values(x + f, v) - values(g.origin + f, v), g.high + f, g.low + f);
        add_to(sums + f, sign * t.high);
        add_to(sums + g.d + f, sign * t.low);
    });
}

template <class T>
void move_row(const RowGrids& grids, const T* x, double* from, double* to) {
    const RowGrids g = grids;
    for_features(g.d, [=](auto v, std::size_t f) {
        const auto t = cut(values(x + f, v) - values(g.origin + f, v), g.high + f, g.low + f);
        add_to(from + f, -t.high);
        add_to(from + g.d + f, -t.low);
        add_to(to + f, t.high);
        add_to(to + g.d + f, t.low);
    });
}

template <class T>
void spread_row(const RowGrids& grids, const RowGrids& squares, const T* x, double* sums, double* sums_sq) {
    const RowGrids g = grids, s = squares;
    for_features(g.d, [=](auto v, std::size_t f) {
        const auto t = values(x + f, v) - values(g.origin + f, v);
        const auto once = cut(t, g.high + f, g.low + f), twice = cut(t * t, s.high + f, s.low + f);
        add_to(sums + f, once.high);
        add_to(sums + g.d + f, once.low);
        add_to(sums_sq + f, twice.high);
        add_to(sums_sq + g.d + f, twice.low);
    });
}

template <class T>
void place(const T* x, std::size_t n, double middle, double scale, float* out) {
    for (std::size_t i = 0; i < n; i += LANES / 2) {
        const Wide v = (values(x + i, Wide{}) - middle) * scale;
        *reinterpret_cast<NarrowAnywhere*>(out + i) = __builtin_convertvector(v, NarrowAnywhere);
    }
}

// A row of D features and its weight.
template <std::size_t Width>
struct Few;
template <>
struct Few<4> {
    using Vector = double __attribute__((vector_size(32)));
    using Anywhere = double __attribute__((vector_size(32), aligned(8), may_alias));
};
template <>
struct Few<8> {
    using Vector = double __attribute__((vector_size(64)));
    using Anywhere = double __attribute__((vector_size(64), aligned(8), may_alias));
};

template <class T, std::size_t D>
void change_few(const RowGrids& grids, const FewFeatures<T>& rows, const std::uint32_t* which, std::size_t n,
                const std::int32_t* from, const std::int32_t* to, double* sums) {
    constexpr std::size_t kWidth = kFewWidth[D];
    using Row = typename Few<kWidth>::Vector;
    const FewFeatures<T> lying = rows;
    Row origin{}, high_magic{}, low_magic{};  // nothing is cut from the weight
    for (std::size_t f = 0; f < D; ++f) {
        origin[f] = grids.origin[f];
        high_magic[f] = grids.high[f];
        low_magic[f] = grids.low[f];
    }
    const auto sums_of = [=](std::int32_t j, std::size_t piece) {
        return reinterpret_cast<typename Few<kWidth>::Anywhere*>(
            sums + (2 * static_cast<std::size_t>(j) + piece) * kWidth);
    };
    for (std::size_t e = 0; e < n; ++e) {
        const T* x = lying.values + which[e] * lying.row_stride;
        Row t{};
        for (std::size_t f = 0; f < D; ++f) t[f] = static_cast<double>(x[f * lying.feature_stride]);
        t[D] = 1.0;
        t -= origin;
        const Row high = (t + high_magic) - high_magic;
        const Row low = ((t - high) + low_magic) - low_magic;
        *sums_of(to[e], 0) += high;
        *sums_of(to[e], 1) += low;
        if (!from) continue;
        *sums_of(from[which[e]], 0) -= high;
        *sums_of(from[which[e]], 1) -= low;
    }
}

inline void put(double* place, Wide v) { *reinterpret_cast<WideAnywhere*>(place) = v; }
inline void put(double* place, double v) { *place = v; }

inline bool everywhere(bool mask) { return mask; }
inline bool everywhere(decltype(Wide{} == Wide{}) mask) {
    auto both = mask[0];
    for (std::size_t l = 1; l < LANES / 2; ++l) both &= mask[l];
    return both != 0;
}

// s / w + origin. Where one division rounds that as well, it is that.
template <class V>
inline V mean_of(Doubled<V> s, V w, V origin) {
    const V q = s.hi / w;
    const auto is_short = (s.lo == V{}) & (origin == V{});
    if (everywhere(is_short)) return q;
    const Doubled<V> p = two_product(q, w);
    const Doubled<V> quotient = two_sum(q, (((s.hi - p.hi) - p.lo) + s.lo) / w);
    return is_short ? q : (quotient + Doubled<V>{origin, V{}}).hi;
}

// What a cluster's sum and center of one feature add to the cost: w (c - o - m)^2 - w m^2 with m = s / w is
// c' (w c' - 2 s), c' = c - o. The low half of `sum` gathers all that is too small for the high one.
template <class V>
inline void add_excess(Doubled<V> s, V w, V center, V origin, Doubled<V>& sum) {
    if (everywhere(center == origin)) return;  // as in most features of sparse rows
    const Doubled<V> c = two_sum(center, -origin);
    const Doubled<V> scaled = two_product(c.hi, w);
    const Doubled<V> off = two_sum(scaled.hi, -2.0 * s.hi);
    const V off_low = off.lo + (scaled.lo + c.lo * w - 2.0 * s.lo);
    const Doubled<V> excess = two_product(c.hi, off.hi);
    const Doubled<V> total = two_sum(sum.hi, excess.hi);
    sum = {total.hi, sum.lo + (total.lo + (excess.lo + (c.hi * off_low + c.lo * off.hi)))};
}

template <class V>
inline void learn_at(const ClusterToLearn& c, std::size_t f, V w, double* mean, Doubled<V>& excess) {
    Doubled<V> s{values(c.sums + f, V{}), V{}};
    for (int p = 1; p < c.pieces; ++p) {
        const Doubled<V> t = two_sum(s.hi, values(c.sums + static_cast<std::size_t>(p) * c.d + f, V{}));
        s = two_sum(t.hi, t.lo + s.lo);
    }
    const V origin = values(c.origin + f, V{});
    put(mean + f, mean_of(s, w, origin));
    add_excess(s, w, values(c.center + f, V{}), origin, excess);
}

void learn(const ClusterToLearn& cluster, double* mean, Excess& out) {
    constexpr std::size_t kWide = LANES / 2, kVectors = kTerms / kWide;
    const ClusterToLearn c = cluster;
    Doubled<Wide> terms[kVectors] = {};
    std::size_t f = 0;
    for (; f + kTerms <= c.d; f += kTerms)
        for (std::size_t v = 0; v < kVectors; ++v)
            learn_at(c, f + v * kWide, c.weight - Wide{}, mean, terms[v]);
    for (std::size_t v = 0; v < kVectors; ++v) {
        put(out.hi + v * kWide, terms[v].hi);
        put(out.lo + v * kWide, terms[v].lo);
    }
    for (std::size_t e = 0; f < c.d; ++e, ++f) {
        Doubled<double> term{out.hi[e], out.lo[e]};
        learn_at(c, f, c.weight, mean, term);
        out.hi[e] = term.hi;
        out.lo[e] = term.lo;
    }
}

template <class T>
constexpr RowKernels<T> kRows = {
    add_row<T>,
    move_row<T>,
    spread_row<T>,
    place<T>,
    {change_few<T, 1>, change_few<T, 2>, change_few<T, 3>, change_few<T, 4>},
};

}  // namespace
}  // namespace globular::LEVEL
