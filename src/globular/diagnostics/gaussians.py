"""Mixtures of Gaussians in three forms, fitted by expectation–maximization from clusters that are there.

The same loop as k-means, with shares of a row instead of its label. *E-step*: how likely is each row under
each component, and so which share of it does each have? *M-step*: each component takes the weight, the mean
and the covariance of its shares. What the covariance may be is the form: a ball, an ellipsoid along the axes,
any ellipsoid. A step is a few products of small tables, which BLAS makes, and one exponential for each row
and component; tables lie with the rows last, so that what is done for each row is done in long runs. The rows
should lie about the origin: variances are differences of squares.

scikit-learn's `GaussianMixture` comes to the same (a test compares them), and takes several times as long for
a thousand rows, most of it to check what it is given.

Dempster, Laird & Rubin (1977); Bishop (2006), section 9.2.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from globular.points import Array

STEPS = 30
SETTLED = 1e-3  # a step gains less in log likelihood a row
FORMS = ("spherical", "diag", "full")  # the simplest first: balls, ellipsoids along the axes, any


@dataclass(frozen=True, slots=True)
class Gaussians:
    """A mixture of k Gaussians in d dimensions."""

    weights: Array  # (k,), adding up to 1
    means: Array  # (k, d)
    scales: Array  # what makes each a ball of size 1: (k, d), or (k, d, d) lower triangular

    def log_joint(self, table: Array) -> Array:
        """Return the log density of each row with each component, (k, n). table (2d, n). O(n k d²)."""
        d = len(table) // 2
        if self.scales.ndim == 3:
            off = self.scales @ table[:d]
            off -= self.scales @ self.means[:, :, None]
            joint: Array = np.einsum("kdn,kdn->kn", off, off)
            log_scales = np.log(np.diagonal(self.scales, axis1=1, axis2=2)).sum(axis=1)
        else:
            precision = self.scales * self.scales
            joint = np.concatenate([-2.0 * self.means * precision, precision], axis=1) @ table
            joint += (self.means * self.means * precision).sum(axis=1)[:, None]
            log_scales = np.log(self.scales).sum(axis=1)
        joint *= -0.5
        joint += (np.log(self.weights) + log_scales - d / 2 * math.log(2 * math.pi))[:, None]
        return joint

    def judged(self, table: Array) -> tuple[Array, Array]:
        """Return the log likelihood of each row, (n,), and which share each component has of it, (k, n)."""
        joint = self.log_joint(table)
        highest = joint.max(axis=0)
        joint -= highest
        np.exp(joint, out=joint)
        sums = joint.sum(axis=0)
        joint /= sums
        return highest + np.log(sums), joint


def table_of(points: Array) -> Array:
    """Return the columns of points (n, d) and their squares, (2d, n): what steps go by."""
    return np.concatenate([points.T, (points * points).T])


def from_labels(table: Array, labels: Array, k: int, form: str, floor: float) -> Gaussians:
    """Return the mixture of clusters: labels (n,) of the rows of a table (2d, n)."""
    return m_step(table, (labels == np.arange(k)[:, None]).astype(float), form, floor)


def m_step(table: Array, shares: Array, form: str, floor: float) -> Gaussians:
    """Return the mixture that is likeliest for the shares (k, n) of the rows of a table (2d, n). O(n k d²).

    `floor` is added to all variances: no component is narrower.
    """
    counts = shares.sum(axis=1) + 10 * np.finfo(float).eps
    d = len(table) // 2
    moments = shares @ table.T / counts[:, None]
    means = moments[:, :d]
    variances = np.maximum(moments[:, d:] - means * means, 0.0) + floor
    if form == "full":
        columns = table[:d]
        covariances = (shares[:, None, :] * columns) @ columns.T / counts[:, None, None]
        covariances += floor * np.eye(d) - means[:, :, None] * means[:, None, :]
        scales: Array = np.linalg.inv(np.linalg.cholesky(covariances))
    elif form == "diag":
        scales = 1.0 / np.sqrt(variances)
    else:
        scales = np.broadcast_to(1.0 / np.sqrt(variances.mean(axis=1, keepdims=True)), means.shape)
    return Gaussians(counts / counts.sum(), means, scales)


def fitted(
    begin: Gaussians, table: Array, form: str, floor: float, beat: float = -math.inf
) -> tuple[Gaussians, float] | None:
    """Follow `begin` to where it settles on the rows of a table, 30 steps at most.

    Returns the log likelihood a row as well, of the mixture before the last step. None where that does not
    reach `beat`; which is said as soon as it could not even if each step to come gained as much as the last:
    but for the rare rest on a plateau, they gain less and less.
    """
    found, before = begin, -math.inf
    for left in range(STEPS - 1, -1, -1):
        likelihood, shares = found.judged(table)
        found = m_step(table, shares, form, floor)
        now = float(likelihood.mean())
        if now + left * (now - before) < beat:
            return None
        if abs(now - before) < SETTLED:
            break
        before = now
    return (found, now) if now >= beat else None
