// A session's E-step where rows are laid out in space: whole groups are passed over or moved at once.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../distance.hpp"
#include "hilbert.hpp"
#include "session.hpp"
#include "session_worker.hpp"

namespace globular {

namespace {

// Of all centers, those that the box around kGroup of the rows, drawn together, leaves in question.
template <class T>
std::size_t left_by_box(Rows<T> rows, const std::uint32_t* which, double drawn_together,
                        Rows<double> centers) {
    const std::size_t d = rows.d, k = centers.n;
    double middle[kMaxBoxD], half[kMaxBoxD];
    for (std::size_t f = 0; f < d; ++f) {
        double low = static_cast<double>(rows[which[0]][f]), high = low;
        for (std::size_t r = 1; r < kGroup; ++r) {
            low = std::min(low, static_cast<double>(rows[which[r]][f]));
            high = std::max(high, static_cast<double>(rows[which[r]][f]));
        }
        middle[f] = 0.5 * low + 0.5 * high;
        half[f] = drawn_together * (0.5 * high - 0.5 * low);
    }
    std::vector<double> to_middle(k);
    for (std::size_t j = 0; j < k; ++j) to_middle[j] = q(middle, centers[j], d);
    const auto best =
        static_cast<std::size_t>(std::min_element(to_middle.begin(), to_middle.end()) - to_middle.begin());
    std::size_t left = 0;
    for (std::size_t j = 0; j < k; ++j) {
        double corner = 0.0;
        for (std::size_t f = 0; f < d; ++f) corner += std::abs(centers[j][f] - centers[best][f]) * half[f];
        left += to_middle[j] - to_middle[best] <= 2.0 * corner;
    }
    return left;
}

}  // namespace

// Whether a box leaves few enough of the centers in question. Boxes around neighbours in a sample tell, drawn
// together as they would be if all rows were in them.
template <class T>
bool Session<T>::boxes_pay(Rows<double> centers) const {
    constexpr std::size_t kWorthSorting = 4096, kManyCenters = 32;
    constexpr std::size_t kSample = 4096, kTried = 64;
    constexpr std::size_t kManyProducts = 480;  // below, looking at all centers costs little more than a box
    constexpr double kMostLeft = 0.2;
    const std::size_t n = rows_.n, k = centers.n, d = rows_.d;
    if (n < kWorthSorting || k < kManyCenters) return false;
    if (filter_.few_features()) return true;
    if (k * d < kManyProducts) return false;
    std::vector<T> sample(kSample * d);
    for (std::size_t s = 0; s < kSample; ++s) std::copy_n(rows_[s * n / kSample], d, sample.data() + s * d);
    const Rows<T> sampled{sample.data(), kSample, d};
    std::vector<std::uint32_t> order(kSample);
    sort_along_curve(sampled, *kernels_, 1, {}, order.data());
    const double drawn_together =
        std::pow(static_cast<double>(kSample) / static_cast<double>(n), 1.0 / static_cast<double>(d));
    std::size_t left = 0;
    for (std::size_t b = 0; b < kTried; ++b)
        left += left_by_box(sampled, order.data() + b * (kSample / kTried), drawn_together, centers);
    return static_cast<double>(left) <= kMostLeft * static_cast<double>(k * kTried);
}

// The E-step of the groups [first, last): from the centers that a super group leaves in question to
// those that each of its groups leaves, and to its rows only where these are several.
template <class T>
void Session<T>::step_by_boxes(const PackedCenters& packed, std::size_t first, std::size_t last,
                               Worker& worker) {
    const std::size_t d = rows_.d;
    const Slack slack(d, packed.reach);
    Pruned super{};
    std::size_t pruned = groups_.count();  // the super group that worker.super_choice is of
    for (std::size_t g = first; g < last; ++g) {
        const std::int32_t label = group_labels_[g];
        if (label >= 0 && limits_.data()[g] > drift_[static_cast<std::size_t>(label)]) continue;
        limits_.data()[g] = 0.0F;
        if (packed.useless) {
            worker.choice = choice_;
            look_at_group(packed, g, worker);
            continue;
        }
        if (pruned != g / kSuper) {
            pruned = g / kSuper;
            super = prune(*kernels_, choice_, groups_.super_box(pruned), d, slack, true, worker.super_choice);
            worker.counts.n_distances += static_cast<std::int64_t>(choice_.count);
        }
        const Pruned own =
            prune(*kernels_, worker.super_choice, groups_.box(g), d, slack, false, worker.choice);
        const float gap = std::min(super.dropped_at_least, own.dropped_at_least) - own.nearest_at_most;
        worker.counts.n_distances += static_cast<std::int64_t>(worker.super_choice.count);
        if (worker.choice.count > 1) {
            look_at_group(packed, g, worker);
            continue;
        }
        const std::int32_t to = worker.choice.index[0];
        move_group(g, to, worker);
        if (gap > 0.0F) limits_.data()[g] = (gap + drift_[static_cast<std::size_t>(to)]) * kDown;
    }
}

// All rows of a group have this label now.
template <class T>
void Session<T>::move_group(std::size_t group, std::int32_t to, Worker& worker) {
    const std::int32_t from = group_labels_[group];
    group_labels_[group] = to;
    if (from == to) return;
    const std::size_t first = group * kGroup, rows = groups_.rows_in(group);
    if (from == kMixed) {
        std::fill_n(worker.labels.data(), rows, to);
        return change_group(group, worker);
    }
    std::fill_n(labels_.data() + first, rows, to);
    worker.counts.n_changed += static_cast<std::int64_t>(rows);
    if (!worker.sums) return;
    sum_group(group, worker);
    const auto add = [&](std::int32_t label, double sign) {
        worker.touched[static_cast<std::size_t>(label)] = 1;
        worker.sums->add(static_cast<std::size_t>(label), worker.group, 0, sign);
    };
    add(to, 1.0);
    if (from != kNone) add(from, -1.0);
}

// Adds up all rows of a group in worker.group.
template <class T>
void Session<T>::sum_group(std::size_t group, Worker& worker) const {
    const std::size_t first = group * kGroup, rows = groups_.rows_in(group);
    worker.group.clear();
    if (filter_.few_features() && !weights_ && frame_->plain(1.0))
        return worker.group.add_columns(*frame_, groups_.columns(group), rows, kGroup);
    for (std::size_t p = first; p < first + rows; ++p) __builtin_prefetch(rows_[row_at(p)]);
    for (std::size_t p = first; p < first + rows; ++p)
        worker.group.add(*frame_, *kernels_, 0, rows_[row_at(p)], weights_[row_at(p)], 1.0);
}

// Labels the rows of a group among the centers of worker.choice.
template <class T>
void Session<T>::look_at_group(const PackedCenters& packed, std::size_t group, Worker& worker) {
    const std::size_t count = worker.choice.count, rows = groups_.rows_in(group);
    const Pass pass = filter_.among(packed, worker.choice.index.data(), count);
    std::int32_t* now = worker.labels.data();
    const bool few = filter_.few_features();
    if (few) filter_.pack_group(groups_.columns(group), worker.points.data());
    const Batch batch{few ? Placed{worker.points.data(), filter_.stride()} : placed(group * kGroup),
                      norms_at(group * kGroup),
                      rows,
                      0,
                      groups_.rows_of(group),
                      now,
                      worker.gaps.data()};
    worker.counts.n_settled += static_cast<std::int64_t>(filter_.label(packed, pass, batch, worker.scratch));
    worker.counts.n_distances += static_cast<std::int64_t>(rows * count);
    if (std::all_of(now, now + rows, [now](std::int32_t label) { return label == now[0]; }))
        return move_group(group, now[0], worker);
    group_labels_[group] = kMixed;
    change_group(group, worker);
}

// Takes the rows of a group to the clusters worker.labels.
template <class T>
void Session<T>::change_group(std::size_t group, Worker& worker) {
    const std::size_t first = group * kGroup;
    change_rows(first,
                kernels_->differing(labels_.data() + first, worker.labels.data(), groups_.rows_in(group),
                                    worker.active.data()),
                worker);
}

// All centers, side by side, and room for what pruning leaves of them.
template <class T>
void Session<T>::choose_from(const PackedCenters& packed) {
    const std::size_t k = packed.exact.n, d = rows_.d;
    choice_.resize(k, d);
    choice_.count = k;
    for (std::size_t j = 0; j < k; ++j) {
        choice_.index[j] = static_cast<std::int32_t>(j);
        for (std::size_t f = 0; f < d; ++f) choice_.z[f * choice_.capacity + j] = packed.scaled(j, f);
    }
    choice_.fill_up(d);
    for (Worker& worker : workers_) {
        worker.super_choice.resize(k, d);
        worker.choice.resize(k, d);
    }
}

#define GLOBULAR_INSTANTIATE(T)                                                             \
    template bool Session<T>::boxes_pay(Rows<double>) const;                                \
    template void Session<T>::step_by_boxes(const PackedCenters&, std::size_t, std::size_t, \
                                            Session<T>::Worker&);                           \
    template void Session<T>::choose_from(const PackedCenters&);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
