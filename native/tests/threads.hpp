// The same bits whoever does the work: every pass that threads share, with enough work for three of them.
//
// This is what the thread sanitizer has to see, and all that it has to: the other tests are too small for a
// second thread to be worth its start (team.hpp).
#pragma once

#include "../assign/labelled.hpp"
#include "../criteria/silhouette.hpp"
#include "../seed/canonical.hpp"
#include "../seed/field.hpp"
#include "curve.hpp"
#include "sparse.hpp"

namespace globular::tests {

// Answers by one thread and by three are compared as bits.
template <class V, class Answer>
void check_shared(std::size_t size, Answer answer) {
    std::vector<V> alone(size), together(size);
    answer(1, alone.data());
    answer(3, together.data());
    CHECK(alone == together);
}

template <class S, class Centers>
void check_answers(const S& one, const S& three, const Centers& centers, std::size_t n) {
    std::vector<std::int32_t> labels(n), again(n);
    one.labels(labels.data());
    three.labels(again.data());
    CHECK(labels == again);
    CHECK(one.cost(centers, 1) == three.cost(centers, 3));
    check_shared<double>(
        n, [&](std::size_t n_threads, double* out) { three.distances(centers, n_threads, out); });
}

// Sums of labelled rows; also of one cluster that holds most of them, and is shared out.
template <class R>
void check_sums(R rows, const Frame& frame, const Kernels& kernels, std::vector<std::int32_t> labels,
                std::size_t k) {
    for (const bool one_holds_most : {false, true}) {
        for (std::size_t i = 0; one_holds_most && i < labels.size(); ++i)
            if (i % 16) labels[i] = static_cast<std::int32_t>(k / 2);
        const Labelled<R> labelled{rows, {}, &frame, &kernels, labels.data()};
        CHECK(labelled.sums(k, 1, {}) == labelled.sums(k, 3, {}));
    }
}

// Centers rest, go by inches, and one by a leap: limits, boxes and groups of centers are all gone by.
template <class T>
void test_threads_of_a_session(Way way, std::size_t n, std::size_t d, std::size_t k) {
    counts.where = "threads of a session, d " + std::to_string(d) + " k " + std::to_string(k);
    Random random(29);
    const std::vector<T> x = normals<T>(n * d, random);
    std::vector<double> values(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(k * d));
    const Rows<T> rows = rows_of(x, d);
    const Rows<double> centers = rows_of(values, d);
    const Frame frame = frame_for(rows);
    const Kernels& kernels = *available_levels().back();
    Session<T> one(rows, {}, frame, kernels, way), three(rows, {}, frame, kernels, way);
    std::vector<std::int32_t> labels(n);
    for (int step = 0; step < 5; ++step) {
        const StepCounts a = one.e_step(centers, 1, {}), b = three.e_step(centers, 3, {});
        CHECK(a.n_changed == b.n_changed && a.n_distances == b.n_distances && a.n_settled == b.n_settled);
        CHECK(same(*one.sums(), *three.sums()));
        check_answers(one, three, centers, n);
        if (step == 0) continue;
        for (double& v : values) v += 1e-3 * random.normal();
        values[0] += 0.5;
    }
    one.labels(labels.data());
    check_sums(rows, frame, kernels, labels, k);
    check_shared<std::int32_t>(n, [&](std::size_t n_threads, std::int32_t* out) {
        CHECK(assign(rows, frame.range(), centers, kernels, n_threads, {}, out));
    });
}

inline void test_threads_of_sparse_rows() {
    counts.where = "threads of sparse rows";
    Random random(41);
    const std::size_t n = 4000, k = 50;
    const Both<float> x(n, 200, 0.1, random, [&] { return random.normal(); });
    const SparseRows<float> rows = x.sparse();
    const Kernels& kernels = *available_levels().back();
    const Range range = range_of(rows, kernels, {}, 3, {});
    CHECK(range.depth == range_of(rows, kernels, {}, 1, {}).depth);
    const Frame frame(range, Capacity{n, static_cast<double>(n), true}, 1.0, 1.0);
    const Spread spread = frame.spread(rows, {}, 1, {}), other = frame.spread(rows, {}, 3, {});
    for (std::size_t f = 0; f < x.d; ++f) CHECK(spread.sums_sq[f].hi == other.sums_sq[f].hi);
    SparseSession<float> one(rows, {}, frame, kernels), three(rows, {}, frame, kernels);
    std::vector<double> values(x.dense.begin(), x.dense.begin() + static_cast<std::ptrdiff_t>(k * x.d));
    SparseCenters centers(rows_of(values, x.d));
    std::vector<std::int32_t> labels(n);
    for (int step = 0; step < 3; ++step) {
        one.e_step(centers, 1, {});
        three.e_step(centers, 3, {});
        check_answers(one, three, centers, n);
        for (double& v : values) v += 1e-3 * random.normal();
        centers = SparseCenters(rows_of(values, x.d));
    }
    one.labels(labels.data());
    check_sums(rows, frame, kernels, labels, k);
    const Labelled<SparseRows<float>> labelled{rows, {}, &frame, &kernels, labels.data()};
    check_shared<double>(k * x.d, [&](std::size_t n_threads, double* out) {
        SparseCenters means(k, x.d);
        std::vector<Excess> excess(k);
        labelled.learn(centers, n_threads, {}, means, excess.data());
        std::copy_n(unpacked(means).data(), k * x.d, out);
    });
    check_shared<std::int32_t>(n, [&](std::size_t n_threads, std::int32_t* out) {
        CHECK(assign(rows, range, centers, kernels, n_threads, {}, out));
    });
}

// Frames, and the fields of k-means++.
template <class R>
void check_seeding(R rows, Weights weights, const Frame& frame) {
    const Kernels& kernels = *available_levels().back();
    Field<R> one(rows, weights, frame, kernels, 1, 100), three(rows, weights, frame, kernels, 3, 100);
    Random random(31);
    std::int64_t row = 5;
    for (int round = 0; round < 20; ++round) {
        one.add(static_cast<std::size_t>(row));
        three.add(static_cast<std::size_t>(row));
        std::vector<std::int64_t> tried;
        for (int e = 0; e < 5; ++e) tried.push_back(static_cast<std::int64_t>(random.below(rows.n)));
        const std::size_t best = one.best(tried.data(), tried.size());
        CHECK(three.best(tried.data(), tried.size()) == best);
        row = tried[best];
    }
    const std::vector<double> u{0.1, 0.5, 0.999};
    std::vector<std::int64_t> drawn(u.size()), again(u.size());
    one.draw(u.data(), u.size(), drawn.data());
    three.draw(u.data(), u.size(), again.data());
    CHECK(drawn == again);
    std::vector<double> alone(rows.n), together(rows.n);
    one.distances(alone.data());
    three.distances(together.data());
    CHECK(alone == together);
}

inline void test_threads_of_candidates() {
    counts.where = "threads of candidates";
    Random random(37);
    const std::size_t n = 30'000;
    const std::vector<float> x = normals<float>(n * 5, random);
    check_seeding(rows_of(x, 5), {}, frame_for(rows_of(x, 5)));
    const Both<double> both(n, 60, 0.1, random, [&] { return random.normal(); });
    check_seeding(both.sparse(), {}, frame_for(both.rows()));
}

// The rows of every third bucket.
template <class R>
std::vector<std::uint32_t> all_listed(const CanonicalOrder<R>& order, std::size_t n_threads) {
    std::vector<std::uint16_t> buckets;
    for (std::size_t b = 0; b < order.n_buckets(); b += 3) buckets.push_back(static_cast<std::uint16_t>(b));
    const auto listed = order.list(buckets, n_threads);
    std::vector<std::uint32_t> out(listed.begin(), listed.end());
    std::sort(out.begin(), out.end());  // workers take what there is to take
    return out;
}

inline void test_threads_of_a_lookup() {
    counts.where = "threads of a lookup";
    Random random(47);
    const std::vector<float> x = normals<float>(6'100'000, random);
    const Kernels& kernels = *available_levels().back();
    const std::vector<double> origin(1);
    const CanonicalOrder<Rows<float>> order(rows_of(x, 1), origin, kernels, 3);
    const std::vector<std::uint16_t> some{5, 17, 3, 2000};
    for (const std::size_t n_threads : {1, 3}) {
        const auto listed = order.list(some, n_threads);
        std::size_t count = 0;
        for (std::size_t p = 0; p < x.size(); ++p)
            count += std::find(some.begin(), some.end(), order.bucket_of(p)) != some.end();
        CHECK(listed.size() == count);
        for (const std::uint32_t p : listed)
            CHECK(std::find(some.begin(), some.end(), order.bucket_of(p)) != some.end());
    }
}

inline void test_threads_of_a_seeding() {
    counts.where = "threads of a seeding";
    Random random(29);
    const std::size_t n = 40'000, d = 6;
    const std::vector<double> x = normals<double>(n * d, random);
    std::vector<double> w(n);
    for (double& v : w) v = random.between(0.1, 2.0);
    const Rows<double> rows = rows_of(x, d);
    const Weights weights{w.data()};
    const Frame frame = frame_of(rows, w);
    const Kernels& kernels = *available_levels().back();
    const Spread spread = frame.spread(rows, weights, level(""), 1, {});
    Field<Rows<double>> field(rows, weights, frame, kernels, 1, 100);
    for (const std::size_t row : {5, 77, 1234}) field.add(row);
    const std::vector<std::int64_t> tried{1, 2, 39'999};
    std::vector<double> potentials(3), u{0.0, 0.25, 0.999};
    std::vector<std::int64_t> drawn(3);
    field.potentials(tried.data(), 3, potentials.data());
    field.draw(u.data(), 3, drawn.data());
    for (const std::size_t n_threads : {2, 3, 7, 16}) {
        const Spread other = frame.spread(rows, weights, level(""), n_threads, {});
        for (std::size_t f = 0; f < d; ++f) CHECK(spread.sums_sq[f].hi == other.sums_sq[f].hi);
        Field<Rows<double>> again(rows, weights, frame, kernels, n_threads, 100);
        for (const std::size_t row : {5, 77, 1234}) again.add(row);
        std::vector<double> p(3);
        std::vector<std::int64_t> r(3);
        again.potentials(tried.data(), 3, p.data());
        again.draw(u.data(), 3, r.data());
        CHECK(p == potentials);
        CHECK(r == drawn);
    }
    check_shared<std::uint64_t>(
        n, [&](std::size_t n_threads, std::uint64_t* out) { hashes(rows, n_threads, out); });
    const std::vector<double> origin(d);
    CanonicalOrder<Rows<double>> one(rows, origin, kernels, 1), three(rows, origin, kernels, 3);
    CHECK(one.n_buckets() == three.n_buckets());
    CHECK(all_listed(one, 1) == all_listed(three, 3));
}

inline void test_threads_of_silhouettes() {
    counts.where = "threads of silhouettes";
    Random random(43);
    const std::size_t n = 1200, d = 5, k = 4;
    const std::vector<float> x = normals<float>(n * d, random);
    std::vector<std::int32_t> labels(n);
    std::vector<std::int64_t> which(n);
    for (std::size_t i = 0; i < n; ++i) {
        labels[i] = static_cast<std::int32_t>(random.below(k));
        which[i] = static_cast<std::int64_t>(i);
    }
    const Rows<float> rows = rows_of(x, d);
    const ClusterDistances packed(rows, {}, labels.data(), k, 1.0, *available_levels().back());
    check_shared<double>(2 * n, [&](std::size_t n_threads, double* out) {
        CHECK(packed.means(rows, {}, labels.data(), which.data(), n, n_threads, {}, out, out + n));
    });
}

}  // namespace globular::tests
