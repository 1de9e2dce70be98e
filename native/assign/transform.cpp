#include "transform.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace globular {

template <class T>
bool transform(Rows<T> rows, Rows<double> centers, std::size_t n_threads, const Interrupted& interrupted,
               T* out) {
    const std::size_t n = rows.n, k = centers.n, d = rows.d;
    std::vector<double> columns(d * k);  // feature by feature, so that centers stand side by side
    for (std::size_t j = 0; j < k; ++j)
        for (std::size_t f = 0; f < d; ++f) columns[f * k + j] = centers[j][f];
    const std::size_t per_chunk = std::max<std::size_t>(1, (std::size_t{1} << 17) / (k * (d + 4)));
    n_threads = worthwhile_threads(n_threads, 0.5 * static_cast<double>(n * k) * static_cast<double>(d + 4));
    std::vector<std::vector<double>> sums(n_threads, std::vector<double>(k));
    return for_chunks(n_threads, (n + per_chunk - 1) / per_chunk, interrupted,
                      [&](std::size_t c, std::size_t t) {
                          double* sum = sums[t].data();
                          const std::size_t last = std::min(n, (c + 1) * per_chunk);
                          for (std::size_t i = c * per_chunk; i < last; ++i) {
                              std::fill_n(sum, k, 0.0);
                              for (std::size_t f = 0; f < d; ++f) {
                                  const double x = static_cast<double>(rows[i][f]);
                                  const double* column = columns.data() + f * k;
                                  for (std::size_t j = 0; j < k; ++j) {
                                      const double v = x - column[j];
                                      sum[j] += v * v;
                                  }
                              }
                              for (std::size_t j = 0; j < k; ++j)
                                  out[i * k + j] = static_cast<T>(std::sqrt(sum[j]));
                          }
                      });
}

template bool transform(Rows<float>, Rows<double>, std::size_t, const Interrupted&, float*);
template bool transform(Rows<double>, Rows<double>, std::size_t, const Interrupted&, double*);

}  // namespace globular
