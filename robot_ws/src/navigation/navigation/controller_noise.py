"""The perturbations that the MPPI controller scatters about its plan.

Two things make the mean of the samples calm enough to drive a straight line. Every perturbation has its mirror
image (antithetic variates, Hammersley and Morton 1956), so that on an even slope of prices they cancel; and there are
several widths of them: the wide ones find the way round a person, the narrow ones hold the line. With one width alone
nearly all samples near the line are worse than the plan, the few that are not decide, and the robot weaves.
"""

from __future__ import annotations

import math

import numpy as np

SCALES = (1.0, 0.5, 0.25, 0.12)
"""Shares of the spread; a quarter of the samples has each."""

KEEP = 0.8
"""Correlation between two steps: sequences that hold a change reach further than white noise."""


def make_noise(rng: np.random.Generator, rows: int, steps: int, speed: float, turn_rate: float) -> np.ndarray:
    """Return a bank of perturbations (rows x 2*steps float32: m/s, rad/s): rows 2i and 2i+1 mirror each other.

    Args:
        rng: where they come from.
        rows: an even number.
        steps: of a sequence.
        speed: one sigma of the widest, m/s.
        turn_rate: one sigma of the widest, rad/s.
    """
    half = rng.standard_normal((rows // 2, steps, 2))
    for t in range(1, steps):
        half[:, t] = KEEP * half[:, t - 1] + math.sqrt(1.0 - KEEP * KEEP) * half[:, t]
    half *= np.resize(SCALES, rows // 2)[:, None, None]
    half *= speed, turn_rate
    bank = np.empty((rows, 2 * steps), np.float32)
    bank[0::2] = half.reshape(rows // 2, -1)
    bank[1::2] = -bank[0::2]
    return bank
