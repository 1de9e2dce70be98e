#include "order_in_space.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace globular {

namespace {

constexpr std::size_t kPerLeaf = 512;  // rows, on average, if there are not too many of them
constexpr std::size_t kMostLeaves = 4096;

std::size_t leaves_for(std::size_t n) {
    return std::min(kMostLeaves, std::bit_floor(std::max<std::size_t>(1, n / kPerLeaf)));
}

// Halves one leaf after the other, each at the borders between runs.
class Halving {
 public:
    Halving(std::size_t d, std::size_t run) : d_(d), run_(run) {}

    // The rows order[begin .. end) come to these positions.
    void sort(const OrderInSpace::CopyRow& copy, const OrderInSpace::ExpectRow& expect, std::uint32_t* order,
              std::size_t begin, std::size_t end) {
        constexpr std::size_t kAhead = 16;
        const std::size_t n = end - begin;
        values_.resize(n * d_);
        places_.resize(n);
        keys_.resize(n);
        room_.resize(n);
        first_ = begin;
        for (std::size_t e = 0; e < n; ++e) {
            expect(order[std::min(begin + e + kAhead, end - 1)]);
            copy(order[begin + e], values_.data() + e * d_);
            places_[e] = static_cast<std::uint32_t>(e);
        }
        halve(begin, end);
        rows_.assign(order + begin, order + end);
        for (std::size_t e = 0; e < n; ++e) order[begin + e] = rows_[places_[e]];
    }

 private:
    std::size_t d_, run_, first_ = 0;
    std::vector<float> values_;  // of the leaf's rows, as they came
    std::vector<std::uint32_t> places_, rows_;
    std::vector<std::uint64_t> keys_, room_;

    void halve(std::size_t begin, std::size_t end) {
        const std::size_t at = border(begin, end);
        if (at == end) return;
        std::uint32_t* places = places_.data() + (begin - first_);
        std::uint64_t* keys = keys_.data() + (begin - first_);
        const std::size_t n = end - begin;
        const std::size_t f = widest_feature(
            n, d_, [&](std::size_t e, std::size_t feature) { return values_[places[e] * d_ + feature]; });
        for (std::size_t e = 0; e < n; ++e)
            keys[e] = std::uint64_t{ordered(values_[places[e] * d_ + f])} << 32 | places[e];
        select(keys, n, at - begin);
        for (std::size_t e = 0; e < n; ++e) places[e] = static_cast<std::uint32_t>(keys[e]);
        halve(begin, at);
        halve(at, end);
    }

    // Brings the `count` smallest of n keys, no two of which are equal, to the front: by parts, of which none is
    // empty, and without a jump that nobody can guess.
    void select(std::uint64_t* keys, std::size_t n, std::size_t count) {
        constexpr std::size_t kFew = 32, kSampled = 5;
        while (n > kFew) {
            std::uint64_t sample[kSampled];
            for (std::size_t s = 0; s < kSampled; ++s) sample[s] = keys[s * n / kSampled];
            std::sort(sample, sample + kSampled);
            const std::uint64_t middle = sample[kSampled / 2];
            std::size_t low = 0, high = n;
            for (std::size_t e = 0; e < n; ++e) {
                room_[low] = room_[high - 1] = keys[e];
                const bool less = keys[e] < middle;
                low += less;
                high -= !less;
            }
            std::copy_n(room_.data(), n, keys);
            if (count == low) return;
            if (count < low) {
                n = low;
            } else {
                keys += low;
                n -= low;
                count -= low;
            }
        }
        std::nth_element(keys, keys + count, keys + n);
    }

    // The border between two runs, or better between kRuns of them, nearest to the middle; `end` if none is.
    std::size_t border(std::size_t begin, std::size_t end) const {
        for (const std::size_t unit : {run_ * OrderInSpace::kRuns, run_}) {
            const std::size_t first = begin / unit + 1, last = (end - 1) / unit;
            if (first <= last) return (first + last + 1) / 2 * unit;
        }
        return end;
    }

    // Whole numbers in the order of the floats.
    static std::uint32_t ordered(float v) {
        const auto bits = std::bit_cast<std::uint32_t>(v);
        return bits ^ (bits >> 31 ? 0xffffffffU : 0x80000000U);
    }
};

}  // namespace

OrderInSpace::OrderInSpace(std::size_t n, std::size_t d, CopyRow copy, ExpectRow expect)
    : n_(n),
      d_(d),
      copy_(std::move(copy)),
      expect_(std::move(expect)),
      n_sampled_(std::min(n, SampleTree::kSampled * leaves_for(n))),
      tree_(tree_of_sample(leaves_for(n))) {}

SampleTree OrderInSpace::tree_of_sample(std::size_t n_leaves) const {
    std::vector<float> sample(n_sampled_ * d_);
    for (std::size_t s = 0; s < n_sampled_; ++s) copy_(row_of_sample(s), sample.data() + s * d_);
    return {std::move(sample), d_, n_leaves};
}

bool OrderInSpace::sort(std::size_t run, std::size_t n_threads, const Interrupted& interrupted,
                        std::uint32_t* order, const Sorted& sorted) const {
    std::vector<std::uint32_t> begins(tree_.n_leaves() + 1);
    if (!sort_by_leaf(n_threads, interrupted, order, begins.data())) return false;
    std::vector<Halving> workers(n_threads, Halving(d_, run));
    return for_chunks(n_threads, tree_.n_leaves(), interrupted, [&](std::size_t leaf, std::size_t t) {
        if (begins[leaf] == begins[leaf + 1]) return;
        workers[t].sort(copy_, expect_, order, begins[leaf], begins[leaf + 1]);
        if (sorted) sorted(begins[leaf], begins[leaf + 1]);
    });
}

// Counts the rows of each leaf in some parts of all, whatever the threads, and puts them in their places.
bool OrderInSpace::sort_by_leaf(std::size_t n_threads, const Interrupted& interrupted, std::uint32_t* order,
                                std::uint32_t* leaf_begins) const {
    constexpr std::size_t kParts = 16, kAtOnce = SampleTree::kAtOnce;
    const std::size_t n_leaves = tree_.n_leaves();
    std::vector<std::uint16_t> leaf_of(n_);
    std::vector<std::uint32_t> next(kParts * n_leaves);  // [part][leaf]: rows there, then their place
    const auto part_begin = [this](std::size_t p) { return p * n_ / kParts; };
    const bool known = for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
        std::vector<float> values(kAtOnce * d_);
        const std::size_t end = part_begin(p + 1);
        for (std::size_t i = part_begin(p); i < end; i += kAtOnce) {
            const std::size_t n = std::min(kAtOnce, end - i);
            std::size_t leaves[kAtOnce];
            for (std::size_t e = 0; e < n; ++e) copy_(i + e, values.data() + e * d_);
            tree_.leaves_of([&](std::size_t e, std::size_t f) { return values[e * d_ + f]; }, leaves);
            for (std::size_t e = 0; e < n; ++e) {
                leaf_of[i + e] = static_cast<std::uint16_t>(leaves[e]);
                ++next[p * n_leaves + leaves[e]];
            }
        }
    });
    std::uint32_t place = 0;
    for (std::size_t l = 0; l < n_leaves; ++l) {
        leaf_begins[l] = place;
        for (std::size_t p = 0; p < kParts; ++p) place += std::exchange(next[p * n_leaves + l], place);
    }
    leaf_begins[n_leaves] = place;
    return known && for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
               for (std::size_t i = part_begin(p); i < part_begin(p + 1); ++i)
                   order[next[p * n_leaves + leaf_of[i]]++] = static_cast<std::uint32_t>(i);
           });
}

}  // namespace globular
