"""The main road: what `make demo` promises, run as a person would run it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import pytest
from mcap.reader import make_reader

pytestmark = pytest.mark.timeout(900)  # other whole runs may have to end first
RECORDED = {
    "/ground_truth/pose", "/scan", "/cmd_vel", "/odom", "/tf", "/tf_static", "/map", "/plan", "/people",
    "/captions", "/dialogue_state", "/microphone/audio", "/speaker/audio",
}  # fmt: skip


def _demo(root: Path, out: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    command = [str(root / "guide"), "demo", "--json", "--out", str(out), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, cwd=root)
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)


def test_a_visitor_is_led_to_the_counter_they_asked_for_aloud(root: Path, tmp_path: Path) -> None:
    code, report = _demo(root, tmp_path, "--seed", "11")
    assert (code, report["success"], report["missed"]) == (0, True, [])
    metrics = report["metrics"]
    assert isinstance(metrics, dict)
    assert metrics["contacts"] == 0
    assert metrics["position_error_m"] <= 0.3 and metrics["yaw_error_deg"] <= 10.0
    assert metrics["visitor_distance_m"] <= 2.0

    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == report
    picture = cv2.imread(str(tmp_path / "hall.png"))
    assert picture is not None and picture.shape[1] > 1000
    with (tmp_path / "run.mcap").open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None and summary.statistics is not None
    topics = {summary.channels[i].topic for i, n in summary.statistics.channel_message_counts.items() if n}
    assert topics >= RECORDED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        (["--touch", "--say", "dẫn tôi tới quầy 27"], "arrived"),
        (["--touch", "--say", "nhà vệ sinh nam ở đâu"], "arrived"),
        (["--touch", "--say", "xin giấy phép xây dựng nhà ở"], "arrived"),
        (["--touch", "--say", "làm khai sinh cho con"], "arrived"),
        (["--touch", "--say", "tôi muốn làm hộ chiếu"], "arrived"),
        (["--say", "Tôi muốn đóng bảo hiểm xã hội tự nguyện"], "handover"),
        (["--touch", "--say", "xin giấy phép môi trường"], "handover"),
        (["--touch", "--say", "cho tôi đến quầy 54"], "told_closed"),
        (["--accept", "không, cảm ơn"], "refused"),
        (["--scenario", "sim/scenarios/after_hours.yaml"], "told_closed"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else value,
)
def test_ten_requests_each_end_rightly(root: Path, tmp_path: Path, arguments: list[str], outcome: str) -> None:
    code, report = _demo(root, tmp_path, *arguments)
    assert (code, report["outcome"], report["missed"]) == (0, outcome, [])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_twenty_seeds_arrive(root: Path, tmp_path: Path, seed: int) -> None:
    code, report = _demo(root, tmp_path, "--seed", str(seed))
    assert (code, report["outcome"], report["missed"]) == (0, "arrived", [])


def test_other_words_by_touch_lead_elsewhere(root: Path, tmp_path: Path) -> None:
    code, report = _demo(root, tmp_path, "--touch", "--say", "dẫn tôi tới quầy 27", "--seed", "12")
    assert (code, report["missed"]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scenario", "nowhere.yaml"], "nowhere.yaml"),
        (["--speed", "warp"], "--speed warp"),
    ],
)
def test_bad_input_is_one_sentence(root: Path, arguments: list[str], sentence: str) -> None:
    run = subprocess.run([str(root / "guide"), "demo", *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
