// The kernels at the shape of AVX-512 on any machine: the compiler takes the wide vectors apart.
// So the logic of that level is tried where its instructions are missing; `fused` rounds twice, as at
// the baseline, and the margins count that.
#include <cstddef>
#include <cstdint>

#include "../level/kernels.hpp"

#define LEVEL wide
#define LEVEL_NAME "wide (the shape of avx512)"
#define LANES 16
#define BLOCK_WIDTH 8
#define TILE_ROWS 8
#define TILE_VECTORS 3

namespace globular::wide {
extern const Kernels& kernels;
namespace {
using Float = float __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
using Mask = decltype(Float{} < Float{});
using Wide = double __attribute__((vector_size(LANES * 4)));

inline Float fused(Float a, Float b, Float c) { return a * b + c; }

constexpr bool kFusesDoubles = false;

inline Float smaller(Float a, Float b) { return a < b ? a : b; }
inline Float larger(Float a, Float b) { return a > b ? a : b; }

inline Wide widened(const float* x) {
    Wide wide{};
    for (std::size_t l = 0; l < LANES / 2; ++l) wide[l] = static_cast<double>(x[l]);
    return wide;
}

inline unsigned lanes_of(Mask mask) {
    unsigned lanes = 0;
    for (unsigned l = 0; l < LANES; ++l) lanes |= static_cast<unsigned>(mask[l] & 1) << l;
    return lanes;
}

inline Float looked_up(const float* table, const std::int32_t* at) {
    Float found;
    for (std::size_t l = 0; l < LANES; ++l) found[l] = table[at[l]];
    return found;
}
}  // namespace
}  // namespace globular::wide

#include "../level/unit.hpp"
