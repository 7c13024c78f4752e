"""Verbs of `guide procedure` for what visitors say: teach a phrase, forget one, see what found nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guidance.cli.places import AsJson, By, SiteName, StorePlace, author, open_site, procedure_verbs

if TYPE_CHECKING:
    from counter_map.lookup import Lookup
    from counter_map.unanswered import Unanswered

Code = Annotated[str, typer.Argument(help="The procedure's code; guide ask finds it by words.")]
Phrase = Annotated[str, typer.Argument(help="What visitors say, in quotes.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the phrase.")]


def register(app: typer.Typer) -> None:
    """Add nothing of its own: the verbs are those of `guide procedure`."""


@procedure_verbs.command("teach")
def teach(
    code: Code,
    phrase: Phrase,
    lang: Lang = "vi",
    site: SiteName = "",
    store: StorePlace = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Teach what visitors say for a procedure; running robots know it within a second or two."""
    opened, _ = open_site(site, store)
    before = opened.revision()
    revision = opened.teach(code, phrase, lang, author(by))
    if as_json:
        print(
            json.dumps(
                {"code": code, "phrase": phrase, "revision": revision, "new": revision != before}, ensure_ascii=False
            )
        )
    elif revision == before:
        print(f"{code} has the phrase “{phrase}” already; revision {revision} stays in force")
    else:
        print(f"{code} is now also “{phrase}”; revision {revision} is in force")


@procedure_verbs.command("forget")
def forget(
    code: Code,
    phrase: Phrase,
    lang: Lang = "vi",
    site: SiteName = "",
    store: StorePlace = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Take a phrase away from a procedure: the undoing of teach."""
    opened, _ = open_site(site, store)
    revision = opened.forget(code, phrase, lang, author(by))
    if as_json:
        print(json.dumps({"code": code, "phrase": phrase, "revision": revision}, ensure_ascii=False))
    else:
        print(f"{code} is no longer “{phrase}”; revision {revision} is in force")


@procedure_verbs.command("unanswered")
def unanswered(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many to list.")] = 20,
    clear: Annotated[bool, typer.Option("--clear", help="Forget them all.")] = False,
    site: SiteName = "",
    store: StorePlace = "",
    as_json: AsJson = False,
) -> None:
    """List the questions that found nothing, most asked first, each with the nearest procedures to teach it to."""
    opened, current = open_site(site, store)
    if clear:
        dropped = opened.clear_unanswered()
        print(json.dumps({"cleared": dropped}) if as_json else f"{dropped} questions are forgotten")
        return
    from counter_map.lookup import Lookup

    questions = opened.unanswered()
    lookup = Lookup(current.procedures, current.places) if questions else None
    rows = [] if lookup is None else [_question_row(lookup, each) for each in questions]
    open_rows = [row for row in rows if row.pop("open")]
    if as_json:
        print(json.dumps(open_rows[:limit], ensure_ascii=False))
        return
    for row in open_rows[:limit]:
        _tell_question(row)
    known = len(rows) - len(open_rows)
    print(f"{len(open_rows)} questions found nothing" + (f"; {known} more are understood by now" if known else ""))


def _question_row(lookup: Lookup, question: Unanswered) -> dict[str, Any]:
    answer = lookup.find(question.text.replace("***", " "), question.language or "vi")
    return {
        "text": question.text,
        "language": question.language,
        "count": question.count,
        "first_day": question.first_day.isoformat(),
        "last_day": question.last_day.isoformat(),
        "nearest": [{"code": m.code, "name": m.name} for m in answer.candidates],
        "open": answer.decision == "reject",
    }


def _tell_question(row: dict[str, Any]) -> None:
    days = " – ".join(dict.fromkeys((row["first_day"], row["last_day"])))
    print(f"{row['count']:>4} ×  {row['text']}  ({row['language'] or 'unknown language'}, {days})")
    lang = "" if row["language"] in ("", "vi") else f" --lang {row['language']}"
    said = " ".join(row["text"].replace("***", " ").split())
    for near in row["nearest"]:
        print(f'        guide procedure teach {near["code"]} "{said}"{lang}   # {near["name"][:60]}')
