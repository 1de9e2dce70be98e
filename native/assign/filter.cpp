#include "filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "../distance.hpp"
#include "../team.hpp"

namespace globular {

namespace {

constexpr double kU = 0x1p-24;
constexpr double kSafety = 1.02;     // covers second-order terms and the margins' own rounding
constexpr double kFloor = 0x1p-100;  // far above what float32 loses to underflow
constexpr float kNever = 3e38F;      // squared length of the centers that fill up a block
constexpr double kFarthest = 1e18;   // centers beyond could reach kNever, or overflow

// The median of a few rows per feature: near most of the data whatever the rest does.
template <class T>
std::vector<double> middle_of(Rows<T> rows) {
    const std::size_t count = std::min<std::size_t>(rows.n, 127);
    std::vector<double> middle(rows.d), sample(count);
    for (std::size_t f = 0; f < rows.d; ++f) {
        for (std::size_t s = 0; s < count; ++s) sample[s] = static_cast<double>(rows[s * rows.n / count][f]);
        std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(count / 2),
                         sample.end());
        middle[f] = sample[count / 2];
    }
    return middle;
}

float bits_of(std::size_t index) { return std::bit_cast<float>(static_cast<std::int32_t>(index)); }

}  // namespace

std::size_t rows_per_chunk(std::size_t n, std::size_t k, std::size_t d) {
    constexpr std::size_t kRun = 192;  // a multiple of kGroup and of the kernels' runs
    constexpr std::size_t kProducts = std::size_t{1} << 21, kMostRuns = 32;
    const std::size_t runs = std::clamp<std::size_t>(kProducts / (kRun * k * d), 1, kMostRuns);
    return kRun * std::clamp<std::size_t>(n / (kRun * 8), 1, runs);
}

double labelling_ns(std::size_t n, std::size_t k, std::size_t d) {
    constexpr double kPerProduct = 0.03, kPerRow = 2.0;
    return static_cast<double>(n) * (kPerRow + kPerProduct * static_cast<double>(k * (d + 2)));
}

template <class T>
Filter<T>::Filter(Rows<T> rows, const Range& range, const Kernels& kernels)
    : rows_(rows), kernels_(&kernels), middle_(middle_of(rows)) {
    double largest = 0.0;
    for (std::size_t f = 0; f < rows.d; ++f)
        largest = std::max(
            {largest, std::abs(range.lowest[f] - middle_[f]), std::abs(range.highest[f] - middle_[f])});
    int e = 0;
    std::frexp(largest, &e);
    useless_ = largest > 0.0 && (e < -400 || e > 500);
    scale_ = useless_ || largest == 0.0 ? 1.0 : std::ldexp(1.0, 1 - e);
}

template <class T>
template <std::size_t D>
void Filter<T>::pack_group(std::size_t first, float* group) const {
    for (std::size_t f = 0; f < D; ++f) {
        const T* x = rows_[first] + f;
        for (std::size_t r = 0; r < kGroup; ++r)
            group[f * kGroup + r] = scaled(static_cast<double>(x[r * D]), f);
    }
}

template <class T>
void Filter<T>::pack(std::size_t first, std::size_t n, float* points, float* norms) const {
    const std::size_t d = rows_.d;
    for (std::size_t g = 0; g < n; g += kGroup) {
        float* group = points + g * stride();
        const std::size_t filled = std::min(kGroup, n - g);
        if (filled == kGroup && by_differences()) {  // the common small d at full speed
            d == 1   ? pack_group<1>(first + g, group)
            : d == 2 ? pack_group<2>(first + g, group)
            : d == 3 ? pack_group<3>(first + g, group)
                     : pack_group<4>(first + g, group);
            continue;
        }
        if (filled < kGroup) {
            std::fill_n(group, kGroup * stride(), 0.0F);
            if (norms) std::fill_n(norms + g, kGroup, 0.0F);
        }
        for (std::size_t r = 0; r < filled; ++r) {
            const T* x = rows_[first + g + r];
            if (!points_in_lanes()) {
                const float norm = pack_row(x, group + r * stride());
                if (norms) norms[g + r] = norm;
                continue;
            }
            double length_sq = 0.0;
            for (std::size_t f = 0; f < d; ++f) {
                const float y = scaled(static_cast<double>(x[f]), f);
                group[f * kGroup + r] = y;
                length_sq += static_cast<double>(y) * static_cast<double>(y);
            }
            if (norms) norms[g + r] = static_cast<float>(length_sq);
        }
    }
}

// Four values at a time, and sums that do not wait for each other. Returns the squared length.
template <class T>
float Filter<T>::pack_row(const T* x, float* to) const {
    constexpr std::size_t kWide = 4;
    const std::size_t d = rows_.d;
    double sums[kWide] = {};
    std::size_t f = 0;
    for (; f + kWide <= d; f += kWide) {
        float y[kWide];
        for (std::size_t e = 0; e < kWide; ++e) y[e] = scaled(static_cast<double>(x[f + e]), f + e);
        for (std::size_t e = 0; e < kWide; ++e) to[f + e] = y[e];
        for (std::size_t e = 0; e < kWide; ++e)
            sums[e] += static_cast<double>(y[e]) * static_cast<double>(y[e]);
    }
    for (; f < d; ++f) {
        to[f] = scaled(static_cast<double>(x[f]), f);
        sums[0] += static_cast<double>(to[f]) * static_cast<double>(to[f]);
    }
    return static_cast<float>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

template <class T>
void Filter<T>::pack_group(const T* group, float* points) const {
    for (std::size_t f = 0; f < rows_.d; ++f)
        for (std::size_t r = f * kGroup; r < (f + 1) * kGroup; ++r)
            points[r] = scaled(static_cast<double>(group[r]), f);
}

template <class T>
void Filter<T>::gather(const float* points, const float* norms, const std::uint32_t* rows, std::size_t n,
                       float* to_points, float* to_norms) const {
    const std::size_t d = rows_.d;
    if (!points_in_lanes()) {
        for (std::size_t e = 0; e < n; ++e)
            std::copy_n(points + rows[e] * stride(), d, to_points + e * stride());
    } else {
        for (std::size_t e = 0; e < n; ++e) {
            const float* from = points + rows[e] / kGroup * kGroup * d + rows[e] % kGroup;
            float* to = to_points + e / kGroup * kGroup * d + e % kGroup;
            for (std::size_t f = 0; f < d; ++f) to[f * kGroup] = from[f * kGroup];
        }
    }
    for (std::size_t e = 0; norms && e < n; ++e) to_norms[e] = norms[rows[e]];
}

// Packs panel number b and returns the largest squared length of its centers.
template <class T>
double Filter<T>::pack_panel(Rows<double> centers, std::size_t b, float* panel) const {
    constexpr std::size_t kStrip = 64;  // features of all of them at a time, so that whole lines are written
    const std::size_t d = rows_.d, width = kernels_->panel_width;
    const std::size_t filled = std::min(width, centers.n - b * width);
    std::vector<double> length_sq(width);
    std::fill_n(panel, width * (d + 1), 0.0F);
    for (std::size_t first = 0; first < d; first += kStrip)
        for (std::size_t e = 0; e < filled; ++e) {
            const double* center = centers[b * width + e];
            for (std::size_t f = first; f < std::min(d, first + kStrip); ++f) {
                const float z = scaled(center[f], f);
                panel[f * width + e] = z;
                length_sq[e] += static_cast<double>(z) * static_cast<double>(z);
            }
        }
    for (std::size_t e = 0; e < width; ++e)
        panel[d * width + e] = e < filled ? static_cast<float>(length_sq[e]) : kNever;
    return *std::max_element(length_sq.begin(), length_sq.end());
}

template <class T>
PackedCenters Filter<T>::pack(Rows<double> centers, std::size_t n_threads) const {
    const std::size_t d = rows_.d, k = centers.n;
    const std::size_t width = kernels_->panel_width;
    PackedCenters out;
    out.exact = centers;
    out.width = width;
    out.n_panels = (k + width - 1) / width;
    out.panels = Aligned<float>(out.n_panels * width * (d + 1));
    std::vector<double> reach_sq(out.n_panels);
    n_threads = worthwhile_threads(n_threads, 2.0 * static_cast<double>(k * d));
    for_chunks(n_threads, out.n_panels, {}, [&](std::size_t b, std::size_t) {
        reach_sq[b] = pack_panel(centers, b, out.panels.data() + b * width * (d + 1));
    });
    out.reach = std::sqrt(*std::max_element(reach_sq.begin(), reach_sq.end()));
    out.useless = useless_ || !(out.reach < kFarthest);

    const bool direct = by_differences();
    const std::size_t block = direct ? 1 : kernels_->block_width;
    const std::size_t n_blocks = (k + block - 1) / block;
    if (points_in_lanes()) {
        const std::size_t floats = direct ? d + 1 : (d + 2) * block;
        out.broadcast = Aligned<float>(n_blocks * floats);
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
        out.nearest = direct ? kernels_->direct[d - 1] : kernels_->dots;
        out.pass = margins(n_blocks * block, out);
        out.pass.centers = out.broadcast.data();
        out.pass.n_blocks = n_blocks;
    } else {
        out.nearest = kernels_->tile;
        out.pass = margins(out.n_panels * width / kernels_->lanes, out);
        out.pass.centers = out.panels.data();
        out.pass.n_blocks = out.n_panels;
    }
    return out;
}

// See the head of filter.hpp. `n_indices`: how many indices must fit the low bits of a distance.
template <class T>
Pass Filter<T>::margins(std::size_t n_indices, const PackedCenters& centers) const {
    const double d = static_cast<double>(rows_.d), reach = centers.reach;
    Pass pass{};
    pass.d = rows_.d;
    pass.stride = stride();
    pass.index_bits = static_cast<std::int32_t>(std::bit_width(n_indices - 1));
    const double lost = std::ldexp(1.0, pass.index_bits - 23);
    if (by_differences()) {
        // A distance is sqrt(v) (1 +- rho) +- a, rho = ((d + 5) u + lost) / 2 and
        // a <= u (sqrt(v2) + 2 |z|). As v1 <= v2, err = s v2 moves either root by at least
        // s sqrt(v2) / 2: s = 2 (rho + u) covers them, and 10 u more the arithmetic of the gap.
        pass.slope = static_cast<float>(kSafety * ((d + 5.0) * kU + lost + 12.0 * kU));
        pass.root = static_cast<float>(kSafety * 4.0 * kU * reach);
    } else {
        // Of d + 1 roundings each is u in relation to a partial sum of at most |y|^2 + |z|^2 + v, and
        // the norms are off by a few u: 3 (d + 6) u (|y|^2 + |z|^2) with what the copy adds. Centers in
        // lanes sum runs of kEntriesAtOnce products, and then the runs; nothing else is in their sums.
        const double run = std::min(d, static_cast<double>(kEntriesAtOnce));
        const double runs = std::floor(d / static_cast<double>(kEntriesAtOnce));
        pass.slope = static_cast<float>(kSafety * (lost + (points_in_lanes() ? d + 8.0 : 8.0) * kU));
        pass.spread =
            static_cast<float>(kSafety * (points_in_lanes() ? 3.0 * (d + 6.0) : run + runs + 12.0) * kU);
        pass.reach_sq = static_cast<float>(reach * reach);
    }
    pass.floor = centers.useless ? std::numeric_limits<float>::infinity() : static_cast<float>(kFloor);
    return pass;
}

template <class T>
LabelScratch Filter<T>::scratch(const PackedCenters& centers) const {
    return {std::vector<float>(rows_.d), std::vector<float>(centers.n_panels * kernels_->panel_width),
            std::vector<std::int32_t>(centers.exact.n)};
}

template <class T>
std::int32_t Filter<T>::settle(const PackedCenters& centers, std::size_t row, const float* point,
                               std::size_t stride, LabelScratch& scratch) const {
    const std::size_t d = rows_.d, k = centers.exact.n;
    double norm_sq = 0.0;
    for (std::size_t f = 0; f < d; ++f) {
        scratch.point[f] = point[f * stride];
        norm_sq += static_cast<double>(scratch.point[f]) * static_cast<double>(scratch.point[f]);
    }
    kernels_->distances(scratch.point.data(), centers.panels.data(), centers.n_panels, d,
                        scratch.distance.data());
    const float* distance = scratch.distance.data();
    const double smallest = *std::min_element(distance, distance + k);
    const double rho = kSafety * 0.5 * (static_cast<double>(d) + 6.0) * kU;
    const double a = kSafety * kU * (std::sqrt(norm_sq) + centers.reach);
    const double root = (std::sqrt(smallest) * (1.0 + rho) + 2.0 * a) / (1.0 - rho);
    const double limit =
        centers.useless ? std::numeric_limits<double>::infinity() : root * root * (1.0 + 1e-9) + kFloor;
    std::size_t count = 0;
    for (std::size_t j = 0; j < k; ++j)
        if (!(static_cast<double>(distance[j]) > limit))
            scratch.candidates[count++] = static_cast<std::int32_t>(j);
    return nearest_of(rows_[row], centers.exact, std::span(scratch.candidates.data(), count));
}

template <class T>
std::size_t Filter<T>::label(const PackedCenters& centers, const Pass& pass, const Batch& batch,
                             LabelScratch& scratch) const {
    centers.nearest(pass, batch.points, batch.norms, padded(batch.n), batch.labels, batch.gaps);
    std::size_t n_settled = 0;
    for (std::size_t g = 0; g < batch.n; g += kGroup) {
        int unsure = 0;
        for (std::size_t r = 0; r < kGroup; ++r) unsure |= !(batch.gaps[g + r] > 0.0F);
        if (!unsure) continue;
        const float* group = batch.points + g * stride();
        for (std::size_t r = 0; r < std::min(kGroup, batch.n - g); ++r) {
            if (batch.gaps[g + r] > 0.0F) continue;
            const std::size_t row = batch.first + (batch.rows ? batch.rows[g + r] : g + r);
            batch.labels[g + r] = points_in_lanes() ? settle(centers, row, group + r, kGroup, scratch)
                                                    : settle(centers, row, group + r * stride(), 1, scratch);
            ++n_settled;
        }
    }
    return n_settled;
}

template class Filter<float>;
template class Filter<double>;

}  // namespace globular
