"""Verbs of `guide procedure` for what visitors say: teach a phrase, forget one."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guidance.cli.places import AsJson, By, SiteName, StorePlace, author, open_site, procedure_verbs

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
