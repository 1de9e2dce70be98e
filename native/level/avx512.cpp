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

inline Float looked_up(const float* table, const std::int32_t* at) {
    return reinterpret_cast<Float>(_mm512_i32gather_ps(_mm512_loadu_si512(at), table, sizeof(float)));
}

// Writes first + l for every bit l that is set, and fills up the vector with anything.
#define COMPRESSES
inline void compress(unsigned lanes, std::uint32_t first, std::uint32_t* places) {
    const __m512i place =
        _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(first)),
                         _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    _mm512_storeu_si512(places, _mm512_maskz_compress_epi32(static_cast<__mmask16>(lanes), place));
}
}  // namespace
}  // namespace globular::LEVEL

#include "unit.hpp"
