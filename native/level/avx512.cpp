// AVX-512 F, DQ, BW and VL: Intel servers since 2017, AMD since Zen 4.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels.hpp"

#define LEVEL avx512
#define LEVEL_NAME "avx512"
#define LANES 16
#define BLOCK_WIDTH 8
#define TILE_ROWS 8
#define TILE_VECTORS 3

namespace globular::LEVEL {
namespace {
using Float = float __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
using Mask = decltype(Float{} < Float{});
using Wide = double __attribute__((vector_size(LANES * 4)));

inline Float fused(Float a, Float b, Float c) {
    return reinterpret_cast<Float>(_mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b),
                                                   reinterpret_cast<__m512>(c)));
}

constexpr bool kFusesDoubles = true;
inline Wide fused(Wide a, Wide b, Wide c) {
    return reinterpret_cast<Wide>(_mm512_fmadd_pd(reinterpret_cast<__m512d>(a), reinterpret_cast<__m512d>(b),
                                                  reinterpret_cast<__m512d>(c)));
}

inline Float smaller(Float a, Float b) {
    return reinterpret_cast<Float>(_mm512_min_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
}
inline Float larger(Float a, Float b) {
    return reinterpret_cast<Float>(_mm512_max_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
}

inline Wide widened(const float* x) { return reinterpret_cast<Wide>(_mm512_cvtps_pd(_mm256_loadu_ps(x))); }

inline unsigned lanes_of(Mask mask) { return _mm512_movepi32_mask(reinterpret_cast<__m512i>(mask)); }
}  // namespace
}  // namespace globular::LEVEL

#include "unit.hpp"
