// Unevaluated sums hi + lo of two doubles: twice the digits, from ordinary operations.
//
// Included inside a namespace, by exact_sum.hpp for the core and by level/learn.hpp for each level, which
// must not share code with any other (native/level/check_symbols.py).

// Unevaluated sums hi + lo of two doubles (Dekker 1971), |lo| <= ulp(hi) / 2; or several of them side by
// side, where V is a vector of doubles.
template <class V>
struct Doubled {
    V hi{};
    V lo{};
};

template <class V>
inline Doubled<V> two_sum(V a, V b) {
    const V s = a + b;
    const V t = s - a;
    return {s, (a - (s - t)) + (b - t)};
}

// Veltkamp's splitting instead of a fused multiply-add: the baseline level has none.
template <class V>
inline Doubled<V> two_product(V a, V b) {
    constexpr double kSplit = 134217729.0;  // 2^27 + 1
    const V p = a * b;
    const V ta = kSplit * a, tb = kSplit * b;
    const V ah = ta - (ta - a), al = a - ah;
    const V bh = tb - (tb - b), bl = b - bh;
    return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

template <class V>
inline Doubled<V> operator+(Doubled<V> a, Doubled<V> b) {
    const Doubled<V> s = two_sum(a.hi, b.hi);
    const Doubled<V> t = two_sum(a.lo, b.lo);
    const Doubled<V> u = two_sum(s.hi, s.lo + t.hi);
    return two_sum(u.hi, u.lo + t.lo);
}

template <class V>
inline Doubled<V> operator*(Doubled<V> a, Doubled<V> b) {
    const Doubled<V> p = two_product(a.hi, b.hi);
    return two_sum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

template <class V>
inline Doubled<V> operator-(Doubled<V> a) {
    return {-a.hi, -a.lo};
}
