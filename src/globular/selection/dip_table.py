"""How likely a dip is where there is one mode: quantiles of √n times the dip of n uniform points.

Of all distributions with one mode the uniform one has the largest dips, so what would be rare there is rare
everywhere (Hartigan & Hartigan 1985). From 10,000 to 40,000 samples of each size, by the dip of
native/criteria; a test draws some of them anew."""

from __future__ import annotations

import math

import numpy as np

TAILS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
QUANTILES: dict[int, tuple[float, ...]] = {
    4: (0.2500, 0.3163, 0.3764, 0.4147, 0.4471, 0.4635, 0.4746, 0.4839, 0.4890, 0.4920),
    6: (0.3015, 0.3655, 0.3897, 0.4034, 0.4386, 0.4705, 0.4941, 0.5236, 0.5386, 0.5516),
    8: (0.3136, 0.3540, 0.3990, 0.4332, 0.4678, 0.4868, 0.5031, 0.5188, 0.5373, 0.5530),
    10: (0.3092, 0.3756, 0.4130, 0.4427, 0.4789, 0.5079, 0.5282, 0.5511, 0.5655, 0.5780),
    15: (0.3237, 0.3856, 0.4262, 0.4592, 0.4979, 0.5262, 0.5501, 0.5772, 0.5973, 0.6136),
    20: (0.3275, 0.3940, 0.4327, 0.4682, 0.5105, 0.5398, 0.5664, 0.5951, 0.6209, 0.6397),
    30: (0.3369, 0.4059, 0.4479, 0.4843, 0.5293, 0.5590, 0.5871, 0.6197, 0.6419, 0.6566),
    50: (0.3453, 0.4155, 0.4572, 0.4951, 0.5399, 0.5721, 0.6057, 0.6350, 0.6543, 0.6725),
    100: (0.3558, 0.4273, 0.4712, 0.5097, 0.5583, 0.5913, 0.6221, 0.6599, 0.6846, 0.7062),
    200: (0.3617, 0.4360, 0.4828, 0.5234, 0.5710, 0.6033, 0.6351, 0.6713, 0.6968, 0.7269),
    500: (0.3675, 0.4425, 0.4882, 0.5292, 0.5783, 0.6138, 0.6457, 0.6801, 0.7034, 0.7374),
    2000: (0.3753, 0.4535, 0.4998, 0.5412, 0.5873, 0.6169, 0.6488, 0.6858, 0.7320, 0.7831),
}


def dip_p_value(dip: float, n: float) -> float:
    """Return how often `n` points with one mode have a dip as large, at most.

    Between the sizes of the table linear in 1/√n, between its tails in the logarithm; 1.0 above them and
    extended below. With fewer than four points nothing is known: 1.0.

    >>> dip_p_value(0.25, 100) < 1e-4
    True
    >>> dip_p_value(0.01, 100)
    1.0
    """
    if n < min(QUANTILES):
        return 1.0
    sizes = np.array(list(QUANTILES))
    table = np.array(list(QUANTILES.values()))
    at = 1 / math.sqrt(n)
    quantiles = [np.interp(at, 1 / np.sqrt(sizes[::-1]), column[::-1]) for column in table.T]
    seen = math.sqrt(n) * dip
    if seen <= quantiles[0]:
        return 1.0
    logs = np.log(TAILS)
    if seen >= quantiles[-1]:
        slope = (logs[-1] - logs[-3]) / (quantiles[-1] - quantiles[-3])
        return float(math.exp(max(logs[-1] + slope * (seen - quantiles[-1]), -700.0)))
    return float(math.exp(np.interp(seen, quantiles, logs)))
