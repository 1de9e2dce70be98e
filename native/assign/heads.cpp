#include "heads.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rounding.hpp"

namespace globular {

namespace {

double product(const double* a, const double* b, std::size_t d) {
    return std::inner_product(a, a + d, b, 0.0);
}

// Makes axes orthonormal, one after the other; those that lie in the span of the ones before become zero.
void orthonormalize(std::vector<double>& axes, std::size_t d) {
    constexpr double kGone = 1e-9;
    for (std::size_t j = 0; j < axes.size() / d; ++j) {
        double* axis = &axes[j * d];
        const double length = std::sqrt(product(axis, axis, d));
        for (int times = 0; times < 2; ++times)  // once is not enough where little is left
            for (std::size_t i = 0; i < j; ++i) {
                const double along = product(axis, &axes[i * d], d);
                for (std::size_t f = 0; f < d; ++f) axis[f] -= along * axes[i * d + f];
            }
        const double left = std::sqrt(product(axis, axis, d));
        const double factor = left > kGone * length ? 1.0 / left : 0.0;
        for (std::size_t f = 0; f < d; ++f) axis[f] *= factor;
    }
}

// |A^T A - 1|, at most; what an axis that is zero lacks does no harm.
double skew_of(const Aligned<float>& rounded, std::size_t d) {
    const std::vector<double> axes(rounded.data(), rounded.data() + rounded.size());
    double skew_sq = 0.0;
    for (std::size_t j = 0; j < axes.size() / d; ++j)
        for (std::size_t i = 0; i <= j; ++i) {
            const double value = product(&axes[j * d], &axes[i * d], d);
            const double error = i == j ? (value == 0.0 ? 0.0 : value - 1.0) : value;
            skew_sq += (i == j ? 1.0 : 2.0) * error * error;
        }
    return kSafety * std::sqrt(skew_sq) + static_cast<double>(axes.size()) * 0x1p-52;
}

}  // namespace

Heads::Heads(const Aligned<float>& sample, std::size_t d, const Kernels& kernels)
    : kernels_(&kernels), d_(d), n_axes_(std::min(kMostAxes, d / 2)), shift_(n_axes_, 0.0) {
    constexpr int kRounds = 3;
    const std::size_t n = sample.size() / d, width = kernels.panel_width;
    axes_ = Aligned<float>(n_axes_ * d);
    axis_panels_ = Aligned<float>(n_panels() * width * (d + 1));
    Aligned<float> turned(n * d), along(n_panels() * width * (n + 1));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t f = 0; f < d; ++f) turned.data()[f * n + i] = sample.data()[i * d + f];
    std::vector<double> axes(n_axes_ * d);
    for (std::size_t j = 0; j < n_axes_; ++j)
        std::copy_n(sample.data() + j * n / n_axes_ * d, d, &axes[j * d]);
    orthonormalize(axes, d);
    set_axes(axes);
    for (int round = 0; round < kRounds; ++round) {  // axes <- S^T S axes
        kernels.products(products_with(axis_panels_.data(), n_axes_, d, d), sample.data(), n, along.data(),
                         n + 1);
        kernels.products(products_with(along.data(), n_axes_, n, n), turned.data(), d, axis_panels_.data(),
                         d + 1);
        for (std::size_t j = 0; j < n_axes_; ++j)
            for (std::size_t f = 0; f < d; ++f) axes[j * d + f] = axis_panels_.data()[in_panels(j, f, d + 1)];
        orthonormalize(axes, d);
        set_axes(axes);
    }
    skew_ = skew_of(axes_, d);
}

// Where value f of point j is, in panels of so many values a point.
std::size_t Heads::in_panels(std::size_t j, std::size_t f, std::size_t n_values) const {
    const std::size_t width = kernels_->panel_width;
    return (j / width * n_values + f) * width + j % width;
}

void Heads::measure_from(const std::vector<double>& middle) {
    middle_ = std::sqrt(product(middle.data(), middle.data(), d_));
    const std::vector<double> axes(axes_.data(), axes_.data() + axes_.size());
    for (std::size_t j = 0; j < n_axes_; ++j) shift_[j] = product(&axes[j * d_], middle.data(), d_);
}

std::size_t Heads::n_panels() const { return (n_axes_ + kernels_->panel_width - 1) / kernels_->panel_width; }

// What `products` needs to multiply rows of d values with so many points in panels.
Pass Heads::products_with(const float* panels, std::size_t n_points, std::size_t stride,
                          std::size_t d) const {
    Pass pass{};
    const std::size_t width = kernels_->panel_width;
    pass.centers = panels;
    pass.n_blocks = (n_points + width - 1) / width;
    pass.n_last = n_points - (pass.n_blocks - 1) * width;
    pass.d = d;
    pass.stride = stride;
    return pass;
}

void Heads::set_axes(const std::vector<double>& axes) {
    std::copy(axes.begin(), axes.end(), axes_.data());
    std::fill_n(axis_panels_.data(), axis_panels_.size(), 0.0F);
    for (std::size_t j = 0; j < n_axes_; ++j)
        for (std::size_t f = 0; f < d_; ++f)
            axis_panels_.data()[in_panels(j, f, d_ + 1)] = axes_.data()[j * d_ + f];
}

// delta: how far a head may be off, in proportion to |y| + |m|.
double Heads::rounding() const {
    return kSafety * std::sqrt(static_cast<double>(n_axes_)) * (roundings_of_runs(d_) + 2.0) * kU;
}

double Heads::off() const {
    return 2.1 * rounding() + 1.1 * skew_ + 1.2 * (static_cast<double>(n_axes_) + 4.0) * kU;
}

// The length of what the axes leave of something so long, at most; it was moved by so much before.
float Heads::rest(double norm, double head_sq, double moved) const {
    const double lengths = std::sqrt(norm) * (1.0 + 4.0 * kU) + moved;
    const double left = norm * (1.0 + 8.0 * kU) - head_sq + 2.0 * rounding() * lengths * std::sqrt(head_sq) +
                        skew_ * (1.0 + skew_) * norm * (1.0 + 8.0 * kU);
    return static_cast<float>(std::sqrt(std::max(left, 0.0)) * (1.0 + 2.0 * kU));
}

void Heads::of_rows(Placed points, const float* norms, std::size_t n, float* heads) const {
    Aligned<float> products(n_panels() * kernels_->panel_width * n);
    kernels_->products(products_with(axis_panels_.data(), n_axes_, points.stride, d_), points.at, n,
                       products.data(), n);
    for (std::size_t r = 0; r < n; ++r) {
        double head_sq = 0.0;
        float* head = heads + r * width();
        for (std::size_t j = 0; j < n_axes_; ++j) {
            const float found = products.data()[in_panels(j, r, n)];
            head[j] = static_cast<float>(static_cast<double>(found) - shift_[j]);
            head_sq += static_cast<double>(head[j]) * static_cast<double>(head[j]);
        }
        head[n_axes_] = rest(static_cast<double>(norms[r]), head_sq, middle_);
    }
}

void Heads::follow(const PackedCenters& packed, const Pass& margins) {
    const std::size_t k = packed.exact.n;
    pass_ = margins;
    pass_.d = pass_.stride = width();
    if (centers_.size() != k * (width() + 1)) centers_ = Aligned<float>(k * (width() + 1));
    Aligned<float> products(packed.n_panels * packed.width * n_axes_);
    // The other way round: axes are the rows.
    kernels_->products(products_with(packed.panels.data(), k, d_, d_), axes_.data(), n_axes_, products.data(),
                       n_axes_);
    for (std::size_t j = 0; j < k; ++j) {
        float* head = centers_.data() + j * (width() + 1);
        const double norm = packed.lengths[j] * packed.lengths[j];
        double head_sq = 0.0;
        for (std::size_t a = 0; a < n_axes_; ++a) {
            head[a] = products.data()[in_panels(j, a, n_axes_)];
            head_sq += static_cast<double>(head[a]) * static_cast<double>(head[a]);
        }
        head[n_axes_] = rest(norm, head_sq, 0.0);
        head[width()] = static_cast<float>(norm);
    }
}

double Heads::share_in_reach(const PackedCenters& packed, Placed rows, std::size_t n) const {
    const std::size_t k = packed.exact.n;
    std::vector<float> distances(packed.n_panels * packed.width), norms(n), heads(n * width());
    for (std::size_t r = 0; r < n; ++r) {
        const float* row = rows.at + r * rows.stride;
        norms[r] = std::inner_product(row, row + d_, row, 0.0F);
    }
    of_rows(rows, norms.data(), n, heads.data());
    std::size_t count = 0;
    for (std::size_t r = 0; r < n; ++r) {
        kernels_->distances(rows.at + r * rows.stride, packed.panels.data(), packed.n_panels, d_,
                            distances.data());
        const float nearest =
            *std::min_element(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(k));
        const float* head = &heads[r * width()];
        for (std::size_t j = 0; j < k; ++j) {
            const float* center = centers_.data() + j * (width() + 1);
            const float products = std::inner_product(head, head + width(), center, 0.0F);
            count += static_cast<std::size_t>(norms[r] + center[width()] - 2.0F * products <= nearest);
        }
    }
    return static_cast<double>(count) / static_cast<double>(n * k);
}

}  // namespace globular
