// q (distance.hpp) of some rows, each to a center of its own; included once by each level unit, after
// packing.hpp.
//
// q is added up in the order of the features, so one row's sum cannot be made any faster than its additions
// follow each other. But rows do not wait for each other: a block of as many rows and features as a vector
// has lanes is turned round, and each vector is a term of all the rows' sums. Of few features a row is less
// than that, and vectors of them hold several.

namespace globular::LEVEL {
namespace {

// Adds to q the features from kF on of as many rows as a vector has lanes, which lie one behind the other.
template <std::size_t kF = 0, std::size_t kD>
inline Wide few_features_q(const Wide (&rows)[kD], const double* const (&own)[kDoubles], Wide q) {
    if constexpr (kF < kD) {
        Wide c;
        for (std::size_t l = 0; l < kDoubles; ++l) c[l] = own[l][kF];
        const Wide t = feature_of<kF>(rows, rows[0]) - c;
        return few_features_q<kF + 1>(rows, own, q + t * t);
    }
    return q;
}

// own_distances of rows of D features, but for the last ones, which fill no vector. Returns how many.
template <std::size_t D, class T>
std::size_t own_distances_of_few(const T* x, std::size_t n, const double* centers, const std::int32_t* labels,
                                 double* out) {
    std::size_t r = 0;
    for (; r + kDoubles <= n; r += kDoubles) {
        const double* own[kDoubles];
        for (std::size_t l = 0; l < kDoubles; ++l)
            own[l] = centers + static_cast<std::size_t>(labels[r + l]) * D;
        Wide rows[D];
        for (std::size_t i = 0; i < D; ++i) rows[i] = values(x + r * D + i * kDoubles, Wide{});
        put(out + r, few_features_q(rows, own, Wide{}));
    }
    return r;
}

template <class T>
void own_distances(const T* x, std::size_t n, std::size_t d, const double* centers,
                   const std::int32_t* labels, double* out) {
    static_assert(kMaxDirectD == 4);
    std::size_t r = d == 1   ? own_distances_of_few<1>(x, n, centers, labels, out)
                    : d == 2 ? own_distances_of_few<2>(x, n, centers, labels, out)
                    : d == 3 ? own_distances_of_few<3>(x, n, centers, labels, out)
                    : d == 4 ? own_distances_of_few<4>(x, n, centers, labels, out)
                             : 0;
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
