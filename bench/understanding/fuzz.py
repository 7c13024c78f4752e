"""Ask the lookup hostile strings and report exceptions and the slowest answers.

    python -m bench.understanding.fuzz [--count 100000]

Control characters, bidirectional and zero-width marks, emoji, markup, SQL, digits, other scripts, combining marks,
broken words of real sentences, and strings of up to a megabyte.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter, thread_time

from bench.understanding.score import read_sentences
from counter_map.lookup import Lookup
from counter_map.site import load_site

ROOT = Path(__file__).parents[2]
ALPHABETS = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxy áàảãạ",
    "\x00\x07\x1b\n\t\r\x7f\x85", "\u202e\u202d\u200b\u200f\u2066\ufeff\u0301\u0323",
    "🤖🎉👩‍⚖️🇻🇳", "'\";--()<>{}[]|\\%$`#&*=+~^", "0123456789", "汉字한국어עבריתالعربية", "\U0001d4d0ﬁﬃ½Ⅳ㍿", "İıßſΣς",
)  # fmt: skip
SNIPPETS = (
    "' OR 1=1; DROP TABLE procedures; --", "<script>alert(1)</script>", "../../etc/passwd", "{n} {zone} {department}",
    "%s%n%x", "\\u0000", "${jndi:ldap://x}", "quầy 99999999999999999999", "q0", "NaN", "\ud800", "null",
)  # fmt: skip
LARGE_EVERY, LARGE = 5000, 1_000_000
MOST = 50.0
"""ms that one answer may take."""


def hostile(count: int, random: Random, sentences: list[str]) -> Iterator[str]:
    """Give hostile strings, every LARGE_EVERY-th of a megabyte."""
    for number in range(count):
        alphabet = "".join(random.sample(ALPHABETS, random.randint(1, 4))) + " "
        text = "".join(random.choices(alphabet, k=random.randint(0, 120)))
        kind = random.random()
        if kind < 0.25:
            words = random.choice(sentences).split()
            words.insert(random.randrange(len(words) + 1), text[:20])
            text = " ".join(words)
        elif kind < 0.4:
            text = random.choice(SNIPPETS) + text + random.choice(SNIPPETS)
        elif kind < 0.5:
            text = "".join(random.choices(random.choice(sentences), k=8)) + text
        yield (text or "x") * (LARGE // max(len(text), 1) + 1) if number % LARGE_EVERY == LARGE_EVERY - 1 else text


def main() -> int:
    """Ask, and fail on an exception or a slow answer."""
    parser = argparse.ArgumentParser(description="Ask the lookup hostile strings.")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    site = load_site(ROOT / "maps/hcmc_center")
    lookup = Lookup(site.procedures, site.places)
    gc.freeze()  # as `guide ask` does
    sentences = [each.text for each in read_sentences(ROOT / "bench/understanding/sentences.csv")]
    for text in sentences[:50]:
        lookup.find(text)
    random = Random(given.seed)
    slowest: list[tuple[float, float, str]] = []
    raised = 0
    for text in hostile(given.count, random, sentences):
        wall, own = perf_counter(), thread_time()
        try:
            lookup.find(text, random.choice(("vi", "en", "xx", "")))
        except Exception as error:
            raised += 1
            print(f"raised {type(error).__name__}: {error}: {text[:80]!r}")
        slowest.append((1e3 * (thread_time() - own), 1e3 * (perf_counter() - wall), text[:60]))
    slowest.sort(reverse=True)
    late = sum(own > MOST for own, _, _ in slowest)
    print(f"{given.count} strings: {raised} exceptions, {late} over {MOST:.0f} ms of processor time; slowest:")
    for own, wall, text in slowest[:5]:
        print(f"  {own:6.1f} ms ({wall:.1f} ms on the clock)  {text!r}")
    return 1 if raised or late else 0


if __name__ == "__main__":
    raise SystemExit(main())
