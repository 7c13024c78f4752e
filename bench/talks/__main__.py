"""Let made-up visitors talk with the real conversation, and count how they fared.

    python -m bench.talks [--count 500] [--kind two_wishes] [--seed 1] [--show] [--write docs/conversations.md]

Fifty talks are written down (`data/scripted.yaml`), the others come from seeds. The state machine, the reception, the
lookup and the site are the product's own; the clock, the driving and the visitors are played. Exits with 1 when less
than 97 % succeed, visitors need more than 3.2 turns in the mean, or a talk has a dead end.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.talks.kinds import KINDS
from bench.talks.pictures import record_talks
from bench.talks.report import fallen_short, reached, rows, table, transcripts, write_page
from bench.talks.run import FIRST_SEED, generated
from bench.talks.scripted import scripted
from counter_map.lookup import Lookup
from counter_map.site import load_site

SITE = Path(__file__).resolve().parents[2] / "maps" / "hcmc_center"


def main() -> int:
    """Run what the command line asks for."""
    wanted = _arguments()
    site = load_site(wanted.site)
    lookup = Lookup(site.procedures, site.places)
    if wanted.record:
        record_talks(site, lookup, wanted.record)
        return 0
    written = [] if wanted.kind else list(scripted(site, lookup))
    made_up = list(generated(site, lookup, wanted.count, wanted.kind, wanted.seed))
    found = rows(written, made_up)
    print(table(found))
    print(f"\nfell short:\n{fallen_short([*written, *made_up])}")
    if wanted.show:
        print(f"\n{transcripts([*written, *made_up])}")
    if wanted.write:
        write_page(wanted.write, written, made_up)
    return 0 if reached(found[-1]) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=500, help="how many visitors are made up")
    parser.add_argument("--kind", default="", choices=["", *KINDS], help="only visitors of a kind")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="the first seed")
    parser.add_argument("--site", type=Path, default=SITE, help="the folder of the site")
    parser.add_argument("--show", action="store_true", help="print the talks that went wrong")
    parser.add_argument("--write", type=Path, help="a page to put the table in")
    parser.add_argument("--record", type=Path, help="only draw three whole talks, with captions, into a folder")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
