#include "boxes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rounding.hpp"

namespace globular {

namespace {

Box box_between(const float* low, const float* high, std::size_t d) {
    Box box{};
    for (std::size_t f = 0; f < d; ++f) {
        const float m = 0.5F * low[f] + 0.5F * high[f];
        box.middle[f] = m;
        box.half[f] = std::max(high[f] - m, m - low[f]) * (1.0F + 0x1p-22F);
        box.half_sq += box.half[f] * box.half[f];
    }
    return box;
}

}  // namespace

Box box_of(const float* points, std::size_t d, std::size_t n) {
    constexpr std::size_t kWide = 8;  // of which none waits for another
    float low[kMaxBoxD], high[kMaxBoxD];
    for (std::size_t f = 0; f < d; ++f) {
        const float* y = points + f * kGroup;
        float lows[kWide], highs[kWide];
        for (std::size_t l = 0; l < kWide; ++l) lows[l] = highs[l] = y[std::min(l, n - 1)];
        for (std::size_t r = 0; r + kWide <= n; r += kWide)
            for (std::size_t l = 0; l < kWide; ++l) {
                lows[l] = y[r + l] < lows[l] ? y[r + l] : lows[l];
                highs[l] = y[r + l] > highs[l] ? y[r + l] : highs[l];
            }
        for (std::size_t r = n / kWide * kWide; r < n; ++r) {
            lows[0] = std::min(lows[0], y[r]);
            highs[0] = std::max(highs[0], y[r]);
        }
        low[f] = *std::min_element(lows, lows + kWide);
        high[f] = *std::max_element(highs, highs + kWide);
    }
    return box_between(low, high, d);
}

Box box_of(const Box* boxes, std::size_t d, std::size_t n) {
    float low[kMaxBoxD], high[kMaxBoxD];
    for (std::size_t f = 0; f < d; ++f) {
        low[f] = std::numeric_limits<float>::infinity();
        high[f] = -low[f];
        for (std::size_t b = 0; b < n; ++b) {
            low[f] = std::min(low[f], boxes[b].middle[f] - boxes[b].half[f]);
            high[f] = std::max(high[f], boxes[b].middle[f] + boxes[b].half[f]);
        }
    }
    return box_between(low, high, d);
}

void Choice::resize(std::size_t k, std::size_t d) {
    capacity = (k + kMostLanes - 1) / kMostLanes * kMostLanes;
    z.resize(capacity * d);
    index.resize(capacity + kMostAtOnce);
    to_middle.resize(capacity);
    places.resize(capacity + 8);
}

void Choice::fill_up(std::size_t d) {
    const std::size_t end = std::min((count + kMostLanes - 1) / kMostLanes * kMostLanes, capacity);
    for (std::size_t f = 0; f < d; ++f)
        for (std::size_t j = count; j < end; ++j) z[f * capacity + j] = kNowhere;
}

// The margin, with u = 2^-24 and r^2 = |z - m|^2 + |w|^2, the larger of the two centers' (that of the
// one to be dropped). In float32 the distances to the middle are off by (d + 3) u r^2 each, the sum
// over the corner by as much again: A r^2 with A = (4 d + 24) u. The packed coordinates are off by
// a = u (2 sqrt(d) + reach), which moves a squared distance by 2 sqrt(2) a r: B r with B = 6 a, both
// centers counted. The floor covers a^2 and underflow. r itself is replaced by (r^2 / t + t) / 2,
// which is never less, with the nearest center's r for t.
Slack::Slack(std::size_t d, double reach) {
    const double width = static_cast<double>(d);
    relative = static_cast<float>((4.0 * width + 24.0) * kU * kSafety);
    root = static_cast<float>(6.0 * kU * (2.0 * std::sqrt(width) + reach) * kSafety);
}

Pruned prune(const Kernels& kernels, const Choice& from, const Box& box, std::size_t d, const Slack& slack,
             bool coordinates, Choice& kept) {
    const std::size_t count = (from.count + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
    const BoxQuery query{from.z.data(), from.capacity, count,          box.middle,
                         box.half,      box.half_sq,   slack.relative, slack.root};
    const BoxAnswer answer = kernels.prune[d - 1](query, kept.to_middle.data(), kept.places.data());
    kept.count = answer.n_kept;
    while (kept.places[kept.count - 1] >= from.count) --kept.count;  // fillers
    for (std::size_t e = 0; e < kept.count; ++e) {
        const std::size_t j = kept.places[e];
        kept.index[e] = from.index[j];
        for (std::size_t f = 0; coordinates && f < d; ++f)
            kept.z[f * kept.capacity + e] = from.z[f * from.capacity + j];
    }
    if (coordinates) kept.fill_up(d);
    // Triangle inequality from the middle; roots and coordinates are off by less than the slack.
    const float across = std::sqrt(box.half_sq), far = std::sqrt(answer.nearest_dropped);
    const float near = std::sqrt(answer.least);
    return {(far - across) - slack.relative * (far + across) - slack.root,
            (near + across) + slack.relative * (near + across) + slack.root};
}

}  // namespace globular
