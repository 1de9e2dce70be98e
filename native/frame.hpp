// What must be known of the points before anything is summed: their range, an origin near them,
// and the grids on which their sums are exact. It depends only on the weighted set of rows, never
// on their order, nor on how many threads looked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aligned.hpp"
#include "exact_sum.hpp"
#include "level/dispatch.hpp"
#include "passing.hpp"
#include "range.hpp"
#include "rows.hpp"
#include "team.hpp"

namespace globular {

// Sums of the whole data set: what costs are subtracted from.
struct Spread {
    std::vector<Double2> sums;     // per feature, of w (x - origin)
    std::vector<Double2> sums_sq;  // per feature, of w (x - origin)^2
    double total_weight = 0.0;
    Double2 all_sq;  // sum of sums_sq
};

// Weighted population variance of every feature.
void variances(const Spread& spread, double* out);

class Frame {
 public:
    Frame(Range range, const Capacity& capacity, double smallest_weight, double largest_weight);

    // Multiples of a power of two as large as the spread, zero for data around zero: so that
    // x - origin is exact or nearly so, and whole numbers stay whole.
    const std::vector<double>& origin() const { return origin_; }
    Cuts grid(std::size_t f) const { return grids_[f]; }
    const Grid& weight_grid() const { return weight_grid_; }
    // For sums of w * q where no q exceeds `largest`: the same for a range of these, so up to seven bits
    // coarser than need be.
    Grid distance_grid(double largest) const;
    const Range& range() const { return range_; }
    const Capacity& capacity() const { return capacity_; }
    double largest_weight() const { return largest_weight_; }
    // False if values lie too far apart: then the smaller ones would be lost in sums.
    bool holds_all() const { return capacity_.fits(); }
    std::size_t d() const { return origin_.size(); }
    int pieces() const { return pieces_; }

    // Adds row x to cluster sums laid out [piece][feature], sign +1 to add and -1 to take back. The level
    // of the kernels changes no bit.
    template <class T>
    void add(const Kernels& kernels, const T* x, double w, double sign, double* sums) const {
        if (!plain(w)) return add_any(x, w, sign, sums);
        const std::size_t d = this->d();
        if (d > kMaxDirectD) return row_kernels<T>(kernels).add(row_grids(), x, sign, sums);
        cut_plain(x, [=](std::size_t f, double high, double low) {
            sums[f] += sign * high;
            sums[d + f] += sign * low;
        });
    }

    // Takes row x from one cluster's sums to another's.
    template <class T>
    void move(const Kernels& kernels, const T* x, double w, double* from, double* to) const {
        if (!plain(w)) {
            add_any(x, w, -1.0, from);
            return add_any(x, w, 1.0, to);
        }
        const std::size_t d = this->d();
        if (d > kMaxDirectD) return row_kernels<T>(kernels).move(row_grids(), x, from, to);
        cut_plain(x, [=](std::size_t f, double high, double low) {
            from[f] -= high;
            from[d + f] -= low;
            to[f] += high;
            to[d + f] += low;
        });
    }

    // Adds a group of rows to sums, each weighing 1; values lie [feature][stride]. Needs plain(1.0).
    template <class T>
    void add_columns(const T* columns, std::size_t rows, std::size_t stride, double* sums) const {
        constexpr std::size_t kLanes = 4;
        for (std::size_t f = 0; f < d(); ++f) {
            const double origin = origin_[f], high_magic = grids_.magic(0)[f], low_magic = grids_.magic(1)[f];
            double high_sum[kLanes] = {}, low_sum[kLanes] = {};
            const auto see = [&](std::size_t r, std::size_t lane) {
                const double t = static_cast<double>(columns[f * stride + r]) - origin;
                const double high = (t + high_magic) - high_magic;
                high_sum[lane] += high;
                low_sum[lane] += ((t - high) + low_magic) - low_magic;
            };
            std::size_t r = 0;
            for (; r + kLanes <= rows; r += kLanes)
                for (std::size_t lane = 0; lane < kLanes; ++lane) see(r + lane, lane);
            for (; r < rows; ++r) see(r, 0);
            sums[f] += (high_sum[0] + high_sum[1]) + (high_sum[2] + high_sum[3]);
            sums[d() + f] += (low_sum[0] + low_sum[1]) + (low_sum[2] + low_sum[3]);
        }
    }

    // Adds row i of sparse rows. What is not stored adds nothing: a feature with a zero has origin 0.
    template <class T>
    void add(SparseRows<T> rows, std::size_t i, double w, double* sums) const {
        const bool is_plain = plain(w);
        const double *high_magic = grids_.magic(0), *low_magic = grids_.magic(1);
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
            const std::size_t f = rows.feature(e);
            const double t = rows.value(e) - origin_[f];
            if (is_plain) {
                const double high = (t + high_magic[f]) - high_magic[f];
                sums[f] += high;
                sums[d() + f] += ((t - high) + low_magic[f]) - low_magic[f];
                continue;
            }
            double cut[kMaxPieces];
            grids_[f].cut(t, w, cut);
            for (std::size_t p = 0; p < static_cast<std::size_t>(pieces()); ++p) sums[p * d() + f] += cut[p];
        }
    }

    // Adds a weight to that of a cluster, laid out [piece].
    void add_weight(double w, double sign, double* weight) const {
        if (plain(w)) {
            weight[0] += sign;
            return;
        }
        double cut[kMaxPieces];
        weight_grid_.cut(w, cut);
        for (int p = 0; p < pieces(); ++p) weight[p] += sign * cut[p];
    }

    // A row that weighs 1 in two pieces: 1 itself is the first piece of its weight.
    bool plain(double w) const { return w == 1.0 && two_pieces_; }
    // Whether rows that weigh 1 can be added up as SparseSums.
    bool even() const { return plain(1.0) && grids_.step() != 0.0; }
    // Where such rows are cut.
    RowGrids row_grids() const { return {origin_.data(), grids_.magic(0), grids_.magic(1), d()}; }

    template <class T>
    Spread spread(Rows<T> rows, Weights weights, const Kernels& kernels, std::size_t n_threads,
                  const Interrupted& interrupted) const;
    template <class T>
    Spread spread(SparseRows<T> rows, Weights weights, std::size_t n_threads,
                  const Interrupted& interrupted) const;

 private:
    // Calls use(f, high, low) for every feature, up to kMaxDirectD: a call of a kernel would cost more.
    template <class T, class Use>
    void cut_plain(const T* x, Use use) const {
        const double *origin = origin_.data(), *high_magic = grids_.magic(0), *low_magic = grids_.magic(1);
        const auto feature = [=](std::size_t f) __attribute__((always_inline)) {
            const double t = static_cast<double>(x[f]) - origin[f];
            const double high = (t + high_magic[f]) - high_magic[f];
            use(f, high, ((t - high) + low_magic[f]) - low_magic[f]);
        };
        switch (d()) {
            case 4:
                feature(3);
                [[fallthrough]];
            case 3:
                feature(2);
                [[fallthrough]];
            case 2:
                feature(1);
                [[fallthrough]];
            case 1:
                feature(0);
        }
    }
    struct SpreadPart;
    struct FeatureSpread;
    Grids grids_of_squares() const;
    // Where some are far larger than the rest, what rounding takes from their squares is as much.
    bool exact_squares() const { return capacity_sq_.pieces() > 2; }
    friend class SparseSums;
    // Whether the sums of values and of squares both take two pieces, of rows that weigh 1.
    bool plain_spread(Weights weights) const { return !weights && two_pieces_ && !exact_squares(); }
    Spread joined(const std::vector<SpreadPart>& parts) const;
    Spread joined(const std::vector<PassingVector<FeatureSpread>>& parts) const;
    template <class T>
    void add_any(const T* x, double w, double sign, double* sums) const;

    Range range_;
    double largest_weight_;
    Capacity capacity_, capacity_sq_;  // of the values, and of their squares
    int pieces_ = 2;
    bool two_pieces_ = true;  // of whole weights
    std::vector<double> origin_;
    Grids grids_;
    Grid weight_grid_;
};

// Exact sums of k clusters over a frame: weight[j][piece], sums[j][piece][feature].
struct ClusterSums {
    std::size_t k = 0, d = 0;
    int pieces = 2;
    AlignedVector<double> weight, sums;  // so that no vector of sums crosses two lines of memory, if d allows

    ClusterSums() = default;
    ClusterSums(std::size_t n_clusters, const Frame& frame);
    void clear();
    // Adds row x of weight w to cluster j, or takes it back with sign -1.
    template <class T>
    void add(const Frame& frame, const Kernels& kernels, std::size_t j, const T* x, double w, double sign) {
        frame.add_weight(w, sign, weight_of(j));
        frame.add(kernels, x, w, sign, sums.data() + j * static_cast<std::size_t>(pieces) * d);
    }
    // Takes row x of weight w from one cluster to another.
    template <class T>
    void move(const Frame& frame, const Kernels& kernels, std::size_t from, std::size_t to, const T* x,
              double w) {
        const std::size_t size = static_cast<std::size_t>(pieces) * d;
        frame.add_weight(w, -1.0, weight_of(from));
        frame.add_weight(w, 1.0, weight_of(to));
        frame.move(kernels, x, w, sums.data() + from * size, sums.data() + to * size);
    }
    // Takes the n rows which[e] of x, each weighing 1, from cluster from[which[e]] to to[e], or if `from` is
    // null from nowhere. Needs Frame::plain(1.0).
    template <class T>
    void change(const Frame& frame, const Kernels& kernels, const T* x, const std::uint32_t* which,
                std::size_t n, const std::int32_t* from, const std::int32_t* to) {
        row_kernels<T>(kernels).change_rows(frame.row_grids(), x, which, n, from, to, sums.data());
        for (std::size_t e = 0; e < n; ++e) *weight_of(static_cast<std::size_t>(to[e])) += 1.0;
        for (std::size_t e = 0; e < n && from; ++e)
            *weight_of(static_cast<std::size_t>(from[which[e]])) -= 1.0;
    }
    // Adds these rows to cluster 0.
    template <class T>
    void add_all(const Frame& frame, const Kernels& kernels, Rows<T> rows,
                 std::span<const std::uint32_t> which, Weights weights) {
        if (!weights && frame.plain(1.0)) {
            weight[0] += static_cast<double>(which.size());
            return row_kernels<T>(kernels).add_rows(frame.row_grids(), rows.data, which.data(), which.size(),
                                                    sums.data());
        }
        for (const std::uint32_t i : which) add(frame, kernels, 0, rows[i], weights[i], 1.0);
    }
    template <class T>
    void add_all(const Frame& frame, const Kernels&, SparseRows<T> rows, std::span<const std::uint32_t> which,
                 Weights weights) {
        for (const std::uint32_t i : which) {
            frame.add_weight(weights[i], 1.0, weight_of(0));
            frame.add(rows, i, weights[i], sums.data());
        }
    }
    // Adds to cluster 0 a group of rows that weigh 1 each (Frame::add_columns).
    template <class T>
    void add_columns(const Frame& frame, const T* columns, std::size_t rows, std::size_t stride) {
        weight[0] += static_cast<double>(rows);
        frame.add_columns(columns, rows, stride, sums.data());
    }
    // Adds to cluster j what another ClusterSums holds in its cluster `from`.
    void add(std::size_t j, const ClusterSums& other, std::size_t from, double sign);
    // Takes over what another holds in cluster j, which is zero then.
    void take(std::size_t j, ClusterSums& other);
    // The same, from sums that were kept for the kernels of rows of few features.
    void take(std::size_t j, double* few);

 private:
    double* weight_of(std::size_t j) { return &weight[j * static_cast<std::size_t>(pieces)]; }
};

// Sums of sparse rows that weigh 1 each, in two pieces, of one cluster: a row touches features far apart, so
// all that one of them needs lies in one cache line. Needs Frame::even().
class SparseSums {
 public:
    explicit SparseSums(const Frame& frame);
    template <class T>
    void add(SparseRows<T> rows, std::size_t i) {
        weight_ += 1.0;
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
            rows.ask_ahead(e, features_.data());
            Feature& f = features_[rows.feature(e)];
            const double t = rows.value(e) - f.origin, low_magic = f.magic * step_;
            const double high = (t + f.magic) - f.magic;
            f.high += high;
            f.low += ((t - high) + low_magic) - low_magic;
        }
    }
    // Hands over what was added to cluster 0 of `sums`, in place of what was there.
    void give(ClusterSums& sums);

 private:
    struct alignas(32) Feature {
        double origin, magic;
        double high = 0.0, low = 0.0;
    };
    std::vector<Feature> features_;
    double weight_ = 0.0, step_;
};

// What one cluster's weight (pieces) and sums (pieces, d) tell: its mean (d), where an empty one keeps its
// center, and its excess about that center.
Excess learn(const Frame& frame, const Kernels& kernels, const double* weight, const double* sums,
             const double* center, double* mean);

// sum of w |x - c(label)|^2 from the sums alone: the points' spread, and what each cluster adds to it.
double cost_of(const Spread& spread, const std::vector<Excess>& excess);

}  // namespace globular
