import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from guidance.cli import app as command_line
from navigation.costmap import INSCRIBED, InflationParams, inflate
from navigation.grid import GridMap, save_map

LETHAL = np.zeros((200, 300), bool)
LETHAL[60:140, 140:160] = True


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    path = tmp_path / "floor.yaml"
    save_map(GridMap(np.where(LETHAL, 100, 0).astype(np.uint8), 0.05), path)
    return path


def guide(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["guide", *map(str, words)])
    try:
        return command_line.main()
    except SystemExit as end:
        return int(end.code or 0)


def test_one_path_as_json(floor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert guide(monkeypatch, "plan", "--map", floor, "--from", "1,5", "--to", "14,5", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["points"][0] == pytest.approx([1.0, 5.0])
    assert answer["points"][-1] == pytest.approx([14.0, 5.0])
    assert 13.0 < answer["length_m"] < 16.0
    assert answer["ms"] > 0.0


def test_words_that_the_command_does_not_have_get_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, sentence in (
        (("foo",), "No such command 'foo'; see ./guide --help\n"),
        (("plan", "--map", "x", "--robot-radius", "-1"), "see ./guide plan --help\n"),
        (("say", "xin chào"), "Missing option '--out'; see ./guide say --help\n"),
    ):
        assert guide(monkeypatch, *words) == 2
        told = capsys.readouterr().err
        assert told.endswith(sentence) and told.count("\n") == 1
    assert guide(monkeypatch, "ask", "--json", "--nope") == 2
    assert "--nope" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--from", "1,5", "--to", "7.5,5"), "inside a wall"),
        (("--from", "1,5", "--to", "99,5"), "outside the map"),
        (("--from", "1,5", "--to", "here"), "--to must be X,Y"),
        (("--from", "1,5"), "--to X,Y is missing"),
        ((), "give either"),
        (("--pairs", "none.csv"), "needs --out"),
        (("--pairs", "none.csv", "--out", "out.csv"), "no such file"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(
    floor: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(floor.parent)
    assert guide(monkeypatch, "plan", "--map", floor, *words) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told
    assert "\n" not in told


def test_pairs(floor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = floor.parent
    (folder / "in.csv").write_text("name,x0,y0,x1,y1\nround,1,5,14,5\nwall,1,5,7.5,5\noff,1,5,-1,5\n")
    out, paths = folder / "out.csv", folder / "paths.jsonl"
    words = ("--pairs", folder / "in.csv", "--out", out, "--paths", paths)
    assert guide(monkeypatch, "plan", "--map", floor, *words) == 0
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["name", "x0", "y0", "x1", "y1", "ok", "length_m", "ms"]
    assert [row["ok"] for row in rows] == ["1", "0", "0"]
    assert 13.0 < float(rows[0]["length_m"]) < 16.0
    lines = [json.loads(line) for line in paths.read_text().splitlines()]
    assert [line.get("error_code") for line in lines] == [None, 206, 204]
    cells = (np.array(lines[0]["points"]) / 0.05).astype(int)
    costs = inflate(LETHAL, 0.05, InflationParams(0.22, 0.55, 3.0))
    assert costs[cells[:, 1], cells[:, 0]].max() < INSCRIBED


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x0,y0,x1\n1,2,3\n", "line 1: column y1 is missing"),
        ("x0,y0,x1,y1\n1,2,3,4\n1,two,3,4\n", "line 3: y0 must be metres, found 'two'"),
        ("x0,y0,x1,y1\n1,2,3\n", "line 2: y1 must be metres, found nothing"),
        ("x0,y0,x1,y1\n1,2,3,4,5\n", "line 2: more values than columns"),
        ("x0,y0,x1,y1\n1,2,3,nan\n", "line 2: y1 must be metres"),
        ("", "line 1: column x0 is missing"),
    ],
)
def test_broken_pairs_name_the_line(
    floor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    pairs = floor.parent / "in.csv"
    pairs.write_text(text)
    assert guide(monkeypatch, "plan", "--map", floor, "--pairs", pairs, "--out", floor.parent / "out.csv") == 2
    assert sentence in capsys.readouterr().err
