"""Measure what the lookup understands: a table by kind, the confusions, and how far its scores can be trusted.

    python -m bench.understanding [--sentences FILE.csv]... [--out docs/understanding.md]

Sentences have the columns utterance, lang, kind, region, expected; without `--sentences` both committed tables are
asked.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench.understanding.score import DECLINED, LABELLED, UNAMBIGUOUS, Asked, ask, read_sentences, reliability
from counter_map.lookup import Lookup
from counter_map.site import load_site

ROOT = Path(__file__).parents[2]
TABLES = (ROOT / "bench/understanding/sentences.csv", ROOT / "bench/understanding/dev.csv")
BEGIN, END = "<!-- understanding:begin (make eval) -->", "<!-- understanding:end -->"
SHOWN_CONFUSIONS = 60


def percent(values: list[bool]) -> str:
    return f"{100.0 * float(np.mean(values)):.1f}" if values else "–"


def table(asked: list[Asked]) -> list[str]:
    """Write the rows by kind, of all sentences and of the half that nothing was tuned on."""
    lines = ["| kind | sentences | top-1 / top-3 % | held out | names only | held out |", "|---|---|---|---|---|---|"]
    rows: dict[str, list[Asked]] = {}
    for each in asked:
        rows.setdefault(each.sentence.row, []).append(each)
    procedures = [each for each in asked if each.sentence.kind not in (*LABELLED, *DECLINED)]
    rows["**all procedures, Vietnamese**"] = [each for each in procedures if each.sentence.language == "vi"]
    rows["**all procedures**"] = procedures
    for name, group in rows.items():
        held = [each for each in group if each.sentence.held_out]
        if group[0].sentence.kind in (*LABELLED, *DECLINED):
            cells = [percent([e.right() for e in group]), percent([e.right() for e in held]), "", ""]
        else:
            cells = [
                f"{percent([e.right(1, names) for e in part])} / {percent([e.right(3, names) for e in part])}"
                for names in (False, True)
                for part in (group, held)
            ]
        lines.append(f"| {name} | {len(group)} | " + " | ".join(cells) + " |")
    return lines


def decisions(asked: list[Asked]) -> list[str]:
    """Write how often good questions are answered, confirmed, or refused."""
    good = [each for each in asked if each.sentence.kind in UNAMBIGUOUS]
    at_once = [each.answer.decision in ("answer", "confirm") for each in good]
    wrongly = [each.answer.decision == "answer" and not each.right() for each in good]
    refused = [each.answer.decision not in ("answer", "confirm", "clarify") for each in good]
    return [
        f"- Of {len(good)} good, unambiguous questions {percent(at_once)} % are answered or confirmed at once, "
        f"{percent(refused)} % refused; {percent(wrongly)} % are answered wrongly without a question back.",
    ]


def trust(asked: list[Asked]) -> list[str]:
    """Write the reliability table."""
    error, rows = reliability(asked)
    lines = [
        f"Expected calibration error {error:.3f}, ten bins of equal count:",
        "",
        "| said | true | answers |",
        "|---|---|---|",
    ]
    return lines + [f"| {said:.2f} | {true:.2f} | {count} |" for said, true, count in rows]


def confusions(asked: list[Asked]) -> list[str]:
    """List what was understood wrongly."""
    wrong = [each for each in asked if not each.right()]
    lines = [f"{len(wrong)} of {len(asked)} sentences; the first {min(len(wrong), SHOWN_CONFUSIONS)}:", ""]
    for each in wrong[:SHOWN_CONFUSIONS]:
        first = each.answer.candidates[0].name[:60] if each.answer.candidates else ""
        got = each.answer.label or first or each.answer.decision
        lines.append(f"- {each.sentence.kind}: “{each.sentence.text[:100]}” → {each.answer.decision}: {got}")
    return lines


def main() -> int:
    """Ask every table and print the report; with `--out` put it between the marks of a document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sentences", type=Path, action="append", help="table of sentences (CSV)")
    parser.add_argument("--site", type=Path, default=ROOT / "maps/hcmc_center", help="folder of the site")
    parser.add_argument("--out", type=Path, help="document to put the report in")
    options = parser.parse_args()
    site = load_site(options.site)
    lookup = Lookup(site.procedures, site.places)
    parts: list[str] = []
    for path in options.sentences or TABLES:
        asked = ask(lookup, read_sentences(path))
        parts += [f"### {path.name}: {len(asked)} sentences", "", *table(asked), "", *decisions(asked), ""]
        parts += ["#### How far the scores can be trusted", "", *trust(asked), ""]
        parts += ["#### Understood wrongly", "", *confusions(asked), ""]
    report = "\n".join(parts)
    print(report)
    if options.out is not None:
        text = options.out.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        options.out.write_text(f"{before}{BEGIN}\n{report}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
