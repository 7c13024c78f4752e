from __future__ import annotations

from hall_sim.control.lockstep import ACTIVE, DRIVING, HANGS, Lockstep


class TestLockstep:
    def test_nobody_is_waited_for_before_they_beat(self) -> None:
        assert Lockstep().behind(100.0, 0.0) == []

    def test_waits_for_a_live_node_that_has_not_worked_up_to_the_clock(self) -> None:
        step = Lockstep()
        step.beat("velocity_guard", 100.0, ACTIVE, 0.0)
        assert step.behind(100.1, 0.1) == []
        assert step.behind(100.12, 0.1) == ["velocity_guard"]
        step.beat("velocity_guard", 100.1, ACTIVE, 0.2)
        assert step.behind(100.12, 0.2) == []

    def test_drops_the_silent_and_takes_them_back(self) -> None:
        step = Lockstep()
        step.beat("amcl", 100.0, ACTIVE, 0.0)
        assert step.behind(101.0, 0.4) == ["amcl"]
        assert step.behind(101.0, 0.6) == []
        step.beat("amcl", 100.0, ACTIVE, 0.7)
        assert step.behind(101.0, 0.7) == ["amcl"]

    def test_does_not_wait_for_ever_for_one_that_beats_but_hangs(self) -> None:
        step = Lockstep()
        for tenth in range(60):
            step.beat("bt_navigator", 100.0, ACTIVE, tenth / 10)
            assert bool(step.behind(101.0, tenth / 10)) == (tenth / 10 < HANGS)
        step.beat("bt_navigator", 100.5, ACTIVE, 6.0)
        assert step.behind(101.0, 6.0) == ["bt_navigator"], "it works again"

    def test_inactive_and_unrelated_nodes_do_not_hold_the_clock(self) -> None:
        step = Lockstep()
        step.beat("bt_navigator", 1.0, 2, 0.0)
        step.beat("console", 1.0, ACTIVE, 0.0)
        assert step.behind(100.0, 0.0) == []

    def test_the_clock_waits_for_hearing_but_not_for_a_dead_ear(self) -> None:
        step = Lockstep()
        step.beat("listener", 10.0, ACTIVE, 0.0)
        assert step.behind(10.9, 0.1) == []
        assert step.behind(11.1, 0.1) == ["listener"]
        assert step.behind(11.1, 1.1) == []

    def test_the_graph_is_up_when_all_control_nodes_are_active(self) -> None:
        step = Lockstep()
        for node in DRIVING:
            assert not step.all_active(0.0)
            step.beat(node, 1.0, ACTIVE, 0.0)
        assert step.all_active(0.1)
        assert not step.all_active(1.0)
