#include "work.hpp"

#include <cstring>

#include "work_table.hpp"

namespace globular {

const Prices& prices(const Kernels& kernels) {
    for (const Prices& p : kPrices)
        if (std::strcmp(p.level, kernels.name) == 0) return p;
    return kPrices[0];
}

bool GapsPay::pay(double share) const {
    const LabellingPrices& labelling = d_ <= kMaxDirectD ? prices_->few : prices_->more;
    const double gathered = prices_->gather + prices_->value * static_cast<double>(d_);
    const double by_gaps = prices_->check + share * (gathered + labelling.gaps.of_row(k_, d_));
    return by_gaps < labelling.labels.of_row(k_, d_);
}

// Rows near a boundary between clusters are those that change, and those that have to be looked at: a few
// times as many. Where that was too good a guess, half as many must change before the next.
bool GapsPay::next() {
    constexpr double kLookedAtPerChanged = 4.0;
    if (by_gaps_ && known_) {
        if (pay(share_)) return true;
        tried_in_vain_ = changed_;
        by_gaps_ = false;
        return false;
    }
    known_ = by_gaps_;  // gaps that the last step found are used up in the next
    by_gaps_ = by_gaps_ || (changed_ <= tried_in_vain_ / 2.0 && pay(kLookedAtPerChanged * changed_));
    return by_gaps_;
}

void GapsPay::tell(double share, double changed) {
    share_ = share;
    changed_ = changed;
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
