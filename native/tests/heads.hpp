// Heads never tell a distance too long, whatever is rounded; and where rows lie along few axes, hardly too
// short.
#pragma once

#include <numeric>

#include "../assign/heads.hpp"
#include "../level/dispatch.hpp"
#include "check.hpp"
#include "labels.hpp"

namespace globular::tests {

// How much the bounds to the groups of centers come to, in proportion to the distances: the mean over rows
// and groups. None is more than its distance.
template <class T>
double check_heads(const Kernels& kernels, Rows<T> rows, Rows<double> centers) {
    const std::size_t n = rows.n, d = rows.d, padded = Filter<T>::padded(n);
    const Frame frame = frame_for(rows);
    const Filter<T> filter(rows, frame.range(), kernels);
    PackedCenters packed;
    filter.pack(centers, 1, Wanted::gaps, packed);
    Aligned<float> sample(n * d), room(filter.packed_floats(n)), norms(padded);
    for (std::size_t i = 0; i < n; ++i) filter.moved(i, sample.data() + i * d);
    Heads heads(sample, d, kernels);
    if (filter.in_place()) heads.measure_from(filter.middle());
    CenterGroups groups(packed, kernels.group_width, n, padded, d);
    groups.follow(packed, 0.0);
    heads.follow(packed, filter.wider(packed, heads.off()));
    heads.pack(groups);
    Aligned<float> row_heads(padded * heads.width());
    heads.of_rows(filter.ready(packed, 0, n, false, room.data(), norms.data()), norms.data(), n,
                  row_heads.data());

    const std::vector<std::int32_t> own(n, kNowhereYet);
    std::vector<std::uint32_t> which(n);
    std::iota(which.begin(), which.end(), 0U);
    double length_sq = 0.0;  // of the longest center, unscaled
    const auto longest = static_cast<std::size_t>(
        std::max_element(packed.lengths.begin(), packed.lengths.end()) - packed.lengths.begin());
    for (std::size_t f = 0; f < d; ++f) length_sq += std::pow(centers[longest][f] - filter.middle()[f], 2.0);
    const double scale = std::exp2(std::round(std::log2(packed.lengths[longest] / std::sqrt(length_sq))));
    double share = 0.0;
    for (std::size_t g = 0; g < groups.count(); ++g) {
        float* limits = groups.limits(0, g);
        kernels.look_at_group(heads.pass(groups, g), row_heads.data(), norms.data(), own.data(), which.data(),
                              n, limits, nullptr);
        for (std::size_t i = 0; i < n; ++i) {
            double least = HUGE_VAL;
            for (std::size_t j = 0; j < centers.n; ++j)
                if (groups.group_of(static_cast<std::int32_t>(j)) == g)
                    least = std::min(least, q(rows[i], centers[j], d));
            const double distance = scale * std::sqrt(least);
            const auto found = static_cast<double>(limits[i] - groups.drift(g));
            CHECK(found <= distance);
            share += distance > 0.0 ? found / distance : 1.0;
        }
    }
    return share / static_cast<double>(n * groups.count());
}

// Rows that grow shorter by `decay` from axis to axis, which lie anywhere.
template <class T>
std::vector<T> along_axes(std::size_t n, std::size_t d, double decay, double scale, double shift,
                          Random& random) {
    std::vector<T> x(n * d);
    const std::vector<double> mirror = normals<double>(d, random);
    const double norm = std::inner_product(mirror.begin(), mirror.end(), mirror.begin(), 0.0);
    std::vector<double> row(d);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t f = 0; f < d; ++f)
            row[f] = random.normal() * std::pow(static_cast<double>(f + 1), -decay);
        const double along = std::inner_product(mirror.begin(), mirror.end(), row.begin(), 0.0);
        for (std::size_t f = 0; f < d; ++f)
            x[i * d + f] = static_cast<T>(scale * (row[f] - 2.0 * along / norm * mirror[f] + shift));
    }
    return x;
}

template <class T>
void test_heads(const Kernels& kernels) {
    Random random(41);
    const auto of = [&](const char* what, const std::vector<T>& x, std::size_t d, double least) {
        counts.where = std::string(kernels.name) + " heads of rows " + what + ", d " + std::to_string(d);
        const Rows<T> rows = rows_of(x, d);
        std::vector<double> centers(70 * d);
        for (std::size_t j = 0; j < 70; ++j)
            for (std::size_t f = 0; f < d; ++f)  // between rows
                centers[j * d + f] = 0.5 * (static_cast<double>(rows[random.below(rows.n)][f]) +
                                            static_cast<double>(rows[j % rows.n][f]));
        CHECK(check_heads(kernels, rows, rows_of(centers, d)) >= least);
    };
    for (const std::size_t d : {33, 70, 300, 1100}) {
        const std::size_t n = 90;
        of("along few axes", along_axes<T>(n, d, 2.0, 1.0, 0.0, random), d, 0.95);
        of("along axes", along_axes<T>(n, d, 1.0, 1.0, 0.0, random), d, 0.8);
        of("not far from zero", along_axes<T>(n, d, 1.0, 1.0, 0.05, random), d, 0.8);
        of("far away", along_axes<T>(n, d, 1.0, 1.0, 1e4, random), d, 0.0);
        of("that are small", along_axes<T>(n, d, 1.0, 1e-15, 0.0, random), d, 0.8);
        of("that are large", along_axes<T>(n, d, 1.0, 1e15, 0.0, random), d, 0.8);
        of("everywhere", along_axes<T>(n, d, 0.0, 1.0, 0.0, random), d, 0.05);
        of("on a line", along_axes<T>(n, d, 60.0, 1.0, 0.0, random), d, 0.8);
        of("on a grid", grid_points<T>(n * d, random), d, 0.05);
        std::vector<T> x = along_axes<T>(n, d, 1.0, 1.0, 0.0, random);
        std::fill(x.begin() + static_cast<std::ptrdiff_t>(d), x.end() - static_cast<std::ptrdiff_t>(d),
                  T(0.5));
        of("most of which are equal", x, d, 0.0);
    }
}

}  // namespace globular::tests
