// The extremes and the exponents of values side by side (range.hpp); included once by each level unit.
//
// Nothing but comparisons and whole numbers: every level gives the same.

namespace globular::LEVEL {
namespace {

// How a floating point number holds its exponent, alone or in a vector.
template <class T>
struct Layout;
template <>
struct Layout<float> {
    using Vector = float __attribute__((vector_size(LANES * 4)));
    using Bits = std::uint32_t __attribute__((vector_size(LANES * 4)));
    static constexpr std::size_t kLanes = LANES;
    static constexpr std::uint32_t kShift = 23, kMask = 255;
};
template <>
struct Layout<double> {
    using Vector = double __attribute__((vector_size(LANES * 4)));
    using Bits = std::uint64_t __attribute__((vector_size(LANES * 4)));
    static constexpr std::size_t kLanes = LANES / 2;
    static constexpr std::uint64_t kShift = 52, kMask = 2047;
};

// Exponents have at most 11 bits: where numbers have 64, half of each is zero, and so is its square.
template <class Bits>
inline Bits square(Bits e) {
    using Halves = std::uint32_t __attribute__((vector_size(LANES * 4)));
    const auto halves = reinterpret_cast<Halves>(e);
    return reinterpret_cast<Bits>(halves * halves);
}

template <class V, class T>
inline V read(const T* from) {
    V v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}
template <class V, class T>
inline void write(T* to, V v) {
    __builtin_memcpy(to, &v, sizeof v);
}

// Sees n rows of kVectors vectors. Returns whether all values are finite.
template <std::size_t kVectors, class T>
inline bool see_columns(const T* x, std::size_t stride, std::size_t n, const ColumnRanges<T>& out) {
    using L = Layout<T>;
    using V = typename L::Vector;
    using Bits = typename L::Bits;
    V low[kVectors], high[kVectors];
    Bits count[kVectors], sum[kVectors], sum_sq[kVectors], not_finite{};
    for (std::size_t v = 0; v < kVectors; ++v) {
        low[v] = read<V>(out.low + v * L::kLanes);
        high[v] = read<V>(out.high + v * L::kLanes);
        count[v] = read<Bits>(out.count + v * L::kLanes);
        sum[v] = read<Bits>(out.sum + v * L::kLanes);
        sum_sq[v] = read<Bits>(out.sum_sq + v * L::kLanes);
    }
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t v = 0; v < kVectors; ++v) {
            const V value = read<V>(x + r * stride + v * L::kLanes);
            low[v] = value < low[v] ? value : low[v];
            high[v] = value > high[v] ? value : high[v];
            const Bits exponent = reinterpret_cast<Bits>(value) >> L::kShift & L::kMask;
            count[v] += (exponent + L::kMask) / (L::kMask + 1);  // 1 but for zero
            not_finite |= (exponent + 1) / (L::kMask + 1);
            sum[v] += exponent;
            sum_sq[v] += square(exponent);
        }
    for (std::size_t v = 0; v < kVectors; ++v) {
        write(out.low + v * L::kLanes, low[v]);
        write(out.high + v * L::kLanes, high[v]);
        write(out.count + v * L::kLanes, count[v]);
        write(out.sum + v * L::kLanes, sum[v]);
        write(out.sum_sq + v * L::kLanes, sum_sq[v]);
    }
    auto any = not_finite[0];
    for (std::size_t l = 1; l < L::kLanes; ++l) any |= not_finite[l];
    return any == 0;
}

template <class T>
inline bool see_column(const T* x, std::size_t stride, std::size_t n, const ColumnRanges<T>& out) {
    using L = Layout<T>;
    bool finite = true;
    for (std::size_t r = 0; r < n; ++r) {
        const T value = x[r * stride];
        *out.low = value < *out.low ? value : *out.low;
        *out.high = value > *out.high ? value : *out.high;
        const auto exponent = __builtin_bit_cast(BitsOf<T>, value) >> L::kShift & L::kMask;
        finite &= exponent != L::kMask;
        *out.count += exponent != 0;
        *out.sum += exponent;
        *out.sum_sq += exponent * exponent;
    }
    return finite;
}

template <class T>
bool column_ranges(const T* x, std::size_t n, std::size_t width, const ColumnRanges<T>& out) {
    constexpr std::size_t kValues = Layout<T>::kLanes, kSome = 2;
    // So few rows at a time that they are read in turn, from one end to the other.
    const std::size_t rows_together = 8 + 4096 / width;
    bool finite = true;
    for (std::size_t first = 0; first < n; first += rows_together) {
        const std::size_t rows = n - first < rows_together ? n - first : rows_together;
        const T* from = x + first * width;
        const auto at = [=](std::size_t e) {
            return ColumnRanges<T>{out.low + e, out.high + e, out.count + e, out.sum + e, out.sum_sq + e};
        };
        std::size_t e = 0;
        for (; e + kSome * kValues <= width; e += kSome * kValues)
            finite &= see_columns<kSome>(from + e, width, rows, at(e));
        for (; e + kValues <= width; e += kValues) finite &= see_columns<1>(from + e, width, rows, at(e));
        for (; e < width; ++e) finite &= see_column(from + e, width, rows, at(e));
    }
    return finite;
}

}  // namespace
}  // namespace globular::LEVEL
