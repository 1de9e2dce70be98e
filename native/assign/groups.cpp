#include "groups.hpp"

#include <algorithm>

#include "hilbert.hpp"

namespace globular {

template <class T>
bool Groups<T>::lay_out(Rows<T> rows, const Filter<T>& filter, const Kernels& kernels, std::size_t n_threads,
                        const Interrupted& interrupted, float* points, float* norms) {
    const std::size_t n = rows.n, d = rows.d, groups = (n + kGroup - 1) / kGroup;
    constexpr std::size_t kPerChunk = 16 * kSuper;
    Aligned<std::uint32_t> order(n);
    n_threads = worthwhile_threads(n_threads, 40.0 * static_cast<double>(n));
    if (!sort_along_curve(rows, kernels, n_threads, interrupted, order.data())) return false;
    rows_ = rows;
    boxes_.resize(groups);
    super_boxes_.resize((groups + kSuper - 1) / kSuper);
    grouped_ = Aligned<T>(filter.few_features() ? groups * kGroup * d : 0);
    const std::size_t n_chunks = (groups + kPerChunk - 1) / kPerChunk;
    const bool done = for_chunks(n_threads, n_chunks, interrupted, [&](std::size_t c, std::size_t) {
        const std::size_t first = c * kPerChunk, last = std::min(groups, first + kPerChunk);
        for (std::size_t g = first; g < last; ++g) take_group(g, order.data(), filter, points, norms);
        for (std::size_t g = first; g < last; g += kSuper)
            super_boxes_[g / kSuper] = box_of(&boxes_[g], d, std::min(kSuper, last - g));
    });
    if (done) order_ = std::move(order);
    return done;
}

template <class T>
void Groups<T>::take_group(std::size_t group, const std::uint32_t* order, const Filter<T>& filter,
                           float* points, float* norms) {
    constexpr std::size_t kAhead = 24;  // rows whose place in memory is asked for in advance
    const std::size_t d = rows_.d, first = group * kGroup, count = rows_in(group);
    T values[kGroup * kMaxBoxD];
    float packed[kGroup * kMaxBoxD];
    T* to = grouped_.size() ? grouped_.data() + first * d : values;
    float* here = filter.few_features() ? packed : points + first * d;
    std::fill_n(to, kGroup * d, T{0});
    for (std::size_t r = 0; r < count; ++r) {
        __builtin_prefetch(rows_[order[std::min(first + r + kAhead, rows_.n - 1)]]);
        const T* x = rows_[order[first + r]];
        for (std::size_t f = 0; f < d; ++f) to[f * kGroup + r] = x[f];
    }
    filter.pack_group(to, here);
    boxes_[group] = box_of(here, d, count);
    if (!filter.few_features()) filter.norms_of_group(here, norms + first);
}

template class Groups<float>;
template class Groups<double>;

}  // namespace globular
