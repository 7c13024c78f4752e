"""Turn messages into the dialogue's core types, and back."""

from __future__ import annotations

from array import array
from math import hypot

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Time as TimeMsg
from guide_interfaces.msg import AudioChunk, Counter, People, Place
from guide_interfaces.srv import FindCounter

from dialogue.conversation.attention import SeenPerson
from dialogue.conversation.facts import CandidateFacts, CounterFacts, LookupAnswer, PlaceFacts


def time_msg(seconds: float) -> TimeMsg:
    """Return a stamp from seconds of the ROS clock."""
    whole = int(seconds // 1)
    return TimeMsg(sec=whole, nanosec=min(999_999_999, int((seconds - whole) * 1e9)))


def samples_of(chunk: AudioChunk) -> npt.NDArray[np.int16]:
    """Return the samples of a chunk as int16."""
    return np.asarray(chunk.samples, dtype=np.int16)


def audio_chunk(samples: npt.NDArray[np.int16], rate: int, stamp: float) -> AudioChunk:
    """Return a chunk of mono int16 samples whose first one was (or is) heard at `stamp` (s)."""
    msg = AudioChunk(sample_rate=rate)
    msg.header.stamp = time_msg(stamp)
    msg.samples = array("h", np.ascontiguousarray(samples, np.int16).tobytes())
    return msg


def counter_facts(msg: Counter) -> CounterFacts:
    """Read a counter of the lookup."""
    return CounterFacts(msg.id, msg.number, msg.name, msg.floor, msg.zone, msg.open, msg.redirect_to)


def lookup_answer(response: FindCounter.Response) -> LookupAnswer:
    """Read the lookup's answer."""
    candidates = tuple(
        CandidateFacts(
            code=c.code,
            name=c.name,
            probability=c.probability,
            counters=tuple(counter_facts(counter) for counter in c.counters),
            department=c.department,
            papers=tuple(c.papers),
            fee=c.fee,
            ticket_first=c.ticket_first,
            notice=c.notice,
        )
        for c in response.candidates
    )
    return LookupAnswer(response.decision, response.label, candidates)


def place_facts(msg: Place) -> PlaceFacts:
    """Read a place; its position is where the robot would stand."""
    at = msg.stand_pose.position
    return PlaceFacts(msg.id, msg.kind, msg.name, msg.floor, msg.zone, msg.open, at.x, at.y)


def seen_people(msg: People) -> list[SeenPerson]:
    """Read the tracked people."""
    return [SeenPerson(p.id, p.position.x, p.position.y, hypot(p.velocity.x, p.velocity.y)) for p in msg.people]
