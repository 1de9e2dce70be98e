"""Deliberate breakages of the sources, each with the law that must notice: what `mutants.py` tries."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """A change of one text in one file, and the test that must fail then."""

    file: str
    old: str
    new: str
    test: str


FILTER, SESSION, FRAME = "native/assign/filter_centers.cpp", "native/assign/session.cpp", "native/frame.cpp"
EM, FIELD, SUM = "src/globular/em.py", "native/seed/field.cpp", "native/exact_sum.cpp"
FINISH, ROWS = "src/globular/finish.py", "native/level/row_sums.hpp"
LEARN = "native/level/learn.hpp"
BLOCKS = "native/seed/blocks.hpp"
RUNS, SPARSE = "native/assign/square_runs.cpp", "native/assign/sparse_filter.cpp"

MINIBATCH, GRAPH, DIAGNOSE = (
    "src/globular/minibatch.py",
    "src/globular/features/graph.py",
    "src/globular/diagnostics/diagnose.py",
)

MUTATIONS = [
    # The algorithms: limits that go stale, merged rows, blocks passed over, sparse centers.
    Mutation(
        SESSION,
        "if (limited_ && !by_gaps_)",
        "if (false)",
        "laws/test_sessions.py::test_rows_that_change_while_no_gaps_are_found_are_looked_at_again",
    ),
    Mutation(
        "src/globular/merge.py",
        "problem.weights, len(rows)",
        "None, len(rows)",
        "laws/test_algorithms.py::test_every_algorithm_gives_the_bits_of_the_reference",
    ),
    Mutation(
        "native/distinct.cpp",
        "&& equal(rows, first, i)",
        "|| i % 2 == 0",
        "laws/test_algorithms.py::test_every_algorithm_gives_the_bits_of_the_reference",
    ),
    Mutation(
        BLOCKS,
        "static_cast<double>(screening_->limit(farthest))",
        "0.5 * static_cast<double>(screening_->limit(farthest))",
        "laws/test_draws.py::test_blocks_that_are_passed_over_hold_no_row_that_a_new_center_takes",
    ),
    Mutation(
        FIELD,
        "if (n_near > 0) find_farthest(b);",
        "if (false) find_farthest(b);",
        "laws/test_draws.py::test_points_close_together_beside_one_far_away_are_still_distinct",
    ),
    Mutation(
        "native/assign/sparse_filter.cpp",
        "for (; entry < end; ++entry) add(",
        "for (; false; ++entry) add(",
        "laws/test_sparse.py::test_of_sparse_centers_that_are_equally_far_the_first_has_the_row",
    ),
    # Mini-batches, graphs, diagnoses, matching.
    Mutation(
        MINIBATCH,
        "(state.seen / seen) ** fading",
        "1.0 ** fading",
        "estimators/test_minibatch_kmeans.py::test_a_bad_start_is_forgotten_though_many_rows_saw_it",
    ),
    Mutation(
        MINIBATCH,
        "gains[row] = 0.0",
        "pass",
        "estimators/test_minibatch_kmeans.py::test_a_center_that_no_row_needs_moves_where_rows_do_but_not_to_an_outlier",
    ),
    Mutation(
        MINIBATCH,
        "while result.cost > 0 and (",
        "while False and (",
        "estimators/test_minibatch_kmeans.py::test_clusters_that_one_step_leaves_empty_are_filled_by_further_ones",
    ),
    Mutation(
        MINIBATCH,
        "u * self.running[-1]",
        "u * len(self.running)",
        "estimators/test_minibatch_kmeans.py::test_a_row_of_weight_three_is_drawn_as_the_row_three_times",
    ),
    Mutation(
        GRAPH,
        "np.argsort(np.concatenate(values)",
        "np.argsort(-np.concatenate(values)",
        "estimators/test_spectral_clustering.py::test_fewer_pieces_than_clusters_are_cut_where_they_are_thin",
    ),
    Mutation(
        GRAPH,
        "int(np.argmin(weight))",
        "int(np.argmax(weight))",
        "estimators/test_spectral_clustering.py::test_more_pieces_than_clusters_are_joined_to_the_nearest",
    ),
    Mutation(
        GRAPH,
        "1 - values[order]",
        "values[order]",
        "estimators/test_spectral_clustering.py::test_fewer_pieces_than_clusters_are_cut_where_they_are_thin",
    ),
    Mutation(
        GRAPH,
        "/ DENSITY_RANGE, DENSITY_RANGE) ** 2",
        "/ 1.0, 1.0)",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutation(
        "src/globular/diagnostics/look.py",
        "THINNER = 7.0",
        "THINNER = 2.0",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutation(
        DIAGNOSE,
        "and found.moved > found.unsure",
        "",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutation(
        "src/globular/diagnostics/null.py",
        "saved > max(FAR_BETTER, 6.0 * error)",
        "saved > 0",
        "unit/test_work_of_a_diagnosis.py::test_more_sets_are_drawn_where_two_leave_it_open",
    ),
    Mutation(
        "src/globular/diagnostics/gaussians.py",
        "now + left * (now - before) < beat",
        "now < beat",
        "unit/test_work_of_a_diagnosis.py::test_forms_that_are_left_out_were_not_as_good",
    ),
    Mutation(
        "src/globular/selection/valley.py",
        "line.apart < HALVES and",
        "line.apart < 9 and",
        "unit/test_work_of_a_diagnosis.py::test_halves_of_one_are_the_borders_that_are_refuted",
    ),
    Mutation(
        "src/globular/diagnostics/null.py",
        "away = downhill(away, turned.shape[1])",
        "pass",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutation(
        MINIBATCH,
        "problem.n <= MOST_AS_A_SET",
        "False",
        "estimators/test_every_estimator.py::test_neither_order_nor_repetition_changes_a_fit",
    ),
    Mutation(
        "src/globular/estimators/spectral.py",
        "            self.__dict__ = before",
        "            pass",
        "estimators/test_every_estimator.py::test_bad_points_are_refused_and_the_model_stays_as_it_was",
    ),
    Mutation(
        "src/globular/diagnostics/matching.py",
        "maximize=True",
        "maximize=False",
        "unit/test_matching.py::test_no_one_to_one_matching_gets_more_rows_right",
    ),
    # Labels: margins, ties, settling.
    Mutation(
        "native/assign/rounding.hpp",
        "kSafety = 1.02",
        "kSafety = 0.0",
        "laws/test_labels.py::test_labels_equal_brute_force",
    ),
    Mutation(
        FILTER,
        "kSafety * 4.0 * kU * reach",
        "kSafety * 0.01 * kU * reach",
        "laws/test_labels.py::test_points_close_to_the_middle_between_two_centers_have_right_labels",
    ),
    Mutation(
        "native/assign/rounding.hpp",
        "return 2.0 + std::min",
        "return 0.0 * std::min",
        "laws/test_labels.py::test_rows_whose_float32_sums_all_round_one_way_have_right_labels",
    ),
    Mutation(
        FILTER, "2.0 * along[e]", "1.0 * along[e]", "laws/test_labels.py::test_labels_equal_brute_force"
    ),
    Mutation(
        "native/distance.hpp",
        "if (v < best_q)",
        "if (v <= best_q)",
        "laws/test_labels.py::test_the_lowest_index_wins_a_tie",
    ),
    Mutation(
        "native/distance.hpp",
        "double s = 0.0;",
        "float s = 0.0F;",
        "laws/test_labels.py::test_labels_equal_brute_force",
    ),
    Mutation(
        "native/level/words.hpp",
        "second = smaller(second, larger(best, word));",
        "second = smaller(second, word);",
        "laws/test_labels.py::test_at_most_one_row_in_a_hundred_is_checked_again",
    ),
    Mutation(
        FILTER,
        "off = (d + 2.0) * kU + lost",
        "off = -4.0 * kU",
        "laws/test_labels.py::test_the_lowest_index_wins_a_tie",
    ),
    Mutation(
        FILTER,
        "wanted == Wanted::labels && far_apart",
        "far_apart",
        "laws/test_sessions.py::test_a_session_of_some_size_is_right_on_a_long_walk",
    ),
    Mutation(
        "native/level/points_in_lanes.hpp",
        "lanes_of(changed | doubtful)",
        "lanes_of(changed)",
        "laws/test_sessions.py::test_rows_that_change_by_less_than_float32_can_tell_are_not_passed_over",
    ),
    Mutation(
        FILTER,
        "if (way_sq <= enough)",
        "if (way_sq < 0.0)",
        "laws/test_labels.py::test_two_centers_in_a_tight_cluster_are_told_apart_without_q",
    ),
    Mutation(
        "native/binding/arrays.hpp",
        "const PlainArithmetic plain;",
        "",
        "faults/test_arithmetic.py::test_labels_are_right_where_small_numbers_are_lost",
    ),
    Mutation(
        "native/level/row_sums.hpp",
        "*sums_of(from[which[e]], 1) -= low;",
        "*sums_of(from[which[e]], 1) += low;",
        "laws/test_sessions.py::test_rows_that_change_by_less_than_float32_can_tell_are_not_passed_over",
    ),
    Mutation(
        "native/level/words.hpp",
        "void see(Float gap) { any |= ~(gap > Float{}); }",
        "void see(Float gap) { any = ~(gap > Float{}); }",
        "laws/test_labels.py::test_labels_equal_brute_force",
    ),
    # Sessions: drift of the centers, rows moved.
    Mutation(
        "native/assign/drift.cpp",
        "drift_[j] += lost(ways[j], ways[j] == longest ? second : longest)",
        "drift_[j] += 0.5 * ways[j]",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutation(
        SESSION,
        "sums.move(*frame_, *kernels_, static_cast<std::size_t>(from)",
        "sums.move(*frame_, *kernels_, static_cast<std::size_t>(to)",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutation(
        FILTER,
        "way = before ? std::sqrt",
        "way = before ? 0.1 * std::sqrt",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutation(
        SESSION,
        "if (worker.touched[j] && worker.sums",
        "if (j && worker.sums",
        "laws/test_sessions.py::test_a_session_of_some_size_is_right_on_a_long_walk",
    ),
    Mutation(
        SESSION,
        "sums_.use_count() > 1",
        "sums_.use_count() > 99",
        "laws/test_sessions.py::test_a_tally_stays_as_it_was_whatever_the_session_does_next",
    ),
    Mutation(
        ROWS,
        "sums + static_cast<std::size_t>(from[which[e]]) * size",
        "sums + static_cast<std::size_t>(from[which[0]]) * size",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutation(
        "native/frame.hpp",
        "*weight_of(static_cast<std::size_t>(from[which[e]])) -= 1.0;",
        "*weight_of(static_cast<std::size_t>(from[e])) -= 1.0;",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutation(
        "native/level/listing.hpp",
        "(load(gaps + e) + of(labels + e)) * kDown",
        "(load(gaps + e) + 2.0F * of(labels + e)) * kDown",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    # The final cost: values cut in two, and what that leaves; distances of few features.
    Mutation(
        "native/level/value_sums.hpp",
        "return some_left == 0;",
        "return true;",
        "laws/test_cost.py::test_a_row_beside_its_center_breaks_a_tie_of_the_final_cost",
    ),
    Mutation(
        "native/level/value_sums.hpp",
        "low += cut_rest;",
        "low = cut_rest;",
        "laws/test_cost.py::test_the_final_cost_is_that_of_all_rows_rounded_once",
    ),
    Mutation(
        "native/level/own_distances.hpp",
        "(rows, own, q + t * t)",
        "(rows, own, t * t + q * 1.0000000000000002)",
        "laws/test_cost.py::test_the_final_cost_is_that_of_all_rows_rounded_once",
    ),
    # Groups of centers: their drift, rows that changed, the group's own margin.
    Mutation(
        "native/assign/center_groups.cpp",
        "drift_[g] += longest[g] * (1.0 + 1e-9) + rounding",
        "drift_[g] += 0.5 * longest[g]",
        "laws/test_sessions.py::test_a_session_of_some_size_is_right_on_a_long_walk",
    ),
    Mutation(
        "native/assign/session_center_groups.cpp",
        "center_groups_.limits(chunk, left)[row] = 0.0F;",
        "",
        "laws/test_sessions.py::test_rows_come_back_to_a_group_of_centers_where_nothing_else_is_near",
    ),
    Mutation(
        SESSION,
        "if (center_groups_) center_groups_.forget(p);",
        "",
        "laws/test_sessions.py::test_bounds_hold_among_centers_nowhere_apart_and_along_a_line_where_no_way_is_wasted",
    ),
    # Heads: when they are given up, what the axes leave, the middle, and rows that have no label yet.
    Mutation(
        "native/assign/work.hpp",
        "pay_ = pay_ && heads >= kSpare * distances;",
        "",
        "laws/test_algorithms.py::test_heads_are_asked_for_as_long_as_they_spare_most",
    ),
    Mutation(
        SESSION,
        "heads_pay_ = {};",
        "",
        "laws/test_algorithms.py::test_heads_are_asked_for_as_long_as_they_spare_most",
    ),
    Mutation(
        "native/assign/heads.cpp",
        "head[n_axes_] = rest(norm, head_sq, 0.0);",
        "head[n_axes_] = 0.0F;",
        "laws/test_algorithms.py::test_with_many_rows_too",
    ),
    Mutation(
        "native/assign/heads.cpp",
        "- shift_[j])",
        ")",
        "laws/test_algorithms.py::test_with_many_rows_too",
    ),
    Mutation(
        "native/assign/session_center_groups.cpp",
        "labels = guess(pass, first, n, worker);",
        "labels = worker.labels.data(), std::fill_n(worker.labels.data(), n, 0), "
        "std::iota(worker.active.data(), worker.active.data() + n, 0U);",
        "laws/test_algorithms.py::test_no_algorithm_does_more_work_than_it_says",
    ),
    Mutation(
        "native/assign/session_boxes.cpp",
        "group_label == kMixed ? drift_.most()",
        "group_label == kMixed ? 0.5F * drift_.most()",
        "laws/test_sessions.py::test_rows_laid_out_in_space_are_right_on_a_walk_over_every_kind_of_data",
    ),
    Mutation(
        "native/assign/session_boxes.cpp",
        "std::min(look_at_group(packed, g, worker), gap)",
        "(look_at_group(packed, g, worker), gap)",
        "laws/test_sessions.py::test_rows_laid_out_in_space_are_right_on_a_walk_over_every_kind_of_data",
    ),
    Mutation(
        "native/assign/session_boxes.cpp",
        "group_labels_[g] = one ? labels[first] : kMixed;",
        "group_labels_[g] = labels[first];",
        "laws/test_sessions.py::test_rows_are_laid_out_in_space_once_steps_have_cost_enough_and_stay_right",
    ),
    Mutation(
        "native/seed/field.cpp",
        "all_below || after.value() > target",
        "all_below || after.value() < target",
        "laws/test_draws.py::test_engines_pick_the_same_rows_of_data_far_apart",
    ),
    # Sums: pieces, weights, merging.
    Mutation(
        "native/frame.hpp",
        "(t - high)",
        "(0.0 * high)",
        "laws/test_same_bits.py::test_every_engine_gives_the_bits_of_the_reference",
    ),
    Mutation(
        ROWS,
        "((t - high) + small)",
        "((0.0 * high) + small)",
        "laws/test_same_bits.py::test_every_engine_gives_the_bits_of_the_reference",
    ),
    Mutation(
        SUM,
        "out[p] *= w;",
        "out[p] *= 1.0;",
        "laws/test_weights.py::test_a_weight_of_three_is_the_row_three_times",
    ),
    Mutation(
        SUM,
        "rest = (rest - out[p]) + below;",
        "rest = rest - out[p];",
        "laws/test_same_bits.py::test_every_engine_gives_the_bits_of_the_reference",
    ),
    Mutation(
        FRAME,
        "+= sign * other.sums[from * p * d + e]",
        "+= (float)(sign * other.sums[from * p * d + e])",
        "laws/test_same_bits.py::test_threads_and_levels_change_no_bit",
    ),
    Mutation(
        LEARN,
        "exact_product(c.hi, w)",
        "exact_product(c.hi, w / w)",
        "laws/test_cost.py::test_the_cost_never_rises_even_where_empty_clusters_are_filled",
    ),
    Mutation(
        LEARN,
        "return is_short ? q :",
        "return true ? q :",
        "laws/test_same_bits.py::test_every_engine_gives_the_bits_of_the_reference",
    ),
    # Seeding.
    Mutation(
        BLOCKS,
        "return !(near.distance < nearest_[near.position]);",
        "return false;",
        "laws/test_draws.py::test_points_close_together_beside_one_far_away_are_still_distinct",
    ),
    Mutation(
        FIELD,
        "return piece == 0.0;",
        "return piece == 1e300;",
        "laws/test_extremes.py::test_the_scale_of_the_data_is_no_trouble",
    ),
    Mutation(
        "native/seed/field.hpp",
        "grid_.cut(distance, weights_[row], out);",
        "grid_.cut(distance, out);",
        "laws/test_draws.py::test_the_first_two_picks_follow_the_theory",
    ),
    Mutation(
        "native/draw.hpp",
        "(index + 1)",
        "(index | 1)",
        "laws/test_draws.py::test_the_first_two_picks_follow_the_theory",
    ),
    Mutation(
        "native/seed/canonical.cpp",
        "by_values != 0 ? by_values < 0 : layout",
        "false ? true : layout",
        "laws/test_sets_of_rows.py::test_the_order_of_the_rows_is_of_no_account",
    ),
    Mutation(
        "native/seed/canonical.cpp",
        "bits + half) >> kDropped << kDropped",
        "bits)",
        "laws/test_sets_of_rows.py::test_engines_draw_the_same_points",
    ),
    Mutation(
        BLOCKS,
        "floor_ = off_ * off_ * (1.0 + 1.0 / kLoose) * more + 0x1p-100;",
        "floor_ = 0.0;",
        "laws/test_sets_of_rows.py::test_engines_draw_the_same_points",
    ),
    Mutation(
        BLOCKS,
        "slope_ = (1.0 + kLoose) * more;",
        "slope_ = 0.99;",
        "laws/test_sets_of_rows.py::test_sparse_rows_draw_like_dense_ones",
    ),
    Mutation(
        FIELD,
        "w.change.take_from(&sums_.piece[b * sums_.pieces], b);",
        "w.change.take_from(&sums_.piece[0], b);",
        "laws/test_draws.py::test_no_point_is_picked_twice_while_distinct_ones_remain",
    ),
    Mutation(
        "native/level/row_hashes.hpp",
        "(rough & kNoSign) == 0 ? Bits{} : mixed(rough + salt)",
        "mixed(rough + salt)",
        "laws/test_draws.py::test_the_canonical_order_is_that_of_hashes_and_then_of_values",
    ),
    Mutation(
        "native/seed/judges.hpp",
        "std::max(nearest - q, 0.0)",
        "nearest",
        "laws/test_draws.py::test_of_candidates_that_are_as_good_as_equal_the_best_is_found",
    ),
    Mutation(
        BLOCKS,
        "return kMargin * (2.0",
        "return 0.0 * (kMargin",
        "laws/test_draws.py::test_of_candidates_that_are_as_good_as_equal_the_best_is_found",
    ),
    Mutation(
        BLOCKS,
        "if (known_) return known_[(first_ + g) / kGroup];",
        "if (known_) return known_[first_ / kGroup];",
        "laws/test_draws.py::test_blocks_that_are_passed_over_hold_no_row_that_a_new_center_takes",
    ),
    Mutation(
        "src/globular/engines/__init__.py",
        "least = least_row(there)",
        "least = 0",
        "laws/test_sets_of_rows.py::test_of_equally_far_rows_the_same_fills_an_empty_cluster",
    ),
    Mutation(
        FIELD,
        "best(drawn.data(), count) : 0",
        "count - 1 : 0",
        "oracle/test_scikit_learn.py::test_our_seeding_is_no_worse_than_theirs",
    ),
    # Threads that wait for an instant.
    Mutation(
        "native/waiting_threads.cpp",
        "    } while (Clock::now() < end);",
        "    } while (true);",
        "faults/test_forks.py::test_no_thread_is_left_a_moment_after_a_fit",
    ),
    Mutation(
        "native/assign/work.cpp",
        "if (dearer(share_) < 0.0 || lost_ < dearer(1.0)) return true;",
        "if (dearer(share_) < 0.0) return true;",
        "laws/test_algorithms.py::test_gaps_are_not_given_up_for_one_dear_step",
    ),
    # Criteria.
    Mutation(
        "native/criteria/silhouette.cpp",
        "weight_[j] - std::min(weights[i], 1.0)",
        "weight_[j] - weights[i]",
        "laws/test_silhouettes.py::test_silhouettes_are_their_definition",
    ),
    Mutation(
        "native/level/distance_sums.hpp",
        "wide(weights + v * kDoubles) * wide_root",
        "wide_root",
        "laws/test_silhouettes.py::test_silhouettes_are_their_definition",
    ),
    Mutation(
        "native/criteria/dip.cpp",
        "if (apart <= twice) break;",
        "if (apart <= 3 * twice) break;",
        "oracle/test_criteria.py::test_the_dip_is_the_distance_to_the_nearest_distribution_with_one_mode",
    ),
    Mutation(
        "src/globular/selection/silhouette.py",
        "own[rows] *= grow",
        "own[rows] *= 1",
        "laws/test_silhouettes.py::test_the_closed_form_for_squared_distances_is_exact",
    ),
    Mutation(
        "src/globular/selection/valley.py",
        "c = np.divide(one, rest",
        "c = np.divide(0 * one, rest",
        "oracle/test_criteria.py::test_a_point_has_no_part_in_the_mean_it_is_measured_by",
    ),
    Mutation(
        "src/globular/selection/valley.py",
        "return self.n_unclear == 0",
        "return self.n_unclear < 99",
        "laws/test_choose_k.py::test_planted_clusters_are_counted",
    ),
    Mutation(
        "src/globular/selection/choose.py",
        "points = off_the_grid(",
        "points = None and (",
        "laws/test_choose_k.py::test_whole_numbers_at_random_are_no_clusters",
    ),
    Mutation(
        "src/globular/selection/path.py",
        "result.cost < self.best[k].cost",
        "result.cost > self.best[k].cost",
        "laws/test_choose_k.py::test_planted_clusters_are_counted",
    ),
    # The loop.
    Mutation(
        EM,
        "for j, rows in zip(tally.empty,",
        "for j, rows in zip(tally.empty[:0],",
        "laws/test_cost.py::test_an_empty_cluster_is_given_the_farthest_point",
    ),
    Mutation(
        FINISH,
        "else engine.e_step(final)",
        "else engine.e_step(centers + 0.01)",
        "laws/test_answers_agree.py::test_labels_and_cost_describe_the_centers_however_the_fit_ended",
    ),
    Mutation(
        FINISH,
        "final = rounded(centers, dtype)",
        "final = centers",
        "laws/test_answers_agree.py::test_labels_and_cost_describe_the_centers_however_the_fit_ended",
    ),
    Mutation(
        EM,
        "(more and deadline.passed)",
        "False",
        "estimators/test_long_work.py::test_no_centers_are_chosen_when_the_time_is_over",
    ),
    Mutation(
        EM,
        "shift_sq=shift_sq,",
        "shift_sq=float(np.vdot(turn.after - turn.before, turn.after - turn.before)),",
        "faults/test_levels.py::test_the_kernels_of_blas_have_no_say_in_what_a_step_reports",
    ),
    # Sparse points: sums by runs, skipped distances, drift from the packed copies.
    Mutation(
        "native/assign/square_runs.hpp",
        "if (odd) sum +=",
        "if (false) sum +=",
        "laws/test_sparse.py::test_the_cost_over_many_features_has_the_bits_of_the_dense_one",
    ),
    Mutation(
        "native/assign/square_runs.hpp",
        "e == first_entry ? from_zero",
        "at == begin_ ? from_zero",
        "laws/test_sparse.py::test_a_sparse_fit_has_the_bits_of_the_dense_one",
    ),
    Mutation(
        "native/frame.cpp",
        "std::exchange(weight_, 0.0)",
        "weight_",
        "laws/test_sparse.py::test_a_sparse_fit_has_the_bits_of_the_dense_one",
    ),
    Mutation(
        RUNS,
        "if (end < last) s += squares_[at++], ++work_;",
        "if (end < last) ++at;",
        "laws/test_sparse.py::test_labels_of_a_walk_are_those_of_q",
    ),
    Mutation(
        BLOCKS,
        "> limit + off",
        "> 0.5 * limit",
        "laws/test_sparse.py::test_a_sparse_fit_has_the_bits_of_the_dense_one",
    ),
    Mutation(
        SPARSE,
        "kFarthest ? way :",
        "kFarthest ? 0.1 * way :",
        "laws/test_sparse.py::test_a_sparse_fit_has_the_bits_of_the_dense_one",
    ),
    Mutation(
        "native/sparse_centers.hpp",
        "std::popcount(word.bits & (bit - 1))",
        "std::popcount(word.bits & bit)",
        "laws/test_sparse.py::test_labels_of_a_walk_are_those_of_q",
    ),
    Mutation(
        "native/sparse_centers.cpp",
        "moved |= a != b;",
        "moved |= a < b;",
        "laws/test_sparse.py::test_a_sparse_fit_has_the_bits_of_the_dense_one",
    ),
    Mutation(
        SPARSE,
        "sums.way += way * way;",
        "sums.way = way * way;",
        "laws/test_sparse.py::test_no_row_is_skipped_that_changes",
    ),
    Mutation(
        "src/globular/points.py",
        "if not _ascending(",
        "if not all([True]) and (",
        "laws/test_sparse.py::test_entries_in_any_order_with_room_to_spare_mean_the_same_matrix",
    ),
    Mutation(
        "src/globular/estimators/kmeans.py",
        "self.__dict__ = before | tasks.open_in(self)",
        "pass",
        "faults/test_interrupt_at_random.py::test_ctrl_c_at_a_random_moment_leaves_the_old_model_or_a_consistent_one",
    ),
    Mutation(
        "src/globular/estimators/pickling.py",
        "state.setdefault(name, parameter.default)",
        "pass",
        "estimators/test_pickles.py::test_the_pickles_of_former_versions_are_read",
    ),
    Mutation(
        EM,
        "starts.keep(interrupt.result)",
        "pass",
        "faults/test_interrupt.py::test_what_was_reached_is_kept_and_right",
    ),
    Mutation(
        "src/globular/starts.py",
        "result.cost < best.cost",
        "result.cost > best.cost",
        "estimators/test_kmeans.py::test_more_starts_never_end_worse",
    ),
    Mutation(
        "src/globular/stopping.py",
        "step.shift_sq <= self.at_most",
        "step.shift_sq < 4 * self.at_most",
        "oracle/test_scikit_learn.py::test_scikit_learn_walks_the_same_way",
    ),
    Mutation(
        "src/globular/problem.py",
        "np.flatnonzero(array)",
        "np.flatnonzero(array > 0.5)",
        "laws/test_weights.py::test_a_row_of_weight_zero_is_an_absent_row",
    ),
    Mutation(
        SESSION,
        "if (fresh_) std::fill_n(labels_.data()",
        "if (fresh_ && k < 2) std::fill_n(labels_.data()",
        "laws/test_sessions.py::test_a_session_is_right_on_a_long_walk_whichever_way_it_goes",
    ),
    Mutation(
        "native/level/packing.hpp",
        "x[(which ? which[r] : r) * D + f]",
        "x[(which ? which[r - e] : r) * D + f]",
        "laws/test_sessions.py::test_a_session_is_right_on_a_long_walk_whichever_way_it_goes",
    ),
    Mutation(
        MINIBATCH,
        "with_absent_rows(replace(reached, stopped_by=INTERRUPT), problem)",
        "replace(reached, stopped_by=INTERRUPT)",
        "estimators/test_minibatch_kmeans.py::test_ctrl_c_keeps_what_the_steps_over_all_rows_reached",
    ),
]
