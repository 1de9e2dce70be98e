// A session's E-step by groups of centers: rows whose gap is used up look at the groups that they may be near
// to.
#include <algorithm>
#include <cmath>
#include <limits>

#include "session.hpp"
#include "session_worker.hpp"

namespace globular {

// Makes groups where there are none, and room for what a chunk's rows find; or drops them where the step does
// without, for then nobody would notice what labels it changes.
template <class T>
void Session<T>::group_centers(const PackedCenters& packed, std::size_t per_chunk) {
    if (!by_center_groups_) {
        center_groups_ = {};
        return;
    }
    if (!center_groups_) center_groups_ = CenterGroups(packed, kernels_->group_width, rows_.n, per_chunk);
    center_groups_.follow(packed, rounding_of_q(rows_.d, packed.reach + filter_.longest()));
    for (Worker& worker : workers_) {
        if (worker.own.size() == per_chunk) continue;
        worker.needed = Aligned<float>(per_chunk);
        worker.least = Aligned<float>(per_chunk);
        worker.seen = Aligned<float>(per_chunk * 2 * kernels_->lanes);
        worker.own = Aligned<std::int32_t>(per_chunk);
        worker.listed = Aligned<std::uint32_t>(per_chunk);
    }
}

// Lists the rows of a chunk whose gap is used up in worker.active, and labels them by the centers of the
// groups that they may be near to. Returns how many.
template <class T>
std::size_t Session<T>::look_by_center_groups(const PackedCenters& packed, std::size_t first, std::size_t n,
                                              Worker& worker) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const std::int32_t* labels = labels_.data() + first;
    const std::uint32_t* active = worker.active.data();
    const std::size_t count =
        kernels_->used_up(limits_.data() + first, labels, drift_.data(), n, worker.active.data());
    if (count == 0) return 0;
    worker.whole = false;
    worker.n_looked_at += static_cast<std::int64_t>(count);
    worker.counts.n_distances += static_cast<std::int64_t>(count);
    const Placed points = placed(first);
    const float* norms = norms_at(first);
    Pass pass = packed.pass;
    pass.stride = points.stride;
    const auto err = [&](std::uint32_t row, float value) {
        return pass.slope * value + pass.spread * norms[row] + pass.floor;
    };

    // The distance to the own center, which all others are held against.
    float* own_values = worker.gaps.data();
    kernels_->own_values(pass, points.at, norms, center_groups_.rows(), labels, active, count, own_values);
    std::fill_n(worker.needed.data(), n, -kInfinity);  // nothing, but for the listed
    std::fill_n(worker.least.data(), n, kInfinity);
    for (std::size_t e = 0; e < count; ++e) {
        const std::uint32_t row = active[e];
        const float high = own_values[e] + err(row, own_values[e]);
        worker.needed.data()[row] = std::sqrt(std::max(high, 0.0F)) * kUp;
        worker.own.data()[row] = center_groups_.place_of(labels[row]);
    }
    float* seen = worker.seen.data();
    kernels_->begin_looks(pass, worker.own.data(), active, count, own_values, seen);

    const std::size_t chunk = first / center_groups_.per_chunk();
    std::uint32_t* listed = worker.listed.data();
    for (std::size_t g = 0; g < center_groups_.count(); ++g) {
        float* limits = center_groups_.limits(chunk, g);
        const std::size_t n_listed = kernels_->reached(limits, center_groups_.drift(g), worker.needed.data(),
                                                       n, worker.least.data(), listed);
        if (n_listed == 0) continue;
        GroupPass group = center_groups_.pass(g);
        group.pass.stride = points.stride;
        kernels_->look_at_group(group, points.at, norms, worker.own.data(), listed, n_listed, limits, seen);
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
    template void Session<T>::group_centers(const PackedCenters&, std::size_t);                            \
    template std::size_t Session<T>::look_by_center_groups(const PackedCenters&, std::size_t, std::size_t, \
                                                           Session<T>::Worker&);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
