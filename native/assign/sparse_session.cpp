#include "sparse_session.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "labelled.hpp"
#include "square_runs.hpp"

namespace globular {

namespace {

std::size_t rows_per_chunk(std::size_t n) { return std::clamp<std::size_t>(n / 64, 1, 256); }

template <class T>
double labelling_ns(SparseRows<T> rows, std::size_t k) {
    constexpr double kPerEntry = 2.0, kCentersAtOnce = 16.0;
    return static_cast<double>(rows.starts[rows.n]) * kPerEntry *
           std::ceil(static_cast<double>(k) / kCentersAtOnce);
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
                                const Kernels& kernels, Way way)
    : rows_(rows), weights_(weights), filter_(rows, frame.range(), kernels), way_(way) {}

template <class T>
void SparseSession<T>::start(std::size_t k) {
    forget();
    labels_.assign(rows_.n, kNone);
    next_.resize(rows_.n);
    limits_.assign(rows_.n, 0.0F);
    drift_.start(k);
    k_ = k;
}

// Finds the next labels of the rows [first, last).
template <class T>
void SparseSession<T>::look(const SparsePanels& packed, std::size_t first, std::size_t last, Worker& worker) {
    std::size_t count = 0;
    for (std::size_t i = first; i < last; ++i) {
        next_[i] = labels_[i];
        const bool stands = labels_[i] != kNone && way_ != Way::brute &&
                            limits_[i] > drift_[static_cast<std::size_t>(labels_[i])];
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
    worker.counts.n_distances += static_cast<std::int64_t>((count + n_settled) * packed.exact->n());
}

// Takes over the next labels. Returns how many are other ones.
template <class T>
std::int64_t SparseSession<T>::take() {
    std::int64_t n_changed = 0;
    for (std::size_t i = 0; i < rows_.n; ++i) n_changed += labels_[i] != next_[i];
    labels_.swap(next_);
    return n_changed;
}

template <class T>
StepCounts SparseSession<T>::e_step(const SparseCenters& centers, std::size_t n_threads,
                                    const Interrupted& interrupted) {
    const std::size_t n = rows_.n, k = centers.n(), per_chunk = rows_per_chunk(n);
    struct Undo {  // whatever goes wrong, half a step is none
        SparseSession* session;
        ~Undo() {
            if (session) session->forget();
        }
    } undo{this};
    if (k_ != k) start(k);
    filter_.pack(centers, n_threads, packed_);
    const SparsePanels& packed = packed_;
    drift_.follow(packed.ways, rows_.d, packed.reach + filter_.longest());
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(rows_, k)), chunks_of(n, per_chunk));
    std::vector<Worker> workers;
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({filter_.scratch(k),
                           std::vector<std::uint32_t>(per_chunk),
                           std::vector<std::int32_t>(per_chunk),
                           std::vector<float>(per_chunk),
                           {}});
    StepCounts counts;
    counts.complete =
        for_chunks(n_threads, chunks_of(n, per_chunk), interrupted, [&](std::size_t c, std::size_t t) {
            const std::size_t first = c * per_chunk;
            look(packed, first, std::min(n, first + per_chunk), workers[t]);
        });
    if (!counts.complete) return counts;
    counts.n_changed = take();
    undo.session = nullptr;
    for (const Worker& worker : workers) {
        counts.n_settled += worker.counts.n_settled;
        counts.n_distances += worker.counts.n_distances;
    }
    return counts;
}

template <class T>
void SparseSession<T>::move(const std::int64_t* rows, std::size_t count, std::int32_t to) {
    for (std::size_t e = 0; e < count; ++e) {
        const auto i = static_cast<std::size_t>(rows[e]);
        if (labels_[i] == to) continue;
        labels_[i] = to;
        limits_[i] = 0.0F;  // not its nearest center: to be looked at
    }
}

template <class T>
void SparseSession<T>::labels(std::int32_t* out) const {
    std::copy(labels_.begin(), labels_.end(), out);
}

template <class T>
Aligned<std::int32_t> SparseSession<T>::give_labels() {
    Aligned<std::int32_t> given(rows_.n);
    labels(given.data());
    forget();
    return given;
}

template <class T>
void own_distances(SparseRows<T> rows, const SparseCenters& centers, const std::int32_t* labels,
                   std::size_t n_threads, double* out) {
    const std::size_t k = centers.n();
    const ByCluster order(labels, rows.n, k);
    struct Worker {
        SquareRuns runs;
        std::vector<double> center, distances;
    };
    // In large chunks, or several threads would make tables for the same cluster.
    constexpr std::size_t kLeast = 512, kChunksAThread = 2;
    constexpr double kPerEntry = 12.0, kPerCoordinate = 2.0;
    const double ns = kPerEntry * static_cast<double>(rows.starts[rows.n]) +
                      kPerCoordinate * static_cast<double>(k) * static_cast<double>(rows.d);
    n_threads = std::min(worthwhile_threads(n_threads, ns), chunks_of(rows.n, kLeast));
    const std::size_t per_chunk = std::max(kLeast, rows.n / (kChunksAThread * n_threads) + 1);
    std::vector<Worker> workers;
    for (std::size_t t = 0; t < n_threads; ++t)
        workers.push_back({SquareRuns(rows.d), std::vector<double>(rows.d), {}});
    for_chunks(n_threads, chunks_of(rows.n, per_chunk), {}, [&](std::size_t c, std::size_t t) {
        Worker& w = workers[t];
        const std::size_t last = std::min(rows.n, (c + 1) * per_chunk);
        for (std::size_t e = c * per_chunk, end; e < last; e = end) {
            const auto j = static_cast<std::size_t>(labels[order.rows[e]]);
            end = std::min(last, order.begins[j + 1]);
            w.distances.resize(end - e);
            centers.unpack(j, 0, rows.d, w.center.data());
            w.runs.take(w.center.data());
            w.runs.distances(rows, &order.rows[e], end - e, w.distances.data());
            for (std::size_t r = e; r < end; ++r) out[order.rows[r]] = w.distances[r - e];
        }
    });
}

template <class T>
void SparseSession<T>::distances(const SparseCenters& centers, std::size_t n_threads, double* out) const {
    own_distances(rows_, centers, labels_.data(), n_threads, out);
}

template <class T>
double SparseSession<T>::cost(const SparseCenters& centers, std::size_t n_threads) const {
    std::vector<double> q(rows_.n);
    own_distances(rows_, centers, labels_.data(), n_threads, q.data());
    Accumulator sum;
    if (!weights_) sum.add(std::span<const double>(q));
    for (std::size_t i = 0; weights_ && i < rows_.n; ++i) sum.add_product(weights_[i], q[i]);
    return sum.value();
}

template <class T>
bool assign(SparseRows<T> rows, const Range& range, const SparseCenters& centers, const Kernels& kernels,
            std::size_t n_threads, const Interrupted& interrupted, std::int32_t* labels) {
    const SparseFilter<T> filter(rows, range, kernels);
    SparsePanels packed;
    filter.pack(centers, n_threads, packed);
    const std::size_t per_chunk = rows_per_chunk(rows.n);
    n_threads = worthwhile_threads(n_threads, labelling_ns(rows, centers.n()));
    std::vector<typename SparseFilter<T>::Scratch> scratch(n_threads, filter.scratch(centers.n()));
    return for_chunks(
        n_threads, chunks_of(rows.n, per_chunk), interrupted, [&](std::size_t c, std::size_t t) {
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
bool transform(SparseRows<T> rows, Rows<double> centers, std::size_t n_threads,
               const Interrupted& interrupted, T* out) {
    const std::size_t k = centers.n;
    std::vector<Double2> lengths_sq(k);
    for (std::size_t j = 0; j < k; ++j)
        for (std::size_t f = 0; f < rows.d; ++f)
            lengths_sq[j] = lengths_sq[j] + two_product(centers[j][f], centers[j][f]);
    const std::size_t per_chunk = rows_per_chunk(rows.n);
    const double ns = 8.0 * static_cast<double>(rows.starts[rows.n]) * static_cast<double>(k);
    n_threads = worthwhile_threads(n_threads, ns);
    return for_chunks(n_threads, chunks_of(rows.n, per_chunk), interrupted, [&](std::size_t c, std::size_t) {
        const std::size_t last = std::min(rows.n, (c + 1) * per_chunk);
        std::optional<SquareRuns> runs;
        for (std::size_t i = c * per_chunk; i < last; ++i) {
            const Double2 length_sq = product(rows, i, nullptr);
            for (std::size_t j = 0; j < k; ++j) {
                const Double2 p = product(rows, i, centers[j]);
                const Double2 v = (length_sq + lengths_sq[j]) + Double2{-2.0 * p.hi, -2.0 * p.lo};
                double v_sq = v.hi;
                if (v_sq < 0x1p-40 * (length_sq.hi + lengths_sq[j].hi)) {  // next to nothing is left of it
                    const auto row = static_cast<std::uint32_t>(i);
                    if (!runs) runs.emplace(rows.d);
                    runs->take(centers[j]);
                    runs->distances(rows, &row, 1, &v_sq);
                }
                out[i * k + j] = static_cast<T>(std::sqrt(v_sq));
            }
        }
    });
}

#define GLOBULAR_INSTANTIATE(T)                                                                          \
    template class SparseSession<T>;                                                                     \
    template bool assign(SparseRows<T>, const Range&, const SparseCenters&, const Kernels&, std::size_t, \
                         const Interrupted&, std::int32_t*);                                             \
    template bool transform(SparseRows<T>, Rows<double>, std::size_t, const Interrupted&, T*);           \
    template void own_distances(SparseRows<T>, const SparseCenters&, const std::int32_t*, std::size_t,   \
                                double*);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
