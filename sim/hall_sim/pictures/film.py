"""Films of runs: H.264 in MP4, which every browser plays."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import av
import cv2

from counter_map.render import Image8
from guide_common.errors import UserError
from hall_sim.hall import SCAN_TICKS, TICK, Tick
from hall_sim.pictures.hall_view import HallView
from hall_sim.pictures.moment import Moment, Witness

if TYPE_CHECKING:
    from hall_sim.runs.inprocess import InProcessRun

MOMENTS_A_SECOND = round(1.0 / (TICK * SCAN_TICKS))
"""Moments of simulated time: one a lidar turn."""
MOST_FPS = 40
"""Frames a second beyond which moments are left out instead."""
QUALITY = {"preset": "superfast", "crf": "25", "x264-params": "rc-lookahead=10:mbtree=1"}


MOST_WAITING = 12
"""Frames that may wait to be encoded."""


class FilmFile:
    """Write frames into an MP4, in a thread of its own; a context manager.

    Args:
        path: of the file.
        size: pixels, (wide, high), both even.
        fps: frames a second.

    Raises:
        UserError: the file cannot be written.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        self.path, self.frames = path, 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("wb").close()  # PyAV would say so only at the first frame
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror}); name another file") from None
        self._file: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._file.add_stream("libx264", rate=fps, options=QUALITY)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, fps)
        # One thread keeps the frames in order; while it encodes, the next ones are drawn.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="film")
        self._waiting: deque[Future[None]] = deque()

    def add(self, frame: Image8) -> None:
        """Add a frame (H×W×3, RGB), which must not be changed afterwards."""
        self._waiting.append(self._worker.submit(self._encode, frame, self.frames))
        self.frames += 1
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._file is None:
            return
        self._worker.shutdown()
        while self._waiting:
            self._waiting.popleft().result()
        self._file.mux(self._stream.encode())
        self._file.close()
        self._file = None

    def __enter__(self) -> FilmFile:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def _encode(self, frame: Image8, number: int) -> None:
        # OpenCV's conversion takes an eighth of the time of the one that PyAV would do.
        picture = av.VideoFrame.from_ndarray(cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420), format="yuv420p")
        picture.pts, picture.time_base = number, self._stream.codec_context.time_base
        self._file.mux(self._stream.encode(picture))


def frame_rate(speed: float) -> tuple[int, int]:
    """Return frames a second for a film `speed` times as fast as the hall, and of how many moments one is shown."""
    wanted = speed * MOMENTS_A_SECOND
    every = max(1, round(wanted / MOST_FPS))
    return max(1, round(wanted / every)), every


class Camera:
    """Film a run as it goes on, as its `watch`.

    Args:
        witness: what sees the run; it must be called before the camera.
        view: what draws.
        film: where the frames go.
        every: of how many moments one is filmed.
    """

    def __init__(self, witness: Witness, view: HallView, film: FilmFile, every: int = 1) -> None:
        self._witness, self._view, self._film, self._every = witness, view, film, every
        self._seen = 0

    def __call__(self, run: InProcessRun, tick: Tick) -> None:
        """Film a tick that brought a scan."""
        if tick.scan is None:
            return
        if self._seen % self._every == 0:
            self._film.add(self._view.draw(self._witness.moment(self._view.reach)))
        self._seen += 1


class LastMoments:
    """Keep the last moments of a run, as its `watch`.

    Args:
        witness: what sees the run; it must be called before.
        seconds: of the run that are kept.
        reach: m around the robot whose costs are kept.
    """

    def __init__(self, witness: Witness, seconds: float, reach: tuple[float, float]) -> None:
        self._witness, self._reach = witness, reach
        self._moments: deque[Moment] = deque(maxlen=max(1, round(seconds * MOMENTS_A_SECOND)))

    def __call__(self, run: InProcessRun, tick: Tick) -> None:
        """Keep a tick that brought a scan."""
        if tick.scan is not None:
            self._moments.append(self._witness.moment(self._reach))

    @property
    def moments(self) -> list[Moment]:
        """Return the moments kept, the oldest first."""
        return list(self._moments)


def write_film(path: Path, view: HallView, moments: Iterable[Moment], speed: float) -> int:
    """Write a film of moments; return the number of its frames."""
    fps, every = frame_rate(speed)
    with FilmFile(path, view.size, fps) as film:
        for moment in islice(moments, 0, None, every):
            film.add(view.draw(moment))
    return film.frames
