"""The figure of expectation-maximization.

The chapter's best known figure: a start, then E and M in turn, then the end. One call draws it. The book
shows three iterations whatever the start; here every half step has a panel until no center moves, or, of a
long run, the first ones and the last.
"""

import numpy as np
from beside import beside, remark, show, show_moving
from sklearn.datasets import make_blobs

from globular.plots import EMStepsDisplay

X, _ = make_blobs(n_samples=300, centers=4, cluster_std=0.60, random_state=0)


def start(seed):
    """The figure's first centers: at random around (0, 4)."""
    return np.array([0, 4]) + np.random.RandomState(seed).randn(4, 2)


# %%
# The start of the online appendix, from which the book's figure is made.
display = EMStepsDisplay.from_data(X, start(42))
show(display, "em_figure")
moved = [h.t for h in display.halves if h.kind == "M" and not np.array_equal(h.before, h.centers)]
beside("iterations that move a center, RandomState(42)", len(moved), 3)

# %%
# The start of the other form of the figure.
display = EMStepsDisplay.from_data(X, start(1))
show(display, "em_figure_slow")
moved = [h.t for h in display.halves if h.kind == "M" and not np.array_equal(h.before, h.centers)]
after_three = next(h.cost for h in display.halves if (h.t, h.kind) == (4, "E"))
beside("iterations that move a center, RandomState(1)", len(moved), 3)
beside("cost where the book's panel says final, RandomState(1)", f"{after_three:.3f}")
beside("cost where no center moves, RandomState(1)", f"{display.halves[-1].cost:.3f}")
show_moving(display, "em_figure_moving")

# %%
remark(
    "From RandomState(1) the clusters do not converge in three iterations: it takes seven, and an eighth "
    "to see that nothing moves. What the printed figure calls its final clustering costs five times the "
    "optimum. (From the appendix's RandomState(42) it is three, as the book says.)"
)
