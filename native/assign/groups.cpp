#include "groups.hpp"

#include <algorithm>
#include <cmath>

namespace globular {

template <class T>
bool Groups<T>::lay_out(Rows<T> rows, const Filter<T>& filter, std::size_t n_threads,
                        const Interrupted& interrupted, float* points, float* norms) {
    const std::size_t n = rows.n, d = rows.d, groups = (n + kGroup - 1) / kGroup;
    Aligned<std::uint32_t> order(n);
    rows_ = rows;
    boxes_.resize(groups);
    super_boxes_.resize((groups + kSuper - 1) / kSuper);
    grouped_ = Aligned<T>(filter.few_features() ? groups * kGroup * d : 0);
    const OrderInSpace space(
        n, d, [&](std::size_t row, float* to) { filter.roughly(rows[row], to); },
        [&](std::size_t row) { __builtin_prefetch(rows[row]); });
    // A group is taken while its rows are at hand, if they all are.
    std::vector<unsigned char> taken(groups);
    const auto take = [&](std::size_t begin, std::size_t end) {
        const std::size_t last = end == n ? groups : end / kGroup;
        for (std::size_t g = (begin + kGroup - 1) / kGroup; g < last; ++g) {
            take_group(g, order.data(), filter, points, norms);
            taken[g] = 1;
        }
    };
    n_threads = worthwhile_threads(n_threads, 100.0 * static_cast<double>(n));
    if (!space.sort(kGroup, n_threads, interrupted, order.data(), take)) return false;
    for (std::size_t g = 0; g < groups; ++g) {
        if (!taken[g]) take_group(g, order.data(), filter, points, norms);
        across_ += std::sqrt(static_cast<double>(boxes_[g].half_sq)) / static_cast<double>(groups);
    }
    for (std::size_t g = 0; g < groups; g += kSuper)
        super_boxes_[g / kSuper] = box_of(&boxes_[g], d, std::min(kSuper, groups - g));
    order_ = std::move(order);
    return true;
}

template <class T>
void Groups<T>::take_group(std::size_t group, const std::uint32_t* order, const Filter<T>& filter,
                           float* points, float* norms) {
    const std::size_t d = rows_.d, first = group * kGroup, count = rows_in(group);
    T values[kGroup * kMaxBoxD] = {};
    float packed[kGroup * kMaxBoxD];
    T* to = grouped_.size() ? grouped_.data() + first * d : values;
    float* here = filter.few_features() ? packed : points + first * d;
    std::fill_n(to, kGroup * d, T{0});
    for (std::size_t r = 0; r < count; ++r) {
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
