"""The visitor screen's node: topics in, touches out, pages served on localhost from a thread of their own."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from geometry_msgs.msg import PoseWithCovarianceStamped
from guide_interfaces.action import GuideVisitor
from guide_interfaces.msg import Caption, CounterMapRevision, DialogueState, Utterance
from guide_interfaces.srv import FindCounter, ListPlaces
from nav_msgs.msg import Path as PathMsg
from std_msgs.msg import Bool

from console.catalogue import read_catalogue
from console.floor_image import draw_floor_image
from console.pages import make_app
from console.screen import Found, ScreenState, Target, words
from console.widgets import Hands, Results
from counter_map.site import load_site
from guide_common.conversions import pose_to_2d
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import EVENTS, LATCHED, STREAM
from guide_common.running import run

MOST_FOUND = 6
"""Results that a search shows."""


@dataclass(frozen=True)
class ConsoleParams:
    """Parameters: where pages are served, the floor shown, where drawn floors are kept, whether a study is on."""

    host: str = "127.0.0.1"
    port: int = 8080
    floor: str = "1"
    state_dir: str = ""
    study: bool = False


class Console(ManagedNode):
    """Serve the visitor screen."""

    def __init__(self) -> None:
        super().__init__("console")
        self.params = declare(self, ConsoleParams())
        self.screen = ScreenState(study=self.params.study)
        self._server: uvicorn.Server | None = None

    def configure(self) -> None:
        """Subscribe to what is shown and bring the web server up."""
        self._touches = self.create_publisher(Utterance, "touch", EVENTS)
        self._consents = self.create_publisher(Bool, "study_consent", EVENTS)
        self._places = self.create_client(ListPlaces, "counter_map/list_places")
        self._find = self.create_client(FindCounter, "counter_map/find_counter")
        self.create_subscription(Caption, "captions", lambda m: self.screen.hear(m.speaker, m.text), EVENTS)
        self.create_subscription(DialogueState, "dialogue_state", self._on_state, LATCHED)
        self.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, LATCHED)
        self.create_subscription(PathMsg, "plan", self._on_plan, STREAM)
        self.create_subscription(CounterMapRevision, "counter_map", self._on_revision, LATCHED)
        self.create_subscription(
            GuideVisitor.Impl.FeedbackMessage, "guide_visitor/_action/feedback", self._on_feedback, STREAM
        )
        self._serve()

    def cleanup(self) -> None:
        """Take the web server down."""
        if self._server is not None:
            self._server.should_exit = True

    def _serve(self) -> None:
        app = make_app(self.screen, Hands(self._touch, self._search, self._consent))
        config = uvicorn.Config(app, host=self.params.host, port=self.params.port, log_level="warning")
        self._server = uvicorn.Server(config)
        threading.Thread(target=self._server.run, name="pages", daemon=True).start()
        self.get_logger().info(f"the visitor screen is at http://{self.params.host}:{self.params.port}/")

    def _touch(self, label: str) -> None:
        if not self.active:
            return
        message = Utterance(text=label, language=self.screen.language, confidence=1.0, is_final=True, source="touch")
        message.header.stamp = self.get_clock().now().to_msg()
        self._touches.publish(message)

    def _consent(self, agreed: bool) -> None:
        if self.active:
            self.screen.consent = agreed
            self._consents.publish(Bool(data=agreed))

    def _search(self, text: str, language: str, take: Results) -> None:
        """Ask what typed words may mean; the lookup is the one that spoken words go through."""
        if self.active and self._find.service_is_ready():
            asked = self._find.call_async(FindCounter.Request(text=text, language=language))
            asked.add_done_callback(lambda future: take(_found(future.result(), self.screen.language)))

    def _on_state(self, message: DialogueState) -> None:
        screen = self.screen
        screen.enter(message.state)
        screen.reason = message.reason
        screen.language = message.language or screen.language
        screen.choices = tuple(message.choices)
        if not message.place_id:
            screen.target, screen.distance, screen.plan = None, None, ()
        elif self._places.service_is_ready():
            self._places.call_async(ListPlaces.Request(id=message.place_id)).add_done_callback(self._on_place)

    def _on_place(self, future: Any) -> None:
        for place in future.result().places:
            self.screen.target = Target(place.name, place.floor, place.zone, pose_to_2d(place.stand_pose))

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        self.screen.robot = pose_to_2d(message.pose.pose)

    def _on_plan(self, message: PathMsg) -> None:
        self.screen.plan = tuple((p.pose.position.x, p.pose.position.y) for p in message.poses[::4])

    def _on_feedback(self, message: Any) -> None:
        self.screen.distance = float(message.feedback.distance_remaining)

    def _on_revision(self, message: CounterMapRevision) -> None:
        out = Path(self.params.state_dir or ".") / f"floor_{self.params.floor}_{message.revision[:12]}.png"
        threading.Thread(target=self._draw, args=(message.site_folder, out), daemon=True).start()

    def _draw(self, site_folder: str, out: Path) -> None:
        site = load_site(site_folder)
        self.screen.catalogue = read_catalogue(site)
        self.screen.floor = draw_floor_image(site, self.params.floor, out)


def _found(response: FindCounter.Response, language: str) -> tuple[Found, ...]:
    """Return what a visitor may choose of an answer: a kind of place, or procedures and counters."""
    kind, _, value = response.label.partition(":")
    if response.decision == "facility" and kind == "facility":
        return (Found(response.label, words(language).get(value, value)),)
    return tuple(
        Found(
            f"counter:{each.code}" if each.code in (c.id for c in each.counters) else f"procedure:{each.code}",
            each.name,
        )
        for each in response.candidates[:MOST_FOUND]
    )


def main() -> int:
    """Run the node."""
    return run(Console)
