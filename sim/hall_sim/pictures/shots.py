"""A picture of one moment of a scenario's run, and films of runs: what `guide sim picture` and `video` do."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol
from zoneinfo import ZoneInfo

from PIL import Image

from counter_map.render import Image8
from counter_map.site import load_site
from guide_common.errors import UserError
from guide_common.robot import load_robot
from hall_sim.pictures.evidence import urdf_of
from hall_sim.pictures.film import MOMENTS_A_SECOND, Camera, FilmFile, LastMoments, frame_rate, write_film
from hall_sim.pictures.hall_view import HallView
from hall_sim.pictures.moment import Moment, Watch, Witness, run_until
from hall_sim.runs.inprocess import ROBOT_DIR, InProcessRun

if TYPE_CHECKING:
    from collections.abc import Iterator

View = Literal["top", "near", "3d"]


class Drawing(Protocol):
    """Draw moments."""

    def draw(self, moment: Moment, title: str = "", notes: Sequence[str] = ()) -> Image8:
        """Return the frame of a moment (H×W×3)."""
        ...


@contextmanager
def open_view(run: InProcessRun, root: Path, view: View) -> Iterator[Drawing]:
    """Open a view of a run: the whole floor from above, what is around the robot, or 3-D."""
    robot = load_robot(root / ROBOT_DIR)
    if view != "3d":
        yield HallView(run.site, run.scenario.floor, robot.body.radius, whole=view == "top")
        return
    from hall_sim.pictures.stage import Stage
    from hall_sim.pictures.stage_view import StageView

    floor = run.scenario.floor
    with Stage(run.site, floor, run.hall.world.floor, urdf_of(root), robot.lidar.z) as stage:
        yield StageView(run.site, floor, stage)


def take_picture(
    run: InProcessRun, root: Path, out: Path, at: float | None, view: View, watches: Sequence[Watch] = ()
) -> Moment:
    """Run until `at` (s since the start; None or later than its end: to the end), draw that moment, return it.

    Raises:
        UserError: the file cannot be written, or there is no OpenGL for 3-D.
    """
    witness = Witness(run)
    with open_view(run, root, view) as drawing:
        run_until(run, lambda: at is not None and run.hall.time >= at, [witness, *watches])
        moment = witness.moment()
        frame = drawing.draw(moment)
    save(frame, out)
    return moment


def save(frame: Image8, out: Path) -> None:
    """Write a picture; raise UserError when it cannot be written."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(frame).save(out)
    except (OSError, ValueError) as error:
        raise UserError(f"{out}: the picture cannot be written ({error}); name a file such as moment.png") from None


def film_run(
    run: InProcessRun,
    root: Path,
    out: Path,
    last: float | None = None,
    speed: float = 4.0,
    whole: bool = False,
    watches: Sequence[Watch] = (),
) -> int:
    """Run to the end and film it, or its last seconds; return the number of frames.

    Args:
        run: the run, before its first step.
        root: the project's folder.
        out: the MP4.
        last: s before the end; None for all of it.
        speed: of the film, times that of the hall.
        whole: show the whole floor.
        watches: are called after each tick.
    """
    robot = load_robot(root / ROBOT_DIR)
    view, witness = HallView(run.site, run.scenario.floor, robot.body.radius, whole), Witness(run, speed)
    if last is not None:
        kept = LastMoments(witness, last, view.reach)
        run_until(run, lambda: False, [witness, kept, *watches])
        return write_film(out, view, kept.moments, speed)
    fps, every = frame_rate(speed)
    with FilmFile(out, view.size, fps) as film:
        run_until(run, lambda: False, [witness, Camera(witness, view, film, every), *watches])
    return film.frames


def film_recording(
    recording: Path,
    root: Path,
    out: Path,
    last: float | None = None,
    speed: float = 4.0,
    whole: bool = False,
    site: Path | None = None,
    floor: str = "1",
) -> int:
    """Film what an MCAP recording tells; return the number of frames.

    Args:
        recording: of a run over DDS, or of a robot.
        root: the project's folder.
        out: the MP4.
        last: s before the end; None for all of it.
        speed: of the film, times that of the hall.
        whole: show the whole floor.
        site: the site's folder; None for the one that the recording names.
        floor: the robot's.

    Raises:
        UserError: it cannot be read, or its site is gone.
    """
    from hall_sim.pictures.recorded import RecordedRun

    run = RecordedRun(recording, speed)
    folder = site or run.site_folder()
    if folder is None:
        raise UserError(f"{recording}: the site that it names is not here any more; name one with --site")
    place = load_site(folder)
    view = HallView(place, floor, load_robot(root / ROBOT_DIR).body.radius, whole)
    moments = run.moments(ZoneInfo(place.settings.timezone))
    shown = moments if last is None else deque(moments, maxlen=max(1, round(last * MOMENTS_A_SECOND)))
    return write_film(out, view, shown, speed)
