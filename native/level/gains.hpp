// What points would take from some rows as one more center: included by unit.hpp, once a level.

inline double total(Float lanes) {
    double sum = 0.0;
    for (std::size_t l = 0; l < kLanes; ++l) sum += static_cast<double>(lanes[l]);
    return sum;
}

// Rows in lanes, by differences, as many vectors of them as registers hold for kPoints points.
template <std::size_t kPoints>
void gains(const GainQuery& q, const float* const* points, Gain* sums, std::uint32_t* const* reached) {
    constexpr std::size_t kVectors = kPoints > 4 && kLanes < 16 ? 1 : 2;
    Float weight[kPoints] = {}, limit[kPoints] = {}, gain[kPoints] = {};
    std::uint32_t bits[kPoints] = {};
    for (std::size_t i = 0; i < q.n_groups * kGroup; i += kVectors * kLanes) {
        const float* rows = q.groups + i / kGroup * kGroup * q.d + i % kGroup;
        Float distance[kVectors][kPoints] = {};
        for (std::size_t f = 0; f < q.d; ++f)
            for (std::size_t v = 0; v < kVectors; ++v) {
                const Float x = load(rows + f * kGroup + v * kLanes);
                for (std::size_t p = 0; p < kPoints; ++p) {
                    const Float t = x - points[p][f];
                    distance[v][p] = fused(t, t, distance[v][p]);
                }
            }
        for (std::size_t v = 0; v < kVectors; ++v) {
            const std::size_t first = i + v * kLanes;
            const Float nearest = load(q.nearest + first), reach = fused(nearest, all(q.slope), all(q.floor)),
                        w = q.weights ? load(q.weights + first) : all(1.0F);
            for (std::size_t p = 0; p < kPoints; ++p) {
                const Mask in_reach = distance[v][p] <= reach;
                const Float counted = in_reach ? w : Float{};
                bits[p] |= static_cast<std::uint32_t>(lanes_of(in_reach)) << first % kGroup;
                weight[p] += counted;
                limit[p] = fused(counted, reach, limit[p]);
                gain[p] = fused(counted, larger(nearest - distance[v][p], Float{}), gain[p]);
            }
        }
        if ((i + kVectors * kLanes) % kGroup != 0) continue;
        for (std::size_t p = 0; p < kPoints; ++p) {
            reached[p][i / kGroup] = bits[p];
            bits[p] = 0;
        }
    }
    for (std::size_t p = 0; p < kPoints; ++p) {
        sums[p].weight += total(weight[p]);
        sums[p].limit += total(limit[p]);
        sums[p].gain += total(gain[p]);
    }
}
