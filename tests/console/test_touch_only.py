"""A visitor who never says a word, before the real screen, the real conversation and the real counter map."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.hall import CHROMIUM, LANDSCAPE, PORTRAIT, hall

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed; scripts/setup --tests installs it"),
    pytest.mark.usefixtures("alone"),
    pytest.mark.timeout(900),  # other whole runs may have to end first
]

MEASURE = """() => {
  const light = rgb => { const c = rgb.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c) && c !== 'transparent') return c; } return 'rgb(255, 255, 255)'; };
  const seen = e => e.getClientRects().length && e.innerText.trim();
  const texts = [...document.querySelectorAll('.nicegui-label, .line, .typed')].filter(seen);
  const boxes = [...document.querySelectorAll('button')].filter(seen).map(b => b.getBoundingClientRect());
  return { font: Math.min(...texts.map(e => parseFloat(getComputedStyle(e).fontSize))),
    target: Math.min(...boxes.map(b => Math.min(b.width, b.height))),
    contrast: Math.min(...texts.map(e => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); })),
    outside: [...document.querySelectorAll('button')].filter(b => seen(b) && !b.closest('.list')
      && (b.getBoundingClientRect().bottom > innerHeight + 1 || b.getBoundingClientRect().right > innerWidth + 1))
      .map(b => b.innerText) };
}"""


def check_eyes(screen, where: str) -> None:
    """A visitor of seventy can read it and hit it: 28 px, 88 px, WCAG AA."""
    seen = screen.page.evaluate(MEASURE)
    assert seen["font"] >= 28 and seen["target"] >= 88, (where, seen)
    assert seen["contrast"] >= 4.5, (where, seen)
    assert not seen["outside"], (where, seen)


@pytest.mark.parametrize(("viewport", "scheme"), [(PORTRAIT, "light"), (LANDSCAPE, "dark")])
def test_from_the_greeting_to_the_counter_by_touch_alone(
    ros_domain: int, tmp_path: Path, viewport: dict[str, int], scheme: str
) -> None:
    with hall(tmp_path, viewport, scheme) as screen:
        neighbours = screen.neighbours
        neighbours.stands_before_the_robot()
        assert screen.reaches("asking")
        screen.touch("English")
        assert screen.reads("Robot: All right, I speak English.")
        assert screen.button("Choose a procedure").is_visible()
        check_eyes(screen, "home")
        screen.touch("Tiếng Việt")
        screen.touch("Chọn thủ tục")
        screen.touch("Sở Tư pháp")
        check_eyes(screen, "browsing")
        screen.touch("Luật sư")
        screen.until(lambda: screen.page.locator("#list button").count() == 5)
        screen.page.locator("#list button").first.click()
        assert screen.reaches("offering"), neighbours.state
        place = neighbours.states[-1].place_id
        check_eyes(screen, "offering")
        screen.touch("Có, dẫn tôi đi")
        assert screen.until(lambda: len(neighbours.guide.goals) == 1)
        assert neighbours.guide.goals[0].request.place_id == place
        screen.touch("Dừng lại")
        assert screen.reaches("guiding.paused")
        check_eyes(screen, "paused")
        screen.touch("Đi tiếp")
        assert screen.until(lambda: len(neighbours.guide.goals) == 2)
        neighbours.guide.end()
        assert screen.reads("quầy " + place[1:])
        assert screen.reaches("anything_else")
        screen.touch("Không cần gì nữa")
        assert screen.reaches("returning") or neighbours.state == "goodbye"
        assert {u.source for u in screen.graph_touches()} == {"touch"}


def test_what_is_typed_is_looked_up_as_if_it_were_said(ros_domain: int, tmp_path: Path) -> None:
    with hall(tmp_path, LANDSCAPE) as screen:
        screen.neighbours.stands_before_the_robot()
        assert screen.reaches("asking")
        screen.touch("Gõ để tìm")
        for key in "khai sinh":
            screen.touch("Dấu cách" if key == " " else key)
        check_eyes(screen, "typing")
        found = screen.page.locator("#list button")
        assert screen.until(lambda: "khai sinh" in " ".join(found.all_inner_texts()).lower())
        screen.touch("Hỏi robot")
        assert screen.until(lambda: screen.neighbours.state in ("offering", "choosing", "confirming"))


def test_the_keeping_of_the_voice_is_asked_and_answered_on_the_screen(ros_domain: int, tmp_path: Path) -> None:
    with hall(tmp_path, PORTRAIT, study=True) as screen:
        screen.neighbours.stands_before_the_robot()
        assert screen.reaches("asking")
        check_eyes(screen, "consent")
        screen.touch("Đồng ý")
        assert screen.until(lambda: screen.consents == [True])
        assert screen.until(lambda: not screen.button("Không đồng ý").is_visible())


def test_the_two_or_three_offered_are_buttons(ros_domain: int, tmp_path: Path) -> None:
    with hall(tmp_path, PORTRAIT) as screen:
        screen.neighbours.stands_before_the_robot()
        assert screen.reaches("asking")
        screen.touch("Nhà vệ sinh")
        assert screen.reaches("choosing")
        check_eyes(screen, "choosing")
        screen.touch("Nhà vệ sinh nữ")
        assert screen.reaches("offering")
        assert screen.neighbours.states[-1].place_id == "wc_1"
