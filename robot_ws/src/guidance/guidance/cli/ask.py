"""`guide ask`: which procedure, counter, facility or command a sentence means."""

from __future__ import annotations

import gc
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counter_map.lookup import Answer, Lookup
    from counter_map.lookup_why import Why


def register(app: typer.Typer) -> None:
    """Add `guide ask` to the command line."""

    @app.command("ask")
    def ask(
        text: Annotated[str | None, typer.Argument(help="What the visitor said.")] = None,
        lang: Annotated[str, typer.Option(help="Language of the visitor: vi, en, ko, zh …")] = "vi",
        site: Annotated[str, typer.Option(help="Site folder or name; else $GUIDE_SITE or hcmc_center.")] = "",
        names_only: Annotated[bool, typer.Option("--names-only", help="Leave the colloquial phrases out.")] = False,
        wav: Annotated[Path | None, typer.Option(help="A recording to hear instead of TEXT.")] = None,
        batch: Annotated[Path | None, typer.Option(help="CSV with columns utterance,lang[,wav].")] = None,
        out: Annotated[Path | None, typer.Option(help="CSV to write the answers of --batch to.")] = None,
        procedures: Annotated[
            Path | None, typer.Option(help="Another catalogue: CSV with code,name_vi,field,department.")
        ] = None,
        backend: Annotated[
            str, typer.Option(help="Recogniser of --wav: viet-phrases, viet-asr or vosk.")
        ] = "viet-phrases",
        model: Annotated[str | None, typer.Option(help="Folder of the Vosk model.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
    ) -> None:
        """Find the procedure, counter, facility or command that a sentence means, and the words that decided."""
        from counter_map.lookup_language import language_of, languages
        from guide_common.errors import UserError

        if sum(given is not None for given in (text, wav, batch)) != 1:
            raise UserError('guide ask: give one of "TEXT", --wav FILE.wav, or --batch IN.csv with --out OUT.csv')
        if batch is not None and out is None:
            raise UserError("guide ask: --batch needs --out OUT.csv, where the answers go")
        if text is not None and not text.strip():
            raise UserError('guide ask: nothing was asked; put the question in quotes, as in guide ask "làm căn cước"')
        if batch is not None and not batch.is_file():
            raise UserError(f"{batch}: no such file; give a CSV with the columns utterance,lang")
        if language_of(lang) not in languages():
            raise UserError(
                f"guide ask: there is no language {lang[:20]}; use --lang with one of {', '.join(languages())}"
            )
        hear = _Ears(backend, model, site)
        heard = hear(wav, lang) if wav is not None else text or ""
        lookup = _lookup(site, procedures, names_only)
        if batch is not None and out is not None:
            from counter_map.lookup_batch import answer_table

            counts = answer_table(lookup, batch, out, hear, names_only)
            _tell_counts(counts, out, as_json)
            return
        from counter_map.lookup_why import explain

        why = explain(lookup, heard, lang, names_only)
        _tell(heard.split("\n")[0], lang, lookup.find(heard, lang, names_only), why, as_json)


class _Ears:
    """Hear recordings with one recogniser a language, loaded when first needed; the readings of a sound are lines."""

    def __init__(self, backend: str, model: str | None, site: str) -> None:
        self._backend, self._model, self._site = backend, model, site
        self._recognisers: dict[str, Any] = {}

    def __call__(self, path: Path, language: str) -> str:
        from counter_map.locate import default_site, need_site_folder
        from dialogue.hearing.transcribe import make_recogniser, transcribe_file

        if language not in self._recognisers:
            phrases = str(need_site_folder(self._site or default_site())) if self._backend == "viet-phrases" else ""
            self._recognisers[language] = make_recogniser(self._backend, language, self._model, phrases=phrases)
        heard = transcribe_file(path, language, recogniser=self._recognisers[language])
        return "\n".join((heard.text, *heard.alternatives))


def _lookup(site: str, procedures: Path | None, names_only: bool) -> Lookup:
    from counter_map.locate import default_site, need_site_folder
    from counter_map.lookup import Lookup
    from counter_map.lookup_catalogue import load_catalogue
    from counter_map.site import load_site

    catalogue = load_catalogue(procedures) if procedures is not None else None
    loaded = load_site(need_site_folder(site or default_site()))
    lookup = Lookup(catalogue if catalogue is not None else loaded.procedures, loaded.places, names_only)
    gc.freeze()  # all of it lives to the end; walking it would hold up one question of thousands by 0.15 s
    return lookup


def _tell(text: str, language: str, answer: Answer, why: Why, as_json: bool) -> None:
    if as_json:
        import json

        document = {
            "text": text,
            "language": language,
            "decision": answer.decision,
            "label": answer.label,
            "candidates": [
                {
                    "code": match.code,
                    "name": match.name,
                    "score": match.probability,
                    "counters": list(match.counters),
                    "words": list(match.evidence),
                }
                for match in answer.candidates
            ],
            "why": {**asdict(why), "words": [{"words": said, "share": round(share, 2)} for said, share in why.words]},
        }
        print(json.dumps(document, ensure_ascii=False))
        return
    print(f"{answer.decision}{'  ' + answer.label if answer.label else ''}  «{_short(text)}»")
    for rank, match in enumerate(answer.candidates, 1):
        counters = f"  counters {', '.join(match.counters)}" if match.counters else ""
        print(f"{rank}. {match.probability:.2f}  {match.code}  {match.name}{counters}")
        if match.evidence:
            print(f"      words: {', '.join(match.evidence)}")
    for line in _reasons(why):
        print(f"why: {line}")


def _reasons(why: Why) -> Iterator[str]:
    """Give what decided, a line each."""
    said = ", ".join(f"{words} ({share:.0%})" for words, share in why.words)
    if why.by == "template":
        yield f"the sentence fits a template of {why.text}: {why.words[0][0]}"
    elif why.by == "intent":
        yield f"of what is no procedure it is most like {why.text}" + (f"; decisive: {said}" if said else "")
    elif why.by in ("phrase", "text"):
        how = "it is word for word" if why.by == "phrase" else "nearest is"
        yield f"{how} “{why.text}”" + (f"; decisive: {said}" if said else "")
    if why.rather:
        yield f"rather than {why.runner_up}: {', '.join(why.rather)}"
    if why.against:
        yield f"for {why.runner_up} speaks: {', '.join(why.against)}"


def _short(text: str) -> str:
    tidy = " ".join("".join(char if char.isprintable() else " " for char in text[:400]).split())
    return tidy if len(tidy) <= 120 else tidy[:119] + "…"


def _tell_counts(counts: dict[str, int], out: Path, as_json: bool) -> None:
    if as_json:
        import json

        print(json.dumps({"out": str(out), "rows": sum(counts.values()), "decisions": counts}, ensure_ascii=False))
        return
    print(f"{sum(counts.values())} rows answered in {out}: " + ", ".join(f"{n} {d}" for d, n in sorted(counts.items())))
