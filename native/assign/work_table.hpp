// Written by `make calibrate`; see work.hpp. A level that is not here has the first one's prices.
// AMD EPYC, 2 CPUs, 2 threads, level avx2; globular 0.1.0, scikit-learn 1.9.1, numpy 2.4.6 (scipy-openblas
// 0.3.31.188.0), Python 3.11.7
#pragma once

#include "work.hpp"

namespace globular {

inline constexpr Prices kPrices[] = {
    {"avx2",
     {{1.291, 0.044, 0.055}, {3.877, 0.075, 0.028}},
     {{1.864, 0.033, 0.029}, {4.882, 0.021, 0.029}},
     0.807,
     1.034,
     1.136},
    {"baseline",
     {{1.869, 0.216, 0.214}, {5.778, 0.342, 0.154}},
     {{3.115, 0.289, 0.084}, {9.121, 0.558, 0.085}},
     1.050,
     0.000,
     1.839},
};

}  // namespace globular
