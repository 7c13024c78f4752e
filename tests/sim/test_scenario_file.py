from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guide_common.errors import UserErrors
from hall_sim.scenarios.file import read_values
from hall_sim.scenarios.scenario import load_scenario

BASE = """
site: maps/x
crowd: {people: 5}
visitor: {say: Tôi muốn kết hôn, pace: [0.5, 0.9]}
expect: {outcome: arrived, place: Q1}
"""


def write(folder: Path, text: str, name: str = "scenario.yaml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def mistake(file: Path, **parameters: Any) -> str:
    with pytest.raises(UserErrors) as caught:
        read_values(file, 1, parameters)
    (told,) = caught.value.mistakes
    return str(told)


class TestIncludes:
    def test_the_file_is_put_over_what_it_includes_key_by_key(self, tmp_path: Path) -> None:
        write(tmp_path / "sub", BASE, "base.yaml")
        scenario = load_scenario(write(tmp_path, "include: sub/base.yaml\nname: a\nvisitor: {say: Xin chào}\n"))
        assert scenario.visitor.say == "Xin chào"
        assert scenario.visitor.pace == (0.5, 0.9)
        assert scenario.site == (tmp_path / "sub/maps/x").resolve(), "a site is beside the file that names it"

    def test_later_includes_win(self, tmp_path: Path) -> None:
        write(tmp_path, BASE, "base.yaml")
        write(tmp_path, "crowd: {people: 9}", "more.yaml")
        values = read_values(write(tmp_path, "include: [base.yaml, more.yaml]"))
        assert values["crowd"]["people"] == 9

    def test_a_ring_and_a_missing_file_are_told(self, tmp_path: Path) -> None:
        write(tmp_path, "include: scenario.yaml", "other.yaml")
        assert "include one another" in mistake(write(tmp_path, "include: other.yaml"))
        assert "none.yaml: No such file" in mistake(write(tmp_path, "include: none.yaml"))
        assert "include: must be a file" in mistake(write(tmp_path, "include: {a: 1}"))


class TestParameters:
    TEXT = """
parameters:
  people: {integer: [3, 8]}
  pace: {uniform: [0.6, 1.0]}
  late: {normal: [20, 50], least: 0, most: 60}
  who: {choice: [bà, cháu], weights: [1, 3]}
  fixed: 7
crowd: {people: "${people}", fixed: "${fixed}", late: "${late}"}
visitor: {pace: ["${pace}", "${pace}"], say: "Chào ${who} số ${fixed}"}
"""

    def test_each_seed_draws_its_own_values_and_always_the_same(self, tmp_path: Path) -> None:
        file = write(tmp_path, self.TEXT)
        drawn = [read_values(file, seed) for seed in range(40)]
        assert drawn == [read_values(file, seed) for seed in range(40)]
        people = [values["crowd"]["people"] for values in drawn]
        assert set(people) == set(range(3, 9)), "whole numbers, both ends among them"
        paces = [values["visitor"]["pace"] for values in drawn]
        assert all(low == high and 0.6 <= low <= 1.0 for low, high in paces)
        assert {round(low, 9) for low, _ in paces} != {round(paces[0][0], 9)}
        assert all(0 <= values["crowd"]["late"] <= 60 for values in drawn)

    def test_a_value_keeps_its_type_and_text_stays_text(self, tmp_path: Path) -> None:
        values = read_values(write(tmp_path, self.TEXT), 1)
        assert values["crowd"]["fixed"] == 7
        assert values["visitor"]["say"] in ("Chào bà số 7", "Chào cháu số 7")

    def test_adding_a_parameter_leaves_a_value_given_by_hand(self, tmp_path: Path) -> None:
        values = read_values(write(tmp_path, self.TEXT), 1, {"people": 4})
        assert values["crowd"]["people"] == 4

    @pytest.mark.parametrize(
        ("parameters", "word"),
        [
            ("{a: {poisson: 3}}", "name one distribution of uniform"),
            ("{a: {uniform: [1]}}", "uniform cannot be drawn from"),
            ("{a: {choice: []}}", "choice cannot be drawn from"),
            ("{a: {choice: [1, 2], weights: [1]}}", "2 values have 1 weights"),
            ("[a]", "must be a mapping"),
        ],
    )
    def test_what_cannot_be_drawn_is_told(self, tmp_path: Path, parameters: str, word: str) -> None:
        assert word in mistake(write(tmp_path, f"parameters: {parameters}\nname: ${{a}}"))

    def test_unknown_names_are_told(self, tmp_path: Path) -> None:
        file = write(tmp_path, "parameters: {a: 1}\nname: ${b}")
        assert "name: there is no parameter b; the parameters are a" in mistake(file)
        assert "there is no parameter c" in mistake(write(tmp_path, "parameters: {a: 1}"), c=2)
