// The field of k-means++: every row's squared distance to the nearest center chosen so far, and
// draws of rows in proportion to it.
//
// Sums over the field are exact (exact_sum.hpp) and rows are drawn in their canonical order (canonical.hpp),
// so a draw depends neither on threads nor on the order of the rows, and a row of weight 3 is drawn like
// the row three times, wherever these stand. A new center changes the sums by what its own rows lose.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../frame.hpp"
#include "../passing.hpp"
#include "../rows.hpp"
#include "blocks.hpp"
#include "canonical.hpp"
#include "judges.hpp"

namespace globular {

// A running sum in pieces, and its value, rounded once.
class Running {
 public:
    explicit Running(std::size_t pieces) : pieces_(pieces) {}
    void add(const double* cut) {
        for (std::size_t p = 0; p < pieces_; ++p) piece_[p] += cut[p];
    }
    double value() const {
        Double2 s{};
        for (std::size_t p = 0; p < pieces_; ++p) s = s + Double2{piece_[p], 0.0};
        return s.hi;
    }

 private:
    std::size_t pieces_;
    double piece_[kMaxPieces] = {};
};

// R is Rows<T> or SparseRows<T>.
template <class R>
class Field {
 public:
    // For a seeding of about so many centers. The level of the kernels changes no bit.
    Field(R rows, Weights weights, const Frame& frame, const Kernels& kernels, std::size_t n_threads,
          std::size_t n_centers);

    // The row at each of the fractions u in [0, 1) of the running sum of w * distance, in canonical
    // order; before any center is chosen, and when all distances are zero, of w alone.
    void draw(const double* u, std::size_t count, std::int64_t* rows);
    // What the sum of w * distance would be with each of these rows as one more center.
    void potentials(const std::int64_t* rows, std::size_t count, double* out) const;
    // Which of these rows would leave the least such sum; of equal sums the first.
    std::size_t best(const std::int64_t* rows, std::size_t count);
    // The places of those of them that a first opinion cannot exclude, a row once.
    std::vector<std::size_t> in_question(const std::int64_t* rows, std::size_t count);
    // One more center: a row.
    void add(std::size_t row);
    // One more center, the best of as many draws as there are fractions: the row that it is.
    std::size_t add_best_of(const double* u, std::size_t count);
    // Of every row to the nearest center, squared; infinite until one is chosen.
    void distances(double* out) const {
        for (std::size_t p = 0; p < rows_.n; ++p) out[layout_.row_at(p)] = nearest_[p];
    }

 private:
    // Sums of some quantities, each in pieces: those of quantity b from piece[b * pieces] on.
    struct Sums {
        std::size_t pieces;
        std::vector<double> piece;
        Sums(std::size_t n, std::size_t n_pieces) : pieces(n_pieces), piece(n * n_pieces) {}
        void add(std::size_t b, const double* cut) {
            for (std::size_t p = 0; p < pieces; ++p) piece[b * pieces + p] += cut[p];
        }
        void add(const Sums& other) {
            for (std::size_t e = 0; e < piece.size(); ++e) piece[e] += other.piece[e];
        }
    };
    // What rows lose that come nearer to a center, for some sums: what they had, and what they have. Apart,
    // so that neither outgrows what a sum of all rows may hold, but side by side.
    struct Change {
        std::size_t pieces;
        std::vector<double> piece;  // [sum][had, has][piece]
        Change(std::size_t n, std::size_t n_pieces) : pieces(n_pieces), piece(2 * n * n_pieces) {}
        // A row that comes nearer: in sum b.
        void see(const Field& field, const Nearer& near, std::size_t b) {
            double* at = &piece[2 * b * pieces];
            const double had = field.nearest_[near.position], has = near.distance;
            if (pieces == 2 &&
                !field.weights_) {  // as cut_product does, but nothing of it is asked row by row
                const double m0 = field.grid_.magic(0), m1 = field.grid_.magic(1);
                const double had0 = (had + m0) - m0, has0 = (has + m0) - m0;
                at[0] += had0;
                at[1] += ((had - had0) + m1) - m1;
                at[2] += has0;
                at[3] += ((has - has0) + m1) - m1;
                return;
            }
            double cut[2 * kMaxPieces];
            field.cut_product(had, near.row, cut);
            field.cut_product(has, near.row, cut + pieces);
            for (std::size_t p = 0; p < 2 * pieces; ++p) at[p] += cut[p];
        }
        // Takes from a sum what its rows lose, as change b says.
        void take_from(double* sum, std::size_t b) const {
            const double* at = &piece[2 * b * pieces];
            for (std::size_t p = 0; p < pieces; ++p) sum[p] = (sum[p] - at[p]) + at[pieces + p];
        }
    };
    R rows_;
    Weights weights_;
    const Frame* frame_;
    std::size_t n_threads_;
    Screening screening_;
    Layout layout_;
    Aligned<float> copies_;  // of all rows as they are laid out, or none
    CanonicalOrder<R> order_;
    PassingVector<double> nearest_;  // squared, by position; infinite until a center is chosen
    std::vector<double> farthest_;   // the largest of these in each block
    std::size_t n_centers_ = 0, most_centers_;
    bool by_weight_ = true;  // no center yet, or every point is one
    Judged judged_;          // since the last center
    Grid grid_;              // for the largest of nearest_
    Sums sums_;              // of w * nearest_ (or of w), by bucket of the canonical order

    Standing<R> standing() const {
        return {rows_,          weights_, frame_->largest_weight(),
                &screening_,    &layout_, copies_.size() ? copies_.data() : nullptr,
                nearest_.data()};
    }
    // Of all that rows have come down to.
    double largest() const { return *std::max_element(farthest_.begin(), farthest_.end()); }
    // Calls use(worker, block, its first position, its rows) for all blocks.
    template <class Worker, class Use>
    void for_blocks(std::vector<Worker>& workers, Use use) const {
        const std::size_t size = Block<R>::size(rows_);
        for_chunks(workers.size(), chunks_of(rows_.n, size), {}, [&](std::size_t b, std::size_t t) {
            const std::size_t first = b * size;
            use(workers[t], b, first, std::min(rows_.n - first, size));
        });
    }
    std::vector<Opinion> opinions(const std::int64_t* rows, std::size_t count);
    void lay_out();
    void find_farthest(std::size_t b);
    void cut_product(double distance, std::size_t row, double* out) const {
        if (weights_)
            grid_.cut(distance, weights_[row], out);
        else
            grid_.cut(distance, out);
    }
    void cut(std::size_t position, double* out) const;
    void sum_up();
    std::size_t first_beyond(double target, Running sum, std::size_t bucket,
                             std::span<std::uint32_t> listed) const;
};

// q of the rows [first, first + n) to row `to`.
template <class T>
void distances_to_row(SparseRows<T> rows, std::size_t row, double* out);

}  // namespace globular
