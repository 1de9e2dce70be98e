// Rows along a Hilbert curve: each cell once, and each next to the one before.
#pragma once

#include <algorithm>
#include <vector>

#include "../assign/hilbert.hpp"
#include "sums.hpp"

namespace globular::tests {

inline void test_curve(const Kernels& kernels) {
    for (const std::size_t d : {1, 2, 3, 4, 5, 6, 7, 8}) {
        const std::size_t bits = d == 1 ? 10 : 12 / d, n = std::size_t{1} << bits * d,
                          side = std::size_t{1} << bits;
        counts.where = std::string(kernels.name) + " curve, d " + std::to_string(d);
        std::vector<std::size_t> cell_at(n, n);
        const auto coordinate = [=](std::size_t cell, std::size_t f) {
            return cell >> f * bits & (side - 1);
        };
        for (std::size_t first = 0; first < n; first += kGroup) {
            std::uint32_t cells[kMaxBoxD * kGroup] = {}, places[kGroup];
            for (std::size_t r = 0; r < kGroup; ++r)
                for (std::size_t f = 0; f < d; ++f)
                    cells[f * kGroup + r] = static_cast<std::uint32_t>(coordinate(first + r, f));
            kernels.curve[d - 1](cells, bits, places);
            for (std::size_t r = 0; r < kGroup && first + r < n; ++r)
                if (places[r] < n) cell_at[places[r]] = first + r;
        }
        std::size_t steps = 0;
        bool each_once = cell_at[0] < n;
        for (std::size_t p = 1; p < n && each_once; ++p) {
            each_once = cell_at[p] < n;
            for (std::size_t f = 0; f < d && each_once; ++f) {
                const std::size_t a = coordinate(cell_at[p - 1], f), b = coordinate(cell_at[p], f);
                steps += a > b ? a - b : b - a;
            }
        }
        CHECK(each_once);
        CHECK(steps == n - 1);
    }
}

template <class T>
void check_sorted(const Kernels& kernels, const std::vector<T>& x, std::size_t d) {
    const Rows<T> rows = rows_of(x, d);
    std::vector<std::uint32_t> alone(rows.n), together(rows.n), sorted;
    CHECK(sort_along_curve(rows, kernels, 1, {}, alone.data()));
    CHECK(sort_along_curve(rows, kernels, 3, {}, together.data()));
    CHECK(alone == together);
    sorted = alone;
    std::sort(sorted.begin(), sorted.end());
    bool each_once = true;
    for (std::size_t i = 0; i < rows.n; ++i) each_once &= sorted[i] == i;
    CHECK(each_once);
}

// Rows of one cell stand together, and no other is between them: in places of 2, 16 and 25 bits, which are
// sorted by two digits, twice, and by three. A row's features are the digits of its kind.
inline void test_one_cell(const Kernels& kernels) {
    struct Shape {
        std::size_t n, d, levels;
    };
    Random random(41);
    for (const auto& [n, d, levels] : {Shape{3, 1, 2}, Shape{6000, 4, 4}, Shape{1 << 20, 5, 4}}) {
        counts.where = std::string(kernels.name) + " one cell, d " + std::to_string(d);
        std::size_t n_kinds = 1;
        for (std::size_t f = 0; f < d; ++f) n_kinds *= levels;
        std::vector<std::size_t> kinds(n);
        std::vector<float> x(n * d);
        for (std::size_t i = 0; i < n; ++i) {
            std::size_t left = kinds[i] = random.below(n_kinds);
            for (std::size_t f = 0; f < d; ++f, left /= levels)
                x[i * d + f] = static_cast<float>(left % levels);
        }
        std::vector<std::uint32_t> order(n);
        CHECK(sort_along_curve(rows_of(x, d), kernels, 2, {}, order.data()));
        std::vector<char> seen(n_kinds);
        bool together = true;
        for (std::size_t p = 0; p < n; ++p) {
            const std::size_t kind = kinds[order[p]];
            together &= !seen[kind] || kinds[order[p - 1]] == kind;
            seen[kind] = 1;
        }
        CHECK(together);
    }
}

template <class T>
void test_sorted(const Kernels& kernels) {
    Random random(37);
    for (const std::size_t d : {1, 2, 5, 8})
        for (const std::size_t n : {1, 31, 33, 2000}) {
            counts.where = std::string(kernels.name) + " sorted, d " + std::to_string(d);
            check_sorted(kernels, normals<T>(n * d, random), d);
            check_sorted(kernels, std::vector<T>(n * d, T(3)), d);
            std::vector<T> far = normals<T>(n * d, random);
            far[0] = std::numeric_limits<T>::max();
            far[n * d - 1] = std::numeric_limits<T>::lowest();
            check_sorted(kernels, far, d);
        }
}

}  // namespace globular::tests
