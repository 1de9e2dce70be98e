// Sparse rows give what the same rows give unpacked: distances, labels, sums, draws, bit for bit.
#pragma once

#include <cstring>
#include <numeric>

#include "../assign/labelled.hpp"
#include "../assign/sparse_session.hpp"
#include "../assign/square_runs.hpp"
#include "../seed/field.hpp"
#include "labels.hpp"

namespace globular::tests {

// A matrix held both ways.
template <class T>
struct Both {
    std::vector<T> dense, values;
    std::vector<std::int32_t> features;
    std::vector<std::int64_t> starts{0};
    std::size_t d;

    template <class Draw>
    Both(std::size_t n, std::size_t n_features, double share, Random& random, Draw draw) : d(n_features) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t f = 0; f < d; ++f) {
                const bool stored = random.uniform() < share;
                dense.push_back(stored ? static_cast<T>(draw()) : T{0});
                if (!stored) continue;
                values.push_back(dense.back());
                features.push_back(static_cast<std::int32_t>(f));
            }
            starts.push_back(static_cast<std::int64_t>(values.size()));
        }
    }
    SparseRows<T> sparse() const {
        return {values.data(), features.data(), starts.data(), starts.size() - 1, d};
    }
    Rows<T> rows() const { return rows_of(dense, d); }
};

// All coordinates of sparse centers, in an array.
inline std::vector<double> unpacked(const SparseCenters& centers) {
    std::vector<double> out(centers.n() * centers.d());
    for (std::size_t j = 0; j < centers.n(); ++j)
        centers.unpack(j, 0, centers.d(), out.data() + j * centers.d());
    return out;
}

// Sparse centers are what an array of them is: every coordinate by itself, in strips, in order, and rounded.
inline void test_sparse_centers() {
    Random random(6);
    for (const std::size_t d : {1, 63, 64, 65, 700, 4096, 4097, 9000})
        for (const double share : {0.0, 0.001, 0.02, 1.0}) {
            counts.where = "sparse centers, d " + std::to_string(d) + " share " + std::to_string(share);
            const std::size_t k = 3;
            const Both<double> x(2 * k, d, share, random, [&] { return 1e-3 * random.normal(); });
            std::vector<double> values(x.dense.begin(), x.dense.begin() + static_cast<std::ptrdiff_t>(k * d));
            if (values[0] == 0.0) values[0] = -0.0;
            const Rows<double> dense = rows_of(values, d);
            SparseCenters centers(dense);
            CHECK(std::memcmp(unpacked(centers).data(), values.data(), values.size() * sizeof(double)) == 0);
            for (std::size_t j = 0; j < k; ++j) {
                std::vector<double> in_order(d), strip(d);
                centers.for_each(j, [&](std::size_t f, double c) { in_order[f] = c; });
                for (std::size_t first = 0; first < d; first += 64)
                    centers.unpack(j, first, std::min(d, first + 64), strip.data() + first);
                for (std::size_t f = 0; f < d; ++f)
                    CHECK(centers.at(j, f) == dense[j][f] && in_order[f] == dense[j][f] &&
                          strip[f] == dense[j][f]);
            }
            std::vector<std::int64_t> which(k);
            std::iota(which.begin(), which.end(), 0);
            CHECK(unpacked(SparseCenters(x.sparse(), which.data(), k)) == values);
            CHECK(centers.moves(SparseCenters(x.sparse(), which.data(), k)).second == 0);
            centers.round();
            const std::vector<double> rounded = unpacked(centers);
            for (std::size_t e = 0; e < values.size(); ++e)
                CHECK(rounded[e] == static_cast<double>(static_cast<float>(values[e])));
            values[k * d - 1] += 2.0;
            const auto [way_sq, n_moved] =
                SparseCenters(dense).moves(SparseCenters(x.sparse(), which.data(), k));
            CHECK(std::abs(way_sq - 4.0) < 1e-9 && n_moved == 1);
        }
}

// Of all squares that rows pass, only a few are added or counted one by one: here two in a hundred.
inline void test_work_of_square_runs() {
    Random random(2);
    counts.where = "runs of squares, work";
    constexpr std::size_t n = 2000, d = 20'000, k = 2;
    const auto draw = [&] { return random.uniform(); };
    const Both<double> rows(n, d, 1e-3, random, draw);
    std::vector<double> center(d);
    std::vector<std::uint32_t> all(n);
    std::iota(all.begin(), all.end(), 0U);
    SquareRuns runs(d);
    for (std::size_t j = 0; j < k; ++j) {
        // Odd multiples of 2^-26 are squares that lie between two units of sums from 2 to 4, all of them.
        for (double& c : center)
            c = j == 0 ? 1e-3 * random.uniform() : std::ldexp(2.0 * random.below(1 << 14) + 1.0, -26);
        runs.take(center.data());
        std::vector<double> out(n);
        runs.distances(rows.sparse(), all.data(), n, out.data());
    }
    CHECK(runs.work() <= k * n * d / 50);
}

// Squares that fall between two units, that fill a binade at once, that vanish, that overflow nothing.
inline void test_square_runs() {
    Random random(3);
    const std::vector<std::string> kinds{"normal", "whole", "halves", "far apart", "tiny", "mostly zero"};
    for (const std::string& kind : kinds)
        for (const std::size_t d : {1, 7, 300, 9001}) {
            counts.where = "runs of squares, " + kind + ", d " + std::to_string(d);
            const auto draw = [&] {
                const double sign = random.uniform() < 0.5 ? -1.0 : 1.0;
                if (kind == "normal") return random.normal();
                if (kind == "whole") return sign * static_cast<double>(random.below(4));
                if (kind == "halves") return sign * std::ldexp(1.0, -static_cast<int>(random.below(28)));
                if (kind == "far apart")
                    return sign * std::ldexp(random.uniform(), static_cast<int>(random.below(400)) - 200);
                if (kind == "tiny")
                    return sign * std::ldexp(random.uniform(), -490 - static_cast<int>(random.below(60)));
                return random.uniform() < 0.02 ? random.normal() : 0.0;
            };
            std::vector<double> center(d);
            SquareRuns runs(d);
            for (int turn = 0; turn < 3; ++turn) {
                for (double& c : center) c = draw();
                const Both<double> rows(25, d, turn == 0 ? 0.01 : 0.2, random, draw);
                runs.take(center.data());
                std::vector<double> out(2 * 25);
                std::vector<std::uint32_t> which;
                for (std::size_t i = 0; i < 25; ++i)
                    which.insert(which.end(), 2, static_cast<std::uint32_t>(i));
                runs.distances(rows.sparse(), which.data(), which.size(), out.data());
                for (std::size_t e = 0; e < which.size(); ++e)
                    CHECK(out[e] == q(rows.rows()[which[e]], center.data(), d));
            }
        }
}

template <class T>
void test_sparse_walk(const Kernels& kernels, const Both<T>& x, std::size_t k, Random& random) {
    const Rows<T> rows = x.rows();
    const SparseRows<T> sparse = x.sparse();
    const Range range = range_of(sparse, level(""), {}, 2, {});
    const Frame frame(range, Capacity{rows.n, static_cast<double>(rows.n), true}, 1.0, 1.0);
    SparseSession<T> session(sparse, {}, frame, kernels);
    std::vector<double> centers(k * x.d), own(rows.n);
    for (std::size_t j = 0; j < k; ++j) std::copy_n(rows[random.below(rows.n)], x.d, &centers[j * x.d]);
    std::vector<std::int32_t> labels(rows.n);
    for (int step = 0; step < 5; ++step) {
        const Rows<double> c = rows_of(centers, x.d);
        const SparseCenters sparse_c(c);
        const std::vector<std::int32_t> expected = brute_force(rows, c);
        if (step == 3) session.forget();
        CHECK(session.e_step(sparse_c, 3, {}).complete);
        session.labels(labels.data());
        CHECK(labels == expected);
        ClusterSums sums(k, frame);
        const Kernels& widest = level("");
        for (std::size_t i = 0; i < rows.n; ++i)
            sums.add(frame, widest, static_cast<std::size_t>(expected[i]), rows[i], 1.0, 1.0);
        const Labelled<SparseRows<T>> labelled{sparse, {}, &frame, &kernels, labels.data()};
        const std::vector<double> all_sums(sums.sums.begin(), sums.sums.end());
        CHECK(labelled.sums(k, 3, {}) == all_sums);
        CHECK((Labelled<Rows<T>>{rows, {}, &frame, &kernels, labels.data()}.sums(k, 3, {}) == all_sums));
        std::vector<double> learned(k * x.d), means = centers;
        std::vector<Excess> excess(k);
        labelled.learn(c, 3, {}, learned.data(), excess.data());
        take_means(sums, frame, means.data());
        CHECK(learned == means);
        SparseCenters sparse_means(k, x.d);
        std::vector<Excess> again(k);
        labelled.learn(sparse_c, 3, {}, sparse_means, again.data());
        CHECK(unpacked(sparse_means) == means);
        for (std::size_t j = 0; j < k; ++j)
            CHECK(std::equal(excess[j].hi, excess[j].hi + kTerms, again[j].hi) &&
                  std::equal(excess[j].lo, excess[j].lo + kTerms, again[j].lo));
        session.distances(sparse_c, 2, own.data());
        Accumulator cost;
        for (std::size_t i = 0; i < rows.n; ++i) {
            CHECK(own[i] == q(rows[i], c[static_cast<std::size_t>(expected[i])], x.d));
            cost.add(own[i]);
        }
        CHECK(session.cost(sparse_c, 2) == cost.value());
        for (double& v : centers) v += step == 1 ? 0.5 * random.normal() : 0.0;
        if (step == 2) centers = means;
    }
    CHECK(assign(sparse, range, SparseCenters(rows_of(centers, x.d)), kernels, 2, {}, labels.data()));
    CHECK(labels == brute_force(rows, rows_of(centers, x.d)));
}

template <class T>
void test_sparse(const Kernels& kernels) {
    Random random(23);
    for (const std::size_t d : {1, 5, 40, 700})
        for (const std::size_t k : {1, 3, 17, 50}) {
            counts.where =
                std::string(kernels.name) + " sparse, d " + std::to_string(d) + " k " + std::to_string(k);
            test_sparse_walk(kernels, Both<T>(150, d, 0.1, random, [&] { return random.normal(); }), k,
                             random);
            test_sparse_walk(kernels, Both<T>(150, d, 0.3, random, [&] { return 1.0 + random.below(2); }), k,
                             random);
        }
}

// Draws of k-means++ are those of the rows unpacked, with any number of threads.
inline void test_sparse_draws() {
    Random random(4);
    counts.where = "sparse draws";
    const Kernels& kernels = *available_levels().back();
    const Both<double> x(900, 60, 0.1, random, [&] { return random.normal(); });
    const Frame frame = frame_for(x.rows());
    Field<Rows<double>> dense(x.rows(), {}, frame, kernels, 1, 100);
    Field<SparseRows<double>> sparse(x.sparse(), {}, frame, kernels, 3, 100);
    for (const std::size_t row : {3, 500, 77, 78, 3}) {
        dense.add(row);
        sparse.add(row);
        const std::vector<std::int64_t> tried{9, 500, 899};
        const std::vector<double> u{0.01, 0.4, 0.999};
        std::vector<double> a(3), b(3);
        CHECK(dense.best(tried.data(), 3) == sparse.best(tried.data(), 3));
        dense.potentials(tried.data(), 3, a.data());
        sparse.potentials(tried.data(), 3, b.data());
        CHECK(a == b);
        std::vector<std::int64_t> drawn(3), again(3);
        dense.draw(u.data(), 3, drawn.data());
        sparse.draw(u.data(), 3, again.data());
        CHECK(drawn == again);
    }
}

}  // namespace globular::tests
