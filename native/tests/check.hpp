// A test harness in sixty lines: CHECK counts, a failure prints where and what, and goes on. Tests run
// several at once; each thread counts for itself.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../draw.hpp"
#include "../rows.hpp"

namespace globular::tests {

struct Counts {
    long passed = 0, failed = 0;
    std::string where;  // what is being tried, for the message of a failure
};
inline thread_local Counts counts;

inline void check(bool ok, const char* text, const char* file, int line) {
    ok ? ++counts.passed : ++counts.failed;
    if (!ok && counts.failed <= 50)
        std::printf("%s:%d: %s is false (%s)\n", file, line, text, counts.where.c_str());
}
#define CHECK(condition) ::globular::tests::check((condition), #condition, __FILE__, __LINE__)

using Test = std::function<void()>;

// Runs the tests, each once, on as many threads as there are processors. Returns what they counted.
inline Counts run(const std::vector<Test>& tests) {
    Counts all;
    std::mutex adding;
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t t; (t = next++) < tests.size();) tests[t]();
        const std::lock_guard hold(adding);
        all.passed += counts.passed;
        all.failed += counts.failed;
    };
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < std::max(1U, std::thread::hardware_concurrency()); ++t)
            threads.emplace_back(work);
    }
    return all;
}

// A stream of random numbers, the same on every run.
class Random {
 public:
    explicit Random(std::uint64_t seed) : seed_(seed) {}
    double uniform() { return globular::uniform(seed_, 0, next_++); }
    double between(double low, double high) { return low + (high - low) * uniform(); }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(uniform() * static_cast<double>(n)); }
    double normal() {
        return std::sqrt(-2.0 * std::log1p(-uniform())) * std::cos(6.283185307179586 * uniform());
    }

 private:
    std::uint64_t seed_, next_ = 0;
};

template <class T>
std::vector<T> normals(std::size_t n, Random& random, double scale = 1.0, double shift = 0.0) {
    std::vector<T> out(n);
    for (T& v : out) v = static_cast<T>(shift + scale * random.normal());
    return out;
}

// Small whole numbers: distances tie all over the place.
template <class T>
std::vector<T> grid_points(std::size_t n, Random& random) {
    std::vector<T> out(n);
    for (T& v : out) v = static_cast<T>(static_cast<double>(random.below(5)) - 2.0);
    return out;
}

template <class T>
Rows<T> rows_of(const std::vector<T>& values, std::size_t d) {
    return {values.data(), values.size() / d, d};
}

}  // namespace globular::tests
