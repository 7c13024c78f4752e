"""Short answers, attention, memory and phrases."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dialogue.conversation import Memory, Phrasebook
from dialogue.conversation.answers import read_answer, read_choice
from dialogue.conversation.attention import Attention, SeenPerson
from dialogue.conversation.facts import Target, load_site_facts
from dialogue.conversation.memory import FILE, MemoryFile
from dialogue.conversation.telling import short_name
from dialogue.errors import LanguageError
from guide_common.geometry import Pose2D

ROBOT = Pose2D(10.0, 5.0, 0.0)


FORMS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text(encoding="utf-8"))
"""How people answer; a form that is read wrongly leads somebody where they did not want to go."""


class TestAnswers:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("có", "yes"),
            ("Dạ có ạ!", "yes"),
            ("vâng, đi thôi", "yes"),
            ("không", "no"),
            ("không, cảm ơn em nhé", "decline"),
            ("có, cảm ơn", "yes"),
            ("cám ơn", "thanks"),
            ("khong can dau", "no"),
            ("dừng lại", "stop"),
            ("thôi không cần nữa", "cancel"),
            ("chờ tôi một chút", "wait"),
            ("có phải không", ""),
            ("tôi muốn làm hộ chiếu", ""),
            ("có đăng ký kết hôn được không", ""),
            ("", ""),
            ("ạ", ""),
        ],
    )
    def test_vietnamese(self, text: str, label: str) -> None:
        assert read_answer(text, "vi") == label

    @pytest.mark.parametrize("label", FORMS)
    def test_vietnamese_in_its_many_forms(self, label: str) -> None:
        read = {text: read_answer(text, "vi") for text in FORMS[label]}
        assert {text: found for text, found in read.items() if (found or "none") not in label.split("/")} == {}

    @pytest.mark.parametrize(
        ("text", "label"),
        [("Yes please.", "yes"), ("no thank you", "no"), ("slow down", "slower"), ("I want a passport", "")],
    )
    def test_english(self, text: str, label: str) -> None:
        assert read_answer(text, "en") == label

    def test_a_choice_must_be_clear(self) -> None:
        names = ("Đăng ký kết hôn", "Đăng ký khai sinh")
        assert read_choice("kết hôn", "vi", names) == 1
        assert read_choice("đăng ký", "vi", names) == 0
        assert read_choice("cái thứ ba", "vi", names) == 0


class TestAttention:
    def see(self, attention: Attention, now: float, *people: SeenPerson) -> str:
        return attention.see(people, ROBOT, now)

    def test_someone_who_stands_is_noticed_after_a_second(self) -> None:
        attention, person = Attention(), SeenPerson(1, 11.2, 5.0)
        assert self.see(attention, 0.0, person) == ""
        assert self.see(attention, 0.9, person) == ""
        assert self.see(attention, 1.0, person) == "near"

    def test_someone_who_walks_past_or_stands_behind_is_not(self) -> None:
        attention = Attention()
        for tick in range(30):
            people = SeenPerson(1, 11.0, 5.0, speed=1.2), SeenPerson(2, 8.8, 5.0), SeenPerson(3, 13.0, 5.0)
            assert self.see(attention, tick * 0.1, *people) == ""

    def test_whoever_was_served_is_not_greeted_again_until_gone(self) -> None:
        attention, person = Attention(), SeenPerson(1, 11.2, 5.0)
        self.see(attention, 0.0, person)
        attention.conversation_ended(1.0)
        assert all(self.see(attention, 1.0 + t, person) == "" for t in range(30))
        self.see(attention, 40.0)
        self.see(attention, 41.0, person)
        assert self.see(attention, 42.0, person) == "near"

    def test_nobody_near_for_a_while_is_left(self) -> None:
        attention = Attention()
        self.see(attention, 0.0, SeenPerson(1, 11.2, 5.0))
        assert self.see(attention, 3.0) == ""
        assert self.see(attention, 5.5) == "left"


class TestMemory:
    BEYOND = Target("Q50", "counter", "2", "B1", "50")
    MEMORY = Memory("guiding", "vi", Target("lift_1", "lift", "1", beyond=BEYOND), 12.5)

    def test_keeps_and_forgets(self, tmp_path: Path) -> None:
        file = MemoryFile(str(tmp_path / "new" / "folder"))
        file.write(self.MEMORY)
        assert file.read() == self.MEMORY
        file.write(None)
        assert file.read() is None

    @pytest.mark.parametrize("broken", ["", "{", "[]", '{"stage": 1}', '{"target": {"x": 1}}'])
    def test_a_broken_file_is_no_memory(self, tmp_path: Path, broken: str) -> None:
        (tmp_path / FILE).write_text(broken, encoding="utf-8")
        assert MemoryFile(str(tmp_path)).read() is None

    def test_a_disk_that_takes_nothing_is_told_and_nothing_else(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "gone").write_text("a file where the folder was", encoding="utf-8")
        file = MemoryFile(str(tmp_path / "gone"))
        file.write(self.MEMORY)
        assert "cannot be kept" in caplog.text
        assert file.read() is None


class TestNames:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("Đăng ký kết hôn", "Đăng ký kết hôn"),
            ("Cấp Phiếu lý lịch tư pháp (bản giấy)", "Cấp Phiếu lý lịch tư pháp"),
            (f"Cấp giấy phép xây dựng, {'sửa chữa ' * 12}", "Cấp giấy phép xây dựng"),
            (
                "Cấp giấy chứng nhận đủ điều kiện kinh doanh thuốc bảo vệ thực vật cho hộ gia đình trên địa bàn tỉnh",
                "Cấp giấy chứng nhận đủ điều kiện kinh doanh thuốc bảo vệ thực vật cho hộ gia đình",
            ),
        ],
    )
    def test_long_names_are_cut_where_one_would_breathe(self, name: str, said: str) -> None:
        assert short_name(name) == said


class TestPhrases:
    def test_variants_take_turns(self) -> None:
        book = Phrasebook("vi")
        assert book.render("ask.what") != book.render("ask.what")

    def test_sentences_begin_with_capitals(self) -> None:
        said = Phrasebook("vi").render("not_understood.human", {"staff": "các bạn áo xanh"})
        assert "hiểu. Các bạn áo xanh" in said

    def test_an_unknown_key_or_value_names_the_file(self) -> None:
        with pytest.raises(LanguageError, match=r"phrases\.yaml: no phrase 'nope'"):
            Phrasebook("vi").render("nope")
        with pytest.raises(LanguageError, match="asks for 'fee'"):
            Phrasebook("vi").render("inform.fee")

    def test_an_unknown_language_names_the_known(self) -> None:
        with pytest.raises(LanguageError, match="use one of vi, en"):
            Phrasebook("xx")

    def test_the_site_speaks(self, root: Path) -> None:
        site = load_site_facts(root / "maps" / "hcmc_center", "2")
        assert site.post == "post_2" and site.phrase("hours", "en") and site.phrase("hours", "xx")
        assert site.phrase("nothing", "vi") == ""

    def test_a_missing_site_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(LanguageError, match="no such file"):
            load_site_facts(tmp_path, "1")
