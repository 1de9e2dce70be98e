// Exact sums of rows (exact_sum.hpp); included once by each level unit, after doubles.hpp.
//
// Where several rows are added up in one go, their pieces are whole numbers of a step that are added up as
// such: a value plus its magic is a double of a known exponent, whose bits, read as an integer, are those of
// the magic and so many steps more. That takes fewer operations than to subtract the magic from every value,
// and gives the same sum, for neither ever rounds.

namespace globular::LEVEL {
namespace {

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

inline WideBits bits_of(Wide v) { return reinterpret_cast<WideBits>(v); }
inline std::uint64_t bits_of(double v) { return __builtin_bit_cast(std::uint64_t, v); }
inline Wide number_of(WideBits bits) { return reinterpret_cast<Wide>(bits); }
inline double number_of(std::uint64_t bits) { return __builtin_bit_cast(double, bits); }

// The sums of both pieces of some values, in steps.
template <class V>
struct Steps {
    decltype(bits_of(V{})) high{}, low{};

    void add(V t, V high_magic, V low_magic) {
        const V big = t + high_magic;
        high += bits_of(big);
        low += bits_of((t - (big - high_magic)) + low_magic);
    }
};

// The sum of n pieces, from that of the bits of each with `magic`. A piece is at most 2^27 steps, and their
// sum must be less than 2^51 of them: n <= kMostTogether.
template <class V, class Bits>
inline V total(Bits sum, std::size_t n, V magic) {
    return number_of(sum - bits_of(magic) * (n - 1)) - magic;
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
void change_rows(const RowGrids& grids, const T* x, const std::uint32_t* which, std::size_t n,
                 const std::int32_t* from, const std::int32_t* to, double* sums) {
    const std::size_t size = 2 * grids.d;
    for (std::size_t e = 0; e < n; ++e) {
        const T* row = x + which[e] * grids.d;
        double* gains = sums + static_cast<std::size_t>(to[e]) * size;
        if (from)
            move_row(grids, row, sums + static_cast<std::size_t>(from[which[e]]) * size, gains);
        else
            add_row(grids, row, 1.0, gains);
    }
}

// Adds kRows of the rows from x on.
template <std::size_t kRows, class T>
void add_together(const RowGrids& grids, const T* x, const std::uint32_t* which, double* sums) {
    const RowGrids g = grids;
    const T* rows[kRows];
    for (std::size_t r = 0; r < kRows; ++r) rows[r] = x + which[r] * g.d;
    for_features(g.d, [&](auto v, std::size_t f) {
        using V = decltype(v);
        const V origin = values(g.origin + f, v), high = values(g.high + f, v), low = values(g.low + f, v);
        Steps<V> steps;
        for (std::size_t r = 0; r < kRows; ++r) steps.add(values(rows[r] + f, v) - origin, high, low);
        add_to(sums + f, total(steps.high, kRows, high));
        add_to(sums + g.d + f, total(steps.low, kRows, low));
    });
}

template <class T>
void add_rows(const RowGrids& grids, const T* x, const std::uint32_t* which, std::size_t n, double* sums) {
    constexpr decltype(&add_together<1, T>) kTogether[] = {
        add_together<1, T>, add_together<2, T>, add_together<3, T>, add_together<4, T>,
        add_together<5, T>, add_together<6, T>, add_together<7, T>, add_together<8, T>};
    constexpr std::size_t kMost = sizeof kTogether / sizeof kTogether[0];
    for (std::size_t r = 0; r < n; r += kMost)
        kTogether[(n - r < kMost ? n - r : kMost) - 1](grids, x, which + r, sums);
}

// Some features of rows, their grids and the steps of their sums, side by side in the first cache: the arrays
// that they come from may lie so that they push each other out of it.
struct SpreadStrip {
    static constexpr std::size_t kMost = 128;
    double origin[kMost], high[kMost], low[kMost], high_sq[kMost], low_sq[kMost];
    std::uint64_t sums[4][kMost] = {};
};

template <std::size_t kRows, class T>
inline void spread_together(SpreadStrip& strip, const T* x, std::size_t stride, std::size_t width) {
    for_features(width, [&](auto v, std::size_t f) {
        using V = decltype(v);
        using Bits = decltype(bits_of(v));
        const V origin = values(strip.origin + f, v), high = values(strip.high + f, v),
                low = values(strip.low + f, v), high_sq = values(strip.high_sq + f, v),
                low_sq = values(strip.low_sq + f, v);
        Steps<V> once, twice;
        for (std::size_t r = 0; r < kRows; ++r) {
            const V t = values(x + r * stride + f, v) - origin;
            once.add(t, high, low);
            twice.add(t * t, high_sq, low_sq);
        }
        const Bits added[4] = {once.high, once.low, twice.high, twice.low};
        for (std::size_t s = 0; s < 4; ++s) {
            std::uint64_t* sum = strip.sums[s] + f;
            Bits so_far;
            __builtin_memcpy(&so_far, sum, sizeof so_far);
            so_far += added[s];
            __builtin_memcpy(sum, &so_far, sizeof so_far);
        }
    });
}

template <class T>
void spread_rows(const RowGrids& grids, const RowGrids& squares, const T* x, std::size_t n, double* sums,
                 double* sums_sq) {
    constexpr std::size_t kSome = 4;
    const RowGrids g = grids, s = squares;
    for (std::size_t first = 0; n > 0 && first < g.d; first += SpreadStrip::kMost) {
        const std::size_t width = g.d - first < SpreadStrip::kMost ? g.d - first : SpreadStrip::kMost;
        SpreadStrip strip;
        for (std::size_t f = 0; f < width; ++f) {
            strip.origin[f] = g.origin[first + f];
            strip.high[f] = g.high[first + f];
            strip.low[f] = g.low[first + f];
            strip.high_sq[f] = s.high[first + f];
            strip.low_sq[f] = s.low[first + f];
        }
        const T* row = x + first;
        std::size_t r = 0;
        for (; r + kSome <= n; r += kSome) spread_together<kSome>(strip, row + r * g.d, g.d, width);
        for (; r < n; ++r) spread_together<1>(strip, row + r * g.d, g.d, width);
        for (std::size_t f = 0; f < width; ++f) {
            sums[first + f] += total(strip.sums[0][f], n, strip.high[f]);
            sums[g.d + first + f] += total(strip.sums[1][f], n, strip.low[f]);
            sums_sq[first + f] += total(strip.sums[2][f], n, strip.high_sq[f]);
            sums_sq[g.d + first + f] += total(strip.sums[3][f], n, strip.low_sq[f]);
        }
    }
}

// A row of D features and its weight.
template <class T, std::size_t Width>
struct Few;
template <>
struct Few<double, 4> {
    using Vector = double __attribute__((vector_size(32)));
    using Anywhere = double __attribute__((vector_size(32), aligned(8), may_alias));
};
template <>
struct Few<double, 8> {
    using Vector = double __attribute__((vector_size(64)));
    using Anywhere = double __attribute__((vector_size(64), aligned(8), may_alias));
};
template <>
struct Few<float, 4> {
    using Vector = float __attribute__((vector_size(16)));
};
template <>
struct Few<float, 8> {
    using Vector = float __attribute__((vector_size(32)));
};

template <std::size_t D>
inline typename Few<double, kFewWidth[D]>::Vector few_values(const double* x) {
    constexpr std::size_t kWidth = kFewWidth[D];
    double padded[kWidth] = {};
    for (std::size_t f = 0; f < D; ++f) padded[f] = x[f];
    return *reinterpret_cast<typename Few<double, kWidth>::Anywhere*>(padded);
}

template <class T, std::size_t D>
void change_few(const RowGrids& grids, const FewFeatures<T>& rows, const std::uint32_t* which, std::size_t n,
                const std::int32_t* from, const std::int32_t* to, double* sums) {
    constexpr std::size_t kWidth = kFewWidth[D];
    using Row = typename Few<double, kWidth>::Vector;
    const FewFeatures<T> lying = rows;
    // Nothing is cut from the weight.
    const Row origin = few_values<D>(grids.origin), high_magic = few_values<D>(grids.high),
              low_magic = few_values<D>(grids.low);
    const auto sums_of = [=](std::int32_t j, std::size_t piece) {
        return reinterpret_cast<typename Few<double, kWidth>::Anywhere*>(
            sums + (2 * static_cast<std::size_t>(j) + piece) * kWidth);
    };
    for (std::size_t e = 0; e < n; ++e) {
        const T* x = lying.values + which[e] * lying.row_stride;
        typename Few<T, kWidth>::Vector v{};
        for (std::size_t f = 0; f < D; ++f) v[f] = x[f * lying.feature_stride];
        v[D] = 1;
        const Row t = __builtin_convertvector(v, Row) - origin;
        const Row high = (t + high_magic) - high_magic;
        const Row low = ((t - high) + low_magic) - low_magic;
        *sums_of(to[e], 0) += high;
        *sums_of(to[e], 1) += low;
        if (!from) continue;
        *sums_of(from[which[e]], 0) -= high;
        *sums_of(from[which[e]], 1) -= low;
    }
}

}  // namespace
}  // namespace globular::LEVEL
