"""As many points as china.jpg has pixels, three features, 16 centers."""

from benchmarks.case import Case, uniform

CASE = Case("273,280 x 3, k=16", uniform(273_280, 3, 16), 20, quick=True)
