#include "groups.hpp"

#include <algorithm>

namespace globular {

template <class T>
bool Groups<T>::lay_out(Rows<T> rows, const Filter<T>& filter, std::size_t n_threads,
                        const Interrupted& interrupted, float* norms) {
    const std::size_t n = rows.n, d = rows.d, groups = (n + kGroup - 1) / kGroup;
    constexpr std::size_t kPerChunk = 16 * kSuper;
    Aligned<std::uint32_t> order(n);
    const OrderInSpace space(n, d, [&](std::size_t row, float* to) {
        for (std::size_t f = 0; f < d; ++f) to[f] = filter.scaled(static_cast<double>(rows[row][f]), f);
    });
    n_threads = worthwhile_threads(n_threads, 30.0 * static_cast<double>(n));
    if (!space.sort(kGroup, n_threads, interrupted, order.data())) return false;
    rows_ = rows;
    boxes_.resize(groups);
    super_boxes_.resize((groups + kSuper - 1) / kSuper);
    grouped_ = Aligned<T>(groups * kGroup * d);
    const std::size_t n_chunks = (groups + kPerChunk - 1) / kPerChunk;
    const bool done = for_chunks(n_threads, n_chunks, interrupted, [&](std::size_t c, std::size_t) {
        const std::size_t first = c * kPerChunk, last = std::min(groups, first + kPerChunk);
        float packed[kGroup * kMaxBoxD];
        for (std::size_t g = first; g < last; ++g) {
            copy_group(g, order.data());
            filter.pack_group(columns(g), packed);
            if (norms) filter.norms_of_group(packed, norms + g * kGroup);
            boxes_[g] = box_of(packed, d, rows_in(g));
        }
        for (std::size_t g = first; g < last; g += kSuper)
            super_boxes_[g / kSuper] = box_of(&boxes_[g], d, std::min(kSuper, last - g));
    });
    if (done) order_ = std::move(order);
    return done;
}

template <class T>
void Groups<T>::copy_group(std::size_t group, const std::uint32_t* order) {
    constexpr std::size_t kAhead = 24;  // rows whose place in memory is asked for in advance
    const std::size_t d = rows_.d, first = group * kGroup, count = rows_in(group);
    T* to = grouped_.data() + first * d;
    if (count < kGroup) std::fill_n(to, kGroup * d, T{0});
    for (std::size_t r = 0; r < count; ++r) {
        __builtin_prefetch(rows_[order[std::min(first + r + kAhead, rows_.n - 1)]]);
        const T* x = rows_[order[first + r]];
        for (std::size_t f = 0; f < d; ++f) to[f * kGroup + r] = x[f];
    }
}

template class Groups<float>;
template class Groups<double>;

}  // namespace globular
