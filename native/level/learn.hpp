// What is learned from a cluster's sums; included once by each level unit, after doubles.hpp.

namespace globular::LEVEL {
namespace {

#include "../doubled.hpp"

inline bool everywhere(bool mask) { return mask; }
inline bool everywhere(decltype(Wide{} == Wide{}) mask) {
    constexpr unsigned kAll = (1U << (LANES - 1)) * 2 - 1;
    return lanes_of(reinterpret_cast<Mask>(mask)) == kAll;
}

// What two_product gives, in two operations where a level can fuse them. Both are exact, save where the
// rounding error is so small that it has no double: there it must be the same two_product at every level.
template <class V>
inline Doubled<V> exact_product(V a, V b) {
    if constexpr (kFusesDoubles && sizeof(V) == sizeof(Wide)) {
        constexpr double kSmall = 0x1p-900;
        const V p = a * b;
        const auto is_safe = (p > kSmall) | (p < -kSmall) | (a == V{}) | (b == V{});
        if (everywhere(is_safe)) return {p, fused(a, b, -p)};
    }
    return two_product(a, b);
}

// s / w + origin. Where one division rounds that as well, it is that.
template <class V>
inline V mean_of(Doubled<V> s, V w, V origin) {
    const V q = s.hi / w;
    const auto is_short = (s.lo == V{}) & (origin == V{});
    if (everywhere(is_short)) return q;
    const Doubled<V> p = exact_product(q, w);
    const Doubled<V> quotient = two_sum(q, (((s.hi - p.hi) - p.lo) + s.lo) / w);
    return is_short ? q : (quotient + Doubled<V>{origin, V{}}).hi;
}

// What a cluster's sum and center of one feature add to the cost: w (c - o - m)^2 - w m^2 with m = s / w is
// c' (w c' - 2 s), c' = c - o. The low half of `sum` gathers all that is too small for the high one.
template <class V>
inline void add_excess(Doubled<V> s, V w, V center, V origin, Doubled<V>& sum) {
    if (everywhere(center == origin)) return;  // as in most features of sparse rows
    const Doubled<V> c = two_sum(center, -origin);
    const Doubled<V> scaled = exact_product(c.hi, w);
    const Doubled<V> off = two_sum(scaled.hi, -2.0 * s.hi);
    const V off_low = off.lo + (scaled.lo + c.lo * w - 2.0 * s.lo);
    const Doubled<V> excess = exact_product(c.hi, off.hi);
    const Doubled<V> total = two_sum(sum.hi, excess.hi);
    sum = {total.hi, sum.lo + (total.lo + (excess.lo + (c.hi * off_low + c.lo * off.hi)))};
}

template <class V>
inline void learn_at(const ClusterToLearn& c, std::size_t f, V w, double* mean, Doubled<V>& excess) {
    Doubled<V> s = two_sum(values(c.sums + f, V{}), values(c.sums + c.d + f, V{}));
    for (int p = 2; p < c.pieces; ++p) {
        const Doubled<V> t = two_sum(s.hi, values(c.sums + static_cast<std::size_t>(p) * c.d + f, V{}));
        s = two_sum(t.hi, t.lo + s.lo);
    }
    const V origin = values(c.origin + f, V{});
    put(mean + f, mean_of(s, w, origin));
    add_excess(s, w, values(c.center + f, V{}), origin, excess);
}

void learn(const ClusterToLearn& cluster, double* mean, Excess& out) {
    constexpr std::size_t kVectors = kTerms / kDoubles;
    const ClusterToLearn c = cluster;
    Doubled<Wide> terms[kVectors] = {};
    std::size_t f = 0;
    for (; f + kTerms <= c.d; f += kTerms)
        for (std::size_t v = 0; v < kVectors; ++v)
            learn_at(c, f + v * kDoubles, c.weight - Wide{}, mean, terms[v]);
    for (std::size_t v = 0; v < kVectors; ++v) {
        put(out.hi + v * kDoubles, terms[v].hi);
        put(out.lo + v * kDoubles, terms[v].lo);
    }
    for (std::size_t e = 0; f < c.d; ++e, ++f) {
        Doubled<double> term{out.hi[e], out.lo[e]};
        learn_at(c, f, c.weight, mean, term);
        out.hi[e] = term.hi;
        out.lo[e] = term.lo;
    }
}

}  // namespace
}  // namespace globular::LEVEL
