"""Spawn people and boxes into a hall that runs, find whatever is in it by name, and begin it anew."""

from __future__ import annotations

import re

from guide_common.geometry import Pose2D
from hall_sim.control.entities import ROBOT_NAME, Box, Entity, RobotEntity
from hall_sim.control.entities_people import VISITOR_NAME, Passer, Person, VisitorEntity
from hall_sim.control.refusals import INVALID_POSE, NAME_INVALID, NAME_NOT_UNIQUE, NOT_FOUND, OPERATION_FAILED, Refused
from hall_sim.control.spawnables import WANDERS, Parsed, Wish, parse, saying
from hall_sim.hall import VISITOR, Hall
from hall_sim.people.crowd import Walker
from hall_sim.people.errands import Errand
from hall_sim.people.kinds import Kind
from hall_sim.world.obstacles import Obstacle, Size

GUESTS, OBSTACLES = 16, 8
"""People and boxes for which a hall can have room besides those of its scenario."""
PERSON_NAME = "person_"
WORLD_FRAMES = ("", "world", "map")
ROBOT_FRAMES = ("base_link", "base_footprint")


class Stage:
    """Find, spawn and remove what is in a hall.

    Names: `robot`; `visitor` while they are inside; `person_N` for everybody else of the scenario, with the number
    that contacts and the true people have too; what was spawned, by the name that it got.

    Args:
        hall: made with `guests` and `obstacles`.
    """

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._guests: dict[str, int] = {}
        self._posts: list[list[Walker]] = [[] for _ in hall.world.obstacles.slots]
        self._spawned: dict[str, Wish] = {}
        self._visitors = 0

    def entities(self) -> list[Entity]:
        """Return everything that is in the hall now."""
        hall = self._hall
        visitor: list[Entity] = [] if hall.visitor_gone else [VisitorEntity(hall)]
        return [RobotEntity(hall), *visitor, *self._people(), *self._guests_inside(), *self._boxes()]

    def find(self, name: str) -> Entity:
        """Return what has a name; raise Refused."""
        for entity in self.entities():
            if entity.name == name:
                return entity
        raise Refused(NOT_FOUND, f"there is no entity named '{name}' in the hall; get_entities lists those there are")

    def frame(self, name: str) -> Pose2D:
        """Return the pose of a frame in the map: the world's, or that of an entity; raise Refused."""
        if name in WORLD_FRAMES:
            return Pose2D(0.0, 0.0)
        known = ROBOT_NAME if name in ROBOT_FRAMES else name
        for entity in self.entities():
            if entity.name == known:
                return entity.state.pose
        raise Refused(NOT_FOUND, f"there is no frame '{name}'; give map, base_link or the name of an entity")

    def spawn(self, wish: Wish) -> str:
        """Put something into the hall; return the name that it got, or raise Refused."""
        parsed = parse(wish)
        if parsed.path == VISITOR_NAME:
            return self._receive(wish, parsed)
        name = self._name(wish, parsed.word)
        if parsed.kind is None:
            self._stand_box(name, wish.pose, parsed.size)
        else:
            self._let_in(name, wish.pose, parsed.kind, parsed.path.startswith(WANDERS))
        self._spawned[name] = wish
        return name

    def remove(self, name: str) -> None:
        """Take something out of the hall; raise Refused."""
        self.find(name).remove()
        self._forget(name)

    def remove_spawned(self) -> None:
        """Take everything out that was spawned, but the visitor, who is the scenario's too."""
        for entity in self.entities():
            if entity.name in self._spawned:
                entity.remove()
        for name in list(self._spawned):
            self._forget(name)

    def restart(self, keep: bool) -> list[str]:
        """Begin the hall anew; `keep` puts what was spawned back to where it was spawned.

        Returns the names of what then found no room.
        """
        wishes = self._spawned if keep else {}
        self._hall.restart()
        self._guests, self._spawned, self._visitors = {}, {}, 0
        self._posts = [[] for _ in self._hall.world.obstacles.slots]
        return [name for name, wish in wishes.items() if not self._spawned_again(name, wish)]

    def _people(self) -> list[Entity]:
        """Return the people of the scenario but the visitor."""
        errands, behind = self._hall.wandering.errands, self._hall.back_office.walkers
        first_behind = VISITOR + 1 + len(errands)
        crowd: list[Entity] = [
            Passer(self._hall, f"{PERSON_NAME}{index}", index, errand, *(["staff"] if errand.staff else []))
            for index, errand in enumerate(errands, VISITOR + 1)
            if errand.walker is not None
        ]
        return crowd + [
            Person(self._hall, f"{PERSON_NAME}{index}", index, walker, "staff", "behind_counter")
            for index, walker in enumerate(behind, first_behind)
        ]

    def _guests_inside(self) -> list[Passer]:
        return [self._guest(name) for name, slot in self._guests.items() if self._hall.guests[slot].walker is not None]

    def _boxes(self) -> list[Box]:
        slots = enumerate(self._hall.world.obstacles.slots)
        return [Box(self._hall, slot, box, self._posts[slot]) for slot, box in slots if box is not None]

    def _guest(self, name: str) -> Passer:
        hall, slot = self._hall, self._guests[name]
        index = VISITOR + 1 + len(hall.wandering.errands) + len(hall.back_office.walkers) + slot
        return Passer(hall, name, index, hall.guests[slot], "spawned")

    def _let_in(self, name: str, pose: Pose2D, kind: Kind, wanders: bool) -> None:
        hall, slot = self._hall, self._free_guest()
        errand = hall.guests[slot]
        errand.kind, errand.pace = kind, kind.pace[0]
        hall.crowd.settle()
        errand.walker = hall.crowd.enter((pose.x, pose.y), errand.pace, kind=kind)
        if errand.walker is None:
            raise _no_room(name)
        self._guests[name] = slot
        guest = self._guest(name)
        try:
            guest.check(pose)
        except Refused:
            guest.remove()
            self._forget(name)
            raise
        guest.walker.stand(pose.yaw)
        guest.walker.heading, guest.walker.claimed = pose.yaw, not wanders
        guest.show()
        if wanders:
            hall.wandering.guests.append(errand)
            hall.wandering.goals.begin(errand, anywhere=True)

    def _stand_box(self, name: str, pose: Pose2D, size: Size) -> None:
        slots = self._hall.world.obstacles.slots
        if None not in slots:
            raise Refused(OPERATION_FAILED, f"there are {len(slots)} boxes in the hall already; delete one first")
        slot, box = slots.index(None), Obstacle(name, pose, size)
        self._hall.crowd.settle()
        Box(self._hall, slot, box, self._posts[slot]).put(box)

    def _receive(self, wish: Wish, parsed: Parsed) -> str:
        """Let the next visitor come in at the pose."""
        hall = self._hall
        if not hall.visitor_gone:
            raise Refused(NAME_NOT_UNIQUE, "the visitor is in the hall; delete them, or wait until they have gone")
        if wish.name not in ("", VISITOR_NAME) or wish.namespace:
            raise Refused(NAME_INVALID, f"the visitor's name is '{VISITOR_NAME}', without a namespace")
        self._visitors += 1
        hall.receive(saying(hall.scenario.visitor, parsed.say), self._visitors)
        hall.crowd.settle()
        if not hall.visitor.put((wish.pose.x, wish.pose.y), wish.pose.yaw):
            hall.dismiss()
            raise _no_room(VISITOR_NAME)
        visitor = VisitorEntity(hall)
        try:
            visitor.check(wish.pose)
        except Refused:
            visitor.remove()
            raise
        visitor.show()
        return VISITOR_NAME

    def _spawned_again(self, name: str, wish: Wish) -> bool:
        prefix, _, last = name.rpartition("/")
        try:
            self.spawn(Wish(wish.uri, wish.pose, last, rename=False, namespace=prefix))
        except Refused:
            return False
        return True

    def _name(self, wish: Wish, word: str) -> str:
        """Return the unique name for something; raise Refused."""
        base = wish.prefix + (wish.name or word)
        if wish.name and not self._taken(base):
            return base
        if not wish.rename:
            raise Refused(NAME_NOT_UNIQUE, f"'{base}' is taken; give another name, or allow_renaming")
        number = 1
        while self._taken(f"{base}_{number}"):
            number += 1
        return f"{base}_{number}"

    def _taken(self, name: str) -> bool:
        reserved = rf"{ROBOT_NAME}|{VISITOR_NAME}|{PERSON_NAME}\d+|world|map|base_link|base_footprint"
        return name in self._spawned or re.fullmatch(reserved, name) is not None

    def _free_guest(self) -> int:
        guests = self._hall.guests
        for name, slot in list(self._guests.items()):
            if guests[slot].walker is None and not guests[slot].expected:  # has left by the door, for good
                self._forget(name)
        free = [slot for slot in range(len(guests)) if slot not in self._guests.values()]
        if not free:
            raise Refused(OPERATION_FAILED, f"{len(guests)} people were spawned already; delete one of them first")
        return free[0]

    def _forget(self, name: str) -> None:
        self._spawned.pop(name, None)
        slot = self._guests.pop(name, None)
        if slot is None:
            return
        errand, wandering = self._hall.guests[slot], self._hall.wandering
        if errand in wandering.guests:
            wandering.guests.remove(errand)
        self._hall.guests[slot] = Errand(expected=False)


def _no_room(name: str) -> Refused:
    return Refused(INVALID_POSE, f"there is no room for {name}: somebody, something or the robot is too near")
