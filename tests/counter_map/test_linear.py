"""Learning from examples: what is fitted, what is kept between runs, what a broken keep does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_map import linear_store
from counter_map.features import features, sound_key, training_forms
from counter_map.intents import load_intents
from counter_map.linear import Linear
from counter_map.lookup_language import load_language
from counter_map.placeholders import Placeholders

EXAMPLES = [["red", "round"], ["red", "sweet"], ["green", "long"], ["green", "crisp"], ["red", "long"]]
CLASSES = [0, 0, 1, 1, 0]


def test_what_was_shown_is_told_apart() -> None:
    model = Linear.fit(EXAMPLES, CLASSES, 2)
    assert [int(np.argmax(model.log_probabilities(example))) for example in EXAMPLES] == CLASSES


@given(st.lists(st.sampled_from(["red", "green", "long", "round", "unheard of", ""])))
def test_probabilities_add_up(found: list[str]) -> None:
    assert np.exp(Linear.fit(EXAMPLES, CLASSES, 2).log_probabilities(found)).sum() == pytest.approx(1.0, abs=1e-5)


def test_the_same_examples_give_the_same_model() -> None:
    one, two = (Linear.fit(EXAMPLES, CLASSES, 2) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)


def test_nothing_to_learn_from_gives_even_chances() -> None:
    assert np.allclose(np.exp(Linear.fit([], [], 4).log_probabilities(["red"])), 0.25)


class TestKeeping:
    @pytest.fixture
    def kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("GUIDE_HOME", str(tmp_path))
        return tmp_path / "models"

    def test_a_second_run_does_not_fit_again(self, kept: Path) -> None:
        first = linear_store.fitted("fruit", EXAMPLES, lambda: Linear.fit(EXAMPLES, CLASSES, 2))
        second = linear_store.fitted("fruit", EXAMPLES, lambda: pytest.fail("fitted again"))
        assert second.features == first.features
        assert np.array_equal(second.weights, first.weights)

    def test_other_examples_are_fitted(self, kept: Path) -> None:
        linear_store.fitted("fruit", EXAMPLES, lambda: Linear.fit(EXAMPLES, CLASSES, 2))
        other = linear_store.fitted("fruit", EXAMPLES[:2], lambda: Linear.fit(EXAMPLES[:2], CLASSES[:2], 2))
        assert other.features == ["red"]

    def test_a_kept_model_cut_short_is_fitted_again(self, kept: Path) -> None:
        linear_store.fitted("fruit", EXAMPLES, lambda: Linear.fit(EXAMPLES, CLASSES, 2))
        (path,) = kept.glob("*.npz")
        path.write_bytes(path.read_bytes()[:100])
        assert linear_store.fitted("fruit", EXAMPLES, lambda: Linear.fit(EXAMPLES, CLASSES, 2)).features

    def test_what_is_used_is_kept(self, kept: Path) -> None:
        linear_store.fitted("fruit", "used", lambda: Linear.fit(EXAMPLES, CLASSES, 2))
        for size in range(2 * linear_store.KEPT):
            linear_store.fitted("fruit", size, lambda: Linear.fit(EXAMPLES, CLASSES, 2))
            linear_store.fitted("fruit", "used", lambda: pytest.fail("thrown out"))

    def test_only_the_newest_are_kept(self, kept: Path) -> None:
        for size in range(linear_store.KEPT + 3):
            linear_store.fitted("fruit", size, lambda: Linear.fit(EXAMPLES, CLASSES, 2))
        assert len(list(kept.glob("*.npz"))) == linear_store.KEPT


class TestFeatures:
    @pytest.mark.parametrize(("one", "two"), [("sang", "xang"), ("trả", "chả"), ("lan", "nan"), ("tan", "tang")])
    def test_what_is_easily_confused_shares_a_sound(self, one: str, two: str) -> None:
        assert sound_key(one) == sound_key(two)

    def test_a_sentence_with_diacritics_is_learned_without_them_too(self) -> None:
        marked, folded = training_forms(["sổ", "đỏ"], True)
        assert set(folded) <= set(features(["so", "do"], False))
        assert "wsổ" in marked


class TestIntents:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("toa lét nằm hướng nào vậy em", "facility:wc"),
            ("đi gì mà như chạy giặc vậy bà theo sao nổi", "command:slower"),
            ("mày dễ thương quá trời", "chitchat"),
            ("mua vé tàu về quê ăn tết", "outside"),
        ],
    )
    def test_whole_sentences_nobody_wrote_a_template_for(self, text: str, label: str) -> None:
        words = load_language("vi").canonical(text.split())[0]
        intent = load_intents().find(Placeholders("vi").fill(tuple(words)), True)
        assert intent.label.split(":")[0] == label.split(":")[0]

    def test_of_two_counters_the_last_is_meant(self) -> None:
        words = ("tôi", "ra", "quầy", "12", "họ", "bảo", "phải", "sang", "quầy", "38")
        intent = load_intents().find(Placeholders("vi").fill(words, last_number=True), True)
        assert (intent.label, intent.value) == ("counter", "38")

    def test_no_number_no_counter(self) -> None:
        intent = load_intents().find(Placeholders("vi").fill(("quầy", "nào", "vậy"), last_number=True), True)
        assert intent.label != "counter"
