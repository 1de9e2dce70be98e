"""Deliberate breakages, each of which must turn a named law red.

``python tests/mutants.py [WORD ...]`` copies the sources, applies one change at a time (those whose line
holds a WORD), builds where it must, and runs the test that should notice. A mutant that survives means that
a law has no teeth; one whose text is no longer there must be rewritten.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


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

MUTANTS = [
    # The algorithms: limits that go stale, merged rows, blocks passed over, sparse centers.
    Mutant(SESSION, "if (limited_ && !by_gaps_)", "if (false)", "laws/test_sessions.py"),
    Mutant(
        "src/globular/merge.py", "problem.weights, len(rows)", "None, len(rows)", "laws/test_algorithms.py"
    ),
    Mutant("native/distinct.cpp", "&& equal(rows, first, i)", "|| i % 2 == 0", "laws/test_algorithms.py"),
    Mutant(
        BLOCKS,
        "static_cast<double>(screening_->limit(farthest))",
        "0.5 * static_cast<double>(screening_->limit(farthest))",
        "laws/test_draws.py",
    ),
    Mutant(FIELD, "if (n_near > 0) find_farthest(b);", "if (false) find_farthest(b);", "laws/test_draws.py"),
    Mutant(
        "native/assign/sparse_filter.cpp",
        "for (; entry < end; ++entry) see(",
        "for (; false; ++entry) see(",
        "laws/test_sparse.py",
    ),
    # Mini-batches, graphs, diagnoses, matching.
    Mutant(
        MINIBATCH, "(state.seen / seen) ** fading", "1.0 ** fading", "estimators/test_minibatch_kmeans.py"
    ),
    Mutant(MINIBATCH, "gains[row] = 0.0", "pass", "estimators/test_minibatch_kmeans.py"),
    Mutant(
        MINIBATCH, "while result.cost > 0 and (", "while False and (", "estimators/test_minibatch_kmeans.py"
    ),
    Mutant(MINIBATCH, "u * self.running[-1]", "u * len(self.running)", "estimators/test_minibatch_kmeans.py"),
    Mutant(
        GRAPH,
        "np.argsort(np.concatenate(values)",
        "np.argsort(-np.concatenate(values)",
        "estimators/test_spectral_clustering.py",
    ),
    Mutant(
        GRAPH, "int(np.argmin(weight))", "int(np.argmax(weight))", "estimators/test_spectral_clustering.py"
    ),
    Mutant(GRAPH, "1 - values[order]", "values[order]", "estimators/test_spectral_clustering.py"),
    Mutant(DIAGNOSE, "VALLEY = 1.95", "VALLEY = 1.5", "unit/test_diagnose.py"),
    Mutant(DIAGNOSE, "ELSEWHERE_STRETCHED = 0.1", "ELSEWHERE_STRETCHED = 0.01", "unit/test_diagnose.py"),
    Mutant(
        "src/globular/diagnostics/matching.py", "maximize=True", "maximize=False", "unit/test_matching.py"
    ),
    # Labels: margins, ties, settling.
    Mutant(FILTER, "kSafety = 1.02", "kSafety = 0.0", "laws/test_labels.py"),
    Mutant(FILTER, "kSafety * 4.0 * kU * reach", "kSafety * 0.01 * kU * reach", "laws/test_labels.py"),
    Mutant(FILTER, "const double sums = 2.0 +", "const double sums = 0.0 *", "laws/test_labels.py"),
    Mutant(FILTER, "2.0 * along[e]", "1.0 * along[e]", "laws/test_labels.py"),
    Mutant("native/distance.hpp", "if (v < best_q)", "if (v <= best_q)", "laws/test_labels.py"),
    Mutant("native/distance.hpp", "double s = 0.0;", "float s = 0.0F;", "laws/test_labels.py"),
    Mutant(
        "native/level/words.hpp",
        "second = smaller(second, larger(best, word));",
        "second = smaller(second, word);",
        "laws/test_labels.py",
    ),
    Mutant(FILTER, "off = (d + 2.0) * kU + lost", "off = -4.0 * kU", "laws/test_labels.py"),
    Mutant(FILTER, "linear = few_features() && plainly", "linear = few_features()", "laws/test_sessions.py"),
    Mutant(
        "native/level/points_in_lanes.hpp",
        "lanes_of(changed | doubtful)",
        "lanes_of(changed)",
        "laws/test_sessions.py",
    ),
    Mutant(FILTER, "if (way_sq <= enough)", "if (way_sq < 0.0)", "laws/test_labels.py"),
    Mutant("native/binding/arrays.hpp", "const PlainArithmetic plain;", "", "faults/test_arithmetic.py"),
    Mutant(
        "native/level/row_sums.hpp",
        "*sums_of(from[which[e]], 1) -= low;",
        "*sums_of(from[which[e]], 1) += low;",
        "laws/test_sessions.py",
    ),
    Mutant(
        "native/level/words.hpp",
        "void see(Float gap) { any |= ~(gap > Float{}); }",
        "void see(Float gap) { any = ~(gap > Float{}); }",
        "laws/test_labels.py",
    ),
    # Sessions: drift of the centers, rows moved.
    Mutant(
        "native/assign/drift.cpp",
        "drift_[j] += (ways[j] + other) * (1.0 + 1e-9) + rounding",
        "drift_[j] += 0.5 * ways[j]",
        "laws/test_sessions.py",
    ),
    Mutant(
        SESSION,
        "sums.move(*frame_, *kernels_, static_cast<std::size_t>(from)",
        "sums.move(*frame_, *kernels_, static_cast<std::size_t>(to)",
        "laws/test_sessions.py",
    ),
    Mutant(FILTER, "way = before ? std::sqrt", "way = before ? 0.1 * std::sqrt", "laws/test_sessions.py"),
    Mutant(SESSION, "if (worker.touched[j] && worker.sums", "if (j && worker.sums", "laws/test_sessions.py"),
    Mutant(SESSION, "sums_.use_count() > 1", "sums_.use_count() > 99", "laws/test_sessions.py"),
    # Sums: pieces, weights, merging.
    Mutant("native/frame.hpp", "(t - high)", "(0.0 * high)", "laws/test_same_bits.py"),
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
        "laws/test_draws.py",
    ),
    Mutant(FIELD, "return piece == 0.0;", "return piece == 1e300;", "laws/test_extremes.py"),
    Mutant(
        FIELD,
        "grid_.cut(distance, weights_[row], out);",
        "grid_.cut(distance, out);",
        "laws/test_draws.py",
    ),
    Mutant("native/draw.hpp", "(index + 1)", "(index | 1)", "laws/test_draws.py"),
    Mutant(
        "native/seed/canonical.cpp",
        "by_values != 0 ? by_values < 0 : i < other",
        "i < other",
        "laws/test_sets_of_rows.py",
    ),
    Mutant(
        "native/seed/canonical.cpp",
        "bits + half) >> kDropped << kDropped",
        "bits)",
        "laws/test_sets_of_rows.py",
    ),
    Mutant(
        BLOCKS,
        "floor_ = off * off * (1.0 + 1.0 / kLoose) * more + 0x1p-100;",
        "floor_ = 0.0;",
        "laws/test_sets_of_rows.py",
    ),
    Mutant(
        BLOCKS,
        "slope_ = scale_ * scale_ * (1.0 + kLoose) * more;",
        "slope_ = scale_ * scale_ * 0.99;",
        "laws/test_sets_of_rows.py",
    ),
    Mutant(FIELD, "sums_.add(w.change.had, -1.0);", "sums_.add(w.change.had, 0.0);", "laws/test_draws.py"),
    Mutant(
        "src/globular/engines/__init__.py",
        "farthest[least_row(points[farthest])]",
        "farthest[0]",
        "laws/test_sets_of_rows.py",
    ),
    Mutant(
        "src/globular/seeding/plus_plus.py",
        "np.argmin(field.potentials",
        "np.argmax(field.potentials",
        "oracle/test_scikit_learn.py",
    ),
    # Criteria.
    Mutant(
        "native/criteria/silhouette.cpp",
        "weight_[j] - std::min(weights[i], 1.0)",
        "weight_[j] - weights[i]",
        "laws/test_silhouettes.py",
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
        "oracle/test_criteria.py",
    ),
    Mutant(
        "src/globular/selection/silhouette.py",
        "own[rows] *= grow",
        "own[rows] *= 1",
        "laws/test_silhouettes.py",
    ),
    Mutant(
        "src/globular/selection/valley.py",
        "c = np.divide(one, rest",
        "c = np.divide(0 * one, rest",
        "oracle/test_criteria.py",
    ),
    Mutant(
        "src/globular/selection/valley.py",
        "return self.n_unclear == 0",
        "return self.n_unclear < 99",
        "laws/test_choose_k.py",
    ),
    Mutant(
        "src/globular/selection/choose.py",
        "points = off_the_grid(",
        "points = None and (",
        "laws/test_choose_k.py",
    ),
    Mutant(
        "src/globular/selection/path.py",
        "result.cost < self.best[k].cost",
        "result.cost > self.best[k].cost",
        "laws/test_choose_k.py",
    ),
    # The loop.
    Mutant(EM, "for j, rows in zip(empty,", "for j, rows in zip(empty[:0],", "laws/test_cost.py"),
    Mutant(
        FINISH,
        "else engine.e_step(exact)",
        "else engine.e_step(centers + 0.01)",
        "laws/test_answers_agree.py",
    ),
    Mutant(
        FINISH,
        "final = centers.astype(engine.problem.points.dtype, copy=False)",
        "final = history and centers",
        "laws/test_answers_agree.py",
    ),
    Mutant(EM, "(more and deadline.passed)", "False", "estimators/test_long_work.py"),
    Mutant(
        EM,
        "shift_sq=shift_sq,",
        "shift_sq=float(np.vdot(turn.after - turn.before, turn.after - turn.before)),",
        "faults/test_levels.py",
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
    Mutant(BLOCKS, "> limit + off", "> 0.5 * limit", "laws/test_sparse.py"),
    Mutant(
        SPARSE,
        "kFarthest ? way :",
        "kFarthest ? 0.1 * way :",
        "laws/test_sparse.py",
    ),
    Mutant("src/globular/points.py", "if not _ascending(", "if not all([True]) and (", "laws/test_sparse.py"),
    Mutant(
        "src/globular/estimators/kmeans.py",
        "self.__dict__ = before | tasks.open_in(self)",
        "pass",
        "faults/test_interrupt_at_random.py",
    ),
    Mutant(
        "src/globular/estimators/pickling.py",
        "state.setdefault(name, parameter.default)",
        "pass",
        "estimators/test_pickles.py",
    ),
    Mutant(EM, "starts.keep(interrupt.result)", "pass", "faults/test_interrupt.py"),
    Mutant(
        "src/globular/starts.py",
        "result.cost < best.cost",
        "result.cost > best.cost",
        "estimators/test_kmeans.py",
    ),
    Mutant(
        "src/globular/stopping.py",
        "step.shift_sq <= self.at_most",
        "step.shift_sq < 4 * self.at_most",
        "oracle/test_scikit_learn.py",
    ),
    Mutant(
        "src/globular/problem.py",
        "np.flatnonzero(array)",
        "np.flatnonzero(array > 0.5)",
        "laws/test_weights.py",
    ),
]


def build(copy: Path) -> None:
    """Build the native module of the copy in place."""
    nanobind = [sys.executable, "-m", "nanobind", "--cmake_dir"]
    directory = subprocess.run(nanobind, capture_output=True, text=True, check=True).stdout.strip()
    configure = [
        "cmake",
        "-S",
        ".",
        "-B",
        "build",
        f"-Dnanobind_DIR={directory}",
        "-DCMAKE_BUILD_TYPE=Release",
    ]
    configure += [f"-DPython_EXECUTABLE={sys.executable}", "-DCMAKE_CXX_FLAGS=-w"]
    for command in (configure, ["cmake", "--build", "build", "-j2"]):
        run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        if run.returncode:
            raise SystemExit(f"the copy does not build:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    for module in (copy / "build").glob("_native*.so"):
        shutil.copy(module, copy / "src" / "globular")


def failures(copy: Path, test: str, known: list[str], first: bool) -> list[str]:
    """Run one file of tests on the copy, without the known failures; return the names of those that fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "-m", "not slow"]
    command += [f"tests/{test}", *(["-x"] if first else []), *(f"--deselect={name}" for name in known)]
    environment = dict(os.environ, PYTHONPATH=str(copy / "src"), CI="1", COLUMNS="400")
    run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    names = [
        line.split(" - ")[0].split(maxsplit=1)[1]
        for line in run.stdout.splitlines()
        if line.startswith("FAILED")
    ]
    return names or ([f"exit status {run.returncode}"] if run.returncode else [])


def main(words: list[str]) -> int:
    """Try the mutants; return how many survived."""
    chosen = [m for m in MUTANTS if not words or any(word in " ".join(m) for word in words)]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("src", "native", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        for name in ("CMakeLists.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, copy / name)
        build(copy)
        known = {test: failures(copy, test, [], first=False) for test in sorted({m.test for m in chosen})}
        for test, names in known.items():
            if names:
                print(f"{len(names)} red before any mutant, left out: {test}")
        for mutant in chosen:
            path = copy / mutant.file
            text = path.read_text()
            verdict, by = "TEXT GONE", ""
            if mutant.old in text:
                path.write_text(text.replace(mutant.old, mutant.new))
                if mutant.file.startswith("native"):
                    build(copy)
                red = failures(copy, mutant.test, known[mutant.test], first=True)
                verdict, by = ("caught", red[0].rpartition("::")[2]) if red else ("SURVIVED", mutant.test)
                path.write_text(text)
                if mutant.file.startswith("native"):
                    build(copy)
            survivors += verdict != "caught"
            print(f"{verdict:10} {mutant.file}: {mutant.old} -> {mutant.new} | {by}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} caught")
    return survivors


if __name__ == "__main__":
    raise SystemExit(min(main(sys.argv[1:]), 1))
