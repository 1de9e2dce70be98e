#include "filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../distance.hpp"
#include "../team.hpp"

namespace globular {

namespace {

constexpr double kU = 0x1p-24;
constexpr double kSafety = 1.02;     // covers second-order terms and the margins' own rounding
constexpr double kFloor = 0x1p-100;  // far above what float32 loses to underflow
constexpr double kFarthest = 1e18;   // centers beyond could reach kNever, or overflow

constexpr std::size_t kSample = 31;  // rows that stand for all

// The median of a few rows per feature: near most of the data whatever the rest does. And how far these
// are from it, as the root of their mean square.
template <class T>
std::pair<std::vector<double>, double> middle_of(Rows<T> rows) {
    const std::size_t count = std::min(rows.n, kSample);
    std::vector<double> middle(rows.d), sample(count);
    double sum_sq = 0.0;
    for (std::size_t f = 0; f < rows.d; ++f) {
        for (std::size_t s = 0; s < count; ++s) sample[s] = static_cast<double>(rows[s * rows.n / count][f]);
        std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(count / 2),
                         sample.end());
        middle[f] = sample[count / 2];
        for (const double v : sample) sum_sq += (v - middle[f]) * (v - middle[f]);
    }
    return {middle, std::sqrt(sum_sq / static_cast<double>(count))};
}

float bits_of(std::size_t index) { return std::bit_cast<float>(static_cast<std::int32_t>(index)); }

}  // namespace

std::size_t rows_per_chunk(std::size_t n, std::size_t k, std::size_t d) {
    constexpr std::size_t kRun = 192;  // a multiple of kGroup and of the kernels' runs
    constexpr std::size_t kProducts = std::size_t{1} << 21, kMostRuns = 32, kFewRuns = 32;
    if (n < kRun * kFewRuns) return kRun / 2;  // so that no thread waits long for another's last chunk
    const std::size_t runs = std::clamp<std::size_t>(kProducts / (kRun * k * d), 1, kMostRuns);
    return kRun * std::clamp<std::size_t>(n / (kRun * 8), 1, runs);
}

double labelling_ns(std::size_t n, std::size_t k, std::size_t d) {
    constexpr double kPerProduct = 0.03, kPerRow = 2.0;
    return static_cast<double>(n) * (kPerRow + kPerProduct * static_cast<double>(k * (d + 2)));
}

template <class T>
Filter<T>::Filter(Rows<T> rows, const Range& range, const Kernels& kernels)
    : rows_(rows), kernels_(&kernels) {
    std::tie(middle_, typical_) = middle_of(rows);
    std::vector<double> ways(rows.d);
    for (std::size_t f = 0; f < rows.d; ++f)
        ways[f] = std::max(std::abs(range.lowest[f] - middle_[f]), std::abs(range.highest[f] - middle_[f]));
    const double largest = *std::max_element(ways.begin(), ways.end());
    int e = 0;
    std::frexp(largest, &e);
    useless_ = largest > 0.0 && (e < -400 || e > 500);
    scale_ = useless_ || largest == 0.0 ? 1.0 : std::ldexp(1.0, 1 - e);
    choose_place(largest);
    for (double& way : ways) {
        way *= scale_;
        longest_ += way * way;
    }
    longest_ = kSafety * std::sqrt(longest_);
    typical_ *= scale_;
}

// Rows may stay where they lie if the kernels can read them, no product leaves float32, and what the
// margin grows by is little (see margins()).
template <class T>
void Filter<T>::choose_place(double largest) {
    constexpr double kSmall = 0x1p-32, kLarge = 0x1p32, kFar = 2.0;
    double sum_sq = 0.0;
    for (const double m : middle_) sum_sq += m * m;
    const double offset = std::sqrt(sum_sq);
    in_place_ = std::is_same_v<T, float> && !points_in_lanes() && largest > kSmall && largest < kLarge &&
                offset <= kFar * typical_;
    if (!in_place_) return;
    scale_ = 1.0;
    offset_ = offset;
}

template <class T>
Placed Filter<T>::lying(std::size_t first) const {
    if constexpr (std::is_same_v<T, float>)
        return {rows_[first], rows_.d};
    else
        return {};
}

template <class T>
Placed Filter<T>::ready(const PackedCenters& centers, std::size_t first, std::size_t n, bool packed,
                        float* room, float* norms) const {
    // Rows a multiple of this many features apart get in each other's way in the first cache. That matters
    // where they are read for many panels.
    constexpr std::size_t kCrowded = 512, kFewPanels = 4;
    const bool crowded = rows_.d % kCrowded == 0 && centers.n_panels > kFewPanels;
    const bool lie_well = in_place_ && !crowded && n >= kLeastRows;
    for (std::size_t r = 0; lie_well && !packed && r < n; ++r) norms[r] = norm_of(rows_[first + r]);
    if (lie_well) return lying(first);
    if (!packed)
        pack(first, n, room, norms);
    else if (in_place_)
        for (std::size_t r = 0; r < n; ++r) copy_row(rows_[first + r], room + r * stride());
    return {room, stride()};
}

template <class T>
void Filter<T>::pack(std::size_t first, std::size_t n, float* points, float* norms) const {
    const RowKernels<T>& kernels = row_kernels<T>(*kernels_);
    if (!points_in_lanes()) {
        for (std::size_t r = 0; r < n; ++r) {
            copy_row(rows_[first + r], points + r * stride());
            norms[r] = norm_of(rows_[first + r]);
        }
        const std::size_t missing = padded(n) - n;
        std::fill_n(points + n * stride(), missing * stride(), 0.0F);
        std::fill_n(norms + n, missing, 0.0F);
        return;
    }
    for (std::size_t g = 0; g < n; g += kGroup) {
        float* group = points + g * stride();
        const std::size_t filled = std::min(kGroup, n - g);
        if (filled < kGroup) std::fill_n(group, kGroup * stride(), 0.0F);
        kernels.pack_rows(scaling(), rows_[first + g], nullptr, filled, group);
        if (norms) norms_of_group(group, norms + g);
    }
}

// As the kernels read it: as it is, or moved to the middle and scaled.
template <class T>
void Filter<T>::copy_row(const T* x, float* to) const {
    if (in_place_)
        std::transform(x, x + rows_.d, to, [](T v) { return static_cast<float>(v); });
    else
        for (std::size_t f = 0; f < rows_.d; ++f) to[f] = scaled(static_cast<double>(x[f]), f);
}

template <class T>
void Filter<T>::moved(std::size_t row, float* to) const {
    for (std::size_t f = 0; f < rows_.d; ++f) to[f] = scaled(static_cast<double>(rows_[row][f]), f);
}

template <class T>
float Filter<T>::norm_of(const T* x) const {
    return row_kernels<T>(*kernels_).norm(scaling(), x);
}

template <class T>
void Filter<T>::pack_group(const T* group, float* points) const {
    row_kernels<T>(*kernels_).pack_group(scaling(), group, points);
}

template <class T>
void Filter<T>::norms_of_group(const float* points, float* norms) const {
    double lengths_sq[kGroup] = {};
    for (std::size_t f = 0; f < rows_.d; ++f)
        for (std::size_t r = 0; r < kGroup; ++r) {
            const double y = points[f * kGroup + r];
            lengths_sq[r] += y * y;
        }
    std::copy_n(lengths_sq, kGroup, norms);
}

template <class T>
void Filter<T>::gather(std::size_t first, Placed points, const float* norms, const std::uint32_t* rows,
                       std::size_t n, float* to_points, float* to_norms) const {
    if (points_in_lanes()) {  // packed once more: in lanes, the features of few rows lie in as many lines as
                              // all
        row_kernels<T>(*kernels_).pack_rows(scaling(), rows_[first], rows, n, to_points);
    } else {
        for (std::size_t e = 0; e < n; ++e)
            std::copy_n(points.at + rows[e] * points.stride, rows_.d, to_points + e * stride());
    }
    for (std::size_t e = 0; norms && e < n; ++e) to_norms[e] = norms[rows[e]];
}

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
        // Centers in lanes sum runs of kEntriesAtOnce products, and then the runs: R u |x||z|, twice.
        // Nothing else is in these sums; |x| <= |y| + |m|, and 2 |y||z| <= s |y|^2 + |z|^2 / s for any s.
        // A norm is off by 3 u from that of the copy and rounded once more, what is added for a center
        // is rounded twice, and the copies' a makes 4 u (|y|^2 + |z|^2).
        const double sums = 2.0 + std::min(d, static_cast<double>(kEntriesAtOnce)) +
                            std::floor(d / static_cast<double>(kEntriesAtOnce));
        const double s = balance(reach);
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

template <class T>
LabelScratch Filter<T>::scratch(const PackedCenters& centers) const {
    return {std::vector<float>(rows_.d), std::vector<float>(centers.n_panels * kernels_->panel_width),
            std::vector<std::int32_t>(centers.exact.n)};
}

template <class T>
std::int32_t Filter<T>::settle(const PackedCenters& centers, std::size_t row, LabelScratch& scratch) const {
    const std::size_t d = rows_.d, k = centers.exact.n;
    moved(row, scratch.point.data());
    double norm_sq = 0.0;
    for (const float v : scratch.point) norm_sq += static_cast<double>(v) * static_cast<double>(v);
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

// The nearest of two centers.
template <class T>
std::int32_t Filter<T>::nearer(const PackedCenters& centers, std::size_t row, std::int32_t a,
                               std::int32_t b) const {
    const std::int32_t two[] = {std::min(a, b), std::max(a, b)};
    return nearest_of(rows_[row], centers.exact, std::span(two));
}

template <class T>
std::size_t Filter<T>::label(const PackedCenters& centers, const Pass& pass, const Batch& batch,
                             LabelScratch& scratch) const {
    const std::size_t n = points_in_lanes() ? padded(batch.n) : std::max(batch.n, kLeastRows);
    Pass placed = pass;
    placed.stride = batch.points.stride;
    if (!centers.nearest(placed, batch.points.at, batch.norms, n, batch.labels, batch.gaps)) return 0;
    std::size_t n_settled = 0;
    for (std::size_t g = 0; g < batch.n; g += kGroup) {
        const std::size_t end = std::min(batch.n, g + kGroup);
        int doubt = 0;
        for (std::size_t r = g; r < end; ++r) doubt |= !(batch.gaps[r] > 0.0F);
        for (std::size_t r = g; doubt && r < end; ++r) {
            if (batch.gaps[r] > 0.0F) continue;
            const std::size_t row = batch.first + (batch.rows ? batch.rows[r] : r);
            const bool two = !points_in_lanes() && std::isfinite(batch.gaps[r]);
            batch.labels[r] = two ? nearer(centers, row, batch.labels[r], rival_in(batch.gaps[r]))
                                  : settle(centers, row, scratch);
            ++n_settled;
        }
    }
    return n_settled;
}

template class Filter<float>;
template class Filter<double>;

}  // namespace globular
