// Written by `make calibrate`; see work.hpp. A level that is not here has the first one's prices.
// All but "in halves" are of AMD EPYC, 2 CPUs, 2 threads, level avx512; globular 0.1.0, scikit-learn 1.9.1,
// numpy 2.4.6 (scipy-openblas 0.3.31.188.0), Python 3.11.7
#pragma once

#include "work.hpp"

namespace globular {

inline constexpr Prices kPrices[] = {
    {"avx512",
     {{0.270, 0.015, 0.011}, {0.874, 0.016, 0.011}},
     {{0.752, 0.000, 0.009}, {1.439, 0.000, 0.009}},
     0.191,
     0.520,
     0.196},
    {"avx512 in halves",
     {{0.400, 0.037, 0.029}, {0.836, 0.060, 0.019}},
     {{1.311, 0.000, 0.019}, {1.763, 0.002, 0.019}},
     0.246,
     1.044,
     0.274},
    {"avx2",
     {{0.432, 0.036, 0.024}, {1.180, 0.031, 0.027}},
     {{0.735, 0.001, 0.019}, {1.650, 0.015, 0.019}},
     0.283,
     0.803,
     0.226},
    {"baseline",
     {{0.948, 0.297, 0.076}, {2.223, 0.292, 0.076}},
     {{1.772, 0.215, 0.050}, {3.538, 0.220, 0.052}},
     0.286,
     0.434,
     0.738},
};

}  // namespace globular
