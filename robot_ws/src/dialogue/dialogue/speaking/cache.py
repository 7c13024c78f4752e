"""Keep what was rendered: the robot says the same sentences all day."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from dialogue.speaking.spelling import Speller
from dialogue.speaking.voice import Sound, Voice

SILENCE = Sound(np.zeros(1600, np.int16), 16_000)


class CachedVoice:
    """Spell a text for the ear, render it, and remember the last `size` sounds by text and language."""

    def __init__(self, voice: Voice, size: int = 64) -> None:
        self._voice = voice
        self._size = size
        self._sounds: OrderedDict[tuple[str, str], Sound] = OrderedDict()
        self._spellers: dict[str, Speller] = {}

    def render(self, text: str, language: str) -> Sound:
        """Return the sound of a text, from memory where it can; raise BackendError as the voice does."""
        key = (text, language)
        if key not in self._sounds:
            speller = self._spellers.get(language) or self._spellers.setdefault(language, Speller(language))
            spelt = speller.spell(text)
            # a synthesiser that is given nothing to pronounce may never answer
            speaks = any(letter.isalnum() for letter in spelt)
            self._sounds[key] = self._voice.render(spelt, language) if speaks else SILENCE
            while len(self._sounds) > self._size:
                self._sounds.popitem(last=False)
        self._sounds.move_to_end(key)
        return self._sounds[key]

    def close(self) -> None:
        """Let go of the voice and forget the sounds."""
        self._sounds.clear()
        self._voice.close()
