// Sums that do not depend on the order of their terms.
//
// A term v is cut into pieces that lie on fixed grids: v = hi + lo (+ third) + something below the
// last grid. Sums of multiples of a grid step are exact in double as long as they stay below
// 2^53 steps, so they can be added in any order, by any number of threads, and taken back again.
// Source: Demmel & Nguyen, "Fast reproducible floating-point summation" (2013), with grids that
// are fixed by the data's range and total weight instead of by the running maximum.
//
// Scalars that are summed once (the cost of the final labels) use Accumulator instead: a fixed
// point number wide enough for every double, hence no grid and no rounding before the end.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace globular {

#include "doubled.hpp"

using Double2 = Doubled<double>;

inline Double2 operator/(Double2 a, double b) {
    const double q = a.hi / b;
    const Double2 p = two_product(q, b);
    return two_sum(q, (((a.hi - p.hi) - p.lo) + a.lo) / b);
}
inline constexpr int kMaxPieces = 16;

// How much a sum must hold: the number of terms that weigh anything, and their total weight.
struct Capacity {
    std::size_t n_terms = 0;
    double total_weight = 0.0;
    bool whole_weights = true;  // every weight is an integer: weight w means the row w times
    int wide = 0;               // pieces more, where terms lie far apart

    // Two pieces of 26 spare bits each suffice up to 2^26 rows x whole weight. Beyond, and for other
    // weights, whose sizes may lie far apart, a third is kept.
    bool light() const;
    int pieces() const;
    bool fits() const;        // no more pieces are needed than there can be
    int weight_bits() const;  // that a sum of all terms may grow by,
    int term_bits() const;    // and a sum of what all terms leave for the next piece
    // Sets `wide` so that a term of weight `smallest_weight`, `depth` bits below the largest, keeps 42 bits.
    void reach(double depth, double smallest_weight);
};

// Where the terms of one quantity are cut, a view: piece p at multiples of a step, by magic[p * stride].
struct Cuts {
    const double* magic;  // 1.5 * 2^52 steps: adding it rounds to the step
    std::size_t stride;
    int pieces;
    bool whole;  // weights are

    double of(int p) const { return magic[static_cast<std::size_t>(p) * stride]; }
    // Cuts v, taken once, |v| < 2^51 steps. Pieces beyond `pieces` are left alone.
    void cut(double v, double* out) const {
        for (int p = 0; p < pieces; ++p) {
            out[p] = (v + of(p)) - of(p);
            v -= out[p];
        }
    }
    // Cuts v, taken w times. With whole weights the outcome is exactly w times that of cut(v);
    // otherwise the product w * v itself is cut.
    void cut(double v, double w, double* out) const;
};

// The grids of quantities whose terms never exceed `largest` in magnitude, laid out [piece][quantity].
class Grids {
 public:
    Grids() = default;
    Grids(std::span<const double> largest, const Capacity& capacity);
    Cuts operator[](std::size_t f) const { return {magic_.data() + f, count_, pieces_, whole_}; }
    const double* magic(int p) const { return magic_.data() + static_cast<std::size_t>(p) * count_; }
    // From the magic of a first piece to that of the second; zero if that is not the same for all.
    double step() const { return step_; }

 private:
    std::vector<double> magic_;
    std::size_t count_ = 0;
    int pieces_ = 2;
    bool whole_ = true;
    double step_ = 0.0;
};

// The grid of one quantity.
class Grid {
 public:
    Grid() = default;
    Grid(double largest, const Capacity& capacity);
    void cut(double v, double* out) const { cuts().cut(v, out); }
    void cut(double v, double w, double* out) const { cuts().cut(v, w, out); }
    int pieces() const { return pieces_; }
    double magic(int p) const { return magic_[p]; }

 private:
    Cuts cuts() const { return {magic_.data(), 1, pieces_, whole_}; }
    std::array<double, kMaxPieces> magic_{};
    int pieces_ = 2;
    bool whole_ = true;
};

// A sum of doubles and of products of two doubles without any rounding: a fixed-point number from
// 2^-1074 up to 2^1023 in limbs of 32 bits, each held in 64 so that carries can wait. Before it gets
// there, mantissas of one exponent are added up as they are (Neal, "Fast exact summation using small
// and large superaccumulators", 2015).
class Accumulator {
 public:
    void add(std::span<const double> values) {
        for (; values.size() > kMostWaiting; values = values.subspan(kMostWaiting))
            add(values.first(kMostWaiting));
        if (n_waiting_ + values.size() > kMostWaiting) flush();
        n_waiting_ += values.size();
        std::size_t lowest = lowest_, highest = highest_;
        for (const double v : values) {
            const auto bits = std::bit_cast<std::uint64_t>(v);
            const std::size_t exponent = bits >> 52 & 0x7ff;
            const auto mantissa = static_cast<std::int64_t>(bits & 0xfffffffffffffULL) |
                                  static_cast<std::int64_t>(exponent != 0) << 52;
            mantissas_[exponent] += bits >> 63 ? -mantissa : mantissa;
            lowest = std::min(lowest, exponent);
            highest = std::max(highest, exponent);
        }
        lowest_ = lowest;
        highest_ = highest;
    }
    void add(double v) { add(std::span(&v, 1)); }
    void add_product(double a, double b) {
        const Double2 p = two_product(a, b);
        add(p.hi);
        add(p.lo);
    }
    void add(Accumulator other);
    double value() const;  // correctly rounded; not for sums beyond the largest double

 private:
    static constexpr int kLimbs = 68;
    static constexpr std::size_t kMostWaiting = 1023;  // of 53 bits each, in 63
    std::array<std::int64_t, kLimbs> limbs_{};
    std::array<std::int64_t, 2048> mantissas_{};  // by biased exponent
    std::size_t lowest_ = 2048, highest_ = 0;     // exponents that wait
    std::size_t n_waiting_ = 0;
    void flush();
    void carry();
};

}  // namespace globular
