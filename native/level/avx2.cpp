// AVX2 with fused multiply-add: Intel since 2013, AMD since 2015.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels.hpp"

#define LEVEL avx2
#define LEVEL_NAME "avx2"
#define LANES 8
#define BLOCK_WIDTH 4
#define TILE_ROWS 6
#define TILE_VECTORS 2

namespace globular::LEVEL {
namespace {
using Float = float __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
using Mask = decltype(Float{} < Float{});
using Wide = double __attribute__((vector_size(LANES * 4)));

inline Float fused(Float a, Float b, Float c) {
    return reinterpret_cast<Float>(_mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b),
                                                   reinterpret_cast<__m256>(c)));
}

constexpr bool kFusesDoubles = true;
inline Wide fused(Wide a, Wide b, Wide c) {
    return reinterpret_cast<Wide>(_mm256_fmadd_pd(reinterpret_cast<__m256d>(a), reinterpret_cast<__m256d>(b),
                                                  reinterpret_cast<__m256d>(c)));
}

inline Float smaller(Float a, Float b) {
    return reinterpret_cast<Float>(_mm256_min_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
}
inline Float larger(Float a, Float b) {
    return reinterpret_cast<Float>(_mm256_max_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
}

inline Wide widened(const float* x) { return reinterpret_cast<Wide>(_mm256_cvtps_pd(_mm_loadu_ps(x))); }

inline unsigned lanes_of(Mask mask) {
    return static_cast<unsigned>(_mm256_movemask_ps(reinterpret_cast<__m256>(mask)));
}

inline Float looked_up(const float* table, const std::int32_t* at) {
    Float found;
    for (std::size_t l = 0; l < LANES; ++l) found[l] = table[at[l]];
    return found;
}
}  // namespace
}  // namespace globular::LEVEL

#include "unit.hpp"
