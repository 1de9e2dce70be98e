// A session: what the fast engine keeps between the E-steps of one fit.
//
// The packed rows, their labels, and the exact sums of every cluster. An E-step moves only rows that
// changed from one cluster's sums to another's; because the sums are exact, the outcome is that of
// adding everything up afresh.
//
// Nor does it look at every row. The kernels tell by how much the second nearest center is farther
// than the nearest: that gap shrinks by no more than the way that the nearest center goes plus the
// longest way that any other goes. As long as it stays positive the label stands, unseen (Hamerly
// 2010, with his two bounds folded into one number). What its center and the others went since a
// row was last looked at is drift_[label] now minus then; the stored limit is the gap plus the
// drift then, so that a row costs one comparison and nothing is ever updated. Rows that fail are
// packed side by side for the kernels: a skipped distance is skipped in whole vectors.
//
// Where a row has few products, looking at it costs little more than its limit: then gaps are neither asked
// for nor found until few rows change (work.hpp).
//
// Rows of many features that fail among many centers look at groups of these, each of which keeps a bound of
// its own (center_groups.hpp); or may be found too far away by a few coordinates (heads.hpp).
//
// With at most kMaxBoxD features it often does better still: rows are laid out in space, and whole groups of
// them are passed over or moved at once (boxes.hpp). Then the session works on a copy of the rows in another
// order (groups.hpp), and what the kernels need is packed when they need it. That is so from the first step,
// or from where other steps have cost enough (work.hpp).
//
// A session borrows the caller's arrays, which must outlive it, and is used by one caller at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../frame.hpp"
#include "boxes.hpp"
#include "center_groups.hpp"
#include "drift.hpp"
#include "filter.hpp"
#include "groups.hpp"
#include "heads.hpp"
#include "step_counts.hpp"
#include "way.hpp"
#include "work.hpp"

namespace globular {

template <class T>
class Session {
 public:
    // `way` is a wish: `kanungo` is for at most kMaxBoxD features and fewer than 2^32 rows.
    Session(Rows<T> rows, Weights weights, const Frame& frame, const Kernels& kernels,
            Way way = Way::automatic);
    ~Session();

    StepCounts e_step(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted);
    // The next E-step labels all rows afresh, for it finds no clusters; what was packed is kept.
    void forget() { k_ = 0; }
    // Centers of the last E-step; 0 if there was none, or the last one was broken off.
    std::size_t k() const { return k_; }

    // Takes these rows to cluster `to`, whatever is nearest: how an empty cluster is filled.
    void move(const std::int64_t* rows, std::size_t count, std::int32_t to);

    void labels(std::int32_t* out) const;
    // The same, which the session has no more: as after forget().
    Aligned<std::int32_t> give_labels();
    // As they are now: while somebody holds these, the next step works on a copy. Null with few rows to a
    // cluster, where sums would outgrow the rows: labelled.hpp adds them up when they are wanted.
    std::shared_ptr<const ClusterSums> sums() const { return sums_; }
    // q of every row to the center of its label.
    void distances(Rows<double> centers, std::size_t n_threads, double* out) const;
    // The exact cost of the labels, rounded once: the sum of w q.
    double cost(Rows<double> centers, std::size_t n_threads) const;

 private:
    struct Worker;
    Rows<T> rows_;
    Weights weights_;
    const Frame* frame_;
    const Kernels* kernels_;
    Filter<T> filter_;
    Groups<T> groups_;       // rows in space; empty: every row at its own position
    Aligned<float> points_;  // by position, as all that follows; empty where no copy is kept
    Aligned<float> norms_;
    Aligned<std::int32_t> labels_;  // whole groups, for relabel reads such
    Aligned<float> limits_;         // gap plus drift when it was found: the drift that the label survives
    PackedCenters packed_centers_;  // of the last step, to tell how far they go
    Drift drift_;
    std::size_t k_ = 0;
    std::shared_ptr<ClusterSums> sums_;
    std::vector<Worker> workers_;  // of the last step; what they allocated serves the next
    bool packed_ = false;          // points_ and norms_ are there: the first E-step packs as it goes
    bool fresh_ = true;            // no labels yet
    bool plain_ = false;           // rows weigh 1, and sums have two pieces
    bool few_ = false;             // and few features: sums are changed by kernels of their own
    Way way_;
    GapsPay gaps_pay_;
    bool by_gaps_ = false;  // in this step rows are skipped by their limits,
    bool limited_ = false;  // and all have one, if only zero: some step before went by gaps

    BoxesPay boxes_pay_;
    CenterGroups center_groups_;  // only while steps go by them, too
    CenterGroupsPay center_groups_pay_;
    bool by_center_groups_ = false;
    Heads heads_;  // where they spare much: of all rows, for as long as there is a session
    Aligned<float> row_heads_;
    bool tried_heads_ = false;
    HeadsPay heads_pay_;
    bool by_heads_ = false;

    // With groups, limits_ are one a group.
    std::vector<std::int32_t> group_labels_;  // of all its rows, or "mixed"
    Choice choice_;                           // all centers

    float* norms_at(std::size_t p) { return norms_.size() ? norms_.data() + p : nullptr; }
    const float* norms_at(std::size_t p) const { return norms_.size() ? norms_.data() + p : nullptr; }
    std::size_t row_at(std::size_t position) const { return groups_ ? groups_.row_at(position) : position; }
    // One E-step: start, pack the centers, hire workers; each chunk is looked at (which rows need it, and
    // their labels) and taken over (labels, limits, sums); merge.
    bool start(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted);
    bool goes_by_gaps();
    bool goes_by_center_groups(const PackedCenters& packed);
    bool boxes_possible() const;
    bool boxes_pay(Rows<double> centers);
    bool lay_out_in_space(std::size_t n_threads, const Interrupted& interrupted);
    bool lay_out_now(std::size_t n_threads, const Interrupted& interrupted);
    bool lay_out(Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted);
    Placed placed(std::size_t first) const;
    Placed ready(const PackedCenters& packed, std::size_t first, std::size_t n, float* room);
    std::size_t look(const PackedCenters& packed, std::size_t first, std::size_t n, Worker& worker);
    void relabel(const PackedCenters& packed, std::size_t first, std::size_t n, Worker& worker);
    void take(std::size_t first, std::size_t count, Worker& worker);
    bool find_heads(const PackedCenters& packed, std::size_t n_threads, const Interrupted& interrupted);
    void group_centers(const PackedCenters& packed, std::size_t per_chunk);
    const std::int32_t* guess(const Pass& pass, std::size_t first, std::size_t n, Worker& worker);
    void look_at_heads(std::size_t group, std::size_t first, const std::uint32_t* listed, std::size_t count,
                       float* seen, Worker& worker);
    void measure_own(const Pass& pass, const std::int32_t* labels, std::size_t first, std::size_t n,
                     std::size_t count, Worker& worker);
    std::size_t reach(std::size_t group, std::size_t first, std::size_t n, Worker& worker);
    std::size_t look_by_center_groups(const PackedCenters& packed, std::size_t first, std::size_t n,
                                      Worker& worker);
    void choose_from(const PackedCenters& packed);
    void hire(std::size_t n_threads, std::size_t rows, const PackedCenters& packed);
    void merge(StepCounts& counts);
    void own_sums();
    void step_by_boxes(const PackedCenters& packed, std::size_t first, std::size_t last, Worker& worker);
    void move_group(std::size_t group, std::int32_t to, Worker& worker);
    void sum_group(std::size_t group, Worker& worker) const;
    float look_at_group(const PackedCenters& packed, std::size_t group, Worker& worker);
    float lost(std::int32_t group_label) const;
    void own_distances(Rows<double> centers, std::size_t first, std::size_t n, double* out) const;
    template <class Use>
    void for_own_distances(Rows<double> centers, std::size_t n_threads, Use use) const;
    void change_group(std::size_t group, Worker& worker);
    void change_rows(std::size_t first, std::size_t count, Worker& worker);
    void change_row(std::size_t position, std::int32_t to, ClusterSums& sums);
};

}  // namespace globular
