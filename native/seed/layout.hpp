// Rows laid out in space for seeding: in blocks of neighbours, most of which are as a whole beyond the reach
// of a new center.
//
// A new center takes over only rows that are nearer to it than to any before. If its distance from the box
// around a block is more than what any row of the block has come down to, the block is passed over unread:
// the triangle inequality of exact accelerated k-means++ (Raff 2021), for blocks instead of clusters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "../aligned.hpp"
#include "../passing.hpp"

namespace globular {

inline constexpr std::size_t kBlock = 256;  // rows at most

class Layout {
 public:
    Layout() = default;
    // From float32 copies of n rows, of d features, [group][feature][kGroup], and the squared distance
    // beyond which nothing is nearer to a row: an order in which neighbours stand together. What is laid out
    // in it is for the caller to arrange, and then to tell the boxes of. There is none where it promises
    // little.
    Layout(const Aligned<float>& copies, std::size_t n, std::size_t d,
           const std::function<float(std::size_t)>& limit_of, std::size_t n_threads);

    explicit operator bool() const { return !order_.empty(); }
    // The row at a position: where nothing is laid out, its own.
    std::size_t row_at(std::size_t position) const { return order_.empty() ? position : order_[position]; }
    // Takes the box around the n copies of a block, as they lie now.
    void enclose(std::size_t block, const float* copies, std::size_t n);
    // The squared distance from a point to the box around a block.
    double distance_to_block(std::size_t block, const float* point) const {
        const float *low = lowest_.data() + block * d_, *high = highest_.data() + block * d_;
        double sum = 0.0;
        for (std::size_t f = 0; f < d_; ++f) {
            const float away = std::max({0.0F, low[f] - point[f], point[f] - high[f]});
            sum += static_cast<double>(away) * static_cast<double>(away);
        }
        return sum;
    }

 private:
    std::size_t d_ = 0;
    PassingVector<std::uint32_t> order_;
    std::vector<float> lowest_, highest_;  // [block][feature]
};

}  // namespace globular
