// What an E-step learned, where its sums are kept: all that the M-step needs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "../assign/step_counts.hpp"
#include "arrays.hpp"

namespace globular {

// Means and cost follow from the sums cluster by cluster in one go, and the loop asks for both about the same
// centers: what was not asked for stays for the next question, and no longer.
class Summed {
 public:
    StepCounts counts;
    std::size_t n_threads;  // that the M-step may use
    nb::object frame;       // a Frame
    std::shared_ptr<const ClusterSums> sums;

    Summed(StepCounts step, std::size_t threads, nb::object of_frame,
           std::shared_ptr<const ClusterSums> learned)
        : counts(step), n_threads(threads), frame(std::move(of_frame)), sums(std::move(learned)) {}

    const Frame& the_frame() const { return *nb::inst_ptr<Frame>(frame); }
    // The weight of a cluster.
    double size(std::size_t j) const;
    // The clusters without a point, ascending.
    std::vector<std::int64_t> empty() const;
    // The mean of each cluster; an empty cluster keeps its center.
    Array<double> means(const Centers& centers);
    // The weighted squared distance of the points to the centers.
    double cost(const Centers& centers, const Spread& spread);

 private:
    struct Learned {
        Centers about;
        Array<double> means;
        std::vector<Excess> excess;
    };
    std::optional<Learned> beside_;

    Learned learn(const Centers& centers) const;
    // What is known about these centers, and no longer kept.
    Learned take(const Centers& centers);
};

}  // namespace globular
