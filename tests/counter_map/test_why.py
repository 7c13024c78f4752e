"""The words that decided: they are the visitor's own, they matter, and they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter_map.features import features, places
from counter_map.lookup import Lookup
from counter_map.lookup_why import Why, explain
from counter_map.site import load_site


@pytest.fixture(scope="module")
def center(root: Path) -> Lookup:
    site = load_site(root / "maps" / "hcmc_center")
    return Lookup(site.procedures, site.places)


def decisive(why: Why) -> str:
    return " ".join(said for said, _ in why.words)


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("words", [[], ["một"], ["làm", "hộ", "chiếu", "mới"]])
def test_every_feature_has_its_places(words: list[str], marked: bool) -> None:
    found = places(len(words), marked)
    assert len(found) == len(features(words, marked))
    assert {at for each in found for at in each} == set(range(len(words)))


class TestExplain:
    def test_a_procedure_is_decided_by_its_words_not_by_courtesy(self, center: Lookup) -> None:
        why = explain(center, "dạ cho em hỏi chỗ làm phiếu lý lịch tư pháp với ạ")
        assert why.by in ("phrase", "text")
        assert "lý lịch" in decisive(why)
        assert not {"dạ", "ạ", "hỏi"} & set(decisive(why).split())
        assert 0.5 < sum(share for _, share in why.words) <= 1.001
        assert any(why.text in (*p.names.values(), *p.phrases["vi"]) for p in center.procedures if p.code == "3.000333")

    def test_without_the_decisive_words_the_answer_is_another(self, center: Lookup) -> None:
        text = "tôi muốn đăng ký kết hôn với người yêu"
        before = center.find(text)
        words = set(decisive(explain(center, text)).split())
        after = center.find(" ".join(word for word in text.split() if word not in words))
        assert not after.candidates or after.candidates[0].probability < before.candidates[0].probability / 2

    def test_what_speaks_for_the_runner_up_is_told(self, center: Lookup) -> None:
        why = explain(center, "vợ tôi người Hàn, muốn đăng ký kết hôn")
        rivals = {each.code for each in center.find("vợ tôi người Hàn, muốn đăng ký kết hôn").candidates[1:]}
        assert why.runner_up in rivals
        assert why.rather or why.against

    def test_a_phrase_word_for_word_says_so(self, center: Lookup) -> None:
        why = explain(center, "Xin nhập tịch!")
        assert (why.by, why.text) == ("phrase", "xin nhập tịch")

    def test_a_template(self, center: Lookup) -> None:
        assert explain(center, "nhà vệ sinh ở đâu") == Why("template", "facility:wc", (("nhà vệ sinh", 1.0),))

    def test_a_learned_intent_names_its_words_not_the_whole_sentence(self, center: Lookup) -> None:
        text = "cho tôi vay ít tiền"
        why = explain(center, text)
        assert why.by == "intent"
        assert "vay" in decisive(why)
        assert decisive(why) != text

    @pytest.mark.parametrize("text", ["", "?!", "\n\n", "🤖"])
    def test_nothing_said(self, center: Lookup, text: str) -> None:
        assert explain(center, text) == Why("nothing")

    def test_a_very_long_question_is_explained(self, center: Lookup) -> None:
        assert explain(center, "làm căn cước " * 5000).by in ("text", "phrase", "intent")

    def test_the_words_of_an_answer_are_said_words(self, center: Lookup) -> None:
        for text in (
            "sang tên sổ đỏ cho con trai",
            "cho tôi vay ít tiền",
            "mua một ký thịt bò",
            "con toi mat the hoc sinh",
        ):
            for match in center.find(text).candidates:
                assert all(run in text.lower() for run in match.evidence)
                assert list(match.evidence) != [text]
