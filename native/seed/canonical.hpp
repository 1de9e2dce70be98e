// The order in which rows are drawn: by their values alone, whatever row they stand in.
//
// A row's key is the upper half of a 64-bit hash of its values, measured from an origin and rounded to
// float32's 24 bits, so that data have the keys of their float32 copy; rows of one key are ordered by the
// values themselves. So equal rows stand side by side, and a row of weight 3 stands where the row three times
// would. Rows are put into buckets by the leading bits of their keys at once; the order within a bucket is
// made out when somebody asks for it, which for a few draws is seldom.
//
// Zeros leave no trace in a hash, so sparse rows have the keys of dense ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../level/kernels.hpp"
#include "../rows.hpp"

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

    std::size_t n_buckets() const { return starts_.size() - 1; }
    std::size_t bucket_of(std::size_t row) const { return std::uint64_t{keys_[row]} >> shift_; }
    // The rows of a bucket in order; those of bucket b come before those of b + 1.
    std::span<const std::uint32_t> bucket(std::size_t b);

 private:
    R rows_;
    int shift_;
    std::vector<std::uint32_t> keys_;
    std::vector<std::uint32_t> order_;    // rows, bucket by bucket
    std::vector<std::size_t> starts_;     // of the buckets, and the end
    std::vector<unsigned char> ordered_;  // buckets whose order is made out

    void count(std::size_t n_threads);
};

}  // namespace globular
