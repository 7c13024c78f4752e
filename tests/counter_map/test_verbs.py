"""`guide map`, `guide place` and `guide procedure` from a shell: answers, JSON, and exit code 2 with one sentence."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from counter_map.site import load_site
from counter_map.store import Store
from counter_map.unanswered import Question
from guidance.cli import app as guide
from tests.counter_map.small_site import make_site

Answer = tuple[int, str, str]


class Shell:
    """Run `guide` in this process as the shell would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def __call__(self, *words: str) -> Answer:
        self._monkeypatch.setattr(sys, "argv", ["guide", *words])
        try:
            code = guide.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return code, out, err


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))
    folder = make_site(tmp_path / "tiny")
    monkeypatch.setenv("GUIDE_SITE", str(folder))
    return Shell(folder, monkeypatch, capsys)


def test_check_tells_what_the_site_holds_or_every_mistake(shell: Shell) -> None:
    code, out, _ = shell("map", "check", str(shell.folder), "--json")
    assert code == 0
    assert json.loads(out)["counters"] == 2
    (shell.folder / "floor_1.png").unlink()
    (shell.folder / "procedures.csv").unlink()
    code, out, _ = shell("map", "check", str(shell.folder), "--json")
    assert (code, len(json.loads(out)["mistakes"])) == (2, 2)
    code, out, err = shell("map", "check", str(shell.folder))
    assert (code, out) == (2, "")
    assert "floor_1.png is not there" in err
    assert "Traceback" not in err


def test_move_publish_and_list_go_through_the_store(shell: Shell, tmp_path: Path) -> None:
    code, out, _ = shell("place", "move", "Q1", "2.5,5.5,1.5", "--json")
    assert code == 0
    store = Store.open(tmp_path / "home" / "tiny", "tiny")
    assert json.loads(out)["revision"] == store.revision()
    rows = json.loads(shell("place", "list", "--kind", "counter", "--json")[1])
    assert [(row["id"], row["x"]) for row in rows] == [("Q1", 2.5), ("Q2", 7.0)]
    code, out, _ = shell("map", "publish", str(shell.folder))
    assert code == 0
    assert store.revision() in out
    assert store.current()[0].places["Q1"].stand.x == 3.0


def test_a_pose_without_yaw_keeps_the_heading(shell: Shell, tmp_path: Path) -> None:
    assert shell("place", "move", "Q1", "2.5,5.5")[0] == 0
    stand = Store.open(tmp_path / "home" / "tiny", "tiny").current()[0].places["Q1"].stand
    assert (stand.x, stand.yaw) == (2.5, pytest.approx(1.5708))


def test_procedures_are_set_and_shown(shell: Shell, tmp_path: Path) -> None:
    assert shell("procedure", "set", "1.000001", "--counter", "Q2", "--counter", "Q1")[0] == 0
    shown = json.loads(shell("procedure", "show", "1.000001", "--json")[1])
    assert (shown["counters"], shown["names"]["vi"]) == (["Q2", "Q1"], "Đăng ký khai sinh")
    assert "làm khai sinh" in shell("procedure", "show", "1.000001")[1]


def test_phrases_are_taught_and_forgotten_by_name(shell: Shell, tmp_path: Path) -> None:
    words = ("1.000001", "giấy cho em bé")
    assert json.loads(shell("procedure", "teach", *words, "--by", "Lan", "--json")[1])["new"] is True
    assert "already" in shell("procedure", "teach", *words)[1]
    assert "giấy cho em bé" in shell("procedure", "show", "1.000001")[1]
    assert shell("procedure", "forget", *words, "--by", "Minh")[0] == 0
    assert "giấy cho em bé" not in shell("procedure", "show", "1.000001")[1]
    changes = json.loads(shell("map", "history", str(shell.folder), "--json")[1])
    assert [change["by"] for change in changes[:2]] == ["Minh", "Lan"]
    assert "Lan  teach 1.000001 in vi: giấy cho em bé" in shell("map", "history", str(shell.folder))[1]


def test_questions_that_found_nothing_are_listed_to_be_taught(shell: Shell, tmp_path: Path) -> None:
    shell("place", "list")
    store = Store.open(tmp_path / "home" / "tiny", "tiny")
    day = date(2026, 3, 2)
    store.count_unanswered({Question("bán xe *** máy cũ", "vi", day): 4, Question("mua một ký thịt bò", "vi", day): 7})
    rows = json.loads(shell("procedure", "unanswered", "--json")[1])
    assert [(row["text"], row["count"]) for row in rows][:1] == [("mua một ký thịt bò", 7)]
    assert rows[0]["first_day"] == "2026-03-02"
    shell("procedure", "teach", "1.000002", "mua một ký thịt bò")
    code, out, _ = shell("procedure", "unanswered")
    assert code == 0
    assert "mua một ký thịt bò" not in out
    assert "1 more are understood by now" in out
    assert 'guide procedure teach 1.000001 "bán xe máy cũ"' in out
    assert shell("procedure", "unanswered", "--clear")[0] == 0
    assert json.loads(shell("procedure", "unanswered", "--json")[1]) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("place", "move", "Q1", "0.1,5.5,0"), "is in a wall"),
        (("place", "move", "Q1", "there"), "is not a pose"),
        (("place", "move", "Q1", "nan,1,0"), "is not a pose"),
        (("place", "move", "Q77", "2,5,0"), "there is no place Q77"),
        (("procedure", "set", "1.000001", "--counter", "Q77"), "there is no counter Q77"),
        (("procedure", "teach", "1.000002", "làm khai sinh"), "is already a phrase of 1.000001"),
        (("procedure", "teach", "1.000002", ""), "holds no word"),
        (("procedure", "forget", "1.000002", "abc"), "is no phrase of 1.000002"),
        (("procedure", "show", "7"), "there is no procedure 7"),
        (("place", "list", "--site", "nowhere/at/all"), "no such folder"),
        (("map", "publish", "nowhere"), "no such folder"),
        (("map", "render", "nowhere"), "no such folder"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    code, out, err = shell(*words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_draw_makes_what_the_loader_accepts(shell: Shell, tmp_path: Path, root: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("plan.yaml", "site.yaml", "procedures.csv"):
        (copy / name).write_bytes((root / "maps" / "hcmc_center" / name).read_bytes())
    assert shell("map", "draw", str(copy))[0] == 0
    assert len(load_site(copy).places) > 67
    plan = (copy / "plan.yaml").read_text(encoding="utf-8")
    (copy / "plan.yaml").write_text(plan.replace("facing: south", "facing: down"), encoding="utf-8")
    code, _, err = shell("map", "draw", str(copy))
    assert code == 2
    assert "plan.yaml:" in err
