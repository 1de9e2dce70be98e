// A first opinion of candidates for a center: what each would take from the sum, about, with a bound on what
// that may be off, and which rows it could reach. All candidates are seen in one pass over the rows.
//
// Dense rows are seen as their float32 copies, by a kernel (level/gains.hpp); sparse rows by scalar products
// in double. Each thread has a judge of its own.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "blocks.hpp"

namespace globular {

struct Opinion {
    double gain = 0.0, off = 0.0;
};

// The rows in reach of each of some candidates, as bits by position.
struct Judged {
    std::vector<std::int64_t> rows;
    std::size_t n_groups = 0;
    std::vector<std::uint32_t> reached = std::vector<std::uint32_t>(rows.size() * n_groups);

    std::uint32_t* reached_by(std::size_t c) { return reached.data() + c * n_groups; }
    // Of all groups, or null if this row was not judged.
    const std::uint32_t* of(std::size_t row) {
        const auto at = std::find(rows.begin(), rows.end(), static_cast<std::int64_t>(row));
        return at == rows.end() ? nullptr : reached_by(static_cast<std::size_t>(at - rows.begin()));
    }
};

template <class R>
class Judge;

template <class T>
class Judge<Rows<T>> {
 public:
    // Copies of the candidates.
    using Candidates = std::vector<std::vector<float>>;
    static Candidates candidates(const Standing<Rows<T>>& field, const Judged& judged) {
        Candidates out;
        for (const std::int64_t row : judged.rows) {
            out.emplace_back(field.rows.d);
            field.screening->copy_row(field.rows, static_cast<std::size_t>(row), out.back().data());
        }
        return out;
    }
    // Whether there is anything to see.
    static bool sees(const Standing<Rows<T>>& field) { return field.copies && field.screening->useful(); }

    Judge(const Standing<Rows<T>>& field, const Candidates& candidates, Judged& judged)
        : field_(&field),
          candidates_(&candidates),
          judged_(&judged),
          gains_(candidates.size()),
          nearest_(kBlock),
          weights_(kBlock),
          weight_unit_(field.weights ? std::exp2(-std::ilogb(field.largest_weight)) : 1.0) {}

    // The n rows of block b, from position `first` on, none of which has come down to more than `farthest`.
    void see(std::size_t b, std::size_t first, std::size_t n, double farthest) {
        const Screening& screening = *field_->screening;
        const double reach = screening.limit(farthest);
        bool loaded = false;
        for (std::size_t c = 0; c < gains_.size();) {
            const float* near[kMostGains];
            std::uint32_t* reached[kMostGains];
            std::size_t which[kMostGains], count = 0;
            for (; c < gains_.size() && count < kMostGains; ++c) {
                const float* point = (*candidates_)[c].data();
                if (*field_->layout && field_->layout->distance_to_block(b, point) > reach) continue;
                which[count] = c;
                reached[count] = judged_->reached_by(c) + first / kGroup;
                near[count++] = point;
            }
            if (count == 0) return;
            if (!loaded) load(first, n);
            loaded = true;
            Gain taken[kMostGains] = {};
            const GainQuery query =
                screening.query(field_->copies + first * field_->rows.d, chunks_of(n, kGroup),
                                nearest_.data(), field_->weights ? weights_.data() : nullptr);
            screening.kernels().gains[count - 1](query, near, taken, reached);
            for (std::size_t e = 0; e < count; ++e) {
                Gain& sums = gains_[which[e]];
                sums.weight += taken[e].weight;
                sums.limit += taken[e].limit;
                sums.gain += taken[e].gain;
            }
        }
    }

    Opinion opinion(std::size_t c) const {
        const double unit = weight_unit_ * field_->screening->scaled(1.0);
        return {gains_[c].gain / unit, field_->screening->doubt(gains_[c]) / unit};
    }

 private:
    const Standing<Rows<T>>* field_;
    const Candidates* candidates_;
    Judged* judged_;
    std::vector<Gain> gains_;
    Aligned<float> nearest_, weights_;
    double weight_unit_;  // a power of two that takes the largest weight to about 1

    void load(std::size_t first, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
            nearest_.data()[i] = static_cast<float>(field_->screening->scaled(field_->nearest[first + i]));
        std::fill(nearest_.data() + n, nearest_.data() + kBlock, -1.0F);
        if (!field_->weights) return;
        for (std::size_t i = 0; i < n; ++i) {
            const double w = field_->weights[field_->layout->row_at(first + i)];
            weights_.data()[i] = static_cast<float>(w * weight_unit_);
        }
        std::fill(weights_.data() + n, weights_.data() + kBlock, 0.0F);
    }
};

template <class T>
class Judge<SparseRows<T>> {
    static constexpr std::size_t kAtOnce = 8;

 public:
    // Some candidates at once: the values of all of them side by side, of the features that any of them has.
    struct Group {
        std::vector<std::int32_t> place;  // of each feature in `values`; at place 0 all are zero
        std::vector<double> values;       // [place][kAtOnce]
        double length_sq[kAtOnce] = {};
        std::size_t n_entries = 0;  // of one of them at most
    };
    using Candidates = std::vector<Group>;
    static Candidates candidates(const Standing<SparseRows<T>>& field, const Judged& judged) {
        Candidates out;
        for (std::size_t c = 0; c < judged.rows.size(); ++c) {
            const auto row = static_cast<std::size_t>(judged.rows[c]);
            if (c % kAtOnce == 0) {
                out.emplace_back();
                out.back().place.resize(field.rows.d);
                out.back().values.resize(kAtOnce);
            }
            Group& group = out.back();
            group.n_entries = std::max(group.n_entries, field.rows.end(row) - field.rows.begin(row));
            for (std::size_t e = field.rows.begin(row); e < field.rows.end(row); ++e) {
                std::int32_t& place = group.place[field.rows.feature(e)];
                if (place == 0) {
                    place = static_cast<std::int32_t>(group.values.size() / kAtOnce);
                    group.values.resize(group.values.size() + kAtOnce);
                }
                const double v = field.rows.value(e);
                group.values[static_cast<std::size_t>(place) * kAtOnce + c % kAtOnce] = v;
                group.length_sq[c % kAtOnce] += v * v;
            }
        }
        return out;
    }
    static bool sees(const Standing<SparseRows<T>>&) { return true; }

    Judge(const Standing<SparseRows<T>>& field, const Candidates& candidates, Judged& judged)
        : field_(&field), candidates_(&candidates), judged_(&judged), opinions_(judged.rows.size()) {}

    void see(std::size_t, std::size_t first, std::size_t n, double) {
        for (std::size_t g = 0; g < candidates_->size(); ++g)
            for (std::size_t i = first; i < first + n; ++i) see_row((*candidates_)[g], g * kAtOnce, i);
    }

    Opinion opinion(std::size_t c) const {
        const Opinion& sums = opinions_[c];  // one by one
        return {sums.gain, 1.1 * sums.off + off_by(field_->rows.n) * sums.gain};
    }

 private:
    const Standing<SparseRows<T>>* field_;
    const Candidates* candidates_;
    Judged* judged_;
    std::vector<Opinion> opinions_;

    void see_row(const Group& group, std::size_t c, std::size_t i) {
        const SparseRows<T>& rows = field_->rows;
        double product[kAtOnce] = {}, length_sq = 0.0;
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
            const double v = rows.value(e);
            const double* values =
                group.values.data() + static_cast<std::size_t>(group.place[rows.feature(e)]) * kAtOnce;
            for (std::size_t a = 0; a < kAtOnce; ++a) product[a] += v * values[a];
            length_sq += v * v;
        }
        const double nearest = field_->nearest[i], w = field_->weights[i];
        const double per_sq = off_by(rows.end(i) - rows.begin(i) + group.n_entries);
        for (std::size_t a = 0; a < std::min(kAtOnce, opinions_.size() - c); ++a) {
            const double both_sq = length_sq + group.length_sq[a], off = per_sq * both_sq + 0x1p-1000;
            const double q = both_sq - 2.0 * product[a];
            if (q > nearest + off) continue;
            judged_->reached_by(c + a)[i / kGroup] |= std::uint32_t{1} << i % kGroup;
            opinions_[c + a].gain += w * std::max(nearest - q, 0.0);
            opinions_[c + a].off += w * off;
        }
    }
};

}  // namespace globular
