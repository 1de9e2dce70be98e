// How the filter packs centers, and by how much what the kernels find may be off.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "../team.hpp"
#include "filter.hpp"
#include "rounding.hpp"

namespace globular {

namespace {

float bits_of(std::size_t index) { return std::bit_cast<float>(static_cast<std::int32_t>(index)); }

}  // namespace

// Packs panel number b, in the place of the one `before` it if there is one.
template <class T>
void Filter<T>::pack_panel(std::size_t b, bool before, PackedCenters& out) const {
    const std::size_t d = rows_.d, width = out.width, first_center = b * width;
    const std::size_t filled = std::min(width, out.exact.n - first_center);
    float* panel = out.panels.data() + b * width * (d + 1);
    std::vector<double> length_sq(width), along(width), way_sq(width);
    if (filled < width && !before) std::fill_n(panel, width * (d + 1), 0.0F);
    kernels_->pack_panel(scaling(), out.exact[first_center], filled, before, panel,
                         {length_sq.data(), along.data(), way_sq.data()});
    for (std::size_t e = 0; e < width; ++e) {
        const double value = length_sq[e] + (in_place_ ? 2.0 * along[e] : 0.0);
        panel[d * width + e] = e < filled ? static_cast<float>(value) : kNever;
    }
    for (std::size_t e = 0; e < filled; ++e) {
        double &length = out.lengths[first_center + e], &way = out.ways[first_center + e];
        const double was = std::exchange(length, std::sqrt(length_sq[e]));
        // Both copies are off by u of a length; and float32 may have lost them altogether.
        way = before ? std::sqrt(way_sq[e]) + kSafety * kU * (length + was) + kFloor : 0.0;
        if (!(way < kFarthest)) way = std::numeric_limits<double>::infinity();
    }
}

template <class T>
void Filter<T>::pack(Rows<double> centers, std::size_t n_threads, Wanted wanted, PackedCenters& out) const {
    const std::size_t d = rows_.d, k = centers.n, width = kernels_->panel_width;
    const bool before = out.lengths.size() == k;
    out.exact = centers;
    out.width = width;
    out.n_panels = (k + width - 1) / width;
    if (!before) {
        out.panels = Aligned<float>(out.n_panels * width * (d + 1));
        out.ways.resize(k);
        out.lengths.assign(k, 0.0);
    }
    n_threads = worthwhile_threads(n_threads, 1.2 * static_cast<double>(k * d));
    for_chunks(n_threads, out.n_panels, {}, [&](std::size_t b, std::size_t) { pack_panel(b, before, out); });
    out.reach = *std::max_element(out.lengths.begin(), out.lengths.end());
    out.useless = useless_ || !(out.reach < kFarthest);
    if (points_in_lanes()) return pack_broadcast(wanted, out);
    out.nearest = kernels_->tile;
    out.relabel = nullptr;
    out.pass = margins(out.n_panels * width / kernels_->lanes, out);
    out.pass.centers = out.panels.data();
    out.pass.n_blocks = out.n_panels;
    out.pass.n_last = k - (out.n_panels - 1) * width;
    out.pass.signs_only = wanted == Wanted::labels;
}

// Whether the margin without norms is so much less than the centers' ways from each other that it leaves
// hardly a row in doubt; and these are so few that it pays to ask.
template <class T>
bool Filter<T>::far_apart(const PackedCenters& centers, const Pass& pass) const {
    constexpr double kEnough = 64.0;
    constexpr std::size_t kMost = 64, kRowsACenter = 128;
    const std::size_t k = centers.exact.n, d = rows_.d;
    if (centers.useless || k > kMost || k * kRowsACenter > rows_.n) return false;
    const double enough = kEnough * (static_cast<double>(pass.floor) + pass.spread * typical_ * typical_);
    for (std::size_t j = 1; j < k; ++j)
        for (std::size_t i = 0; i < j; ++i) {
            double way_sq = 0.0;
            for (std::size_t f = 0; f < d; ++f) {
                const double way = (centers.exact[i][f] - centers.exact[j][f]) * scale_;
                way_sq += way * way;
            }
            if (way_sq <= enough) return false;
        }
    return true;
}

// The layout for points in lanes, from the panels.
template <class T>
void Filter<T>::pack_broadcast(Wanted wanted, PackedCenters& out) const {
    const std::size_t d = rows_.d, k = out.exact.n, width = out.width;
    if (wanted == Wanted::listed) return pack_listed(out);
    const Pass without_norms = margins_without_norms(out);
    const bool linear = few_features() && wanted == Wanted::labels && far_apart(out, without_norms);
    const bool direct = few_features() && !linear;
    const std::size_t block = at_once();
    const std::size_t n_blocks = (k + block - 1) / block, floats = direct ? d + 1 : (d + 2) * block;
    if (out.broadcast.size() != n_blocks * floats) out.broadcast = Aligned<float>(n_blocks * floats);
    for (std::size_t j = 0; j < n_blocks * block; ++j) {
        float* to = out.broadcast.data() + j / block * floats + j % block;
        const float* panel = out.panels.data() + j / width * width * (d + 1) + j % width;
        for (std::size_t f = 0; f < d; ++f) {
            const float z = j < k ? panel[f * width] : 0.0F;
            to[f * block] = direct ? z : -2.0F * z;
        }
        if (!direct) to[d * block] = j < k ? panel[d * width] : kNever;
        to[(direct ? d : d + 1) * block] = bits_of(j);
    }
    out.nearest = linear ? kernels_->linear[d - 1] : direct ? kernels_->direct[d - 1] : kernels_->dots;
    out.relabel = linear ? kernels_->relabel[d - 1] : nullptr;
    out.pass = linear ? without_norms : margins(n_blocks * block, out);
    out.pass.signs_only = wanted == Wanted::labels;
    out.pass.centers = out.broadcast.data();
    out.pass.n_blocks = n_blocks;
}

// One center behind the other, and at the end one that is far away, to fill up blocks with.
template <class T>
void Filter<T>::pack_listed(PackedCenters& out) const {
    const std::size_t d = rows_.d, k = out.exact.n, floats = few_features() ? d + 1 : d + 2;
    if (out.broadcast.size() != (k + 1) * floats) out.broadcast = Aligned<float>((k + 1) * floats);
    const float factor = few_features() ? 1.0F : -2.0F;
    for (std::size_t j = 0; j <= k; ++j) {
        float* to = out.broadcast.data() + j * floats;
        for (std::size_t f = 0; f < d; ++f) to[f] = j < k ? factor * out.scaled(j, f) : 0.0F;
        if (!few_features()) to[d] = j < k ? out.panel_norm(j) : kNever;
        to[floats - 1] = bits_of(j);
    }
    out.nearest = kernels_->listed[d - 1];
    out.relabel = nullptr;
    out.pass = margins(k + 1, out);
    out.pass.signs_only = true;
    out.pass.centers = out.broadcast.data();
}

template <class T>
Pass Filter<T>::among(const PackedCenters& centers, std::int32_t* which, std::size_t count) const {
    const std::size_t n_blocks = (count + at_once() - 1) / at_once();
    std::fill(which + count, which + n_blocks * at_once(), static_cast<std::int32_t>(centers.exact.n));
    Pass pass = centers.pass;
    pass.which = which;
    pass.n_blocks = n_blocks;
    return pass;
}

// Two values are compared, each off by (d + 2) u of the products and their sums, by what the index takes,
// and by the copies' a, which moves the difference of two squares by at most 2 a (|x - c1| + |x - c2|).
template <class T>
Pass Filter<T>::margins_without_norms(const PackedCenters& centers) const {
    Pass pass{};
    pass.d = rows_.d;
    pass.index_bits = static_cast<std::int32_t>(std::bit_width(centers.exact.n - 1));
    const double d = static_cast<double>(rows_.d), lost = std::ldexp(1.0, pass.index_bits - 23);
    const double off = (d + 2.0) * kU + lost;  // of |y|^2 + 2 |z|^2, in one value
    pass.spread = static_cast<float>(kSafety * (2.0 * off + 8.0 * kU));
    const double reach = std::min(centers.reach, kFarthest);
    pass.floor = static_cast<float>(kFloor + kSafety * (4.0 * off + 8.0 * kU) * reach * reach);
    return pass;
}

// See the head of filter.hpp. `n_indices`: how many indices must fit the low bits of a distance.
template <class T>
Pass Filter<T>::margins(std::size_t n_indices, const PackedCenters& centers) const {
    const double d = static_cast<double>(rows_.d), reach = centers.reach;
    Pass pass{};
    pass.d = rows_.d;
    pass.index_bits = static_cast<std::int32_t>(std::bit_width(n_indices - 1));
    const double lost = std::ldexp(1.0, pass.index_bits - 23);
    double floor = kFloor;
    if (few_features()) {
        // A distance is sqrt(v) (1 +- rho) +- a, rho = ((d + 5) u + lost) / 2 and
        // a <= u (sqrt(v2) + 2 |z|). As v1 <= v2, err = s v2 moves either root by at least
        // s sqrt(v2) / 2: s = 2 (rho + u) covers them, and 10 u more the arithmetic of the gap.
        pass.slope = static_cast<float>(kSafety * ((d + 5.0) * kU + lost + 12.0 * kU));
        pass.root = static_cast<float>(kSafety * 4.0 * kU * reach);
    } else if (points_in_lanes()) {
        // Of d + 1 roundings each is u in relation to a partial sum of at most |y|^2 + |z|^2 + v, and
        // the norms are off by a few u: 3 (d + 6) u (|y|^2 + |z|^2) with what the copy adds.
        pass.slope = static_cast<float>(kSafety * (lost + (d + 8.0) * kU));
        pass.spread = static_cast<float>(kSafety * 3.0 * (d + 6.0) * kU);
        floor += pass.spread * reach * reach;
    } else {
        // Centers in lanes sum products in runs, and then the runs: R u |x||z|, twice.
        // Nothing else is in these sums; |x| <= |y| + |m|, and 2 |y||z| <= s |y|^2 + |z|^2 / s for any s.
        // A norm is off by 3 u from that of the copy and rounded once more, what is added for a center
        // is rounded twice, and the copies' a makes 4 u (|y|^2 + |z|^2).
        const double sums = roundings_of_runs(rows_.d), s = balance(reach);
        pass.slope = static_cast<float>(kSafety * (lost + 8.0 * kU));
        pass.spread = static_cast<float>(kSafety * (10.0 + sums * s) * kU);
        floor += kSafety * kU * reach * ((8.0 + sums / s) * reach + (8.0 + 2.0 * sums) * offset_);
    }
    pass.floor = centers.useless ? std::numeric_limits<float>::infinity() : static_cast<float>(floor);
    return pass;
}

// The s by which 2 |y||z| <= s |y|^2 + |z|^2 / s gives away little.
template <class T>
double Filter<T>::balance(double reach) const {
    return typical_ > 0.0 ? std::clamp(reach / typical_, 0x1p-10, 0x1p10) : 1.0;
}

template <class T>
Pass Filter<T>::wider(const PackedCenters& centers, double off) const {
    const double reach = centers.reach, s = balance(reach);
    Pass pass = centers.pass;
    pass.spread += static_cast<float>(kSafety * off * s);
    pass.floor += static_cast<float>(kSafety * off * reach * (reach / s + 2.0 * offset_));
    return pass;
}

#define GLOBULAR_INSTANTIATE(T)                                                             \
    template void Filter<T>::pack(Rows<double>, std::size_t, Wanted, PackedCenters&) const; \
    template Pass Filter<T>::among(const PackedCenters&, std::int32_t*, std::size_t) const; \
    template Pass Filter<T>::wider(const PackedCenters&, double) const;
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
