"""Vietnamese recognition that leans towards what is said at this site: frame posteriors, phrase model, beam search."""

from dialogue.hearing.biased.recogniser import BiasedRecogniser

__all__ = ["BiasedRecogniser"]
