// q (distance.hpp) of some rows, each to a center of its own; included once by each level unit, after
// doubles.hpp.
//
// q is added up in the order of the features, so one row's sum cannot be made any faster than its additions
// follow each other. But rows do not wait for each other: a block of as many rows and features as a vector
// has lanes is turned round, and each vector is a term of all the rows' sums.

namespace globular::LEVEL {
namespace {

template <class T>
void own_distances(const T* x, std::size_t n, std::size_t d, const double* centers,
                   const std::int32_t* labels, double* out) {
    std::size_t r = 0;
    for (; r + kDoubles <= n; r += kDoubles) {
        const T* rows[kDoubles];
        const double* own[kDoubles];
        for (std::size_t l = 0; l < kDoubles; ++l) {
            rows[l] = x + (r + l) * d;
            own[l] = centers + static_cast<std::size_t>(labels[r + l]) * d;
        }
        Wide q{};
        std::size_t f = 0;
        for (; f + kDoubles <= d; f += kDoubles) {
            Wide terms[kDoubles];
            for (std::size_t l = 0; l < kDoubles; ++l) {
                const Wide t = values(rows[l] + f, Wide{}) - values(own[l] + f, Wide{});
                terms[l] = t * t;
            }
            transpose(terms);
            for (std::size_t e = 0; e < kDoubles; ++e) q += terms[e];
        }
        for (; f < d; ++f)
            for (std::size_t l = 0; l < kDoubles; ++l) {
                const double t = values(rows[l] + f, double{}) - own[l][f];
                q[l] += t * t;
            }
        put(out + r, q);
    }
    for (; r < n; ++r) {
        const T* row = x + r * d;
        const double* own = centers + static_cast<std::size_t>(labels[r]) * d;
        double q = 0.0;
        for (std::size_t f = 0; f < d; ++f) {
            const double t = values(row + f, double{}) - own[f];
            q += t * t;
        }
        out[r] = q;
    }
}

}  // namespace
}  // namespace globular::LEVEL
