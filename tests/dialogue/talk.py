"""A script runner for conversations: what is heard, what the neighbours answer, what is said and done."""

from __future__ import annotations

from dataclasses import replace

from dialogue.conversation import (
    CandidateFacts,
    Conversation,
    CounterFacts,
    LookupAnswer,
    Phrasebook,
    PlaceFacts,
    SiteFacts,
)
from dialogue.conversation import effects as do

SITE = SiteFacts(
    floor="1",
    post="post_1",
    phrases={
        "staff": {"vi": "các bạn tình nguyện viên", "en": "the volunteers"},
        "hours": {"vi": "sáng từ 7 giờ 30", "en": "from half past seven"},
        "takes_over_2": {"vi": "robot ở tầng 2 sẽ dẫn tiếp", "en": "the robot of floor 2 takes over"},
    },
)
Q17 = CounterFacts("Q17", "17", "Quầy 17", "1", "A1")
Q18_SHUT = CounterFacts("Q18", "18", "Quầy 18", "1", "A1", open=False)
Q50 = CounterFacts("Q50", "50", "Quầy 50", "2", "B1")
JUDICIAL = CandidateFacts(
    "2.000488",
    "Cấp Phiếu lý lịch tư pháp",
    0.95,
    (Q17,),
    papers=("tờ khai", "căn cước", "ảnh", "sổ hộ khẩu"),
    fee="200.000 đồng",
    ticket_first=True,
)
MARRIAGE = CandidateFacts("1.000894", "Đăng ký kết hôn", 0.6, (Q17,))
LAND = CandidateFacts("1.012753", "Đăng ký đất đai", 0.5, (Q50,))
LIFT = PlaceFacts("lift_1", "lift", "Thang máy", "1", "A")
LIFT_UP = PlaceFacts("lift_2", "lift", "Thang máy", "2", "B")
WC = PlaceFacts("wc_1", "wc", "Nhà vệ sinh", "1", "A2")
TOILETS = (
    PlaceFacts("wc_2", "wc", "nhà vệ sinh nam", "1", "lobby"),
    PlaceFacts("wc_1", "wc", "nhà vệ sinh nữ", "1", "lobby"),
    PlaceFacts("wc_3", "wc", "nhà vệ sinh cho người khuyết tật", "1", ""),
    PlaceFacts("wc_4", "wc", "nhà vệ sinh nữ tầng 2", "2", ""),
)


def sure(candidate: CandidateFacts) -> LookupAnswer:
    return LookupAnswer("answer", f"procedure:{candidate.code}", (candidate,))


def shut(candidate: CandidateFacts) -> CandidateFacts:
    return replace(candidate, counters=(Q18_SHUT,))


class Talk:
    """One conversation; methods return it, so that a script reads from top to bottom."""

    def __init__(self, site: SiteFacts = SITE, language: str = "vi") -> None:
        self.conversation = Conversation(site, language)
        self.books = {code: Phrasebook(code) for code in ("vi", "en")}
        self.keys: list[str] = []
        self.texts: list[str] = []
        self.done: list[do.Effect] = []
        self.states: list[str] = ["idle"]
        self.now = 1000.0
        self.conversation.tick(self.now)

    @property
    def state(self) -> str:
        return self.conversation.state

    def did(self, kind: type) -> list:
        """The effects of a kind so far."""
        return [effect for effect in self.done if isinstance(effect, kind)]

    def collect(self) -> Talk:
        for effect in self.conversation.drain():
            self.done.append(effect)
            if isinstance(effect, do.Say):
                self.keys.append(effect.key)
                self.texts.append(self.books[effect.language].render(effect.key, effect.values))
        if self.states[-1] != self.state:
            self.states.append(self.state)
        return self

    def event(self, name: str, *values: object) -> Talk:
        """Let something happen; the robot then says all it has to say."""
        getattr(self.conversation, name)(*values)
        self.collect()
        while self.conversation.speaking:
            before = self.state
            self.conversation.said()
            self.collect()
            if self.state == before:
                break
        return self

    def near(self) -> Talk:
        return self.event("person_near")

    def hears(self, text: str, answer: LookupAnswer | None = None) -> Talk:
        """Hear words; `answer` is what the counter map makes of them."""
        self.event("heard", text)
        return self.event("lookup_answered", answer) if answer is not None else self

    def touch(self, label: str, answer: LookupAnswer | None = None) -> Talk:
        self.event("touched", label)
        return self.event("lookup_answered", answer) if answer is not None else self

    def places(self, *places: PlaceFacts) -> Talk:
        return self.event("places_answered", places)

    def wait(self, seconds: float) -> Talk:
        """Let time pass, half a second at a time."""
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            self.event("tick", self.now)
        return self
