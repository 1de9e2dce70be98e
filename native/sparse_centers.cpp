#include "sparse_centers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace globular {

SparseCenters::SparseCenters(std::size_t n, std::size_t d)
    : d_(d),
      n_words_((d + kBits - 1) / kBits),
      n_filled_((n_words_ + kBits - 1) / kBits),
      words_(n * n_words_),
      filled_(n * n_filled_),
      coordinates_(n) {}

template <class T>
SparseCenters::SparseCenters(Rows<T> centers) : SparseCenters(centers.n, centers.d) {
    std::vector<double> center(d_);
    for (std::size_t j = 0; j < centers.n; ++j) {
        std::copy_n(centers[j], d_, center.begin());
        take(j, center.data());
    }
}

template <class T>
SparseCenters::SparseCenters(SparseRows<T> rows, const std::int64_t* which, std::size_t count)
    : SparseCenters(count, rows.d) {
    std::vector<double> center(d_);
    for (std::size_t j = 0; j < count; ++j) {
        const auto i = static_cast<std::size_t>(which[j]);
        std::fill(center.begin(), center.end(), 0.0);
        for (std::size_t e = rows.begin(i); e < rows.end(i); ++e)
            center[rows.feature(e)] = rows.value(e) + 0.0;
        take(j, center.data());
    }
}

void SparseCenters::take(std::size_t j, double* center) {
    Word* word = words_of(j);
    std::uint64_t* filled = filled_of(j);
    std::fill_n(filled, n_filled_, 0);
    std::size_t count = 0;
    for (std::size_t first = 0; first < d_; first += kBits, ++word) {
        word->before = static_cast<std::uint32_t>(count);
        word->bits = 0;
        for (std::size_t b = 0; b < std::min(kBits, d_ - first); ++b) {  // without a jump: nobody can guess
            const double c = center[first + b];
            // A zero with a sign is kept: what is not there comes back without one.
            const std::uint64_t is_there = std::bit_cast<std::uint64_t>(c) != 0;
            center[count] = c;
            count += is_there;
            word->bits |= is_there << b;
        }
        const std::size_t w = first / kBits;
        filled[w / kBits] |= std::uint64_t{word->bits != 0} << w % kBits;
    }
    coordinates_[j].assign(center, center + count);
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
                                                                                            \
    template void SparseCenters::unpack(std::size_t, std::size_t, std::size_t, T*) const;
GLOBULAR_INSTANTIATE(float)
GLOBULAR_INSTANTIATE(double)

}  // namespace globular
