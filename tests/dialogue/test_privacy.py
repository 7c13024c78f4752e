"""What becomes of what visitors say: numbers are masked, sound is dropped, nothing is written."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from guide_interfaces.msg import DialogueState
from hypothesis import given
from hypothesis import strategies as st
from std_msgs.msg import Bool

import dialogue
from dialogue.errors import BackendError
from dialogue.hearing import Endpointer, Transcript, Utterance, make_recogniser
from dialogue.hearing.listening import Listening
from dialogue.hearing.study import DAY, Study, StudyParams
from dialogue.languages import load_data
from dialogue.masking import MaskingFormatter, masked
from dialogue.nodes.listener import Listener
from guide_common.qos import EVENTS, LATCHED
from tests.dialogue.graph import Graph
from tests.dialogue.sounds import in_noise, visitor_says
from tests.dialogue.test_nodes import Visitor

DIGITS = load_data("vi", "spelling")["digits"]
NUMBERS = st.text("0123456789", min_size=9, max_size=12)
GROUPS = st.lists(st.sampled_from(["", " ", ".", "-"]), min_size=12, max_size=12)


class TestMasking:
    @given(NUMBERS, GROUPS)
    def test_identity_and_telephone_numbers(self, number: str, gaps: list[str]) -> None:
        written = "".join(a + b for a, b in zip(number, gaps, strict=False)).rstrip(" .-")
        assert masked(f"số của tôi là {written}, tên Lan") == "số của tôi là ***, tên Lan"

    @given(NUMBERS, st.sampled_from([" ", ", ", "  "]))
    def test_numbers_said_in_words(self, number: str, gap: str) -> None:
        said = gap.join(DIGITS[int(digit)] for digit in number)
        assert masked(f"điện thoại {said.capitalize()} nhé") == "điện thoại *** nhé"

    @pytest.mark.parametrize(
        "text",
        [
            "gọi +84 903 123 456",
            "gọi (028) 3822 1234",
            "không chín lẻ ba một hai ba bốn năm sáu",
            "chín mươi ba mươi hai năm sáu bảy tám",
            "không chín 0 3 một hai 3 bốn năm",
            "double oh nine oh three one two three four five",
            "공일공 일이삼사 오육칠팔",
        ],
    )
    def test_ways_of_telling_them(self, text: str) -> None:
        left = masked(text)
        assert "***" in left and not re.search(r"\d|ba|three|삼", left)

    @pytest.mark.parametrize(
        "text",
        [
            "quầy 27 khu A1, lệ phí 200.000 đồng",
            "ngày 02/09/2025 lúc 7:30-11:30",
            "thủ tục 2.002039",
            "tôi có hai con, một gái một trai",
            "không năm nào tôi không hỏi",
            "chín giờ ba mươi phút ngày hai tháng chín",
        ],
    )
    def test_other_numbers_stay(self, text: str) -> None:
        assert masked(text) == text

    def test_log_lines_and_errors(self) -> None:
        try:
            raise ValueError("heard 0903123456")
        except ValueError as error:
            failed = (ValueError, error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "they said %s", ("079 203 001 234",), failed)
        line = MaskingFormatter().format(record)
        assert "they said ***" in line and "heard ***" in line and "0903" not in line

    def test_every_process_of_the_package_logs_masked(self) -> None:
        nodes = Path(dialogue.__file__).parent / "nodes"
        for name in ("listener", "speaker", "dialogue"):
            assert "    log_masked()\n    return run(" in (nodes / f"{name}.py").read_text(encoding="utf-8")
        for path in nodes.glob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if ".get_logger()." in line:
                    assert "masked(" in line or "{language}" in line, f"{path.name}: {line.strip()}"


WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
TOUCHES = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.truncate",
    "os.link",
    "os.symlink",
    "shutil.copyfile",
    "mmap.__new__",
}
"""Audited events other than `open` that would change a disk."""
_watching: list[list[str]] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _watching or event not in TOUCHES | {"open"}:
        return
    if event != "open" or (isinstance(args[2], int) and args[2] & WRITES):
        _watching[-1].append(f"{event} {args[0]!r}")


sys.addaudithook(_audit)


@contextmanager
def writes() -> Iterator[list[str]]:
    """What the process makes, or opens to write, meanwhile."""
    gc.collect()
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)


QUESTION = "Tôi muốn đăng ký kết hôn"


class TestNothingIsWritten:
    def test_the_watch_sees_a_file_that_is_written(self, tmp_path: Path) -> None:
        with writes() as seen:
            (tmp_path / "a").write_bytes(b"x")
            (tmp_path / "b").mkdir()
        assert len(seen) == 2 and "'b'" not in seen[0]

    def test_hearing_writes_nothing_and_keeps_no_sound(self) -> None:
        heard: list[str] = []
        recogniser = make_recogniser()
        listening = Listening(Endpointer(), lambda _: recogniser, lambda u, t, _: heard.append(t.text))
        listening.accept(in_noise(visitor_says("có ạ")), 0.0)  # modules load and are compiled the first time
        sound = in_noise(visitor_says(QUESTION))
        with writes() as seen:
            for first in range(0, len(sound), 1600):
                listening.accept(sound[first : first + 1600], 10.0 + first / 16_000)
        assert "kết hôn" in heard[-1] and seen == []
        del sound
        gc.collect()
        kept = [x for x in gc.get_objects() if isinstance(x, Utterance) and x is not UTTERANCE]
        assert kept == [] and len(listening._endpointer.under_way()) == 0

    def test_the_listener_writes_nothing(self, ros_domain: int, tmp_path: Path) -> None:
        with Graph(Listener, source="topic") as graph:
            visitor = Visitor(graph)
            visitor.says(in_noise(visitor_says("có ạ")))
            assert graph.spin_until(lambda: bool(visitor.heard))
            sound = in_noise(visitor_says(QUESTION))
            with writes() as seen:
                visitor.says(sound)
                assert graph.spin_until(lambda: len(visitor.heard) == 2)
        assert "kết hôn" in visitor.heard[1].text and seen == []


UTTERANCE = Utterance(np.arange(16_000, dtype=np.int16), 1.0, 2.0)
SAID = Transcript("số tôi là 0903123456", 0.9)


class TestStudy:
    def study(self, folder: Path, at: list[float], **params: float) -> Study:
        return Study(StudyParams(str(folder), **params), lambda: at[0])

    def test_without_a_folder_or_without_consent_nothing_is_kept(self, tmp_path: Path) -> None:
        nowhere = Study(StudyParams())
        nowhere.consent(True)
        somewhere = self.study(tmp_path / "study", [1e9])
        with writes() as seen:
            nowhere.keep(UTTERANCE, SAID, "vi")
            somewhere.keep(UTTERANCE, SAID, "vi")
        assert seen == [] and not nowhere.keeps and list((tmp_path / "study").iterdir()) == []

    def test_what_was_agreed_to_is_kept_for_its_owner_alone_and_masked(self, tmp_path: Path) -> None:
        study = self.study(tmp_path / "study", [1e9])
        study.consent(True)
        study.keep(UTTERANCE, SAID, "vi")
        study.consent(False)
        study.keep(UTTERANCE, SAID, "vi")
        files = sorted((tmp_path / "study").iterdir())
        assert [path.suffix for path in files] == [".json", ".wav"]
        assert json.loads(files[0].read_text(encoding="utf-8"))["text"] == "số tôi là ***"
        assert all(path.stat().st_mode & 0o077 == 0 for path in [tmp_path / "study", *files])

    def test_it_is_deleted_in_time_and_before_it_is_too_much(self, tmp_path: Path) -> None:
        at = [1e9]
        study = self.study(tmp_path, at, keep_days=2.0, keep_mb=0.1)
        study.consent(True)
        (tmp_path / "notes.txt").write_text("not ours", encoding="utf-8")
        for _ in range(5):
            at[0] += 1.0
            study.keep(UTTERANCE, SAID, "vi")
        assert sorted(path.stem for path in tmp_path.glob("*.wav")) == [
            "1000000003000",
            "1000000004000",
            "1000000005000",
        ]
        at[0] += 2.5 * DAY
        study.tidy()
        assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]

    def test_a_folder_that_cannot_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(BackendError, match=r"no folder for the study .* set another study.folder"):
            self.study(tmp_path / "file" / "study", [0.0])

    def test_consent_holds_for_one_conversation(self, ros_domain: int, tmp_path: Path) -> None:
        with Graph(Listener, source="topic", **{"study.folder": str(tmp_path)}) as graph:
            visitor = Visitor(graph)
            consent = graph.tester.create_publisher(Bool, "study_consent", EVENTS)
            state = graph.tester.create_publisher(DialogueState, "dialogue_state", LATCHED)
            assert graph.spin_until(lambda: consent.get_subscription_count() + state.get_subscription_count() == 2)
            listener = graph.nodes[0]
            visitor.says(in_noise(visitor_says("có ạ")))
            assert graph.spin_until(lambda: len(visitor.heard) == 1)
            consent.publish(Bool(data=True))
            assert graph.spin_until(lambda: listener.studied)
            visitor.says(in_noise(visitor_says("không ạ")))
            assert graph.spin_until(lambda: len(list(tmp_path.glob("*.json"))) == 1)
            state.publish(DialogueState(state="goodbye", language="vi"))
            assert graph.spin_until(lambda: not listener.studied)
