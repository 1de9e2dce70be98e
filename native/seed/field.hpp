// The field of k-means++: every row's squared distance to the nearest center chosen so far, and
// draws of rows in proportion to it.
//
// Sums over the field are exact (exact_sum.hpp) and rows are drawn in their canonical order (canonical.hpp),
// so a draw depends neither on threads nor on the order of the rows, and a row of weight 3 is drawn like
// the row three times, wherever these stand. A new center changes the sums by what its own rows lose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../frame.hpp"
#include "../rows.hpp"
#include "blocks.hpp"
#include "canonical.hpp"

namespace globular {

// R is Rows<T> or SparseRows<T>.
template <class R>
class Field {
 public:
    // The level of the kernels changes no bit.
    Field(R rows, Weights weights, const Frame& frame, const Kernels& kernels, std::size_t n_threads);

    // The row at each of the fractions u in [0, 1) of the running sum of w * distance, in canonical
    // order; before any center is chosen, and when all distances are zero, of w alone.
    void draw(const double* u, std::size_t count, std::int64_t* rows);
    // What the sum of w * distance would be with each of these rows as one more center.
    void potentials(const std::int64_t* rows, std::size_t count, double* out) const;
    // One more center: a row.
    void add(std::size_t row);
    // Of every row to the nearest center, squared; infinite until one is chosen.
    void distances(double* out) const {
        for (std::size_t i = 0; i < rows_.n; ++i) out[i] = nearest_[layout_.position_of(i)];
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
        void add(const Sums& other, double sign) {
            for (std::size_t e = 0; e < piece.size(); ++e) piece[e] += sign * other.piece[e];
        }
    };
    // What rows lose that come nearer to a center: what they had, and what they have. Apart, so that neither
    // outgrows what a sum of all rows may hold.
    struct Change {
        Sums had, has;
        void see(const Field& field, const Nearer& near, std::size_t b);
    };
    R rows_;
    Weights weights_;
    const Frame* frame_;
    std::size_t n_threads_;
    Screening screening_;
    Layout layout_;
    Aligned<float> copies_;  // of all rows as they are laid out, or none
    CanonicalOrder<R> order_;
    std::vector<double> nearest_;   // squared, by position; infinite until a center is chosen
    std::vector<double> farthest_;  // the largest of these in each block
    std::size_t n_centers_ = 0;
    bool by_weight_ = true;  // no center yet, or every point is one
    Grid grid_;              // for the largest of nearest_
    Sums sums_;              // of w * nearest_ (or of w), by bucket of the canonical order

    Block<R> block() const;
    template <class Worker, class Use>
    void for_blocks(std::vector<Worker>& workers, Use use) const;
    void lay_out();
    void find_farthest(std::size_t b);
    void cut_product(double distance, std::size_t row, double* out) const;
    void cut(std::size_t row, double* out) const;
    void sum_up();
};

// q of the rows [first, first + n) to row `to`.
template <class T>
void distances_to_row(SparseRows<T> rows, std::size_t row, double* out);

}  // namespace globular
