"""A day in the hall: everybody who asks is served or goes away, and nobody is counted twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from guide_common.errors import UserError, UserErrors
from hall_sim.runs.day import HourRun, hours_of, load_day
from hall_sim.runs.day_summary import day_document

ROOT = Path(__file__).parents[2]
WEEKDAY = ROOT / "sim" / "days" / "weekday.yaml"


def a_day(folder: Path, **changes: object) -> Path:
    values = yaml.safe_load(WEEKDAY.read_text(encoding="utf-8")) | {"site": str(ROOT / "maps" / "hcmc_center")}
    file = folder / "day.yaml"
    file.write_text(yaml.safe_dump(values | changes), encoding="utf-8")
    return file


def test_a_quarter_of_an_hour_serves_who_comes_or_counts_them_as_gone(tmp_path: Path) -> None:
    busy = a_day(tmp_path, arrivals={"09:30": 60}, asks=0.5, askers={"patience_s": 120.0})
    (hour,) = hours_of(busy, seed=3)
    told = HourRun(hour, ROOT, lasts=300.0).run()
    assert told["hour"] == "09:30"
    assert len(told["visits"]) >= 1
    row = day_document("day", 3, [told])["day"]
    assert row["asked"] == row["served"] + row["left_unserved"] == len(told["visits"]) + told["left"]
    assert row["mean_wait_s"] > 0.0
    assert row["contacts_by_robot"] == 0
    assert all(visit["metrics"]["waited_s"] >= 0.0 for visit in told["visits"])
    assert told["crowd"]["jam_share"] is not None


def test_more_people_are_in_the_hall_when_more_arrive(tmp_path: Path) -> None:
    quiet, busy = hours_of(a_day(tmp_path, arrivals={"07:30": 40, "08:30": 160}))
    crowds = [HourRun(hour, ROOT).scenario.crowd.people for hour in (quiet, busy)]
    assert crowds == [10, 40]


def test_eight_hours_and_nine_hundred_people() -> None:
    day = load_day(WEEKDAY)
    assert len(hours_of(WEEKDAY)) == len(day.arrivals) == 8
    assert sum(day.arrivals.values()) == 900


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"arrivals": {"noon": 10}}, "arrivals.noon: is no time of day"),
        ({"arrivals": {"07:30": -1}}, "greater than or equal to 0"),
        ({"arrivals": {}}, "arrivals"),
        ({"date": "2026-03-02T00:00:00"}, "date"),
        ({"floor": "9"}, "has no floor 9"),
        ({"asks": 2.0}, "asks"),
    ],
)
def test_a_wrong_day_is_told_before_it_begins(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises((UserErrors, UserError), match=sentence):
        hours_of(a_day(tmp_path, **changes))
