#include "sparse_centers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace globular {

SparseCenters::SparseCenters(std::size_t n, std::size_t d)
    : d_(d), n_words_((d + kBits - 1) / kBits), words_(n * n_words_), coordinates_(n) {}

template <class T>
SparseCenters::SparseCenters(Rows<T> centers) : SparseCenters(centers.n, centers.d) {
    for (std::size_t j = 0; j < centers.n; ++j) set(j, centers[j]);
}

template <class T>
SparseCenters::SparseCenters(SparseRows<T> rows, const std::int64_t* which, std::size_t count_of_rows)
    : SparseCenters(count_of_rows, rows.d) {
    for (std::size_t j = 0; j < count_of_rows; ++j) {
        const auto i = static_cast<std::size_t>(which[j]);
        coordinates_[j].reserve(rows.end(i) - rows.begin(i));
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e) {
            if (rows.values[e] == T{0}) continue;
            words_of(j)[rows.feature(e) / kBits].bits |= std::uint64_t{1} << rows.feature(e) % kBits;
            coordinates_[j].push_back(rows.value(e));
        }
        count(j);
    }
}

// Sets how many coordinates come before each word of center j, from its bits.
void SparseCenters::count(std::size_t j) {
    std::uint32_t before = 0;
    for (std::size_t w = 0; w < n_words_; ++w) {
        words_of(j)[w].before = before;
        before += static_cast<std::uint32_t>(std::popcount(words_of(j)[w].bits));
    }
}

template <class T>
void SparseCenters::set(std::size_t j, const T* center) {
    std::size_t n_coordinates = 0;
    for (std::size_t w = 0; w < n_words_; ++w) {
        std::uint64_t bits = 0;
        const T* of_word = center + w * kBits;
        for (std::size_t b = 0; b < std::min(kBits, d_ - w * kBits); ++b)
            // A zero with a sign counts: what is not there comes back without one.
            bits |= static_cast<std::uint64_t>(of_word[b] != T{0} || std::signbit(of_word[b])) << b;
        words_of(j)[w].bits = bits;
        n_coordinates += static_cast<std::size_t>(std::popcount(bits));
    }
    count(j);
    std::vector<double> coordinates(n_coordinates);
    std::size_t e = 0;
    for (std::size_t w = 0; w < n_words_; ++w)
        for (std::uint64_t bits = words_of(j)[w].bits; bits != 0; bits &= bits - 1)
            coordinates[e++] =
                static_cast<double>(center[w * kBits + static_cast<std::size_t>(std::countr_zero(bits))]);
    coordinates_[j] = std::move(coordinates);
}

void SparseCenters::round() {
    for (std::vector<double>& center : coordinates_)
        for (double& c : center) c = static_cast<double>(static_cast<float>(c));
}

template <class T>
void SparseCenters::unpack(std::size_t j, std::size_t first, std::size_t last, T* out) const {
    std::fill_n(out, last - first, T{0});
    const Word* word = words_of(j) + first / kBits;
    const double* coordinate = coordinates_[j].data() + word->before;
    for (std::size_t f = first; f < last; f += kBits, ++word)
        for (std::uint64_t bits = word->bits; bits != 0; bits &= bits - 1)
            out[f - first + static_cast<std::size_t>(std::countr_zero(bits))] = static_cast<T>(*coordinate++);
}

bool SparseCenters::finite() const {
    return std::all_of(coordinates_.begin(), coordinates_.end(), [](const std::vector<double>& center) {
        return std::all_of(center.begin(), center.end(), [](double c) { return std::isfinite(c); });
    });
}

std::pair<double, std::size_t> SparseCenters::moves(const SparseCenters& after) const {
    constexpr std::size_t kSums = 8;  // one for each feature modulo 8, as of centers in arrays
    double totals[kSums] = {};
    std::size_t n_moved = 0;
    for (std::size_t j = 0; j < n(); ++j) {
        const double *from = coordinates_[j].data(), *to = after.coordinates_[j].data();
        bool moved = false;
        for (std::size_t w = 0; w < n_words_; ++w) {
            const std::uint64_t has = words_of(j)[w].bits, will = after.words_of(j)[w].bits;
            for (std::uint64_t bits = has | will; bits != 0; bits &= bits - 1) {
                const std::uint64_t bit = bits & -bits;
                const double a = has & bit ? *from++ : 0.0, b = will & bit ? *to++ : 0.0;
                totals[static_cast<std::size_t>(std::countr_zero(bits)) % kSums] += (b - a) * (b - a);
                moved |= a != b;
            }
        }
        n_moved += static_cast<std::size_t>(moved);
    }
    return {std::accumulate(totals, totals + kSums, 0.0), n_moved};
}

#define GLOBULAR_INSTANTIATE(T)                                                             \
    template SparseCenters::SparseCenters(Rows<T>);                                         \
    template SparseCenters::SparseCenters(SparseRows<T>, const std::int64_t*, std::size_t); \
    template void SparseCenters::set(std::size_t, const T*);                                \
    template void SparseCenters::unpack(std::size_t, std::size_t, std::size_t, T*) const;
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
