// At every level labels are those of q, and a session that has seen many centers answers like a new one.
#pragma once

#include "../assign/assign.hpp"
#include "../assign/session.hpp"
#include "../assign/transform.hpp"
#include "../assign/work.hpp"
#include "../distance.hpp"
#include "../distinct.hpp"
#include "../level/dispatch.hpp"
#include "sums.hpp"

namespace globular::tests {

template <class T>
std::vector<std::int32_t> brute_force(Rows<T> rows, Rows<double> centers) {
    std::vector<std::int32_t> labels(rows.n);
    for (std::size_t i = 0; i < rows.n; ++i) {
        double best = q(rows[i], centers[0], rows.d);
        for (std::size_t j = 1; j < centers.n; ++j)
            if (const double v = q(rows[i], centers[j], rows.d); v < best) {
                best = v;
                labels[i] = static_cast<std::int32_t>(j);
            }
    }
    return labels;
}

template <class T>
Frame frame_for(Rows<T> rows) {
    return Frame(range_of(rows, level(""), {}, 1, {}), Capacity{rows.n, static_cast<double>(rows.n), true},
                 1.0, 1.0);
}

template <class T>
StepCounts check_session(Session<T>& session, Rows<T> rows, Rows<double> centers, const Frame& frame,
                         std::vector<std::int32_t>& before) {
    const std::vector<std::int32_t> expected = brute_force(rows, centers);
    const StepCounts step = session.e_step(centers, 3, {});
    std::vector<std::int32_t> labels(rows.n);
    session.labels(labels.data());
    CHECK(labels == expected);
    CHECK(step.complete);
    ClusterSums sums(centers.n, frame);
    const Kernels& widest = level("");
    std::int64_t changed = 0;
    for (std::size_t i = 0; i < rows.n; ++i) {
        sums.add(frame, widest, static_cast<std::size_t>(expected[i]), rows[i], 1.0, 1.0);
        changed += before.empty() || before[i] != expected[i];
    }
    CHECK(!session.sums() || same(sums, *session.sums()));
    CHECK((session.sums() == nullptr) == (rows.n < 8 * centers.n));
    CHECK(step.n_changed == changed);
    before = expected;
    return step;
}

// A walk of the centers: still, by inches, one alone, by leaps, and with rows taken from their cluster.
template <class T>
void test_walk(const Kernels& kernels, const std::vector<T>& x, std::size_t k, std::size_t d, Random& random,
               Way way = Way::automatic) {
    const Rows<T> rows = rows_of(x, d);
    const Frame frame = frame_for(rows);
    Session<T> session(rows, {}, frame, kernels, way);
    std::vector<double> centers(k * d);
    for (double& c : centers) c = random.normal();
    for (std::size_t j = 0; j < k; j += 2)  // some lie on rows
        std::copy_n(rows[random.below(rows.n)], d, &centers[j * d]);
    std::vector<std::int32_t> before;
    for (int step = 0; step < 8; ++step) {
        check_session(session, rows, rows_of(centers, d), frame, before);
        if (step == 1 || step == 5)
            for (double& c : centers) c += 1e-3 * random.normal();
        if (step == 2) centers[random.below(k) * d] += 0.3;
        if (step == 3)
            for (double& c : centers) c += random.normal();
        if (step == 4) {
            const std::vector<std::int64_t> moved{0, static_cast<std::int64_t>(rows.n / 2)};
            const auto to = static_cast<std::int32_t>(k - 1);
            session.move(moved.data(), moved.size(), to);
            for (const std::int64_t i : moved) before[static_cast<std::size_t>(i)] = to;
        }
    }
    std::vector<std::int32_t> labels(rows.n);
    CHECK(assign(rows, frame.range(), rows_of(centers, d), kernels, 3, {}, labels.data()));
    CHECK(labels == brute_force(rows, rows_of(centers, d)));
}

template <class T>
void test_labels(const Kernels& kernels) {
    Random random(11);
    for (const std::size_t d : {1, 2, 3, 4, 5, 8, 13, 16, 17, 31, 70})
        for (const std::size_t k : {1, 2, 3, 15, 17, 40, 100}) {
            counts.where = std::string(kernels.name) + (sizeof(T) == 4 ? " float" : " double") + " d " +
                           std::to_string(d) + " k " + std::to_string(k);
            const std::size_t n = 97 + random.below(60);
            test_walk(kernels, normals<T>(n * d, random), k, d, random);
            test_walk(kernels, normals<T>(n * d, random, 1.0, 1e6), k, d, random);
            test_walk(kernels, grid_points<T>(n * d, random), k, d, random);
            test_walk(kernels, grid_points<T>(n * d, random), k, d, random, Way::hamerly);
            test_walk(kernels, normals<T>(n * d, random), k, d, random, Way::brute);
            if (d <= kMaxBoxD) test_walk(kernels, normals<T>(n * d, random), k, d, random, Way::kanungo);
            if (d <= kMaxBroadcastD) continue;
            test_walk(kernels, normals<T>(n * d, random), k, d, random, Way::yinyang);
            test_walk(kernels, normals<T>(n * d, random, 1.0, 1e6), k, d, random, Way::yinyang);
            test_walk(kernels, grid_points<T>(n * d, random), k, d, random, Way::yinyang);
            test_walk(kernels, normals<T>(n * d, random), k, d, random, Way::heads);
            test_walk(kernels, normals<T>(n * d, random, 1.0, 1e6), k, d, random, Way::heads);
            test_walk(kernels, grid_points<T>(n * d, random), k, d, random, Way::heads);
        }
    for (const std::size_t d : {1, 2, 3, 4}) {  // enough rows and centers to be laid out in space
        counts.where = std::string(kernels.name) + " many rows, d " + std::to_string(d);
        test_walk(kernels, normals<T>(5003 * d, random), 64, d, random);
        test_walk(kernels, grid_points<T>(5003 * d, random), 40, d, random);
        test_walk(kernels, normals<T>(5003 * d, random, 1.0, 1e3), 17, d, random);
        test_walk(kernels, grid_points<T>(5003 * d, random), 6, d, random);
        test_walk(kernels, normals<T>(5003 * d, random), 6, d, random, Way::hamerly);
    }
    for (const std::size_t d : {5, 6, 7, 8}) {
        counts.where = std::string(kernels.name) + " boxes, d " + std::to_string(d);
        test_walk(kernels, normals<T>(1501 * d, random), 70, d, random, Way::kanungo);
        test_walk(kernels, normals<T>(1501 * d, random, 1.0, 1e4), 9, d, random, Way::kanungo);
        test_walk(kernels, grid_points<T>(1501 * d, random), 33, d, random, Way::kanungo);
    }
}

// Rows drawn from fewer: each has the place of its like, whatever the threads.
template <class T>
void check_distinct_rows(std::size_t n, std::size_t d, std::size_t n_distinct) {
    counts.where = "distinct rows, n " + std::to_string(n);
    Random random(31);
    std::vector<T> of = normals<T>(n_distinct * d, random), x(n * d);
    of[0] = T(0);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t j = random.below(n_distinct);
        std::copy_n(&of[j * d], d, &x[i * d]);
        if (j == 0 && i % 2 == 0) x[i * d] = -T(0);  // equal, for q knows no sign of zero
    }
    const Rows<T> rows = rows_of(x, d);
    std::vector<std::int32_t> place(n), with_threads(n);
    const DistinctRows distinct = distinct_rows(rows, 1, {}, place.data());
    CHECK(distinct_rows(rows, 4, {}, with_threads.data()).rows == distinct.rows);
    CHECK(place == with_threads);
    for (std::size_t i = 0; i < n; ++i) {
        const auto first = static_cast<std::size_t>(distinct.rows[static_cast<std::size_t>(place[i])]);
        CHECK(first <= i && std::equal(rows[i], rows[i] + d, rows[first]));
    }
    std::vector<std::vector<T>> values;
    for (const std::int64_t i : distinct.rows) {
        const T* x_i = rows[static_cast<std::size_t>(i)];
        values.emplace_back(x_i, x_i + d);
    }
    std::sort(values.begin(), values.end());
    CHECK(std::adjacent_find(values.begin(), values.end()) == values.end());
    const double about = about_how_many_distinct(rows);
    CHECK(about <= static_cast<double>(n));
    CHECK(n <= 4096 || (about > 0.5 * static_cast<double>(values.size()) &&
                        about < 2.0 * static_cast<double>(values.size())));
}

inline void test_distinct_rows() {
    check_distinct_rows<float>(1, 1, 1);
    check_distinct_rows<double>(100, 3, 20);
    check_distinct_rows<float>(30'000, 2, 5'000);
    check_distinct_rows<double>(30'000, 7, 1'000'000);
}

// So many features that rows crowd the first cache, centers in several strips, and fewer rows than a tile.
template <class T>
void test_wide_rows(const Kernels& kernels) {
    Random random(12);
    counts.where = std::string(kernels.name) + " wide rows";
    for (const std::size_t n : {1, 7, 97, 203})
        test_walk(kernels, normals<T>(n * 512, random), 70, 512, random);
    test_walk(kernels, normals<T>(50 * 1100, random, 1.0, 3.0), 5, 1100, random);
    test_walk(kernels, normals<T>(203 * 512, random), 70, 512, random, Way::yinyang);
    test_walk(kernels, normals<T>(50 * 1100, random, 1.0, 3.0), 110, 1100, random, Way::yinyang);
    for (const std::size_t n : {3, 203})
        test_walk(kernels, normals<T>(n * 512, random), 70, 512, random, Way::heads);
    test_walk(kernels, normals<T>(50 * 1100, random, 1.0, 3.0), 110, 1100, random, Way::heads);
}

// Bounds last: rows between centers, which are pushed about by ever smaller ways, some of them farther.
template <class T>
void test_groups_of_centers(const Kernels& kernels) {
    Random random(37);
    for (const std::size_t d : {33, 70, 300})
        for (const std::size_t k : {31, 100, 193}) {
            counts.where = std::string(kernels.name) + " groups of centers, d " + std::to_string(d) + " k " +
                           std::to_string(k);
            std::vector<double> c = normals<double>(k * d, random);
            const std::size_t n = 450;
            std::vector<T> x(n * d);
            for (std::size_t i = 0; i < n; ++i) {
                const double *a = &c[random.below(k) * d], *b = &c[random.below(k) * d];
                const double part = random.between(0.3, 0.7);
                for (std::size_t f = 0; f < d; ++f)
                    x[i * d + f] = static_cast<T>(a[f] + part * (b[f] - a[f]) + 0.1 * random.normal());
            }
            const Rows<T> rows = rows_of(x, d);
            const Frame frame = frame_for(rows);
            Session<T> session(rows, {}, frame, kernels, Way::yinyang),
                by_heads(rows, {}, frame, kernels, Way::heads);
            std::vector<std::int32_t> before, before_by_heads;
            std::int64_t n_distances = 0;
            constexpr int kSteps = 24;
            for (int step = 0; step < kSteps; ++step) {
                n_distances += check_session(session, rows, rows_of(c, d), frame, before).n_distances;
                check_session(by_heads, rows, rows_of(c, d), frame, before_by_heads);
                const double way = std::ldexp(0.1, -step / 2);
                for (std::size_t j = 0; j < k; ++j)
                    for (std::size_t f = 0; f < d; ++f)
                        c[j * d + f] += (j % 7 == 0 ? 3.0 : 1.0) * way * random.normal();
            }
            CHECK(n_distances < static_cast<std::int64_t>(n * k) * kSteps * 9 / 10);
        }
}

// Every center the same distance away: the lowest index wins, also among the copies that fill a block.
// Gaps are kept while they pay, also where they cost nothing to find, and through one dear step; not for
// ever.
inline void test_gaps_pay() {
    counts.where = "gaps pay";
    Prices of_gaps{"", {{1.0, 0.0, 0.0}, {0.5, 0.0, 0.0}}, {}, 0.1, 0.0, 0.0};
    for (const double dearer : {0.0, 1.0}) {
        of_gaps.few.gaps.row = 0.5 + dearer;
        GapsPay pay(of_gaps, 10, 2);
        pay.tell(1.0, 0.01);
        CHECK(pay.next());  // to find them
        pay.tell(1.0, 0.01);
        for (int step = 0; step < 5; ++step) {
            CHECK(pay.next());
            pay.tell(0.1, 0.01);
        }
        pay.tell(0.8, 0.01);
        CHECK(pay.next());
        bool given_up = false;
        for (int step = 0; step < 20 && !given_up; ++step) {
            pay.tell(1.0, 0.01);
            given_up = !pay.next();
        }
        CHECK(given_up == (dearer > 0.0));
    }
}

inline void test_ties(const Kernels& kernels) {
    for (const std::size_t d : {1, 4, 5, 16, 20})
        for (const std::size_t k : {2, 7, 33}) {
            counts.where = std::string(kernels.name) + " ties, d " + std::to_string(d);
            const std::vector<double> x(50 * d, 0.25);
            std::vector<double> centers(k * d, 1.25);
            const Rows<double> rows = rows_of(x, d);
            std::vector<std::int32_t> labels(rows.n, -7);
            CHECK(assign(rows, range_of(rows, level(""), {}, 1, {}), rows_of(centers, d), kernels, 1, {},
                         labels.data()));
            CHECK(labels == std::vector<std::int32_t>(rows.n, 0));
            centers[(k - 1) * d] -= 0x1p-40;  // the last one a bit nearer
            CHECK(assign(rows, range_of(rows, level(""), {}, 1, {}), rows_of(centers, d), kernels, 1, {},
                         labels.data()));
            CHECK(labels == std::vector<std::int32_t>(rows.n, static_cast<std::int32_t>(k - 1)));
        }
}

inline void test_far_centers(const Kernels& kernels) {
    Random random(13);
    for (const std::size_t d : {1, 3, 5, 16, 17, 40})
        for (const std::size_t k : {1, 2, 3, 15, 31, 47})
            for (const double length : {1e3, 1e18, 1.79e19, 1.8e19, 1.84e19, 1e20, 1e40, 1e300}) {
                counts.where = std::string(kernels.name) + " far centers, d " + std::to_string(d) + " k " +
                               std::to_string(k) + " at " + std::to_string(length);
                const std::vector<double> x = normals<double>(40 * d, random);
                std::vector<double> centers(k * d, 0.0);
                for (std::size_t j = 0; j < k; ++j)
                    centers[j * d] = length * (1.01 - 1e-4 * static_cast<double>(j));
                const Rows<double> rows = rows_of(x, d);
                std::vector<std::int32_t> labels(rows.n);
                assign(rows, range_of(rows, level(""), {}, 1, {}), rows_of(centers, d), kernels, 1, {},
                       labels.data());
                CHECK(labels == brute_force(rows, rows_of(centers, d)));
            }
}

// Rows as near to the middle between two centers as their type can tell, and a little off it.
template <class T>
void test_close_calls(const Kernels& kernels) {
    Random random(23);
    for (const std::size_t d : {1, 2, 3, 4, 5, 17, 40})
        for (const std::size_t k : {2, 5, 16, 31}) {
            counts.where = std::string(kernels.name) + " close calls, d " + std::to_string(d);
            const double offset = random.between(-3.0, 3.0);
            const std::vector<double> c = normals<double>(k * d, random, 1.0, offset);
            const std::size_t n = 130 * k;  // enough to be compared without norms
            std::vector<T> x(n * d);
            for (std::size_t i = 0; i < n; ++i) {
                const double *a = &c[random.below(k) * d], *b = &c[random.below(k) * d];
                const double way = std::ldexp(random.between(-1.0, 1.0), -static_cast<int>(random.below(40)));
                for (std::size_t f = 0; f < d; ++f)
                    x[i * d + f] = static_cast<T>(0.5 * (a[f] + b[f]) + way * (a[f] - b[f]));
            }
            const Rows<T> rows = rows_of(x, d);
            const Frame frame = frame_for(rows);
            Session<T> session(rows, {}, frame, kernels);
            std::vector<std::int32_t> before;
            check_session(session, rows, rows_of(c, d), frame, before);
        }
}

// Centers that float32 cannot tell apart, in twos and threes, between others: of two the kernel says which,
// but of more, or of two in the same lane, that there are more. Whatever it says, no center left out is
// nearer.
inline void test_rivals(const Kernels& kernels) {
    constexpr std::size_t kOwn = 4, d = 40, n = 200;
    Random random(31);
    for (const std::size_t alike : {2, 3})
        for (const std::size_t apart : {std::size_t{1}, kernels.lanes}) {
            counts.where = std::string(kernels.name) + " rivals, " + std::to_string(alike) + " alike, " +
                           std::to_string(apart) + " apart";
            const std::size_t k = 4 * kernels.lanes + 3;
            std::vector<double> c = normals<double>(k * d, random), x(n * d);
            for (std::size_t copy = 1; copy < alike; ++copy)
                for (std::size_t f = 0; f < d; ++f)
                    c[(kOwn + copy * apart) * d + f] = c[kOwn * d + f] + 1e-9 * random.normal();
            for (std::size_t e = 0; e < x.size(); ++e) x[e] = c[kOwn * d + e % d] + 0.1 * random.normal();
            const Rows<double> rows = rows_of(x, d), centers = rows_of(c, d);
            const Filter<double> filter(rows, range_of(rows, kernels, {}, 1, {}), kernels);
            PackedCenters packed;
            filter.pack(centers, 1, Wanted::gaps, packed);
            std::vector<float> room(filter.packed_floats(n)), norms(Filter<double>::padded(n)), gaps(norms);
            std::vector<std::int32_t> labels(norms.size());
            const Placed points = filter.ready(packed, 0, n, false, room.data(), norms.data());
            Pass pass = packed.pass;
            pass.stride = points.stride;
            CHECK(packed.nearest(pass, points.at, norms.data(), n, labels.data(), gaps.data()));
            const std::vector<std::int32_t> nearest = brute_force(rows, centers);
            bool found = true, known = true, unknown = true;
            for (std::size_t i = 0; i < n; ++i) {
                known &= gaps[i] < 0.0F && std::isfinite(gaps[i]);
                unknown &= std::isinf(gaps[i]);
                if (known) found &= nearest[i] == labels[i] || nearest[i] == rival_in(gaps[i]);
            }
            CHECK(found);
            CHECK(alike == 2 && apart == 1 ? known : unknown);
        }
}

// Clusters far smaller than the ways between them, two centers in each: the labels are not harder to tell.
inline void test_tight_clusters(const Kernels& kernels) {
    constexpr std::size_t kClusters = 8, kPoints = 500;
    constexpr double kWide = 1e-3;
    Random random(29);
    for (const std::size_t d : {1, 2, 3, 4}) {
        counts.where = std::string(kernels.name) + " tight clusters, d " + std::to_string(d);
        const std::vector<double> middles = normals<double>(kClusters * d, random);
        std::vector<double> x = normals<double>(kClusters * kPoints * d, random, kWide);
        std::vector<double> c = normals<double>(2 * kClusters * d, random, kWide);
        for (std::size_t e = 0; e < x.size(); ++e) x[e] += middles[e / d % kClusters * d + e % d];
        for (std::size_t e = 0; e < c.size(); ++e) c[e] += middles[e / d % kClusters * d + e % d];
        const Rows<double> rows = rows_of(x, d);
        const Frame frame = frame_for(rows);
        Session<double> session(rows, {}, frame, kernels);
        CHECK(session.e_step(rows_of(c, d), 1, {}).n_settled <= 40);
    }
}

// On continuous data the kernels decide all but a few rows by themselves.
inline void test_share_settled(const Kernels& kernels) {
    Random random(17);
    for (const std::size_t d : {1, 2, 4, 5, 16, 17, 64}) {
        counts.where = std::string(kernels.name) + " settled, d " + std::to_string(d);
        const std::vector<double> x = normals<double>(2000 * d, random), c = normals<double>(40 * d, random);
        const Rows<double> rows = rows_of(x, d);
        const Frame frame = frame_for(rows);
        Session<double> session(rows, {}, frame, kernels);
        CHECK(session.e_step(rows_of(c, d), 1, {}).n_settled <= 20);
    }
}

inline void test_transform() {
    counts.where = "transform";
    Random random(19);
    const std::vector<double> x = normals<double>(3000 * 7, random), c = normals<double>(13 * 7, random);
    std::vector<double> one(3000 * 13), many(3000 * 13);
    CHECK(transform(rows_of(x, 7), rows_of(c, 7), 1, {}, one.data()));
    CHECK(transform(rows_of(x, 7), rows_of(c, 7), 16, {}, many.data()));
    CHECK(one == many);
    for (std::size_t i = 0; i < 3000; i += 100)
        CHECK(one[i * 13 + 5] == std::sqrt(q(&x[i * 7], &c[5 * 7], 7)));
}

}  // namespace globular::tests
