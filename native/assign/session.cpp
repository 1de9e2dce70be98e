#include "session.hpp"

#include <algorithm>
#include <utility>

#include "../distance.hpp"
#include "session_worker.hpp"

namespace globular {

template <class T>
Session<T>::Session(Rows<T> rows, Weights weights, const Frame& frame, const Kernels& kernels, Way way)
    : rows_(rows),
      weights_(weights),
      frame_(&frame),
      kernels_(&kernels),
      filter_(rows, frame.range(), kernels),
      way_(way) {}

template <class T>
Session<T>::~Session() = default;

// Makes ready for k centers, as if nothing had been labelled. Returns false if interrupted.
template <class T>
bool Session<T>::start(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted) {
    forget();
    boxes_pay_.start(prices(*kernels_), centers.n, rows_.d);
    if (limits_.size() == 0 && !lay_out(centers, n_threads, interrupted)) return false;
    if (labels_.size() == 0) labels_ = Aligned<std::int32_t>(Filter<T>::padded(rows_.n));
    const std::size_t k = centers.n;
    std::fill(group_labels_.begin(), group_labels_.end(), kNone);
    constexpr std::size_t kRowsWorthASum = 8;
    const bool wanted = rows_.n >= kRowsWorthASum * k;
    sums_ = wanted ? std::make_shared<ClusterSums>(k, *frame_) : nullptr;
    plain_ = sums_ && !weights_ && frame_->plain(1.0);
    few_ = plain_ && rows_.d <= kMaxDirectD;
    drift_.start(k);
    gaps_pay_ = {prices(*kernels_), k, rows_.d};
    center_groups_ = {};
    center_groups_pay_ = {};
    heads_pay_ = {};
    k_ = k;
    fresh_ = true;
    limited_ = false;
    return true;
}

// Makes room for what is kept by position, and decides what position a row has.
template <class T>
bool Session<T>::lay_out(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted) {
    const std::size_t n = rows_.n;
    groups_ = {};
    norms_ = Aligned<float>(filter_.few_features() ? 0 : Filter<T>::padded(n));
    if (boxes_possible() && (way_ == Way::kanungo || boxes_pay(centers))) {
        if (!lay_out_in_space(n_threads, interrupted)) return false;
    } else {
        points_ = Aligned<float>(filter_.in_place() || filter_.packed_anew() ? 0 : filter_.packed_floats(n));
        limits_ = Aligned<float>(n);
    }
    return true;
}

// Whether this step goes by gaps. They cost no more than labels alone where centers lie in lanes.
template <class T>
bool Session<T>::goes_by_gaps() {
    if (groups_ || way_ == Way::brute) return false;
    return way_ == Way::hamerly || way_ == Way::yinyang || way_ == Way::heads || !filter_.points_in_lanes() ||
           gaps_pay_.next();
}

// Whether this step goes by groups of centers, too. They have nothing to go by before all rows have a gap, or
// a head.
template <class T>
bool Session<T>::goes_by_center_groups(const PackedCenters& packed) {
    if (filter_.points_in_lanes() || packed.useless || !by_gaps_ || !(limited_ || by_heads_)) return false;
    if (way_ == Way::yinyang || way_ == Way::heads) return CenterGroups::possible(packed.exact.n, *kernels_);
    return way_ == Way::automatic && CenterGroups::enough(packed.exact.n, rows_.n, *kernels_) &&
           center_groups_pay_.next();
}

// The rows from a position on, where they lie or were packed.
template <class T>
Placed Session<T>::placed(std::size_t first) const {
    if (filter_.in_place()) return filter_.lying(first);
    return {points_.size() ? points_.data() + first * filter_.stride() : nullptr, filter_.stride()};
}

// The same, packed if they were not yet; in `room`, if no copy is kept.
template <class T>
Placed Session<T>::ready(const PackedCenters& packed, std::size_t first, std::size_t n, float* room) {
    const bool kept = points_.size() > 0, there = packed_ && (kept || filter_.in_place());
    if (kept) room = points_.data() + first * filter_.stride();
    return filter_.ready(packed, first, n, there, room, norms_at(first));
}

// Lists the rows of a chunk whose gap is used up in worker.active, and labels them. Returns how many.
template <class T>
std::size_t Session<T>::look(const PackedCenters& packed, std::size_t first, std::size_t n, Worker& worker) {
    std::uint32_t* active = worker.active.data();
    std::size_t count = 0;
    if (by_gaps_ && limited_) {
        count =
            kernels_->used_up(limits_.data() + first, labels_.data() + first, drift_.data(), k_, n, active);
        if (count == 0) return 0;
    }
    // Packing costs about as much as a few centers; nearly full chunks are labelled where they lie.
    worker.whole = !limited_ || !by_gaps_ || 8 * count > 7 * n;
    Placed points{worker.points.data(), filter_.stride()};
    const float* norms = worker.norms.data();
    if (worker.whole) {
        count = n;
        points = ready(packed, first, n, worker.points.data());
        norms = norms_at(first);
    } else {
        filter_.gather(first, placed(first), norms_at(first), active, count, worker.points.data(),
                       worker.norms.data());
    }
    const Batch batch{points,
                      norms,
                      count,
                      first,
                      worker.whole ? nullptr : active,
                      worker.labels.data(),
                      worker.gaps.data()};
    worker.counts.n_settled +=
        static_cast<std::int64_t>(filter_.label(packed, packed.pass, batch, worker.scratch));
    worker.counts.n_distances += static_cast<std::int64_t>(count * packed.exact.n);
    return count;
}

// Labels all rows of a chunk, and moves those that changed cluster: look and take in one, where nothing but
// the labels is wanted.
template <class T>
void Session<T>::relabel(const PackedCenters& packed, std::size_t first, std::size_t n, Worker& worker) {
    const std::int32_t* labels = labels_.data() + first;
    std::int32_t* now = worker.labels.data();
    std::uint32_t* rows = worker.active.data();
    const Placed points = ready(packed, first, n, worker.points.data());
    const std::size_t listed =
        packed.relabel(packed.pass, points.at, Filter<T>::padded(n), labels, now, rows);
    std::size_t changed = 0;
    for (std::size_t e = 0; e < listed && rows[e] < n; ++e) {
        const std::uint32_t row = rows[e];
        std::int32_t label = now[e];
        if (label < 0) {
            label = filter_.settle(packed, first + row, worker.scratch);
            ++worker.counts.n_settled;
        }
        rows[changed] = row;
        now[changed] = label;
        changed += static_cast<std::size_t>(label != labels[row]);
    }
    worker.counts.n_distances += static_cast<std::int64_t>(n * packed.exact.n);
    change_rows(first, changed, worker);
}

// Takes over the labels and gaps of the rows looked at, and moves those that changed cluster.
template <class T>
void Session<T>::take(std::size_t first, std::size_t count, Worker& worker) {
    std::int32_t* now = worker.labels.data();
    const std::int32_t* labels = labels_.data() + first;
    std::uint32_t* active = worker.active.data();
    float *limits = limits_.data() + first, *renewed = worker.whole ? limits : worker.gaps.data();
    if (by_gaps_) kernels_->limits(worker.gaps.data(), now, drift_.data(), k_, count, renewed);
    if (worker.whole) return change_rows(first, kernels_->differing(labels, now, count, active), worker);
    std::size_t changed = 0;
    for (std::size_t e = 0; e < count; ++e) {  // only by gaps
        const std::uint32_t row = active[e];
        limits[row] = renewed[e];
        active[changed] = row;
        now[changed] = now[e];
        changed += static_cast<std::size_t>(labels[row] != now[e]);
    }
    change_rows(first, changed, worker);
}

// Takes the rows first + worker.active[e] to the clusters worker.labels[e].
template <class T>
void Session<T>::change_rows(std::size_t first, std::size_t count, Worker& worker) {
    const std::uint32_t* rows = worker.active.data();
    const std::int32_t* to = worker.labels.data();
    std::int32_t* labels = labels_.data() + first;
    worker.counts.n_changed += static_cast<std::int64_t>(count);
    for (std::size_t e = 0; e < count; ++e) worker.touched[static_cast<std::size_t>(to[e])] = 1;
    for (std::size_t e = 0; e < count && !fresh_; ++e)
        worker.touched[static_cast<std::size_t>(labels[rows[e]])] = 1;
    if (few_)
        row_kernels<T>(*kernels_).change[rows_.d - 1](
            frame_->row_grids(),
            groups_ ? groups_.few(first / kGroup) : FewFeatures<T>{rows_[first], rows_.d, 1}, rows, count,
            fresh_ ? nullptr : labels, to, worker.few.data());
    else if (plain_ && !groups_)
        worker.sums->change(*frame_, *kernels_, rows_[first], rows, count, fresh_ ? nullptr : labels, to);
    else if (worker.sums) {
        for (std::size_t e = 0; groups_ && e < count; ++e)  // they lie anywhere
            __builtin_prefetch(rows_[row_at(first + rows[e])]);
        for (std::size_t e = 0; e < count; ++e) change_row(first + rows[e], to[e], *worker.sums);
    }
    for (std::size_t e = 0; e < count; ++e) labels[rows[e]] = to[e];
    if (limited_ && !by_gaps_)  // the limits of the others still hold
        for (std::size_t e = 0; e < count; ++e) limits_.data()[first + rows[e]] = 0.0F;
}

template <class T>
void Session<T>::change_row(std::size_t position, std::int32_t to, ClusterSums& sums) {
    const T* x = rows_[row_at(position)];
    const double w = weights_[row_at(position)];
    const std::int32_t from = labels_.data()[position];
    if (from == kNone) return sums.add(*frame_, *kernels_, static_cast<std::size_t>(to), x, w, 1.0);
    sums.move(*frame_, *kernels_, static_cast<std::size_t>(from), static_cast<std::size_t>(to), x, w);
}

// Workers for a step, with room for so many rows each; those of the step before, if they fit.
template <class T>
void Session<T>::hire(std::size_t n_threads, std::size_t rows, const PackedCenters& packed) {
    const std::size_t k = packed.exact.n;
    const bool fit =
        !workers_.empty() && workers_[0].touched.size() == k && workers_[0].labels.size() == rows;
    if (!fit) workers_.clear();
    workers_.reserve(n_threads);
    while (workers_.size() < n_threads) {
        workers_.emplace_back(k, *frame_, rows, filter_.stride(), filter_.scratch(packed));
        if (workers_.size() > 1 && sums_) workers_.back().changes = ClusterSums(k, *frame_);
        if (few_) workers_.back().few.resize(k * 2 * kFewWidth[rows_.d]);
    }
    for (Worker& worker : workers_)
        worker.sums = &worker == workers_.data() || !sums_ ? sums_.get() : &worker.changes;
}

// Adds up what the workers did, and leaves them ready for the next step.
template <class T>
void Session<T>::merge(StepCounts& counts) {
    std::int64_t n_looked_at = 0, n_heads = 0;
    for (Worker& worker : workers_) {
        counts.n_changed += worker.counts.n_changed;
        counts.n_settled += worker.counts.n_settled;
        counts.n_distances += worker.counts.n_distances;
        for (std::size_t j = 0; j < k_ && sums_; ++j) {
            if (worker.touched[j] && worker.sums != sums_.get()) sums_->take(j, worker.changes);
            if (worker.touched[j] && few_) sums_->take(j, worker.few.data());
            worker.touched[j] = 0;
        }
        n_looked_at += worker.n_looked_at;
        n_heads += worker.n_heads;
        worker.n_looked_at = worker.n_heads = 0;
        worker.counts = {};
    }
    if (by_heads_) heads_pay_.tell(static_cast<double>(n_heads), static_cast<double>(counts.n_distances));
    counts.n_distances +=
        n_heads * static_cast<std::int64_t>(heads_.width()) / static_cast<std::int64_t>(rows_.d);
    const double n = static_cast<double>(rows_.n), k = static_cast<double>(k_);
    const double share = static_cast<double>(counts.n_distances) / k / n;
    gaps_pay_.tell(share, static_cast<double>(counts.n_changed) / n);
    if (boxes_possible() && !groups_)
        boxes_pay_.tell(by_gaps_ ? gaps_price(prices(*kernels_), k_, rows_.d, share)
                                 : labelling_price(prices(*kernels_), k_, rows_.d));
    center_groups_pay_.tell(static_cast<double>(n_looked_at) / n, share,
                            static_cast<double>(counts.n_changed) / n);
    counts.n_distances += counts.n_settled * static_cast<std::int64_t>(k_);
}

// Sums that nobody else holds.
template <class T>
void Session<T>::own_sums() {
    if (sums_ && sums_.use_count() > 1) sums_ = std::make_shared<ClusterSums>(*sums_);
}

template <class T>
StepCounts Session<T>::e_step(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted) {
    const std::size_t n = rows_.n, k = centers.n, d = rows_.d;
    StepCounts counts;
    struct Undo {  // whatever goes wrong, half a step is none: labels, ways and sums may no longer agree
        Session* session;
        ~Undo() {
            if (!session) return;
            session->forget();
            session->workers_.clear();
            session->packed_centers_ = {};
        }
    } undo{this};
    if (k_ != k && !start(centers, n_threads, interrupted)) {
        counts.complete = false;
        return counts;
    }
    own_sums();
    if (boxes_possible() && !groups_ && boxes_pay(centers) && !lay_out_now(n_threads, interrupted)) {
        counts.complete = false;
        return counts;
    }
    PackedCenters& packed = packed_centers_;
    by_gaps_ = goes_by_gaps();
    filter_.pack(centers, n_threads,
                 groups_    ? Wanted::listed
                 : by_gaps_ ? Wanted::gaps
                            : Wanted::labels,
                 packed);
    drift_.follow(packed.ways, d, packed.reach + filter_.longest());
    if (!find_heads(packed, n_threads, interrupted)) {
        counts.complete = false;
        return counts;
    }
    by_heads_ = heads_ && (way_ == Way::heads || heads_pay_.next());
    by_center_groups_ = goes_by_center_groups(packed);
    const std::size_t per_chunk = groups_             ? 4 * kSuper * kGroup
                                  : by_center_groups_ ? CenterGroups::rows_per_chunk(n)
                                                      : rows_per_chunk(n, k, d);
    const std::size_t chunks = chunks_of(n, per_chunk);
    n_threads = std::min(worthwhile_threads(n_threads, labelling_ns(n, k, d)), chunks);
    hire(n_threads, Filter<T>::padded(per_chunk), packed);
    if (groups_) choose_from(packed);
    group_centers(packed, per_chunk);

    counts.complete = for_chunks(n_threads, chunks, interrupted, [&](std::size_t c, std::size_t t) {
        const std::size_t first = c * per_chunk, last = std::min(n, first + per_chunk);
        Worker& worker = workers_[t];
        // Chunks are whole groups, but for the last, of which relabel reads what fills it up.
        if (fresh_) std::fill_n(labels_.data() + first, Filter<T>::padded(last - first), kNone);
        if (groups_)
            step_by_boxes(packed, first / kGroup, (last + kGroup - 1) / kGroup, worker);
        else if (by_center_groups_)
            take(first, look_by_center_groups(packed, first, last - first, worker), worker);
        else if (packed.relabel)
            relabel(packed, first, last - first, worker);
        else
            take(first, look(packed, first, last - first, worker), worker);
    });
    if (!counts.complete) return counts;
    merge(counts);
    limited_ = limited_ || by_gaps_;
    fresh_ = false;
    packed_ = true;
    undo.session = nullptr;
    return counts;
}

template <class T>
void Session<T>::move(const std::int64_t* rows, std::size_t count, std::int32_t to) {
    std::vector<std::int64_t> wanted(rows, rows + count);
    std::sort(wanted.begin(), wanted.end());
    own_sums();
    for (std::size_t p = 0; p < rows_.n; ++p) {
        if (!std::binary_search(wanted.begin(), wanted.end(), static_cast<std::int64_t>(row_at(p)))) continue;
        if (sums_)
            sums_->move(*frame_, *kernels_, static_cast<std::size_t>(labels_.data()[p]),
                        static_cast<std::size_t>(to), rows_[row_at(p)], weights_[row_at(p)]);
        labels_.data()[p] = to;
        limits_.data()[groups_ ? p / kGroup : p] = 0.0F;  // not its nearest center: to be looked at
        if (groups_) group_labels_[p / kGroup] = kMixed;
        if (center_groups_) center_groups_.forget(p);
    }
}

template <class T>
void Session<T>::labels(std::int32_t* out) const {
    if (!groups_) {
        std::copy_n(labels_.data(), rows_.n, out);
        return;
    }
    for (std::size_t p = 0; p < rows_.n; ++p) out[row_at(p)] = labels_.data()[p];
}

template <class T>
Aligned<std::int32_t> Session<T>::give_labels() {
    Aligned<std::int32_t> given;
    if (groups_) {
        given = Aligned<std::int32_t>(rows_.n);
        labels(given.data());
    } else {
        given = std::exchange(labels_, {});
    }
    forget();
    return given;
}

template class Session<float>;
template class Session<double>;

}  // namespace globular
