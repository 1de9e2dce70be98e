// Sums of distances from some rows to many points, in a level's widest vectors; included once by each level
// unit, after doubles.hpp.
//
// Like those these are no filters but results: a distance is the root of q (distance.hpp), feature by feature
// and never fused, and terms are added up in kTerms lanes whatever the width of a vector. So every level
// gives the same bits.

namespace globular::LEVEL {
namespace {

constexpr std::size_t kGroupVectors = kTerms / kDoubles;  // vectors that hold one coordinate of a group
static_assert(kTerms % kDoubles == 0);

inline Wide wide(const double* p) { return *reinterpret_cast<const WideAnywhere*>(p); }

inline Wide wide_root(Wide x) {
    for (std::size_t l = 0; l < kDoubles; ++l) x[l] = __builtin_sqrt(x[l]);
    return x;
}

void distance_sums(const double* rows, std::size_t d, const double* groups, const double* weights,
                   std::size_t n_groups, double* sums) {
    const std::size_t stride = d * kTerms;
    for (std::size_t g = 0; g < n_groups; ++g, groups += stride, weights += kTerms) {
        Wide q[kSumRows][kGroupVectors] = {};
        for (std::size_t f = 0; f < d; ++f) {
            Wide y[kGroupVectors];
            for (std::size_t v = 0; v < kGroupVectors; ++v) y[v] = wide(groups + f * kTerms + v * kDoubles);
            for (std::size_t r = 0; r < kSumRows; ++r) {
                const Wide x = rows[f * kSumRows + r] - Wide{};
                for (std::size_t v = 0; v < kGroupVectors; ++v) {
                    const Wide t = x - y[v];
                    q[r][v] += t * t;
                }
            }
        }
        for (std::size_t r = 0; r < kSumRows; ++r)
            for (std::size_t v = 0; v < kGroupVectors; ++v)
                *reinterpret_cast<WideAnywhere*>(sums + r * kTerms + v * kDoubles) +=
                    wide(weights + v * kDoubles) * wide_root(q[r][v]);
    }
}

}  // namespace
}  // namespace globular::LEVEL
