// What a level makes of rows in one pass is what a plain loop makes of them.
#pragma once

#include <algorithm>
#include <limits>

#include "../distance.hpp"
#include "../range.hpp"
#include "check.hpp"

namespace globular::tests {

// The range of every feature is that of its values, and its depth the same at every level; what is not finite
// is found wherever it is.
template <class T>
void test_ranges(const Kernels& kernels) {
    Random random(29);
    for (const std::size_t d : {1, 2, 3, 7, 31, 32, 40, 47, 300})
        for (const std::size_t n : {1, 2, 9, 100}) {
            counts.where = std::string(kernels.name) + " ranges of " + std::to_string(d) + " features";
            std::vector<T> x = normals<T>(n * d, random, 1.0, random.between(-2.0, 2.0));
            for (T& v : x) {
                const double u = random.uniform();
                if (u < 0.2) v = T{0};
                if (u > 0.9) v *= static_cast<T>(1e-30);
                if (u > 0.99) v = std::numeric_limits<T>::denorm_min();
            }
            const Rows<T> rows = rows_of(x, d);
            const Range range = range_of(rows, kernels, {}, 2, {});
            CHECK(!range.not_finite.found);
            CHECK(range.depth == range_of(rows, level("baseline"), {}, 1, {}).depth);
            for (std::size_t f = 0; f < d; ++f) {
                double low = HUGE_VAL, high = -HUGE_VAL;
                for (std::size_t i = 0; i < n; ++i) {
                    low = std::min(low, static_cast<double>(rows[i][f]));
                    high = std::max(high, static_cast<double>(rows[i][f]));
                }
                CHECK(range.lowest[f] == low && range.highest[f] == high);
            }
            for (const T bad : {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                                std::numeric_limits<T>::quiet_NaN()}) {
                const std::size_t at = random.below(x.size());
                const T was = x[at];
                x[at] = bad;
                const NotFinite found = range_of(rows, kernels, {}, 2, {}).not_finite;
                CHECK(found.found && found.row == at / d && found.feature == at % d);
                x[at] = was;
            }
        }
}

// The depth of a feature is that of its exponents: half of the values as they are, half g bits below.
template <class T>
void test_depths(const Kernels& kernels) {
    for (const std::size_t d : {1, 8, 33})
        for (const int g : {0, 5, 60}) {
            counts.where = std::string(kernels.name) + " depth " + std::to_string(g);
            std::vector<T> x(50 * d);
            for (std::size_t e = 0; e < x.size(); ++e)
                x[e] = static_cast<T>(std::ldexp(1.5, e / d % 2 ? -g : 0));
            const Range range = range_of(rows_of(x, d), kernels, {}, 1, {});
            for (const double depth : range.depth) CHECK(depth == g);
        }
}

// Distances of rows to their own centers are q to the last bit; a row's length is right but for rounding.
template <class T>
void test_own_distances(const Kernels& kernels) {
    Random random(31);
    const std::size_t k = 5;
    for (const std::size_t d : {1, 2, 3, 4, 5, 8, 11, 64, 203})
        for (const std::size_t n : {0, 1, 3, 4, 8, 13, 32}) {
            counts.where = std::string(kernels.name) + " own distances of " + std::to_string(d) + " features";
            const std::vector<T> x = normals<T>(n * d, random, 3.0);
            const std::vector<double> centers = normals<double>(k * d, random, 3.0);
            std::vector<std::int32_t> labels(n);
            for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(k));
            std::vector<double> out(n + 1, -1.0);
            row_kernels<T>(kernels).own_distances(x.data(), n, d, centers.data(), labels.data(), out.data());
            CHECK(out[n] == -1.0);
            for (std::size_t r = 0; r < n; ++r) {
                const double* center = centers.data() + static_cast<std::size_t>(labels[r]) * d;
                CHECK(out[r] == q(x.data() + r * d, center, d));
                const Scaling scaling{center, 2.0, d};
                const double norm = static_cast<double>(row_kernels<T>(kernels).norm(scaling, &x[r * d]));
                CHECK(std::abs(norm - 4.0 * out[r]) <= 1e-7 * norm);
            }
        }
}

// A panel holds the centers as the filter sees them, feature by feature, and tells their lengths, their
// products with the middle, and how far each has gone since it was packed before.
inline void test_panels(const Kernels& kernels) {
    Random random(37);
    const std::size_t width = kernels.panel_width;
    for (const std::size_t d : {1, 3, 8, 9, 16, 30})
        for (const std::size_t filled : {std::size_t{1}, width / 2, width - 1, width}) {
            counts.where = std::string(kernels.name) + " panels of " + std::to_string(d) + " features";
            const std::vector<double> middle = normals<double>(d, random);
            std::vector<float> panel(width * d, 7.0F), was;
            for (const bool before : {false, true}) {
                const std::vector<double> centers = normals<double>(filled * d, random);
                std::vector<double> length_sq(width), along(width), way_sq(width);
                was = panel;
                kernels.pack_panel({middle.data(), 0.5, d}, centers.data(), filled, before, panel.data(),
                                   {length_sq.data(), along.data(), way_sq.data()});
                for (std::size_t e = 0; e < width; ++e) {
                    double length = 0.0, product = 0.0, way = 0.0;
                    for (std::size_t f = 0; f < d; ++f) {
                        const std::size_t at = f * width + e;
                        const float z =
                            e < filled ? static_cast<float>((centers[e * d + f] - middle[f]) * 0.5) : 7.0F;
                        CHECK(panel[at] == z);
                        if (e >= filled) continue;
                        length += static_cast<double>(z) * static_cast<double>(z);
                        product += static_cast<double>(z) * middle[f];
                        const double gone = static_cast<double>(z) - static_cast<double>(was[at]);
                        way += before ? gone * gone : 0.0;
                    }
                    CHECK(std::abs(length_sq[e] - length) <= 1e-13 * length);
                    CHECK(std::abs(along[e] - product) <= 1e-13 * static_cast<double>(d));
                    CHECK(std::abs(way_sq[e] - way) <= 1e-13 * way);
                }
            }
        }
}

// Rows are packed in groups, feature by feature, as the filter sees them: some of them, or all.
template <class T>
void test_packed_rows(const Kernels& kernels) {
    Random random(41);
    const std::size_t most = 140;
    for (const std::size_t d : {1, 2, 3, 4, 5, 8, 13, 16, 32})
        for (const std::size_t n : {1, 7, 8, 31, 32, 33, 50, 64, 65, 131}) {
            counts.where = std::string(kernels.name) + " packed rows of " + std::to_string(d) + " features";
            const std::vector<T> x = normals<T>(most * d, random);
            const std::vector<double> middle = normals<double>(d, random);
            std::vector<std::uint32_t> which(n);
            for (std::uint32_t& row : which) row = static_cast<std::uint32_t>(random.below(most));
            for (const bool listed : {false, true}) {
                const std::uint32_t* rows = listed ? which.data() : nullptr;
                std::vector<float> out((n + kGroup - 1) / kGroup * kGroup * d);
                row_kernels<T>(kernels).pack_rows({middle.data(), 0.5, d}, x.data(), rows, n, out.data());
                for (std::size_t e = 0; e < n; ++e)
                    for (std::size_t f = 0; f < d; ++f) {
                        const auto value = static_cast<double>(x[(rows ? rows[e] : e) * d + f]);
                        CHECK(out[e / kGroup * kGroup * d + f * kGroup + e % kGroup] ==
                              static_cast<float>((value - middle[f]) * 0.5));
                    }
            }
        }
}

// Rows are listed where their limit is not above their label's drift, whether registers hold this or not.
inline void test_used_up(const Kernels& kernels) {
    Random random(43);
    for (const std::size_t k : {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200})
        for (const std::size_t n : {1, 7, 16, 17, 100}) {
            counts.where = std::string(kernels.name) + " used up, of " + std::to_string(k) + " clusters";
            const std::vector<float> drift = normals<float>(k, random);
            std::vector<float> limits = normals<float>(n, random);
            std::vector<std::int32_t> labels(n);
            std::vector<std::uint32_t> expected, rows(n);
            for (std::size_t i = 0; i < n; ++i) {
                labels[i] = static_cast<std::int32_t>(random.below(k));
                const float drifted = drift[static_cast<std::size_t>(labels[i])];
                if (i % 5 == 0) limits[i] = drifted;
                if (!(limits[i] > drifted)) expected.push_back(static_cast<std::uint32_t>(i));
            }
            rows.resize(kernels.used_up(limits.data(), labels.data(), drift.data(), k, n, rows.data()));
            CHECK(rows == expected);
        }
}

}  // namespace globular::tests
