"""Scripted conversations against the real machine."""

from __future__ import annotations

import pytest

from dialogue.conversation import CandidateFacts, LookupAnswer, Memory, PlaceFacts
from dialogue.conversation import effects as do
from dialogue.conversation.leading import NAVIGATION_FAILED
from tests.dialogue.talk import (
    JUDICIAL,
    LAND,
    LIFT,
    LIFT_UP,
    MARRIAGE,
    Q17,
    Q50,
    WC,
    Talk,
    shut,
    sure,
)

ASKED = "tôi muốn làm phiếu lý lịch cư pháp"

CONSENTS = ["có", "có ạ", "có a", "cô à", "ừ", "được", "vâng", "ok", "dạ được", "co a", "đi thôi"]
THANKS = ["không, cảm ơn", "không cám ơn", "cám ơn", "cơm cảm ơn"]
REFUSALS = ["thôi khỏi", "dạ không ạ", "không cần đâu em", "tôi tự đi được", "dạ thôi"]
SORRY = [(4, "failed.lost"), (5, "failed.lost"), (2, "failed.closed"), (7, "failed.stopped")]


def led(talk: Talk | None = None) -> Talk:
    """A conversation in which the robot leads to counter 17."""
    talk = (talk or Talk()).near().hears(ASKED, sure(JUDICIAL)).hears("có")
    assert talk.state == "guiding.leading"
    return talk


class TestAtThePost:
    def test_greets_and_asks(self) -> None:
        talk = Talk().near()
        assert talk.keys == ["greet.hello"] and talk.state == "asking"

    def test_tells_counter_papers_fee_and_ticket_before_offering(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        told = ["inform.counter", "inform.papers", "inform.fee", "inform.ticket", "offer.lead"]
        assert talk.keys[1:] == told and talk.state == "offering"
        said = " ".join(talk.texts)
        assert "17" in said and "A1" in said and "200.000 đồng" in said
        assert "căn cước" in said and "sổ hộ khẩu" not in said and "giấy tờ khác" in said

    def test_unknown_fee_is_the_clerks_to_tell(self) -> None:
        assert "inform.fee_unknown" in Talk().near().hears("kết hôn", sure(MARRIAGE)).keys

    def test_a_site_without_tickets_does_not_send_to_the_machine(self) -> None:
        from dataclasses import replace

        from tests.dialogue.talk import SITE

        assert "inform.ticket" not in Talk(replace(SITE, tickets=False)).near().hears("x y", sure(JUDICIAL)).keys

    @pytest.mark.parametrize("words", REFUSALS)
    def test_who_goes_alone_may_want_something_else(self, words: str) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).hears(words)
        assert talk.state == "anything_else" and not talk.did(do.StartGuide)
        assert talk.hears("không").keys[-1] == "goodbye.plain" and talk.did(do.GoHome)

    @pytest.mark.parametrize("words", THANKS)
    def test_a_refusal_with_thanks_ends_politely(self, words: str) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).hears(words)
        assert talk.keys[-1] == "goodbye.refused"
        assert not talk.did(do.StartGuide) and talk.did(do.GoHome)
        assert talk.event("home").state == "idle"

    @pytest.mark.parametrize("words", CONSENTS)
    def test_a_yes_starts_leading(self, words: str) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).hears(words)
        assert talk.did(do.StartGuide)[0].place_id == "Q17"

    def test_a_yes_that_only_the_lookup_reads(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        talk.hears("vâng thì đưa tôi tới đó giùm luôn nha con", LookupAnswer("command", "command:yes"))
        assert talk.state == "guiding.leading"

    def test_confirms_what_is_not_sure(self) -> None:
        talk = Talk().near().hears("giấy cưới", LookupAnswer("confirm", "procedure:1", (MARRIAGE,)))
        assert talk.state == "confirming" and "kết hôn" in talk.texts[-1]
        assert talk.hears("đúng rồi").state == "offering"
        assert talk.conversation.procedure_code == MARRIAGE.code

    def test_asks_again_when_it_was_not_that(self) -> None:
        talk = Talk().near().hears("giấy cưới", LookupAnswer("confirm", "", (MARRIAGE,))).hears("không phải")
        assert talk.state == "asking" and talk.keys[-1] == "ask.rephrase"

    @pytest.mark.parametrize("words", ["cái thứ hai", "hai", "đăng ký đất đai", "dang ky dat dai"])
    def test_lets_choose_by_number_or_name(self, words: str) -> None:
        talk = Talk().near().hears("đăng ký", LookupAnswer("clarify", "", (MARRIAGE, LAND)))
        assert talk.state == "choosing" and talk.conversation.choices == ("Đăng ký kết hôn", "Đăng ký đất đai")
        talk.hears(words)
        assert talk.state == "offering" and talk.conversation.procedure_code == LAND.code

    def test_lets_choose_by_touch(self) -> None:
        talk = Talk().near().hears("đăng ký", LookupAnswer("clarify", "", (MARRIAGE, LAND))).touch("choice:1")
        assert talk.conversation.procedure_code == MARRIAGE.code and talk.state == "offering"

    def test_none_of_the_choices(self) -> None:
        talk = Talk().near().hears("đăng ký", LookupAnswer("clarify", "", (MARRIAGE, LAND))).hears("không phải")
        assert talk.state == "asking"

    def test_another_request_in_place_of_an_answer(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).hears("tôi muốn đăng ký kết hôn", sure(MARRIAGE))
        assert talk.state == "offering" and talk.conversation.procedure_code == MARRIAGE.code


class TestWhatCannotBe:
    def test_a_closed_counter_is_said_before_anyone_walks(self) -> None:
        talk = Talk().near().hears(ASKED, sure(shut(JUDICIAL)))
        assert "inform.closed" in talk.keys and "inform.closed_hours" in talk.keys
        assert "offering" not in talk.states and not talk.did(do.StartGuide)
        assert talk.state == "anything_else"

    def test_a_closed_counter_names_the_one_that_stands_in(self) -> None:
        from dataclasses import replace

        from tests.dialogue.talk import Q18_SHUT

        away = replace(JUDICIAL, counters=(replace(Q18_SHUT, redirect_to="Q19"),))
        talk = Talk().near().hears(ASKED, sure(away))
        assert talk.did(do.AskPlaces)[-1].id == "Q19"
        talk.places(PlaceFacts("Q19", "counter", "Quầy 19", "1", "A2"))
        assert "inform.redirected" in talk.keys and talk.state == "offering"
        assert talk.hears("có").did(do.StartGuide)[-1].place_id == "Q19"

    def test_a_notice_of_the_site_is_not_said_twice(self) -> None:
        from dataclasses import replace

        talk = Talk().near().hears(ASKED, sure(replace(shut(JUDICIAL), notice="Quầy 18 chưa mở.")))
        assert "inform.notice" in talk.keys and "inform.closed" not in talk.keys

    def test_a_procedure_that_is_done_elsewhere(self) -> None:
        talk = Talk().near().hears("bán rượu", sure(CandidateFacts("2.1", "Bán lẻ rượu")))
        assert "inform.no_counter" in talk.keys and talk.state == "anything_else"

    def test_the_other_floor_leads_to_the_lift(self) -> None:
        talk = Talk().near().hears("đất đai", sure(LAND))
        assert "inform.other_floor" in talk.keys and talk.keys[-1] == "offer.lift"
        talk.hears("có").places(LIFT, LIFT_UP)
        assert talk.did(do.StartGuide)[-1].place_id == "lift_1"
        talk.event("guide_ended", 0)
        said = " ".join(talk.texts[-3:])
        assert "tầng 2" in said and "B1" in said and "50" in said and "robot ở tầng 2" in said

    def test_not_understood_twice_gives_way_to_a_person(self) -> None:
        talk = Talk().near().hears("blah blah", LookupAnswer("reject"))
        assert talk.keys[-2:] == ["not_understood.once", "ask.other_language"] and talk.state == "asking"
        assert "English" in talk.texts[-1]
        talk.hears("bleh bleh", LookupAnswer("reject"))
        assert talk.keys[-1] == "not_understood.human" and "tình nguyện viên" in talk.texts[-1]
        assert talk.state == "asking"  # the screen may still be touched
        talk.hears("blih blih", LookupAnswer("reject"))
        assert talk.did(do.AskPlaces)[-1].kind == "reception"
        talk.places(PlaceFacts("reception_1", "reception", floor="1", zone="A"))
        assert talk.state == "offering" and "bàn hướng dẫn" in " ".join(talk.texts)
        assert talk.hears("bloh bloh", LookupAnswer("reject")).state == "returning"

    def test_a_voice_without_words_is_asked_again(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).hears("")
        assert talk.keys[-1] == "not_understood.yes_or_no" and talk.state == "offering"

    def test_silence_is_asked_once_more_then_parted_from(self) -> None:
        talk = Talk().near().wait(13)
        assert talk.keys[-2:] == ["ask.again", "ask.other_language"] and talk.state == "asking"
        assert "goodbye.silent" in talk.wait(13).keys
        assert talk.state in ("goodbye", "returning")

    def test_someone_who_is_speaking_is_not_silent(self) -> None:
        talk = Talk().near().wait(10)
        talk.event("hearing").wait(10)
        assert talk.keys == ["greet.hello"]
        assert talk.hears(ASKED, sure(JUDICIAL)).state == "offering"

    def test_someone_who_walks_off_is_let_go(self) -> None:
        talk = Talk().near().event("person_left")
        assert talk.keys[-1] == "goodbye.left" and talk.state == "returning"

    def test_a_counter_map_that_is_silent_is_asked_again_then_owned_up_to(self) -> None:
        talk = Talk().near().hears(ASKED).wait(3)
        assert talk.keys[-1] == "lookup.wait" and len(talk.did(do.AskLookup)) == 2
        assert "lookup.unable" in talk.wait(3).keys

    def test_chitchat_comes_back_to_the_point(self) -> None:
        talk = Talk().near().hears("bạn tên gì", LookupAnswer("chitchat", "chitchat:name"))
        assert talk.state == "asking" and talk.keys[-2:] == ["chitchat.name", "ask.what"]

    def test_an_insult_does_not_lose_the_offer(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).hears("đồ ngu", LookupAnswer("chitchat", "chitchat:insult"))
        assert talk.keys[-2:] == ["chitchat.insult", "offer.lead"]
        assert talk.hears("có").did(do.StartGuide)[0].place_id == "Q17"

    def test_an_emergency_calls_people(self) -> None:
        talk = Talk().near().hears("cháy rồi", LookupAnswer("reject", "emergency"))
        assert "emergency.staff" in talk.keys and "tình nguyện viên" in " ".join(talk.texts)

    def test_a_counter_that_is_not_there(self) -> None:
        talk = Talk().near().hears("quầy chín chín", LookupAnswer("reject", "counter:unknown"))
        assert "inform.counter_unknown" in talk.keys and talk.state == "anything_else"

    def test_a_guess_that_was_wrong_twice_is_for_a_person(self) -> None:
        guess = LookupAnswer("confirm", "", (MARRIAGE,))
        talk = Talk().near().hears("giấy gì đó", guess).hears("không").hears("giấy gì đó", guess).hears("không")
        assert talk.keys[-1] == "not_understood.human" and talk.state == "asking"


class TestTwoWishes:
    BOTH = "tôi muốn làm phiếu lý lịch tư pháp và đăng ký kết hôn"

    def said(self, second: LookupAnswer, whole: LookupAnswer | None = None) -> Talk:
        talk = Talk().near().hears(self.BOTH, whole or LookupAnswer("clarify", "", (JUDICIAL, MARRIAGE)))
        assert talk.did(do.AskLookup)[-1].text == "tôi muốn làm phiếu lý lịch tư pháp"
        talk.event("lookup_answered", sure(JUDICIAL))
        assert talk.did(do.AskLookup)[-1].text == "đăng ký kết hôn"
        return talk.event("lookup_answered", second)

    def test_the_first_is_served_and_the_second_said_and_remembered(self) -> None:
        talk = self.said(sure(MARRIAGE))
        assert "wish.both" in talk.keys and talk.conversation.procedure_code == JUDICIAL.code
        talk.hears("có").event("guide_ended", 0)
        assert talk.keys[-1] == "wish.next" and "kết hôn" in talk.texts[-1]
        talk.event("lookup_answered", sure(MARRIAGE))
        assert talk.state == "offering" and talk.conversation.procedure_code == MARRIAGE.code

    def test_who_refuses_to_be_led_to_the_first_hears_of_the_second(self) -> None:
        talk = self.said(sure(MARRIAGE)).hears("không cần")
        assert talk.state == "looking_up" and talk.keys[-1] == "wish.next"

    def test_what_is_no_wish_of_its_own_leaves_the_sentence_whole(self) -> None:
        talk = self.said(LookupAnswer("reject"), sure(MARRIAGE))
        assert "wish.both" not in talk.keys and talk.conversation.procedure_code == MARRIAGE.code

    def test_one_long_name_that_is_understood_is_not_two_wishes(self) -> None:
        from dataclasses import replace

        talk = self.said(sure(MARRIAGE), sure(replace(LAND, probability=0.99)))
        assert "wish.both" not in talk.keys and talk.conversation.procedure_code == LAND.code


class TestPlaces:
    def test_a_facility_is_told_and_offered(self) -> None:
        talk = Talk().near().hears("nhà vệ sinh ở đâu", LookupAnswer("facility", "facility:wc")).places(WC)
        assert talk.state == "offering" and "nhà vệ sinh" in talk.texts[1].lower() and "A2" in talk.texts[1]
        talk.hears("có")
        assert talk.did(do.StartGuide)[-1].place_id == "wc_1"
        assert talk.event("guide_ended", 0).keys[-3] == "arrived.place" or "arrived.place" in talk.keys

    def test_a_place_that_is_not_there(self) -> None:
        talk = Talk().near().hears("máy rút tiền", LookupAnswer("facility", "facility:atm")).places()
        assert "inform.place_unknown" in talk.keys and talk.state == "anything_else"

    def test_a_counter_by_its_number_needs_no_offer(self) -> None:
        asked = LookupAnswer("answer", "counter:Q17", (CandidateFacts("Q17", "Quầy 17", 1.0, (Q17,)),))
        talk = Talk().near().hears("dẫn tôi tới quầy mười bảy", asked)
        assert talk.state == "guiding.leading" and talk.did(do.StartGuide)[0].place_id == "Q17"
        assert "offering" not in talk.states

    def test_a_closed_counter_by_its_number(self) -> None:
        from tests.dialogue.talk import Q18_SHUT

        asked = LookupAnswer("answer", "counter:Q18", (CandidateFacts("Q18", "Quầy 18", 1.0, (Q18_SHUT,)),))
        talk = Talk().near().hears("dẫn tôi tới quầy mười tám", asked)
        assert "inform.closed" in talk.keys and not talk.did(do.StartGuide)

    def test_a_department_names_its_counters_and_leads_to_the_nearest(self) -> None:
        counters = tuple(CandidateFacts(c.id, c.name, 1.0, (c,)) for c in (Q50, Q17))
        talk = Talk().near().hears("sở tư pháp ở đâu", LookupAnswer("facility", "department:Sở Tư pháp", counters))
        said = " ".join(talk.texts)
        assert "Sở Tư pháp: quầy 17, quầy 50" in said and "giấy tờ" not in said
        assert talk.hears("có").did(do.StartGuide)[-1].place_id == "Q17"

    def test_the_hours(self) -> None:
        talk = Talk().near().hears("mấy giờ mở cửa", LookupAnswer("facility", "facility:hours"))
        assert "7 giờ 30" in " ".join(talk.texts) and talk.state == "anything_else"

    def test_a_person_is_the_reception(self) -> None:
        talk = Talk().near().touch("facility:human")
        assert talk.did(do.AskPlaces)[-1].kind == "reception"
        assert talk.places(PlaceFacts("reception_1", "reception", floor="1", zone="A")).state == "offering"

    def test_wifi_is_the_staffs_to_tell(self) -> None:
        assert "inform.place_unknown" in Talk().near().hears("wifi gì", LookupAnswer("facility", "facility:wifi")).keys


class TestLeading:
    def test_arrives_says_goodbye_and_goes_home(self) -> None:
        talk = led().event("guide_ended", 0)
        assert talk.state == "anything_else" and "arrived.counter" in talk.keys
        talk.wait(7)
        assert talk.state == "returning" and talk.keys[-1] == "goodbye.plain" and talk.did(do.GoHome)
        assert talk.event("home").state == "idle"

    def test_the_place_is_shown_until_the_goodbye_is_over(self) -> None:
        talk = led().event("guide_ended", 0)
        assert talk.conversation.place_id == "Q17"
        assert talk.wait(7).conversation.place_id == ""

    def test_of_two_readings_the_short_answer_counts(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        assert talk.conversation.best_reading("tối a", ("có",)) == "có"
        assert talk.event("heard", "tối a", ("có",)).state == "guiding.leading"

    def test_something_else_after_arriving(self) -> None:
        talk = led().event("guide_ended", 0).hears("tôi muốn đăng ký kết hôn", sure(MARRIAGE))
        assert talk.state == "offering"
        assert talk.hears("thôi, cảm ơn").event("home").state == "idle"

    def test_stop_and_go_on(self) -> None:
        talk = led().hears("dừng lại")
        assert talk.state == "guiding.paused" and talk.did(do.CancelGuide) and talk.conversation.reason
        talk.hears("đi tiếp")
        assert talk.state == "guiding.leading" and len(talk.did(do.StartGuide)) == 2

    def test_a_pause_without_end_is_a_goodbye(self) -> None:
        talk = led().hears("chờ tôi một chút").wait(91)
        assert "goodbye.cancelled" in talk.keys and talk.state == "returning"

    def test_cancel(self) -> None:
        talk = led().hears("thôi không cần nữa")
        assert talk.did(do.CancelGuide) and talk.state == "returning" and talk.did(do.Remember)[-2].memory is None

    def test_slower_is_slower(self) -> None:
        talk = led().hears("đi chậm thôi")
        paces = [effect.pace for effect in talk.did(do.StartGuide)]
        assert talk.state == "guiding.leading" and 0.3 <= paces[-1] < 0.7

    def test_back_leads_to_the_post(self) -> None:
        talk = led().hears("quay lại")
        assert talk.did(do.StartGuide)[-1].place_id == "post_1"

    def test_stop_by_touch(self) -> None:
        assert led().touch("command:stop").state == "guiding.paused"

    def test_a_request_while_walking_is_kept_for_later_and_taken_up_there(self) -> None:
        wc = LookupAnswer("facility", "facility:wc")
        talk = led().hears("nhà vệ sinh ở đâu", wc)
        assert talk.keys[-1] == "guide.later" and talk.state == "guiding.leading"
        talk.event("guide_ended", 0)
        assert talk.keys[-1] == "wish.next" and talk.did(do.AskLookup)[-1].text == "nhà vệ sinh ở đâu"
        assert talk.event("lookup_answered", wc).places(WC).state == "offering"

    def test_a_place_touched_while_walking_is_kept_for_later(self) -> None:
        talk = led().touch("facility:wc")
        assert talk.keys[-1] == "guide.later" and talk.event("guide_ended", 0).places(WC).state == "offering"

    def test_who_says_that_they_changed_their_mind_is_led_elsewhere_at_once(self) -> None:
        other = LookupAnswer("answer", "counter:Q50", (CandidateFacts("Q17", "Quầy 17", 1.0, (Q17,)),))
        talk = led().hears("thôi tôi đổi ý, dẫn tôi tới quầy mười bảy", other)
        assert talk.did(do.AskLookup)[-1].text == "dẫn tôi tới quầy mười bảy"
        assert talk.did(do.CancelGuide) and len(talk.did(do.StartGuide)) == 2 and talk.state == "guiding.leading"

    def test_a_bare_no_on_the_way_stops_and_does_not_give_up(self) -> None:
        talk = led().hears("không")
        assert talk.state == "guiding.paused"
        assert talk.hears("không").state == "returning"

    def test_remarks_when_it_waits_and_goes_on(self) -> None:
        talk = led().event("guide_feedback", "waiting", "Tôi đợi quý khách đến gần hơn.")
        assert talk.keys[-1] == "guide.waiting" and talk.conversation.reason == "Tôi đợi quý khách đến gần hơn."
        talk.event("guide_feedback", "leading", "Tôi đang dẫn đường.")
        assert talk.keys[-1] == "guide.resumed" and talk.conversation.reason == ""
        before = len(talk.keys)
        talk.event("guide_feedback", "waiting", "x")
        assert len(talk.keys) == before

    def test_a_failed_drive_is_tried_again_then_apologised_for(self) -> None:
        talk = led().event("guide_ended", 6)
        assert talk.state == "guiding.recovering" and talk.keys[-1] == "guide.trouble"
        talk.event("guide_ready", False).event("guide_ended", 6).event("guide_ready", False).event("guide_ended", 6)
        assert "failed.no_way" in talk.keys and talk.state == "returning"

    def test_a_guide_that_never_comes_back(self) -> None:
        talk = led().event("guide_lost").wait(31)
        assert "failed.give_up" in talk.keys and talk.state == "returning"

    def test_trouble_is_told_once(self) -> None:
        talk = led().event("guide_lost").event("guide_lost").event("guide_ended", 8)
        assert talk.keys.count("guide.trouble") == 1

    def test_a_guide_that_never_stopped_goes_on(self) -> None:
        talk = led().event("guide_lost").event("guide_ready", True)
        assert talk.state == "guiding.leading" and len(talk.did(do.StartGuide)) == 1

    @pytest.mark.parametrize(("code", "key"), SORRY)
    def test_other_ends(self, code: int, key: str) -> None:
        talk = led().event("guide_ended", code)
        assert key in talk.keys and talk.state == "returning"

    def test_home_is_tried_twice_then_the_robot_is_of_use_where_it_is(self) -> None:
        talk = led().event("guide_ended", 0).wait(7).event("home_failed")
        assert talk.state == "returning" and len(talk.did(do.GoHome)) == 2
        assert talk.event("home_failed").state == "idle"

    def test_a_touch_on_the_way_home_is_served(self) -> None:
        talk = led().event("guide_ended", 0).wait(7).touch("facility:wc")
        assert talk.did(do.StopHome) and talk.places(WC).state == "offering"


class TestLanguageAndRestart:
    def test_english_by_touch(self) -> None:
        talk = Talk().near().touch("language:en")
        assert talk.texts[-1].startswith("All right") and talk.state == "asking"
        assert talk.hears("criminal record", sure(JUDICIAL)).texts[-1].endswith("?")
        assert talk.hears("yes please").state == "guiding.leading"

    def test_the_next_visitor_is_greeted_in_the_first_language(self) -> None:
        talk = Talk().near().touch("language:en").touch("command:no").event("home")
        assert talk.state == "idle" and talk.conversation.language == "vi"

    def test_language_while_offering_repeats_in_it(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).touch("language:en")
        asked = talk.did(do.AskLookup)[-1]
        assert (asked.text, asked.language) == (f"procedure:{JUDICIAL.code}", "en")  # names and papers in English too
        talk.event("lookup_answered", sure(JUDICIAL))
        assert talk.state == "offering" and "counter 17" in " ".join(talk.texts[-6:])

    def test_language_while_choosing_names_the_choices_in_it(self) -> None:
        from dataclasses import replace

        talk = Talk().near().hears("đăng ký", LookupAnswer("clarify", "", (MARRIAGE, LAND))).touch("language:en")
        for candidate, name in ((MARRIAGE, "Register a marriage"), (LAND, "Register land")):
            assert talk.did(do.AskLookup)[-1].text == f"procedure:{candidate.code}"
            talk.event("lookup_answered", sure(replace(candidate, name=name)))
        assert talk.state == "choosing" and talk.conversation.choices == ("Register a marriage", "Register land")
        assert talk.hears("the second one").conversation.procedure_code == LAND.code

    def test_language_after_arriving_does_not_start_again(self) -> None:
        talk = led().event("guide_ended", 0).touch("language:en")
        assert talk.state == "anything_else" and talk.keys[-2:] == ["ask.language_kept", "anything_else.ask"]

    def test_language_while_something_is_looked_up_looks_it_up_in_it(self) -> None:
        talk = Talk().near().hears(ASKED).touch("language:en")
        asked = talk.did(do.AskLookup)[-1]
        assert (asked.text, asked.language) == (ASKED, "en") and talk.state == "looking_up"

    def test_language_by_word_that_only_the_lookup_reads(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        talk.hears("em nói tiếng anh đi", LookupAnswer("command", "command:language:en"))
        assert talk.did(do.AskLookup)[-1].text == f"procedure:{JUDICIAL.code}"
        assert talk.event("lookup_answered", sure(JUDICIAL)).state == "offering" and talk.conversation.language == "en"

    def test_who_wants_a_moment_gets_it(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL)).wait(8).hears("chờ tôi chút").wait(10)
        assert talk.state == "offering" and talk.keys[-1] == "ask.wait"

    def test_a_language_touched_before_anybody_was_greeted_greets_in_it(self) -> None:
        talk = Talk().touch("language:en")
        assert talk.texts[0].startswith("Hello") and talk.state == "asking"

    def test_language_on_the_way_is_confirmed_in_it(self) -> None:
        talk = led().touch("language:en")
        assert talk.texts[-1].startswith("All right, I speak English") and talk.state == "guiding.leading"
        assert [effect.language for effect in talk.did(do.StartGuide)] == ["vi", "en"]

    def test_language_on_the_way_home_stops_the_robot(self) -> None:
        talk = led().event("guide_ended", 0).wait(7).touch("language:en")
        assert talk.did(do.StopHome) and talk.state == "asking"

    def test_repeat(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        before = len(talk.keys)
        talk.hears("nói lại đi")
        assert talk.keys[before] == "inform.counter" and talk.state == "offering"

    @pytest.mark.parametrize(
        ("words", "tuned"), [("nói to lên", (1.5, 1.0)), ("to hơn chút", (1.5, 1.0)), ("chậm thôi", (1.0, 0.8))]
    )
    def test_louder_and_slower_repeat_and_last_for_this_visitor(self, words: str, tuned: tuple[float, float]) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        before = len(talk.keys)
        talk.hears(words)
        assert [(e.gain, e.tempo) for e in talk.did(do.Tune)] == [tuned]
        assert talk.keys[before + 1] == "inform.counter" and talk.state == "offering"
        talk.hears("không, cảm ơn").event("home")
        assert (talk.did(do.Tune)[-1].gain, talk.did(do.Tune)[-1].tempo) == (1.0, 1.0)

    def test_nobody_is_shouted_at_beyond_measure(self) -> None:
        talk = Talk().near().hears(ASKED, sure(JUDICIAL))
        for _ in range(5):
            talk.hears("to lên")
        assert talk.did(do.Tune)[-1].gain < 2.5

    def test_leads_on_after_a_restart(self) -> None:
        talk = led()
        memory = [effect.memory for effect in talk.did(do.Remember)][-1]
        assert memory is not None
        after = Talk().event("resume", memory)
        assert after.state == "guiding.recovering" and after.keys == ["guide.resume_after_restart"]
        after.event("guide_ready", False)
        assert after.did(do.StartGuide)[0].place_id == "Q17"

    def test_goes_home_after_a_restart_on_the_way(self) -> None:
        talk = Talk().event("resume", Memory("returning", "vi", None, 1000.0))
        assert talk.state == "returning" and talk.did(do.GoHome)


class TestARobotThatIsLost:
    """It answers what it knows, leads nobody, and says why."""

    def lost(self) -> Talk:
        talk = Talk()
        talk.conversation.placed(False)
        return talk

    def test_it_says_so_on_the_screen_while_it_is_idle_and_no_longer_when_it_knows(self) -> None:
        talk = self.lost()
        assert talk.state == "idle" and "vị trí" in talk.conversation.reason
        talk.conversation.placed(True)
        assert talk.conversation.reason == ""

    def test_it_tells_the_counter_and_does_not_offer_to_lead(self) -> None:
        talk = self.lost().near().hears("lý lịch tư pháp", sure(JUDICIAL)).wait(1.0)
        assert "inform.counter" in talk.keys and "failed.unplaced" in talk.keys
        assert not [key for key in talk.keys if key.startswith("offer.")]
        assert talk.state.startswith("anything_else")
        assert not talk.did(do.StartGuide)

    def test_who_says_yes_when_it_has_just_been_lost_is_told(self) -> None:
        talk = Talk().near().hears("lý lịch tư pháp", sure(JUDICIAL)).wait(1.0)
        assert talk.state == "offering"
        talk.conversation.placed(False)
        talk.hears("có")
        assert talk.keys[-2:] == ["failed.unplaced", "anything_else.ask"]
        assert not talk.did(do.StartGuide)

    def test_a_touched_counter_is_told_about_and_nobody_is_led_there(self) -> None:
        talk = self.lost().touch("counter:17", LookupAnswer("answer", "counter:17", (JUDICIAL,)))
        assert "failed.unplaced" in talk.keys and not talk.did(do.StartGuide)

    def test_a_leading_that_fails_for_it_is_not_tried_again(self) -> None:
        talk = Talk().near().hears("lý lịch tư pháp", sure(JUDICIAL)).wait(1.0).hears("có")
        assert talk.state == "guiding.leading"
        talk.conversation.placed(False)
        talk.event("guide_ended", NAVIGATION_FAILED)
        assert talk.keys[-1] == "failed.unplaced" and talk.state == "returning"

    def test_whoever_speaks_unseen_is_told_now_and_then(self) -> None:
        talk = self.lost()
        for _ in range(5):
            talk.event("asked_unseen").wait(3.0)
        assert talk.keys == ["failed.unplaced"] and talk.state == "idle"
        talk.wait(10.0).event("asked_unseen")
        assert talk.keys == ["failed.unplaced"] * 2
