// The native tests: at every level this machine runs, and at the shape of one it may not.
#include "criteria.hpp"
#include "curve.hpp"
#include "labels.hpp"
#include "passes.hpp"
#include "sparse.hpp"
#include "sums.hpp"
#include "teams.hpp"

namespace globular::wide {
extern const Kernels& kernels;
}

int main() {
    using namespace globular;
    using namespace globular::tests;
    Random random(1);
    for (const std::string weighing : {"none", "whole", "heavy", "fractional"})
        for (const std::size_t d : {1, 3, 17}) test_sums(weighing, 301, d, random);
    test_repeats(random);
    test_grids();
    test_excess(random);
    test_accumulator(random);
    test_doubled();
    test_chunks();
    test_processors();
    test_failures();
    test_interruption();
    test_threads_change_nothing();
    test_transform();
    test_distinct_rows<float>(1, 1, 1);
    test_distinct_rows<double>(100, 3, 20);
    test_distinct_rows<float>(30'000, 2, 5'000);
    test_distinct_rows<double>(30'000, 7, 1'000'000);
    test_square_runs(random);
    test_work_of_square_runs(random);
    test_sparse_draws(random);
    test_dips();

    std::vector<const Kernels*> levels = available_levels();
    levels.push_back(&wide::kernels);
    for (const Kernels* kernels : levels) {
        std::printf("level %s\n", kernels->name);
        test_curve(*kernels);
        test_sorted<float>(*kernels);
        test_sorted<double>(*kernels);
        test_labels<float>(*kernels);
        test_labels<double>(*kernels);
        test_wide_rows<float>(*kernels);
        test_wide_rows<double>(*kernels);
        test_groups_of_centers<float>(*kernels);
        test_groups_of_centers<double>(*kernels);
        test_same_at<float>(*kernels);
        test_same_at<double>(*kernels);
        test_ranges<float>(*kernels);
        test_ranges<double>(*kernels);
        test_depths<float>(*kernels);
        test_depths<double>(*kernels);
        test_own_distances<float>(*kernels);
        test_own_distances<double>(*kernels);
        test_panels(*kernels);
        test_ties(*kernels);
        test_far_centers(*kernels);
        test_close_calls<float>(*kernels);
        test_close_calls<double>(*kernels);
        test_tight_clusters(*kernels);
        test_share_settled(*kernels);
        test_sparse<float>(*kernels);
        test_sparse<double>(*kernels);
        test_cluster_distances<float>(*kernels);
        test_cluster_distances<double>(*kernels);
    }
    std::printf("%ld passed, %ld failed\n", counts.passed, counts.failed);
    return counts.failed == 0 ? 0 : 1;
}
