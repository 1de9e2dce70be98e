#include "exact_sum.hpp"

#include <algorithm>
#include <utility>

namespace globular {

bool Capacity::light() const {
    return whole_weights && std::max(total_weight, static_cast<double>(n_terms)) <= 0x1p26;
}

namespace {

// The smallest e with |v| <= 2^e.
int exponent_above(double v) {
    int e = 0;
    const double m = std::frexp(v, &e);
    return m == 0.5 ? e - 1 : e;
}

}  // namespace

int Capacity::pieces() const { return std::min((light() ? 2 : 3) + wide, kMaxPieces); }

bool Capacity::fits() const { return (light() ? 2 : 3) + wide <= kMaxPieces; }

// Whole weights up to 2^26 share one grid, so that tallies of parts of one data set add. Products with
// other weights are rounded, and their sum may pass that of what they were.
int Capacity::weight_bits() const {
    return light() ? 26 : exponent_above(total_weight) + (whole_weights ? 0 : 1);
}

// What a term leaves for the next piece is half a step as often as it weighs, or, where the product
// with its weight is cut, one step.
int Capacity::term_bits() const {
    const double n = static_cast<double>(n_terms);
    return light() ? 26 : exponent_above(whole_weights ? std::max(n, total_weight) : n);
}

void Capacity::reach(double depth, double smallest_weight) {
    constexpr double kKept = 42.0;
    const int bits = 53 - term_bits(), first = 53 - weight_bits();
    const double reached = first + ((light() ? 2 : 3) - 1) * bits;
    const double lightness = whole_weights ? 0.0 : -std::log2(smallest_weight);  // whole ones multiply pieces
    const double missing = depth + lightness + kKept - reached;
    wide = static_cast<int>(std::ceil(std::clamp(missing / bits, 0.0, 2.0 * kMaxPieces)));
}

namespace {

double power_of_two(int e) {
    const bool normal = e >= -1022 && e <= 1023;
    return normal ? std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52) : std::ldexp(1.0, e);
}

}  // namespace

Grids::Grids(std::span<const double> largest, const Capacity& capacity)
    : magic_(largest.size() * static_cast<std::size_t>(capacity.pieces())),
      count_(largest.size()),
      pieces_(capacity.pieces()),
      whole_(capacity.whole_weights) {
    constexpr int kNothing = -400;  // all terms are zero: any grid that is like the others
    const int term_bits = capacity.term_bits(), weight_bits = capacity.weight_bits();
    for (std::size_t f = 0; f < count_; ++f) {
        int top = largest[f] > 0.0 ? exponent_above(largest[f]) + weight_bits : kNothing;
        for (std::size_t p = 0; p < static_cast<std::size_t>(pieces_); ++p) {
            // Nothing is smaller than the smallest subnormal, so no grid needs to be finer.
            const int step = std::max(top - 53, -1074);
            magic_[p * count_ + f] = 1.5 * power_of_two(52 + step);
            top = step + term_bits;
        }
    }
    if (pieces_ < 2 || count_ == 0) return;
    step_ = magic_[count_] / magic_[0];
    for (std::size_t f = 0; f < count_; ++f)
        if (magic_[f] * step_ != magic_[count_ + f]) step_ = 0.0;
}

Grid::Grid(double largest, const Capacity& capacity)
    : pieces_(capacity.pieces()), whole_(capacity.whole_weights) {
    const Grids one(std::span(&largest, 1), capacity);
    for (int p = 0; p < pieces_; ++p) magic_[p] = *one.magic(p);
}

void Cuts::cut(double v, double w, double* out) const {
    if (whole) {
        cut(v, out);
        for (int p = 0; p < pieces; ++p) out[p] *= w;  // exact: both are multiples, and small
        return;
    }
    const Double2 product = two_product(v, w);
    double rest = product.hi, below = product.lo;
    for (int p = 0; p < pieces; ++p) {
        // A product may reach 2^53 steps, where magic() no longer rounds; from 2^52 on it is a
        // multiple of the step already.
        const double step_52 = of(p) / 1.5;
        const double up = std::copysign(step_52, rest);
        out[p] = std::abs(rest) < step_52 ? (rest + up) - up : rest;
        rest = (rest - out[p]) + below;
        below = 0.0;
    }
}

void Accumulator::flush() {
    for (std::size_t exponent = lowest_; exponent <= highest_; ++exponent) {
        const std::int64_t sum = std::exchange(mantissas_[exponent], 0);
        if (sum == 0) continue;
        const std::size_t shift = std::max<std::size_t>(exponent, 1) - 1;  // in units of 2^-1074
        const auto wide = static_cast<__int128>(sum) << shift % 32;        // 64 + 31 bits
        std::int64_t* limb = &limbs_[shift / 32];
        limb[0] += static_cast<std::int64_t>(wide & 0xffffffff);
        limb[1] += static_cast<std::int64_t>(wide >> 32 & 0xffffffff);
        limb[2] += static_cast<std::int64_t>(wide >> 64);
    }
    lowest_ = mantissas_.size();
    highest_ = 0;
    n_waiting_ = 0;
    carry();
}

// Every limb but the last back into [0, 2^32); the last carries the sign.
void Accumulator::carry() {
    for (int i = 0; i + 1 < kLimbs; ++i) {
        const std::int64_t over = limbs_[i] >> 32;
        limbs_[i] -= over * (std::int64_t{1} << 32);
        limbs_[i + 1] += over;
    }
}

void Accumulator::add(Accumulator other) {
    other.flush();
    flush();
    for (int i = 0; i < kLimbs; ++i) limbs_[i] += other.limbs_[i];
    carry();
}

double Accumulator::value() const {
    Accumulator a = *this;
    a.flush();
    const bool negative = a.limbs_[kLimbs - 1] < 0;
    if (negative) {
        for (auto& limb : a.limbs_) limb = -limb;
        a.carry();
    }
    int top = kLimbs - 1;
    while (top > 0 && a.limbs_[top] == 0) --top;
    if (top < 2) {
        // Below 2^64 units of 2^-1074 both limbs convert exactly, and their sum rounds once.
        const double v = std::ldexp(static_cast<double>(a.limbs_[1]), 32 - 1074) +
                         std::ldexp(static_cast<double>(a.limbs_[0]), -1074);
        return negative ? -v : v;
    }
    // Three limbs hold at least 65 significant bits; everything below only breaks ties.
    const auto head = static_cast<unsigned __int128>(a.limbs_[top]) << 64 |
                      static_cast<unsigned __int128>(a.limbs_[top - 1]) << 32 |
                      static_cast<unsigned __int128>(a.limbs_[top - 2]);
    std::uint64_t sticky = 0;
    for (int i = 0; i < top - 2; ++i) sticky |= static_cast<std::uint64_t>(a.limbs_[i]);
    int drop = 0;  // keep 62 bits: the conversion below then rounds once, correctly
    while (head >> drop >> 62 != 0) ++drop;
    auto kept = static_cast<std::uint64_t>(head >> drop) << 1;
    if (sticky != 0 || (static_cast<unsigned __int128>(kept >> 1) << drop) != head) kept |= 1;
    const double v =
        std::ldexp(static_cast<double>(static_cast<std::int64_t>(kept)), drop - 1 + 32 * (top - 2) - 1074);
    return negative ? -v : v;
}

}  // namespace globular
