// A tree that brings neighbours together: it halves a sample of points again and again, each part at the
// median of its widest feature, and every other point falls down it to a leaf. Leaves that follow each other
// are near each other, mostly. So many points are put in order at the price of a few comparisons each.
//
// Friedman, Bentley & Finkel (1977), with the median of a sample for that of all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace globular {

class SampleTree {
 public:
    static constexpr std::size_t kSampled = 8;  // points of the sample in a leaf

    // Of (n, d) sampled points; `n_leaves` is a power of two.
    SampleTree(std::vector<float> sample, std::size_t d, std::size_t n_leaves);

    std::size_t n_leaves() const { return cuts_.size() + 1; }
    // The sampled points leaf by leaf: how many, which one comes in this place, and its values.
    std::size_t n_sampled() const { return order_.size(); }
    std::size_t sampled(std::size_t place) const { return order_[place]; }
    const float* values(std::size_t place) const { return sample_.data() + order_[place] * d_; }

    // The leaves that kAtOnce points fall into, which need not wait for each other: value(e, f) is feature f
    // of point e.
    static constexpr std::size_t kAtOnce = 8;
    template <class Value>
    void leaves_of(Value value, std::size_t* leaves) const {
        std::size_t at[kAtOnce] = {};
        for (std::size_t n_passed = 1; n_passed < n_leaves(); n_passed *= 2)
            for (std::size_t e = 0; e < kAtOnce; ++e) {
                const Cut cut = cuts_[at[e]];
                at[e] = 2 * at[e] + 1 + static_cast<std::size_t>(!(value(e, cut.feature) < cut.value));
            }
        for (std::size_t e = 0; e < kAtOnce; ++e) leaves[e] = at[e] - cuts_.size();
    }

 private:
    struct Cut {
        std::uint32_t feature = 0;
        float value = 0.0F;
    };
    std::size_t d_;
    std::vector<float> sample_;
    std::vector<std::uint32_t> order_;
    std::vector<Cut> cuts_;  // the children of cut c are 2 c + 1 and 2 c + 2; behind the cuts come the leaves

    void cut(std::size_t at, std::uint32_t* begin, std::uint32_t* end);
};

// The feature in which some of n points lie farthest apart: value(e, f) is feature f of point e.
template <class Value>
std::size_t widest_feature(std::size_t n, std::size_t d, Value value) {
    constexpr std::size_t kLookedAt = 32;
    const std::size_t step = n > kLookedAt ? n / kLookedAt : 1;
    std::size_t widest = 0;
    float width = -1.0F;
    for (std::size_t f = 0; f < d; ++f) {
        float low = value(0, f), high = low;
        for (std::size_t e = step; e < n; e += step) {
            const float v = value(e, f);
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        if (high - low > width) {
            width = high - low;
            widest = f;
        }
    }
    return widest;
}

}  // namespace globular
