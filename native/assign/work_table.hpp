// Written by `make calibrate`; see work.hpp. A level that is not here has the first one's prices.
// AMD EPYC, 2 CPUs, 2 threads, level avx512; globular 0.1.0, scikit-learn 1.9.1, numpy 2.4.6 (scipy-openblas
// 0.3.31.188.0), Python 3.11.7
#pragma once

#include "work.hpp"

namespace globular {

inline constexpr Prices kPrices[] = {
    {"avx512",
     {{0.309, 0.017, 0.012}, {0.990, 0.018, 0.013}},
     {{0.724, 0.000, 0.012}, {2.124, 0.000, 0.012}},
     0.133,
     0.581,
     0.496},
    {"avx2",
     {{0.512, 0.038, 0.029}, {1.387, 0.045, 0.028}},
     {{0.731, 0.000, 0.025}, {2.589, 0.063, 0.019}},
     0.182,
     0.756,
     0.439},
    {"baseline",
     {{0.997, 0.322, 0.086}, {2.427, 0.318, 0.087}},
     {{1.959, 0.232, 0.056}, {3.890, 0.224, 0.058}},
     0.339,
     0.274,
     0.868},
};

}  // namespace globular
