"""Launch files: read as ros2 launch reads them, started, watched, restarted and ended."""

from __future__ import annotations

import io
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import pytest
import yaml

from guidance.errors import LaunchError
from guidance.launching import Launch, describe
from guidance.launching_memory import clean_shared_memory

LAUNCH = Path(__file__).parents[2] / "launch"


def write(folder: Path, text: str, name: str = "a.launch.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a Python program as `<prefix>/lib/toys/<name>` and put the prefix on AMENT_PREFIX_PATH."""
    folder = tmp_path / "prefix" / "lib" / "toys"
    folder.mkdir(parents=True)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path / "prefix"), prepend=os.pathsep)

    def install(name: str, code: str) -> None:
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return install


class TestReading:
    def test_typed_parameters_as_launch_ros_types_them(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            """
launch:
  - arg: {name: floor, default: "1"}
  - arg: {name: lit, default: "true"}
  - node:
      pkg: p
      exec: e
      param:
        - {name: plain, value: 5}
        - {name: quoted, value: "5"}
        - {name: read_as_yaml, value: "$(var floor)"}
        - {name: text, value: "$(var floor)", type: str}
        - {name: flag, value: "$(var lit)"}
        - {name: ratio, value: "$(var floor)", type: float}
        - {name: many, value: [1.5, 2.5]}
""",
        )
        values = dict(describe(path).nodes[0].parameters)
        assert values == {
            "plain": 5, "quoted": "5", "read_as_yaml": 1, "text": "1", "flag": True, "ratio": 1.0, "many": [1.5, 2.5],
        }  # fmt: skip
        assert isinstance(values["ratio"], float)

    def test_includes_groups_conditions_namespaces_and_environment(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            """
launch:
  - arg: {name: who, default: nobody}
  - node: {pkg: p, exec: inner, name: $(var who), args: "--x '$(var who) y'"}
""",
            "inner.launch.yaml",
        )
        path = write(
            tmp_path,
            """
launch:
  - arg: {name: deep, default: "true"}
  - set_env: {name: COLOUR, value: red}
  - group:
      - push_ros_namespace: {namespace: robot1}
      - let: {name: who, value: lobby}
      - include: {file: $(dirname)/inner.launch.yaml, if: $(var deep)}
  - include:
      file: $(dirname)/inner.launch.yaml
      arg: [{name: who, value: "$(env MISSING_HERE fallback)"}]
  - node: {pkg: p, exec: never, unless: $(var deep)}
""",
        )
        nodes = {node.name: node for node in describe(path).nodes}
        assert list(nodes) == ["robot1/lobby", "fallback"]
        assert nodes["robot1/lobby"].arguments == ("--x", "lobby y")
        assert nodes["fallback"].environment["COLOUR"] == "red"
        assert [n.name for n in describe(path, {"deep": "false"}).nodes] == ["fallback", "never"]

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("launch:\n  - nod: {pkg: a, exec: b}\n", 2, "nod is not known; use one of arg, group"),
            ("launch:\n  - node:\n      pkg: a\n", 3, "exec is missing"),
            ("launch:\n  - node:\n      pkg: a\n      exec: b\n      nam: c\n", 5, "nam is not known"),
            ("launch:\n  - let: {name: a, value: $(var b)}\n", 2, "$(var b) is not set"),
            ("launch:\n  - let: {name: a, value: $(var b}\n", 2, "lacks a closing bracket"),
            ("launch:\n  - let: {name: a, value: 5}\n", 2, "put it in quotes"),
            ("launch:\n  - arg: {name: a}\n", 2, "add a:="),
            ("launch:\n  - include: {file: $(dirname)/no.yaml}\n", 2, "does not exist"),
            ("launch:\n  - node: {pkg: a, exec: b, if: perhaps}\n", 2, "true or false"),
            ("launch:\n  - node: {pkg: a, exec: b, respawn: maybe}\n", 2, "not of type bool"),
            ("launch: [\n", 2, "not YAML"),
            ("nodes: []\n", 1, "begin it with `launch:`"),
        ],
    )
    def test_a_mistake_gets_file_line_and_mend(self, tmp_path: Path, text: str, line: int, words: str) -> None:
        path = write(tmp_path, text)
        with pytest.raises(LaunchError) as error:
            describe(path)
        assert str(error.value).startswith(f"{path}:{line}: ")
        assert words in str(error.value)
        assert "\n" not in str(error.value)

    def test_an_unknown_argument_is_named_with_those_that_exist(self, tmp_path: Path) -> None:
        path = write(tmp_path, "launch:\n  - arg: {name: site, default: here}\n")
        with pytest.raises(LaunchError, match="no argument sight; it takes site"):
            describe(path, {"sight": "there"})

    def test_the_same_node_twice_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(LaunchError, match="starts b twice"):
            describe(write(tmp_path, "launch:\n  - node: {pkg: a, exec: b}\n  - node: {pkg: a, exec: b}\n"))

    @pytest.mark.parametrize("path", sorted(LAUNCH.glob("*.launch.yaml")), ids=lambda p: p.name)
    def test_the_products_own_launch_files_are_read(self, path: Path) -> None:
        description = describe(path)
        assert description.nodes
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["launch"]


class TestRunning:
    def test_output_carries_the_name_and_parameters_reach_the_program(self, tmp_path: Path, program) -> None:
        program("show", "import sys; print('got', open(sys.argv[-1]).read().split()[-1]); print('no newline', end='')")
        path = write(tmp_path, "launch:\n  - node: {pkg: toys, exec: show, name: a, param: [{name: k, value: 42}]}\n")
        out = io.StringIO()
        with Launch(path, out=out) as launch:
            assert launch.wait(10.0) == 0
        assert "[a] got 42\n" in out.getvalue()
        assert "[a] no newline\n" in out.getvalue()

    def test_a_killed_node_is_started_again_under_a_new_pid(self, tmp_path: Path, program) -> None:
        program("stay", "import signal; signal.pause()")
        path = write(tmp_path, "launch:\n  - node: {pkg: toys, exec: stay, respawn: true, respawn_delay: 0.1}\n")
        died = threading.Event()
        ended: list[tuple[str, int, int]] = []

        def note(*what: object) -> None:
            ended.append(what)  # type: ignore[arg-type]
            died.set()

        with Launch(path, out=io.StringIO(), on_exit=note) as launch:
            first = launch.pids()["stay"]
            os.kill(first, signal.SIGKILL)
            assert died.wait(5.0)
            while not launch.pids():
                assert launch.wait(0.02) is None
            assert launch.pids()["stay"] != first
            assert launch.starts() == {"stay": 2}
            assert ended == [("stay", first, -signal.SIGKILL)]
        assert launch.pids() == {}
        assert launch.exit_code == 0

    def test_all_end_when_a_required_node_ends_and_its_code_is_kept(self, tmp_path: Path, program) -> None:
        program("stay", "import signal; signal.pause()")
        program("fail", "raise SystemExit(3)")
        path = write(
            tmp_path,
            "launch:\n  - node: {pkg: toys, exec: stay, respawn: true}\n"
            "  - node: {pkg: toys, exec: fail, on_exit: shutdown}\n",
        )
        with Launch(path, out=io.StringIO()) as launch:
            assert launch.wait(10.0) == 3
            assert launch.pids() == {}

    def test_one_that_ignores_sigint_and_its_child_are_ended(
        self, tmp_path: Path, program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "guidance.launching.GRACE", ((0.0, signal.SIGINT), (0.2, signal.SIGTERM), (0.4, signal.SIGKILL))
        )
        pid_file = tmp_path / "child"
        program(
            "stubborn",
            "import signal, subprocess, sys\n"
            "for n in (signal.SIGINT, signal.SIGTERM): signal.signal(n, signal.SIG_IGN)\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
            f"open({str(pid_file)!r}, 'w').write(str(child.pid)); print('ready', flush=True)\n"
            "while True: signal.pause()\n",
        )
        path = write(tmp_path, "launch:\n  - node: {pkg: toys, exec: stubborn}\n")
        out = io.StringIO()
        with Launch(path, out=out) as launch:
            while "ready" not in out.getvalue():
                assert launch.wait(0.02) is None
        assert launch.pids() == {}
        child = int(pid_file.read_text())
        assert not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes()

    def test_logs_go_to_a_file_a_node_when_asked(self, tmp_path: Path, program) -> None:
        program("talk", "print('hello')")
        path = write(tmp_path, "launch:\n  - node: {pkg: toys, exec: talk, name: a, namespace: n}\n")
        out = io.StringIO()
        with Launch(path, out=out, log_dir=tmp_path / "logs") as launch:
            assert launch.wait(10.0) == 0
        assert (tmp_path / "logs" / "n_a.log").read_text(encoding="utf-8") == "hello\n"
        assert out.getvalue() == ""

    def test_a_missing_program_is_told_before_anything_starts(self, tmp_path: Path) -> None:
        with pytest.raises(LaunchError, match="toys/absent: no such program"):
            Launch(write(tmp_path, "launch:\n  - node: {pkg: toys, exec: absent}\n"))


def test_shared_memory_of_the_dead_is_removed_and_that_of_the_living_kept(tmp_path: Path) -> None:
    for name in (
        "fastrtps_dead",
        "fastrtps_dead_el",
        "fastrtps_alive",
        "fastrtps_alive_el",
        "sem.fastrtps_alive_mutex",
    ):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "other").write_bytes(b"x")
    with (tmp_path / "fastrtps_alive_el").open():
        removed = clean_shared_memory(tmp_path)
    assert {path.name for path in removed} == {"fastrtps_dead", "fastrtps_dead_el"}
    assert (tmp_path / "sem.fastrtps_alive_mutex").exists()
    assert (tmp_path / "other").exists()
