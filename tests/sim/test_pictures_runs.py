"""What is left of a run: film, recording, evidence; and that looking on changes nothing."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from PIL import Image
from rich.console import Console

from guidance.demo.view import PlainView
from guide_common.errors import UserError
from hall_sim.pictures import signs
from hall_sim.pictures.evidence import leave_evidence, replay_command
from hall_sim.pictures.film import FilmFile, LastMoments, frame_rate
from hall_sim.pictures.live import watch_live
from hall_sim.pictures.moment import Witness, run_until, watch_all
from hall_sim.pictures.recorded import RecordedRun
from hall_sim.pictures.shots import film_recording, film_run, save, take_picture
from hall_sim.runs.inprocess import InProcessRun
from hall_sim.scenarios.scenario import Scenario, load_scenario
from tests.sim.halls import ROOT

SECONDS = 11.0
"""s of the scenario's time limit: long enough for a greeting."""
SCENARIO = f"""
name: short
site: {ROOT / "maps" / "hcmc_center"}
start: 2026-03-02T09:00:00+07:00
seed: 4
sound: {{mode: text}}
crowd: {{people: 6}}
visitor: {{say: dẫn tôi tới quầy 27, touch: true}}
expect: {{outcome: arrived, place: Q27}}
time_limit: {SECONDS}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "short.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scenario(file: Path) -> Scenario:
    return load_scenario(file)


@pytest.fixture(scope="module")
def evidence(file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a run leaves that ended before it should."""
    return leave_evidence(file, 4, tmp_path_factory.mktemp("evidence"), ROOT)


class TestEvidence:
    def test_the_report_is_that_of_the_run(self, evidence: dict[str, Path], scenario: Scenario) -> None:
        plain = InProcessRun(scenario, ROOT).run()
        report = json.loads(evidence["report"].read_text(encoding="utf-8"))
        assert report["verdict"] == "robot_failed"
        assert report["missed"] == ["the run ended as time_out, not as arrived"]
        for told in (plain, report):
            told.pop("performance")
        assert report == json.loads(json.dumps(plain))

    def test_the_picture_shows_robot_and_goal(self, evidence: dict[str, Path]) -> None:
        picture = np.asarray(Image.open(evidence["picture"]))
        assert picture.shape[1] > 1500
        for colour in (signs.ROBOT, signs.VISITOR, signs.CONTACT):
            assert (picture == colour).all(axis=2).sum() > 50

    def test_the_film_can_be_played(self, evidence: dict[str, Path]) -> None:
        with av.open(str(evidence["film"])) as film:
            stream = film.streams.video[0]
            assert stream.codec_context.name == "h264"
            assert stream.codec_context.pix_fmt == "yuv420p"
            frames = list(film.decode(video=0))
        assert len(frames) == round(10 * SECONDS)
        last = frames[-1].to_ndarray(format="rgb24").astype(int)
        assert (np.abs(last - signs.ROBOT).max(axis=2) < 40).sum() > 200

    def test_the_command_makes_the_run_again(self, evidence: dict[str, Path]) -> None:
        words = evidence["replay"].read_text(encoding="utf-8").split()
        assert words[:2] == ["./guide", "sim"]
        assert words[words.index("--seed") + 1] == "4"
        assert "--out" in words

    def test_files_of_the_project_are_named_from_its_folder(self) -> None:
        command = replay_command(ROOT / "sim" / "scenarios" / "demo.yaml", 7, ROOT)
        assert command == "./guide sim sim/scenarios/demo.yaml --seed 7 --out .guide/replay/demo-7"


class TestRecording:
    def test_it_has_the_topics_and_types_of_the_graph(self, evidence: dict[str, Path]) -> None:
        with evidence["recording"].open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        types = {channel.topic: summary.schemas[channel.schema_id].name for channel in summary.channels.values()}
        assert (
            types
            | {
                "/map": "nav_msgs/msg/OccupancyGrid",
                "/scan": "sensor_msgs/msg/LaserScan",
                "/odom": "nav_msgs/msg/Odometry",
                "/tf": "tf2_msgs/msg/TFMessage",
                "/tf_static": "tf2_msgs/msg/TFMessage",
                "/cmd_vel": "geometry_msgs/msg/Twist",
                "/people": "guide_interfaces/msg/People",
                "/captions": "guide_interfaces/msg/Caption",
                "/dialogue_state": "guide_interfaces/msg/DialogueState",
                "/ground_truth/pose": "geometry_msgs/msg/PoseStamped",
                "/ground_truth/people": "guide_interfaces/msg/People",
                "/ground_truth/visitor": "geometry_msgs/msg/PoseStamped",
            }
            == types
        )

    def test_rates_are_those_of_the_robot(self, evidence: dict[str, Path]) -> None:
        with evidence["recording"].open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        assert summary.statistics is not None
        topics = {channel.id: channel.topic for channel in summary.channels.values()}
        counts = {topics[id]: count for id, count in summary.statistics.channel_message_counts.items()}
        assert counts["/scan"] == round(10 * SECONDS)
        assert counts["/odom"] == pytest.approx(50 * SECONDS, abs=2)
        assert counts["/map"] == counts["/tf_static"] == 1
        assert counts["/dialogue_state"] < 10  # told when it changes

    def test_it_tells_what_happened(self, evidence: dict[str, Path], scenario: Scenario) -> None:
        topics = ["/captions", "/dialogue_state", "/scan"]
        with evidence["recording"].open("rb") as file:
            reader = make_reader(file, decoder_factories=[DecoderFactory()])
            read = [(channel.topic, at, msg) for _, channel, at, msg in reader.iter_decoded_messages(topics)]
        states = [msg.state for topic, _, msg in read if topic == "/dialogue_state"]
        scans = [(at.log_time, msg) for topic, at, msg in read if topic == "/scan"]
        assert states[:2] == ["idle", "greeting"]
        assert any("xin chào" in msg.text for topic, _, msg in read if topic == "/captions")
        assert len(scans[0][1].ranges) == 720
        assert scans[0][0] == round((scenario.start.timestamp() + 0.1) * 1e9)
        assert scans[0][1].header.stamp.sec == int(scenario.start.timestamp())

    def test_a_minute_takes_a_few_megabytes(self, evidence: dict[str, Path]) -> None:
        assert evidence["recording"].stat().st_size / SECONDS * 60.0 < 5e6


class TestRecordedRuns:
    def test_moments_of_a_recording_are_those_of_its_run(self, evidence: dict[str, Path], scenario: Scenario) -> None:
        run = InProcessRun(scenario, ROOT)
        witness = Witness(run)
        seen = LastMoments(witness, 2.0 * SECONDS, (1.0, 1.0))
        run_until(run, lambda: False, [witness, seen])
        told = list(RecordedRun(evidence["recording"]).moments(ZoneInfo("Asia/Ho_Chi_Minh")))
        assert len(told) == len(seen.moments)
        for moment, true in list(zip(told, seen.moments, strict=True))[5:]:
            assert math.dist((moment.robot.x, moment.robot.y), (true.robot.x, true.robot.y)) < 0.001
            assert {(p.id, p.visitor) for p in moment.people} == {(p.id, p.visitor) for p in true.people}
            assert moment.clock == true.clock
        assert told[-1].state == seen.moments[-1].state
        assert {line.text for line in told[-1].lines} == {line.text for line in seen.moments[-1].lines}

    def test_its_last_seconds_can_be_filmed(self, evidence: dict[str, Path], tmp_path: Path) -> None:
        assert film_recording(evidence["recording"], ROOT, tmp_path / "film.mp4", last=0.5, speed=1.0) == 5

    def test_what_is_no_recording_is_told(self, tmp_path: Path) -> None:
        wrong = tmp_path / "run.mcap"
        with pytest.raises(UserError, match="No such file"):
            RecordedRun(wrong)
        wrong.write_bytes(b"no recording")
        with pytest.raises(UserError, match="is no recording"):
            RecordedRun(wrong)


class TestLookingOn:
    def test_a_picture_of_a_moment(self, scenario: Scenario, tmp_path: Path) -> None:
        run = InProcessRun(scenario, ROOT)
        moment = take_picture(run, ROOT, tmp_path / "moment.png", 2.0, "near")
        assert moment.time == pytest.approx(2.0)
        assert moment.clock == "09:00:02"
        assert moment.robot == run.hall.world.pose
        assert len(moment.people) == run.hall.bodies.present.sum()
        assert len(moment.hits) > 500
        assert Image.open(tmp_path / "moment.png").size == (1280, 720)

    def test_the_hits_lie_on_what_stands_around(self, scenario: Scenario) -> None:
        run = InProcessRun(scenario, ROOT)
        witness = Witness(run)
        run_until(run, lambda: run.hall.time >= 0.2, [witness])
        floor, hits = run.hall.world.floor, witness.moment().hits
        cells = ((hits - (floor.origin.x, floor.origin.y)) / floor.resolution).astype(int)
        near = [floor.solid[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].any() for x, y in cells.tolist()]
        assert np.mean(near) > 0.9

    def test_watching_changes_nothing(self, scenario: Scenario) -> None:
        text = io.StringIO()
        watched, alone = InProcessRun(scenario, ROOT), InProcessRun(scenario, ROOT)
        witness = Witness(watched)
        last = LastMoments(witness, 1.0, (10.0, 6.0))
        live = watch_live(PlainView(Console(file=text, width=100)))
        watched.watch = watch_all(witness, last, live)
        reports = [run.run() for run in (watched, alone)]
        for report in reports:
            report.pop("performance")
        assert reports[0] == reports[1]
        assert watched.hall.world.pose == alone.hall.world.pose
        assert [moment.time for moment in last.moments] == pytest.approx(np.arange(SECONDS - 0.9, SECONDS + 0.05, 0.1))
        assert last.moments[0].costs is not None
        assert last.moments[0].costs.costs.shape == (120, 200)
        assert "xin chào" in text.getvalue()
        assert "greeting" in text.getvalue()


class TestFilm:
    @pytest.mark.parametrize(("speed", "fps", "every"), [(1.0, 10, 1), (4.0, 40, 1), (8.0, 40, 2), (0.05, 1, 1)])
    def test_rate_goes_with_speed(self, speed: float, fps: int, every: int) -> None:
        assert frame_rate(speed) == (fps, every)

    def test_it_has_every_frame_in_its_colours(self, tmp_path: Path) -> None:
        colours = [(220, 30, 30), (30, 160, 60), (30, 60, 200)]
        with FilmFile(tmp_path / "three.mp4", (64, 48), 10) as film:
            for colour in colours * 4:
                film.add(np.full((48, 64, 3), colour, np.uint8))
        with av.open(str(tmp_path / "three.mp4")) as read:
            frames = [frame.to_ndarray(format="rgb24") for frame in read.decode(video=0)]
        assert len(frames) == film.frames == 12
        for frame, colour in zip(frames, colours * 4, strict=True):
            assert np.abs(frame.mean(axis=(0, 1)) - colour).max() < 12

    def test_the_last_seconds_of_a_run(self, scenario: Scenario, tmp_path: Path) -> None:
        short = scenario.model_copy(update={"time_limit": 3.0})
        frames = film_run(InProcessRun(short, ROOT), ROOT, tmp_path / "last.mp4", last=1.0)
        assert frames == 10
        with av.open(str(tmp_path / "last.mp4")) as read:
            assert sum(1 for _ in read.decode(video=0)) == 10

    def test_a_file_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "folder.mp4").mkdir()
        with pytest.raises(UserError, match=r"folder\.mp4: cannot be written"):
            FilmFile(tmp_path / "folder.mp4", (64, 48), 10)
        with pytest.raises(UserError, match=r"moment\.xyz: the picture cannot be written"):
            save(np.zeros((4, 4, 3), np.uint8), tmp_path / "moment.xyz")
