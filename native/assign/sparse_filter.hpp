// Labels of sparse rows: the filter of filter.hpp for rows that are never unpacked.
//
// The rows stay as they are; only the centers are packed, in panels. Rows are not moved to their middle
// (they would no longer be sparse) and the scale is 1 unless the values are very large or small. A
// squared distance is |y|^2 + |z|^2 - 2 y.z, summed in float32 in runs of 256 entries: with m entries in
// the longest row it is off by (min(m, 256) + m / 256 + 9) u (|y|^2 + |z|^2), rounding of the copies
// included. What that cannot decide, the same sum in float64 does; q decides what is left, by all d
// features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../aligned.hpp"
#include "../frame.hpp"
#include "../level/kernels.hpp"
#include "../rows.hpp"
#include "../sparse_centers.hpp"

namespace globular {

// Centers packed for one E-step.
struct SparsePanels {
    const SparseCenters* exact = nullptr;
    std::vector<double> lengths_sq;  // of the exact ones
    double longest_sq = 0.0;
    Aligned<float> panels;
    std::vector<double> ways;  // scaled, that each center may have gone from the one packed before; or zero
    Pass pass{};
    double reach = 0.0;  // the longest center, scaled
    bool useless = false;
};

template <class T>
class SparseFilter {
 public:
    // What one thread needs to settle a row.
    struct Scratch {
        std::vector<double> distance;
        std::vector<std::int32_t> candidates;
    };

    SparseFilter(SparseRows<T> rows, const Range& range, const Kernels& kernels);
    // Packs centers, into memory that may have held some before.
    void pack(const SparseCenters& centers, std::size_t n_threads, SparsePanels& out) const;
    static Scratch scratch(std::size_t k) { return {std::vector<double>(k), {}}; }
    // Labels the n rows named in `which`, and gives gaps as the kernels define them. Returns how many
    // rows float32 could not decide.
    std::size_t label(const SparsePanels& centers, const std::uint32_t* which, std::size_t n,
                      std::int32_t* labels, float* gaps, Scratch& scratch) const;
    double longest() const { return longest_length_; }  // of the rows, scaled

 private:
    SparseRows<T> rows_;
    const Kernels* kernels_;
    double scale_ = 1.0;
    bool useless_ = false;
    std::size_t most_entries_ = 0;  // in a row
    double longest_length_ = 0.0;
    static constexpr std::size_t kStrip =
        256;  // features of all centers of a panel: so lines are filled at once
    // Of one center in a strip: of its coordinates, scaled and exact, and of the way from the one before.
    struct SquaresOfStrip {
        double scaled = 0.0, exact = 0.0, way = 0.0;
        void operator+=(const SquaresOfStrip& other) {
            scaled += other.scaled;
            exact += other.exact;
            way += other.way;
        }
    };
    void pack_strip(const SparseCenters& centers, std::size_t from, std::size_t n, std::size_t first,
                    std::size_t last, bool before, std::size_t width, float* panel,
                    SquaresOfStrip* added) const;
    void finish(std::size_t n_panels, std::size_t width, double reach_sq, SparsePanels& out) const;
    std::int32_t settle(const SparsePanels& centers, std::size_t row, Scratch& scratch) const;
    double q_of(const SparseCenters& centers, std::size_t row, std::size_t j) const;
};

}  // namespace globular
