// Doubles side by side, for the kernels whose outcome is a result; included once by each level unit.
//
// What is made of these is no filter. Every feature, or every row, is worked out alone, by operations that
// IEEE 754 rounds in one way only, and never fused: so every level gives the same bits, and a wider vector is
// only faster.

namespace globular::LEVEL {
namespace {

constexpr std::size_t kDoubles = LANES / 2;  // doubles in a vector

using WideBits = std::uint64_t __attribute__((vector_size(LANES * 4)));
using WideAnywhere = double __attribute__((vector_size(LANES * 4), aligned(8), may_alias));
using NarrowAnywhere = float __attribute__((vector_size(LANES * 2), aligned(4), may_alias));

// As many values as are wanted, as doubles: a vector, or one.
inline Wide values(const float* x, Wide) { return widened(x); }
inline Wide values(const double* x, Wide) { return *reinterpret_cast<const WideAnywhere*>(x); }
template <class T>
inline double values(const T* x, double) {
    return static_cast<double>(*x);
}

inline void put(double* place, Wide v) { *reinterpret_cast<WideAnywhere*>(place) = v; }
inline void put(double* place, double v) { *place = v; }

inline void add_to(double* sum, Wide v) { *reinterpret_cast<WideAnywhere*>(sum) += v; }
inline void add_to(double* sum, double v) { *sum += v; }

// Calls use(a value or a vector of them, feature) until all features are done.
template <class Use>
inline void for_features(std::size_t d, Use use) {
    std::size_t f = 0;
    for (; f + kDoubles <= d; f += kDoubles) use(Wide{}, f);
    for (; f < d; ++f) use(double{}, f);
}

// One step of `transpose`: squares of kSide lanes by kSide vectors change places across the diagonal.
template <std::size_t kSide>
inline void transpose_squares(Wide (&v)[kDoubles]) {
    if constexpr (kSide > 0) {
        WideBits upper, lower;
        for (std::size_t l = 0; l < kDoubles; ++l) {
            upper[l] = l & kSide ? kDoubles + (l ^ kSide) : l;
            lower[l] = l & kSide ? kDoubles + l : l | kSide;
        }
        for (std::size_t i = 0; i < kDoubles; ++i) {
            if (i & kSide) continue;
            const Wide a = v[i], b = v[i | kSide];
            v[i] = __builtin_shuffle(a, b, upper);
            v[i | kSide] = __builtin_shuffle(a, b, lower);
        }
        transpose_squares<kSide / 2>(v);
    }
}

// Lane l of vector i becomes lane i of vector l.
inline void transpose(Wide (&v)[kDoubles]) { transpose_squares<kDoubles / 2>(v); }

}  // namespace
}  // namespace globular::LEVEL
