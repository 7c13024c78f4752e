"""Hearing: end-pointing in noise, recognition of synthesised speech, sound files of all kinds."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dialogue.errors import BackendError, SoundFileError
from dialogue.hearing import SAMPLE_RATE, Endpointer, EndpointerParams, load_wav, make_recogniser, transcribe_file
from dialogue.hearing.viet import _vote
from guidance.cli.app import main as guide
from tests.dialogue.sounds import in_noise, noise, visitor_says

ASKED = "Tôi muốn làm phiếu lý lịch tư pháp"


@pytest.fixture(scope="module")
def recogniser():
    return make_recogniser("viet-asr", "vi")


@pytest.fixture(scope="module")
def question():
    return visitor_says(ASKED)


class TestEndpointer:
    @pytest.mark.parametrize("level", [5.0, 60.0, 200.0])
    def test_finds_the_speech_in_noise(self, question, level: float) -> None:
        sound = in_noise(question, before=1.0, after=1.2, level=level)
        endpointer = Endpointer()
        found = []
        for first in range(0, len(sound), 1600):
            for utterance in endpointer.accept(sound[first : first + 1600], 100.0 + first / SAMPLE_RATE):
                found.append((utterance, 100.0 + (first + 1600) / SAMPLE_RATE))
        assert len(found) == 1
        utterance, decided = found[0]
        end = 101.0 + len(question) / SAMPLE_RATE
        assert utterance.start == pytest.approx(101.0, abs=0.3)
        assert utterance.end == pytest.approx(end, abs=0.5)
        assert decided - utterance.end <= 0.8
        spoken = utterance.end - utterance.start
        assert spoken <= len(utterance.samples) / SAMPLE_RATE <= spoken + 1.1

    def test_noise_and_clicks_are_no_speech(self) -> None:
        sound = noise(6.0, 300.0)
        sound[20_000:20_200] = 20_000
        endpointer = Endpointer()
        assert endpointer.accept(sound) + endpointer.flush() == []

    def test_two_sentences_are_two_utterances(self, question) -> None:
        endpointer = Endpointer()
        found = endpointer.accept(np.concatenate([in_noise(question), in_noise(question)]), 0.0)
        assert len(found) == 2 and found[0].end < found[1].start

    def test_the_sizes_of_the_chunks_do_not_matter(self, question) -> None:
        sound = in_noise(question)
        whole = Endpointer().accept(sound, 0.0)
        endpointer, parts, first = Endpointer(), [], 0
        for size in np.random.default_rng(3).integers(1, 3000, 200):
            parts += endpointer.accept(sound[first : first + size], first / SAMPLE_RATE)
            first += size
        assert len(parts) == len(whole) == 1
        assert np.array_equal(parts[0].samples, whole[0].samples)

    def test_an_endless_talker_is_cut(self, question) -> None:
        endpointer = Endpointer(EndpointerParams(max_utterance=3.0))
        assert len(endpointer.accept(np.concatenate([question] * 4), 0.0)[0].samples) <= 3.4 * SAMPLE_RATE


class TestRecognition:
    def test_the_demo_question(self, tmp_path: Path, question, recogniser) -> None:
        soundfile.write(tmp_path / "q.wav", question, SAMPLE_RATE)
        heard = transcribe_file(tmp_path / "q.wav", recogniser=recogniser)
        assert "lý lịch" in heard.text
        assert len(heard.segments) == 1 and heard.timings["recognise"] > 0.0

    def test_the_yes(self, tmp_path: Path, recogniser) -> None:
        soundfile.write(tmp_path / "yes.wav", visitor_says("có ạ"), SAMPLE_RATE)
        assert transcribe_file(tmp_path / "yes.wav", recogniser=recogniser).text.split()[0] == "có"

    def test_streams_partials_and_starts_afresh(self, question, recogniser) -> None:
        partials = []
        for first in range(0, len(question), 1600):
            recogniser.accept(question[first : first + 1600])
            partials.append(recogniser.partial())
        assert partials[0] == "" and len(partials[-1]) > len(partials[len(partials) // 2]) > 0
        first_time = recogniser.final()
        recogniser.accept(question)
        assert recogniser.final() == first_time and recogniser.final().text == ""

    def test_after_silence_the_text_is_there_without_working_on(self, recogniser) -> None:
        for text in (ASKED, "Nhà vệ sinh ở đâu", "có ạ"):
            (utterance,) = Endpointer().accept(in_noise(visitor_says(text)), 0.0)
            assert utterance.silence >= 0.45
            recogniser.accept(utterance.samples)
            at_once = recogniser.final(utterance.silence)
            recogniser.accept(utterance.samples)
            assert at_once == recogniser.final() and at_once.text

    def test_passes_that_agree_are_surer(self) -> None:
        assert _vote(["có", "có"]).confidence == 1.0
        apart = _vote(["cám ơn", "không cám ơn"])
        assert apart.confidence < 1.0 and apart.alternatives == ("không cám ơn",)
        assert _vote(["", ""]).text == "" and _vote(["", "có"]).text == "có"

    def test_unknown_backends_and_models_are_told(self, tmp_path: Path) -> None:
        for arguments, words in [
            (("nope", "vi", None), "use one of viet-asr, viet-phrases, vosk"),
            (("viet-asr", "en", None), "hears Vietnamese only"),
            (("vosk", "en", None), "--model DIR"),
            (("vosk", "en", str(tmp_path)), "no Vosk model there"),
        ]:
            with pytest.raises(BackendError, match=words):
                make_recogniser(*arguments)


class TestFiles:
    @pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_any_rate_and_channels(self, tmp_path: Path, rate: int, channels: int) -> None:
        tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
        soundfile.write(tmp_path / "a.wav", np.stack([tone] * channels, axis=1), rate)
        sound = load_wav(tmp_path / "a.wav")
        assert sound.dtype == np.int16 and len(sound) == pytest.approx(SAMPLE_RATE, abs=2)
        spectrum = np.abs(np.fft.rfft(sound.astype(float)))
        assert np.argmax(spectrum) == pytest.approx(440, abs=2)

    @pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound at all" * 50])
    def test_broken_files(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "b.wav").write_bytes(content)
        with pytest.raises(SoundFileError, match="not a readable sound file"):
            load_wav(tmp_path / "b.wav")

    def test_forty_minutes_are_refused_before_they_are_read(self, tmp_path: Path) -> None:
        with wave.open(str(tmp_path / "long.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(2 * 8000 * 60 * 40))
        with pytest.raises(SoundFileError, match="40 minutes long; give a recording of at most 10 minutes"):
            load_wav(tmp_path / "long.wav")

    def test_silence_and_noise_without_speech(self, tmp_path: Path, recogniser) -> None:
        soundfile.write(tmp_path / "s.wav", np.zeros(16_000, np.int16), SAMPLE_RATE)
        with pytest.raises(SoundFileError, match="only silence"):
            transcribe_file(tmp_path / "s.wav", recogniser=recogniser)
        soundfile.write(tmp_path / "n.wav", noise(2.0, 300.0), SAMPLE_RATE)
        with pytest.raises(SoundFileError, match="no speech"):
            transcribe_file(tmp_path / "n.wav", recogniser=recogniser)

    def test_a_sound_without_samples(self, tmp_path: Path) -> None:
        soundfile.write(tmp_path / "e.wav", np.zeros(0, np.int16), SAMPLE_RATE)
        with pytest.raises(SoundFileError, match="holds no sound"):
            load_wav(tmp_path / "e.wav")


class TestVerbs:
    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        monkeypatch.setattr("sys.argv", ["guide", *words])
        try:
            return guide()
        except SystemExit as ended:
            return int(ended.code or 0)

    def test_say_then_hear(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = str(tmp_path / "s.wav")
        assert self.run(monkeypatch, "say", "Xin chào.", "--out", out, "--json") == 0
        assert json.loads(capsys.readouterr().out)["duration"] > 0.5
        assert self.run(monkeypatch, "hear", out, "--json") == 0
        answer = json.loads(capsys.readouterr().out)
        assert "xin" in answer["text"] and answer["timings"]["duration"] > 0.5

    def test_a_missing_file_is_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(monkeypatch, "hear", str(tmp_path / "none.wav")) == 2
        told = capsys.readouterr().err
        assert "no such file" in told and told.count("\n") == 1
