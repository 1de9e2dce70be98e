// Which rows may be nearer to a point than they were to any before: included by unit.hpp, once a level.

// Rows in lanes, by differences, a group at a time. A NaN is listed.
std::uint32_t screen(const float* group, std::size_t d, const float* point, const float* limits) {
    constexpr std::size_t kVectors = kGroup / kLanes;
    static_assert(kGroup == 32);  // its rows are the bits of a word
    Float sum[kVectors] = {};
    for (std::size_t f = 0; f < d; ++f) {
        const Float c = all(point[f]);
        for (std::size_t v = 0; v < kVectors; ++v) {
            const Float t = load(group + f * kGroup + v * kLanes) - c;
            sum[v] = fused(t, t, sum[v]);
        }
    }
    std::uint32_t listed = 0;
    for (std::size_t v = 0; v < kVectors; ++v)
        listed |= lanes_of(~(sum[v] > load(limits + v * kLanes))) << v * kLanes;
    return listed;
}
