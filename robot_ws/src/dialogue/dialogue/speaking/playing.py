"""Where the robot's voice goes: nowhere (a simulated robot), a sound card, or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dialogue.errors import BackendError
from dialogue.speaking.voice import Sound


class Output(Protocol):
    """Play sounds; none of the calls waits until a sound has ended."""

    def play(self, sound: Sound) -> None:
        """Begin to play."""

    def stop(self) -> None:
        """Fall silent at once."""

    def close(self) -> None:
        """Let go of the card or the file."""


class NullOutput:
    """Play nothing: there is no sound card, and the topic carries the voice."""

    def play(self, sound: Sound) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class DeviceOutput:
    """Play on a sound card."""

    def __init__(self, device: str = "") -> None:
        try:
            import sounddevice

            self._sounddevice: Any = sounddevice
            sounddevice.query_devices(device or None, "output")
        except OSError as error:
            raise BackendError(f"no sound card ({error}); install the system package libportaudio2") from None
        except (ValueError, sounddevice.PortAudioError) as error:
            raise BackendError(f"no sound card ({error}); set output to null") from None
        self._device = device or None

    def play(self, sound: Sound) -> None:
        """Begin to play."""
        self._sounddevice.play(sound.samples, sound.rate, device=self._device)

    def stop(self) -> None:
        """Fall silent at once."""
        self._sounddevice.stop()

    def close(self) -> None:
        """Let go of the card."""
        self._sounddevice.stop()


class FileOutput:
    """Append all that is said to one WAV, half a second apart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None

    def play(self, sound: Sound) -> None:
        """Write the sound."""
        import soundfile

        if self._file is None:
            self._file = soundfile.SoundFile(str(self._path), "w", sound.rate, 1, "PCM_16")
        self._file.write(np.concatenate([sound.samples, np.zeros(sound.rate // 2, np.int16)]))
        self._file.flush()

    def stop(self) -> None:
        """Do nothing: what was written stays."""

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def make_output(output: str, device: str = "") -> Output:
    """Make an output: null, device, or the path of a WAV file or of a folder; raise BackendError when it cannot be."""
    if output == "null":
        return NullOutput()
    if output == "device":
        return DeviceOutput(device)
    path = Path(output)
    if path.suffix.lower() != ".wav":
        path = path / "speech.wav"
    if not path.parent.is_dir():
        raise BackendError(f"{output}: no such folder; set output to null, device, or a place for a WAV file")
    return FileOutput(path)
