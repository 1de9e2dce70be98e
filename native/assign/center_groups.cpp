#include "center_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace globular {

CenterGroups::CenterGroups(const PackedCenters& packed, std::size_t n, std::size_t per_chunk)
    : order_(packed.exact.n), place_of_(packed.exact.n), per_chunk_(per_chunk), width_(packed.width) {
    const std::size_t k = packed.exact.n, d = packed.exact.d;
    std::iota(order_.begin(), order_.end(), 0);
    const std::size_t most_groups = std::max<std::size_t>(d, 2);  // bounds no larger than the rows
    const std::size_t panels = (packed.n_panels + most_groups - 1) / most_groups;
    per_group_ = panels * width_;
    halve(packed, order_.data(), k);
    for (std::size_t p = 0; p < k; ++p) 
        place_of_[static_cast<std::size_t>(order_[p])] = static_cast<std::int32_t>(p);
    const std::size_t groups = (k + per_group_ - 1) / per_group_;
    drift_.assign(groups, 0.0);
    up_.assign(groups, 0.0F);
    panels_ = Aligned<float>(packed.n_panels * width_ * (d + 1));
    rows_ = Aligned<float>(k * (d + 1));
    limits_ = Aligned<float>((n + per_chunk - 1) / per_chunk * per_chunk * groups);
    std::fill_n(limits_.data(), limits_.size(), 0.0F);
}

// Puts those that lie toward one end before those that lie toward the other, in two halves of whole groups; and
// so on in these. The ends are the center farthest from the middle, and the one farthest from that.
void CenterGroups::halve(const PackedCenters& packed, std::int32_t* centers, std::size_t n) const {
    if (n <= per_group_) return;
    const std::size_t d = packed.exact.d;
    std::vector<double> middle(d);
    std::vector<float> from(d), way(d);
    const auto at = [&](std::int32_t j, std::size_t f) { return packed.scaled(static_cast<std::size_t>(j), f); };
    for (std::size_t e = 0; e < n; ++e)
        for (std::size_t f = 0; f < d; ++f) middle[f] += at(centers[e], f) / static_cast<double>(n);
    std::transform(middle.begin(), middle.end(), from.begin(), [](double m) { return static_cast<float>(m); });
    const auto go_to_the_farthest = [&] {
        double most = -1.0;
        std::int32_t found = centers[0];
        for (std::size_t e = 0; e < n; ++e) {
            double sum = 0.0;
            for (std::size_t f = 0; f < d; ++f) {
                const double t = at(centers[e], f) - from[f];
                sum += t * t;
            }
            if (sum > most) {
                most = sum;
                found = centers[e];
            }
        }
        for (std::size_t f = 0; f < d; ++f) {
            const float there = at(found, f);
            way[f] = there - from[f];
            from[f] = there;
        }
    };
    go_to_the_farthest();
    go_to_the_farthest();
    std::vector<std::pair<double, std::int32_t>> along(n);
    for (std::size_t e = 0; e < n; ++e) {
        double sum = 0.0;
        for (std::size_t f = 0; f < d; ++f) sum += static_cast<double>(at(centers[e], f)) * way[f];
        along[e] = {sum, centers[e]};
    }
    const std::size_t groups = (n + per_group_ - 1) / per_group_, half = (groups + 1) / 2 * per_group_;
    std::nth_element(along.begin(), along.begin() + static_cast<std::ptrdiff_t>(half), along.end());
    for (std::size_t e = 0; e < n; ++e) centers[e] = along[e].second;
    halve(packed, centers, half);
    halve(packed, centers + half, n - half);
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
    pack(packed);
}

// Copies the step's centers into panels in the groups' order, and into rows.
void CenterGroups::pack(const PackedCenters& packed) {
    const std::size_t k = order_.size(), d = packed.exact.d, panel = width_ * (d + 1);
    for (std::size_t p = 0; p < packed.n_panels * width_; ++p) {
        float* to = panels_.data() + p / width_ * panel + p % width_;
        if (p >= k) {  // what fills up a panel is what filled up the last one
            const float* fill = packed.panels.data() + packed.n_panels * panel - 1;
            for (std::size_t f = 0; f <= d; ++f) to[f * width_] = f < d ? 0.0F : *fill;
            continue;
        }
        const auto j = static_cast<std::size_t>(order_[p]);
        const float* from = packed.panels.data() + j / width_ * panel + j % width_;
        float* row = rows_.data() + j * (d + 1);
        for (std::size_t f = 0; f <= d; ++f) to[f * width_] = row[f] = from[f * width_];
    }
}

void CenterGroups::forget(std::size_t row) {
    for (std::size_t g = 0; g < count(); ++g) limits(row / per_chunk_, g)[row % per_chunk_] = 0.0F;
}

GroupPass CenterGroups::pass(std::size_t group) const {
    GroupPass of_group{pass_, group * per_group_, drift(group)};
    const std::size_t panels = (size(group) + width_ - 1) / width_;
    of_group.pass.centers = panels_.data() + of_group.first * (pass_.d + 1);
    of_group.pass.n_blocks = panels;
    of_group.pass.n_last = size(group) - (panels - 1) * width_;
    return of_group;
}

}  // namespace globular
