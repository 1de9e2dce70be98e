#include "drift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace globular {

void Drift::start(std::size_t k) { drift_.assign(k, 0.0); }

// A row of cluster j loses the way of center j, and the longest way of any other.
void Drift::follow(const std::vector<double>& ways, std::size_t d, double extent) {
    double longest = 0.0, second = 0.0;
    for (const double way : ways) {
        second = std::max(second, std::min(longest, way));
        longest = std::max(longest, way);
    }
    const double rounding = rounding_of_q(d, extent);
    up_.resize(ways.size());
    for (std::size_t j = 0; j < ways.size(); ++j) {
        const double other = ways[j] == longest ? second : longest;
        drift_[j] += (ways[j] + other) * (1.0 + 1e-9) + rounding;
        up_[j] = std::nextafter(static_cast<float>(drift_[j]), std::numeric_limits<float>::infinity());
    }
}

}  // namespace globular
