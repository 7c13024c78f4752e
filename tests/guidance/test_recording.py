"""Recordings: what was sent is what is read, also when the recorder was killed."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import pytest
from mcap.exceptions import EndOfFile
from mcap.reader import NonSeekingReader, make_reader
from mcap_ros2.decoder import DecoderFactory

from guidance.errors import RecordingError
from guidance.launching import Launch
from guidance.recording import CHUNK_SIZE, TOPICS, Recording, wanted
from guidance.recording_schemas import schema_of
from tests.guidance import toys


class TestSchemas:
    def test_types_are_followed_into_other_packages(self) -> None:
        text = schema_of("nav_msgs/msg/Odometry")
        for name in ("geometry_msgs/PoseWithCovariance", "geometry_msgs/Quaternion", "std_msgs/Header"):
            assert text.count(f"MSG: {name}\n") == 1
        assert "builtin_interfaces/Time" in text

    def test_feedback_of_an_action_has_its_made_types(self) -> None:
        text = schema_of("guide_interfaces/action/GuideVisitor_FeedbackMessage")
        assert "MSG: unique_identifier_msgs/UUID" in text
        assert "MSG: guide_interfaces/GuideVisitorFeedback" in text
        assert "float32 visitor_distance" in text

    def test_a_type_that_is_not_installed_is_told(self) -> None:
        with pytest.raises(RecordingError, match=r"no_such_msgs/msg/Thing\.msg is in no AMENT_PREFIX_PATH"):
            schema_of("no_such_msgs/msg/Thing")


@pytest.mark.parametrize(
    ("topic", "namespace", "answer"),
    [
        ("/scan", "/", True),
        ("/robot1/scan", "/robot1", True),
        ("/robot1/scan", "/", False),
        ("/ground_truth/visitor", "/", True),
        ("/guide_visitor/_action/feedback", "/", True),
        ("/microphone/audio", "/", False),
        ("/clock", "/", False),
    ],
)
def test_what_is_recorded(topic: str, namespace: str, answer: bool) -> None:
    assert wanted(topic, TOPICS, namespace) is answer


def test_messages_are_read_as_they_were_written(tmp_path: Path) -> None:
    from guide_interfaces.action import GuideVisitor
    from guide_interfaces.msg import Person
    from rclpy.serialization import serialize_message

    feedback = GuideVisitor.Impl.FeedbackMessage()
    feedback.feedback.state, feedback.feedback.visitor_distance = "waiting", 1.5
    person = Person(id=7, age=2.0)
    path = tmp_path / "new" / "a.mcap"
    with Recording(path) as recording:
        recording.add_channel("/people", "guide_interfaces/msg/Person")
        recording.add_channel("/f", "guide_interfaces/action/GuideVisitor_FeedbackMessage")
        recording.write("/people", serialize_message(person), 10)
        recording.write("/f", serialize_message(feedback), 20)
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        found = [(c.topic, m.log_time, decoded) for _, c, m, decoded in reader.iter_decoded_messages()]
        assert reader.get_header().profile == "ros2"
    assert [(topic, time) for topic, time, _ in found] == [("/people", 10), ("/f", 20)]
    assert found[0][2].id == 7
    assert (found[1][2].feedback.state, found[1][2].feedback.visitor_distance) == ("waiting", 1.5)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot be written"):
        Recording(tmp_path / "file" / "a.mcap")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_the_node_writes_what_is_sent_until_it_is_ended(ros_domain: int, tmp_path: Path, end: signal.Signals) -> None:
    from nav_msgs.msg import Odometry
    from sensor_msgs.msg import LaserScan
    from std_msgs.msg import String

    from guide_common.qos import EVENTS, LATCHED, SENSOR

    launch_file = tmp_path / "a.launch.yaml"
    path = tmp_path / "run.mcap"
    launch_file.write_text(
        f"launch:\n  - node: {{pkg: guidance, exec: recorder, param: [{{name: file, value: {path}}}]}}\n",
        encoding="utf-8",
    )
    ranges = [float(i) for i in range(720)]
    with toys.spinning("sender") as (node, until):
        map_like = node.create_publisher(String, "ground_truth/contacts", LATCHED)
        map_like.publish(String(data="before the recorder was there"))
        scans = node.create_publisher(LaserScan, "scan", SENSOR)
        odometry = node.create_publisher(Odometry, "odom", EVENTS)
        with Launch(launch_file, out=io.StringIO()) as launch:
            until(lambda: scans.get_subscription_count() and odometry.get_subscription_count(), "the recorder listens")
            sent = 0
            enough = lambda: path.stat().st_size > 3 * CHUNK_SIZE  # noqa: E731
            while not (sent > 300 and (end == signal.SIGTERM or enough())):
                sent += 1
                scans.publish(LaserScan(ranges=os_noise(ranges, sent), angle_min=float(sent)))
                odometry.publish(Odometry(child_frame_id=str(sent)))
                node.executor.spin_once(timeout_sec=0.001)
            if end == signal.SIGTERM:
                toys.settle(node, 0.3)
            os.kill(launch.pids()["recorder"], end)
            launch.wait(10.0)
    topics = read(path)
    frames = [int(msg.child_frame_id) for msg in topics["/odom"]]
    assert frames == list(range(frames[0], frames[-1] + 1))
    assert [m.data for m in topics["/ground_truth/contacts"]] == ["before the recorder was there"]
    assert len(topics["/scan"]) > 100
    assert list(topics["/scan"][0].ranges)[1:] == os_noise(ranges, int(topics["/scan"][0].angle_min))[1:]
    if end == signal.SIGTERM:
        assert frames[-1] == sent


def os_noise(ranges: list[float], seed: int) -> list[float]:
    """Ranges that compress badly, the same for the same seed."""
    import numpy as np

    return [float(v) for v in np.random.default_rng(seed).random(len(ranges)).astype(np.float32)]


def read(path: Path) -> dict[str, list]:
    """Read all that is whole in a file, by topic."""
    found: dict[str, list] = {}
    with path.open("rb") as file:
        reader = NonSeekingReader(file, decoder_factories=[DecoderFactory()])
        try:
            for _, channel, _, decoded in reader.iter_decoded_messages(log_time_order=False):
                found.setdefault(channel.topic, []).append(decoded)
        except EndOfFile:
            assert found  # killed in the middle of a chunk: what came before counts
    return found
