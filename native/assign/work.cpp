#include "work.hpp"

#include <algorithm>
#include <cmath>

#include "../level/dispatch.hpp"
#include "work_table.hpp"

namespace globular {

const Prices& prices(const Kernels& kernels) {
    for (const Prices& p : kPrices)
        if (p.level == costs_like(kernels)) return p;
    return kPrices[0];
}

double labelling_price(const Prices& prices, std::size_t k, std::size_t d) {
    return (d <= kMaxDirectD ? prices.few : prices.more).labels.of_row(k, d);
}

double gaps_price(const Prices& prices, std::size_t k, std::size_t d, double share) {
    const LabellingPrice& labelling = (d <= kMaxDirectD ? prices.few : prices.more).gaps;
    const double gathered = prices.gather + prices.value * static_cast<double>(d);
    return prices.check + share * (gathered + labelling.of_row(k, d));
}

double GapsPay::dearer(double share) const {
    return gaps_price(*prices_, k_, d_, share) - labelling_price(*prices_, k_, d_);
}

// Rows near a boundary between clusters are those that change, and those that have to be looked at: about ten
// times as many (5 to 14 in the steps after gaps were found, measured at 2 to 16 features and 16 to 100
// centers). Where that was too good a guess, half as many must change before the next. But gaps are dear to
// find, and fewer rows are looked at as centers come to rest: they are given up only when they have cost as
// much again.
bool GapsPay::next() {
    constexpr double kLookedAtPerChanged = 10.0;
    if (by_gaps_ && known_) {
        lost_ = std::max(0.0, lost_ + dearer(share_));
        if (dearer(share_) < 0.0 || lost_ < dearer(1.0)) return true;
        tried_in_vain_ = changed_;
        by_gaps_ = false;
        return false;
    }
    known_ = by_gaps_;  // gaps that the last step found are used up in the next
    lost_ = 0.0;
    by_gaps_ = by_gaps_ || (changed_ <= tried_in_vain_ / 2.0 && dearer(kLookedAtPerChanged * changed_) < 0.0);
    return by_gaps_;
}

void GapsPay::tell(double share, double changed) {
    share_ = share;
    changed_ = changed;
}

void BoxesPay::start(const Prices& prices, std::size_t k, std::size_t d) {
    if (k != k_) *this = {};
    k_ = k;
    d_ = d;
    fresh_ = true;
    last_ = labelling_ = labelling_price(prices, k, d);
}

// To prune the centers of a box, and to look at its rows; measured at 1 to 8 features and 50 to 500 centers.
double BoxesPay::by_boxes(double left) const {
    return 0.06 * static_cast<double>(d_) * std::sqrt(static_cast<double>(k_)) + 0.5 * (left - 1.0);
}

bool BoxesPay::pay(double left) const {
    constexpr double kFewSteps = 12.0, kClearly = 2.0;  // for gaps may yet grow
    const double to_lay_out = 20.0 + 12.0 * static_cast<double>(d_), spared = last_ - by_boxes(left);
    return last_ > kClearly * by_boxes(left) && (fresh_ ? kFewSteps * spared : lost_) >= to_lay_out;
}

bool BoxesPay::decide(double left) {
    if (pay(left)) return true;
    (fresh_ ? not_at_once_ : in_vain_) = true;
    return false;
}

void BoxesPay::tell(double price) {
    fresh_ = false;
    last_ = std::min(price, labelling_);  // to find gaps for the first time takes longer, but is done once
    lost_ = std::max(0.0, lost_ + last_ - by_boxes(1.0));
}

bool CenterGroupsPay::next() {
    constexpr double kDearer = 1.1;
    constexpr int kPatience = 2;  // early steps differ much
    const bool in_vain =
        n_steps_ > 1 && kDearer * distances_ > looked_at_;  // the first one looks at all groups
    n_in_vain_ = in_vain ? n_in_vain_ + 1 : 0;
    if (n_in_vain_ == kPatience) {
        tried_in_vain_ = changed_;
        n_steps_ = n_in_vain_ = 0;
        return false;
    }
    if (n_steps_ == 0 && changed_ > tried_in_vain_ / 2.0) return false;
    ++n_steps_;
    return true;
}

void CenterGroupsPay::tell(double looked_at, double distances, double changed) {
    looked_at_ = looked_at;
    distances_ = distances;
    changed_ = changed;
}

}  // namespace globular
