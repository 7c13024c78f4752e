"""Serve the places and procedures of the revision in force, and follow every change of the store within a second."""

from __future__ import annotations

import gc
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from guide_interfaces.msg import CounterMapRevision
from guide_interfaces.srv import FindCounter, ListPlaces
from rclpy.clock import Clock
from rclpy.clock_type import ClockType

from counter_map.answers import Desk
from counter_map.conversions import offer_to_msg, place_to_msg
from counter_map.lookup import Lookup
from counter_map.lookup_language import language_of
from counter_map.model import Site
from counter_map.site_store import open_store
from counter_map.store import Store
from counter_map.unanswered import Question, Tally
from guide_common.errors import UserError
from guide_common.managed import ManagedNode
from guide_common.params import declare
from guide_common.qos import LATCHED
from guide_common.running import run

POLL_PERIOD = 0.25
"""s, steady clock, between two looks at the store's revision."""
NOT_ACTIVE = "not_active"
"""The label of an answer that a node which is not active gives: no decision was made."""


@dataclass(frozen=True)
class Parameters:
    """Hold the parameters: the site's folder, the store (folder, file or URL; empty for the default), the floor."""

    site_dir: str = ""
    store: str = ""
    floor: str = "1"


@dataclass(frozen=True)
class Loaded:
    """Hold one revision; its lookup may still be that of the revision before, until its own is built."""

    site: Site
    revision: str
    lookup: Lookup
    lookup_is_own: bool = True


class CounterMapNode(ManagedNode):
    """Publish `counter_map`; serve `~/find_counter` and `~/list_places`."""

    def __init__(self) -> None:
        super().__init__("counter_map")
        self._params = declare(self, Parameters())
        self._loaded: Loaded | None = None
        self._store: Store | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._looking = self._counting = False
        self._trouble = ""
        self._unanswered = Tally()

    def configure(self) -> None:
        """Open the store, take in the site folder where the store is empty or unedited, and load the revision."""
        if not self._params.site_dir:
            raise UserError("the parameter site_dir is empty; give the folder of a site, such as maps/hcmc_center")
        self._store, folder = open_store(self._params.site_dir, self._params.store)
        if folder is not None:
            self._store.follow_folder(folder)
        self._loaded = _load(self._store, None)
        if self._params.floor not in self._loaded.site.floors:
            raise UserError(f"floor {self._params.floor} is not a floor of {self._loaded.site.name}")
        gc.freeze()  # what is imported lives to the end; walking it would hold up an answer by 0.15 s now and then
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._revisions = self.create_publisher(CounterMapRevision, "counter_map", LATCHED)
        self._find = self.create_service(FindCounter, "~/find_counter", self._on_find)
        self._list = self.create_service(ListPlaces, "~/list_places", self._on_list)
        self._timer = self.create_timer(POLL_PERIOD, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def activate(self) -> None:
        """Tell the revision in force."""
        self._tell()

    def cleanup(self) -> None:
        """Let go of the store."""
        if self._pool is None or self._store is None:
            return
        self._pool.shutdown(wait=True)
        try:
            _count(self._store, self._unanswered.take())
        except UserError as error:
            self.get_logger().error(f"the last questions that found nothing are not counted: {error}")
        self.destroy_timer(self._timer)
        self.destroy_service(self._find)
        self.destroy_service(self._list)
        self.destroy_publisher(self._revisions)
        self._store.close()
        self._pool = self._store = self._loaded = None

    def _tell(self) -> None:
        assert self._loaded is not None
        message = CounterMapRevision(
            site=self._loaded.site.name,
            revision=self._loaded.revision,
            site_folder=str(self._loaded.site.folder.absolute()),
        )
        message.header.stamp = self.get_clock().now().to_msg()
        message.header.frame_id = "map"
        self._revisions.publish(message)
        self.get_logger().info(f"revision {self._loaded.revision} of {self._loaded.site.name} is in force")

    def _look(self) -> None:
        """Ask the store for a new revision in a worker thread, so that a slow database stops nothing."""
        self._hand_in()
        if self._looking or self._pool is None or self._store is None or self._loaded is None:
            return
        self._looking = True
        self._pool.submit(_load, self._store, self._loaded).add_done_callback(self._hand_over)

    def _hand_in(self) -> None:
        """Give the store the questions that found nothing, in the worker too; what it does not take waits."""
        if self._counting or self._pool is None or self._store is None or not self._unanswered:
            return
        self._counting = True
        counts = self._unanswered.take()

        def handed_in(result: Future[None]) -> None:
            executor = self.executor
            if executor is not None:
                executor.create_task(self._handed_in, result, counts)

        self._pool.submit(_count, self._store, counts).add_done_callback(handed_in)

    def _handed_in(self, result: Future[None], counts: dict[Question, int]) -> None:
        self._counting = False
        error = result.exception()
        if error is not None:
            self._unanswered.give_back(counts)
            self._report(error)

    def _report(self, error: BaseException) -> None:
        """Say why the store cannot be used, once, not four times a second."""
        if str(error) != self._trouble:
            self.get_logger().error(f"the store cannot be followed: {error}")
        self._trouble = str(error)

    def _hand_over(self, result: Future[Loaded]) -> None:
        executor = self.executor
        if executor is not None:
            executor.create_task(self._take, result)

    def _take(self, result: Future[Loaded]) -> None:
        self._looking = False
        error = result.exception()
        if error is not None:  # the old revision stays in force
            self._report(error)
            return
        self._trouble = ""
        loaded = result.result()
        before, self._loaded = self._loaded, loaded
        if self.active and before is not None and loaded.revision != before.revision:
            self._tell()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.get_clock().now().nanoseconds * 1e-9, tz=UTC)

    def _on_find(self, request: FindCounter.Request, response: FindCounter.Response) -> FindCounter.Response:
        if not self.active or self._loaded is None:
            response.label = NOT_ACTIVE
            return response
        site, language = self._loaded.site, request.language or self._loaded.site.settings.languages[0]
        answer = self._loaded.lookup.find(request.text, language, names_only=request.names_only)
        if answer.decision == "reject" and not answer.label and not request.names_only:
            asked_in = language_of(language) if language_of(language) in self._loaded.lookup.languages else ""
            self._unanswered.add(request.text, asked_in, site.settings.local(self._now()).date())
        desk = Desk(site, self._params.floor, language, self._now())
        response.decision, response.label = answer.decision, answer.label
        response.candidates = [offer_to_msg(each, language) for each in desk.offers(answer.label, answer.candidates)]
        response.revision = self._loaded.revision
        return response

    def _on_list(self, request: ListPlaces.Request, response: ListPlaces.Response) -> ListPlaces.Response:
        if not self.active or self._loaded is None:
            return response
        site = self._loaded.site
        language = site.settings.languages[0]
        desk = Desk(site, self._params.floor, language, self._now())
        response.places = [
            place_to_msg(place, desk.is_open(place), language)
            for place in site.places_of(request.kind, request.floor)
            if request.id in ("", place.id)
        ]
        response.revision = self._loaded.revision
        return response


def _load(store: Store, loaded: Loaded | None) -> Loaded:
    """Return what is loaded while it is in force, otherwise the new revision.

    A lookup takes a second to build. A change that no sentence depends on (a moved counter) keeps the one
    there is; after any other change the revision is taken over at once with its phrases known word for word, and its
    own lookup is built next.
    """
    if loaded is not None and store.revision() == loaded.revision:
        if loaded.lookup_is_own:
            return loaded
        return Loaded(loaded.site, loaded.revision, Lookup(loaded.site.procedures, loaded.site.places))
    site, revision = store.current()
    if loaded is None:
        return Loaded(site, revision, Lookup(site.procedures, site.places))
    if loaded.lookup_is_own and _asked_by(loaded.site) == _asked_by(site):
        return Loaded(site, revision, loaded.lookup)
    return Loaded(site, revision, loaded.lookup.with_phrases(site.procedures.values()), lookup_is_own=False)


def _count(store: Store, counts: dict[Question, int]) -> None:
    if counts:
        store.count_unanswered(counts)


def _asked_by(site: Site) -> object:
    """Return all of a site that the lookup reads."""
    procedures = [(p.code, p.names, p.phrases, p.department, p.field) for p in site.procedures.values()]
    places = [(p.id, p.kind, p.zone, p.number, p.names, p.department) for p in site.places.values()]
    return procedures, places


def main() -> int:
    """Run the node."""
    return int(run(CounterMapNode))


if __name__ == "__main__":
    raise SystemExit(main())
