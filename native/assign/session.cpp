#include "session.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "../distance.hpp"

namespace globular {

namespace {

constexpr std::int32_t kNone = -1;  // the label of a row that has none yet

std::size_t n_chunks(std::size_t n, std::size_t per_chunk) { return (n + per_chunk - 1) / per_chunk; }

// Nanoseconds that labelling may take, to decide how many threads are worth starting.
double labelling_ns(std::size_t n, std::size_t k, std::size_t d) {
    constexpr double kPerProduct = 0.03, kPerRow = 2.0;
    return static_cast<double>(n) * (kPerRow + kPerProduct * static_cast<double>(k * (d + 2)));
}

}  // namespace

// One thread's share of an E-step; its sums are changes, merged when all are done.
template <class T>
struct Session<T>::Worker {
    Worker(std::size_t k, const Frame& frame, std::size_t rows, LabelScratch scratch)
        : changes(k, frame),
          labels(rows),
          scratch(std::move(scratch)) {}

    ClusterSums changes;
    std::vector<std::int32_t> labels;
    LabelScratch scratch;
    StepCounts counts;
};

template <class T>
Session<T>::Session(Rows<T> rows, Weights weights, const Frame& frame, const Kernels& kernels,
                    std::size_t n_threads, const Interrupted& interrupted)
    : rows_(rows),
      weights_(weights),
      frame_(&frame),
      filter_(rows, frame.range(), kernels),
      points_(filter_.packed_floats(rows.n)),
      norms_(Filter<T>::padded(rows.n)),
      labels_(Filter<T>::padded(rows.n), kNone) {
    const std::size_t per_chunk = rows_per_chunk(rows.n, 1, rows.d);
    n_threads = worthwhile_threads(n_threads, 0.7 * static_cast<double>(rows.n * rows.d));
    for_chunks(n_threads, n_chunks(rows.n, per_chunk), interrupted,
               [&](std::size_t c, std::size_t) {
                   const std::size_t first = c * per_chunk;
                   filter_.pack(first, std::min(per_chunk, rows_.n - first),
                                points_.data() + first * rows_.d, norms_.data() + first);
               });
}

// Takes the rows of a chunk whose label changed from one cluster to the other.
template <class T>
void Session<T>::move_rows(std::size_t first, std::size_t n, Worker& worker) {
    for (std::size_t g = 0; g < n; g += kGroup) {
        const std::size_t count = std::min(kGroup, n - g);
        std::int32_t* old = labels_.data() + first + g;
        if (std::memcmp(old, &worker.labels[g], count * sizeof *old) == 0) continue;
        for (std::size_t r = 0; r < count; ++r) {
            const std::int32_t to = worker.labels[g + r], from = old[r];
            if (to == from) continue;
            old[r] = to;
            ++worker.counts.n_changed;
            const double w = weights_[first + g + r];
            const T* x = rows_[first + g + r];
            worker.changes.add(*frame_, static_cast<std::size_t>(to), x, w, 1.0);
            if (from != kNone) worker.changes.add(*frame_, static_cast<std::size_t>(from), x, w, -1.0);
        }
    }
}

template <class T>
StepCounts Session<T>::e_step(Rows<double> centers, std::size_t n_threads,
                              const Interrupted& interrupted) {
    const std::size_t n = rows_.n, k = centers.n, d = rows_.d;
    if (sums_.k != k) {
        sums_ = ClusterSums(k, *frame_);
        std::fill(labels_.begin(), labels_.end(), kNone);
    }
    const PackedCenters packed = filter_.pack(centers);
    const std::size_t per_chunk = rows_per_chunk(n, k, d), chunks = n_chunks(n, per_chunk);
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(n, k, d)), chunks);
    std::vector<Worker> workers;
    workers.reserve(n_threads);
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.emplace_back(k, *frame_, Filter<T>::padded(per_chunk), filter_.scratch(packed));

    StepCounts counts;
    counts.complete = for_chunks(n_threads, chunks, interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk, count = std::min(per_chunk, n - first);
        Worker& worker = workers[t];
        worker.counts.n_settled += static_cast<std::int64_t>(
            filter_.label(packed, first, count, points_.data() + first * d, norms_.data() + first,
                          worker.labels.data(), worker.scratch));
        move_rows(first, count, worker);
    });
    for (const Worker& worker : workers) {
        counts.n_changed += worker.counts.n_changed;
        counts.n_settled += worker.counts.n_settled;
        if (worker.counts.n_changed != 0) sums_.add(worker.changes);
    }
    counts.n_distances = static_cast<std::int64_t>((n + static_cast<std::size_t>(counts.n_settled)) * k);
    if (!counts.complete) sums_ = ClusterSums();  // labels and sums no longer agree
    return counts;
}

template <class T>
void Session<T>::distances(Rows<double> centers, std::size_t n_threads, double* out) const {
    const std::size_t per_chunk = rows_per_chunk(rows_.n, 1, rows_.d);
    n_threads = worthwhile_threads(n_threads, 2.0 * static_cast<double>(rows_.n * rows_.d));
    for_chunks(n_threads, n_chunks(rows_.n, per_chunk), {}, [&](std::size_t c, std::size_t) {
        const std::size_t last = std::min(rows_.n, (c + 1) * per_chunk);
        for (std::size_t i = c * per_chunk; i < last; ++i)
            out[i] = q(rows_[i], centers[static_cast<std::size_t>(labels_[i])], rows_.d);
    });
}

template <class T>
double Session<T>::cost(Rows<double> centers, std::size_t n_threads) const {
    const std::size_t per_chunk = rows_per_chunk(rows_.n, 1, rows_.d);
    const double ns = static_cast<double>(rows_.n) * (8.0 + 2.0 * static_cast<double>(rows_.d));
    n_threads = worthwhile_threads(n_threads, ns);
    std::vector<Accumulator> sums(n_threads);
    for_chunks(n_threads, n_chunks(rows_.n, per_chunk), {}, [&](std::size_t c, std::size_t t) {
        const std::size_t last = std::min(rows_.n, (c + 1) * per_chunk);
        for (std::size_t i = c * per_chunk; i < last; ++i) {
            const double v = q(rows_[i], centers[static_cast<std::size_t>(labels_[i])], rows_.d);
            if (weights_)
                sums[t].add_product(weights_[i], v);
            else
                sums[t].add(v);
        }
    });
    for (std::size_t t = 1; t < n_threads; ++t) sums[0].add(sums[t]);
    return sums[0].value();
}

template <class T>
bool assign(Rows<T> rows, const Range& range, Rows<double> centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels) {
    const Filter<T> filter(rows, range, kernels);
    const PackedCenters packed = filter.pack(centers);
    const std::size_t n = rows.n, per_chunk = rows_per_chunk(n, centers.n, rows.d);
    const std::size_t chunks = n_chunks(n, per_chunk);
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(n, centers.n, rows.d)), chunks);
    struct Worker {
        Aligned<float> points, norms;
        std::vector<std::int32_t> labels;
        LabelScratch scratch;
    };
    std::vector<Worker> workers;
    workers.reserve(n_threads);
    const std::size_t room = Filter<T>::padded(std::min(per_chunk, n));
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({Aligned<float>(room * rows.d), Aligned<float>(room),
                           std::vector<std::int32_t>(room), filter.scratch(packed)});
    return for_chunks(n_threads, chunks, interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk, count = std::min(per_chunk, n - first);
        Worker& w = workers[t];
        filter.pack(first, count, w.points.data(), w.norms.data());
        filter.label(packed, first, count, w.points.data(), w.norms.data(), w.labels.data(), w.scratch);
        std::copy_n(w.labels.begin(), count, labels + first);
    });
}

#define GLOBULAR_INSTANTIATE(T)                                                             \
    template class Session<T>;                                                              \
    template bool assign(Rows<T>, const Range&, Rows<double>, const Kernels&, std::size_t, \
                         const Interrupted&, std::int32_t*);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
