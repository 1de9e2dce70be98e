// Nearest centers with points in lanes (kernels.hpp): for few features. Included once by each level unit,
// after words.hpp.

namespace globular::LEVEL {
namespace {

constexpr std::size_t kRowVectors = 2;  // vectors of rows a points-in-lanes kernel works on at once

// The rows from i on, of D features, that a points-in-lanes kernel works on at once.
template <std::size_t D>
inline void load_rows(const float* points, std::size_t i, Float (&y)[kRowVectors][D]) {
    const float* base = points + i / kGroup * kGroup * D + i % kGroup;
    for (std::size_t r = 0; r < kRowVectors; ++r)
        for (std::size_t f = 0; f < D; ++f) y[r][f] = load(base + f * kGroup + r * kLanes);
}

// Points in lanes, by differences. Of each center: D coordinates, then its index as bits.
template <std::size_t D, bool kListed = false>
bool direct(const Pass& pass, const float* points, const float*, std::size_t n, std::int32_t* labels,
            float* gaps) {
    const Pass p = pass;  // a copy: nothing that is written can change it
    const Int keep = all(-1 << p.index_bits);
    Doubt doubt;
    for (std::size_t i = 0; i < n; i += kRowVectors * kLanes) {
        Float y[kRowVectors][D];
        load_rows(points, i, y);
        TopTwo<Int> top[kRowVectors];
        for (auto& t : top) t = {all(kFar), all(kFar)};
        for (std::size_t j = 0; j < p.n_blocks; ++j) {
            const float* z = p.centers + (kListed ? static_cast<std::size_t>(p.which[j]) : j) * (D + 1);
            const Int index = bits(all(z[D]));
            for (std::size_t r = 0; r < kRowVectors; ++r) {
                Float t = y[r][0] - z[0];
                Float sum = t * t;
                for (std::size_t f = 1; f < D; ++f) {
                    t = y[r][f] - z[f];
                    sum = fused(t, t, sum);
                }
                top[r].see(word(sum, keep, index));
            }
        }
        for (std::size_t r = 0; r < kRowVectors; ++r)
            store(p, top[r], Float{}, labels + i + r * kLanes, gaps + i + r * kLanes, doubt);
    }
    return doubt.found();
}

// Points in lanes, by |z|^2 - 2 y.z: |y|^2 is common to all, and left out. Values may be negative, so they
// are compared as floats. Block of one center: D of -2 z, then |z|^2, then its index as bits. Calls
// take(first row, labels, gaps) for each vector of rows.
template <std::size_t D, class Take>
inline void for_linear(const Pass& pass, const float* points, std::size_t n, Take take) {
    const Pass p = pass;  // a copy: nothing that is written can change it
    const Int keep = all(-1 << p.index_bits);
    for (std::size_t i = 0; i < n; i += kRowVectors * kLanes) {
        Float y[kRowVectors][D];
        load_rows(points, i, y);
        TopTwo<Float> top[kRowVectors];
        for (auto& t : top) t = {value(all(kFar)), value(all(kFar))};
        const float* z = p.centers;
        for (std::size_t j = 0; j < p.n_blocks; ++j, z += D + 2) {
            const Int index = bits(all(z[D + 1]));
            for (std::size_t r = 0; r < kRowVectors; ++r) {
                Float v = all(z[D]);
                for (std::size_t f = 0; f < D; ++f) v = fused(y[r][f], all(z[f]), v);
                top[r].see(value(word(v, keep, index)));
            }
        }
        for (std::size_t r = 0; r < kRowVectors; ++r) {
            Float norm = y[r][0] * y[r][0];
            for (std::size_t f = 1; f < D; ++f) norm = fused(y[r][f], y[r][f], norm);
            const Float gap = top[r].second - top[r].best - (p.spread * norm + p.floor);
            take(i + r * kLanes, bits(top[r].best) & ((1 << p.index_bits) - 1), gap);
        }
    }
}

template <std::size_t D>
bool linear(const Pass& pass, const float* points, const float*, std::size_t n, std::int32_t* labels,
            float* gaps) {
    Doubt doubt;
    for_linear<D>(pass, points, n, [&](std::size_t i, Int label, Float gap) {
        doubt.see(gap);
        *reinterpret_cast<Float*>(gaps + i) = gap;
        *reinterpret_cast<Int*>(labels + i) = label;
    });
    return doubt.found();
}

// Which rows to list is written down as bits, and read when many rows are done: a branch for each vector of
// rows would be mispredicted too often.
template <std::size_t D>
std::size_t relabel(const Pass& pass, const float* points, std::size_t n, const std::int32_t* before,
                    std::int32_t* now, std::uint32_t* places) {
    constexpr std::size_t kAtOnce = 32 * kGroup;
    static_assert(kGroup == 32);  // a group's rows are the bits of a word
    std::size_t count = 0;
    for (std::size_t first = 0; first < n; first += kAtOnce) {
        const std::size_t rows = n - first < kAtOnce ? n - first : kAtOnce;
        std::uint32_t listed[kAtOnce / kGroup] = {};
        std::int32_t told[kAtOnce];
        for_linear<D>(pass, points + first * D, rows, [&](std::size_t i, Int label, Float gap) {
            const Int doubtful = ~(gap > Float{});
            const Int changed = label != *reinterpret_cast<const Int*>(before + first + i);
            listed[i / kGroup] |= lanes_of(changed | doubtful) << i % kGroup;
            *reinterpret_cast<Int*>(told + i) = label ^ doubtful;
        });
        for (std::size_t i = 0; i < rows; i += kGroup)
            for (std::uint32_t lanes = listed[i / kGroup]; lanes != 0; lanes &= lanes - 1) {
                const std::size_t row = i + static_cast<std::size_t>(__builtin_ctz(lanes));
                now[count] = told[row];
                places[count++] = static_cast<std::uint32_t>(first + row);
            }
    }
    return count;
}

// Points in lanes, by |y|^2 + |z|^2 - 2 y.z. Of each center: d of -2 z, then |z|^2, then its index as bits.
// They lie in blocks of kBlock, [d + 2][kBlock]; or if listed one behind the other. Words are compared as
// floats here, which was measured to be faster by a twentieth; in `direct` it was slower.
constexpr std::size_t kBlock = BLOCK_WIDTH;
static_assert(kBlock <= kMostAtOnce);

template <bool kListed = false>
bool dots(const Pass& pass, const float* points, const float* norms, std::size_t n, std::int32_t* labels,
          float* gaps) {
    const Pass p = pass;                                     // a copy: nothing that is written can change it
    const std::size_t d = p.d, step = kListed ? 1 : kBlock;  // from one feature to the next
    const Int keep = all(-1 << p.index_bits);
    Doubt doubt;
    for (std::size_t i = 0; i < n; i += kRowVectors * kLanes) {
        const float* base = points + i / kGroup * kGroup * d + i % kGroup;
        TopTwo<Float> top[kRowVectors];
        for (auto& t : top) t = {value(all(kFar)), value(all(kFar))};
        for (std::size_t b = 0; b < p.n_blocks; ++b) {
            const float* z[kBlock];
            for (std::size_t c = 0; c < kBlock; ++c)
                z[c] = p.centers + (kListed ? static_cast<std::size_t>(p.which[b * kBlock + c]) * (d + 2)
                                            : b * kBlock * (d + 2) + c);
            Float sum[kBlock][kRowVectors];
            for (std::size_t c = 0; c < kBlock; ++c)
                for (std::size_t r = 0; r < kRowVectors; ++r)
                    sum[c][r] = load(norms + i + r * kLanes) + z[c][d * step];
            for (std::size_t f = 0; f < d; ++f) {
                Float y[kRowVectors];
                for (std::size_t r = 0; r < kRowVectors; ++r) y[r] = load(base + f * kGroup + r * kLanes);
                for (std::size_t c = 0; c < kBlock; ++c)
                    for (std::size_t r = 0; r < kRowVectors; ++r)
                        sum[c][r] = fused(y[r], all(z[c][f * step]), sum[c][r]);
            }
            for (std::size_t c = 0; c < kBlock; ++c) {
                const Int index = bits(all(z[c][(d + 1) * step]));
                for (std::size_t r = 0; r < kRowVectors; ++r) top[r].see(value(word(sum[c][r], keep, index)));
            }
        }
        for (std::size_t r = 0; r < kRowVectors; ++r)
            store(p, top[r], load(norms + i + r * kLanes), labels + i + r * kLanes, gaps + i + r * kLanes,
                  doubt);
    }
    return doubt.found();
}

}  // namespace
}  // namespace globular::LEVEL
