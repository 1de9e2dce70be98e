#include "sparse_session.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../distance.hpp"

namespace globular {

namespace {

constexpr std::int32_t kNone = -1;
constexpr float kDown = 1.0F - 0x1p-22F;  // more than two roundings

std::size_t n_chunks(std::size_t n, std::size_t per_chunk) { return (n + per_chunk - 1) / per_chunk; }

std::size_t rows_per_chunk(std::size_t n) { return std::clamp<std::size_t>(n / 64, 1, 256); }

template <class T>
double labelling_ns(SparseRows<T> rows, std::size_t k) {
    constexpr double kPerEntry = 2.0, kCentersAtOnce = 16.0;
    return static_cast<double>(rows.starts[rows.n]) * kPerEntry *
           std::ceil(static_cast<double>(k) / kCentersAtOnce);
}

// Nanoseconds that q of every row to one center may take.
template <class T>
double own_ns(SparseRows<T> rows) {
    return 0.5 * static_cast<double>(rows.n) * static_cast<double>(rows.d);
}

}  // namespace

template <class T>
struct SparseSession<T>::Worker {
    typename SparseFilter<T>::Scratch scratch;
    std::vector<std::uint32_t> active;
    std::vector<std::int32_t> labels;
    std::vector<float> gaps;
    StepCounts counts;
};

template <class T>
SparseSession<T>::SparseSession(SparseRows<T> rows, Weights weights, const Frame& frame,
                                const Kernels& kernels)
    : rows_(rows), weights_(weights), frame_(&frame), filter_(rows, frame.range(), kernels) {}

template <class T>
void SparseSession<T>::start(std::size_t k) {
    labels_.assign(rows_.n, kNone);
    next_.resize(rows_.n);
    limits_.assign(rows_.n, 0.0F);
    sums_ = ClusterSums(k, *frame_);
    drift_.start(k);
}

// Finds the next labels of the rows [first, last).
template <class T>
void SparseSession<T>::look(const SparseCenters& packed, std::size_t first, std::size_t last,
                            Worker& worker) {
    std::size_t count = 0;
    for (std::size_t i = first; i < last; ++i) {
        next_[i] = labels_[i];
        const bool stands = labels_[i] != kNone && limits_[i] > drift_[static_cast<std::size_t>(labels_[i])];
        worker.active[count] = static_cast<std::uint32_t>(i);
        count += static_cast<std::size_t>(!stands);
    }
    const std::size_t n_settled = filter_.label(packed, worker.active.data(), count, worker.labels.data(),
                                                worker.gaps.data(), worker.scratch);
    for (std::size_t e = 0; e < count; ++e) {
        const std::int32_t now = worker.labels[e];
        const float gap = worker.gaps[e], limit = (gap + drift_[static_cast<std::size_t>(now)]) * kDown;
        next_[worker.active[e]] = now;
        limits_[worker.active[e]] = gap > 0.0F ? limit : 0.0F;
    }
    worker.counts.n_settled += static_cast<std::int64_t>(n_settled);
    worker.counts.n_distances += static_cast<std::int64_t>((count + n_settled) * packed.exact.n);
}

// Takes over the next labels; thread t moves rows into and out of the clusters t, t + n_threads, ...
template <class T>
std::int64_t SparseSession<T>::take(std::size_t n_threads) {
    std::vector<std::int64_t> n_changed(n_threads);
    for_chunks(n_threads, n_threads, {}, [&](std::size_t t, std::size_t) {
        const auto mine = [=](std::int32_t j) { return j >= 0 && static_cast<std::size_t>(j) % n_threads == t; };
        for (std::size_t i = 0; i < rows_.n; ++i) {
            const std::int32_t from = labels_[i], to = next_[i];
            if (from == to) continue;
            if (mine(from)) sums_.add(*frame_, static_cast<std::size_t>(from), rows_, i, weights_[i], -1.0);
            if (!mine(to)) continue;
            sums_.add(*frame_, static_cast<std::size_t>(to), rows_, i, weights_[i], 1.0);
            ++n_changed[t];
        }
    });
    labels_.swap(next_);
    std::int64_t total = 0;
    for (const std::int64_t n : n_changed) total += n;
    return total;
}

template <class T>
StepCounts SparseSession<T>::e_step(Rows<double> centers, std::size_t n_threads,
                                    const Interrupted& interrupted) {
    const std::size_t n = rows_.n, k = centers.n, per_chunk = rows_per_chunk(n);
    if (sums_.k != k) start(k);
    const SparseCenters packed = filter_.pack(centers);
    drift_.follow(centers, filter_.scale(), packed.reach + filter_.longest());
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(rows_, k)), n_chunks(n, per_chunk));
    std::vector<Worker> workers;
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({filter_.scratch(k), std::vector<std::uint32_t>(per_chunk),
                           std::vector<std::int32_t>(per_chunk), std::vector<float>(per_chunk), {}});
    StepCounts counts;
    try {
        counts.complete = for_chunks(n_threads, n_chunks(n, per_chunk), interrupted,
                                     [&](std::size_t c, std::size_t t) {
                                         const std::size_t first = c * per_chunk;
                                         look(packed, first, std::min(n, first + per_chunk), workers[t]);
                                     });
    } catch (...) {
        forget();
        throw;
    }
    for (const Worker& worker : workers) {
        counts.n_settled += worker.counts.n_settled;
        counts.n_distances += worker.counts.n_distances;
    }
    if (counts.complete)
        counts.n_changed = take(n_threads);
    else
        forget();
    return counts;
}

template <class T>
void SparseSession<T>::move(const std::int64_t* rows, std::size_t count, std::int32_t to) {
    for (std::size_t e = 0; e < count; ++e) {
        const auto i = static_cast<std::size_t>(rows[e]);
        if (labels_[i] == to) continue;
        sums_.add(*frame_, static_cast<std::size_t>(labels_[i]), rows_, i, weights_[i], -1.0);
        sums_.add(*frame_, static_cast<std::size_t>(to), rows_, i, weights_[i], 1.0);
        labels_[i] = to;
        limits_[i] = 0.0F;  // not its nearest center: to be looked at
    }
}

template <class T>
void SparseSession<T>::labels(std::int32_t* out) const {
    std::copy(labels_.begin(), labels_.end(), out);
}

namespace {

// Calls use(worker, first row, count, q of each) for all rows.
template <class T, class Use>
void for_own_distances(SparseRows<T> rows, Rows<double> centers, const std::int32_t* labels,
                       std::size_t n_threads, Use use) {
    for_chunks(n_threads, n_chunks(rows.n, kRowsAtOnce), {}, [&](std::size_t c, std::size_t worker) {
        const std::size_t first = c * kRowsAtOnce, count = std::min(kRowsAtOnce, rows.n - first);
        double distances[kRowsAtOnce];
        own_distances(rows, centers, labels + first, first, count, distances);
        use(worker, first, count, distances);
    });
}

}  // namespace

template <class T>
void SparseSession<T>::distances(Rows<double> centers, std::size_t n_threads, double* out) const {
    n_threads = worthwhile_threads(n_threads, own_ns(rows_));
    for_own_distances(rows_, centers, labels_.data(), n_threads,
                      [&](std::size_t, std::size_t first, std::size_t count, const double* distances) {
                          std::copy_n(distances, count, out + first);
                      });
}

template <class T>
double SparseSession<T>::cost(Rows<double> centers, std::size_t n_threads) const {
    n_threads = worthwhile_threads(n_threads, own_ns(rows_));
    std::vector<Accumulator> sums(n_threads);
    for_own_distances(rows_, centers, labels_.data(), n_threads,
                      [&](std::size_t worker, std::size_t first, std::size_t count, const double* distances) {
                          if (!weights_) return sums[worker].add(std::span(distances, count));
                          for (std::size_t r = 0; r < count; ++r)
                              sums[worker].add_product(weights_[first + r], distances[r]);
                      });
    for (std::size_t t = 1; t < n_threads; ++t) sums[0].add(sums[t]);
    return sums[0].value();
}

// Rows are unpacked a block of features at a time, several side by side: a sum in feature order waits
// for each of its terms, but the sums of different rows do not wait for each other.
template <class T>
void own_distances(SparseRows<T> rows, Rows<double> centers, const std::int32_t* labels, std::size_t first,
                   std::size_t n, double* out) {
    constexpr std::size_t kFeatures = 256;
    double x[kFeatures][kRowsAtOnce] = {}, sum[kRowsAtOnce] = {};
    const double* center[kRowsAtOnce];
    std::size_t at[kRowsAtOnce], end[kRowsAtOnce];
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
        const std::size_t i = first + std::min(r, n - 1);  // the last row fills up
        center[r] = centers[static_cast<std::size_t>(labels[std::min(r, n - 1)])];
        at[r] = rows.begin(i);
        end[r] = rows.end(i);
    }
    for (std::size_t f0 = 0; f0 < rows.d; f0 += kFeatures) {
        const std::size_t f1 = std::min(rows.d, f0 + kFeatures);
        std::size_t from[kRowsAtOnce];
        for (std::size_t r = 0; r < kRowsAtOnce; ++r)
            for (from[r] = at[r]; at[r] < end[r] && rows.feature(at[r]) < f1; ++at[r])
                x[rows.feature(at[r]) - f0][r] = rows.value(at[r]);
        for (std::size_t f = f0; f < f1; ++f)
            for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
                const double t = x[f - f0][r] - center[r][f];
                sum[r] += t * t;
            }
        for (std::size_t r = 0; r < kRowsAtOnce; ++r)
            for (std::size_t e = from[r]; e < at[r]; ++e) x[rows.feature(e) - f0][r] = 0.0;
    }
    std::copy_n(sum, n, out);
}

template <class T>
bool assign(SparseRows<T> rows, const Range& range, Rows<double> centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels) {
    const SparseFilter<T> filter(rows, range, kernels);
    const SparseCenters packed = filter.pack(centers);
    const std::size_t per_chunk = rows_per_chunk(rows.n);
    n_threads = worthwhile_threads(n_threads, labelling_ns(rows, centers.n));
    std::vector<typename SparseFilter<T>::Scratch> scratch(n_threads, filter.scratch(centers.n));
    return for_chunks(n_threads, n_chunks(rows.n, per_chunk), interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk, count = std::min(per_chunk, rows.n - first);
        std::uint32_t which[256];
        float gaps[256];
        for (std::size_t e = 0; e < count; ++e) which[e] = static_cast<std::uint32_t>(first + e);
        filter.label(packed, which, count, labels + first, gaps, scratch[t]);
    });
}

namespace {

// Sum of the products of a row's entries and a dense row, or of their squares.
template <class T>
Double2 product(SparseRows<T> rows, std::size_t i, const double* dense) {
    Double2 sum{};
    for (std::size_t e = rows.begin(i); e < rows.end(i); ++e)
        sum = sum + two_product(rows.value(e), dense ? dense[rows.feature(e)] : rows.value(e));
    return sum;
}

}  // namespace

template <class T>
bool transform(SparseRows<T> rows, Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted,
               T* out) {
    const std::size_t k = centers.n;
    std::vector<Double2> lengths_sq(k);
    for (std::size_t j = 0; j < k; ++j)
        for (std::size_t f = 0; f < rows.d; ++f)
            lengths_sq[j] = lengths_sq[j] + two_product(centers[j][f], centers[j][f]);
    const std::size_t per_chunk = rows_per_chunk(rows.n);
    const double ns = 8.0 * static_cast<double>(rows.starts[rows.n]) * static_cast<double>(k);
    n_threads = worthwhile_threads(n_threads, ns);
    return for_chunks(n_threads, n_chunks(rows.n, per_chunk), interrupted, [&](std::size_t c, std::size_t) {
        const std::size_t last = std::min(rows.n, (c + 1) * per_chunk);
        for (std::size_t i = c * per_chunk; i < last; ++i) {
            const Double2 length_sq = product(rows, i, nullptr);
            for (std::size_t j = 0; j < k; ++j) {
                const Double2 p = product(rows, i, centers[j]);
                const Double2 v = (length_sq + lengths_sq[j]) + Double2{-2.0 * p.hi, -2.0 * p.lo};
                double v_sq = v.hi;
                if (v_sq < 0x1p-40 * (length_sq.hi + lengths_sq[j].hi)) {  // next to nothing is left of it
                    const auto label = static_cast<std::int32_t>(j);
                    own_distances(rows, centers, &label, i, 1, &v_sq);
                }
                out[i * k + j] = static_cast<T>(std::sqrt(v_sq));
            }
        }
    });
}

#define GLOBULAR_INSTANTIATE(T)                                                                    \
    template class SparseSession<T>;                                                               \
    template bool assign(SparseRows<T>, const Range&, Rows<double>, const Kernels&, std::size_t,   \
                         const Interrupted&, std::int32_t*);                                       \
    template bool transform(SparseRows<T>, Rows<double>, std::size_t, const Interrupted&, T*);     \
    template void own_distances(SparseRows<T>, Rows<double>, const std::int32_t*, std::size_t,     \
                                std::size_t, double*);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
