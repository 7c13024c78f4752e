"""The sound of a scenario: aloud through a hall, or as text for speed.

sound: {mode: audio, snr_db: 30, rt60_s: 0.88, babble: 4, own_voice_leak_db: -6}
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from hall_sim.scenarios.settings import Strict

SAID = {
    "audio": "visitors spoke aloud: synthesised voices through the hall's echo and noise to the recogniser",
    "text": "visitors' words were given to the robot as text: nothing was spoken, heard or recognised",
}


class SoundSettings(Strict):
    """Hold how the hall sounds.

    With `mode` text, words reach the robot as finished utterances and no sound is made. `snr_db`: level of a visitor's
    voice at 1 m over the hall's noise. `rt60_s`: reverberation time, 0 for none. The default is the longest that
    DIN 18041:2016 recommends where people work at counters (group B4, eq. 9, for a ceiling of 5 m: 0.163 (2.13 + 4.69
    lg 5)); for halls of short stay (B2, eq. 7) that is 1.3 s, and untreated halls echo for longer.
    `babble`: people heard talking elsewhere, who make half of the noise's power; 0 leaves a murmur.
    `own_voice_leak_db`: level of the robot's own voice at its microphone against a visitor's at 1 m.
    """

    mode: Literal["audio", "text"] = "audio"
    snr_db: float = Field(30.0, ge=-20.0, le=80.0)
    rt60_s: float = Field(0.88, ge=0.0, le=5.0)
    ceiling_m: float = Field(5.0, ge=2.5, le=30.0)
    babble: int = Field(4, ge=0, le=16)
    own_voice_leak_db: float = Field(-6.0, ge=-80.0, le=30.0)

    @field_validator("rt60_s")
    @classmethod
    def _possible(cls, seconds: float) -> float:
        if 0.0 < seconds < 0.3:
            raise ValueError("no hall echoes for so short; give 0 for none, or at least 0.3")
        return seconds

    def report(self) -> dict[str, Any]:
        """Return what a run's report has to say about its sound: the mode, in words too, and the figures used."""
        figures = self.model_dump(exclude={"mode"}) if self.mode == "audio" else {}
        return {"mode": self.mode, "note": SAID[self.mode]} | figures
