#include "range.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "passing.hpp"

namespace globular {

namespace {

// Biased exponents of the values that are not zero: how many, their sum, the sum of their squares.
struct Exponents {
    std::uint64_t count = 0, sum = 0, sum_sq = 0;

    void add(std::uint64_t exponent, std::uint64_t times) {
        count += exponent != 0 ? times : 0;
        sum += times * exponent;
        sum_sq += times * exponent * exponent;
    }
    void add(const Exponents& other) {
        count += other.count;
        sum += other.sum;
        sum_sq += other.sum_sq;
    }

    // Of the gaps g between the largest exponent and all others: sum g^2 / sum g. That is G where most
    // values lie G bits below a few, and where a fair part of them does; little for any plain spread.
    double depth(int largest) const {
        const auto n = static_cast<double>(count), e = static_cast<double>(largest);
        const double gaps = n * e - static_cast<double>(sum);
        return gaps > 0.0 ? (e * gaps - e * static_cast<double>(sum) + static_cast<double>(sum_sq)) / gaps
                          : 0.0;
    }
};

// What one thread saw of one feature.
struct FeatureRange {
    double lowest = std::numeric_limits<double>::infinity();
    double highest = -std::numeric_limits<double>::infinity();
    Exponents exponents;
    std::uint64_t n_stored = 0;  // entries of sparse rows

    void see(double low, double high) {
        lowest = std::min(lowest, low);
        highest = std::max(highest, high);
    }
    void add(const FeatureRange& other) {
        see(other.lowest, other.highest);
        exponents.add(other.exponents);
        n_stored += other.n_stored;
    }
};

struct RangePart {
    PassingVector<FeatureRange> features;
    bool finite = true;

    explicit RangePart(std::size_t d) : features(d) {}
};

// The biased exponent of a number: zero for zero, and for subnormal numbers, which are as good as zero beside
// any other.
template <class T>
BitsOf<T> exponent_of(T v) {
    constexpr int kShift = std::numeric_limits<T>::digits - 1;
    constexpr BitsOf<T> kMask = 2 * std::numeric_limits<T>::max_exponent - 1;
    return std::bit_cast<BitsOf<T>>(v) >> kShift & kMask;
}

// Running extremes and exponents of `period` values side by side, in vectors that share no memory.
template <class T>
struct Lanes {
    std::vector<T> low, high;
    std::vector<BitsOf<T>> count, sum, sum_sq;  // of exponents; they fit, by kChunkValues

    explicit Lanes(std::size_t period)
        : low(period, std::numeric_limits<T>::infinity()),
          high(period, -std::numeric_limits<T>::infinity()),
          count(period),
          sum(period),
          sum_sq(period) {}

    ColumnRanges<T> view() { return {low.data(), high.data(), count.data(), sum.data(), sum_sq.data()}; }
};

template <class T>
void range_of_chunk(const Kernels& kernels, const T* x, std::size_t n_values, std::size_t period,
                    RangePart& part) {
    Lanes<T> lanes(period);
    const std::size_t whole = n_values / period, rest = n_values % period;
    const auto see = row_kernels<T>(kernels).column_ranges;
    part.finite &= whole == 0 || see(x, whole, period, lanes.view());
    part.finite &= rest == 0 || see(x + whole * period, 1, rest, lanes.view());
    const std::size_t d = part.features.size();
    for (std::size_t e = 0; e < period; ++e) {
        FeatureRange& feature = part.features[e % d];
        feature.see(static_cast<double>(lanes.low[e]), static_cast<double>(lanes.high[e]));
        feature.exponents.add({lanes.count[e], lanes.sum[e], lanes.sum_sq[e]});
    }
}

// What all threads saw; of the n rows, those without an entry are zero.
template <class T>
Range joined(const std::vector<RangePart>& parts, bool sparse, std::size_t n, std::size_t d) {
    Range range{std::vector<double>(d), std::vector<double>(d), std::vector<double>(d), {}};
    for (std::size_t f = 0; f < d; ++f) {
        FeatureRange all;
        for (const RangePart& part : parts)
            if (!part.features.empty()) all.add(part.features[f]);  // others had nothing to do
        if (sparse && all.n_stored < n) all.see(0.0, 0.0);
        range.lowest[f] = all.lowest;
        range.highest[f] = all.highest;
        const double largest = std::max(std::abs(all.lowest), std::abs(all.highest));
        range.depth[f] = all.exponents.depth(static_cast<int>(exponent_of(static_cast<T>(largest))));
    }
    return range;
}

// A row of weight w counted once is to be counted w - 1 times more.
template <class T>
void repeat_exponents(Rows<T> rows, Weights weights, std::size_t first, std::size_t last, RangePart& part) {
    for (std::size_t i = first; i < last; ++i) {
        const auto more = static_cast<std::uint64_t>(weights[i]) - 1;
        for (std::size_t f = 0; f < rows.d; ++f)
            part.features[f].exponents.add(exponent_of(rows[i][f]), more);
    }
}

bool finite(const std::vector<RangePart>& parts) {
    return std::all_of(parts.begin(), parts.end(), [](const RangePart& p) { return p.finite; });
}

template <class T>
NotFinite first_not_finite(Rows<T> rows) {
    for (std::size_t i = 0; i < rows.n * rows.d; ++i)
        if (!std::isfinite(rows.data[i])) return {true, i / rows.d, i % rows.d};
    return {};
}

template <class T>
NotFinite first_not_finite(SparseRows<T> rows) {
    for (std::size_t i = 0; i < rows.n; ++i)
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e)
            if (!std::isfinite(rows.values[e])) return {true, i, rows.feature(e)};
    return {};
}

}  // namespace

template <class T>
Range range_of(Rows<T> rows, const Kernels& kernels, Weights weights, std::size_t n_threads,
               const Interrupted& interrupted) {
    const std::size_t d = rows.d, per_chunk = rows_a_pass(d);
    const std::size_t n_chunks = chunks_of(rows.n, per_chunk);
    n_threads = worthwhile_threads(n_threads, 0.4 * static_cast<double>(rows.n * d));
    std::vector<RangePart> parts(std::max<std::size_t>(n_threads, 1), RangePart(d));
    for_chunks(n_threads, n_chunks, interrupted, [&](std::size_t c, std::size_t worker) {
        const std::size_t first = c * per_chunk, last = std::min(rows.n, first + per_chunk);
        range_of_chunk(kernels, rows[first], (last - first) * d, period_of(d), parts[worker]);
        if (weights) repeat_exponents(rows, weights, first, last, parts[worker]);
    });
    Range range = joined<T>(parts, false, rows.n, d);
    if (!finite(parts)) range.not_finite = first_not_finite(rows);
    return range;
}

template <class T>
Range range_of(SparseRows<T> rows, const Kernels&, Weights weights, std::size_t n_threads,
               const Interrupted& interrupted) {
    n_threads = sparse_threads(n_threads, rows, 4.0);
    std::vector<RangePart> parts(n_threads, RangePart(0));
    const std::size_t n_chunks = chunks_of(rows.n, kSparseRowsAPass);
    for_chunks(n_threads, n_chunks, interrupted, [&](std::size_t c, std::size_t worker) {
        RangePart& part = parts[worker];
        if (part.features.empty()) part.features.resize(rows.d);  // each thread its own
        const std::size_t last = std::min(rows.n, (c + 1) * kSparseRowsAPass);
        for (std::size_t i = c * kSparseRowsAPass; i < last; ++i)
            for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
                rows.ask_ahead(e, part.features.data());
                FeatureRange& feature = part.features[rows.feature(e)];
                const double v = rows.value(e);
                if (!std::isfinite(v)) part.finite = false;
                feature.see(v, v);
                feature.exponents.add(exponent_of(rows.values[e]),
                                      weights ? static_cast<std::uint64_t>(weights[i]) : 1);
                ++feature.n_stored;
            }
    });
    Range range = joined<T>(parts, true, rows.n, rows.d);
    if (!finite(parts)) range.not_finite = first_not_finite(rows);
    return range;
}

template Range range_of(Rows<float>, const Kernels&, Weights, std::size_t, const Interrupted&);
template Range range_of(Rows<double>, const Kernels&, Weights, std::size_t, const Interrupted&);
template Range range_of(SparseRows<float>, const Kernels&, Weights, std::size_t, const Interrupted&);
template Range range_of(SparseRows<double>, const Kernels&, Weights, std::size_t, const Interrupted&);

}  // namespace globular
