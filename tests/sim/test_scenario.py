from __future__ import annotations

import json
from pathlib import Path

import pytest

from counter_map.site import load_site
from counter_map.site_store import open_store
from guide_common.errors import UserErrors
from guide_common.geometry import Pose2D
from hall_sim.scenarios.scenario import Scenario, load_scenario
from hall_sim.scenarios.schema import scenario_schema

ROOT = Path(__file__).parents[2]
GOOD = """
name: demo
site: ../maps/x
seed: 3
crowd: {people: 5}
visitor: {say: Tôi muốn kết hôn}
expect: {outcome: arrived, place: Q1}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    return file


class TestLoading:
    def test_reads_a_scenario_and_finds_its_site_beside_it(self, tmp_path: Path) -> None:
        scenario = load_scenario(write(tmp_path, GOOD))
        assert scenario.site == (tmp_path / "../maps/x").resolve()
        assert scenario.crowd.people == 5
        assert scenario.start.utcoffset() is not None

    def test_overrides_win_and_none_leaves_the_file(self, tmp_path: Path) -> None:
        file = write(tmp_path, GOOD)
        scenario = load_scenario(file, seed=9, say="Nhà vệ sinh ở đâu", accept=None, crowd__people=2)
        assert (scenario.seed, scenario.visitor.say, scenario.crowd.people) == (9, "Nhà vệ sinh ở đâu", 2)

    def test_a_revision_of_the_sites_store_takes_the_place_of_its_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))
        store, folder = open_store(str(ROOT / "maps" / "hcmc_center"))
        assert folder is not None
        first = store.import_site(folder)
        store.move_place("Q27", Pose2D(30.0, 16.0, 0.0))
        store.close()
        file = write(tmp_path, GOOD.replace("../maps/x", str(folder)) + f"revision: {first}\n")
        assert load_site(load_scenario(file).site).places["Q27"].stand == load_site(folder).places["Q27"].stand
        assert load_scenario(file).site != folder
        file = write(tmp_path, GOOD.replace("../maps/x", str(folder)) + "revision: abc\n")
        with pytest.raises(UserErrors, match=f"hcmc_center has no abc .*{first}.*guide map publish"):
            load_scenario(file)

    @pytest.mark.parametrize("file", sorted((ROOT / "sim/scenarios").glob("*.yaml")))
    def test_every_committed_scenario_is_good_and_named_like_its_file(self, file: Path) -> None:
        scenario = load_scenario(file)
        assert scenario.name == file.stem
        assert scenario.site.is_dir()


class TestMistakes:
    def mistakes(self, file: Path) -> list[str]:
        with pytest.raises(UserErrors) as caught:
            load_scenario(file)
        assert all(str(file) in mistake for mistake in caught.value.mistakes)
        return caught.value.mistakes

    def test_all_of_them_are_told_at_once_with_key_and_mend(self, tmp_path: Path) -> None:
        text = """
        name: bad
        site: maps
        seed: -1
        sead: 3
        crowd: {people: many, robots: 2}
        visitor: {lang: fr, pace: [1.0, 0.5]}
        expect: {outcome: arrived}
        start: 2026-03-02T09:00:00
        """
        mistakes = self.mistakes(write(tmp_path, text))
        told = "\n".join(mistakes)
        keys = "seed sead crowd.people crowd.robots visitor.say visitor.lang expect start"
        for key in keys.split():
            assert f" {key}" in told, key
        assert "is missing; add it" in told
        assert "the keys here are people" in told

    def test_a_missing_file(self, tmp_path: Path) -> None:
        (mistake,) = self.mistakes(tmp_path / "none.yaml")
        assert "No such file" in mistake

    @pytest.mark.parametrize("text", ["a: [", "- 1", "", "\x00"])
    def test_what_is_no_mapping(self, tmp_path: Path, text: str) -> None:
        assert len(self.mistakes(write(tmp_path, text))) == 1

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        file = tmp_path / "scenario.yaml"
        file.write_bytes(b"\xff\xfe\x00name")
        assert len(self.mistakes(file)) == 1


class TestSchema:
    SCHEMA = Path(__file__).parents[2] / "sim" / "scenarios" / "scenario.schema.json"

    def test_the_committed_schema_is_that_of_the_code(self) -> None:
        committed = json.loads(self.SCHEMA.read_text(encoding="utf-8"))
        assert committed == scenario_schema(), "run: ./guide sim schema --out sim/scenarios/scenario.schema.json"

    def test_every_part_of_a_scenario_and_the_ways_to_write_one_are_in_it(self) -> None:
        properties = scenario_schema()["properties"]
        assert set(Scenario.model_fields) | {"include", "parameters"} == set(properties)
        assert {"pattern": r"\$\{\w+\}", "type": "string"} in properties["seed"]["anyOf"]
