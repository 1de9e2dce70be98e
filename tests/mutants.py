"""Deliberate breakages, each of which must turn a named law red.

``python tests/mutants.py [WORD ...]`` copies the sources, applies one change at a time (those whose line
holds a WORD), builds what it concerns, and runs the test that should notice. A mutant that survives means
that a law has no teeth; one whose text is no longer there must be rewritten.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PASSED, FAILED, NO_TESTS = 0, 1, 5  # pytest's exit status; the last where all tests are left out


class Mutant(NamedTuple):
    """A change of one text in one file, and the test that must fail then."""

    file: str
    old: str
    new: str
    test: str


FILTER, SESSION, FRAME = "native/assign/filter.cpp", "native/assign/session.cpp", "native/frame.cpp"
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
MEASURES = "src/globular/diagnostics/measures.py"

MUTANTS = [
    # The algorithms: limits that go stale, merged rows, blocks passed over, sparse centers.
    Mutant(
        SESSION,
        "if (limited_ && !by_gaps_)",
        "if (false)",
        "laws/test_sessions.py::test_rows_that_change_while_no_gaps_are_found_are_looked_at_again",
    ),
    Mutant(
        "src/globular/merge.py",
        "problem.weights, len(rows)",
        "None, len(rows)",
        "laws/test_algorithms.py::test_every_algorithm_gives_the_bits_of_the_reference",
    ),
    Mutant(
        "native/distinct.cpp",
        "&& equal(rows, first, i)",
        "|| i % 2 == 0",
        "laws/test_algorithms.py::test_every_algorithm_gives_the_bits_of_the_reference",
    ),
    Mutant(
        BLOCKS,
        "static_cast<double>(screening_->limit(farthest))",
        "0.5 * static_cast<double>(screening_->limit(farthest))",
        "laws/test_draws.py::test_blocks_that_are_passed_over_hold_no_row_that_a_new_center_takes",
    ),
    Mutant(
        FIELD,
        "if (n_near > 0) find_farthest(b);",
        "if (false) find_farthest(b);",
        "laws/test_draws.py::test_points_close_together_beside_one_far_away_are_still_distinct",
    ),
    Mutant(
        "native/assign/sparse_filter.cpp",
        "for (; entry < end; ++entry) see(",
        "for (; false; ++entry) see(",
        "laws/test_sparse.py::test_of_sparse_centers_that_are_equally_far_the_first_has_the_row",
    ),
    # Mini-batches, graphs, diagnoses, matching.
    Mutant(
        MINIBATCH,
        "(state.seen / seen) ** fading",
        "1.0 ** fading",
        "estimators/test_minibatch_kmeans.py::test_a_bad_start_is_forgotten_though_many_rows_saw_it",
    ),
    Mutant(
        MINIBATCH,
        "gains[row] = 0.0",
        "pass",
        "estimators/test_minibatch_kmeans.py::test_a_center_that_no_row_needs_moves_where_rows_do_but_not_to_an_outlier",
    ),
    Mutant(
        MINIBATCH,
        "while result.cost > 0 and (",
        "while False and (",
        "estimators/test_minibatch_kmeans.py::test_clusters_that_one_step_leaves_empty_are_filled_by_further_ones",
    ),
    Mutant(
        MINIBATCH,
        "u * self.running[-1]",
        "u * len(self.running)",
        "estimators/test_minibatch_kmeans.py::test_a_row_of_weight_three_is_drawn_as_the_row_three_times",
    ),
    Mutant(
        GRAPH,
        "np.argsort(np.concatenate(values)",
        "np.argsort(-np.concatenate(values)",
        "estimators/test_spectral_clustering.py::test_fewer_pieces_than_clusters_are_cut_where_they_are_thin",
    ),
    Mutant(
        GRAPH,
        "int(np.argmin(weight))",
        "int(np.argmax(weight))",
        "estimators/test_spectral_clustering.py::test_more_pieces_than_clusters_are_joined_to_the_nearest",
    ),
    Mutant(
        GRAPH,
        "1 - values[order]",
        "values[order]",
        "estimators/test_spectral_clustering.py::test_fewer_pieces_than_clusters_are_cut_where_they_are_thin",
    ),
    Mutant(
        GRAPH,
        "/ DENSITY_RANGE, DENSITY_RANGE) ** 2",
        "/ 1.0, 1.0)",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutant(
        DIAGNOSE, "THINNER = 7.0", "THINNER = 2.0", "unit/test_diagnose.py::test_what_should_be_said_is_said"
    ),
    Mutant(
        DIAGNOSE,
        "and found.moved > found.unsure",
        "",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutant(
        MEASURES,
        "away = downhill(away, turned.shape[1])",
        "pass",
        "unit/test_diagnose.py::test_what_should_be_said_is_said",
    ),
    Mutant(
        MINIBATCH,
        "problem.n <= MOST_AS_A_SET",
        "False",
        "estimators/test_every_estimator.py::test_neither_order_nor_repetition_changes_a_fit",
    ),
    Mutant(
        "src/globular/estimators/spectral.py",
        "            self.__dict__ = before",
        "            pass",
        "estimators/test_every_estimator.py::test_bad_points_are_refused_and_the_model_stays_as_it_was",
    ),
    Mutant(
        "src/globular/diagnostics/matching.py",
        "maximize=True",
        "maximize=False",
        "unit/test_matching.py::test_no_one_to_one_matching_gets_more_rows_right",
    ),
    # Labels: margins, ties, settling.
    Mutant(FILTER, "kSafety = 1.02", "kSafety = 0.0", "laws/test_labels.py::test_labels_equal_brute_force"),
    Mutant(
        FILTER,
        "kSafety * 4.0 * kU * reach",
        "kSafety * 0.01 * kU * reach",
        "laws/test_labels.py::test_points_close_to_the_middle_between_two_centers_have_right_labels",
    ),
    Mutant(
        FILTER,
        "const double sums = 2.0 +",
        "const double sums = 0.0 *",
        "laws/test_labels.py::test_rows_whose_float32_sums_all_round_one_way_have_right_labels",
    ),
    Mutant(FILTER, "2.0 * along[e]", "1.0 * along[e]", "laws/test_labels.py::test_labels_equal_brute_force"),
    Mutant(
        "native/distance.hpp",
        "if (v < best_q)",
        "if (v <= best_q)",
        "laws/test_labels.py::test_the_lowest_index_wins_a_tie",
    ),
    Mutant(
        "native/distance.hpp",
        "double s = 0.0;",
        "float s = 0.0F;",
        "laws/test_labels.py::test_labels_equal_brute_force",
    ),
    Mutant(
        "native/level/words.hpp",
        "second = smaller(second, larger(best, word));",
        "second = smaller(second, word);",
        "laws/test_labels.py::test_at_most_one_row_in_a_hundred_is_checked_again",
    ),
    Mutant(
        FILTER,
        "off = (d + 2.0) * kU + lost",
        "off = -4.0 * kU",
        "laws/test_labels.py::test_the_lowest_index_wins_a_tie",
    ),
    Mutant(FILTER, "wanted == Wanted::labels && far_apart", "far_apart", "laws/test_sessions.py"),
    Mutant(
        "native/level/points_in_lanes.hpp",
        "lanes_of(changed | doubtful)",
        "lanes_of(changed)",
        "laws/test_sessions.py::test_rows_that_change_by_less_than_float32_can_tell_are_not_passed_over",
    ),
    Mutant(
        FILTER,
        "if (way_sq <= enough)",
        "if (way_sq < 0.0)",
        "laws/test_labels.py::test_two_centers_in_a_tight_cluster_are_told_apart_without_q",
    ),
    Mutant(
        "native/binding/arrays.hpp",
        "const PlainArithmetic plain;",
        "",
        "faults/test_arithmetic.py::test_labels_are_right_where_small_numbers_are_lost",
    ),
    Mutant(
        "native/level/row_sums.hpp",
        "*sums_of(from[which[e]], 1) -= low;",
        "*sums_of(from[which[e]], 1) += low;",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutant(
        "native/level/words.hpp",
        "void see(Float gap) { any |= ~(gap > Float{}); }",
        "void see(Float gap) { any = ~(gap > Float{}); }",
        "laws/test_labels.py::test_labels_equal_brute_force",
    ),
    # Sessions: drift of the centers, rows moved.
    Mutant(
        "native/assign/drift.cpp",
        "drift_[j] += (ways[j] + other) * (1.0 + 1e-9) + rounding",
        "drift_[j] += 0.5 * ways[j]",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutant(
        SESSION,
        "sums.move(*frame_, *kernels_, static_cast<std::size_t>(from)",
        "sums.move(*frame_, *kernels_, static_cast<std::size_t>(to)",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutant(
        FILTER,
        "way = before ? std::sqrt",
        "way = before ? 0.1 * std::sqrt",
        "laws/test_sessions.py::test_a_session_forgets_nothing_and_remembers_nothing_wrong",
    ),
    Mutant(
        SESSION,
        "if (worker.touched[j] && worker.sums",
        "if (j && worker.sums",
        "laws/test_sessions.py::test_a_session_of_some_size_is_right_on_a_long_walk",
    ),
    Mutant(
        SESSION,
        "sums_.use_count() > 1",
        "sums_.use_count() > 99",
        "laws/test_sessions.py::test_a_tally_stays_as_it_was_whatever_the_session_does_next",
    ),
    # Groups of centers: their drift, rows that changed, the group's own margin.
    Mutant(
        "native/assign/center_groups.cpp",
        "drift_[g] += longest[g] * (1.0 + 1e-9) + rounding",
        "drift_[g] += 0.5 * longest[g]",
        "laws/test_sessions.py::test_a_session_of_some_size_is_right_on_a_long_walk",
    ),
    Mutant(
        "native/assign/session_center_groups.cpp",
        "center_groups_.limits(chunk, left)[row] = 0.0F;",
        "",
        "laws/test_sessions.py::test_rows_come_back_to_a_group_of_centers_where_nothing_else_is_near",
    ),
    Mutant(
        SESSION,
        "if (center_groups_) center_groups_.forget(p);",
        "",
        "laws/test_sessions.py::test_bounds_hold_among_centers_nowhere_apart_and_along_a_line_where_no_way_is_wasted",
    ),
    # Sums: pieces, weights, merging.
    Mutant(
        "native/frame.hpp",
        "(t - high)",
        "(0.0 * high)",
        "laws/test_same_bits.py::test_every_engine_gives_the_bits_of_the_reference",
    ),
    Mutant(ROWS, "((t - high) + small)", "((0.0 * high) + small)", "laws/test_same_bits.py"),
    Mutant(SUM, "out[p] *= w;", "out[p] *= 1.0;", "laws/test_weights.py"),
    Mutant(SUM, "rest = (rest - out[p]) + below;", "rest = rest - out[p];", "laws/test_same_bits.py"),
    Mutant(
        FRAME,
        "+= sign * other.sums[from * p * d + e]",
        "+= (float)(sign * other.sums[from * p * d + e])",
        "laws/test_same_bits.py",
    ),
    Mutant(LEARN, "exact_product(c.hi, w)", "exact_product(c.hi, w / w)", "laws/test_cost.py"),
    Mutant(LEARN, "return is_short ? q :", "return true ? q :", "laws/test_same_bits.py"),
    # Seeding.
    Mutant(
        BLOCKS,
        "return !(near.distance < nearest_[near.position]);",
        "return false;",
        "laws/test_draws.py::test_points_close_together_beside_one_far_away_are_still_distinct",
    ),
    Mutant(FIELD, "return piece == 0.0;", "return piece == 1e300;", "laws/test_extremes.py"),
    Mutant(
        FIELD,
        "grid_.cut(distance, weights_[row], out);",
        "grid_.cut(distance, out);",
        "laws/test_draws.py::test_the_first_two_picks_follow_the_theory",
    ),
    Mutant(
        "native/draw.hpp",
        "(index + 1)",
        "(index | 1)",
        "laws/test_draws.py::test_the_first_two_picks_follow_the_theory",
    ),
    Mutant(
        "native/seed/canonical.cpp",
        "by_values != 0 ? by_values < 0 : i < other",
        "i < other",
        "laws/test_sets_of_rows.py::test_the_order_of_the_rows_is_of_no_account",
    ),
    Mutant(
        "native/seed/canonical.cpp",
        "bits + half) >> kDropped << kDropped",
        "bits)",
        "laws/test_sets_of_rows.py::test_engines_draw_the_same_points",
    ),
    Mutant(
        BLOCKS,
        "floor_ = off * off * (1.0 + 1.0 / kLoose) * more + 0x1p-100;",
        "floor_ = 0.0;",
        "laws/test_sets_of_rows.py::test_engines_draw_the_same_points",
    ),
    Mutant(
        BLOCKS,
        "slope_ = scale_ * scale_ * (1.0 + kLoose) * more;",
        "slope_ = scale_ * scale_ * 0.99;",
        "laws/test_sets_of_rows.py::test_sparse_rows_draw_like_dense_ones",
    ),
    Mutant(
        FIELD,
        "sums_.add(w.change.had, -1.0);",
        "sums_.add(w.change.had, 0.0);",
        "laws/test_draws.py::test_no_point_is_picked_twice_while_distinct_ones_remain",
    ),
    Mutant(
        "src/globular/engines/__init__.py",
        "least = least_row(there)",
        "least = 0",
        "laws/test_sets_of_rows.py::test_of_equally_far_rows_the_same_fills_an_empty_cluster",
    ),
    Mutant(
        "src/globular/seeding/plus_plus.py",
        "np.argmin(field.potentials",
        "np.argmax(field.potentials",
        "oracle/test_scikit_learn.py::test_our_seeding_is_no_worse_than_theirs",
    ),
    # Criteria.
    Mutant(
        "native/criteria/silhouette.cpp",
        "weight_[j] - std::min(weights[i], 1.0)",
        "weight_[j] - weights[i]",
        "laws/test_silhouettes.py::test_silhouettes_are_their_definition",
    ),
    Mutant(
        "native/level/distance_sums.hpp",
        "wide(weights + v * kDoubles) * wide_root",
        "wide_root",
        "laws/test_silhouettes.py",
    ),
    Mutant(
        "native/criteria/dip.cpp",
        "if (apart <= twice) break;",
        "if (apart <= 3 * twice) break;",
        "oracle/test_criteria.py::test_the_dip_is_the_distance_to_the_nearest_distribution_with_one_mode",
    ),
    Mutant(
        "src/globular/selection/silhouette.py",
        "own[rows] *= grow",
        "own[rows] *= 1",
        "laws/test_silhouettes.py::test_the_closed_form_for_squared_distances_is_exact",
    ),
    Mutant(
        "src/globular/selection/valley.py",
        "c = np.divide(one, rest",
        "c = np.divide(0 * one, rest",
        "oracle/test_criteria.py::test_a_point_has_no_part_in_the_mean_it_is_measured_by",
    ),
    Mutant(
        "src/globular/selection/valley.py",
        "return self.n_unclear == 0",
        "return self.n_unclear < 99",
        "laws/test_choose_k.py::test_planted_clusters_are_counted",
    ),
    Mutant(
        "src/globular/selection/choose.py",
        "points = off_the_grid(",
        "points = None and (",
        "laws/test_choose_k.py::test_whole_numbers_at_random_are_no_clusters",
    ),
    Mutant(
        "src/globular/selection/path.py",
        "result.cost < self.best[k].cost",
        "result.cost > self.best[k].cost",
        "laws/test_choose_k.py::test_planted_clusters_are_counted",
    ),
    # The loop.
    Mutant(
        EM,
        "for j, rows in zip(empty,",
        "for j, rows in zip(empty[:0],",
        "laws/test_cost.py::test_an_empty_cluster_is_given_the_farthest_point",
    ),
    Mutant(
        FINISH,
        "else engine.e_step(exact)",
        "else engine.e_step(centers + 0.01)",
        "laws/test_answers_agree.py::test_labels_and_cost_describe_the_centers_however_the_fit_ended",
    ),
    Mutant(
        FINISH,
        "final = centers.astype(engine.problem.points.dtype, copy=False)",
        "final = history and centers",
        "laws/test_answers_agree.py::test_labels_and_cost_describe_the_centers_however_the_fit_ended",
    ),
    Mutant(
        EM,
        "(more and deadline.passed)",
        "False",
        "estimators/test_long_work.py::test_no_centers_are_chosen_when_the_time_is_over",
    ),
    Mutant(
        EM,
        "shift_sq=shift_sq,",
        "shift_sq=float(np.vdot(turn.after - turn.before, turn.after - turn.before)),",
        "faults/test_levels.py::test_the_kernels_of_blas_have_no_say_in_what_a_step_reports",
    ),
    # Sparse points: sums by runs, skipped distances, drift from the packed copies.
    Mutant(RUNS, "many | (std::abs(rest) == 0.5)", "many", "laws/test_sparse.py"),
    Mutant(
        "native/assign/square_runs.hpp",
        "e == first_entry ? from_zero",
        "at == begin_ ? from_zero",
        "laws/test_sparse.py",
    ),
    Mutant("native/frame.cpp", "std::exchange(weight_, 0.0)", "weight_", "laws/test_sparse.py"),
    Mutant(RUNS, "if (end < last) s += squares_[at++];", "if (end < last) ++at;", "laws/test_sparse.py"),
    Mutant(
        BLOCKS,
        "> limit + off",
        "> 0.5 * limit",
        "laws/test_sparse.py::test_a_sparse_fit_has_the_bits_of_the_dense_one",
    ),
    Mutant(
        SPARSE,
        "kFarthest ? way :",
        "kFarthest ? 0.1 * way :",
        "laws/test_sparse.py",
    ),
    Mutant(
        "src/globular/points.py",
        "if not _ascending(",
        "if not all([True]) and (",
        "laws/test_sparse.py::test_entries_in_any_order_with_room_to_spare_mean_the_same_matrix",
    ),
    Mutant(
        "src/globular/estimators/kmeans.py",
        "self.__dict__ = before | tasks.open_in(self)",
        "pass",
        "faults/test_interrupt_at_random.py::test_ctrl_c_at_a_random_moment_leaves_the_old_model_or_a_consistent_one",
    ),
    Mutant(
        "src/globular/estimators/pickling.py",
        "state.setdefault(name, parameter.default)",
        "pass",
        "estimators/test_pickles.py::test_the_pickles_of_former_versions_are_read",
    ),
    Mutant(
        EM,
        "starts.keep(interrupt.result)",
        "pass",
        "faults/test_interrupt.py::test_what_was_reached_is_kept_and_right",
    ),
    Mutant(
        "src/globular/starts.py",
        "result.cost < best.cost",
        "result.cost > best.cost",
        "estimators/test_kmeans.py::test_more_starts_never_end_worse",
    ),
    Mutant(
        "src/globular/stopping.py",
        "step.shift_sq <= self.at_most",
        "step.shift_sq < 4 * self.at_most",
        "oracle/test_scikit_learn.py::test_scikit_learn_walks_the_same_way",
    ),
    Mutant(
        "src/globular/problem.py",
        "np.flatnonzero(array)",
        "np.flatnonzero(array > 0.5)",
        "laws/test_weights.py::test_a_row_of_weight_zero_is_an_absent_row",
    ),
]


class Sources:
    """A copy of the sources that can be changed, built in place, and tested.

    Without a change it has the native module that is installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("src", "native", "tests", "examples"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        for name in ("CMakeLists.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, folder / name)
        installed = find_spec("globular._native")
        assert installed is not None
        assert installed.origin is not None
        self.module = Path(shutil.copy(installed.origin, folder / "src" / "globular"))
        self.sound = self.module.read_bytes()
        self.green: set[str] = set()  # tests that pass without any change
        self.red: set[str] = set()

    def configure(self) -> None:
        """Build the sources as they are, once: what a change does not concern is not built again."""
        nanobind = [sys.executable, "-m", "nanobind", "--cmake_dir"]
        directory = subprocess.run(nanobind, capture_output=True, text=True, check=True).stdout.strip()
        configure = ["cmake", "-S", ".", "-B", "build", "-G", "Ninja", f"-Dnanobind_DIR={directory}"]
        configure += ["-DCMAKE_BUILD_TYPE=Release", f"-DPython_EXECUTABLE={sys.executable}"]
        self.make([*configure, "-DCMAKE_CXX_FLAGS=-w"])
        self.build()
        shutil.copytree(self.folder / "build", self.folder / "as_built")

    def build(self) -> Path:
        """Build the native module; return where it lies. Raises SystemExit."""
        self.make(["cmake", "--build", "build", "-j2"])
        (module,) = (self.folder / "build").glob("_native*.so")
        return module

    def make(self, command: list[str]) -> None:
        beside_python = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = dict(os.environ, PATH=beside_python)
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise SystemExit(f"the copy does not build:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """Within the context the mutant stands, built where it must be; then all is as it was, and as old."""
        path = self.folder / mutant.file
        text, times, is_native = path.read_text(), path.stat(), mutant.file.startswith("native")
        path.write_text(text.replace(mutant.old, mutant.new))
        try:
            if is_native:
                shutil.copy(self.build(), self.module)
            yield
        finally:
            path.write_text(text)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            if is_native:
                shutil.copytree(self.folder / "as_built", self.folder / "build", dirs_exist_ok=True)
                self.module.write_bytes(self.sound)

    def killer(self, mutant: Mutant) -> str | None:
        """Apply a mutant; return the first test that notices, None if none does.

        What is red without the mutant too does not count.
        """
        with self.changed(mutant):
            found = self.first_failure(f"tests/{mutant.test}")
        if found is None or found in self.green:
            return found
        without = self.first_failure(found)
        if without is None:
            self.green.add(found)
            return found
        print(f"red without any mutant, left out: {without}", flush=True)
        self.red.add(without)
        return self.killer(mutant)

    def first_failure(self, tests: str) -> str | None:
        """Run a file of tests or a single one; return the first that fails, or all of it if Python dies.

        Raises SystemExit where there is no such test.
        """
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider"]
        command += ["-m", "not slow", tests, *(f"--deselect={name}" for name in self.red)]
        environment = dict(os.environ, PYTHONPATH=str(self.folder / "src"), CI="1", COLUMNS="400")
        run = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        if run.returncode < 0:
            return tests
        if run.returncode not in (PASSED, FAILED, NO_TESTS):
            raise SystemExit(f"{tests} does not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
        for line in run.stdout.splitlines():
            if line.startswith(("FAILED ", "ERROR ")):
                return line.split(" - ")[0].split(maxsplit=1)[1]
        return None


def main(words: list[str]) -> int:
    """Try the mutants; return how many survived."""
    chosen = [m for m in MUTANTS if not words or any(word in " ".join(m) for word in words)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        sources = Sources(Path(folder))
        if any(mutant.file.startswith("native") for mutant in chosen):
            sources.configure()
        for mutant in chosen:
            verdict, by = "TEXT GONE", ""
            if mutant.old in (sources.folder / mutant.file).read_text():
                killer = sources.killer(mutant)
                verdict, by = ("caught", killer.rpartition("::")[2]) if killer else ("SURVIVED", mutant.test)
            survivors += verdict != "caught"
            print(f"{verdict:10} {mutant.file}: {mutant.old} -> {mutant.new} | {by}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} caught")
    return survivors


if __name__ == "__main__":
    raise SystemExit(min(main(sys.argv[1:]), 1))
