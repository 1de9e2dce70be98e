// The plain prototype: Lloyd with points in lanes, as one writes it in an afternoon for one machine.
// Float32 distances by differences, compare and blend, sums in float64 from scratch each step, two
// threads a step. No certificate, no exact sums, no skipping. What globular must be no slower than.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr std::size_t kLanes = 16;
#elif defined(__AVX2__)
constexpr std::size_t kLanes = 8;
#else
constexpr std::size_t kLanes = 4;
#endif
using Float = float __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
using Int = int __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

struct Sums {
    std::vector<double> sums, weight;
};

template <int D>
void step(const float* columns, std::size_t stride, std::size_t first, std::size_t last, std::size_t n,
          const float* centers, int k, Sums& out) {
    constexpr int R = 2;
    for (std::size_t i = first; i < last; i += R * kLanes) {
        Float y[R][D], best[R];
        Int label[R];
        for (int r = 0; r < R; ++r) {
            for (int f = 0; f < D; ++f)
                y[r][f] = *reinterpret_cast<const Float*>(columns + f * stride + i + r * kLanes);
            best[r] = 3e38F - Float{};
            label[r] = Int{};
        }
        for (int j = 0; j < k; ++j)
            for (int r = 0; r < R; ++r) {
                Float sum{};
                for (int f = 0; f < D; ++f) {
                    const Float t = y[r][f] - centers[j * D + f];
                    sum += t * t;  // -march=native fuses this
                }
                label[r] = sum < best[r] ? j - Int{} : label[r];
                best[r] = sum < best[r] ? sum : best[r];
            }
        for (std::size_t e = 0; e < R * kLanes && i + e < n; ++e) {
            const int j = label[e / kLanes][e % kLanes];
            out.weight[j] += 1;
            for (int f = 0; f < D; ++f) out.sums[j * D + f] += columns[f * stride + i + e];
        }
    }
}

template <int D>
void lloyd(const float* points, std::size_t n, float* centers, int k, int steps) {
    const std::size_t stride = (n + 63) / 64 * 64, middle = stride / 128 * 64;
    std::vector<float> columns(stride * D);
    for (std::size_t i = 0; i < n; ++i)
        for (int f = 0; f < D; ++f) columns[f * stride + i] = points[i * D + f];
    for (int t = 0; t < steps; ++t) {
        Sums a{std::vector<double>(k * D), std::vector<double>(k)}, b = a;
        std::thread other(step<D>, columns.data(), stride, middle, stride, n, centers, k, std::ref(b));
        step<D>(columns.data(), stride, 0, middle, n, centers, k, a);
        other.join();
        for (int j = 0; j < k; ++j)
            for (int f = 0; f < D && a.weight[j] + b.weight[j] > 0; ++f)
                centers[j * D + f] =
                    static_cast<float>((a.sums[j * D + f] + b.sums[j * D + f]) / (a.weight[j] + b.weight[j]));
    }
}

extern "C" int plain_lloyd(const float* points, std::size_t n, int d, float* centers, int k, int steps) {
    switch (d) {
        case 2:
            return lloyd<2>(points, n, centers, k, steps), 0;
        case 3:
            return lloyd<3>(points, n, centers, k, steps), 0;
        case 4:
            return lloyd<4>(points, n, centers, k, steps), 0;
        case 8:
            return lloyd<8>(points, n, centers, k, steps), 0;
        case 16:
            return lloyd<16>(points, n, centers, k, steps), 0;
        default:
            return 1;
    }
}
