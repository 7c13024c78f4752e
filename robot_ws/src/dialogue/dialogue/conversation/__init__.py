"""The conversation: what the robot says and does, as a state machine free of ROS and of clocks of its own."""

from dialogue.conversation.conversation import Conversation
from dialogue.conversation.facts import CandidateFacts, CounterFacts, LookupAnswer, Memory, PlaceFacts, SiteFacts
from dialogue.conversation.phrases import Phrasebook

__all__ = [
    "CandidateFacts",
    "Conversation",
    "CounterFacts",
    "LookupAnswer",
    "Memory",
    "Phrasebook",
    "PlaceFacts",
    "SiteFacts",
]
