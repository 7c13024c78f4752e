from __future__ import annotations

import numpy as np
import pytest

from hall_sim.errors import HallError
from hall_sim.microphone import CHUNK_SAMPLES, Microphone
from hall_sim.voice import PEAK, SAMPLE_RATE, resample, speak


class TestVoice:
    def test_a_sentence_has_sound_of_a_sensible_length(self) -> None:
        sound = speak("Tôi muốn làm phiếu lý lịch tư pháp", "vi+f2", 150, 70)
        assert 1.5 < len(sound) / SAMPLE_RATE < 6.0
        assert np.abs(sound).max() == pytest.approx(PEAK)
        assert np.sqrt(np.mean(sound**2)) > 0.02

    def test_without_the_program_it_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        with pytest.raises(HallError, match="espeak-ng is not installed"):
            speak("một câu chưa ai nói", "vi+f2", 150, 70)

    def test_resampling_keeps_a_tone(self) -> None:
        rate = 22050
        tone = np.sin(2 * np.pi * 440.0 * np.arange(rate) / rate) * np.hanning(rate)
        sound = resample(tone, rate)
        spectrum = np.abs(np.fft.rfft(sound))
        assert np.argmax(spectrum) * SAMPLE_RATE / len(sound) == pytest.approx(440.0, abs=2.0)
        assert np.abs(sound).max() == pytest.approx(1.0, abs=0.01)


class TestMicrophone:
    def test_murmurs_when_nobody_speaks(self) -> None:
        chunk = Microphone(np.random.default_rng(1)).chunk(np.inf)
        assert chunk.dtype == np.int16
        assert len(chunk) == CHUNK_SAMPLES
        assert 0 < np.abs(chunk).max() < 1000

    def test_plays_a_voice_through_to_its_end_and_not_beyond(self) -> None:
        microphone = Microphone(np.random.default_rng(1), murmur=0.0)
        tone = (0.4 * np.sin(np.arange(4000) * 0.2)).astype(np.float32)
        assert microphone.begin(tone) == pytest.approx(0.25)
        heard = np.concatenate([microphone.chunk(1.0) for _ in range(4)]) / 32767.0
        assert heard[:4000] == pytest.approx(tone, abs=1e-4)
        assert not heard[4000:].any()

    def test_a_voice_is_quieter_from_farther_away(self) -> None:
        peaks = []
        for distance in (1.0, 2.0, 4.0):
            microphone = Microphone(np.random.default_rng(1), murmur=0.0)
            microphone.begin(np.full(CHUNK_SAMPLES, 0.4, np.float32))
            peaks.append(int(np.abs(microphone.chunk(distance)).max()))
        assert peaks[0] > 1.9 * peaks[1] > 3.6 * peaks[2]
