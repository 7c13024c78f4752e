"""Turn places and answers into messages."""

from __future__ import annotations

from guide_interfaces.msg import Candidate as CandidateMsg
from guide_interfaces.msg import Counter as CounterMsg
from guide_interfaces.msg import Place as PlaceMsg

from counter_map.answers import Offer, Stop
from counter_map.model import Place
from guide_common.conversions import pose_from_2d


def place_to_msg(place: Place, is_open: bool, language: str) -> PlaceMsg:
    """Write a place, named in a language."""
    return PlaceMsg(
        id=place.id,
        kind=place.kind,
        name=place.name(language),
        floor=place.floor,
        zone=place.zone,
        stand_pose=pose_from_2d(place.stand),
        open=is_open,
    )


def stop_to_msg(stop: Stop, language: str) -> CounterMsg:
    """Write a counter, or another place that was asked for, named in a language."""
    place = stop.place
    return CounterMsg(
        id=place.id,
        number=place.number,
        name=place.name(language),
        floor=place.floor,
        zone=place.zone,
        stand_pose=pose_from_2d(place.stand),
        open=stop.open,
        redirect_to=place.redirect_to,
    )


def offer_to_msg(offer: Offer, language: str) -> CandidateMsg:
    """Write what a visitor should know about one candidate."""
    return CandidateMsg(
        code=offer.code,
        name=offer.name,
        probability=float(offer.probability),
        evidence=list(offer.evidence),
        counters=[stop_to_msg(stop, language) for stop in offer.stops],
        department=offer.department,
        papers=list(offer.papers),
        fee=offer.fee,
        ticket_first=offer.ticket_first,
        notice=offer.notice,
    )
