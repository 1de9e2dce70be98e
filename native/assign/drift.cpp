#include "drift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../distance.hpp"

namespace globular {

void Drift::start(std::size_t k) {
    drift_.assign(k, 0.0);
    centers_.clear();
}

// A row of cluster j loses the way of center j, and the longest way of any other.
void Drift::follow(Rows<double> centers, double scale, double extent) {
    const std::size_t k = centers.n, d = centers.d;
    if (!centers_.empty()) {
        std::vector<double> way(k);
        double longest = 0.0, second = 0.0;
        for (std::size_t j = 0; j < k; ++j) {
            way[j] = std::sqrt(q(centers[j], &centers_[j * d], d)) * scale;
            second = std::max(second, std::min(longest, way[j]));
            longest = std::max(longest, way[j]);
        }
        // What q itself rounds, here and in the labels, in proportion to the longest distances.
        const double rounding = (static_cast<double>(d) + 4.0) * 0x1p-50 * extent;
        for (std::size_t j = 0; j < k; ++j) {
            const double other = way[j] == longest ? second : longest;
            drift_[j] += (way[j] + other) * (1.0 + 1e-9) + rounding;
        }
    }
    centers_.assign(centers.data, centers.data + k * d);
    up_.resize(k);
    for (std::size_t j = 0; j < k; ++j)
        up_[j] = std::nextafter(static_cast<float>(drift_[j]), std::numeric_limits<float>::infinity());
}

}  // namespace globular
