"""Speaking: spelling for the ear, voices, outputs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dialogue.errors import BackendError
from dialogue.speaking import CachedVoice, EspeakVoice, Sound, Speller, VoiceSettings, make_voice, save_wav
from dialogue.speaking.playing import make_output
from dialogue.speaking.pyttsx import PyttsxVoice


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Quầy 27, khu A1", "Quầy hai mươi bảy, khu a một."),
        ("tầng 2, khu B", "tầng hai, khu B."),
        ("200.000đ", "hai trăm nghìn đồng."),
        ("1.005.000 đồng", "một triệu không trăm linh năm nghìn đồng."),
        ("21, 15, 55, 10, 105", "hai mươi mốt, mười lăm, năm mươi lăm, mười, một trăm linh năm."),
        ("1,5", "một phẩy năm."),
        ("02/09/2025", "ngày hai tháng chín năm hai nghìn không trăm hai mươi lăm."),
        ("7:30-11:30", "bảy giờ ba mươi đến mười một giờ ba mươi."),
        ("0283123456", "không hai tám ba một hai ba bốn năm sáu."),
        ("anh/chị mang CCCD", "anh chị mang căn cước công dân."),
        ("TP.HCM?", "thành phố Hồ Chí Minh?"),
        ("0", "không."),
        ("", ""),
    ],
)
def test_vietnamese_is_spelt_for_the_ear(written: str, spoken: str) -> None:
    assert Speller("vi").spell(written) == spoken


def test_english_numbers_are_left_to_the_voice() -> None:
    assert Speller("en").spell("Counter 27, zone A1, 200,000 VND") == "Counter 27, zone A 1, 200000 dong."


@pytest.mark.parametrize("value", [*range(0, 120), 1000, 10_010, 999_999, 1_000_001, 2_005_000_015])
def test_numbers_have_words_of_their_own(value: int) -> None:
    words = Speller("vi").number(value)
    assert words and not any(c.isdigit() for c in words) and "  " not in words


def test_numbers_are_told_apart() -> None:
    words = [Speller("vi").number(value) for value in range(3000)]
    assert len(set(words)) == len(words)


class TestVoices:
    def test_pyttsx3_and_espeak_say_the_same(self) -> None:
        voice = PyttsxVoice()
        try:
            ours = voice.render("Mời quý khách tới quầy hai mươi bảy.", "vi")
            again = voice.render("Dạ, vâng ạ.", "vi")
        finally:
            voice.close()
        theirs = EspeakVoice().render("Mời quý khách tới quầy hai mươi bảy.", "vi")
        assert ours.duration == pytest.approx(theirs.duration, abs=0.3)
        assert again.duration < ours.duration and np.abs(ours.samples.astype(int)).max() > 3000

    def test_a_worker_that_died_is_started_again(self) -> None:
        voice = PyttsxVoice()
        try:
            voice.render("a", "vi")
            assert voice._worker is not None
            voice._worker.kill()
            voice._worker.wait()
            assert voice.render("Dạ.", "vi").duration > 0.1
        finally:
            voice.close()

    def test_an_unknown_language_or_voice_is_told(self) -> None:
        with pytest.raises(BackendError, match="cannot speak 'xx'"):
            EspeakVoice(VoiceSettings(voices=("vi=vi",))).render("hello", "xx")
        with pytest.raises(BackendError, match="use one of pyttsx3, espeak-ng, piper"):
            make_voice(VoiceSettings(backend="nope"))
        with pytest.raises(BackendError, match="no Piper voice for 'vi'"):
            make_voice(VoiceSettings(backend="piper")).render("dạ", "vi")

    def test_piper_speaks_where_a_voice_is_configured(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The program's place is taken by one that sounds as many samples as it is given letters."""
        program, model = tmp_path / "piper", tmp_path / "voice.onnx"
        program.write_text(
            f"#!{sys.executable}\nimport sys\nassert sys.argv[1:] == ['--model', {str(model)!r}, '--output-raw']\n"
            "sys.stdout.buffer.write(bytes([1, 2]) * len(sys.stdin.read()))\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        model.write_bytes(b"")
        voice = make_voice(VoiceSettings(backend="piper", piper_models=(f"vi={model}",)))
        with pytest.raises(BackendError, match="not the configuration of a Piper voice"):
            voice.render("dạ", "vi")
        (tmp_path / "voice.onnx.json").write_text('{"audio": {"sample_rate": 22050}}')
        sound = voice.render("dạ vâng", "vi")
        assert sound.rate == 22_050 and sound.samples.tolist() == [0x0201] * 7

    def test_a_sentence_is_rendered_once(self) -> None:
        voice = CachedVoice(EspeakVoice(), size=2)
        first = voice.render("Dạ.", "vi")
        assert voice.render("Dạ.", "vi") is first
        voice.render("Một.", "vi")
        voice.render("Hai.", "vi")
        assert voice.render("Dạ.", "vi") is not first

    def test_signs_alone_are_a_short_silence(self) -> None:
        assert CachedVoice(EspeakVoice()).render("…", "vi").samples.max() == 0


class TestOutputs:
    SOUND = Sound(np.ones(2205, np.int16), 22_050)

    def test_a_folder_gets_one_file(self, tmp_path: Path) -> None:
        output = make_output(str(tmp_path))
        output.play(self.SOUND)
        output.play(self.SOUND)
        output.close()
        assert soundfile.info(str(tmp_path / "speech.wav")).frames == 2 * (2205 + 11_025)

    def test_a_place_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(BackendError, match="no such folder"):
            make_output(str(tmp_path / "none" / "a.wav"))
        with pytest.raises(BackendError, match="cannot be written"):
            save_wav(self.SOUND, tmp_path / "none" / "a.wav")
