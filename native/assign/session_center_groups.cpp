// A session's E-step by groups of centers: rows whose gap is used up look at the groups that they may be near
// to.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "../team.hpp"
#include "session.hpp"
#include "session_worker.hpp"

namespace globular {

// Finds heads of all rows, if they spare most of what is far from the centers at hand, which are as good as
// any: once for all fits. Then the rows are packed, too. Returns false if interrupted.
template <class T>
bool Session<T>::find_heads(const PackedCenters& packed, std::size_t n_threads,
                            const Interrupted& interrupted) {
    constexpr std::size_t kTried = 64;     // rows by which to tell
    constexpr double kEnough = 1.0 / 8.0;  // no more than two in a group of centers
    const std::size_t n = rows_.n, d = rows_.d, k = packed.exact.n;
    const bool wanted = way_ == Way::heads && CenterGroups::possible(k, *kernels_);
    const bool worthwhile =
        way_ == Way::automatic && CenterGroups::enough(k, n, *kernels_) && Heads::enough(n, d);
    if (tried_heads_ || filter_.points_in_lanes() || packed.useless || !(wanted || worthwhile)) return true;
    Aligned<float> sample(std::max(std::min(n, Heads::kSample), kLeastRows) * d);
    const std::size_t n_sample = sample.size() / d;
    for (std::size_t s = 0; s < n_sample; ++s) filter_.moved(s * n / n_sample, sample.data() + s * d);
    Heads heads(sample, d, *kernels_);
    heads.follow(packed, filter_.wider(packed, heads.off()));
    if (!wanted && heads.share_in_reach(packed, {sample.data(), n_sample / kTried * d}, kTried) > kEnough) {
        tried_heads_ = true;
        return true;
    }

    if (filter_.in_place()) heads.measure_from(filter_.middle());
    Aligned<float> row_heads(Filter<T>::padded(n) * heads.width());
    const std::size_t per_chunk = CenterGroups::rows_per_chunk(n);
    const double ns = labelling_ns(n, heads.width(), d);
    const auto of_chunk = [&](std::size_t c, std::size_t) {
        const std::size_t first = c * per_chunk, count = std::min(per_chunk, n - first);
        Aligned<float> room(filter_.in_place() ? filter_.packed_floats(count) : 0);
        const Placed points = ready(packed, first, count, room.data());
        heads.of_rows(points, norms_at(first), std::max(count, kLeastRows),
                      row_heads.data() + first * heads.width());
    };
    if (!for_chunks(worthwhile_threads(n_threads, ns), chunks_of(n, per_chunk), interrupted, of_chunk))
        return false;
    tried_heads_ = packed_ = true;
    row_heads_ = std::move(row_heads);
    heads_ = std::move(heads);
    return true;
}

// Makes groups where there are none, and room for what a chunk's rows find; or drops them where the step does
// without, for then nobody would notice what labels it changes.
template <class T>
void Session<T>::group_centers(const PackedCenters& packed, std::size_t per_chunk) {
    if (!by_center_groups_) {
        center_groups_ = {};
        return;
    }
    if (!center_groups_) {  // bounds and heads are no larger than the rows in float32
        const std::size_t left = rows_.d - (heads_ ? heads_.width() : 0);
        center_groups_ = CenterGroups(packed, kernels_->group_width, rows_.n, per_chunk, left);
    }
    center_groups_.follow(packed, rounding_of_q(rows_.d, packed.reach + filter_.longest()));
    if (by_heads_) {
        heads_.follow(packed, filter_.wider(packed, heads_.off()));
        heads_.pack(center_groups_);
    }
    for (Worker& worker : workers_) {
        if (worker.own.size() == per_chunk) continue;
        worker.needed = Aligned<float>(per_chunk);
        worker.least = Aligned<float>(per_chunk);
        worker.seen = Aligned<float>(per_chunk * 2 * kernels_->lanes);
        worker.own = Aligned<std::int32_t>(per_chunk);
        worker.guesses = Aligned<std::int32_t>(per_chunk);
        worker.listed = Aligned<std::uint32_t>(per_chunk);
    }
}

// Labels for rows that have none yet, to begin with: the centers that are nearest by their heads. All rows of
// the chunk become active.
template <class T>
const std::int32_t* Session<T>::guess(const Pass& pass, std::size_t first, std::size_t n, Worker& worker) {
    std::uint32_t* active = worker.active.data();
    std::iota(active, active + n, 0U);
    std::fill_n(worker.own.data(), n, kNowhereYet);
    std::fill_n(worker.least.data(), n, std::numeric_limits<float>::infinity());
    float *seen = worker.seen.data(), *gaps = worker.gaps.data();
    kernels_->begin_looks(pass, worker.own.data(), active, n, gaps, seen);
    for (std::size_t g = 0; g < center_groups_.count(); ++g) look_at_heads(g, first, active, n, seen, worker);
    kernels_->end_looks(pass, norms_at(first), worker.least.data(), active, n, seen, worker.guesses.data(),
                        gaps);
    for (std::size_t r = 0; r < n; ++r)
        worker.guesses.data()[r] = center_groups_.center_at(worker.guesses.data()[r]);
    return worker.guesses.data();
}

// Bounds to a group of centers, of the rows of a chunk that are listed, by their heads.
template <class T>
void Session<T>::look_at_heads(std::size_t group, std::size_t first, const std::uint32_t* listed,
                               std::size_t count, float* seen, Worker& worker) {
    kernels_->look_at_group(heads_.pass(center_groups_, group), row_heads_.data() + first * heads_.width(),
                            norms_at(first), worker.own.data(), listed, count,
                            center_groups_.limits(first / center_groups_.per_chunk(), group), seen);
    worker.n_heads += static_cast<std::int64_t>(count * center_groups_.size(group));
}

// Lists the rows of a chunk that may be near to a group of centers. Returns how many.
template <class T>
std::size_t Session<T>::reach(std::size_t group, std::size_t first, std::size_t n, Worker& worker) {
    const float* limits = center_groups_.limits(first / center_groups_.per_chunk(), group);
    const auto list = [&] {
        return kernels_->reached(limits, center_groups_.drift(group), worker.needed.data(), n,
                                 worker.least.data(), worker.listed.data());
    };
    const std::size_t listed = list();
    if (listed == 0 || !by_heads_) return listed;
    look_at_heads(group, first, worker.listed.data(), listed, nullptr, worker);
    return list();
}

// Measures the distances of a chunk's active rows to the centers that they are labelled with, which all
// others are held against.
template <class T>
void Session<T>::measure_own(const Pass& pass, const std::int32_t* labels, std::size_t first, std::size_t n,
                             std::size_t count, Worker& worker) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const std::uint32_t* active = worker.active.data();
    const float* norms = norms_at(first);
    float* values = worker.gaps.data();
    kernels_->own_values(pass, placed(first).at, norms, center_groups_.rows(), labels, active, count, values);
    std::fill_n(worker.needed.data(), n, -kInfinity);  // nothing, but for the active ones
    std::fill_n(worker.least.data(), n, kInfinity);
    for (std::size_t e = 0; e < count; ++e) {
        const std::uint32_t row = active[e];
        const float high = values[e] + (pass.slope * values[e] + pass.spread * norms[row] + pass.floor);
        worker.needed.data()[row] = std::sqrt(std::max(high, 0.0F)) * kUp;
        worker.own.data()[row] = center_groups_.place_of(labels[row]);
    }
    kernels_->begin_looks(pass, worker.own.data(), active, count, values, worker.seen.data());
    worker.counts.n_distances += static_cast<std::int64_t>(count);
}

// Lists the rows of a chunk whose gap is used up in worker.active, and labels them by the centers of the
// groups that they may be near to. Returns how many.
template <class T>
std::size_t Session<T>::look_by_center_groups(const PackedCenters& packed, std::size_t first, std::size_t n,
                                              Worker& worker) {
    const Placed points = placed(first);
    const float* norms = norms_at(first);
    Pass pass = packed.pass;
    pass.stride = points.stride;
    const std::int32_t* labels = labels_.data() + first;
    const std::uint32_t* active = worker.active.data();
    std::size_t count = n;
    if (fresh_)
        labels = guess(pass, first, n, worker);
    else
        count = kernels_->used_up(limits_.data() + first, labels, drift_.data(), k_, n, worker.active.data());
    if (count == 0) return 0;
    worker.whole = false;
    worker.n_looked_at += static_cast<std::int64_t>(count);
    measure_own(pass, labels, first, n, count, worker);

    const std::size_t chunk = first / center_groups_.per_chunk();
    float* seen = worker.seen.data();
    for (std::size_t g = 0; g < center_groups_.count(); ++g) {
        const std::size_t n_listed = reach(g, first, n, worker);
        if (n_listed == 0) continue;
        GroupPass group = center_groups_.pass(g);
        group.pass.stride = points.stride;
        kernels_->look_at_group(group, points.at, norms, worker.own.data(), worker.listed.data(), n_listed,
                                center_groups_.limits(chunk, g), seen);
        worker.counts.n_distances += static_cast<std::int64_t>(n_listed * center_groups_.size(g));
    }

    std::int32_t* now = worker.labels.data();
    float* gaps = worker.gaps.data();
    kernels_->end_looks(pass, norms, worker.least.data(), active, count, seen, now, gaps);
    for (std::size_t e = 0; e < count; ++e) {
        const std::uint32_t row = active[e];
        if (gaps[e] > 0.0F) {
            now[e] = center_groups_.center_at(now[e]);
        } else {
            now[e] = filter_.settle(packed, first + row, worker.scratch);
            ++worker.counts.n_settled;
        }
        if (now[e] == labels[row]) continue;
        // In the group that it leaves, the center that it had is one of the others now.
        const std::size_t left = center_groups_.group_of(labels[row]);
        center_groups_.limits(chunk, left)[row] = 0.0F;
    }
    return count;
}

#define GLOBULAR_INSTANTIATE(T)                                                                            \
    template bool Session<T>::find_heads(const PackedCenters&, std::size_t, const Interrupted&);           \
    template void Session<T>::group_centers(const PackedCenters&, std::size_t);                            \
    template std::size_t Session<T>::look_by_center_groups(const PackedCenters&, std::size_t, std::size_t, \
                                                           Session<T>::Worker&);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
