// The level every machine has: SSE2 on x86-64 (no fused multiply-add), NEON on 64-bit Arm.
#include <cstddef>
#include <cstdint>

#include "kernels.hpp"

#define LEVEL baseline
#define LEVEL_NAME "baseline"
#define LANES 4
#define BLOCK_WIDTH 4
#if defined(__aarch64__)
#define TILE_ROWS 8
#define TILE_VECTORS 3
#else
#define TILE_ROWS 4
#define TILE_VECTORS 2
#endif

#if defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace globular::LEVEL {
namespace {
using Float = float __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
using Mask = decltype(Float{} < Float{});
using Wide = double __attribute__((vector_size(LANES * 4)));

inline Float fused(Float a, Float b, Float c) {
#if defined(__aarch64__)
    return reinterpret_cast<Float>(vfmaq_f32(reinterpret_cast<float32x4_t>(c),
                                             reinterpret_cast<float32x4_t>(a),
                                             reinterpret_cast<float32x4_t>(b)));
#else
    return a * b + c;  // one rounding more; the margin counts it
#endif
}

constexpr bool kFusesDoubles = false;

inline Float smaller(Float a, Float b) { return a < b ? a : b; }
inline Float larger(Float a, Float b) { return a > b ? a : b; }

inline Wide widened(const float* x) {
    Wide wide{};
    for (std::size_t l = 0; l < LANES / 2; ++l) wide[l] = static_cast<double>(x[l]);
    return wide;
}

inline unsigned lanes_of(Mask mask) {
#if defined(__x86_64__)
    return static_cast<unsigned>(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
#else
    unsigned lanes = 0;
    for (unsigned l = 0; l < LANES; ++l) lanes |= static_cast<unsigned>(mask[l] & 1) << l;
    return lanes;
#endif
}

inline Float looked_up(const float* table, const std::int32_t* at) {
    Float found;
    for (std::size_t l = 0; l < LANES; ++l) found[l] = table[at[l]];
    return found;
}
}  // namespace
}  // namespace globular::LEVEL

#include "unit.hpp"
