"""The drift watch on the screens: the overview, its own page, what people do, what each number leads to."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.actions.drift import acknowledge_alarm, raise_alarm, watch_over
from chat.actions.visitors import create_visitor
from chat.drift_rules import BLOCK, Change, Seen, Tally
from chat.drift_stream import Drift, Stream
from chat.models import Conversation, DriftAlarm, DriftWatch, Message, Turn
from nlu.models import ModelVersion
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import Shop, make_person, make_shop

OVERVIEW = reverse("console:dashboard")
PAGE = reverse("console:drift")


def text(response) -> str:
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


@pytest.fixture
def version(shop: Shop) -> ModelVersion:
    shop.version.status = "active"
    shop.version.activated_at = timezone.now()
    shop.version.save()
    return shop.version


def learned(version: ModelVersion, count: int) -> DriftWatch:
    watch = watch_over(version)
    stream = Stream.from_json(watch.state)
    for number in range(count):
        stream.add(Seen(number, number, "track" if number % 2 else "refund", "en", 0.9))
    watch.state = stream.to_json()
    watch.save()
    return watch


CHANGES = (
    Change("intent", "track", 0.1, 0.35, 70, 1e-9),
    Change("intent", "gone_since", 0.2, 0.05, 10, 1e-9),
    Change("rejected", "", 0.05, 0.21, 42, 1e-9),
    Change("far", "", 0.1, 0.3, 60, 1e-9),
    Change("language", "zh-hans", 0.02, 0.31, 62, 1e-9),
    Change("language", "en", 0.98, 0.69, 138, 1e-9),
    Change("mix", "", 0.0, 0.25, 190, 1e-9),
)


def alarm_of(version: ModelVersion, *changes: Change) -> DriftAlarm:
    return raise_alarm(version, Drift(changes or CHANGES, 1_200, Tally(total=200)))


def test_without_a_model_there_is_nothing_to_watch(teach: Client) -> None:
    assert "there is nothing to watch" in text(teach.get(PAGE))
    assert "Messages of customers" not in text(teach.get(OVERVIEW))


def test_a_new_installation_says_that_it_learns(teach: Client, version: ModelVersion) -> None:
    assert "0 of 300 messages" in text(teach.get(PAGE))
    learned(version, 40)
    assert "It learns what is normal for v1: 40 of 300 messages." in text(teach.get(PAGE))
    assert "40 of 300 messages to know what is normal" in text(teach.get(OVERVIEW))


def test_a_stable_stream_is_said_to_be_as_before(teach: Client, version: ModelVersion) -> None:
    learned(version, 6 * BLOCK)
    assert "like the 300 messages before" in text(teach.get(PAGE))
    assert "compared with 300 messages" in text(teach.get(OVERVIEW))


def test_an_alarm_is_on_the_overview_in_plain_words(teach: Client, version: ModelVersion) -> None:
    alarm_of(version)
    for page in (text(teach.get(OVERVIEW)), text(teach.get(PAGE))):
        assert "“track” grew from 10.0 % to 35.0 % of the understood messages." in page
        assert "“gone since” shrank from 20.0 % to 5.0 %" in page
        assert "Out of scope: 21.0 % of the messages, 5.0 % before." in page
        assert "Worded unlike the training data: 30.0 %" in page
        assert "Messages in Simplified Chinese grew from 2.0 % to 31.0 %." in page
        assert "Customers want other things than before: 25.0 %" in page
        assert "The newest 200 counted messages, compared with 1,200 before (answered by v1):" in page.replace(
            "1200", "1,200"
        )


def said(shop: Shop, *, answered: str, written: str, in_scope: bool) -> Conversation:
    """A conversation in one language with a message in another."""
    conversation = create_visitor(site=shop.site, locale=answered).conversation
    Conversation.objects.filter(pk=conversation.pk).update(sequence=1)
    Message.objects.create(
        conversation=conversation,
        sequence=1,
        author="visitor",
        kind="text",
        text="hello",
        created_at=timezone.now(),
    )
    Turn.objects.create(
        workspace=shop.workspace,
        conversation=conversation,
        status="done",
        model_version=shop.version,
        intent="track" if in_scope else "",
        outcome="reply" if in_scope else "article",
        parse={"locale": written, "intents": [{"name": "track", "confidence": 0.8}], "in_scope": in_scope},
    )
    return conversation


def test_every_number_leads_to_its_messages(manage: Client, shop: Shop, version: ModelVersion) -> None:
    alarm_of(version)
    chinese = said(shop, answered="en", written="zh-hans", in_scope=True)
    outside = said(shop, answered="zh-hans", written="en", in_scope=False)
    today = timezone.localdate().isoformat()
    page = text(manage.get(PAGE))
    links = re.findall(r'href="([^"]+)"', page[page.index("drift-reasons") :])
    days = f"?from={today}&to={today}"
    transcripts = {
        f"{days}&intent=track": {chinese},
        f"{days}&intent=gone_since": set(),
        f"{days}&outcome=out_of_scope": {outside},
        f"{days}&written=zh-hans": {chinese},
        f"{days}&written=en": {outside},
        days: {chinese, outside},
    }
    reviews = {f"{days}&intent=track", f"{days}&intent=gone_since", f"{days}&intent=outside", days}
    assert set(links) == {reverse("console:transcripts") + query for query in transcripts} | {
        reverse("console:reviews") + query for query in reviews
    }
    for query, conversations in transcripts.items():
        response = manage.get(reverse("console:transcripts") + query)
        assert "errorlist" not in text(response)
        assert set(response.context["page"].object_list) == conversations
    for query in reviews:
        assert "errorlist" not in text(manage.get(reverse("console:reviews") + query))


def test_messages_that_no_filter_finds_have_no_link(manage: Client, version: ModelVersion) -> None:
    alarm_of(version, Change("language", "xx", 0.1, 0.3, 60, 1e-9))
    page = text(manage.get(PAGE))
    assert "Messages in xx grew" in page
    assert "href" not in page[page.index("drift-reasons") : page.index("raised")]


def test_a_model_that_does_not_fit_is_explained(teach: Client, version: ModelVersion) -> None:
    alarm_of(version, Change("unlike_training", "", 0.03, 0.6, 60, 1e-9))
    page = text(teach.get(PAGE)).replace("1,200", "1200")
    assert "60.0 % of the messages are out of scope for the model" in page
    assert "compared with 1200 utterances that the training of v1 held out:" in page
    assert "before (answered by" not in page


def test_people_look_after_it_and_close_it(teach: Client, version: ModelVersion) -> None:
    learned(version, 6 * BLOCK)
    alarm = alarm_of(version)
    page = text(teach.post(reverse("console:drift_acknowledge", args=[alarm.pk]), follow=True))
    assert "operator looks after it" in page
    assert "I look after it" not in page
    page = text(teach.post(reverse("console:drift_close", args=[alarm.pk]), follow=True))
    assert "Earlier alarms" in page
    assert "by operator" in page
    assert "It learns what is normal" in page
    assert "Close: this is normal now" not in page
    assert "The messages of customers have changed" not in text(teach.get(OVERVIEW))


def test_what_somebody_else_did_before_is_said(teach: Client, version: ModelVersion) -> None:
    alarm = alarm_of(version)
    assert "Closed. The watch learns anew" in text(
        teach.post(reverse("console:drift_close", args=[alarm.pk]), follow=True)
    )
    for name in ("console:drift_close", "console:drift_acknowledge"):
        page = text(teach.post(reverse(name, args=[alarm.pk]), follow=True))
        assert "The alarm is closed already." in page
        assert "Closed. The watch learns anew" not in page
        assert "Colleagues see that you look after it." not in page
    again = alarm_of(version)
    acknowledge_alarm(alarm=again, actor=None)
    page = text(teach.post(reverse("console:drift_acknowledge", args=[again.pk]), follow=True))
    assert "Somebody looks after it already." in page
    assert "Colleagues see that you look after it." not in page


def test_an_agent_sees_the_alarm_but_does_not_close_it(version: ModelVersion) -> None:
    alarm = alarm_of(version)
    agent = signed_in(make_person("agent"))
    page = text(agent.get(OVERVIEW))
    assert "The messages of customers have changed" in page
    assert "Close: this is normal now" not in page
    assert PAGE not in page
    assert agent.post(reverse("console:drift_close", args=[alarm.pk])).status_code == 403


def test_another_workspace_s_alarm_is_not_there(teach: Client, version: ModelVersion) -> None:
    other = make_shop("other")
    other.version.status = "active"
    other.version.activated_at = timezone.now()
    other.version.save()
    alarm = alarm_of(other.version)
    assert "have changed" not in text(teach.get(OVERVIEW))
    assert teach.post(reverse("console:drift_close", args=[alarm.pk])).status_code == 404
    alarm.refresh_from_db()
    assert alarm.is_open


def test_reasons_of_another_program_are_left_out(teach: Client, version: ModelVersion) -> None:
    alarm = alarm_of(version)
    DriftAlarm.objects.filter(pk=alarm.pk).update(reasons=[{"kind": "future"}, 7])
    assert teach.get(PAGE).status_code == 200
