"""Learn what a recogniser writes for what is said, from pairs of a text and its transcript.

    python -m counter_map.confusions_fit PAIRS.tsv --source "who spoke, which recogniser, how many"

A line of PAIRS is the text, a tab and the transcript (`python -m bench.sound --pairs` writes such). The two are aligned
syllable by syllable, parts of aligned syllables are counted, and the alignment is done again with what was learned.
Counts are smoothed towards closeness of articulation (`text_phonetics`), so that pairs never seen have odds too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from counter_map.text import normalise
from counter_map.text_confusions import Confusions, SaidWords, confusions_file, from_data
from counter_map.text_phonetics import CODA_TABLE, ONSET_TABLE, TONE_TABLE, likeness, nucleus_cost, parse

ROUNDS = 4
PRIOR_WEIGHT, PRIOR_SHARPNESS = 8.0, 6.0
LEAST_ODDS = -1.5
"""An aligned pair with lower odds is an accident of the alignment and is not counted."""
GAP = -0.5
SKIPPED, ADDED = -0.7, -0.3
Pair = tuple[list[str], list[str]]
Score = Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]


def read_pairs(path: Path) -> list[Pair]:
    """Read the words of each text and transcript; lines with nothing on either side are left out."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    pairs = [(normalise(row[0]).split(), normalise(row[1]).split()) for row in rows]
    return [pair for pair in pairs if pair[0] and pair[1]]


def learn(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Give the learned tables as the data file holds them."""
    nuclei = sorted({part.nucleus for pair in pairs for words in pair for word in words if (part := parse(word))})
    score: Score = _by_likeness
    data: dict[str, Any] = {}
    for _ in range(ROUNDS):
        data = _tables(_aligned(pairs, score), nuclei)
        score = _by_odds(from_data(data))
    return data


def _by_likeness(said: Sequence[str], heard: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[4.0 * likeness(one, two) + LEAST_ODDS for two in heard] for one in said])


def _by_odds(confusions: Confusions) -> Score:
    def score(said: Sequence[str], heard: Sequence[str]) -> NDArray[np.float64]:
        words = SaidWords(said, confusions)
        return np.stack([words.odds(word) for word in heard], axis=1).astype(np.float64)

    return score


def _aligned(pairs: Iterable[Pair], score: Score) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for said, heard in pairs:
        odds = score(list(said), heard)
        found.update((said[i], heard[j]) for i, j in align(odds) if odds[i, j] >= LEAST_ODDS)
    return found


def align(odds: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pair rows with columns in order so that the sum of their odds, less a price for each left over, is greatest."""
    rows, columns = odds.shape
    best = np.zeros((rows + 1, columns + 1))
    best[:, 0], best[0, :] = GAP * np.arange(rows + 1), GAP * np.arange(columns + 1)
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            best[i, j] = max(best[i - 1, j - 1] + odds[i - 1, j - 1], best[i - 1, j] + GAP, best[i, j - 1] + GAP)
    places = []
    i, j = rows, columns
    while i and j:
        if best[i, j] == best[i - 1, j - 1] + odds[i - 1, j - 1]:
            places.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif best[i, j] == best[i - 1, j] + GAP:
            i -= 1
        else:
            j -= 1
    return places[::-1]


def _tables(counts: Counter[tuple[str, str]], nuclei: list[str]) -> dict[str, Any]:
    at = {nucleus: i for i, nucleus in enumerate(nuclei)}
    nucleus_costs = np.array([[nucleus_cost(one, two) for two in nuclei] for one in nuclei])
    costs = {"onset": ONSET_TABLE, "nucleus": nucleus_costs, "coda": CODA_TABLE, "tone": TONE_TABLE}
    seen = {part: np.zeros(cost.shape) for part, cost in costs.items()}
    for (said, heard), count in counts.items():
        one, two = parse(said), parse(heard)
        if one is not None and two is not None:
            seen["onset"][one.onset, two.onset] += count
            seen["nucleus"][at[one.nucleus], at[two.nucleus]] += count
            seen["coda"][one.coda, two.coda] += count
            seen["tone"][one.tone, two.tone] += count
    said_counts: Counter[str] = Counter()
    heard_counts: Counter[str] = Counter()
    for (said, heard), count in counts.items():
        said_counts[said] += count
        heard_counts[heard] += count
    odds = {part: np.round(_odds(seen[part], cost), 3).tolist() for part, cost in costs.items()}
    return {
        "nuclei": nuclei, **odds, "pairs": {f"{a} {b}": n for (a, b), n in sorted(counts.items())},
        "said": dict(sorted(said_counts.items())), "heard": dict(sorted(heard_counts.items())),
        "total": sum(counts.values()), "skipped": SKIPPED, "added": ADDED,
    }  # fmt: skip


def _odds(counts: NDArray[np.float64], costs: NDArray[Any]) -> NDArray[np.float64]:
    """Log P(heard | said) / P(heard), the counts of each said part smoothed towards what sounds like it."""
    heard = (counts.sum(axis=0) + 0.5) / (counts.sum() + 0.5 * len(counts))
    prior = np.exp(-PRIOR_SHARPNESS * costs) * heard
    prior /= prior.sum(axis=1, keepdims=True)
    share = (counts + PRIOR_WEIGHT * prior) / (counts.sum(axis=1, keepdims=True) + PRIOR_WEIGHT)
    return np.asarray(np.log(share / heard))


def main() -> int:
    """Run the tool."""
    parser = argparse.ArgumentParser(description="Learn a recogniser's confusions from texts and their transcripts.")
    parser.add_argument("pairs", type=Path, help="a text, a tab and its transcript on each line")
    parser.add_argument("--source", required=True, help="where the pairs come from; stands in the file")
    parser.add_argument("--language", default="vi")
    given = parser.parse_args()
    pairs = read_pairs(given.pairs)
    if not pairs:
        print(f"{given.pairs}: no line with a text, a tab and a transcript", file=sys.stderr)
        return 1
    data = {"source": given.source, "sentences": len(pairs), **learn(pairs)}
    path = confusions_file(given.language)
    path.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path}: {data['total']} aligned syllables of {len(pairs)} sentences")
    return 0


if __name__ == "__main__":
    sys.exit(main())
