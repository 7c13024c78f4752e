"""`guide ask`, as a person or a script calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from counter_map.errors import SiteError
from counter_map.lookup_batch import ADDED
from counter_map.lookup_catalogue import load_catalogue
from guidance.cli.ask import register
from guide_common.errors import UserError

ROOT = Path(__file__).parents[2]
SITE = str(ROOT / "maps/hcmc_center")


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    application = typer.Typer()
    application.callback()(lambda: None)
    register(application)
    return application


def ask(app: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["ask", "--site", SITE, *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refusal(app: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["ask", "--site", SITE, *arguments])
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


class TestText:
    def test_json(self, app: typer.Typer) -> None:
        answer = json.loads(ask(app, "tôi muốn làm phiếu lý lịch tư pháp", "--json"))
        assert answer["decision"] == "answer"
        first = answer["candidates"][0]
        assert first["code"] == "3.000333"
        assert set(first) == {"code", "name", "score", "counters", "words"}
        assert first["words"]
        assert "lý lịch" in " ".join(each["words"] for each in answer["why"]["words"])

    def test_words_for_people(self, app: typer.Typer) -> None:
        told = ask(app, "nhà vệ sinh ở đâu")
        assert told.startswith("facility  facility:wc")
        assert "why: the sentence fits a template of facility:wc: nhà vệ sinh" in told

    def test_why_this_one_and_not_the_next(self, app: typer.Typer) -> None:
        told = ask(app, "tôi muốn làm phiếu lý lịch tư pháp")
        assert "decisive: lý lịch" in told
        assert "why: rather than " in told

    def test_names_only(self, app: typer.Typer) -> None:
        answer = json.loads(ask(app, "giải thể công ty", "--names-only", "--json"))
        assert "Giải thể doanh nghiệp" in answer["candidates"][0]["name"]

    @pytest.mark.parametrize("text", ["🤖", "\x01\x02abc", "a" * 100_000, "' OR 1=1 --"])
    def test_odd_text_is_answered(self, app: typer.Typer, text: str) -> None:
        assert json.loads(ask(app, text, "--json"))["decision"]


class TestBatch:
    def test_adds_the_columns(self, app: typer.Typer, tmp_path: Path) -> None:
        questions, answers = tmp_path / "in.csv", tmp_path / "out.csv"
        questions.write_text(
            "utterance,lang,wav,note\nlàm hộ chiếu,vi,,a\n,vi,,b\nwhere is the toilet,en,,c\n,vi,broken.wav,d\n",
            encoding="utf-8",
        )
        (tmp_path / "broken.wav").write_bytes(b"RIFF no sound at all")
        ask(app, "--batch", str(questions), "--out", str(answers))
        with answers.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert set(ADDED) <= set(rows[0])
        assert [row["note"] for row in rows] == ["a", "b", "c", "d"]
        assert rows[0]["code_1"] == "1.001456"
        assert float(rows[0]["score_1"]) > 0.3
        assert rows[1]["decision"] == "reject"
        assert rows[2]["label"] == "facility:wc"
        assert rows[3]["decision"] == "reject"
        assert "broken.wav" in rows[3]["error"]
        assert all(float(row["ms"]) >= 0 for row in rows)

    def test_a_broken_row_does_not_stop_the_others(self, app: typer.Typer, tmp_path: Path) -> None:
        questions, answers = tmp_path / "in.csv", tmp_path / "out.csv"
        rows = b"vi,\xff\xfe\x00\nvi\nvi," + "làm căn cước".encode() + b",more,cells\n"
        questions.write_bytes(b"lang,utterance\n" + rows)
        ask(app, "--batch", str(questions), "--out", str(answers))
        with answers.open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == 3


class TestRefusals:
    def test_nothing_given(self, app: typer.Typer) -> None:
        assert "give one of" in refusal(app)

    def test_empty_text(self, app: typer.Typer) -> None:
        assert "nothing was asked" in refusal(app, " ")

    def test_unknown_language(self, app: typer.Typer) -> None:
        assert "there is no language xx; use --lang with one of en, ko, vi, zh" in refusal(app, "abc", "--lang", "xx")

    def test_missing_table(self, app: typer.Typer, tmp_path: Path) -> None:
        assert "nothere.csv" in refusal(app, "--batch", str(tmp_path / "nothere.csv"), "--out", "x.csv")

    def test_missing_sound(self, app: typer.Typer, tmp_path: Path) -> None:
        assert "nothere.wav" in refusal(app, "--wav", str(tmp_path / "nothere.wav"))

    def test_wrong_columns_are_named(self, app: typer.Typer, tmp_path: Path) -> None:
        table = tmp_path / "in.csv"
        table.write_text("question\nabc\n")
        assert "utterance" in refusal(app, "--batch", str(table), "--out", str(tmp_path / "out.csv"))

    def test_missing_site(self, app: typer.Typer) -> None:
        result = CliRunner().invoke(app, ["ask", "abc", "--site", "no_such_site"])
        assert isinstance(result.exception, UserError)


class TestCatalogue:
    def test_looks_up_in_another_catalogue(self, app: typer.Typer, tmp_path: Path) -> None:
        table = tmp_path / "other.csv"
        table.write_text(
            "code,name_vi,field,department\n"
            "9.1,Cấp giấy phép nuôi ong,Chăn nuôi,Sở Nông nghiệp\n"
            "9.2,Gia hạn giấy phép lặn biển,Thể thao,Sở Văn hóa\n",
            encoding="utf-8",
        )
        answer = json.loads(ask(app, "tôi muốn xin giấy phép nuôi ong", "--procedures", str(table), "--json"))
        assert answer["candidates"][0]["code"] == "9.1"

    @pytest.mark.parametrize(
        "content", [b"", b"code\n1\n", b"code,name_vi,field,department\n", b"\x89PNG\r\n\x1a\n\x00\x00"]
    )
    def test_unusable_files_get_one_sentence(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "bad.csv"
        path.write_bytes(content)
        with pytest.raises(SiteError, match=r"bad\.csv"):
            load_catalogue(path)
