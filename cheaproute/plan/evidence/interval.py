"""How sure a share is: the Wilson score interval, which holds for few samples and near 0 and 1."""

from __future__ import annotations

import math

Z95 = 1.959964


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval of the share `hits / n`; (0, 1) where nothing was seen.

    Raises:
        ValueError: `hits` is not within 0 to `n`.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n}")
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    spread = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    low = 0.0 if hits == 0 else max(0.0, centre - spread)
    high = 1.0 if hits == n else min(1.0, centre + spread)
    return low, high


def mean(values: list[float], z: float = Z95) -> tuple[float, float, float]:
    """`(mean, low, high)` of `values` by the normal approximation; needs two of them."""
    n = len(values)
    middle = math.fsum(values) / n
    spread = math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (n - 1) / n)
    return middle, max(0.0, middle - z * spread), middle + z * spread
