// Written by `make calibrate`; see work.hpp. A level that is not here has the first one's prices.
// AMD EPYC, 2 CPUs, 2 threads, level avx2; globular 0.1.0, scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7
// AMD EPYC, 2 CPUs, 2 threads, level avx2; globular 0.1.0, scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7
#pragma once

#include "work.hpp"

namespace globular {

inline constexpr Prices kPrices[] = {
    {"avx2",
     {{1.683, 0.065, 0.049}, {4.427, 0.089, 0.022}},
     {{2.744, 0.046, 0.028}, {5.180, 0.076, 0.031}},
     1.558,
     0.000,
     1.695},
    {"baseline",
     {{3.099, 0.404, 0.117}, {6.487, 0.421, 0.104}},
     {{4.399, 0.212, 0.083}, {8.729, 0.467, 0.076}},
     2.860,
     0.000,
     2.858},
};

}  // namespace globular
