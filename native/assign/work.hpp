// What an E-step would cost this way or that, in nanoseconds of one thread: the deterministic model by which
// `automatic` chooses. It goes by counts of what the steps before did, never by the clock, so a fit takes the
// same way every time. The prices of a level's operations are measured by `make calibrate` (work_table.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../level/kernels.hpp"

namespace globular {

// Of labelling a row by points in lanes: the row, each center, and each feature of these.
struct LabellingPrice {
    double row, center, product;

    double of_row(std::size_t k, std::size_t d) const {
        return row + static_cast<double>(k) * (center + product * static_cast<double>(d));
    }
};

struct LabellingPrices {
    LabellingPrice labels, gaps;  // where only labels are asked for, and with gaps
};

struct Prices {
    std::string_view level;     // and on what processors (costs_like, in dispatch.hpp)
    LabellingPrices few, more;  // up to kMaxDirectD features, and beyond
    double check;               // of a row's limit
    double gather, value;       // of a row to be looked at among others, and each of its features
};

const Prices& prices(const Kernels& kernels);

// Of a step of points in lanes that labels all rows, in nanoseconds a row; or that goes by gaps, and looks at
// a share of them.
double labelling_price(const Prices& prices, std::size_t k, std::size_t d);
double gaps_price(const Prices& prices, std::size_t k, std::size_t d, double share);

// Whether the next E-step, of points in lanes, had better go by gaps. With many rows to look at it is faster
// to look at all of them, and to find no gaps.
class GapsPay {
 public:
    GapsPay() = default;
    GapsPay(const Prices& prices, std::size_t k, std::size_t d) : prices_(&prices), k_(k), d_(d) {}
    bool next();
    // What the step did: the share of the rows that were looked at, and that changed cluster.
    void tell(double share, double changed);

 private:
    const Prices* prices_ = nullptr;
    std::size_t k_ = 0, d_ = 0;
    bool by_gaps_ = false;  // the last step went by gaps,
    bool known_ = false;    // and most rows had one before it
    double share_ = 1.0;    // of the last step
    double changed_ = 1.0;
    double tried_in_vain_ = 2.0;  // what changed when gaps did not pay
    double lost_ = 0.0;           // what gaps have cost beyond labels alone, since they were found

    double dearer(double share) const;  // a step by gaps than one without
};

// Whether rows had better be laid out in space, for boxes (boxes.hpp). To lay them out takes as long as many
// steps, and rows far from a boundary may soon cost less by their gaps: who knows what steps are to come? At
// first it is done only where a few steps pay for it; else when the steps so far have taken so much more than
// they would have by boxes, and still do.
class BoxesPay {
 public:
    // For a fit of k centers. It may be another of the same rows, and of as many: then what these cost before
    // counts, too.
    void start(const Prices& prices, std::size_t k, std::size_t d);
    // Whether to ask how many centers boxes would leave in question.
    bool may_pay() const { return !(fresh_ ? not_at_once_ : in_vain_) && pay(1.0); }
    // Whether it pays if they leave so many. What was refused is not asked again.
    bool decide(double left);
    // What the step took, in nanoseconds a row.
    void tell(double price);

 private:
    std::size_t k_ = 0, d_ = 0;
    bool fresh_ = true, not_at_once_ = false, in_vain_ = false;
    double labelling_ = 0.0;          // what it takes to label all rows,
    double last_ = 0.0, lost_ = 0.0;  // what the last step took, and all of them beyond what boxes would

    double by_boxes(double left) const;
    bool pay(double left) const;
};

// Whether the next E-step had better go by groups of centers. A distance that they do not spare costs a
// little more than in whole rows.
class CenterGroupsPay {
 public:
    bool next();
    // What the step did: the share of the rows that were looked at, of all distances, and of the rows that
    // changed cluster.
    void tell(double looked_at, double distances, double changed);

 private:
    int n_steps_ = 0, n_in_vain_ = 0;  // that went by groups, running, and of these for nothing
    double looked_at_ = 1.0, distances_ = 1.0, changed_ = 1.0;
    double tried_in_vain_ = 2.0;  // what changed when groups did not pay
};

// Whether groups had better be asked by their heads before they are looked at. Bounds by heads are less than
// the distances and are used up sooner, so heads have to spare most of what they are asked about.
class HeadsPay {
 public:
    bool next() const { return pay_; }
    // What a step by heads did: the distances of heads, and those that were computed all the same.
    void tell(double heads, double distances) { pay_ = pay_ && heads >= kSpare * distances; }

 private:
    static constexpr double kSpare = 2.5;
    bool pay_ = true;
};

}  // namespace globular
