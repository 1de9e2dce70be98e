#include "filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../distance.hpp"
#include "rounding.hpp"

namespace globular {

namespace {

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
    else if (in_place_) {
        for (std::size_t r = 0; r < n; ++r) copy_row(rows_[first + r], room + r * stride());
        std::fill_n(room + n * stride(), (padded(n) - n) * stride(), 0.0F);
    }
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
