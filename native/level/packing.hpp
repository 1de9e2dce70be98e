// Rows and centers as the filter sees them: moved to the middle and scaled (assign/filter.hpp); included once
// by each level unit, after centers_in_lanes.hpp and doubles.hpp.

namespace globular::LEVEL {
namespace {

// The squared length of a row, in sums that do not wait for each other.
template <class T>
float norm(const Scaling& scaling, const T* x) {
    constexpr std::size_t kSums = 2;
    const Scaling s = scaling;
    Wide sums[kSums] = {};
    std::size_t f = 0;
    for (; f + kSums * kDoubles <= s.d; f += kSums * kDoubles)
        for (std::size_t v = 0; v < kSums; ++v) {
            const std::size_t at = f + v * kDoubles;
            const Wide y = (values(x + at, Wide{}) - values(s.middle + at, Wide{})) * s.scale;
            sums[v] += y * y;
        }
    double rest = 0.0;
    for (; f < s.d; ++f) {
        const double y = (values(x + f, double{}) - s.middle[f]) * s.scale;
        rest += y * y;
    }
    const Wide both = sums[0] + sums[1];
    for (std::size_t l = 0; l < kDoubles; ++l) rest += both[l];
    return static_cast<float>(rest);
}

// As many coordinates of one feature as there are lanes, or one. NarrowAnywhere holds as many floats.
inline void put_narrow(float* place, Wide z) {
    *reinterpret_cast<NarrowAnywhere*>(place) = __builtin_convertvector(z, NarrowAnywhere);
}
inline void put_narrow(float* place, double z) { *place = static_cast<float>(z); }

// A group of rows that lies as the kernels read it already.
template <class T>
void pack_group(const Scaling& scaling, const T* group, float* out) {
    const Scaling s = scaling;
    for (std::size_t f = 0; f < s.d; ++f)
        for (std::size_t r = f * kGroup; r < (f + 1) * kGroup; r += kDoubles)
            put_narrow(out + r, (values(group + r, Wide{}) - s.middle[f]) * s.scale);
}

// What a pass over rows that lie one behind the other reads next but a little: the machine looks ahead
// itself, but not beyond the end of a page, and waits there.
template <class T>
inline void ask_ahead(const T* x, std::size_t n_values) {
    constexpr std::size_t kAhead = 8192, kLine = 64;  // bytes: two pages
    const char* next = reinterpret_cast<const char*>(x) + kAhead;
    for (std::size_t b = 0; b < n_values * sizeof(T); b += kLine) __builtin_prefetch(next + b);
}

// Listed rows whose turn comes some time later. If all were asked for at once, the first would be gone again.
template <class T>
inline void ask_for(const T* x, std::size_t d, const std::uint32_t* which, std::size_t n) {
    for (std::size_t e = 0; e < n; ++e) __builtin_prefetch(x + which[e] * d);
}

// Feature kF of the rows that kD vectors hold one behind the other, of which `seen` has those before kFrom.
template <std::size_t kF, std::size_t kFrom = 1, std::size_t kD>
inline Wide feature_of(const Wide (&rows)[kD], Wide seen) {
    if constexpr (kFrom < kD) {
        WideBits lanes;
        for (std::size_t l = 0; l < kDoubles; ++l) {
            const std::size_t at = l * kD + kF, first = kFrom == 1 ? at % kDoubles : l;
            lanes[l] = at / kDoubles == kFrom ? kDoubles + at % kDoubles : first;
        }
        return feature_of<kF, kFrom + 1>(rows, __builtin_shuffle(seen, rows[kFrom], lanes));
    }
    return seen;
}

template <std::size_t kF = 0, std::size_t kD>
inline void put_features(const Scaling& s, const Wide (&rows)[kD], float* to) {
    if constexpr (kF < kD) {
        put_narrow(to + kF * kGroup, (feature_of<kF>(rows, rows[0]) - s.middle[kF]) * s.scale);
        put_features<kF + 1>(s, rows, to);
    }
}

// Packs as many rows of D features as a vector has lanes, which lie one behind the other, from place e on.
template <std::size_t D, class T>
inline void pack_together(const Scaling& s, const T* x, std::size_t e, float* out) {
    Wide rows[D];
    for (std::size_t i = 0; i < D; ++i) rows[i] = values(x + i * kDoubles, Wide{});
    put_features(s, rows, out + e / kGroup * kGroup * D + e % kGroup);
}

// Rows of few features. Those that do not lie one behind the other are laid so first.
template <std::size_t D, class T>
void pack_few(const Scaling& scaling, const T* x, const std::uint32_t* which, std::size_t n, float* out) {
    const Scaling s = scaling;
    std::size_t e = 0;
    for (; !which && e + kDoubles <= n; e += kDoubles) {
        ask_ahead(x + e * D, D * kDoubles);
        pack_together<D>(s, x + e * D, e, out);
    }
    constexpr std::size_t kAtOnce = 2 * kGroup;
    T some[kAtOnce * D] = {};
    constexpr std::size_t kAhead = 4 * kAtOnce;
    if (which) ask_for(x, D, which, n < kAhead ? n : kAhead);
    while (e < n) {
        const std::size_t end = n - e < kAtOnce ? n : e + kAtOnce;
        if (which && e + kAhead + kAtOnce <= n) ask_for(x, D, which + e + kAhead, kAtOnce);
        for (std::size_t r = e; r < end; ++r)
            for (std::size_t f = 0; f < D; ++f) some[(r - e) * D + f] = x[(which ? which[r] : r) * D + f];
        for (const T* at = some; e < end; e += kDoubles, at += D * kDoubles) pack_together<D>(s, at, e, out);
    }
}

template <class T>
void pack_rows(const Scaling& scaling, const T* x, const std::uint32_t* which, std::size_t n, float* out) {
    static_assert(kMaxDirectD == 4);
    if (scaling.d == 1) return pack_few<1>(scaling, x, which, n, out);
    if (scaling.d == 2) return pack_few<2>(scaling, x, which, n, out);
    if (scaling.d == 3) return pack_few<3>(scaling, x, which, n, out);
    if (scaling.d == 4) return pack_few<4>(scaling, x, which, n, out);
    const Scaling s = scaling;
    constexpr std::size_t kBytesAhead = 4096;
    const std::size_t ahead = kBytesAhead / (s.d * sizeof(T));
    if (which) ask_for(x, s.d, which, n < ahead ? n : ahead);
    for (std::size_t e = 0; e < n; e += kDoubles) {
        if (which && e + ahead + kDoubles <= n) ask_for(x, s.d, which + e + ahead, kDoubles);
        const T* rows[kDoubles];
        for (std::size_t l = 0; l < kDoubles; ++l) {
            const std::size_t at = e + l < n ? e + l : n - 1;
            rows[l] = x + (which ? which[at] : at) * s.d;
        }
        float* to = out + e / kGroup * kGroup * s.d + e % kGroup;
        std::size_t f = 0;
        for (; f + kDoubles <= s.d; f += kDoubles) {
            Wide c[kDoubles];
            for (std::size_t l = 0; l < kDoubles; ++l) c[l] = values(rows[l] + f, Wide{});
            transpose(c);
            for (std::size_t i = 0; i < kDoubles; ++i)
                put_narrow(to + (f + i) * kGroup, (c[i] - s.middle[f + i]) * s.scale);
        }
        for (; f < s.d; ++f) {
            Wide c;
            for (std::size_t l = 0; l < kDoubles; ++l) c[l] = static_cast<double>(rows[l][f]);
            put_narrow(to + f * kGroup, (c - s.middle[f]) * s.scale);
        }
    }
}

// Packs coordinate f of some centers side by side, and adds to their sums what comes of it.
template <class V>
inline void pack_coordinates(const Scaling& s, std::size_t f, V c, bool before, float* place,
                             const PanelSums& sums, std::size_t e) {
    const V m = s.middle[f] - V{};
    const V was = values(place, V{});
    put_narrow(place, (c - m) * s.scale);
    const V z = values(place, V{}), way = before ? z - was : V{};
    add_to(sums.length_sq + e, z * z);
    add_to(sums.along + e, z * m);
    add_to(sums.way_sq + e, way * way);
}

// A line of every center at a time, and of the panel as many features: so both are read and written by lines.
void pack_panel(const Scaling& scaling, const double* centers, std::size_t filled, bool before, float* panel,
                const PanelSums& sums) {
    constexpr std::size_t kLine = 8;  // doubles in a cache line
    static_assert(kLine % kDoubles == 0 && kPanel % kDoubles == 0);
    const Scaling s = scaling;
    for (std::size_t first = 0; first < s.d; first += kLine) {
        const std::size_t end = first + kLine < s.d ? first + kLine : s.d;
        for (std::size_t e = 0; e < filled; e += kDoubles) {
            const double* some = centers + e * s.d;
            std::size_t f = first;
            for (; e + kDoubles <= filled && f + kDoubles <= end; f += kDoubles) {
                Wide c[kDoubles];
                for (std::size_t l = 0; f == first && l < kDoubles; ++l)
                    __builtin_prefetch(some + l * s.d + f + 2 * kLine);
                for (std::size_t l = 0; l < kDoubles; ++l) c[l] = values(some + l * s.d + f, Wide{});
                transpose(c);
                for (std::size_t i = 0; i < kDoubles; ++i)
                    pack_coordinates(s, f + i, c[i], before, panel + (f + i) * kPanel + e, sums, e);
            }
            for (; f < end; ++f)
                for (std::size_t l = 0; l < kDoubles && e + l < filled; ++l)
                    pack_coordinates(s, f, some[l * s.d + f], before, panel + f * kPanel + e + l, sums,
                                     e + l);
        }
    }
}

}  // namespace
}  // namespace globular::LEVEL
