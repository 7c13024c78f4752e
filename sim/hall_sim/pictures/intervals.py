"""95 % intervals of means, shares and differences, and what they become when scenarios are put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, variance

from scipy.stats import chi2
from scipy.stats import t as student

from hall_sim.runs.summary import wilson

TWO_SIDED = 0.975


@dataclass(frozen=True, slots=True)
class Estimate:
    """Hold a value with its 95 % interval (NaN where there is none), from `n` runs or pairs of runs."""

    value: float
    low: float
    high: float
    n: int

    @property
    def known(self) -> bool:
        """Tell whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)


def mean(values: Sequence[float]) -> Estimate:
    """Return the mean of at least one value, with Student's t interval."""
    return _around(fmean(values), *_error(values), len(values))


def share(values: Sequence[float]) -> Estimate:
    """Return the share of ones among zeros and ones, with Wilson's interval."""
    return Estimate(fmean(values), *wilson(round(sum(values)), len(values)), len(values))


def amount(values: Sequence[float]) -> Estimate:
    """Return the mean as `mean` does; of values that are never negative the interval is not either."""
    found = mean(values)
    return replace(found, low=max(found.low, 0.0)) if found.known and min(values) >= 0.0 else found


def rate(values: Sequence[float]) -> Estimate:
    """Return the mean of counts of rare events, with Garwood's interval (F. Garwood, 1936)."""
    count, n = sum(values), len(values)
    low = float(chi2.ppf(1.0 - TWO_SIDED, 2.0 * count)) / 2.0 if count else 0.0
    return Estimate(count / n, low / n, float(chi2.ppf(TWO_SIDED, 2.0 * count + 2.0)) / 2.0 / n, n)


def paired(before: Sequence[float], after: Sequence[float]) -> Estimate:
    """Return the mean of the differences of pairs, after less before, with Student's t interval."""
    return mean([b - a for a, b in zip(before, after, strict=True)])


def welch(before: Sequence[float], after: Sequence[float]) -> Estimate:
    """Return the difference of two means, after less before (B. L. Welch, 1947)."""
    (error_a, df_a), (error_b, df_b) = _error(before), _error(after)
    square = error_a**2 + error_b**2
    parts = (error_a**4 / df_a if df_a else math.nan) + (error_b**4 / df_b if df_b else math.nan)
    df = square**2 / parts if parts > 0.0 else max(df_a, df_b)
    return _around(fmean(after) - fmean(before), math.sqrt(square), df, min(len(before), len(after)))


def apart(before: Estimate, after: Estimate) -> Estimate:
    """Return the difference of two estimates, after less before.

    Of two shares with Wilson's intervals this is R. G. Newcombe's method 10 (1998), of others MOVER.
    """
    low = math.hypot(after.value - after.low, before.high - before.value)
    high = math.hypot(after.high - after.value, before.value - before.low)
    difference = after.value - before.value
    return Estimate(difference, difference - low, difference + high, min(before.n, after.n))


def together(parts: Sequence[Estimate]) -> Estimate:
    """Return the mean of estimates that do not depend on one another (MOVER: G. Y. Zou and A. Donner, 2008)."""
    value, k = fmean(part.value for part in parts), len(parts)
    low = math.sqrt(sum((part.value - part.low) ** 2 for part in parts)) / k
    high = math.sqrt(sum((part.high - part.value) ** 2 for part in parts)) / k
    return Estimate(value, value - low, value + high, sum(part.n for part in parts))


def _error(values: Sequence[float]) -> tuple[float, float]:
    """Return the standard error of a mean and its degrees of freedom; NaN and 0 for a single value."""
    count = len(values)
    return (math.sqrt(variance(values) / count), count - 1.0) if count > 1 else (math.nan, 0.0)


def _around(value: float, error: float, df: float, n: int) -> Estimate:
    if not math.isfinite(error):
        return Estimate(value, math.nan, math.nan, n)
    half = float(student.ppf(TWO_SIDED, df)) * error if error > 0.0 else 0.0
    return Estimate(value, value - half, value + half, n)
