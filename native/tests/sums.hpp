// Sums on grids are exact: any order, any grouping, and back again. The accumulator rounds once.
#pragma once

#include <algorithm>
#include <cstring>

#include "../exact_sum.hpp"
#include "../frame.hpp"
#include "check.hpp"

namespace globular::tests {

inline Frame frame_of(Rows<double> rows, const std::vector<double>& weights) {
    Capacity capacity{rows.n, 0.0, true};
    double smallest = HUGE_VAL, largest = 0.0;
    for (std::size_t i = 0; i < rows.n; ++i) {
        const double w = weights.empty() ? 1.0 : weights[i];
        capacity.total_weight += w;
        capacity.whole_weights = capacity.whole_weights && w == std::rint(w);
        smallest = std::min(smallest, w);
        largest = std::max(largest, w);
    }
    return Frame(range_of(rows, level(""), {}, 1, {}), capacity, smallest, largest);
}

inline bool same(const ClusterSums& a, const ClusterSums& b) {
    return a.weight == b.weight && a.sums == b.sums;
}

inline void take_means(const ClusterSums& s, const Frame& frame, double* centers) {
    const auto pieces = static_cast<std::size_t>(s.pieces);
    for (std::size_t j = 0; j < s.k; ++j)
        learn(frame, level(""), &s.weight[j * pieces], &s.sums[j * pieces * s.d],
              std::vector<double>(centers + j * s.d, centers + (j + 1) * s.d).data(), centers + j * s.d);
}

// One cluster per residue of the row, rows taken in the order given.
inline ClusterSums sums_in(const Frame& frame, Rows<double> rows, Weights weights,
                           const std::vector<std::size_t>& order, std::size_t k) {
    ClusterSums sums(k, frame);
    for (const std::size_t i : order) sums.add(frame, level(""), i % k, rows[i], weights[i], 1.0);
    return sums;
}

inline void check_sums(const std::string& weighing, std::size_t n, std::size_t d, Random& random) {
    counts.where = "sums, weights " + weighing + ", d " + std::to_string(d);
    std::vector<double> x =
        normals<double>(n * d, random, random.between(0.1, 100.0), random.between(-1e3, 1e3));
    std::vector<double> w;
    for (std::size_t i = 0; i < n && weighing != "none"; ++i)
        w.push_back(weighing == "whole"   ? 1.0 + static_cast<double>(random.below(9))
                    : weighing == "heavy" ? std::ldexp(1.0 + static_cast<double>(random.below(9)), 18)
                                          : random.between(0.01, 3.0));
    const Rows<double> rows = rows_of(x, d);
    const Weights weights{w.empty() ? nullptr : w.data()};
    const Frame frame = frame_of(rows, w);
    std::vector<std::size_t> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = i;
    const ClusterSums forward = sums_in(frame, rows, weights, order, 3);

    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    const ClusterSums shuffled = sums_in(frame, rows, weights, order, 3);
    CHECK(same(forward, shuffled));

    ClusterSums parts(3, frame);
    for (std::size_t first = 0; first < n; first += 17) {
        const std::vector<std::size_t> part(
            order.begin() + static_cast<std::ptrdiff_t>(first),
            order.begin() + static_cast<std::ptrdiff_t>(std::min(n, first + 17)));
        ClusterSums more = sums_in(frame, rows, weights, part, 3);
        for (std::size_t j = 0; j < 3; ++j) parts.take(j, more);
    }
    CHECK(same(forward, parts));

    ClusterSums there_and_back = shuffled;
    for (const int sign : {1, -1})
        for (const std::size_t i : order)
            there_and_back.add(frame, level(""), (i + 1) % 3, rows[i], weights[i], sign);
    CHECK(same(forward, there_and_back));

    // The grids hold all but 2^-53 of the largest value: against long double.
    std::vector<double> centers(3 * d, 0.0);
    take_means(forward, frame, centers.data());
    for (std::size_t f = 0; f < d; ++f) {
        long double sum = 0.0L, total = 0.0L;
        double reach = 0.0;
        for (std::size_t i = 0; i < n; i += 3) {
            sum += static_cast<long double>(weights[i]) * x[i * d + f];
            total += weights[i];
            reach = std::max(reach, std::abs(x[i * d + f]));
        }
        CHECK(std::abs(static_cast<double>(sum / total - centers[f])) <= 4e-16 * reach);
    }
}

inline void test_sums() {
    Random random(1);
    for (const std::string weighing : {"none", "whole", "heavy", "fractional"})
        for (const std::size_t d : {1, 3, 17}) check_sums(weighing, 301, d, random);
}

// Sums, spreads, means and excesses are the same bits at every level, whether rows are added one by one or
// many at once; also where products are so small that their rounding error has no double.
template <class T>
void test_same_at(const Kernels& kernels) {
    Random random(23);
    for (const std::size_t d : {1, 3, 5, 16, 17, 31, 70, 300})
        for (const double scale : {1.0, 1e-20, 1e-155, 1e-300})
            for (const double offset : {0.0, 1e3}) {
                if (sizeof(T) == 4 && scale < 1e-20) continue;
                counts.where = std::string(kernels.name) + " sums of " + std::to_string(d) + " features";
                const std::vector<T> x = normals<T>(60 * d, random, scale, scale * offset);
                const Rows<T> rows = rows_of(x, d);
                const Frame frame(range_of(rows, kernels, {}, 1, {}), Capacity{60, 60.0, true}, 1.0, 1.0);
                const Kernels& baseline = level("baseline");
                const auto learned_at = [&](const Kernels& at, bool one_by_one) {
                    ClusterSums sums(3, frame), some(1, frame);
                    std::vector<std::uint32_t> members[3];
                    for (std::size_t i = 0; i < rows.n; ++i)
                        members[i < 23 ? 0 : i % 3].push_back(static_cast<std::uint32_t>(i));
                    for (std::size_t j = 0; j < 3; ++j) {
                        for (const std::uint32_t i : members[j])
                            if (one_by_one) sums.add(frame, at, j, rows[i], 1.0, 1.0);
                        some.clear();
                        some.add_all(frame, at, rows, members[j], {});
                        if (!one_by_one) sums.add(j, some, 0, 1.0);
                    }
                    std::vector<std::uint32_t> moved;
                    std::vector<std::int32_t> from, to;
                    for (std::size_t i = 0; i < rows.n; ++i) {
                        from.push_back(static_cast<std::int32_t>(i % 3));
                        if (i % 7 != 0) continue;
                        moved.push_back(static_cast<std::uint32_t>(i));
                        to.push_back(static_cast<std::int32_t>((i + 1) % 3));
                        if (one_by_one) sums.move(frame, at, i % 3, (i + 1) % 3, rows[i], 1.0);
                    }
                    if (!one_by_one)
                        sums.change(frame, at, rows.data, moved.data(), moved.size(), from.data(), to.data());
                    for (std::size_t i = 0; i < rows.n; i += 9) sums.add(frame, at, 2, rows[i], 1.0, -1.0);
                    std::vector<double> out(sums.sums.begin(), sums.sums.end());
                    out.insert(out.end(), sums.weight.begin(), sums.weight.end());
                    std::vector<double> center(d, scale * (offset + 0.1)), mean(d);
                    const Excess e =
                        learn(frame, at, &sums.weight[2], &sums.sums[2 * d], center.data(), mean.data());
                    out.insert(out.end(), mean.begin(), mean.end());
                    out.insert(out.end(), e.hi, e.hi + kTerms);
                    out.insert(out.end(), e.lo, e.lo + kTerms);
                    const std::vector<double> ones(rows.n, 1.0);  // with weights, rows are added one by one
                    const Spread spread =
                        frame.spread(rows, one_by_one ? Weights{ones.data()} : Weights{}, at, 2, {});
                    for (const auto& all : {spread.sums, spread.sums_sq})
                        for (const Double2& sum : all) out.insert(out.end(), {sum.hi, sum.lo});
                    return out;
                };
                const std::vector<double> expected = learned_at(baseline, true);
                CHECK(learned_at(kernels, true) == expected);
                CHECK(learned_at(kernels, false) == expected);
            }
}

// The grids of one capacity lie as far apart for every quantity, also for one that is always zero: sums of
// sparse rows count on it.
inline void test_grids() {
    counts.where = "grids";
    const std::vector<double> largest{1.0, 0.0, 1e-200, 3e150};
    const Grids grids(largest, Capacity{1000, 1000.0, true});
    CHECK(grids.step() == 0x1p-27);
    const std::vector<double> tiny{1.0, 1e-310};  // the second grid cannot be that fine
    CHECK(Grids(tiny, Capacity{1000, 1000.0, true}).step() == 0.0);
}

// The excess about a center is what the cost about it is more than the spread: against long double.
inline void test_excess() {
    Random random(5);
    counts.where = "excess";
    for (const double offset : {0.0, 1e6}) {
        const std::size_t n = 50, d = 11;
        const std::vector<double> x = normals<double>(n * d, random, 1.0, offset);
        const Rows<double> rows = rows_of(x, d);
        const Frame frame = frame_of(rows, {});
        ClusterSums sums(1, frame);
        for (std::size_t i = 0; i < n; ++i) sums.add(frame, level(""), 0, rows[i], 1.0, 1.0);
        std::vector<double> center(d, offset + 0.3), mean(d);
        const Excess e =
            learn(frame, level(""), sums.weight.data(), sums.sums.data(), center.data(), mean.data());
        long double cost = 0.0L;
        for (std::size_t i = 0; i < n * d; ++i) {
            const long double t = static_cast<long double>(x[i]) - static_cast<long double>(center[i % d]);
            cost += t * t;
        }
        const double found = cost_of(frame.spread(rows, {}, level(""), 1, {}), {e});
        CHECK(std::abs(found - static_cast<double>(cost)) <= 2e-16 * static_cast<double>(cost));
    }
}

inline void test_repeats() {
    Random random(6);
    counts.where = "a weight of three is the row three times";
    const std::vector<double> x = normals<double>(200, random);
    std::vector<double> w, repeated;
    for (std::size_t i = 0; i < 100; ++i) {
        w.push_back(1.0 + static_cast<double>(random.below(4)));
        for (int r = 0; r < static_cast<int>(w.back()); ++r)
            repeated.insert(repeated.end(), &x[2 * i], &x[2 * i] + 2);
    }
    const Rows<double> rows = rows_of(x, 2), all = rows_of(repeated, 2);
    const Frame frame = frame_of(rows, w), frame_all = frame_of(all, {});
    ClusterSums a(1, frame), b(1, frame_all);
    for (std::size_t i = 0; i < rows.n; ++i) a.add(frame, level(""), 0, rows[i], w[i], 1.0);
    for (std::size_t i = 0; i < all.n; ++i) b.add(frame_all, level(""), 0, all[i], 1.0, 1.0);
    CHECK(same(a, b));
    const Spread s = frame.spread(rows, Weights{w.data()}, level(""), 1, {}),
                 t = frame_all.spread(all, Weights{}, level(""), 3, {});
    for (std::size_t f = 0; f < 2; ++f) {
        CHECK(s.sums[f].hi == t.sums[f].hi && s.sums[f].lo == t.sums[f].lo);
        CHECK(s.sums_sq[f].hi == t.sums_sq[f].hi && s.sums_sq[f].lo == t.sums_sq[f].lo);
    }
}

// Whole numbers below 2^100 as doubles, summed in 128 bits and rounded by hand through long double.
inline void test_accumulator() {
    Random random(7);
    counts.where = "accumulator";
    for (int trial = 0; trial < 2000; ++trial) {
        Accumulator sum, halves[2];
        __int128 exact = 0;
        for (std::size_t e = 0; e < 1 + random.below(40); ++e) {
            const auto mantissa = static_cast<std::int64_t>(random.between(-9e15, 9e15));
            const int shift = static_cast<int>(random.below(60));
            exact += static_cast<__int128>(mantissa) << shift;
            sum.add(std::ldexp(static_cast<double>(mantissa), shift));
            halves[e % 2].add(std::ldexp(static_cast<double>(mantissa), shift));
        }
        const auto expected = static_cast<double>(exact);  // one correct rounding
        CHECK(sum.value() == expected);
        halves[0].add(halves[1]);
        CHECK(halves[0].value() == expected);
    }
    const double ulp = 0x1p-52;
    const auto of = [](std::initializer_list<double> values) {
        Accumulator sum;
        for (const double v : values) sum.add(v);
        return sum.value();
    };
    CHECK(of({}) == 0.0);
    CHECK(of({1e308, 1.0, -1e308}) == 1.0);
    CHECK(of({1.0, ulp / 2}) == 1.0);                  // a tie goes to the even neighbour
    CHECK(of({1.0 + ulp, ulp / 2}) == 1.0 + 2 * ulp);  // here too
    CHECK(of({1.0, ulp / 2, 5e-324}) == 1.0 + ulp);    // unless something lies beyond
    CHECK(of({1.0, ulp / 2, -5e-324}) == 1.0);
    CHECK(of({-1.0, -ulp / 2, -5e-324}) == -1.0 - ulp);
    CHECK(of({5e-324, 5e-324}) == 1e-323);
    CHECK(of({0x1p-1022, -5e-324}) == 0x1p-1022 - 5e-324);
    CHECK(of({0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023, -3e-310}) == -3e-310);
    Accumulator products;
    products.add_product(1.0 + ulp, 1.0 - ulp);
    products.add(-1.0);
    CHECK(products.value() == -ulp * ulp);
    Accumulator many;
    for (int e = 0; e < 3'000'000; ++e) many.add(e % 2 ? 0.1 : 1e17);
    const long double tenth = 0.1;
    CHECK(many.value() == static_cast<double>(1500000.0L * 1e17L + 1500000.0L * tenth));
}

// Where two doubles hold the sum they do, to the bit; and what they might not hold is said.
inline void test_value_sums(const Kernels& kernels) {
    Random random(53);
    for (const int spread : {0, 1, 20, 34, 60, 300})  // how many powers of two the values lie apart
        for (const int top : {-1020, -850, -30, 0, 40, 850, 960})
            for (const std::size_t terms : {1, 3, 32}) {
                counts.where =
                    std::string(kernels.name) + " sums of values 2^" + std::to_string(spread) + " apart";
                const std::size_t n = terms * kTerms;
                std::vector<double> x(n);
                Accumulator sum;
                for (double& v : x) {
                    v = std::ldexp(
                        random.between(1.0, 2.0),
                        top - static_cast<int>(random.below(1 + static_cast<std::size_t>(spread))));
                    if (random.below(8) == 0) v = 0.0;
                }
                x[0] = std::ldexp(2.0 - 0x1p-52, top);
                for (const double v : x) sum.add(v);
                double both[2];
                const bool exact = kernels.value_sums(x.data(), n, both);
                Accumulator cut;
                cut.add(both);
                CHECK(exact || spread > 34 || std::abs(top) > 850);
                CHECK(!exact || std::abs(top) <= 850);
                CHECK(!exact || cut.value() == sum.value());
            }
    const std::vector<double> zeros(kTerms);
    double both[2];
    CHECK(!kernels.value_sums(zeros.data(), kTerms, both) || (both[0] == 0.0 && both[1] == 0.0));
    std::vector<double> one_far_below(kMostValues, 0x1.fffffffffffffp0);
    one_far_below[77] = 0x1.0000000000001p-36;
    CHECK(!kernels.value_sums(one_far_below.data(), kMostValues, both));
    one_far_below[77] = 0x1p-87;  // the last step
    CHECK(kernels.value_sums(one_far_below.data(), kMostValues, both));
    Accumulator sum, cut;
    sum.add(one_far_below);
    cut.add(both);
    CHECK(cut.value() == sum.value());
}

inline void test_doubled() {
    counts.where = "two_sum, two_product";
    const Double2 s = two_sum(1.0, 0x1p-80), p = two_product(1.0 + 0x1p-52, 1.0 + 0x1p-52);
    CHECK(s.hi == 1.0 && s.lo == 0x1p-80);
    CHECK(p.hi == 1.0 + 0x1p-51 && p.lo == 0x1p-104);
}

}  // namespace globular::tests
