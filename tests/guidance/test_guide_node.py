"""The node guide over real DDS: it leads nobody while the robot does not know where it is."""

from __future__ import annotations

from pathlib import Path

from action_msgs.msg import GoalStatus
from guide_interfaces.action import GuideVisitor
from rclpy.action import ActionClient
from tf2_msgs.msg import TFMessage

from counter_map.nodes.counter_map import CounterMapNode
from guidance.escort import Outcome
from guidance.nodes.guide import Guide
from guide_common.geometry import Pose2D
from guide_common.qos import TF
from guide_common.transforms import make_transform
from tests.dialogue.graph import Graph

MONDAY_AT_NINE = 1_772_416_800.0
"""2026-03-02T09:00+07:00: the counters are open."""


def test_a_goal_is_refused_while_the_robot_is_lost_and_taken_when_it_knows(
    ros_domain: int, root: Path, tmp_path: Path
) -> None:
    site = str(root / "maps" / "hcmc_center")
    with Graph(CounterMapNode, Guide, site_dir=site, floor="1", store=str(tmp_path)) as graph:
        graph.now, node = MONDAY_AT_NINE, graph.nodes[-1]
        client = ActionClient(graph.tester, GuideVisitor, "guide_visitor")
        assert graph.spin_until(client.server_is_ready)
        tf = graph.tester.create_publisher(TFMessage, "tf", TF)

        def ask() -> tuple[int, GuideVisitor.Result]:
            """Ask to be led and return how that ended, cancelled as soon as the guide says that it leads."""
            told: list[GuideVisitor.Feedback] = []
            goal = GuideVisitor.Goal(place_id="Q27", language="en")
            sent = client.send_goal_async(goal, feedback_callback=lambda msg: told.append(msg.feedback))
            assert graph.spin_until(sent.done)
            ended = sent.result().get_result_async()
            assert graph.spin_until(lambda: ended.done() or bool(told))
            if not ended.done():
                sent.result().cancel_goal_async()
                assert graph.spin_until(ended.done)
            return ended.result().status, ended.result().result

        status, result = ask()
        assert status == GoalStatus.STATUS_ABORTED
        assert result.error_code == Outcome.NAVIGATION_FAILED
        assert result.error_msg == "I am working out where I am."

        def know() -> None:
            now = node.get_clock().now()
            tf.publish(TFMessage(transforms=[make_transform("map", "base_link", Pose2D(20.0, 8.0, 0.0), now)]))

        graph.tester.create_timer(0.05, know)
        status, _ = ask()
        assert status == GoalStatus.STATUS_CANCELED
