// The field of k-means++: every row's squared distance to the nearest center chosen so far, and
// draws of rows in proportion to it.
//
// Sums over the field are exact (exact_sum.hpp), so a draw depends neither on threads nor on how
// the rows are cut into blocks, and a row of weight 3 is drawn like the row three times in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../frame.hpp"
#include "../rows.hpp"

namespace globular {

// R is Rows<T> or SparseRows<T>.
template <class R>
class Field {
 public:
    Field(R rows, Weights weights, const Frame& frame, std::size_t n_threads);

    // The row at each of the fractions u in [0, 1) of the running sum of w * distance, in row
    // order; before any center is chosen, and when all distances are zero, of w alone.
    void draw(const double* u, std::size_t count, std::int64_t* rows) const;
    // What the sum of w * distance would be with each of these rows as one more center.
    void potentials(const std::int64_t* rows, std::size_t count, double* out) const;
    // One more center: a row.
    void add(std::size_t row);
    const std::vector<double>& distances() const { return nearest_; }

 private:
    struct Sum {
        double piece[kMaxPieces] = {};
        void add(const double* cut, int pieces) {
            for (int p = 0; p < pieces; ++p) piece[p] += cut[p];
        }
        double value(int pieces) const;
    };
    R rows_;
    Weights weights_;
    const Frame* frame_;
    std::size_t n_threads_;
    std::vector<double> nearest_;  // squared; infinite until a center is chosen
    bool by_weight_ = true;        // no center yet, or every point is one
    Grid grid_;                    // for the largest of nearest_
    std::vector<Sum> block_sums_;  // of w * nearest_ (or of w) over blocks of kBlock rows

    std::size_t n_blocks() const;
    void cut_product(double distance, std::size_t row, double* out) const;
    void cut(std::size_t row, double* out) const;
    void sum_weights();
    void sum_block(std::size_t b);
};

// q of the rows [first, first + n) to row `to`.
template <class T>
void distances_to_row(SparseRows<T> rows, std::size_t row, double* out);

}  // namespace globular
