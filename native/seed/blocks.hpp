// Blocks of rows, and which of them are nearer to some row than to all that were chosen before.
//
// Most rows are not, and a filter tells: for dense rows the distance in float32, for sparse ones a scalar
// product. Only those that it cannot exclude are measured, by q. Rows laid out in space (layout.hpp) are
// passed over by whole blocks.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "../aligned.hpp"
#include "../frame.hpp"
#include "../level/kernels.hpp"
#include "../rows.hpp"
#include "layout.hpp"

namespace globular {

// A row of a block, its position, and its q to the row in question, which is less than what it had.
struct Nearer {
    std::size_t row, position;
    double distance;
};

// How dense rows are screened: moved to their middle, scaled by a power of two so that the longest is about
// 1, and rounded to float32. The copies of two rows are off by a <= 2 u R together, and a sum of d squares by
// (d + 2) u in relation, so that q >= n wherever the sum exceeds
//   ((sqrt(n) + a) / (1 - (d + 4) u))^2 <= n (1 + s) (..) + a^2 (1 + 1/s) (..), for any s: no root is needed.
class Screening {
 public:
    Screening(const Range& range, const Kernels& kernels) : kernels_(&kernels) {
        constexpr double kSafety = 1.02, kLoose = 0x1p-8;
        const std::size_t d = range.lowest.size();
        double half_sq = 0.0;
        for (std::size_t f = 0; f < d; ++f) {
            middle_.push_back(0.5 * range.lowest[f] + 0.5 * range.highest[f]);
            const double half = 0.5 * range.highest[f] - 0.5 * range.lowest[f];
            half_sq += half * half;
        }
        const double reach = std::sqrt(half_sq);
        useful_ = reach > 0x1p-400 && reach < 0x1p400;
        int e = 0;
        std::frexp(useful_ ? reach : 1.0, &e);
        scale_ = std::ldexp(1.0, -e);
        rho_ = (static_cast<double>(d) + 4.0) * kU;
        off_ = kSafety * 2.0 * kU;
        const double more = kSafety * (1.0 + 2.0 * kU) / ((1.0 - rho_) * (1.0 - rho_));
        slope_ = (1.0 + kLoose) * more;
        floor_ = off_ * off_ * (1.0 + 1.0 / kLoose) * more + 0x1p-100;
    }

    const Kernels& kernels() const { return *kernels_; }
    float copy(double value, std::size_t f) const {
        return static_cast<float>((value - middle_[f]) * scale_);
    }
    template <class T>
    void copy_row(Rows<T> rows, std::size_t i, float* out) const {
        for (std::size_t f = 0; f < rows.d; ++f) out[f] = copy(static_cast<double>(rows[i][f]), f);
    }
    double scaled(double q) const { return scale_ * scale_ * q; }
    float limit(double nearest) const {
        return useful_ ? static_cast<float>(slope_ * scaled(nearest) + floor_)
                       : std::numeric_limits<float>::infinity();
    }
    // Not beyond what float32 can tell apart.
    bool useful() const { return useful_; }

    GainQuery query(const float* groups, std::size_t n_groups, const float* nearest,
                    const float* weights) const {
        return {groups,
                n_groups,
                middle_.size(),
                nearest,
                weights,
                static_cast<float>(slope_),
                static_cast<float>(floor_)};
    }
    // How far a gain may be off. The copies of a row that is reached and of the point are r' <= sqrt(limit)
    // apart and the two themselves r, |r - r'| <= a, so that q is off by at most 2 a r' + a^2 and what
    // rounding takes from it; a row out of reach takes no part in the gain, here or there. Over all rows, by
    // Cauchy and Schwarz,
    //   sum of w 2 a r' <= 2 a sqrt(sum of w * sum of w limit).
    double doubt(const Gain& sums) const {
        constexpr std::size_t kFewestLanes = 4, kOthers = 16;
        constexpr auto kRoundings =
            static_cast<double>(kBlock / kFewestLanes + kOthers);  // of a kernel's sum
        constexpr double kMargin = 1.1;  // for what is left out here: terms of second order
        return kMargin * (2.0 * off_ * std::sqrt(sums.weight * sums.limit) + 3.0 * off_ * off_ * sums.weight +
                          (rho_ + kRoundings * kU) * sums.limit);
    }

 private:
    const Kernels* kernels_;
    std::vector<double> middle_;
    static constexpr double kU = 0x1p-24;  // what float32 rounds by
    double scale_, slope_, floor_, off_, rho_;
    bool useful_;
};

// What a pass over all rows reads, for an estimate of its time.
template <class T>
double n_values(Rows<T> rows) {
    return static_cast<double>(rows.n) * static_cast<double>(rows.d);
}
template <class T>
double n_values(SparseRows<T> rows) {
    return 4.0 * static_cast<double>(rows.starts[rows.n]);  // taken one by one
}

// Whether float32 copies of all rows are kept, [group][feature][kGroup]: they take longer to make than to
// use, so that without them a candidate costs three times as much. Of very many features they would take too
// much memory.
template <class T>
bool kept_in_copy(Rows<T> rows) {
    constexpr std::size_t kMost = 1024;
    return rows.d <= kMost;
}

// Copies a group of rows, n of them, from position `first` on.
template <class T>
void copy_group(Rows<T> rows, const Screening& screening, const Layout& layout, std::size_t first,
                std::size_t n, float* group) {
    constexpr std::size_t kStrip = 16;  // features of all rows at a time, so that whole lines are written
    for (std::size_t begin = 0; begin < rows.d; begin += kStrip)
        for (std::size_t r = 0; r < n; ++r) {
            const T* x = rows[layout.row_at(first + r)];
            for (std::size_t f = begin; f < std::min(rows.d, begin + kStrip); ++f)
                group[f * kGroup + r] = screening.copy(static_cast<double>(x[f]), f);
        }
    for (std::size_t f = 0; f < rows.d; ++f)
        std::fill(group + f * kGroup + n, group + (f + 1) * kGroup, 0.0F);
}

// The rows as they are laid out, and what each has come down to, by position.
template <class R>
struct Standing {
    R rows;
    Weights weights;
    double largest_weight;
    const Screening* screening;
    const Layout* layout;
    const float* copies;  // of all rows, or null
    const double* nearest;
};

template <class R>
class Block;

template <class T>
class Block<Rows<T>> {
 public:
    // Rows that a pass takes at once: they are read once for each row in question.
    static std::size_t size(Rows<T> rows) { return kept_in_copy(rows) ? kBlock : kGroup; }

    explicit Block(const Standing<Rows<T>>& field)
        : rows_(field.rows),
          screening_(field.screening),
          layout_(field.layout),
          copies_(field.copies),
          nearest_(field.nearest),
          group_(copies_ ? 0 : kGroup * rows_.d),
          limits_(kBlock),
          point_(rows_.d) {}

    // Whether no row of block b, none of which has come down to more than `farthest`, is nearer to this row.
    bool out_of_reach(std::size_t b, std::size_t row, double farthest) {
        if (!*layout_) return false;
        point_at(row);
        return layout_->distance_to_block(b, point_.data()) >
               static_cast<double>(screening_->limit(farthest));
    }

    // Makes ready the n rows from position `first` on. Of the row in question it may be known already which
    // rows are in reach, as bits by position.
    void load(std::size_t first, std::size_t n, const std::uint32_t* known) {
        first_ = first;
        n_ = n;
        known_ = known;
        if (known) return;
        for (std::size_t i = 0; i < n; ++i) limits_.data()[i] = screening_->limit(nearest_[first + i]);
        std::fill(limits_.data() + n, limits_.data() + kBlock, -1.0F);
        if (!copies_) copy_group(rows_, *screening_, *layout_, first, n, group_.data());
    }

    // Lists the rows of the block that are nearer to this row. Returns how many there are.
    std::size_t nearer(std::size_t row, Nearer* out) {
        if (!known_) point_at(row);
        std::size_t count = 0;
        for (std::size_t g = 0; g < n_; g += kGroup) {
            for (std::uint32_t listed = in_reach(g); listed != 0; listed &= listed - 1) {
                const std::size_t i = g + static_cast<std::size_t>(std::countr_zero(listed));
                if (i >= n_) break;
                const std::size_t near = layout_->row_at(first_ + i);
                __builtin_prefetch(rows_[near]);  // which lie too far apart for the machine to guess
                out[count++] = {near, first_ + i, 0.0};
            }
        }
        measure(row, out, count);
        const Nearer* end = std::remove_if(out, out + count, [this](const Nearer& near) {
            return !(near.distance < nearest_[near.position]);
        });
        return static_cast<std::size_t>(end - out);
    }

 private:
    Rows<T> rows_;
    const Screening* screening_;
    const Layout* layout_;
    const float* copies_;
    const double* nearest_;
    Aligned<float> group_;
    Aligned<float> limits_;
    std::vector<float> point_;
    std::size_t first_ = 0, n_ = 0;
    const std::uint32_t* known_ = nullptr;

    // Of the group that begins at place g of the block.
    std::uint32_t in_reach(std::size_t g) const {
        if (known_) return known_[(first_ + g) / kGroup];
        const float* group = copies_ ? copies_ + (first_ + g) * rows_.d : group_.data();
        return screening_->kernels().screen(group, rows_.d, point_.data(), limits_.data() + g);
    }

    void point_at(std::size_t row) { screening_->copy_row(rows_, row, point_.data()); }

    // q of the rows listed to a row, some at a time so that they need not wait for each other.
    void measure(std::size_t row, Nearer* listed, std::size_t count) const {
        constexpr std::size_t kAtOnce = 4;
        const T* c = rows_[row];
        for (std::size_t e = 0; e < count; e += kAtOnce) {
            const T* x[kAtOnce];
            double sum[kAtOnce] = {};
            for (std::size_t a = 0; a < kAtOnce; ++a) x[a] = rows_[listed[std::min(e + a, count - 1)].row];
            for (std::size_t f = 0; f < rows_.d; ++f)
                for (std::size_t a = 0; a < kAtOnce; ++a) {
                    const double t = static_cast<double>(x[a][f]) - static_cast<double>(c[f]);
                    sum[a] += t * t;
                }
            for (std::size_t a = 0; a < std::min(kAtOnce, count - e); ++a) listed[e + a].distance = sum[a];
        }
    }
};

// q of two sparse rows: where both are zero it adds a zero, so the features that either has will do.
template <class T>
double between(SparseRows<T> rows, std::size_t i, std::size_t other) {
    std::size_t a = rows.begin(i), b = rows.begin(other);
    const std::size_t a_end = rows.end(i), b_end = rows.end(other);
    double sum = 0.0;
    while (a < a_end && b < b_end) {  // without a jump: which of them comes next nobody can guess
        const std::size_t fa = rows.feature(a), fb = rows.feature(b);
        const bool from_a = fa <= fb, from_b = fb <= fa;
        const double t =
            rows.value(a) * static_cast<double>(from_a) - rows.value(b) * static_cast<double>(from_b);
        sum += t * t;
        a += from_a;
        b += from_b;
    }
    for (; a < a_end; ++a) sum += rows.value(a) * rows.value(a);
    for (; b < b_end; ++b) sum += rows.value(b) * rows.value(b);
    return sum;
}

// What a scalar product of so many terms, and lengths, may make of a squared distance, as a share of the
// lengths.
inline double off_by(std::size_t n_terms) { return (static_cast<double>(n_terms) + 8.0) * 0x1p-50; }

template <class T>
class Block<SparseRows<T>> {
 public:
    static std::size_t size(SparseRows<T>) { return kBlock; }

    explicit Block(const Standing<SparseRows<T>>& field)
        : rows_(field.rows), nearest_(field.nearest), unpacked_(rows_.d) {}

    bool out_of_reach(std::size_t, std::size_t, double) const { return false; }
    void load(std::size_t first, std::size_t n, const std::uint32_t* known) {
        first_ = first;
        n_ = n;
        known_ = known;
    }

    std::size_t nearer(std::size_t row, Nearer* out) {
        std::size_t count = 0;
        const auto see = [&](std::size_t i) {
            out[count] = {i, i, between(rows_, i, row)};
            count += static_cast<std::size_t>(out[count].distance < nearest_[i]);
        };
        if (known_) {
            for (std::size_t g = first_ / kGroup; g < chunks_of(first_ + n_, kGroup); ++g)
                for (std::uint32_t listed = known_[g]; listed != 0; listed &= listed - 1)
                    see(g * kGroup + static_cast<std::size_t>(std::countr_zero(listed)));
            return count;
        }
        double row_sq = 0.0;
        for (std::size_t e = rows_.begin(row); e < rows_.end(row); ++e) {
            const double c = rows_.value(e);
            unpacked_[rows_.feature(e)] = 2.0 * c;
            row_sq += c * c;
        }
        for (std::size_t i = first_; i < first_ + n_; ++i)
            if (!surely_beyond(i, row, row_sq, nearest_[i])) see(i);
        for (std::size_t e = rows_.begin(row); e < rows_.end(row); ++e) unpacked_[rows_.feature(e)] = 0.0;
        return count;
    }

 private:
    SparseRows<T> rows_;
    const double* nearest_;
    std::vector<double> unpacked_;  // twice the row in question; zero between calls
    std::size_t first_ = 0, n_ = 0;
    const std::uint32_t* known_ = nullptr;

    // Whether q of row i to the row in question exceeds `limit`, whatever was rounded.
    bool surely_beyond(std::size_t i, std::size_t row, double row_sq, double limit) const {
        if (limit == std::numeric_limits<double>::infinity()) return false;
        double product = 0.0, length_sq = 0.0;
        for (std::size_t e = rows_.begin(i); e < rows_.end(i); ++e) {
            const double v = rows_.value(e);
            product += v * unpacked_[rows_.feature(e)];
            length_sq += v * v;
        }
        const std::size_t n_terms = rows_.end(i) - rows_.begin(i) + rows_.end(row) - rows_.begin(row);
        const double off = off_by(n_terms) * (length_sq + row_sq) + 0x1p-1000;
        return (length_sq + row_sq) - product > limit + off;
    }
};

}  // namespace globular
