#include "center_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace globular {

namespace {

// The sum of a term over the features: sixteen side by side, for one sum alone waits for each addition.
template <class Term>
float sum_over(std::size_t d, Term term) {
    constexpr std::size_t kSums = 16;
    float sums[kSums] = {};
    std::size_t f = 0;
    for (; f + kSums <= d; f += kSums)
        for (std::size_t i = 0; i < kSums; ++i) sums[i] += term(f + i);
    for (; f < d; ++f) sums[0] += term(f);
    return std::accumulate(sums, sums + kSums, 0.0F);
}

}  // namespace

CenterGroups::CenterGroups(const PackedCenters& packed, std::size_t width, std::size_t n,
                           std::size_t per_chunk, std::size_t floats_a_row)
    : order_(packed.exact.n), place_of_(packed.exact.n), per_chunk_(per_chunk), width_(width) {
    const std::size_t k = packed.exact.n, d = packed.exact.d, panels = (k + width - 1) / width;
    const std::size_t most_groups = std::max<std::size_t>(floats_a_row, 2);
    per_group_ = (panels + most_groups - 1) / most_groups * width;
    rows_ = Aligned<float>(k * (d + 1));
    const std::size_t groups = (k + per_group_ - 1) / per_group_;
    drift_.assign(groups, 0.0);
    up_.assign(groups, 0.0F);
    limits_ = Aligned<float>((n + per_chunk - 1) / per_chunk * per_chunk * groups);
    std::fill_n(limits_.data(), limits_.size(), 0.0F);
    copy_rows(packed);
    std::iota(order_.begin(), order_.end(), 0);
    halve(order_.data(), k, d);
    for (std::size_t p = 0; p < k; ++p)
        place_of_[static_cast<std::size_t>(order_[p])] = static_cast<std::int32_t>(p);
}

// Puts those that lie toward one end before those that lie toward the other, in two halves of whole groups;
// and so on in these. The ends are the center farthest from the middle, and the one farthest from that.
void CenterGroups::halve(std::int32_t* centers, std::size_t n, std::size_t d) const {
    if (n <= per_group_) return;
    const auto at = [&](std::size_t e) {
        return rows_.data() + static_cast<std::size_t>(centers[e]) * (d + 1);
    };
    std::vector<float> end(d), way(d);
    const float share = 1.0F / static_cast<float>(n);
    for (std::size_t e = 0; e < n; ++e) {
        const float* row = at(e);
        for (std::size_t f = 0; f < d; ++f) end[f] += row[f] * share;
    }
    for (int times = 0; times < 2; ++times) {
        std::size_t farthest = 0;
        float most = -1.0F;
        for (std::size_t e = 0; e < n; ++e) {
            const float *row = at(e), *from = end.data();
            const float sum =
                sum_over(d, [=](std::size_t f) { return (row[f] - from[f]) * (row[f] - from[f]); });
            farthest = sum > most ? e : farthest;
            most = std::max(most, sum);
        }
        for (std::size_t f = 0; f < d; ++f) {
            way[f] = at(farthest)[f] - end[f];
            end[f] = at(farthest)[f];
        }
    }
    std::vector<std::pair<float, std::int32_t>> along(n);
    for (std::size_t e = 0; e < n; ++e) {
        const float *row = at(e), *to = way.data();
        along[e] = {sum_over(d, [=](std::size_t f) { return row[f] * to[f]; }), centers[e]};
    }
    const std::size_t groups = (n + per_group_ - 1) / per_group_, half = (groups + 1) / 2 * per_group_;
    std::nth_element(along.begin(), along.begin() + static_cast<std::ptrdiff_t>(half), along.end());
    for (std::size_t e = 0; e < n; ++e) centers[e] = along[e].second;
    halve(centers, half, d);
    halve(centers + half, n - half, d);
}

void CenterGroups::follow(const PackedCenters& packed, double rounding) {
    std::vector<double> longest(count(), 0.0);
    for (std::size_t p = 0; p < order_.size(); ++p)
        longest[p / per_group_] =
            std::max(longest[p / per_group_], packed.ways[static_cast<std::size_t>(order_[p])]);
    for (std::size_t g = 0; g < count(); ++g) {
        drift_[g] += longest[g] * (1.0 + 1e-9) + rounding;
        up_[g] = std::nextafter(static_cast<float>(drift_[g]), std::numeric_limits<float>::infinity());
    }
    pass_ = packed.pass;
    copy_rows(packed);
    pack(rows_.data(), pass_.d, panels_);
}

void CenterGroups::copy_rows(const PackedCenters& packed) {
    const std::size_t k = order_.size(), d = packed.exact.d, width = packed.width;
    for (std::size_t j = 0; j < k; ++j) {
        const float* from = packed.panels.data() + j / width * width * (d + 1) + j % width;
        float* row = rows_.data() + j * (d + 1);
        for (std::size_t f = 0; f <= d; ++f) row[f] = from[f * width];
    }
}

// No center is nearer than what fills up the last panel.
void CenterGroups::pack(const float* rows, std::size_t d, Aligned<float>& panels) const {
    const std::size_t k = order_.size(), panel = width_ * (d + 1), n_panels = (k + width_ - 1) / width_;
    if (panels.size() != n_panels * panel) panels = Aligned<float>(n_panels * panel);
    const auto place = [&](std::size_t p) { return panels.data() + p / width_ * panel + p % width_; };
    for (std::size_t p = 0; p < k; ++p) {
        const float* row = rows + static_cast<std::size_t>(order_[p]) * (d + 1);
        for (std::size_t f = 0; f <= d; ++f) place(p)[f * width_] = row[f];
    }
    for (std::size_t p = k; p < n_panels * width_; ++p) {
        for (std::size_t f = 0; f < d; ++f) place(p)[f * width_] = 0.0F;
        place(p)[d * width_] = kNever;
    }
}

void CenterGroups::forget(std::size_t row) {
    for (std::size_t g = 0; g < count(); ++g) limits(row / per_chunk_, g)[row % per_chunk_] = 0.0F;
}

GroupPass CenterGroups::pass(std::size_t group, const Pass& of_all, const Aligned<float>& panels) const {
    GroupPass of_group{of_all, group * per_group_, drift(group)};
    const std::size_t n_panels = (size(group) + width_ - 1) / width_;
    of_group.pass.centers = panels.data() + of_group.first * (of_all.d + 1);
    of_group.pass.n_blocks = n_panels;
    of_group.pass.n_last = size(group) - (n_panels - 1) * width_;
    return of_group;
}

}  // namespace globular
