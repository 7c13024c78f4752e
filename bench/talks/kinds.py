"""The kinds of visitors, a function each, and how many of 500 are of which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random

from bench.talks.cases import EVENING, LUNCH, SUNDAY, Case, Fault, both, not_led, said, said_before_walking
from bench.talks.goals import Goal, Wishes, sayings, unmarked
from bench.talks.hall import Say, Touch
from bench.talks.record import Record
from bench.talks.visitor import Act, Character, Visitor
from counter_map.lookup import Lookup
from counter_map.model import Site

NOISE = 0.12
"""How many words in a hundred a poor recogniser gets wrong, of those who are misheard."""


def procedure(w: Wishes) -> Case:
    """Want a procedure and be led."""
    return _case(w, [w.procedure(floor="1")])


def only_information(w: Wishes) -> Case:
    """Want to know only where."""
    return _case(w, [w.procedure()], Character(follows=False))


def misheard(w: Wishes) -> Case:
    """Be misheard in one word of eight."""
    w.noise = NOISE
    return _case(w, [w.procedure(floor="1")])


def rambling(w: Wishes) -> Case:
    """Tell a long story around it."""
    w.manner = "rambling"
    return _case(w, [w.procedure(floor="1")])


def clipped(w: Wishes) -> Case:
    """Leave out a word of it."""
    w.clips = True
    return _case(w, [w.procedure()], Character(follows=False))


def without_marks(w: Wishes) -> Case:
    """Type without marks, or be heard by a recogniser that gives none."""
    goal = w.procedure(floor="1")
    plain = tuple(map(unmarked, goal.sentences))
    return _case(w, [replace(goal, sentences=plain)])


def facility(w: Wishes) -> Case:
    """Want a toilet, cash machine, lift …"""
    return _case(w, [w.facility()])


def counter_number(w: Wishes) -> Case:
    """Name a counter by its number."""
    return _case(w, [w.counter()])


def department(w: Wishes) -> Case:
    """Name a department."""
    return _case(w, [w.department()])


def other_floor(w: Wishes) -> Case:
    """Want something of the other floor."""
    case = _case(w, [w.procedure(floor="2")])
    case.check = said("tầng 2")
    return case


def two_wishes(w: Wishes) -> Case:
    """Name two wishes in one sentence; the robot must remember the second by itself."""
    first = w.procedure(floor="1")
    second = w.facility(w.rng.choice(["wc", "atm", "photocopy"])) if w.rng.random() < 0.5 else w.procedure(floor="1")
    case = _case(w, [_bare(w, first), _bare(w, second)], Character(both_at_once=True))

    def remembered(case: Case, record: Record) -> Fault:
        return "had to ask for the second wish again" if case.visitor.asked[1] > 1 else ""

    case.check = remembered
    return case


def _bare(w: Wishes, goal: Goal) -> Goal:
    """Return a wish whose first sentence is only the thing itself, as it is named in a list of two."""
    if goal.code:
        bare = w.rng.choice(w.site.procedures[goal.code].phrases[w.language])
    else:
        bare = w.rng.choice(sayings(w.language)["facilities"][goal.touch.removeprefix("facility:")])
    return replace(goal, sentences=(bare, *goal.sentences))


def change_of_mind(w: Wishes) -> Case:
    """Name something else in place of an answer to the offer."""
    return _case(w, [w.procedure(), w.facility() if w.rng.random() < 0.5 else w.counter()], Character(instead=True))


def change_while_walking(w: Wishes) -> Case:
    """Name something else on the way there."""
    second = w.counter(number=w.rng.choice(["3", "8", "19", "26", "33"]))
    words = w.say("change", x=f"quầy {second.numbers[0]}")
    goals = [w.procedure(floor="1"), second]
    return _case(w, goals, Character(walking=[(0.3, Say(words))]))


def asks_while_walking(w: Wishes) -> Case:
    """Ask for a toilet on the way; it is kept for later, and served then."""
    goals = [w.procedure(floor="1"), w.facility(w.rng.choice(["wc", "atm"]))]
    words = Say(w.rng.choice(goals[1].sentences))
    case = _case(w, goals, Character(walking=[(0.4, words)]))

    def remembered(case: Case, record: Record) -> Fault:
        return "had to ask again" if case.visitor.asked[1] else ""

    case.check = remembered
    return case


def closed_counter(w: Wishes) -> Case:
    """Want a counter that is closed today, with or without one that stands in."""
    goal = w.procedure(floor="1")
    instead = w.rng.choice(["" if "Q26" in goal.places else "Q26", ""])
    changes: dict[str, dict[str, object]] = {p: {"open": False, "redirect_to": instead} for p in goal.places}
    if instead:
        goal = replace(goal, places=frozenset({instead}), numbers=(w.site.places[instead].number,))
    else:
        goal = replace(goal, places=frozenset())
    case = _case(w, [goal])
    case.changes, case.check = changes, said_before_walking("chưa mở")
    if not instead:
        case.check = both(case.check, not_led)
    return case


def moved_department(w: Wishes) -> Case:
    """Want what the centre no longer does here."""
    case = _case(w, [w.procedure(elsewhere=True)], Character(follows=False))
    case.check = said_before_walking("không còn trong danh mục", "không làm tại đây")
    return case


def closed_hours(w: Wishes) -> Case:
    """Come at lunch, in the evening or on a Sunday."""
    goal = w.procedure() if w.rng.random() < 0.7 else w.counter()
    case = _case(w, [goal])
    case.at = w.rng.choice([LUNCH, EVENING, SUNDAY])
    case.led, case.check = False, both(said_before_walking("ngoài giờ", "nghỉ trưa", "hết giờ"), not_led)
    return case


def opening_hours(w: Wishes) -> Case:
    """Ask when the centre is open."""
    sentences = tuple(w.say("hours") for _ in range(3))
    return _case(w, [Goal(sentences, "7 giờ 30", "facility:hours")])


def person(w: Wishes) -> Case:
    """Want a human being."""
    places = frozenset(place.id for place in w.site.places_of("reception"))
    return _case(w, [Goal(tuple(w.say("person") for _ in range(3)), "bàn hướng dẫn", "facility:human", places)])


def english(w: Wishes) -> Case:
    """Switch to English at once, by word or by touch, and go on in it."""
    words = w.rng.choice(["nói tiếng anh", "english please"])
    switch: Act = Touch("language:en") if w.rng.random() < 0.5 else Say(words)
    w.language = "en"
    goal = w.procedure(floor="1") if w.rng.random() < 0.6 else w.facility()
    case = _case(w, [goal], Character(openers=[switch]), "en")

    def in_english(case: Case, record: Record) -> Fault:
        after = [e for e in record.events if e.lane == "robot"][1:]
        return "" if after and all(e.language == "en" for e in after[:-1]) else "went on in Vietnamese"

    case.check = in_english
    return case


def switches_late(w: Wishes) -> Case:
    """Switch to English while being led; what follows is English."""
    case = _case(w, [w.procedure(floor="1")], Character(walking=[(0.3, Touch("language:en"))]))

    def arrives_in_english(case: Case, record: Record) -> Fault:
        at = next((e.at for e in record.events if e.lane == "screen" and e.text == "language:en"), None)
        if at is None:
            return "did not come to switch"
        after = [e for e in record.events if e.lane == "robot" and e.at > at]
        return "" if after and all(e.language == "en" for e in after) else "went on in Vietnamese"

    case.check = arrives_in_english
    return case


def only_screen(w: Wishes) -> Case:
    """Never speak."""
    draw = w.rng.random()
    goal = w.procedure() if draw < 0.5 else w.facility() if draw < 0.8 else w.counter()
    # who touches a counter wants to be led there
    character = Character(by_touch=True, follows=w.rng.random() < 0.8 or goal.touch.startswith("counter"))
    if character.follows and w.rng.random() < 0.5:
        character.walking = [(0.4, Touch("command:stop"))]
    return _case(w, [goal], character)


def blind(w: Wishes) -> Case:
    """Never touch; ask for a repetition, and be told everything aloud."""
    again = [Say(w.say("repeat"))] if w.rng.random() < 0.5 else []
    return _case(w, [w.procedure(floor="1")], Character(at_offer=list(again)))


def silent(w: Wishes) -> Case:
    """Stand there and say nothing."""
    case = _case(w, [], Character(silent=True))
    case.check = both(said("gọi tôi"), not_led)
    return case


def insulting(w: Wishes) -> Case:
    """Insult the robot before saying what for."""
    return _case(w, [w.procedure(floor="1")], Character(openers=[Say(w.say("insult"))]))


def chatting(w: Wishes) -> Case:
    """Greet or ask the robot about itself first."""
    openers: list[Act] = [Say(w.say(kind)) for kind in w.rng.sample(["greet", "chat"], w.rng.choice([1, 2]))]
    return _case(w, [w.procedure(floor="1")], Character(openers=openers))


def child(w: Wishes) -> Case:
    """Be a child: need the toilet, or have lost the mother."""
    if w.rng.random() < 0.5:
        toilets = frozenset(place.id for place in w.site.places_of("wc"))
        sentences = tuple(w.say("child") for _ in range(3))
        return _case(w, [Goal(sentences, "nhà vệ sinh", "facility:wc", toilets)])
    sentences = tuple(w.say("lost_child") for _ in range(3))
    return _case(w, [Goal(sentences, "tình nguyện viên", "facility:human")], Character(follows=False))


def two_talking(w: Wishes) -> Case:
    """Talk with each other in between."""
    openers: list[Act] = [Say(w.say("crosstalk"))]
    return _case(w, [w.procedure(floor="1")], Character(openers=openers, walking=[(0.5, Say(w.say("crosstalk")))]))


def walks_off(w: Wishes) -> Case:
    """Leave in the middle, without a word."""
    state = w.rng.choice(["greeting", "asking", "offering", "guiding", "guiding", "anything_else"])
    case = _case(w, [w.procedure(floor="1")], Character(leaves=(state, w.rng.uniform(0.5, 6.0))))
    case.led, case.check = False, lambda case, record: ""
    return case


def asks_again(w: Wishes) -> Case:
    """Want it repeated, slower or louder."""
    acts: list[Act] = [Say(w.say(w.rng.choice(["repeat", "slower_speech", "louder"])))]
    goal = w.procedure(floor="1")
    case = _case(w, [goal], Character(at_offer=acts))

    def repeated(case: Case, record: Record) -> Fault:
        lines = [line.lower() for line in record.lines("robot")]
        often = sum(any(f"quầy {n}" in line for n in goal.numbers) for line in lines)
        return "" if often >= 2 else "did not repeat the counter"

    case.check = repeated
    return case


def commands(w: Wishes) -> Case:
    """Say stop, slower, go on while walking."""
    kinds = w.rng.sample(["stop", "slower", "repeat"], 2)
    walking: list[tuple[float, Act]] = [(0.2 + 0.3 * n, Say(w.say(kind))) for n, kind in enumerate(kinds)]
    case = _case(w, [w.procedure(floor="1")], Character(walking=walking))

    def obeyed(case: Case, record: Record) -> Fault:
        wants = {"stop": "tôi dừng lại", "slower": "chậm lại", "repeat": "đang đi tới"}
        missing = [kind for kind in kinds if wants[kind] not in record.said.lower()]
        return f"did not obey {missing[0]}" if missing else ""

    case.check = obeyed
    return case


def gives_up_walking(w: Wishes) -> Case:
    """Say on the way that it is not needed any more, or that the robot should turn back."""
    kind = w.rng.choice(["cancel", "back"])
    case = _case(w, [w.procedure(floor="1")], Character(walking=[(0.4, Say(w.say(kind)))]))
    case.led = False
    case.check = said("tôi dừng ở đây") if kind == "cancel" else said("quay lại")
    return case


def yes_and_no(w: Wishes) -> Case:
    """Answer in one of many ways; two wishes, the first refused."""
    goals = [w.procedure(), w.facility()]
    return _case(w, goals, Character(follows=w.rng.random() < 0.5))


def outside(w: Wishes) -> Case:
    """Want what no counter does; the robot must not make a counter up."""
    case = _case(w, [Goal(tuple(w.say("outside") for _ in range(3)), "tình nguyện viên", "")], Character(follows=False))
    case.check = not_led
    return case


def nearly_silent(w: Wishes) -> Case:
    """Be slow: let the first question pass, answer the second."""
    case = _case(w, [w.procedure(floor="1")])
    case.visitor.late = 14.0
    return case


KINDS: dict[str, tuple[Callable[[Wishes], Case], int]] = {
    "procedure": (procedure, 40),
    "only_information": (only_information, 16),
    "misheard": (misheard, 45),
    "rambling": (rambling, 30),
    "clipped": (clipped, 25),
    "without_marks": (without_marks, 12),
    "facility": (facility, 20),
    "counter_number": (counter_number, 12),
    "department": (department, 12),
    "other_floor": (other_floor, 22),
    "two_wishes": (two_wishes, 24),
    "change_of_mind": (change_of_mind, 12),
    "change_while_walking": (change_while_walking, 8),
    "asks_while_walking": (asks_while_walking, 8),
    "closed_counter": (closed_counter, 16),
    "moved_department": (moved_department, 6),
    "closed_hours": (closed_hours, 16),
    "opening_hours": (opening_hours, 8),
    "person": (person, 8),
    "english": (english, 14),
    "switches_late": (switches_late, 4),
    "only_screen": (only_screen, 18),
    "blind": (blind, 14),
    "silent": (silent, 6),
    "insulting": (insulting, 8),
    "chatting": (chatting, 10),
    "child": (child, 8),
    "two_talking": (two_talking, 10),
    "walks_off": (walks_off, 12),
    "asks_again": (asks_again, 12),
    "commands": (commands, 12),
    "gives_up_walking": (gives_up_walking, 8),
    "yes_and_no": (yes_and_no, 14),
    "outside": (outside, 6),
    "nearly_silent": (nearly_silent, 4),
}
"""Each kind and how many of 500 visitors are of it."""


def draw(site: Site, lookup: Lookup, seed: int, kind: str = "") -> Case:
    """Make the visitor of a seed, of a kind where one is named."""
    rng = Random(seed)
    kind = kind or _order()[seed % len(_order())]
    case = KINDS[kind][0](Wishes(site, lookup, rng))
    case.kind, case.seed = kind, seed
    return case


@cache
def _order() -> list[str]:
    """Return the kinds, each as often as its share, well mixed: the kind of a seed."""
    kinds = [kind for kind, (_, share) in KINDS.items() for _ in range(share)]
    Random(0).shuffle(kinds)
    return kinds


def _case(w: Wishes, goals: list[Goal], character: Character | None = None, language: str = "vi") -> Case:
    return Case("", 0, Visitor(goals, character or Character(), w.rng, language))
