// q from sparse rows to one center, without going through all features.
//
// Where a row has no entry its q grows by the square of the center's coordinate, and rounds, feature by
// feature. As long as the sum s stays within one binade [2^e, 2^(e+1)) it is a whole number of units
// u = 2^(e-52), and adding a square rounds it to whole units whatever s is: except halfway between two
// units, where the even one of the two sums wins. So runs of squares are added at once, from running sums of
// their whole units, and only squares that leave the binade are added as they are. After a tie the sum is
// even, whatever it was: so where the next ties go is known in advance, and of a run only the first is looked
// at. What comes before a row's first entry is the same for all, and remembered. The outcome is that of the
// loop, bit for bit.
//
// All rows go through one block of squares before any goes on to the next, so that what the block needs stays
// in a cache.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../rows.hpp"

namespace globular {

class SquareRuns {
 public:
    explicit SquareRuns(std::size_t d) : places_(d + 1) {}

    // Takes up a center of d coordinates. O(d).
    void take(const double* center);

    // q of the n rows named to the center: O(entries of the rows), and tables of what many rows pass.
    template <class T>
    void distances(SparseRows<T> rows, const std::uint32_t* which, std::size_t n, double* out) {
        std::fill_n(out, n, 0.0);
        next_entry_.resize(n);
        for (std::size_t r = 0; r < n; ++r) next_entry_[r] = rows.begin(which[r]);
        open(0);
        for (;; open(end_)) {
            const bool last = end_ == squares_.size();
            for (std::size_t r = 0; r < n; ++r) {
                if (r + kAhead < n) rows.ask_for(next_entry_[r + kAhead]);
                out[r] = through_block(rows, which[r], next_entry_[r], last, out[r]);
            }
            if (last) return;
        }
    }

    // Squares added or counted one by one so far, in all calls.
    std::size_t work() const { return work_; }

 private:
    static constexpr std::size_t kBlock = 8192;               // squares whose units are counted together
    static constexpr std::size_t kAhead = 6;                  // rows whose entries are asked for in advance
    static constexpr int kFraction = 52;                      // bits of a double below the leading one
    static constexpr std::size_t kExponents = 0x1000;         // with the sign
    static constexpr unsigned kUp = 0x8000, kPlace = 0x7fff;  // what an entry of one_by_one holds

    struct Place {
        double center;       // its coordinate
        std::uint32_t rank;  // squares that are not zero, of the features before this one
    };
    // The squares of the block, in units of one binade.
    struct Units {
        std::size_t passed = 0;  // squares that it was used for of late
        // Units of the squares before each one, added to an even sum.
        std::array<std::uint64_t, kBlock + 1> before;
        // Some squares are not the same units whatever the sum is: ties, and such as are too large.
        bool all_at_once = false;  // there are none of them
        bool ties_only = false;    // or only ties
        // If there are any: which is the next of them, and whether `before` has it rounded up.
        std::array<std::uint16_t, kBlock + 1> one_by_one;
    };
    // To count a block takes as long as to add its squares one by one: it waits until as many were, and where
    // there are many tables already until it would have served more than one of these.
    struct Table {
        std::uint64_t exponent;  // biased, of the binade
        std::size_t alone = 0;   // squares of late that were added one by one
        std::unique_ptr<Units> units;
    };

    std::vector<Place> places_;  // of every feature, and the end
    std::vector<double> squares_;
    std::vector<double> from_zero_;  // the sum of the first 0, 1, ... squares, as far as it was asked for
    std::vector<std::size_t> next_entry_;
    std::size_t work_ = 0;

    // The block that all rows go through.
    std::size_t begin_ = 0, end_ = 0;
    std::vector<Table> tables_;
    std::array<Units*, kExponents> units_{};  // of the tables, by their exponents
    std::uint64_t exponent_ = 0;
    Units* in_use_ = nullptr;  // units_[exponent_], if it has not changed since
    std::vector<std::unique_ptr<Units>> spare_;

    // Row i, whose q so far is s, through the block; `entry` is its next.
    template <class T>
    double through_block(SparseRows<T> rows, std::size_t i, std::size_t& entry, bool last, double s) {
        const std::size_t first_entry = rows.begin(i), no_entry = rows.end(i);
        std::size_t e = entry, at = begin_;
        const auto go_to = [&](std::size_t stop) {
            s = e == first_entry ? from_zero(stop) : run(s, at, stop);
        };
        for (; e < no_entry; ++e) {
            const Place* place = &places_[rows.feature(e)];
            if (!last && place[0].rank >= end_) break;
            go_to(place[0].rank);
            at = place[1].rank;
            const double t = rows.value(e) - place[0].center;
            s += t * t;
        }
        go_to(end_);
        entry = e;
        return s;
    }

    double from_zero(std::size_t n_squares) {
        return n_squares < from_zero_.size() ? from_zero_[n_squares] : go_on_from_zero(n_squares);
    }
    double go_on_from_zero(std::size_t n_squares);

    // s after the squares [at, stop) of the block. Most of the time a table adds them all.
    double run(double s, std::size_t at, std::size_t stop) {
        if (at == stop) return s;
        const std::uint64_t bits = std::bit_cast<std::uint64_t>(s), exponent = bits >> kFraction;
        if (exponent != exponent_) {  // mostly it is the same: then what follows need not wait for s
            exponent_ = exponent;
            in_use_ = units_[exponent];
        }
        Units* u = in_use_;
        if (u == nullptr) return run_on(s, at, stop);
        // The bits of s count its units, so whole units are added to them.
        std::uint64_t sum = bits - u->before[at - begin_] + u->before[stop - begin_];
        if (!u->all_at_once && stop - begin_ > (u->one_by_one[at - begin_] & kPlace)) {
            if (!u->ties_only) return run_on(s, at, stop);
            // From an odd sum to an even one the first tie goes the other way.
            const bool odd = ((bits - u->before[at - begin_]) & 1) != 0;
            if (odd) sum += u->one_by_one[at - begin_] & kUp ? -std::uint64_t{1} : std::uint64_t{1};
        }
        if (sum >> kFraction != exponent) return run_on(s, at, stop);
        u->passed += stop - at;
        return std::bit_cast<double>(sum);
    }
    void forget_use() {
        exponent_ = 0;  // of no table
        in_use_ = nullptr;
    }
    double run_on(double s, std::size_t at, std::size_t stop);
    void open(std::size_t begin);
    Table& table(std::uint64_t exponent);
    void count_or_wait(Table& table);
    std::unique_ptr<Units> room_for(const Table& table);
    void count(std::uint64_t exponent, Units& out);
};

}  // namespace globular
