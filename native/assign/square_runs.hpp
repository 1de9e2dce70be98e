// q from sparse rows to one center, without going through all features.
//
// Where a row has no entry its q grows by the square of the center's coordinate, and rounds, feature by
// feature. As long as the sum s stays within one binade [2^e, 2^(e+1)) it is a whole number of units
// u = 2^(e-52), and adding a square rounds it to whole units whatever s is: except halfway between two
// units, where the even one of the two sums wins. So runs of squares are added at once, from running
// sums of their whole units, and only ties and squares that leave the binade are added as they are. The
// outcome is that of the loop, bit for bit.
#pragma once

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
    explicit SquareRuns(std::size_t d) : rank_(d + 1) {}

    // Takes up a center of d coordinates. O(d).
    void take(const double* center);

    // q of row i to the center: O(entries of the row), and tables of what many rows pass, made once.
    template <class T>
    double distance(SparseRows<T> rows, std::size_t i) {
        double s = 0.0;
        std::size_t at = 0;
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
            const std::size_t f = rows.feature(e);
            s = run(s, at, rank_[f]);
            at = rank_[f + 1];
            const double t = rows.value(e) - center_[f];
            s += t * t;
        }
        return run(s, at, squares_.size());
    }

    // Squares added or counted one by one so far, in all calls.
    std::size_t work() const { return work_; }

 private:
    static constexpr std::size_t kBlock = 4096;  // squares whose units are counted together
    static constexpr int kFraction = 52;         // bits of a double below the leading one

    // The squares of one block, in units of one binade.
    struct Units {
        std::array<std::uint64_t, kBlock + 1> before;      // units of the squares before this one
        std::array<std::uint16_t, kBlock + 1> one_by_one;  // the next square to be added as it is
        std::size_t passed = 0;                            // squares that it was used for of late
    };
    // To count a block takes as long as to add its squares one by one: it waits until as many were, and where
    // there are many tables already until it would have served more than one of these.
    struct Table {
        std::uint64_t exponent = 0;  // biased, of the binade
        std::size_t alone = 0;       // squares of late that were added one by one
        std::unique_ptr<Units> units;
    };

    const double* center_ = nullptr;
    std::vector<std::uint32_t> rank_;  // squares that are not zero, of the features before this one
    std::vector<double> squares_;
    std::vector<std::vector<Table>> tables_;  // of every block, those that were asked for
    std::vector<std::unique_ptr<Units>> spare_;
    std::size_t work_ = 0;

    // The table in use, and what it is of.
    Units* units_ = nullptr;
    std::size_t block_ = 0;
    std::uint64_t exponent_ = 0;

    // s after the squares [at, stop). Most of the time the table in use adds them all.
    double run(double s, std::size_t at, std::size_t stop) {
        const std::uint64_t bits = std::bit_cast<std::uint64_t>(s);
        const std::size_t begin = block_ * kBlock;
        if (units_ == nullptr || at < begin || stop > begin + kBlock || at == begin + kBlock ||
            bits >> kFraction != exponent_)
            return run_on(s, at, stop);
        // The bits of s count its units, so whole units are added to them.
        const std::uint64_t sum = bits - units_->before[at - begin] + units_->before[stop - begin];
        const bool all = stop - begin <= units_->one_by_one[at - begin] && sum >> kFraction == exponent_;
        if (!all) return run_on(s, at, stop);
        units_->passed += stop - at;
        return std::bit_cast<double>(sum);
    }
    double run_on(double s, std::size_t at, std::size_t stop);
    Table& table(std::size_t block, std::uint64_t exponent);
    std::unique_ptr<Units> room_for(const Table& table, std::vector<Table>& tables);
    void count(std::size_t block, std::uint64_t exponent, Units& out);
};

}  // namespace globular
