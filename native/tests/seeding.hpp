// Candidates for a center: the one that float32 names is the one of the exact sums, close as they may be.
#pragma once

#include "../seed/field.hpp"
#include "labels.hpp"
#include "sums.hpp"

namespace globular::tests {

// Points and their mirror images, a hair aside: what one takes from the sum its image takes too, nearly.
inline std::vector<double> mirrored(std::size_t n, std::size_t d, double offset, double hair,
                                    Random& random) {
    std::vector<double> x;
    for (std::size_t i = 0; i < n; i += 2) {
        std::vector<double> point(d);
        for (double& v : point) v = random.normal();
        for (const double v : point) x.push_back(offset + v);
        for (const double v : point) x.push_back(offset - v + hair * random.normal());
    }
    return x;
}

inline void test_candidates(const Kernels& kernels) {
    struct Case {
        std::size_t n, d;
        double offset, hair;
        int weighing;  // 0 none, 1 whole, 2 fractional
    };
    std::vector<Case> cases{{40, 1, 0.0, 0.0, 0}, {9000, 2, -3.0, 1e-8, 2}, {257, 100, 100.0, 0.0, 1}};
    for (const double hair : {1e-9, 1e-8, 1e-7, 1e-6})
        for (const std::size_t d : {1, 2, 3, 7, 33})
            cases.push_back({60, d, 0.0, hair, static_cast<int>(d % 3)});
    Random random(31);
    for (const Case& c : cases) {
        counts.where = std::string("candidates, ") + kernels.name + " d " + std::to_string(c.d);
        const std::vector<double> x = mirrored(c.n, c.d, c.offset, c.hair, random);
        const Rows<double> rows = rows_of(x, c.d);
        std::vector<double> w;
        for (std::size_t i = 0; c.weighing && i < rows.n; ++i)
            w.push_back(c.weighing == 1 ? static_cast<double>(1 + random.below(5))
                                        : random.between(1e-3, 9.0));
        const Weights weights{w.empty() ? nullptr : w.data()};
        const Frame frame = frame_of(rows, w);
        Field<Rows<double>> field(rows, weights, frame, kernels, 1, 100),
            plain(rows, weights, frame, kernels, 1, 4);
        std::vector<double> distances(rows.n), other(rows.n);
        const auto last = static_cast<std::int64_t>(rows.n) - 1;
        std::int64_t chosen = 3;
        for (int round = 0; round < 20; ++round) {
            for (const std::int64_t row : {chosen, std::min(chosen ^ 1, last)}) {  // or it would be no tie
                field.add(static_cast<std::size_t>(row));
                plain.add(static_cast<std::size_t>(row));  // which no candidates were judged for
            }
            field.distances(distances.data());
            plain.distances(other.data());
            CHECK(distances == other);
            std::vector<std::int64_t> tried;
            for (int e = 0; e < 6; ++e) {
                tried.push_back(static_cast<std::int64_t>(random.below(rows.n)));
                tried.push_back(tried.back() ^ 1);  // its image
            }
            tried.push_back(tried[1]);
            for (std::int64_t& row : tried) row = std::min(row, last);
            std::vector<double> sums(tried.size());
            field.potentials(tried.data(), tried.size(), sums.data());
            const auto least =
                static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
            const std::size_t best = field.best(tried.data(), tried.size());
            CHECK(best == least);
            chosen = tried[best];
        }
    }
}

// Few of many candidates have to be compared by their exact sums: one, where none is like another.
inline void test_work_of_candidates(const Kernels& kernels) {
    counts.where = std::string("candidates, work, ") + kernels.name;
    Random random(37);
    for (const std::size_t d : {2, 40}) {
        const std::vector<double> x = normals<double>(4000 * d, random);
        const Rows<double> rows = rows_of(x, d);
        const Frame frame = frame_of(rows, {});
        Field<Rows<double>> field(rows, {}, frame, kernels, 1, 100);
        std::size_t n_compared = 0;
        for (std::int64_t round = 0; round < 20; ++round) {
            field.add(static_cast<std::size_t>(199 * round));
            const std::int64_t tried[] = {17 * round, 1000 + round, 3000 - 5 * round, 3999};
            n_compared += field.in_question(tried, 4).size();
        }
        CHECK(n_compared <= 22);
    }
}

}  // namespace globular::tests
