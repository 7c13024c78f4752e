"""The process that runs pyttsx3: it keeps espeak's global state and its print statements out of the node.

Each line of standard input is a JSON request {text, voice, rate, pitch, volume}; the answer on standard output
is a JSON line {size} or {error}, then `size` bytes of WAV.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, BinaryIO

RENDER_LIMIT = 10.0
"""s, wall clock, a sentence may take to render."""


def main() -> int:
    """Serve requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # pyttsx3 prints what it saves
    import pyttsx3

    engine = pyttsx3.init("espeak")
    # espeak works in a thread of its own, and `runAndWait` of this driver returns before that has finished
    finished = threading.Event()
    engine.connect("finished-utterance", lambda name, completed: finished.set())
    # the driver saves to a path only: memory-backed where there is such a place, gone as soon as it is read
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="voice-", dir=memory) as folder:
        for line in sys.stdin.buffer:
            _answer(answers, *_serve(engine, finished, json.loads(line), Path(folder) / "line.wav"))
    return 0


def _serve(engine: Any, finished: threading.Event, request: dict[str, Any], path: Path) -> tuple[bytes, str]:
    try:
        engine.setProperty("voice", request["voice"])
        engine.setProperty("rate", request["rate"])
        engine.setProperty("pitch", request["pitch"])
        engine.setProperty("volume", request["volume"] / 100.0)
        finished.clear()
        engine.save_to_file(request["text"], str(path))
        engine.runAndWait()
        if not finished.wait(RENDER_LIMIT):
            raise RuntimeError("pyttsx3 did not finish")
        return path.read_bytes(), ""
    except (OSError, ValueError, RuntimeError) as error:
        return b"", f"{type(error).__name__}: {error}"
    finally:
        path.unlink(missing_ok=True)


def _answer(out: BinaryIO, wav: bytes, error: str) -> None:
    out.write(json.dumps({"size": len(wav), "error": error}).encode() + b"\n" + wav)
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
