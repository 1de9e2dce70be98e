// The order in which rows are drawn: by their values alone, whatever row they stand in.
//
// A row's key is the upper half of a 64-bit hash of its values, measured from an origin and rounded to
// float32's 24 bits, so that data have the keys of their float32 copy; rows of one key are ordered by the
// values themselves. So equal rows stand side by side, and a row of weight 3 stands where the row three times
// would. Of each key the first sixteen bits are kept, and the leading ones of these name a bucket. Which rows
// a bucket has is looked up, and their order made out, when a draw falls into it: to look through two bytes a
// row is less than all else that a draw takes, and lists of rows would take four more.
//
// Zeros leave no trace in a hash, so sparse rows have the keys of dense ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../level/kernels.hpp"
#include "../passing.hpp"
#include "../rows.hpp"
#include "layout.hpp"

namespace globular {

// The hash of each row: of its values as double, as they are, with the feature of each.
template <class R>
void hashes(R rows, std::size_t n_threads, std::uint64_t* out);

// The row that comes first by its values, feature by feature; of equal ones the first.
template <class R>
std::size_t least_row(R rows);

// R is Rows<T> or SparseRows<T>, of fewer than 2^32 rows.
template <class R>
class CanonicalOrder {
 public:
    // The level of the kernels changes no bit.
    CanonicalOrder(R rows, std::span<const double> origin, const Kernels& kernels, std::size_t n_threads);

    // Rows of bucket b come before those of b + 1; and so it is by prefixes, of which bucket b has those from
    // b << prefix_bits() on.
    std::size_t n_buckets() const { return std::size_t{1} << (kBits - shift_); }
    std::size_t bucket_of(std::size_t position) const { return prefix_of(position) >> shift_; }
    std::size_t prefix_of(std::size_t position) const { return prefixes_[position]; }
    int prefix_bits() const { return shift_; }
    // From now on rows stand as they are laid out.
    void lay_out(const Layout& layout);

    // The positions of all rows of some buckets, as they come.
    PassingVector<std::uint32_t> list(std::vector<std::uint16_t> buckets, std::size_t n_threads) const;
    // Puts positions of one prefix in the order of their rows.
    void put_in_order(std::span<std::uint32_t> positions, const Layout& layout) const;

 private:
    static constexpr int kBits = 16;
    R rows_;
    std::vector<double> origin_;
    const Kernels* kernels_;
    int shift_;
    PassingVector<std::uint16_t> prefixes_;  // how keys begin, by position
};

}  // namespace globular
