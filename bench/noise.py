"""Word error rate in the noise of a hall, as it is heard and with the noise suppressed.

`python -m bench.noise [FOLDER]`: FOLDER holds recordings as NAME.wav with what is said in NAME.txt; without one,
sentences are synthesised. Six seconds at most of each are taken.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from bench.table import print_table
from dialogue.hearing import SAMPLE_RATE, load_wav, resample
from dialogue.hearing.viet import VietRecogniser
from dialogue.speaking import EspeakVoice, VoiceSettings

RATIOS = (20.0, 10.0, 5.0, 0.0)
"""dB of the voice over the noise."""
LEVELS = (0, 1, 2)
"""Strengths of the suppression: 6, 12 and 18 dB."""
LONGEST = 6 * SAMPLE_RATE
SENTENCES = (
    "Tôi muốn làm phiếu lý lịch tư pháp",
    "Tôi muốn đăng ký kết hôn",
    "Nhà vệ sinh ở đâu",
    "Tôi muốn đổi giấy phép lái xe",
    "Cho tôi hỏi đăng ký thành lập doanh nghiệp ở quầy nào",
    "Tôi bị mất căn cước công dân",
)


def words(text: str) -> list[str]:
    return re.sub(r"[^\w\s]", " ", text.lower()).split()


def sources(folder: str | None) -> list[tuple[np.ndarray, list[str] | None]]:
    """Sounds and what is said in them; None where the sound is cut, and what is heard without noise must do."""
    if folder:
        sounds = [load_wav(path) for path in sorted(Path(folder).glob("*.wav"))]
        return [(sound[:LONGEST], None) for sound in sounds]
    voice = EspeakVoice(VoiceSettings(voices=("vi=vi+f2",), rate=150, pitch=70, volume=100))
    rendered = [voice.render(text, "vi") for text in SENTENCES]
    return [(resample(s.samples, s.rate), words(text)) for s, text in zip(rendered, SENTENCES, strict=True)]


def in_hall(sound: np.ndarray, ratio: float, seed: int) -> np.ndarray:
    """The sound in a hall's murmur and babble, so many dB over it."""
    from hall_sim.sound.acoustics import Room
    from hall_sim.sound.noise import HallNoise

    loud = sound[np.abs(sound.astype(int)) > 200].astype(np.float64)
    level = np.sqrt(np.mean(np.square(loud))) / 32768 * 10 ** (-ratio / 20)
    before, after = SAMPLE_RATE // 2, SAMPLE_RATE // 4
    noise = HallNoise(np.random.default_rng(seed), level, Room(56.0, 34.0, 6.0, 0.88), 4)
    mixed = noise.next(before + len(sound) + after) * 32767
    mixed[before : before + len(sound)] += sound
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def suppressed(sound: np.ndarray, level: int) -> np.ndarray:
    from pywebrtc_audio import AudioProcessor

    return AudioProcessor(SAMPLE_RATE, noise_suppression=True, ns_level=level).process(sound)


def main() -> int:
    """Recognise everything in every noise, and print the table."""
    recogniser = VietRecogniser(lead_ins=(0.1,))

    def heard(sound: np.ndarray) -> list[str]:
        recogniser.accept(sound)
        return words(recogniser.final().text)

    said = [(sound, text or heard(sound)) for sound, text in sources(sys.argv[1] if sys.argv[1:] else None)]
    total = sum(len(text) for _, text in said)
    rows = []
    for ratio in RATIOS:
        errors = np.zeros(1 + len(LEVELS))
        for seed, (sound, text) in enumerate(said):
            mixed = in_hall(sound, ratio, seed)
            for column, sounds in enumerate([mixed, *(suppressed(mixed, level) for level in LEVELS)]):
                errors[column] += Levenshtein.distance(text, heard(sounds))
        rows.append((f"{ratio:.0f} dB", *(f"{rate:.0%}" for rate in errors / total)))
        print(*rows[-1], flush=True)
    print_table(("voice over noise", "as it is", "6 dB less", "12 dB less", "18 dB less"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
