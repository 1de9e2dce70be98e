#include "hilbert.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>
#include <vector>

#include "../aligned.hpp"

namespace globular {

namespace {

// The grid: over most of what a few rows span, in every feature. What lies outside counts to the outermost
// cells, so that a few rows far away do not make it coarse for all.
template <class T>
class Cells {
 public:
    explicit Cells(Rows<T> rows) : bits_(bits_for(rows.n, rows.d)) {
        constexpr std::size_t kSample = 1024, kOutside = 8;  // of the sampled, on either side
        const std::size_t count = std::min(rows.n, kSample), outside = count / kSample * kOutside;
        last_ = static_cast<double>((std::size_t{1} << bits_) - 1);
        std::vector<double> sample(count);
        for (std::size_t f = 0; f < rows.d; ++f) {
            for (std::size_t s = 0; s < count; ++s)
                sample[s] = static_cast<double>(rows[s * rows.n / count][f]);
            std::sort(sample.begin(), sample.end());
            const double low = sample[outside], high = sample[count - 1 - outside];
            const double beyond = 0.1 * (high - low), per_unit = (last_ + 1.0) / (high - low + 2.0 * beyond);
            low_[f] = low - beyond;
            per_unit_[f] = std::isfinite(per_unit) && std::isfinite(low_[f]) ? per_unit : 0.0;
        }
    }
    std::size_t bits() const { return bits_; }  // of a feature
    std::uint32_t of(T value, std::size_t f) const {
        const double at = (static_cast<double>(value) - low_[f]) * per_unit_[f];
        return static_cast<std::uint32_t>(static_cast<std::int32_t>(at > 0.0 ? std::min(at, last_) : 0.0));
    }

 private:
    std::size_t bits_;
    double last_, low_[kMaxBoxD] = {}, per_unit_[kMaxBoxD] = {};

    // About as many cells as rows, as far as their numbers have 32 bits: a group is many rows.
    static std::size_t bits_for(std::size_t n, std::size_t d) {
        constexpr std::size_t kMost = 32;
        const auto wanted = static_cast<std::size_t>(std::bit_width(n));
        return std::min((wanted + d - 1) / d, std::min<std::size_t>(16, kMost / d));
    }
};

// Writes the places of up to kGroup rows on the curve.
template <class T>
void find_places(Rows<T> rows, const Cells<T>& cells, Curve curve, std::uint32_t* places) {
    std::uint32_t of[kMaxBoxD * kGroup] = {};
    for (std::size_t r = 0; r < rows.n; ++r)
        for (std::size_t f = 0; f < rows.d; ++f) of[f * kGroup + r] = cells.of(rows[r][f], f);
    curve(of, cells.bits(), places);
}

struct OnCurve {
    std::uint32_t place, row;
};

struct Digit {  // of a place
    std::size_t shift, bits;

    std::size_t n_values() const { return std::size_t{1} << bits; }
    std::size_t of(const OnCurve& it) const { return it.place >> shift & (n_values() - 1); }
};

constexpr std::size_t kParts = 16;  // rows are counted in this many parts, whatever the threads

// Sorts n by a digit, and leaves what is equal there in its order: from(i) stands at i, and to(p, it) puts
// it at p.
template <class From, class To>
bool sort_by_digit(Digit digit, std::size_t n, std::size_t n_threads, const Interrupted& interrupted,
                   From from, To to) {
    const std::size_t n_values = digit.n_values();
    std::vector<std::uint32_t> next(kParts * n_values);  // [part][value]: how many, then where the next goes
    const auto begin = [=](std::size_t p) { return p * n / kParts; };
    const bool counted = for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
        std::uint32_t* mine = next.data() + p * n_values;
        for (std::size_t i = begin(p); i < begin(p + 1); ++i) ++mine[digit.of(from(i))];
    });
    std::uint32_t place = 0;
    for (std::size_t v = 0; v < n_values; ++v)
        for (std::size_t p = 0; p < kParts; ++p) place += std::exchange(next[p * n_values + v], place);
    return counted && for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
               std::uint32_t* mine = next.data() + p * n_values;
               for (std::size_t i = begin(p); i < begin(p + 1); ++i) {
                   const OnCurve it = from(i);
                   to(mine[digit.of(it)]++, it);
               }
           });
}

}  // namespace

// The order holds the places until the rows are sorted by all digits but one.
template <class T>
bool sort_along_curve(Rows<T> rows, const Kernels& kernels, std::size_t n_threads,
                      const Interrupted& interrupted, std::uint32_t* order) {
    constexpr std::size_t kMostBits = 12;  // of a digit: so many places are written to side by side
    const std::size_t n = rows.n, d = rows.d;
    const Cells<T> cells(rows);
    const bool known = for_chunks(n_threads, kParts, interrupted, [&](std::size_t p, std::size_t) {
        std::uint32_t places[kGroup];
        const std::size_t end = (p + 1) * n / kParts;
        for (std::size_t i = p * n / kParts; i < end; i += kGroup) {
            const std::size_t count = std::min(kGroup, end - i);
            find_places<T>({rows[i], count, d}, cells, kernels.curve[d - 1], places);
            std::copy_n(places, count, order + i);
        }
    });
    if (!known) return false;
    const std::size_t bits = cells.bits() * d,
                      n_digits = std::max<std::size_t>((bits + kMostBits - 1) / kMostBits, 2),
                      per_digit = (bits + n_digits - 1) / n_digits;
    Aligned<OnCurve> sorted(n), room(n_digits > 2 ? n : 0);
    const auto sort = [&](std::size_t digit, auto from, auto to) {
        return sort_by_digit({digit * per_digit, per_digit}, n, n_threads, interrupted, from, to);
    };
    const auto in = [](const Aligned<OnCurve>& from) {
        return [at = from.data()](std::size_t i) { return at[i]; };
    };
    const auto into = [](Aligned<OnCurve>& to) {
        return [at = to.data()](std::size_t p, const OnCurve& it) { at[p] = it; };
    };
    const auto given = [=](std::size_t i) { return OnCurve{order[i], static_cast<std::uint32_t>(i)}; };
    bool done = sort(0, given, into(sorted));
    for (std::size_t digit = 1; done && digit + 1 < n_digits; ++digit) {
        done = sort(digit, in(sorted), into(room));
        std::swap(sorted, room);
    }
    const auto into_order = [=](std::size_t p, const OnCurve& it) { order[p] = it.row; };
    return done && sort(n_digits - 1, in(sorted), into_order);
}

template bool sort_along_curve(Rows<float>, const Kernels&, std::size_t, const Interrupted&, std::uint32_t*);
template bool sort_along_curve(Rows<double>, const Kernels&, std::size_t, const Interrupted&, std::uint32_t*);

}  // namespace globular
