"""Speaking: a text in, its sound out, numbers and codes spelt for the ear."""

from dialogue.speaking.cache import CachedVoice
from dialogue.speaking.espeak import EspeakVoice
from dialogue.speaking.spelling import Speller
from dialogue.speaking.voice import Sound, Voice, VoiceSettings, make_voice, save_wav

__all__ = ["CachedVoice", "EspeakVoice", "Sound", "Speller", "Voice", "VoiceSettings", "make_voice", "save_wav"]
