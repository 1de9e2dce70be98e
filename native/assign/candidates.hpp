// The centers that each group of rows must be compared with, kept from one step to the next.
//
// A center that is farther from a whole box than the nearest one, by more than both have gone since, is still
// farther. So boxes are pruned with something to spare, and what they leave is listed: as long as centers
// have not gone that far, a group looks up its list. With centers that still go far every step prunes anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "groups.hpp"

namespace globular {

class Candidates {
 public:
    void start(std::size_t n_groups, std::size_t k);
    // A new step. The centers have gone `gone` since start(), the two that went farthest together, and in this
    // step `step` of that. Boxes reach about `across` from their middle to a corner.
    void begin(double gone, double step, double across);

    // Whether lists are looked up in this step, and if not what pruning has to spare; 0 if nothing is listed.
    bool reading() const { return reading_; }
    float spare() const { return spare_; }

    // Copies the list of a group to `which`; returns how many there are, 0 if there is no list.
    std::size_t read(std::size_t group, std::int32_t* which) const;
    // Lists the candidates of a group, if there is room. Groups of one super group are for one thread.
    void list(std::size_t group, const std::int32_t* which, std::size_t count);

 private:
    std::vector<std::uint32_t> first_;  // of each group, in the entries of its super group
    std::vector<std::uint16_t> count_;
    std::vector<std::vector<std::uint16_t>> entries_;
    bool possible_ = false, reading_ = false;
    float spare_ = 0.0F;
    double gone_ = 0.0;  // when lists were made
};

}  // namespace globular
