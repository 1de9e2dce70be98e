// How far centers have gone since a row was last looked at: what eats up its gap (see session.hpp).
#pragma once

#include <cstddef>
#include <vector>

#include "../rows.hpp"

namespace globular {

class Drift {
 public:
    void start(std::size_t k);
    // Counts the way from the last centers to these, scaled. No row is farther from any than `extent`,
    // scaled.
    void follow(Rows<double> centers, double scale, double extent);
    // Counts the ways that the centers, of d features, have gone at most.
    void follow(const std::vector<double>& ways, std::size_t d, double extent);
    // What row of cluster j has lost so far, rounded up.
    const float* data() const { return up_.data(); }
    float operator[](std::size_t j) const { return up_[j]; }

 private:
    std::vector<double> centers_, drift_;
    std::vector<float> up_;
};

}  // namespace globular
