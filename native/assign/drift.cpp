#include "drift.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace globular {

namespace {

float rounded_up(double drift) {
    return std::nextafter(static_cast<float>(drift), std::numeric_limits<float>::infinity());
}

}  // namespace

void Drift::start(std::size_t k) {
    drift_.assign(k, 0.0);
    most_ = 0.0;
    most_up_ = 0.0F;
}

// A row of cluster j loses the way of center j, and the longest way of any other.
void Drift::follow(const std::vector<double>& ways, std::size_t d, double extent) {
    double longest = 0.0, second = 0.0;
    for (const double way : ways) {
        second = std::max(second, std::min(longest, way));
        longest = std::max(longest, way);
    }
    const double rounding = rounding_of_q(d, extent);
    const auto lost = [=](double way, double other) { return (way + other) * (1.0 + 1e-9) + rounding; };
    up_.resize(ways.size());
    for (std::size_t j = 0; j < ways.size(); ++j) {
        drift_[j] += lost(ways[j], ways[j] == longest ? second : longest);
        up_[j] = rounded_up(drift_[j]);
    }
    most_ += lost(longest, second);
    most_up_ = rounded_up(most_);
}

}  // namespace globular
