#include "layout.hpp"

#include <bit>
#include <limits>
#include <utility>

#include "../level/kernels.hpp"
#include "../range.hpp"
#include "../team.hpp"

namespace globular {

namespace {

// Feature f of row i among copies of d features.
float value(const Aligned<float>& copies, std::size_t d, std::size_t i, std::size_t f) {
    return copies.data()[i / kGroup * kGroup * d + f * kGroup + i % kGroup];
}

// A tree that halves a sample of the rows again and again, each part at the median of its widest feature, and
// tells for every row in which leaf it lies.
class Tree {
 public:
    Tree(const Aligned<float>& copies, std::size_t n, std::size_t d) : copies_(&copies), d_(d) {
        constexpr std::size_t kMostLeaves = 4096;
        n_leaves_ = std::min(kMostLeaves, std::bit_floor(std::max<std::size_t>(1, n / kBlock)));
        cuts_.resize(n_leaves_ - 1);
        sample_.resize(std::min(n, kSampled * n_leaves_));
        for (std::size_t s = 0; s < sample_.size(); ++s)
            sample_[s] = static_cast<std::uint32_t>(s * n / sample_.size());
        cut(0, sample_.data(), sample_.data() + sample_.size());
    }
    // Of the sampled parts, the share that some of the rows would have to read.
    double share_in_reach(const std::function<float(std::size_t)>& limit_of) const {
        constexpr std::size_t kTried = 16;
        const std::size_t n_parts = sample_.size() / kSampled,
                          step = std::max<std::size_t>(1, sample_.size() / kTried);
        std::size_t n_read = 0, n_all = 0;
        for (std::size_t p = 0; p < n_parts; ++p) {
            const std::uint32_t* part = sample_.data() + p * kSampled;
            float limit = 0.0F;
            for (std::size_t s = 0; s < kSampled; ++s) limit = std::max(limit, limit_of(part[s]));
            for (std::size_t c = step / 2; c < sample_.size(); c += step, ++n_all)
                n_read += in_reach(part, sample_[c], limit);
        }
        return static_cast<double>(n_read) / static_cast<double>(std::max<std::size_t>(1, n_all));
    }
    std::size_t n_leaves() const { return n_leaves_; }
    std::size_t leaf_of(std::size_t i) const {
        std::size_t at = 0;
        while (at < cuts_.size())
            at = 2 * at + 1 +
                 static_cast<std::size_t>(!(value(*copies_, d_, i, cuts_[at].feature) < cuts_[at].value));
        return at - cuts_.size();
    }

 private:
    struct Cut {
        std::uint32_t feature = 0;
        float value = 0.0F;
    };
    static constexpr std::size_t kSampled = 8;  // rows a leaf
    const Aligned<float>* copies_;
    std::size_t d_, n_leaves_;
    std::vector<std::uint32_t> sample_;  // leaf by leaf
    std::vector<Cut> cuts_;  // the children of cut c are 2 c + 1 and 2 c + 2; behind the cuts come the leaves

    void cut(std::size_t at, std::uint32_t* begin, std::uint32_t* end) {
        if (at >= cuts_.size() || begin == end) return;
        const std::size_t f = widest_feature(begin, end);
        std::uint32_t* middle = begin + (end - begin) / 2;
        std::nth_element(begin, middle, end, [&](std::uint32_t i, std::uint32_t other) {
            return value(*copies_, d_, i, f) < value(*copies_, d_, other, f);
        });
        cuts_[at] = {static_cast<std::uint32_t>(f), value(*copies_, d_, *middle, f)};
        cut(2 * at + 1, begin, middle);
        cut(2 * at + 2, middle, end);
    }

    // Whether a row may be nearer than a limit to some of a part.
    bool in_reach(const std::uint32_t* rows, std::size_t row, float limit) const {
        float sum = 0.0F;
        for (std::size_t f = 0; f < d_ && !(sum > limit); ++f) {
            float low = value(*copies_, d_, rows[0], f), high = low;
            for (std::size_t s = 1; s < kSampled; ++s) {
                low = std::min(low, value(*copies_, d_, rows[s], f));
                high = std::max(high, value(*copies_, d_, rows[s], f));
            }
            const float x = value(*copies_, d_, row, f), away = std::max({0.0F, low - x, x - high});
            sum += away * away;
        }
        return !(sum > limit);
    }

    // Judged by some of the rows.
    std::size_t widest_feature(const std::uint32_t* begin, const std::uint32_t* end) const {
        constexpr std::ptrdiff_t kLookedAt = 32;
        const std::ptrdiff_t step = std::max<std::ptrdiff_t>(1, (end - begin) / kLookedAt);
        std::size_t widest = 0;
        float width = -1.0F;
        for (std::size_t f = 0; f < d_; ++f) {
            float low = std::numeric_limits<float>::infinity(), high = -low;
            for (std::ptrdiff_t e = 0; e < end - begin; e += step) {
                const float v = value(*copies_, d_, begin[e], f);
                low = std::min(low, v);
                high = std::max(high, v);
            }
            if (high - low > width) {
                width = high - low;
                widest = f;
            }
        }
        return widest;
    }
};

}  // namespace

Layout::Layout(const Aligned<float>& copies, std::size_t n, std::size_t d,
               const std::function<float(std::size_t)>& limit_of, std::size_t n_threads)
    : d_(d) {
    constexpr double kMostInReach = 0.4;
    const std::size_t n_blocks = chunks_of(n, kBlock);
    const Tree tree(copies, n, d);
    if (tree.share_in_reach(limit_of) > kMostInReach) return;
    order_.resize(n);
    PassingVector<std::uint16_t> leaf(n);
    for_chunks(n_threads, n_blocks, {}, [&](std::size_t c, std::size_t) {
        for (std::size_t i = c * kBlock; i < std::min(n, (c + 1) * kBlock); ++i)
            leaf[i] = static_cast<std::uint16_t>(tree.leaf_of(i));
    });
    std::vector<std::uint32_t> next(tree.n_leaves() + 1);
    for (const std::uint16_t l : leaf) ++next[std::size_t{l} + 1];
    for (std::size_t l = 0; l < tree.n_leaves(); ++l) next[l + 1] += next[l];
    for (std::size_t i = 0; i < n; ++i) order_[next[leaf[i]]++] = static_cast<std::uint32_t>(i);
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
