// Which centers a box leaves in question (assign/boxes.hpp); included once by each level unit, after
// listing.hpp and words.hpp.

namespace globular::LEVEL {
namespace {

// The center nearest to the middle of the box, as its place and squared distance; all distances are
// left in to_middle.
template <std::size_t D>
inline std::int32_t nearest_to_middle(const BoxQuery& b, float* to_middle, float& least) {
    Float lowest = all(3e38F);
    Int index{}, where{};
    for (std::size_t l = 0; l < kLanes; ++l) index[l] = static_cast<std::int32_t>(l);
    for (std::size_t j = 0; j < b.count; j += kLanes) {
        Float sum{};
        for (std::size_t f = 0; f < D; ++f) {
            const Float t = load(b.z + f * b.stride + j) - b.middle[f];
            sum = fused(t, t, sum);
        }
        *reinterpret_cast<Float*>(to_middle + j) = sum;
        where = sum < lowest ? index : where;
        lowest = sum < lowest ? sum : lowest;
        index += static_cast<std::int32_t>(kLanes);
    }
    const Float lowest_of_all = least_of_lanes(lowest);
    least = lowest_of_all[0];
    return where[__builtin_ctz(lanes_of(lowest == lowest_of_all))];
}

template <std::size_t D>
BoxAnswer prune(const BoxQuery& query, float* to_middle, std::uint32_t* kept) {
    const BoxQuery b = query;
    float least;
    const std::int32_t best = nearest_to_middle<D>(b, to_middle, least);
    float nearest[D];
    for (std::size_t f = 0; f < D; ++f) nearest[f] = b.z[f * b.stride + static_cast<std::size_t>(best)];
    const float r = __builtin_sqrtf(least + b.half_sq), t = r < b.root ? b.root : r;
    const float per_sq = b.relative + 0.5F * b.root / t;
    const float fixed = 0.5F * b.root * t + b.root * b.root + 0x1p-100F;
    Float dropped = all(kNowhere * kNowhere);
    std::size_t count = 0;
    for (std::size_t j = 0; j < b.count; j += kLanes) {
        const Float middle = load(to_middle + j);
        Float corner{};
        for (std::size_t f = 0; f < D; ++f) {
            const Float across = load(b.z + f * b.stride + j) - nearest[f];
            corner += (across < Float{} ? -across : across) * b.half[f];
        }
        const Mask drop = middle - least - 2.0F * corner > per_sq * (middle + b.half_sq) + fixed;
        const Float nearer = middle < dropped ? middle : dropped;
        dropped = drop ? nearer : dropped;
        list(lanes_of(~drop), j, kept, count);
    }
    return {count, least, least_of_lanes(dropped)[0]};
}

}  // namespace
}  // namespace globular::LEVEL
