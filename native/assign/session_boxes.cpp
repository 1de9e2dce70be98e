// A session's E-step where rows are laid out in space: whole groups are passed over or moved at once.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "../distance.hpp"
#include "../team.hpp"
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

template <class T>
bool Session<T>::boxes_possible() const {
    constexpr std::size_t kMostRows = 0xffffffff;
    return rows_.d <= kMaxBoxD && rows_.n <= kMostRows && (way_ == Way::automatic || way_ == Way::kanungo);
}

// Whether it pays to lay out rows that are not. Boxes around neighbours in a sample tell how many centers
// they leave in question, drawn together as they would be if all rows were in them.
template <class T>
bool Session<T>::boxes_pay(Rows<double> centers) {
    constexpr std::size_t kWorthSorting = 4096, kManyCenters = 32, kMostSampled = 4096, kTried = 64;
    const std::size_t n = rows_.n, d = rows_.d;
    if (n < kWorthSorting || centers.n < kManyCenters || !boxes_pay_.may_pay()) return false;
    const std::size_t n_sample = std::clamp(n / 16, kTried * kGroup, kMostSampled);
    std::vector<T> sample(n_sample * d);
    for (std::size_t s = 0; s < n_sample; ++s) std::copy_n(rows_[s * n / n_sample], d, sample.data() + s * d);
    const Rows<T> sampled{sample.data(), n_sample, d};
    std::vector<std::uint32_t> order(n_sample);
    sort_along_curve(sampled, *kernels_, 1, {}, order.data());
    const double drawn_together =
        std::pow(static_cast<double>(n_sample) / static_cast<double>(n), 1.0 / static_cast<double>(d));
    std::size_t left = 0;
    for (std::size_t b = 0; b < kTried; ++b)
        left += left_by_box(sampled, order.data() + b * (n_sample / kTried), drawn_together, centers);
    return boxes_pay_.decide(static_cast<double>(left) / static_cast<double>(kTried));
}

// Puts rows in an order in which neighbours stand together. Returns false if interrupted.
template <class T>
bool Session<T>::lay_out_in_space(std::size_t n_threads, const Interrupted& interrupted) {
    points_ = Aligned<float>(filter_.few_features() ? 0 : filter_.packed_floats(rows_.n));
    if (!groups_.lay_out(rows_, filter_, *kernels_, n_threads, interrupted, points_.data(), norms_.data()))
        return false;
    group_labels_.resize(groups_.count());
    limits_ = Aligned<float>(groups_.count());
    std::fill_n(limits_.data(), limits_.size(), 0.0F);
    return true;
}

// Does so with rows that may have labels already. If interrupted, all is to be made room for again.
template <class T>
bool Session<T>::lay_out_now(std::size_t n_threads, const Interrupted& interrupted) {
    const Aligned<std::int32_t> before = std::exchange(labels_, {});
    points_ = {};  // what comes next may have its place, and that of the limits
    limits_ = {};
    packed_ = limited_ = false;
    if (!lay_out_in_space(n_threads, interrupted)) return false;
    labels_ = Aligned<std::int32_t>(Filter<T>::padded(rows_.n));
    const double ns = 4.0 * static_cast<double>(rows_.n);
    constexpr std::size_t kGroupsAChunk = 64;
    for_chunks(worthwhile_threads(n_threads, ns), chunks_of(groups_.count(), kGroupsAChunk), {},
               [&](std::size_t c, std::size_t) {
                   for (std::size_t g = c * kGroupsAChunk;
                        g < std::min(groups_.count(), (c + 1) * kGroupsAChunk); ++g) {
                       const std::size_t first = g * kGroup, last = first + groups_.rows_in(g);
                       std::int32_t* labels = labels_.data();
                       for (std::size_t p = first; p < last; ++p)
                           labels[p] = fresh_ ? kNone : before.data()[row_at(p)];
                       const bool one = std::all_of(labels + first, labels + last,
                                                    [&](std::int32_t l) { return l == labels[first]; });
                       group_labels_[g] = one ? labels[first] : kMixed;
                   }
               });
    return true;
}

// What the gap of a group of this label has lost so far: each of its rows may be of another cluster, if
// mixed.
template <class T>
float Session<T>::lost(std::int32_t group_label) const {
    return group_label == kMixed ? drift_.most() : drift_[static_cast<std::size_t>(group_label)];
}

// The E-step of the groups [first, last): from the centers that a super group leaves in question to
// those that each of its groups leaves, and to its rows only where these are several. Where every row of a
// group has a gap, the least of them is the group's: as long as it lasts, none of its labels changes.
template <class T>
void Session<T>::step_by_boxes(const PackedCenters& packed, std::size_t first, std::size_t last,
                               Worker& worker) {
    const std::size_t d = rows_.d;
    const Slack slack(d, packed.reach);
    Pruned super{};
    std::size_t pruned = groups_.count();  // the super group that worker.super_choice is of
    for (std::size_t g = first; g < last; ++g) {
        const std::int32_t label = group_labels_[g];
        if (label != kNone && limits_.data()[g] > lost(label)) continue;
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
        float gap = std::min(super.dropped_at_least, own.dropped_at_least) - own.nearest_at_most;
        worker.counts.n_distances += static_cast<std::int64_t>(worker.super_choice.count);
        if (worker.choice.count > 1)  // which stands if nothing was dropped: then gap may be no number
            gap = std::min(look_at_group(packed, g, worker), gap);
        else
            move_group(g, worker.choice.index[0], worker);
        if (gap > 0.0F) limits_.data()[g] = (gap + lost(group_labels_[g])) * kDown;
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

// Labels the rows of a group among the centers of worker.choice. Returns the least of their gaps, or zero
// where one is in doubt.
template <class T>
float Session<T>::look_at_group(const PackedCenters& packed, std::size_t group, Worker& worker) {
    const std::size_t count = worker.choice.count, rows = groups_.rows_in(group);
    Pass pass = filter_.among(packed, worker.choice.index.data(), count);
    pass.signs_only = false;
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
    const std::size_t n_settled = filter_.label(packed, pass, batch, worker.scratch);
    worker.counts.n_settled += static_cast<std::int64_t>(n_settled);
    worker.counts.n_distances += static_cast<std::int64_t>(rows * count);
    const float* gaps = worker.gaps.data();
    const float least = n_settled > 0 ? 0.0F : *std::min_element(gaps, gaps + rows);
    if (std::all_of(now, now + rows, [now](std::int32_t label) { return label == now[0]; })) {
        move_group(group, now[0], worker);
    } else {
        group_labels_[group] = kMixed;
        change_group(group, worker);
    }
    return least;
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
    template bool Session<T>::boxes_possible() const;                                       \
    template bool Session<T>::boxes_pay(Rows<double>);                                      \
    template bool Session<T>::lay_out_in_space(std::size_t, const Interrupted&);            \
    template bool Session<T>::lay_out_now(std::size_t, const Interrupted&);                 \
    template void Session<T>::step_by_boxes(const PackedCenters&, std::size_t, std::size_t, \
                                            Session<T>::Worker&);                           \
    template void Session<T>::choose_from(const PackedCenters&);
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
