// Exact sums of rows, in a level's widest vectors; included once by each level unit, like unit.hpp.
//
// Nothing here is a filter: these are the very sums that results are made of (exact_sum.hpp). Yet every
// feature is worked out alone, by additions, subtractions and products that IEEE 754 rounds in one way
// only, and never fused: so every level gives the same bits, and a wider vector is only faster.

namespace globular::LEVEL {
namespace {

using Wide = double __attribute__((vector_size(LANES * 4), aligned(8), may_alias));
using Narrow = float __attribute__((vector_size(LANES * 2), aligned(4), may_alias));

// As many values as are wanted, as doubles: a vector, or one.
inline Wide values(const float* x, Wide) {
    return __builtin_convertvector(*reinterpret_cast<const Narrow*>(x), Wide);
}
inline Wide values(const double* x, Wide) { return *reinterpret_cast<const Wide*>(x); }
template <class T>
inline double values(const T* x, double) {
    return static_cast<double>(*x);
}

inline void add_to(double* sum, Wide v) { *reinterpret_cast<Wide*>(sum) += v; }
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
constexpr RowKernels<T> kRows = {add_row<T>, move_row<T>, spread_row<T>};

}  // namespace
}  // namespace globular::LEVEL
