"""Time hearing and speaking: recognition, end of speech to utterance, and rendering, on sentences made at run time.

`python -m bench.speech [--json]`
"""

from __future__ import annotations

import json
import statistics
import sys
from time import perf_counter

import numpy as np

from dialogue.hearing import SAMPLE_RATE, Endpointer, make_recogniser, resample
from dialogue.speaking import EspeakVoice, Sound, VoiceSettings
from dialogue.speaking.pyttsx import PyttsxVoice

SENTENCES = (
    "Tôi muốn làm phiếu lý lịch tư pháp",
    "Tôi muốn đăng ký kết hôn",
    "Nhà vệ sinh ở đâu",
    "có ạ",
    "Cho tôi hỏi đăng ký thành lập doanh nghiệp ở quầy nào",
)
CHUNK = 1600
QUIET = np.zeros(SAMPLE_RATE, np.int16)


def sounds() -> list[Sound]:
    voice = EspeakVoice(VoiceSettings(voices=("vi=vi+f2",), rate=150, pitch=70, volume=100))
    return [voice.render(sentence, "vi") for sentence in SENTENCES]


def recognition(spoken: list[np.ndarray]) -> dict[str, float]:
    begin = perf_counter()
    recogniser = make_recogniser()
    load = perf_counter() - begin
    took = []
    for sound in spoken:
        begin = perf_counter()
        recogniser.accept(sound)
        recogniser.final()
        took.append(perf_counter() - begin)
    return {"load_s": load, "real_time_factor": sum(took) / (sum(map(len, spoken)) / SAMPLE_RATE)}


def latency(spoken: list[np.ndarray]) -> dict[str, float]:
    """The end-point's wait after the last word (stream time), then the recognition still to do (wall time)."""
    recogniser, waits, texts, vad = make_recogniser(), [], [], 0.0
    for sound in spoken:
        fed = 0
        stream, endpointer = np.concatenate([QUIET[:8000], sound, QUIET, QUIET]), Endpointer()
        for first in range(0, len(stream), CHUNK):
            begin = perf_counter()
            found = endpointer.accept(stream[first : first + CHUNK], first / SAMPLE_RATE)
            vad += perf_counter() - begin
            if found:
                waits.append((first + CHUNK) / SAMPLE_RATE - found[0].end)
                begin = perf_counter()
                recogniser.accept(found[0].samples[fed:])
                recogniser.final(found[0].silence)
                texts.append(perf_counter() - begin)
                break
            heard = endpointer.under_way()
            recogniser.accept(heard[fed:])
            fed = max(fed, len(heard))
    streamed = sum(len(s) for s in spoken) / SAMPLE_RATE + 1.5 * len(spoken)
    return {
        "endpoint_after_speech_s": statistics.median(waits),
        "text_after_endpoint_s": statistics.median(texts),
        "speech_end_to_utterance_s": statistics.median(w + t for w, t in zip(waits, texts, strict=True)),
        "voice_activity_share_of_a_core": vad / streamed,
    }


def rendering() -> dict[str, float]:
    result = {}
    for name, voice in (("pyttsx3", PyttsxVoice()), ("espeak-ng", EspeakVoice())):
        voice.render("a", "vi")
        times = []
        for sentence in SENTENCES * 4:
            begin = perf_counter()
            voice.render(sentence, "vi")
            times.append(perf_counter() - begin)
        voice.close()
        result[f"{name}_render_s"] = statistics.median(times)
    return result


def run() -> dict[str, dict[str, float]]:
    """All figures, by part."""
    spoken = [resample(sound.samples, sound.rate) for sound in sounds()]
    parts = {"recognition": recognition(spoken), "latency": latency(spoken), "rendering": rendering()}
    return {part: {name: round(value, 4) for name, value in figures.items()} for part, figures in parts.items()}


def main() -> int:
    figures = run()
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=2))
        return 0
    for part, values in figures.items():
        for name, value in values.items():
            print(f"{part:12} {name:34} {value:8.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
