// How far centers have gone since a row was last looked at: what eats up its gap (see session.hpp).
#pragma once

#include <cstddef>
#include <vector>

namespace globular {

// What q itself rounds, now and in the labels, in proportion to the longest distances: a bound loses it in
// each step.
inline double rounding_of_q(std::size_t d, double extent) {
    return (static_cast<double>(d) + 4.0) * 0x1p-50 * extent;
}

class Drift {
 public:
    void start(std::size_t k);
    // Counts the ways that the centers, of d features, have gone at most. No row is farther from any than
    // `extent`. All scaled as the filter's rows are.
    void follow(const std::vector<double>& ways, std::size_t d, double extent);
    // What row of cluster j has lost so far, rounded up.
    const float* data() const { return up_.data(); }
    float operator[](std::size_t j) const { return up_[j]; }
    // The same of a row of whatever cluster.
    float most() const { return most_up_; }

 private:
    std::vector<double> drift_;
    std::vector<float> up_;
    double most_ = 0.0;
    float most_up_ = 0.0F;
};

}  // namespace globular
