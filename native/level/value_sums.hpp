// Sums of values that are not negative, without any rounding; included once by each level unit, after
// doubles.hpp.
//
// Each value is cut in two pieces, where the largest of all says; and the pieces are added up, whole numbers
// of a step of which a double holds as many as come together. Of what is far smaller than the largest
// something is left after that, and the caller must find another way.

namespace globular::LEVEL {
namespace {

bool value_sums(const double* x, std::size_t n, double* sums) {
    constexpr double kLeast = 0x1p-900, kMost = 0x1p+900;  // so that no step is subnormal, no sum too large
    constexpr double kHighStep = 0x1p-43, kLowStep = 0x1p-87;  // of the power of two below the largest
    constexpr double kRounds = 0x1.8p52;                       // steps: to add so many rounds to the step
    static_assert(kMostValues <= 1 << 8, "a value is less than 2^44 steps, and a sum at most 2^52");
    Wide most{};
    for (std::size_t i = 0; i < n; i += kDoubles) {
        const Wide v = values(x + i, Wide{});
        most = v > most ? v : most;
    }
    double largest = 0.0;
    for (std::size_t l = 0; l < kDoubles; ++l) largest = most[l] > largest ? most[l] : largest;
    if (!(largest >= kLeast && largest <= kMost)) return false;
    constexpr std::uint64_t kExponent = 0x7ffULL << 52;
    const double below = __builtin_bit_cast(double, __builtin_bit_cast(std::uint64_t, largest) & kExponent);
    const Wide high_magic = below * kHighStep * kRounds - Wide{},
               low_magic = below * kLowStep * kRounds - Wide{};
    Wide high{}, low{};
    WideBits left{};
    for (std::size_t i = 0; i < n; i += kDoubles) {
        const Wide v = values(x + i, Wide{}), cut = (v + high_magic) - high_magic;
        const Wide rest = v - cut, cut_rest = (rest + low_magic) - low_magic;
        high += cut;
        low += cut_rest;
        left |= reinterpret_cast<WideBits>(rest - cut_rest);
    }
    std::uint64_t some_left = 0;
    sums[0] = sums[1] = 0.0;
    for (std::size_t l = 0; l < kDoubles; ++l) {
        sums[0] += high[l];
        sums[1] += low[l];
        some_left |= left[l];
    }
    return some_left == 0;
}

}  // namespace
}  // namespace globular::LEVEL
