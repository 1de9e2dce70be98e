// Written by `make calibrate`; see work.hpp. A level that is not here has the first one's prices.
// AMD EPYC, 2 CPUs, 2 threads, level avx2; globular 0.1.0, scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7
// AMD EPYC, 2 CPUs, 2 threads, level avx2; globular 0.1.0, scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7
#pragma once

#include "work.hpp"

namespace globular {

inline constexpr Prices kPrices[] = {
    {"avx2",
     {{1.056, 0.038, 0.049}, {3.679, 0.047, 0.060}},
     {{1.809, 0.118, 0.028}, {4.285, 0.020, 0.037}},
     0.698,
     0.000,
     1.094},
    {"baseline",
     {{1.610, 0.359, 0.160}, {5.389, 0.447, 0.078}},
     {{2.958, 0.000, 0.121}, {7.924, 0.626, 0.071}},
     1.134,
     5.719,
     0.418},
};

}  // namespace globular
