#include "layout.hpp"

#include <algorithm>
#include <limits>

#include "../level/kernels.hpp"
#include "../order_in_space.hpp"
#include "../range.hpp"

namespace globular {

namespace {

// Feature f of row i among copies of d features.
float value(const Aligned<float>& copies, std::size_t d, std::size_t i, std::size_t f) {
    return copies.data()[i / kGroup * kGroup * d + f * kGroup + i % kGroup];
}

// Whether a point may be nearer than their limits to some of the rows sampled in a leaf.
bool in_reach(const OrderInSpace& space, std::size_t leaf, const float* point, std::size_t d,
              const std::vector<float>& limits) {
    const std::size_t first = leaf * SampleTree::kSampled;
    float limit = 0.0F, sum = 0.0F;
    for (std::size_t s = 0; s < SampleTree::kSampled; ++s)
        limit = std::max(limit, limits[space.row_sampled(first + s)]);
    for (std::size_t f = 0; f < d && !(sum > limit); ++f) {
        float low = space.tree().values(first)[f], high = low;
        for (std::size_t s = 1; s < SampleTree::kSampled; ++s) {
            low = std::min(low, space.tree().values(first + s)[f]);
            high = std::max(high, space.tree().values(first + s)[f]);
        }
        const float away = std::max({0.0F, low - point[f], point[f] - high});
        sum += away * away;
    }
    return !(sum > limit);
}

// Of the sampled parts, the share that some of the rows would have to read.
double share_in_reach(const OrderInSpace& space, std::size_t d, const std::vector<float>& limits) {
    constexpr std::size_t kTried = 16;
    const std::size_t n_sampled = space.tree().n_sampled(), n_parts = n_sampled / SampleTree::kSampled,
                      step = std::max<std::size_t>(1, n_sampled / kTried);
    std::size_t n_read = 0, n_all = 0;
    for (std::size_t p = 0; p < n_parts; ++p)
        for (std::size_t c = step / 2; c < n_sampled; c += step, ++n_all)
            n_read += in_reach(space, p, space.tree().values(c), d, limits);
    return static_cast<double>(n_read) / static_cast<double>(std::max<std::size_t>(1, n_all));
}

}  // namespace

Layout::Layout(const Aligned<float>& copies, const std::vector<float>& limits, std::size_t d,
               std::size_t n_threads)
    : d_(d) {
    constexpr double kMostInReach = 0.4;
    const std::size_t n = limits.size(), n_blocks = chunks_of(n, kBlock);
    const OrderInSpace space(n, d, [&copies, d](std::size_t row, float* to) {
        for (std::size_t f = 0; f < d; ++f) to[f] = value(copies, d, row, f);
    }, [&copies, d](std::size_t row) {
        for (std::size_t f = 0; f < d; ++f)
            __builtin_prefetch(copies.data() + row / kGroup * kGroup * d + f * kGroup + row % kGroup);
    });
    if (share_in_reach(space, d, limits) > kMostInReach) return;
    order_.resize(n);
    position_.resize(n);
    space.sort(kBlock, n_threads, {}, order_.data());
    for (std::size_t p = 0; p < n; ++p) position_[order_[p]] = static_cast<std::uint32_t>(p);
    lowest_.assign(n_blocks * d, std::numeric_limits<float>::infinity());
    highest_.assign(n_blocks * d, -std::numeric_limits<float>::infinity());
}

void Layout::enclose(std::size_t block, const float* copies, std::size_t n) {
    float *low = lowest_.data() + block * d_, *high = highest_.data() + block * d_;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t f = 0; f < d_; ++f) {
            const float v = copies[i / kGroup * kGroup * d_ + f * kGroup + i % kGroup];
            low[f] = std::min(low[f], v);
            high[f] = std::max(high[f], v);
        }
}

}  // namespace globular
