// The hash of a row: of its values with the feature of each. Zeros leave no trace in it, so a sparse row has
// the hash of the dense one; equal rows have one hash, whatever their dtype.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "draw.hpp"
#include "rows.hpp"

namespace globular {

inline std::uint64_t salt_of(std::size_t feature) { return mix((feature + 1) * 0x9e3779b97f4a7c15ULL); }

inline std::uint64_t entry_hash(double value, std::uint64_t salt) {
    return value == 0.0 ? 0 : mix(std::bit_cast<std::uint64_t>(value) + salt);
}

// What of a value goes into a hash: all of it.
struct Exactly {
    double operator()(double value, std::size_t) const { return value; }
};

template <class T, class What>
class Hash {
 public:
    Hash(Rows<T> rows, What what) : rows_(rows), what_(what), salts_(rows.d) {
        for (std::size_t f = 0; f < rows.d; ++f) salts_[f] = salt_of(f);
    }
    std::uint64_t operator()(std::size_t i) const {
        std::uint64_t sum = 0;
        for (std::size_t f = 0; f < rows_.d; ++f)
            sum += entry_hash(what_(static_cast<double>(rows_[i][f]), f), salts_[f]);
        return mix(sum);
    }
    double ns() const { return 1.5 * static_cast<double>(rows_.n) * static_cast<double>(rows_.d); }

 private:
    Rows<T> rows_;
    What what_;
    std::vector<std::uint64_t> salts_;
};

template <class T, class What>
class SparseHash {
 public:
    SparseHash(SparseRows<T> rows, What what) : rows_(rows), what_(what) {}
    std::uint64_t operator()(std::size_t i) const {
        std::uint64_t sum = 0;
        for (std::size_t e = rows_.begin(i); e < rows_.end(i); ++e)
            sum += entry_hash(what_(rows_.value(e), rows_.feature(e)), salt_of(rows_.feature(e)));
        return mix(sum);
    }
    double ns() const { return 3.0 * static_cast<double>(rows_.starts[rows_.n]); }

 private:
    SparseRows<T> rows_;
    What what_;
};

template <class T, class What>
Hash<T, What> hash_of(Rows<T> rows, What what) {
    return {rows, what};
}
template <class T, class What>
SparseHash<T, What> hash_of(SparseRows<T> rows, What what) {
    return {rows, what};
}

}  // namespace globular
