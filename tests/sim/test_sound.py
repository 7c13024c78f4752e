from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from counter_map.lookup import Lookup
from counter_map.site import load_site
from dialogue.hearing.transcribe import transcribe_file
from dialogue.speaking.voice import Sound, save_wav
from hall_sim.errors import ProgramMissing
from hall_sim.scenarios.settings_sound import SoundSettings
from hall_sim.sound.acoustics import DISTANCES, Room, decay_time, heard, impulse_response, rounded
from hall_sim.sound.microphone import CHUNK_SAMPLES, Microphone
from hall_sim.sound.noise import babble
from hall_sim.sound.voice import PEAK, SAMPLE_RATE, VOICE_LEVEL, reading_time, resample, speak
from tests.sim import halls

ASKED = "Tôi muốn làm phiếu lý lịch tư pháp"
SITE_HALL = Room(56.0, 34.0, 5.0, 0.88)
LIVELY = Room(30.0, 20.0, 4.0, 1.5)


def microphone(seed: int = 1, **settings: object) -> Microphone:
    dry = {"rt60_s": 0.0, "babble": 0}
    return Microphone(np.random.default_rng(seed), SoundSettings.model_validate(dry | settings))


def level(sound: np.ndarray) -> float:
    """Return the root mean square in dB of full scale, of int16 or of shares."""
    full = 32767.0 if sound.dtype == np.int16 else 1.0
    return float(20.0 * np.log10(np.sqrt(np.mean((sound / full) ** 2)) + 1e-9))


def listen(ears: Microphone, distance: float, seconds: float) -> np.ndarray:
    return np.concatenate([ears.chunk(distance) for _ in range(round(seconds * 10))])


class TestVoice:
    def test_a_sentence_has_sound_of_a_sensible_length(self) -> None:
        sound = speak(ASKED, "vi+f2", 150, 70)
        assert 1.5 < len(sound) / SAMPLE_RATE < 6.0
        assert np.abs(sound).max() == pytest.approx(PEAK)
        assert np.sqrt(np.mean(sound**2)) > 0.02

    def test_without_the_program_it_says_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        with pytest.raises(ProgramMissing, match="espeak-ng is not installed"):
            speak("một câu chưa ai nói", "vi+f2", 150, 70)

    def test_resampling_keeps_a_tone(self) -> None:
        rate = 22050
        tone = np.sin(2 * np.pi * 440.0 * np.arange(rate) / rate) * np.hanning(rate)
        sound = resample(tone, rate)
        spectrum = np.abs(np.fft.rfft(sound))
        assert np.argmax(spectrum) * SAMPLE_RATE / len(sound) == pytest.approx(440.0, abs=2.0)
        assert np.abs(sound).max() == pytest.approx(1.0, abs=0.01)

    def test_reading_takes_about_as_long_as_speaking(self) -> None:
        assert reading_time(ASKED) == pytest.approx(len(speak(ASKED, "vi+f2", 150, 70)) / SAMPLE_RATE, rel=0.2)


class TestAcoustics:
    @pytest.mark.parametrize("rt60", [0.88, 1.5])
    def test_a_hall_echoes_for_as_long_as_asked(self, rt60: float) -> None:
        room = SITE_HALL._replace(rt60=rt60)
        assert decay_time(impulse_response(room, 8.0)) == pytest.approx(rt60, rel=0.15)

    def test_farther_away_the_direct_sound_falls_and_the_echo_stays(self) -> None:
        direct, echo = zip(*(_parts(impulse_response(LIVELY, distance)) for distance in (1.0, 2.0, 4.0)), strict=True)
        assert direct[0] == pytest.approx(0.0, abs=0.1), "at 1 m the voice is as loud as it was made"
        assert direct[0] - direct[1] == pytest.approx(6.0, abs=0.5)
        assert direct[1] - direct[2] > 3.0
        assert max(echo) - min(echo) < 1.0

    def test_the_same_hall_sounds_the_same_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("GUIDE_HOME", raising=False)
        room = LIVELY._replace(rt60=0.9)
        first = impulse_response(room, 1.0)
        impulse_response.cache_clear()
        assert np.array_equal(first, impulse_response(room, 1.0))

    def test_what_was_computed_is_kept_on_disk(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("GUIDE_HOME", str(tmp_path))
        room = LIVELY._replace(rt60=0.7)
        first = impulse_response(room, 2.0)
        (kept,) = (tmp_path / "cache" / "acoustics").glob("*.npy")
        impulse_response.cache_clear()
        assert np.array_equal(first, impulse_response(room, 2.0))
        kept.write_bytes(b"half of")
        impulse_response.cache_clear()
        assert np.array_equal(first, impulse_response(room, 2.0)), "a broken file is made anew"

    def test_distances_are_rounded_to_the_nearest_known(self) -> None:
        assert [rounded(d) for d in (0.0, 0.95, 1.25, 1.6, 99.0, np.inf)] == [0.5, 1.0, 1.4, 1.4, 8.0, 8.0]
        assert all(rounded(distance) == distance for distance in DISTANCES)

    def test_an_open_field_has_no_echo(self) -> None:
        tone = np.ones(100, np.float32)
        assert heard(tone, LIVELY._replace(rt60=0.0), 2.0) == pytest.approx(tone / 2.0)


def _parts(response: np.ndarray) -> tuple[float, float]:
    cut, late = round(0.002 * SAMPLE_RATE), round(0.08 * SAMPLE_RATE)
    energies = float(np.sum(response[:cut] ** 2)), float(np.sum(response[late:] ** 2))
    return 10.0 * np.log10(energies[0]), 10.0 * np.log10(energies[1])


class TestNoise:
    def test_babble_goes_on_without_a_gap_and_has_its_level(self) -> None:
        loop = babble(SITE_HALL, 4)
        seconds = loop[: len(loop) // SAMPLE_RATE * SAMPLE_RATE].reshape(-1, SAMPLE_RATE)
        levels = 10.0 * np.log10(np.mean(seconds**2, axis=1))
        assert np.sqrt(np.mean(loop**2)) == pytest.approx(1.0, abs=1e-3)
        assert levels.min() > -12.0
        assert abs(float(loop[0]) - float(loop[-1])) < 1.0, "no click where it begins again"

    @pytest.mark.parametrize("people", [0, 4])
    def test_the_noise_is_so_far_below_a_voice(self, people: int) -> None:
        noise = listen(microphone(babble=people, rt60_s=0.88, snr_db=20.0), np.inf, 20.0)
        assert noise.dtype == np.int16
        assert level(noise) == pytest.approx(20.0 * np.log10(VOICE_LEVEL) - 20.0, abs=0.5)

    def test_the_same_seed_gives_the_same_noise(self) -> None:
        first, again, other = (listen(microphone(seed, babble=2, rt60_s=0.88), 1.0, 1.0) for seed in (1, 1, 2))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


class TestMicrophone:
    QUIET = 80.0

    def test_gives_chunks_of_100_ms(self) -> None:
        assert len(microphone().chunk(np.inf)) == CHUNK_SAMPLES

    def test_plays_a_voice_through_to_its_end_and_not_beyond(self) -> None:
        ears = microphone(snr_db=self.QUIET)
        tone = (0.4 * np.sin(np.arange(4000) * 0.2)).astype(np.float32)
        assert ears.begin(tone) == pytest.approx(0.25)
        sound = listen(ears, 1.0, 0.4) / 32767.0
        assert sound[:4000] == pytest.approx(tone, abs=1e-3)
        assert np.abs(sound[4000:]).max() < 1e-3

    def test_a_voice_is_quieter_from_farther_away(self) -> None:
        peaks = []
        for distance in (1.0, 2.0, 4.0):
            ears = microphone(snr_db=self.QUIET)
            ears.begin(np.full(CHUNK_SAMPLES, 0.4, np.float32))
            peaks.append(int(np.abs(ears.chunk(distance)).max()))
        assert peaks[0] > 1.9 * peaks[1] > 3.6 * peaks[2]

    def test_a_hall_goes_on_sounding_after_the_voice(self) -> None:
        ears = microphone(snr_db=self.QUIET, rt60_s=1.5)
        length = ears.say(ASKED, "vi+f2", 150, 70)
        listen(ears, 2.0, length)
        echo = listen(ears, 2.0, 0.5)
        assert level(echo) > level(listen(ears, 2.0, 3.0)[-SAMPLE_RATE:]) + 15.0

    def test_the_robots_own_voice_leaks_in_at_its_level(self) -> None:
        ears = microphone(snr_db=self.QUIET, own_voice_leak_db=-12.0)
        rate = 22050
        ears.robot_sounds((16000 * np.sin(np.arange(rate) * 0.1)).astype(np.int16), rate)
        sound = listen(ears, np.inf, 1.2)
        assert np.abs(sound).max() == pytest.approx(16000 * 10 ** (-12 / 20), rel=0.02)
        assert np.abs(sound[SAMPLE_RATE:]).max() < 100, "and is over when it is over"

    def test_a_robot_that_is_hushed_is_silent_at_once(self) -> None:
        ears = microphone(snr_db=self.QUIET)
        ears.robot_sounds(np.full(SAMPLE_RATE, 9000, np.int16), SAMPLE_RATE)
        ears.chunk(np.inf)
        ears.robot_falls_silent()
        assert np.abs(ears.chunk(np.inf)).max() < 100

    def test_text_has_a_length_and_no_sound(self) -> None:
        ears = microphone(mode="text")
        assert ears.say(ASKED, "vi+f2", 150, 70) == pytest.approx(reading_time(ASKED))
        assert not ears.aloud
        with pytest.raises(ValueError, match="nothing to hear"):
            ears.chunk(1.0)


class TestSettings:
    def test_the_report_says_how_words_reached_the_robot(self) -> None:
        text = SoundSettings.model_validate({"mode": "text"}).report()
        assert text == {"mode": "text", "note": text["note"]}
        assert "nothing was spoken" in text["note"]
        aloud = SoundSettings.model_validate({"snr_db": 12.0}).report()
        assert (aloud["mode"], aloud["snr_db"], aloud["rt60_s"]) == ("audio", 12.0, 0.88)

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"rt60_s": 0.1}, "no hall echoes for so short"),
            ({"mode": "mime"}, "'audio' or 'text'"),
            ({"snr": 3}, "snr"),
        ],
    )
    def test_nonsense_is_refused(self, given: dict[str, object], sentence: str) -> None:
        with pytest.raises(ValidationError, match=sentence):
            SoundSettings.model_validate(given)


class TestRecognition:
    """The reason for all of it: in the usual hall the demo's sentence is understood, in an awful one it is not."""

    MEANT = "3.000333"

    def understood(self, path: Path, distance: float, **settings: object) -> str:
        """Return the code of the procedure that the words heard mean most likely."""
        ears = Microphone(np.random.default_rng(3), SoundSettings.model_validate(settings))
        length = ears.say(ASKED, "vi+f2", 150, 70)
        save_wav(Sound(listen(ears, distance, length + 1.0), SAMPLE_RATE), path)
        site = load_site(halls.ROOT / "maps" / "hcmc_center")
        answer = Lookup(site.procedures, site.places).find(transcribe_file(path).text)
        return answer.candidates[0].code if answer.candidates else ""

    def test_the_usual_hall(self, tmp_path: Path) -> None:
        assert self.understood(tmp_path / "usual.wav", 1.0) == self.MEANT

    def test_an_awful_hall(self, tmp_path: Path) -> None:
        assert self.understood(tmp_path / "awful.wav", 4.0, snr_db=6.0, rt60_s=1.8, babble=0) != self.MEANT
