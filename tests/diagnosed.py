"""What `diagnose` is judged on: data that k-means is right or wrong for, and what should be said of them.

``python tests/diagnosed.py [SEEDS] [WORD ...]`` prints, for each kind whose name holds a WORD, how often that
was said. `MADE_ON` was looked at while the measures were made; `HELD_OUT` was run when they were done, and
again after what it showed was mended.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from shapes import SHAPES, spirals
from sklearn import datasets

PENGUINS = Path(__file__).parents[1] / "examples/data/penguins.csv"
COLUMNS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]

Data = tuple[Any, Any, int]  # points, classes, number of clusters to fit
Made = Callable[[int], Data]


class Case(NamedTuple):
    """Data by seed, and what should be said: the name of a finding, 'fine', or 'wrong' for any finding."""

    made: Made
    said: str


def penguins() -> tuple[Any, Any]:
    with PENGUINS.open() as file:
        rows = [([row[name] for name in COLUMNS], row["species"]) for row in csv.DictReader(file)]
    rows = [row for row in rows if not set(row[0]) & {"", "NA"}]
    return np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows])


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def some(X, y, k, share=0.9, change=lambda X: X) -> Made:
    """Some of the rows, by lot."""

    def made(seed):
        rows = np.random.default_rng(seed).permutation(len(X))[: int(share * len(X))]
        return change(X[rows]), y[rows], k

    return made


def loaded(loader, k, share=0.9, change=lambda X: X) -> Made:
    data = loader()
    return some(data.data, data.target, k, share, change)


def blobs(k, d, apart, n=1000, spread=1.0, shares=None, dtype=np.float64) -> Made:
    """Gaussian balls, their centers at least `apart` times the wider spread from each other."""

    def made(seed):
        rng = np.random.default_rng(seed)
        spreads = np.broadcast_to(spread, k).astype(float)
        box, centers = apart * k ** (1 / d) / 1.5, []
        while len(centers) < k:
            new = rng.uniform(-box, box, d)
            far = [
                np.linalg.norm(new - c) >= apart * max(spreads[len(centers)], spreads[i])
                for i, c in enumerate(centers)
            ]
            if all(far):
                centers.append(new)
            else:
                box *= 1.002
        share = np.full(k, 1 / k) if shares is None else np.array(shares) / np.sum(shares)
        y = rng.permutation(np.repeat(np.arange(k), np.maximum((share * n).astype(int), 5)))
        X = np.array(centers)[y] + spreads[y][:, None] * rng.normal(size=(len(y), d))
        return X.astype(dtype), y, k

    return made


def touching(k, d, apart, n=1000) -> Made:
    """Gaussian balls of one size whose centers are all `apart` standard deviations from each other."""

    def made(seed):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, k, n)
        corners = np.zeros((k, max(d, k)))
        corners[:, :k] = np.eye(k) * apart / np.sqrt(2)
        if d < k:  # k - 1 dimensions hold them
            corners = corners[:, :k] - corners[:, :k].mean(axis=0)
            corners = corners @ np.linalg.svd(corners)[2][:d].T
        return corners[y] + rng.normal(size=(n, d)), y, k

    return made


def shaped(name, n=1000, k=2) -> Made:
    return lambda seed: (*SHAPES[name](n, seed), k)


def moons(noise, n=1000, dtype=np.float64) -> Made:
    def made(seed):
        X, y = datasets.make_moons(n, noise=noise, random_state=seed)
        return X.astype(dtype), y, 2

    return made


def circles(factor, noise=0.05, n=1000) -> Made:
    return lambda seed: (*datasets.make_circles(n, factor=factor, noise=noise, random_state=seed), 2)


def arms(n, count, noise) -> Made:
    return lambda seed: (*spirals(n, seed, count, noise), count)


def shells(radii, d, n, noise=0.1) -> Made:
    def made(seed):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, len(radii), n)
        return (
            np.array(radii)[y][:, None] * directions(rng, n, d) + noise * rng.normal(size=(n, d)),
            y,
            len(radii),
        )

    return made


def directions(rng, n, d):
    way = rng.normal(size=(n, d))
    return way / np.linalg.norm(way, axis=1, keepdims=True)


def ring_and_blob(seed) -> Data:
    rng = np.random.default_rng(seed)
    ring = 4 * directions(rng, 700, 2) + 0.4 * rng.normal(size=(700, 2))
    return np.concatenate([ring, 0.5 * rng.normal(size=(300, 2))]), np.repeat([0, 1], [700, 300]), 2


def swiss_roll(seed) -> Data:
    """Two pieces of the roll, with a gap between."""
    X, along = datasets.make_swiss_roll(1500, noise=0.3, random_state=seed)
    keep = np.abs(along - np.median(along)) > 1
    return X[keep], (along[keep] > np.median(along)).astype(int), 2


def stretched(by, n=1000) -> Made:
    """The blobs of scikit-learn's comparison of clusterings, stretched."""

    def made(seed):
        centers = datasets.make_blobs(3, centers=3, random_state=170, return_centers=True)[2]
        X, y = datasets.make_blobs(n, centers=centers, random_state=seed)
        return X @ np.array(by), y, 3

    return made


def sausages(k, d, long, apart, n=1000) -> Made:
    """Long Gaussians side by side, in some direction."""

    def made(seed):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, k, n)
        X = rng.normal(size=(n, d))
        X[:, 0] *= long
        X[:, 1] += apart * y
        return X @ np.linalg.qr(rng.normal(size=(d, d)))[0], y, k

    return made


def cross(seed) -> Data:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, 1000)
    X = rng.normal(size=(1000, 2)) * [6, 0.6]
    X[y == 1] = X[y == 1][:, ::-1]
    return X, y, 2


def of_sizes(spreads, n=1000) -> Made:
    """scikit-learn's 'varied' blobs."""

    def made(seed):
        centers = datasets.make_blobs(3, centers=3, random_state=170, return_centers=True)[2]
        return *datasets.make_blobs(n, centers=centers, cluster_std=spreads, random_state=seed), 3

    return made


def wide_beside_tight(seed, n=1500) -> Data:
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1, 2], [n - 200, 100, 100])
    X = np.array([[0, 0], [7, 0], [0, 7.0]])[y] + np.array([2.5, 0.4, 0.4])[y][:, None] * rng.normal(
        size=(n, 2)
    )
    return X, y, 3


def one_piece(draw, k) -> Made:
    """Points without clusters."""

    def made(seed):
        X = draw(np.random.default_rng(seed))
        return X, np.zeros(len(X), dtype=int), k

    return made


def cube(d, k, n=1000) -> Made:
    return one_piece(lambda rng: rng.random((n, d)), k)


def cloud(d, k, n=1000, long=1.0) -> Made:
    return one_piece(lambda rng: rng.normal(size=(n, d)) * np.r_[long, np.ones(d - 1)], k)


def heavy_tailed(d, k, n=1000) -> Made:
    """Student's t of three degrees of freedom."""
    return one_piece(lambda rng: rng.normal(size=(n, d)) / np.sqrt(rng.chisquare(3, n) / 3)[:, None], k)


def ball(d, k, n=1000) -> Made:
    return one_piece(lambda rng: directions(rng, n, d) * rng.random((n, 1)) ** (1 / d), k)


def skewed(d, k, shape=1.0, n=1000) -> Made:
    return one_piece(lambda rng: rng.gamma(shape, size=(n, d)), k)


def log_normal(d, k, n=1000) -> Made:
    return one_piece(lambda rng: np.exp(0.7 * rng.normal(size=(n, d))), k)


def in_units(made: Made, unit) -> Made:
    """The first column in another unit."""

    def changed(seed):
        X, y, k = made(seed)
        return X * np.r_[unit, np.ones(X.shape[1] - 1)], y, k

    return changed


def fitted_with(made: Made, k) -> Made:
    """As many clusters as there are not."""
    return lambda seed: (*made(seed)[:2], k)


def with_outliers(share, made: Made) -> Made:
    def changed(seed):
        X, y, k = made(seed)
        rng = np.random.default_rng(seed + 99)
        low, width = X.min(axis=0), np.ptp(X, axis=0)
        far = low - width / 2 + 2 * width * rng.random((int(share * len(X)), X.shape[1]))
        return np.concatenate([X, far]), np.concatenate([y, np.full(len(far), -1)]), k

    return changed


def counts(seed) -> Data:
    rng = np.random.default_rng(seed)
    rates = np.array([[2, 2, 20, 5], [20, 3, 3, 5], [4, 25, 6, 30], [30, 30, 30, 2.0]])
    y = rng.integers(0, 4, 1200)
    return rng.poisson(rates[y]).astype(float), y, 4


def rows_again(made: Made, times) -> Made:
    def changed(seed):
        X, y, k = made(seed)
        return np.repeat(X, times, axis=0), np.repeat(y, times), k

    return changed


def rounded(made: Made) -> Made:
    def changed(seed):
        X, y, k = made(seed)
        return np.round(X), y, k

    return changed


MADE_ON = {
    "moons 0.05": Case(moons(0.05), "curved"),
    "moons 0.1": Case(moons(0.1), "curved"),
    "moons 0.12": Case(moons(0.12), "curved"),
    "moons, 300": Case(moons(0.08, 300), "curved"),
    "circles 0.3": Case(circles(0.3), "curved"),
    "circles 0.5": Case(circles(0.5), "curved"),
    "circles 0.6": Case(circles(0.6, 0.04), "curved"),
    "spirals": Case(shaped("spirals"), "curved"),
    "three spirals": Case(arms(1500, 3, 0.12), "curved"),
    "shells": Case(shells([1, 3], 3, 1500), "curved"),
    "stretched": Case(stretched([[0.6, -0.6], [-0.4, 0.8]]), "stretched"),
    "sausages, 4": Case(sausages(3, 4, 6, 6, 1200), "wrong"),
    "varied": Case(of_sizes([1, 2.5, 0.5]), "stretched"),
    "wide beside tight": Case(wide_beside_tight, "stretched"),
    "square, 3": Case(cube(2, 3), "structure"),
    "square, 6": Case(cube(2, 6), "structure"),
    "square of 200": Case(cube(2, 3, 200), "structure"),
    "cube, 5": Case(cube(5, 4), "structure"),
    "cube, 10": Case(cube(10, 3), "structure"),
    "line": Case(cube(1, 3), "structure"),
    "cloud, 2": Case(cloud(2, 3), "structure"),
    "cloud cut in 8": Case(cloud(2, 8), "structure"),
    "long cloud": Case(cloud(2, 2, 1000, 4), "structure"),
    "cloud, 4": Case(cloud(4, 2, 5000), "structure"),
    "cloud, 10": Case(cloud(10, 3), "structure"),
    "t, 2": Case(heavy_tailed(2, 3), "structure"),
    "t cut in 6": Case(heavy_tailed(2, 6), "structure"),
    "t, 5": Case(heavy_tailed(5, 4), "structure"),
    "disk": Case(ball(2, 4), "structure"),
    "exponential, 2": Case(skewed(2, 3), "structure"),
    "skewed, 3": Case(skewed(3, 3, 2.0), "structure"),
    "log-normal, 3": Case(log_normal(3, 4), "structure"),
    "penguins": Case(some(*penguins(), 3), "scales"),
    "wine": Case(loaded(datasets.load_wine, 3), "scales"),
    "blobs in units": Case(in_units(blobs(3, 4, 6), 60), "scales"),
    "8 fitted with 4": Case(fitted_with(blobs(8, 2, 8), 4), "number"),
    "4 fitted with 8": Case(fitted_with(blobs(4, 2, 8), 8), "number"),
    "3 fitted with 6": Case(fitted_with(blobs(3, 5, 8), 6), "number"),
    "5 fitted with 6": Case(fitted_with(blobs(5, 3, 8), 6), "number"),
    "5 fitted with 4": Case(fitted_with(blobs(5, 3, 8), 4), "number"),
    "3 blobs": Case(blobs(3, 2, 7), "fine"),
    "8 blobs": Case(blobs(8, 2, 6), "fine"),
    "20 blobs": Case(blobs(20, 2, 7, 2000), "fine"),
    "blobs, 10": Case(blobs(5, 10, 6), "fine"),
    "blobs, 50": Case(blobs(10, 50, 7, 1500), "fine"),
    "blobs of 60": Case(blobs(2, 2, 6, 60), "fine"),
    "blobs of 100": Case(blobs(4, 2, 7, 100), "fine"),
    "shares of 1 to 20": Case(blobs(3, 2, 7, 1000, 1.0, [20, 5, 1]), "fine"),
    "some spreads": Case(blobs(3, 2, 8, 1000, [1, 0.5, 0.7]), "fine"),
    "touching, 3.0": Case(touching(2, 2, 3.0), "fine"),
    "touching, 3.5": Case(touching(3, 3, 3.5), "fine"),
    "touching, 10": Case(touching(2, 10, 3.0), "fine"),
    "touching, 4.0": Case(touching(4, 10, 4.0), "fine"),
    "digits": Case(loaded(datasets.load_digits, 10, 1.0), "fine"),
    "some digits": Case(loaded(datasets.load_digits, 10), "fine"),
    "standardised penguins": Case(some(*penguins(), 3, 0.95, standardised), "fine"),
    "standardised wine": Case(loaded(datasets.load_wine, 3, 0.9, standardised), "fine"),
    "iris": Case(loaded(datasets.load_iris, 2, 0.95), "fine"),
    "outliers": Case(with_outliers(0.03, blobs(4, 2, 8)), "fine"),
    "counts": Case(counts, "fine"),
    "float32": Case(blobs(5, 3, 7, dtype=np.float32), "fine"),
    "rows again": Case(rows_again(blobs(4, 2, 7, 300), 3), "fine"),
}

HELD_OUT = {
    "moons 0.03": Case(moons(0.03), "curved"),
    "moons of 5000": Case(moons(0.07, 5000), "curved"),
    "moons of 3000": Case(moons(0.1, 3000), "curved"),
    "moons of 100": Case(moons(0.05, 100), "wrong"),
    "moons, float32": Case(moons(0.06, 800, np.float32), "curved"),
    "circles 0.4": Case(circles(0.4, 0.07), "curved"),
    "circles 0.55": Case(circles(0.55, n=2000), "curved"),
    "circles of 20,000": Case(circles(0.5, n=20_000), "curved"),
    "noisy spirals": Case(arms(800, 2, 0.3), "curved"),
    "three shells": Case(shells([1, 2.5, 4], 3, 2500), "curved"),
    "ring and blob": Case(ring_and_blob, "curved"),
    "swiss roll": Case(swiss_roll, "curved"),
    "sausages, 2": Case(sausages(4, 2, 8, 5, 800), "wrong"),
    "sausages, 10": Case(sausages(3, 10, 7, 6, 2000), "wrong"),
    "cross": Case(cross, "wrong"),
    "square in two": Case(cube(2, 2), "structure"),
    "cube cut in 10": Case(cube(10, 10, 2000), "structure"),
    "cube of 10,000": Case(cube(3, 5, 10_000), "structure"),
    "cloud, 3": Case(cloud(3, 5), "structure"),
    "cloud of 150": Case(cloud(5, 2, 150), "structure"),
    "cloud, 50": Case(cloud(50, 3), "structure"),
    "cloud, 1": Case(cloud(1, 2), "structure"),
    "t in two": Case(heavy_tailed(3, 2), "structure"),
    "t of 5000": Case(heavy_tailed(2, 2, 5000), "structure"),
    "t, 10": Case(heavy_tailed(10, 5, 2000), "structure"),
    "ball": Case(ball(3, 3), "structure"),
    "exponential, 3": Case(skewed(3, 4), "structure"),
    "skewed, 2": Case(skewed(2, 2, 2.0), "structure"),
    "log-normal, 2": Case(log_normal(2, 3), "structure"),
    "tumours": Case(loaded(datasets.load_breast_cancer, 2), "scales"),
    "units of 300": Case(in_units(blobs(4, 3, 7, 600), 300), "scales"),
    "6 fitted with 3": Case(fitted_with(blobs(6, 5, 8), 3), "number"),
    "3 fitted with 2": Case(fitted_with(blobs(3, 2, 8), 2), "number"),
    "5 fitted with 10": Case(fitted_with(blobs(5, 3, 7), 10), "number"),
    "2 fitted with 4": Case(fitted_with(blobs(2, 2, 7, 600), 4), "number"),
    "2 blobs, 5": Case(blobs(2, 5, 6), "fine"),
    "12 blobs": Case(blobs(12, 3, 6, 1500), "fine"),
    "blobs of 20,000": Case(blobs(6, 2, 7, 20_000), "fine"),
    "blobs of 100,000": Case(blobs(4, 2, 7, 100_000), "fine"),
    "blobs of 90": Case(blobs(3, 4, 6, 90), "fine"),
    "shares, 5": Case(blobs(4, 5, 7, 1500, 1.0, [20, 10, 3, 1]), "fine"),
    "spreads, 8": Case(blobs(4, 8, 8, 1200, [1, 0.5, 0.8, 0.6]), "fine"),
    "touching, 1": Case(touching(2, 1, 3.5), "fine"),
    "touching, 2": Case(touching(3, 2, 4.0, 900), "fine"),
    "touching, 8": Case(touching(5, 8, 3.2, 2000), "fine"),
    "digits, as shares": Case(loaded(datasets.load_digits, 10, 0.8, lambda X: X / 16), "fine"),
    "few digits": Case(loaded(datasets.load_digits, 10, 0.4), "fine"),
    "few penguins": Case(some(*penguins(), 3, 0.6, standardised), "fine"),
    "few wines": Case(loaded(datasets.load_wine, 3, 0.7, standardised), "fine"),
    "outliers, 3": Case(with_outliers(0.05, blobs(3, 3, 8)), "fine"),
    "few outliers": Case(with_outliers(0.01, blobs(6, 2, 7, 1500)), "fine"),
    "float32, 20": Case(blobs(6, 20, 6, 800, dtype=np.float32), "fine"),
    "whole numbers": Case(rounded(blobs(4, 3, 7)), "fine"),
}
CASES = MADE_ON | HELD_OUT


def what_is_said(case: Case, seed: int) -> Any:
    """Return the diagnosis of k-means, fitted from ten starts."""
    from globular import KMeans, diagnose

    X, _, k = case.made(seed)
    return diagnose(KMeans(k, n_init=10, random_state=seed).fit(X), X, random_state=seed)


def is_right(case: Case, flags: tuple[str, ...]) -> bool:
    """Whether what should be said was said; of data that k-means is wrong for, whatever else was said too."""
    if case.said == "fine":
        return not flags
    return case.said in flags or (case.said == "wrong" and bool(flags))


def main(seeds: int = 10, *words: str) -> None:
    """Print a line for each kind, and the sums."""
    for name, cases in (("made on", MADE_ON), ("held out", HELD_OUT)):
        total: Counter[str] = Counter()
        for kind, case in cases.items():
            if words and not any(word in kind for word in words):
                continue
            flags = [what_is_said(case, seed).flags for seed in range(seeds)]
            right = sum(is_right(case, f) for f in flags)
            seen = Counter(", ".join(f) or "fine" for f in flags)
            print(f"{kind:22s} {case.said:10s} {right:3d} of {seeds}  {dict(seen)}", flush=True)
            wrong = case.said != "fine"
            total["to flag" if wrong else "to clear"] += seeds
            total["named"] += right if wrong else 0
            total["flagged"] += sum(map(bool, flags)) if wrong else 0
            total["cleared"] += right if not wrong else 0
        print(
            f"{name}: {total['flagged']} of {total['to flag']} flagged ({total['named']} by name), "
            f"{total['cleared']} of {total['to clear']} cleared",
            flush=True,
        )


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:2]], *sys.argv[2:])
