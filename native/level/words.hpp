// Distances in words, and the two smallest of them; included once by each level unit.
//
// A distance and the index of its center share one 32-bit word: the lowest bits of the mantissa are given to
// the index, and one minimum then keeps both. Distances are not negative, so their bit patterns order like
// integers. The bits lost are part of the margin (see Pass).

namespace globular::LEVEL {
namespace {

constexpr std::size_t kLanes = LANES;
constexpr std::int32_t kFar = 0x7f7fffff;  // the largest float, as bits

using Int = std::int32_t __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

inline Float load(const float* p) { return *reinterpret_cast<const Float*>(p); }
inline Float all(float x) { return x - Float{}; }
inline Int all(std::int32_t x) { return x - Int{}; }
inline Int bits(Float x) { return reinterpret_cast<Int>(x); }
inline Int bits(Int x) { return x; }
inline Float value(Int x) { return reinterpret_cast<Float>(x); }
inline Int smaller(Int a, Int b) { return a < b ? a : b; }
inline Int larger(Int a, Int b) { return a < b ? b : a; }

// The least of all lanes, in each of them: halves are held against each other, then quarters, and so on.
template <std::size_t Apart = kLanes / 2>
inline Float least_of_lanes(Float x) {
    if constexpr (Apart == 0) {
        return x;
    } else {
        Int other{};
        for (std::size_t l = 0; l < kLanes; ++l) other[l] = static_cast<std::int32_t>(l ^ Apart);
        const Float y = __builtin_shuffle(x, other);
        return least_of_lanes<Apart / 2>(y < x ? y : x);
    }
}

// The two smallest words seen in each lane, compared as integers or as floats.
template <class Word>
struct TopTwo {
    Word best, second;

    void see(Word word) {
        second = smaller(second, larger(best, word));
        best = smaller(best, word);
    }
};

inline Int word(Float distance, Int keep, Int index) { return (bits(distance) & keep) | index; }

// Correctly rounded; the compiler makes one instruction of the loop.
inline Float root(Float x) {
    for (std::size_t l = 0; l < kLanes; ++l) x[l] = __builtin_sqrtf(x[l]);
    return x;
}

// At least (sqrt(b) + a)^2 - b, without the root: 2 a sqrt(b) <= s b + a^2 / s for every s, and one of
// these two is good enough from b = a^2 to b = 2^44 a^2.
inline Float square_beyond(Float b, float a) {
    if (a == 0.0F) return Float{};
    constexpr float kTight = 0x1p-8F, kWide = 0x1p-16F;
    const float a_sq = a * a;
    const Float near = b * kTight + a_sq * (1.0F + 1.0F / kTight);
    const Float far = b * kWide + a_sq * (1.0F + 1.0F / kWide);
    return near < far ? near : far;
}

// Whether some row's gap is not positive.
struct Doubt {
    Int any{};

    void see(Float gap) { any |= ~(gap > Float{}); }
    bool found() const { return lanes_of(any) != 0; }
};

template <class Word>
inline void store(const Pass& p, const TopTwo<Word>& top, Float norm, std::int32_t* labels, float* gaps,
                  Doubt& doubt) {
    const Float v1 = value(bits(top.best)), v2 = value(bits(top.second));
    const Float err = p.slope * v2 + p.spread * norm + p.floor;
    const Float low = v2 - err, high = v1 + err;
    const Float gap = p.signs_only ? low - high - square_beyond(high, p.root)
                                   : root(low > Float{} ? low : Float{}) - root(high) - p.root;
    doubt.see(gap);
    *reinterpret_cast<Float*>(gaps) = gap;
    *reinterpret_cast<Int*>(labels) = bits(top.best) & ((1 << p.index_bits) - 1);
}

}  // namespace
}  // namespace globular::LEVEL
