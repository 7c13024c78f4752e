"""People who came together: they walk abreast, wait for one another, and children run about.

Who leads a group has the errands; the others keep to their side. Two walk side
by side and a third a little behind, about an arm's length apart (Moussaïd et
al., "The walking behaviour of pedestrian social groups", 2010).
"""

from __future__ import annotations

import math

import numpy as np

from hall_sim.people.crowd import PERIOD, Crowd
from hall_sim.people.errands import Errand
from hall_sim.people.kinds import CHILD

SIDES = ((0.0, -0.75), (0.0, 0.75), (-0.8, -0.4), (-0.8, 0.4), (-1.4, 0.0), (-1.4, 0.8), (-1.4, -0.8))
"""m ahead of and to the left of the leader."""
AHEAD = 0.5
"""m: who keeps up with somebody aims at where they will be."""
AT_SIDE = 0.35
"""m from their place at which somebody need not walk on."""
LOOKS_EVERY = 0.5
WAITS_FROM, STOPS_FROM = 1.8, 3.0
"""m to the last of the group from which its leader walks slower, and stops."""
WAITS_FOR, GOES_ON_FOR = 8.0, 6.0
"""s that a leader waits for the last, and then walks on before they wait again."""
RUNS_WITHIN = 1.6
"""m that children stray from the adult they came with."""
NEW_WHIM = (1.0, 4.0)
"""s until a child wants something else."""
CHILD_PACES = (0.5, 1.9)


def lead(errand: Errand) -> None:
    """Let somebody with company walk no faster than the company can."""
    walker = errand.walker
    assert walker is not None
    inside = [other.walker for other in errand.company if other.walker is not None]
    last = max((math.dist(walker.position, other.position) for other in inside), default=0.0)
    if last < STOPS_FROM:
        errand.waited = 0.0
        walker.pace = errand.pace * (1.0 if last < WAITS_FROM else 0.5)
        return
    # Somebody held up in a jam is waited for, but not for ever: they know the way.
    errand.waited += PERIOD
    walker.pace = 0.0 if errand.waited % (WAITS_FOR + GOES_ON_FOR) < WAITS_FOR else 0.5 * errand.pace


def keep_company(errand: Errand, crowd: Crowd, time: float, rng: np.random.Generator) -> None:
    """Let somebody stay with who leads them, for the next 50 ms; `time` in s since the start."""
    walker, leader = errand.walker, errand.leader.walker if errand.leader else None
    assert walker is not None
    if leader is None or time < errand.until:
        return
    if errand.kind is CHILD:
        _whim(errand, time, rng)
    else:
        errand.until = time + LOOKS_EVERY
        errand.offset = SIDES[errand.place % len(SIDES)]
    moving = bool(leader.way) and leader.pace > 0.0
    c, s = math.cos(leader.heading), math.sin(leader.heading)
    along, aside = errand.offset[0] + (AHEAD if moving else 0.0), errand.offset[1]
    x, y = leader.position
    goal = (x + c * along - s * aside, y + s * along + c * aside)
    if not crowd.walkable_for(errand.kind).contains(goal):
        goal = (x - 0.8 * c, y - 0.8 * s) if moving else leader.position
    off = math.dist(walker.position, goal)
    if off < AT_SIDE and not moving:
        walker.stand(math.atan2(y - walker.position[1], x - walker.position[0]))
        return
    if errand.kind is not CHILD:
        walker.pace = leader.pace * min(max(0.8 + 0.6 * off, 0.5), 1.6) if moving else errand.pace
    walker.way = crowd.route(walker, goal)


def _whim(errand: Errand, time: float, rng: np.random.Generator) -> None:
    """Let a child choose another place about the adult, and a pace to run there."""
    errand.until = time + rng.uniform(*NEW_WHIM)
    angle, off = rng.uniform(-math.pi, math.pi), RUNS_WITHIN * math.sqrt(rng.random())
    errand.offset = (off * math.cos(angle), off * math.sin(angle))
    assert errand.walker is not None
    errand.walker.pace = float(rng.uniform(*CHILD_PACES))
