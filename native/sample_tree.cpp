#include "sample_tree.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace globular {

SampleTree::SampleTree(std::vector<float> sample, std::size_t d, std::size_t n_leaves)
    : d_(d), sample_(std::move(sample)), order_(sample_.size() / d), cuts_(n_leaves - 1) {
    std::iota(order_.begin(), order_.end(), 0U);
    cut(0, order_.data(), order_.data() + order_.size());
}

void SampleTree::cut(std::size_t at, std::uint32_t* begin, std::uint32_t* end) {
    if (at >= cuts_.size() || begin == end) return;
    const auto value = [this](std::uint32_t point, std::size_t f) { return sample_[point * d_ + f]; };
    const std::size_t f =
        widest_feature(static_cast<std::size_t>(end - begin), d_,
                       [&](std::size_t e, std::size_t feature) { return value(begin[e], feature); });
    std::uint32_t* middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end,
                     [&](std::uint32_t a, std::uint32_t b) { return value(a, f) < value(b, f); });
    cuts_[at] = {static_cast<std::uint32_t>(f), value(*middle, f)};
    cut(2 * at + 1, begin, middle);
    cut(2 * at + 2, middle, end);
}

}  // namespace globular
