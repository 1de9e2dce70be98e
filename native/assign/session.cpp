#include "session.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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
    Worker(std::size_t k, const Frame& frame, std::size_t rows, std::size_t d, LabelScratch for_labels)
        : changes(k, frame),
          points(rows * d),
          norms(rows),
          gaps(rows),
          labels(rows),
          active(rows),
          changed(rows),
          scratch(std::move(for_labels)) {}

    ClusterSums changes;
    Aligned<float> points, norms, gaps;
    Aligned<std::int32_t> labels;
    Aligned<std::uint32_t> active, changed;
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
      labels_(rows.n, kNone),
      limits_(rows.n) {
    const std::size_t per_chunk = rows_per_chunk(rows.n, 1, rows.d);
    n_threads = worthwhile_threads(n_threads, 0.7 * static_cast<double>(rows.n * rows.d));
    for_chunks(n_threads, n_chunks(rows.n, per_chunk), interrupted, [&](std::size_t c, std::size_t) {
        const std::size_t first = c * per_chunk;
        filter_.pack(first, std::min(per_chunk, rows_.n - first), points_.data() + first * rows_.d,
                     norms_.data() + first);
    });
}

template <class T>
void Session<T>::start(std::size_t k) {
    sums_ = ClusterSums(k, *frame_);
    std::fill(labels_.begin(), labels_.end(), kNone);
    drift_.assign(k, 0.0);
    centers_.clear();
    fresh_ = true;
}

// Adds to drift_[j], in scaled units, what may eat up the gap of a row of cluster j in this step:
// the way of center j, and the longest way of any other.
template <class T>
void Session<T>::drift(Rows<double> centers, double reach) {
    const std::size_t k = centers.n, d = centers.d;
    if (!centers_.empty()) {
        std::vector<double> way(k);
        double longest = 0.0, second = 0.0;
        for (std::size_t j = 0; j < k; ++j) {
            way[j] = std::sqrt(q(centers[j], &centers_[j * d], d)) * filter_.scale();
            second = std::max(second, std::min(longest, way[j]));
            longest = std::max(longest, way[j]);
        }
        // What q itself rounds, here and in the labels, in proportion to the longest distances.
        const double width = static_cast<double>(d) + 4.0;
        const double rounding = width * 0x1p-50 * (reach + 4.0 * std::sqrt(width));
        for (std::size_t j = 0; j < k; ++j) {
            const double other = way[j] == longest ? second : longest;
            drift_[j] += (way[j] + other) * (1.0 + 1e-9) + rounding;
        }
    }
    centers_.assign(centers.data, centers.data + k * d);
    drift_up_.resize(k);
    for (std::size_t j = 0; j < k; ++j)
        drift_up_[j] = std::nextafter(static_cast<float>(drift_[j]), std::numeric_limits<float>::infinity());
}

// Lists the rows of a chunk whose gap is used up in worker.active, and labels them. Returns how many.
template <class T>
std::size_t Session<T>::look(const PackedCenters& packed, std::size_t first, std::size_t n,
                             Worker& worker) const {
    const std::size_t d = rows_.d;
    std::uint32_t* active = worker.active.data();
    const float *points = points_.data() + first * d, *norms = norms_.data() + first;
    std::size_t count = 0;
    if (!fresh_) {
        const std::int32_t* labels = labels_.data() + first;
        const float *limits = limits_.data() + first, *drift = drift_up_.data();
        for (std::size_t i = 0; i < n; ++i) {
            active[count] = static_cast<std::uint32_t>(i);
            count += static_cast<std::size_t>(!(limits[i] > drift[labels[i]]));
        }
        if (count == 0) return 0;
    }
    // Packing costs about as much as a few centers; nearly full chunks are labelled where they lie.
    if (fresh_ || 8 * count > 7 * n) {
        count = n;
        std::iota(active, active + n, 0U);
    } else {
        filter_.gather(points, norms, active, count, worker.points.data(), worker.norms.data());
        points = worker.points.data();
        norms = worker.norms.data();
    }
    const Batch batch{points, norms, count, first, active, worker.labels.data(), worker.gaps.data()};
    worker.counts.n_settled += static_cast<std::int64_t>(filter_.label(packed, batch, worker.scratch));
    worker.counts.n_distances += static_cast<std::int64_t>(count * packed.exact.n);
    return count;
}

// Takes over the labels and gaps of the rows looked at, and moves those that changed cluster.
template <class T>
void Session<T>::take(std::size_t first, std::size_t count, Worker& worker) {
    constexpr float kDown = 1.0F - 0x1p-22F;
    std::uint32_t* active = worker.active.data();
    const std::int32_t* now = worker.labels.data();
    const float *gaps = worker.gaps.data(), *drift = drift_up_.data();
    std::int32_t* labels = labels_.data() + first;
    float* limits = limits_.data() + first;
    std::uint32_t* changed = worker.changed.data();
    std::size_t n_changed = 0;
    for (std::size_t e = 0; e < count; ++e) {
        const std::uint32_t i = active[e];
        const float limit = (gaps[e] + drift[now[e]]) * kDown;
        limits[i] = gaps[e] > 0.0F ? limit : 0.0F;
        changed[n_changed] = static_cast<std::uint32_t>(e);
        n_changed += static_cast<std::size_t>(labels[i] != now[e]);
    }
    for (std::size_t c = 0; c < n_changed; ++c) {
        const std::size_t e = changed[c], row = first + active[e];
        const std::int32_t from = labels_[row];
        labels_[row] = now[e];
        worker.changes.add(*frame_, static_cast<std::size_t>(now[e]), rows_[row], weights_[row], 1.0);
        if (from != kNone)
            worker.changes.add(*frame_, static_cast<std::size_t>(from), rows_[row], weights_[row], -1.0);
    }
    worker.counts.n_changed += static_cast<std::int64_t>(n_changed);
}

template <class T>
StepCounts Session<T>::e_step(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted) {
    const std::size_t n = rows_.n, k = centers.n, d = rows_.d;
    if (sums_.k != k) start(k);
    const PackedCenters packed = filter_.pack(centers);
    drift(centers, packed.reach);
    const std::size_t per_chunk = rows_per_chunk(n, k, d), chunks = n_chunks(n, per_chunk);
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(n, k, d)), chunks);
    std::vector<Worker> workers;
    workers.reserve(n_threads);
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.emplace_back(k, *frame_, Filter<T>::padded(per_chunk), d, filter_.scratch(packed));

    StepCounts counts;
    counts.complete = for_chunks(n_threads, chunks, interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk;
        Worker& worker = workers[t];
        take(first, look(packed, first, std::min(per_chunk, n - first), worker), worker);
    });
    for (const Worker& worker : workers) {
        counts.n_changed += worker.counts.n_changed;
        counts.n_settled += worker.counts.n_settled;
        counts.n_distances += worker.counts.n_distances;
        if (worker.counts.n_changed != 0) sums_.add(worker.changes);
    }
    counts.n_distances += counts.n_settled * static_cast<std::int64_t>(k);
    fresh_ = false;
    if (!counts.complete) sums_ = ClusterSums();  // labels and sums no longer agree
    return counts;
}

template <class T>
void Session<T>::move(const std::int64_t* rows, std::size_t count, std::int32_t to) {
    for (std::size_t e = 0; e < count; ++e) {
        const auto i = static_cast<std::size_t>(rows[e]);
        sums_.add(*frame_, static_cast<std::size_t>(labels_[i]), rows_[i], weights_[i], -1.0);
        sums_.add(*frame_, static_cast<std::size_t>(to), rows_[i], weights_[i], 1.0);
        labels_[i] = to;
        limits_[i] = 0.0F;  // not its nearest center: to be looked at
    }
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
        Aligned<float> points, norms, gaps;
        Aligned<std::int32_t> labels;
        LabelScratch scratch;
    };
    std::vector<Worker> workers;
    workers.reserve(n_threads);
    const std::size_t room = Filter<T>::padded(std::min(per_chunk, n));
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({Aligned<float>(room * rows.d), Aligned<float>(room), Aligned<float>(room),
                           Aligned<std::int32_t>(room), filter.scratch(packed)});
    return for_chunks(n_threads, chunks, interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk, count = std::min(per_chunk, n - first);
        Worker& w = workers[t];
        filter.pack(first, count, w.points.data(), w.norms.data());
        const Batch batch{
            w.points.data(), w.norms.data(), count, first, nullptr, w.labels.data(), w.gaps.data()};
        filter.label(packed, batch, w.scratch);
        std::copy_n(w.labels.data(), count, labels + first);
    });
}

#define GLOBULAR_INSTANTIATE(T)                                                            \
    template class Session<T>;                                                             \
    template bool assign(Rows<T>, const Range&, Rows<double>, const Kernels&, std::size_t, \
                         const Interrupted&, std::int32_t*);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
