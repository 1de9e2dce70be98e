// How far rows are from the centers of their labels, and what that adds up to: exactly, by q.
#include <algorithm>
#include <span>

#include "../distance.hpp"
#include "session.hpp"

namespace globular {

// q of the rows at the positions [first, first + n) to the centers of their labels; `first` begins a group.
template <class T>
void Session<T>::own_distances(Rows<double> centers, std::size_t first, std::size_t n, double* out) const {
    const std::int32_t* labels = labels_.data() + first;
    const auto center_of = [&](std::size_t r) { return centers[static_cast<std::size_t>(labels[r])]; };
    if (!groups_)
        return row_kernels<T>(*kernels_).own_distances(rows_[first], n, rows_.d, centers.data, labels, out);
    if (!filter_.few_features()) {
        for (std::size_t r = 0; r < n; ++r) out[r] = q(rows_[row_at(first + r)], center_of(r), rows_.d);
        return;
    }
    std::fill_n(out, n, 0.0);
    for (std::size_t g = 0; g < n; g += kGroup)
        for (std::size_t f = 0; f < rows_.d; ++f) {
            const T* x = groups_.columns((first + g) / kGroup) + f * kGroup;
            for (std::size_t r = g; r < std::min(n, g + kGroup); ++r) {
                const double t = static_cast<double>(x[r - g]) - center_of(r)[f];
                out[r] += t * t;
            }
        }
}

// Calls use(worker, first position, count, q of each) for all rows, up to kMostValues at a time.
template <class T>
template <class Use>
void Session<T>::for_own_distances(Rows<double> centers, std::size_t n_threads, Use use) const {
    const std::size_t n = rows_.n, per_chunk = rows_per_chunk(n, 1, rows_.d);
    for_chunks(n_threads, chunks_of(n, per_chunk), {}, [&](std::size_t c, std::size_t worker) {
        double distances[kMostValues];
        const std::size_t end = std::min(n, (c + 1) * per_chunk);
        for (std::size_t first = c * per_chunk; first < end; first += kMostValues) {
            const std::size_t count = std::min(kMostValues, end - first);
            own_distances(centers, first, count, distances);
            use(worker, first, count, distances);
        }
    });
}

template <class T>
void Session<T>::distances(Rows<double> centers, std::size_t n_threads, double* out) const {
    n_threads = worthwhile_threads(n_threads, 0.6 * static_cast<double>(rows_.n * rows_.d));
    for_own_distances(centers, n_threads,
                      [&](std::size_t, std::size_t first, std::size_t count, double* distances) {
                          for (std::size_t r = 0; r < count; ++r) out[row_at(first + r)] = distances[r];
                      });
}

namespace {

// Adds n <= kMostValues; there is room for whole terms.
void add(const Kernels& kernels, Accumulator& sum, double* values, std::size_t n) {
    const std::size_t whole = (n + kTerms - 1) / kTerms * kTerms;
    std::fill(values + n, values + whole, 0.0);
    double both[2];
    if (kernels.value_sums(values, whole, both))
        sum.add(both);
    else
        sum.add(std::span(values, n));
}

}  // namespace

template <class T>
double Session<T>::cost(Rows<double> centers, std::size_t n_threads) const {
    const double ns = static_cast<double>(rows_.n) * (4.0 + 0.4 * static_cast<double>(rows_.d));
    n_threads = worthwhile_threads(n_threads, ns);
    std::vector<Accumulator> sums(n_threads);
    for_own_distances(centers, n_threads,
                      [&](std::size_t worker, std::size_t first, std::size_t count, double* distances) {
                          if (!weights_) return add(*kernels_, sums[worker], distances, count);
                          for (std::size_t r = 0; r < count; ++r)
                              sums[worker].add_product(weights_[row_at(first + r)], distances[r]);
                      });
    for (std::size_t t = 1; t < n_threads; ++t) sums[0].add(sums[t]);
    return sums[0].value();
}

#define GLOBULAR_INSTANTIATE(T)                                                    \
    template void Session<T>::distances(Rows<double>, std::size_t, double*) const; \
    template double Session<T>::cost(Rows<double>, std::size_t) const;
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
