// The native tests: at every level this machine runs, and at the shape of one it may not.
//
// `native_tests` runs all of them. `native_tests threads` runs those of threads alone: the thread sanitizer
// learns nothing from the others.
#include <string_view>

#include "criteria.hpp"
#include "curve.hpp"
#include "heads.hpp"
#include "labels.hpp"
#include "passes.hpp"
#include "seeding.hpp"
#include "sparse.hpp"
#include "sums.hpp"
#include "teams.hpp"
#include "threads.hpp"

namespace globular::wide {
extern const Kernels& kernels;
}

namespace {

using namespace globular;
using namespace globular::tests;

using OfLevel = void (*)(const Kernels&);

// Those that take long come first, so that no processor is left alone with one.
constexpr OfLevel kOfLevels[] = {
    test_groups_of_centers<float>,
    test_groups_of_centers<double>,
    test_labels<float>,
    test_labels<double>,
    test_heads<float>,
    test_heads<double>,
    test_wide_rows<float>,
    test_wide_rows<double>,
    test_sparse<float>,
    test_sparse<double>,
    test_curve,
    test_one_cell,
    test_sorted<float>,
    test_sorted<double>,
    test_same_at<float>,
    test_same_at<double>,
    test_ranges<float>,
    test_ranges<double>,
    test_depths<float>,
    test_depths<double>,
    test_own_distances<float>,
    test_own_distances<double>,
    test_value_sums,
    test_panels,
    test_packed_rows<float>,
    test_packed_rows<double>,
    test_used_up,
    test_ties,
    test_far_centers,
    test_close_calls<float>,
    test_close_calls<double>,
    test_rivals,
    test_candidates,
    test_work_of_candidates,
    test_tight_clusters,
    test_share_settled,
    test_cluster_distances<float>,
    test_cluster_distances<double>,
};

const std::vector<Test> kOfNoLevel{
    test_sums,        test_repeats,  test_grids,       test_excess,
    test_accumulator, test_doubled,  test_square_runs, test_work_of_square_runs,
    test_dips,        test_gaps_pay,
};

const std::vector<Test> kOfThreads{
    [] { test_threads_of_a_session<double>(Way::brute, 40'000, 3, 64); },
    [] { test_threads_of_a_session<float>(Way::kanungo, 40'000, 3, 64); },
    [] { test_threads_of_a_session<double>(Way::kanungo, 20'000, 7, 70); },
    [] { test_threads_of_a_session<double>(Way::hamerly, 40'000, 4, 50); },
    [] { test_threads_of_a_session<float>(Way::hamerly, 20'000, 40, 33); },
    [] { test_threads_of_a_session<double>(Way::yinyang, 20'000, 40, 130); },
    [] { test_threads_of_a_session<float>(Way::heads, 20'000, 40, 130); },
    [] { test_threads_of_a_session<float>(Way::automatic, 20'000, 20, 100); },
    test_threads_of_sparse_rows,
    test_threads_of_a_seeding,
    test_threads_of_a_lookup,
    test_threads_of_candidates,
    test_threads_of_silhouettes,
    test_sparse_draws,
    test_sparse_centers,
    test_chunks,
    test_processors,
#if defined(__GLIBC__)
    test_helpers_wait_for_an_instant,
    test_small_calls_add_up,
    test_forks_with_helpers,
#endif
    test_failures,
    test_interruption,
    test_transform,
    test_distinct_rows,
};

}  // namespace

int main(int count, char** arguments) {
    std::vector<Test> tests = kOfThreads;
    if (count < 2 || arguments[1] != std::string_view("threads")) {
        tests.insert(tests.end(), kOfNoLevel.begin(), kOfNoLevel.end());
        std::vector<const Kernels*> levels = available_levels();
        levels.push_back(&wide::kernels);
        for (const Kernels* kernels : levels) std::printf("level %s\n", kernels->name);
        for (const OfLevel test : kOfLevels)
            for (const Kernels* kernels : levels) tests.push_back([=] { test(*kernels); });
    }
    const Counts all = run(tests);
    std::printf("%ld passed, %ld failed\n", all.passed, all.failed);
    return all.failed == 0 ? 0 : 1;
}
