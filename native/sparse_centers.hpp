// Centers of sparse rows, which are sparse themselves.
//
// A mean has no more coordinates that are not zero than its rows have entries. So all k of them together have
// no more than the points have entries, where k arrays of d numbers may be many times as large as the points.
// For each center there is a bit for every feature, whether it has a coordinate there, 64 to a word; with the
// word how many coordinates come before; and the coordinates. So any of them is found at once, and where none
// is zero all of it takes a thirtieth more than an array. One more bit says of each word whether any of its
// own is set, so that a center of a few coordinates, as a row is one, is gone through by these.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "rows.hpp"

namespace globular {

class SparseCenters {
 public:
    // n centers that are zero.
    SparseCenters(std::size_t n, std::size_t d);
    template <class T>
    explicit SparseCenters(Rows<T> centers);
    // Rows taken for centers. Zeros have no sign then.
    template <class T>
    SparseCenters(SparseRows<T> rows, const std::int64_t* which, std::size_t count);

    std::size_t n() const { return coordinates_.size(); }
    std::size_t d() const { return d_; }

    // Makes center j that of an array (d), which is used up. Threads may make different ones at the same
    // time.
    void take(std::size_t j, double* center);
    // Rounds all coordinates to float.
    void round();

    double at(std::size_t j, std::size_t f) const {
        const Word& word = words_of(j)[f / kBits];
        const std::uint64_t bit = std::uint64_t{1} << f % kBits;
        if (!(word.bits & bit)) return 0.0;
        return coordinates_[j][word.before + static_cast<std::size_t>(std::popcount(word.bits & (bit - 1)))];
    }

    // Writes the coordinates [first, last) of center j to `out`; `first` is a multiple of 64.
    template <class T>
    void unpack(std::size_t j, std::size_t first, std::size_t last, T* out) const;

    // Calls use(f, coordinate) for all coordinates of center j, by ascending feature.
    template <class Use>
    void for_each(std::size_t j, Use use) const {
        const double* coordinate = coordinates_[j].data();
        for_bits(filled_of(j), n_filled_, [&](std::size_t w) {
            for_bits(&words_of(j)[w].bits, 1, [&](std::size_t f) { use(w * kBits + f, *coordinate++); });
        });
    }

    bool finite() const;

    // Sum of the squared ways from these centers to others, and how many of them moved.
    std::pair<double, std::size_t> moves(const SparseCenters& after) const;

 private:
    static constexpr std::size_t kBits = 64;
    struct Word {
        std::uint64_t bits = 0;
        std::uint32_t before = 0;
    };
    std::size_t d_, n_words_, n_filled_;
    std::vector<Word> words_;            // (n, n_words)
    std::vector<std::uint64_t> filled_;  // (n, n_filled): which words are not zero, as bits
    std::vector<std::vector<double>> coordinates_;

    // Calls use(place) for all bits that are set, ascending.
    template <class Use>
    static void for_bits(const std::uint64_t* words, std::size_t n, Use use) {
        for (std::size_t w = 0; w < n; ++w)
            for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1)
                use(w * kBits + static_cast<std::size_t>(std::countr_zero(bits)));
    }
    std::uint64_t* filled_of(std::size_t j) { return filled_.data() + j * n_filled_; }
    const std::uint64_t* filled_of(std::size_t j) const { return filled_.data() + j * n_filled_; }
    Word* words_of(std::size_t j) { return words_.data() + j * n_words_; }
    const Word* words_of(std::size_t j) const { return words_.data() + j * n_words_; }
};

}  // namespace globular
