"""The robot's nodes over Gazebo Harmonic: the launch file, and the node that becomes Gazebo's server."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from guidance.errors import LaunchError
from guidance.launching import Launch, NodeSpec, describe

ROOT = Path(__file__).parents[2]
LAUNCH = ROOT / "launch"


def nodes(**arguments: str) -> dict[str, NodeSpec]:
    return {node.name: node for node in describe(LAUNCH / "gazebo.launch.yaml", arguments).nodes}


class TestTheLaunchFile:
    def test_starts_gazebo_the_bridge_and_the_whole_robot(self) -> None:
        robot = {node.name for node in describe(LAUNCH / "guide.launch.yaml").nodes}
        assert nodes().keys() == robot | {"gazebo", "gazebo_bridge"}

    def test_everything_ends_with_gazebo_and_takes_its_clock(self) -> None:
        started = nodes()
        assert started["gazebo"].required
        without = {name for name, node in started.items() if not dict(node.parameters).get("use_sim_time")}
        assert without == {"gazebo"}

    def test_the_bridge_reads_a_file_that_is_there(self) -> None:
        assert Path(str(dict(nodes()["gazebo_bridge"].parameters)["config_file"])).is_file()

    def test_needs_no_sound_card(self) -> None:
        started = nodes()
        assert dict(started["listener"].parameters)["source"] == "topic"
        assert dict(started["speaker"].parameters)["output"] == "null"

    def test_arguments_reach_the_world(self) -> None:
        given = dict(nodes(floor="2", robot="/r", site="/s", window="true")["gazebo"].parameters)
        assert (given["floor"], given["robot_dir"], given["site_dir"], given["window"]) == ("2", "/r", "/s", True)

    def test_says_what_is_missing_where_ros_gz_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = [
            path
            for path in os.environ["AMENT_PREFIX_PATH"].split(":")
            if not (Path(path) / "lib/ros_gz_bridge").exists()
        ]
        monkeypatch.setenv("AMENT_PREFIX_PATH", ":".join(kept))
        with pytest.raises(LaunchError, match="ros_gz_bridge/parameter_bridge: no such program"):
            Launch(LAUNCH / "gazebo.launch.yaml")


class TestTheNode:
    def run(self, folder: Path, *parameters: str, gazebo: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the node where `gz` is a program that tells its arguments."""
        if gazebo:
            program = folder / "gz"
            program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
            program.chmod(0o755)
        options = [word for parameter in parameters for word in ("-p", parameter)]
        command = [
            sys.executable,
            "-m",
            "hall_sim.nodes.gazebo",
            "--ros-args",
            "-p",
            f"site_dir:={ROOT}/maps/hcmc_center",
        ]
        command += ["-p", f"robot_dir:={ROOT}/robots/concierge", *options]
        environment = os.environ | {"PATH": f"{folder}:/bin", "TMPDIR": str(folder)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def test_becomes_a_headless_server_on_the_sites_world(self, ros_domain: int, tmp_path: Path) -> None:
        ran = self.run(tmp_path, "floor:='2'")
        assert ran.returncode == 0, ran.stderr
        *options, world = ran.stdout.split()
        assert options[:4] == ["sim", "-r", "-s", "--headless-rendering"]
        assert options[4:] == ["--initial-sim-time", "1772416800"]
        assert ET.parse(world).getroot().find("world").get("name") == "hcmc_center_2"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("parameter", "gazebo", "words"),
        [
            ("floor:='1'", False, "gz: no such command; install Gazebo Harmonic"),
            ("start:=today", True, "start: 'today' is no time; give one such as"),
        ],
    )
    def test_a_mistake_ends_it_with_one_sentence(
        self, ros_domain: int, tmp_path: Path, parameter: str, gazebo: bool, words: str
    ) -> None:
        ran = self.run(tmp_path, parameter, gazebo=gazebo)
        assert ran.returncode == 2
        assert words in ran.stderr
        assert "Traceback" not in ran.stderr
