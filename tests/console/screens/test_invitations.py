"""Invitation rules in the console: made, tried, switched, counted; and a site's behaviour policy."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from chat.actions.behaviour import save_policy
from chat.actions.flows import create_flow, publish_flow
from chat.actions.visitors import create_visitor
from chat.dialogue.flow_text import load_yaml
from chat.models import BehaviourPolicy, Conversation, Flow, Invitation, InvitationRule, Message
from chat.proactive.rules import Reason
from console.invitation_words import reason_text
from nlu.models import AuditEntry
from tests.console.screens.shop import Shop, make_shop

URL = "/console/invitations/"
FLOW = """
name: pay_help
title: {en: Help with paying}
slots: {what: {type: text, title: {en: what}}}
steps:
  - {id: ask, ask: what, text: {en: "What happened?"}}
  - {id: bye, end: {en: "Try another card."}}
"""


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def flow(shop: Shop) -> Flow:
    made = create_flow(workspace=shop.workspace, definition=load_yaml(FLOW), actor=None)
    publish_flow(flow=made, actor=None)
    made.refresh_from_db()
    return made


@pytest.fixture
def form(flow: Flow) -> dict[str, object]:
    return {
        "name": "After a failed payment",
        "flow": flow.pk,
        "pages": "/checkout/*\n/pay",
        "event": "payment_failed",
        "within_minutes": "15",
        "cart_amount": "99.5",
        "cart_currency": "cny",
        "seconds": "",
        "visitor": "",
        "weekdays": ["1", "2"],
        "opens": "09:00",
        "closes": "18:00",
        "text-en": "May I help with the payment?",
        "quick-en": "Yes, please\n",
        "priority": "50",
        "most_ever": "2",
    }


def test_a_rule_is_made_changed_switched_and_deleted(teach: Client, shop: Shop, form, flow) -> None:
    assert teach.post(f"{URL}new/", form).status_code == 302
    rule = InvitationRule.objects.get(name="After a failed payment")
    assert rule.conditions == {
        "pages": ["/checkout/*", "/pay"],
        "event": "payment_failed",
        "within_minutes": "15",
        "cart_at_least": {"amount": "99.50", "currency": "CNY"},
        "weekdays": ["1", "2"],
        "opens": "09:00",
        "closes": "18:00",
    }
    assert rule.texts == {"en": {"text": "May I help with the payment?", "quick_replies": ["Yes, please"]}}
    assert (rule.flow, rule.priority, rule.most_ever, rule.is_on) == (flow, 50, 2, True)
    # The form shows what is stored, and saves it unchanged.
    page = teach.get(f"{URL}{rule.pk}/")
    fields = page.context["form"]
    again = {name: fields[name].value() for name in fields.fields if fields[name].value() is not None}
    teach.post(f"{URL}{rule.pk}/", again | {"name": "Renamed"})
    changed = InvitationRule.objects.get(pk=rule.pk)
    assert (changed.name, changed.conditions, changed.texts) == ("Renamed", rule.conditions, rule.texts)
    teach.post(reverse("console:invitation_switch", args=[rule.pk]))
    assert not InvitationRule.objects.get(pk=rule.pk).is_on
    delete = reverse("console:invitation_delete", args=[rule.pk])
    assert "Delete “Renamed”?" in text(teach.get(delete))
    teach.post(delete)
    assert not InvitationRule.objects.filter(pk=rule.pk).exists()
    actions = AuditEntry.objects.filter(action__startswith="invitation_rule.").values_list("action", flat=True)
    assert {one.split(".")[1] for one in actions} == {"created", "updated", "switched_off", "deleted"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": ""}, "name"),
        ({"flow": ""}, "flow"),
        ({"flow": "999999"}, "flow"),
        ({"pages": "checkout"}, "no path"),
        ({"pages": "/*a*b*c*d*e*f"}, "stars"),
        ({"cart_currency": ""}, "cart_currency"),
        ({"cart_currency": "7!"}, "currency"),
        ({"cart_amount": "-1"}, "cart_amount"),
        ({"seconds": "99999"}, "seconds"),
        ({"closes": ""}, "beginning and an end"),
        ({"opens": "25:00"}, "such as 09:00"),
        ({"text-en": ""}, "at least one language"),
        ({"text-en": "x" * 201}, "text-en"),
        ({"quick-en": "a\nb\nc\nd"}, "more than 3"),
        ({"weekdays": ["9"]}, "weekdays"),
        ({"priority": "101"}, "priority"),
        ({"most_ever": "0"}, "most_ever"),
    ],
    ids=str,
)
def test_a_rule_that_makes_no_sense_is_refused_with_a_reason(
    teach: Client, shop: Shop, form, change, told
) -> None:
    count = InvitationRule.objects.count()
    response = teach.post(f"{URL}new/", form | change)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert told in errors or told in str(errors)
    assert InvitationRule.objects.count() == count
    assert teach.post(f"{URL}new/", form).status_code == 302


def test_a_name_is_taken_once(teach: Client, shop: Shop, form) -> None:
    assert teach.post(f"{URL}new/", form).status_code == 302
    assert "already" in text(teach.post(f"{URL}new/", form))


def test_flows_and_sites_of_others_cannot_be_chosen(teach: Client, shop: Shop, form) -> None:
    other = make_shop("other")
    response = teach.post(f"{URL}new/", form | {"site": other.site.pk})
    assert response.status_code == 422
    assert teach.post(f"{URL}new/", form | {"site": shop.site.pk}).status_code == 302


def test_the_preview_shows_what_is_typed_and_stores_nothing(teach: Client, shop: Shop, form) -> None:
    count = InvitationRule.objects.count()
    headers = {"HX-Request": "true", "HX-Target": "preview"}
    page = text(teach.post(f"{URL}new/", form | {"name": "", "text-en": "<b>Bold</b> help?"}, headers=headers))
    assert "<html" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; help?" in page
    assert "Yes, please" in page
    assert InvitationRule.objects.count() == count


def test_trying_says_which_rule_invites_and_why_not_the_others(teach: Client, shop: Shop, form) -> None:
    always = {"weekdays": [], "opens": "", "closes": ""}
    teach.post(f"{URL}new/", form | always)
    asked = {
        "try-site": shop.site.pk,
        "try-page": "/checkout/pay",
        "try-seconds": "3",
        "try-event": "payment_failed",
        "try-amount": "120",
        "try-currency": "cny",
        "try-locale": "en",
    }
    headers = {"HX-Request": "true"}
    response = teach.get(f"{URL}try/", asked, headers=headers)
    trial = response.context["trial"]
    assert trial.chosen.name == "After a failed payment"
    assert not trial.is_live
    assert "takes no behaviour events" in text(response)
    [other] = [one for one in trial.tried if not one.fires]
    assert other.rule.name == "Stuck"
    with translation.override("en"):
        assert list(other.reasons) == [reason_text(Reason("no_flow")), reason_text(Reason("seconds", "60", "3"))]
    for change in ({"try-page": "/"}, {"try-event": ""}, {"try-amount": "9"}, {"try-currency": "EUR"}):
        assert teach.get(f"{URL}try/", asked | change, headers=headers).context["trial"].chosen is None
    # Without scripts it is a page of its own; nonsense is told.
    assert "<html" in text(teach.get(f"{URL}try/", asked))
    assert teach.get(f"{URL}try/", asked | {"try-page": "x"}, headers=headers).status_code == 422
    assert not Invitation.objects.exists()


def invited(shop: Shop, *, said: bool, **steps: bool) -> Invitation:
    conversation = create_visitor(site=shop.site, locale="en").conversation
    if said:
        Conversation.objects.filter(pk=conversation.pk).update(sequence=1)
        Message.objects.create(
            conversation=conversation, sequence=1, author="bot", text="May I help?", created_at=timezone.now()
        )
    now = timezone.now()
    times = {f"{step}_at": now - timedelta(minutes=1) for step, done in steps.items() if done}
    return Invitation.objects.create(
        rule=shop.invitation_rule,
        visitor=conversation.visitor,
        conversation=conversation,
        locale="en",
        page="/checkout/",
        offered_at=now,
        **times,
    )


def test_figures_are_links_to_the_conversations_behind_them(teach: Client, shop: Shop) -> None:
    done = invited(shop, said=True, shown=True, accepted=True, completed=True)
    silent = invited(shop, said=False, shown=True, dismissed=True)
    invited(shop, said=False)
    page = text(teach.get(URL))
    people = reverse("console:invitation_people", args=[shop.invitation_rule.pk])
    for step, count in (("shown", 2), ("accepted", 1), ("dismissed", 1), ("completed", 1)):
        assert f'<a href="{people}?step={step}">{count}</a>' in page
        assert len(teach.get(people, {"step": step}).context["page"].object_list) == count
    listed = text(teach.get(people))
    assert reverse("console:transcript", args=[done.conversation.uuid]) in listed
    # Somebody who said nothing has no transcript to open.
    assert reverse("console:transcript", args=[silent.conversation.uuid]) not in listed
    assert teach.get(people, {"step": "nonsense"}).context["step"] == "shown"


def test_the_list_is_filtered_and_exported(teach: Client, shop: Shop, form) -> None:
    teach.post(f"{URL}new/", form)
    InvitationRule.objects.filter(name="Stuck").update(is_on=False)
    stuck = InvitationRule.objects.get(name="Stuck")
    stuck.texts = {**stuck.texts, "zh-hans": {"text": "需要帮忙吗？"}}
    stuck.save()
    names = {
        "": ["After a failed payment", "Stuck"],
        "?only=on": ["After a failed payment"],
        "?only=off": ["Stuck"],
        "?q=PAYMENT": ["After a failed payment"],
        "?q=帮忙": ["Stuck"],
        "?q=quick_replies": [],
        "?q=nothing": [],
    }
    for query, wanted in names.items():
        assert [row.rule.name for row in teach.get(URL + query).context["rows"]] == wanted
    lines = b"".join(teach.get(f"{URL}?format=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert [line[0] for line in csv.reader(lines)] == ["name", "After a failed payment", "Stuck"]


def test_without_rules_the_page_says_how_to_begin(teach: Client, shop: Shop) -> None:
    InvitationRule.objects.all().delete()
    page = text(teach.get(URL))
    assert reverse("console:invitation_create") in page
    assert "try-page" not in page


POLICY = {
    "is_on": "on",
    "basis": "legitimate_interests",
    "basis_note": "DPIA 7",
    "kept_days": "14",
    "invitations_a_day": "2",
    "quiet_hours": "12",
}


def test_a_site_takes_events_once_a_basis_is_recorded(manage: Client, shop: Shop, administrator) -> None:
    url = reverse("console:site_behaviour", args=[shop.site.pk])
    assert url in text(manage.get(reverse("console:site", args=[shop.site.pk])))
    for change in (
        {"basis": ""},
        {"basis_note": ""},
        {"kept_days": "0"},
        {"kept_days": "x"},
        {"quiet_hours": "-1"},
    ):
        assert manage.post(url, POLICY | change).status_code == 422
    assert not BehaviourPolicy.objects.exists()
    assert manage.post(url, POLICY).status_code == 302
    policy = BehaviourPolicy.objects.get()
    assert (policy.is_on, policy.kept_days, policy.recorded_by) == (True, 14, administrator)
    page = text(manage.get(url))
    assert "Recorded on" in page
    manage.post(url, {**POLICY, "is_on": ""})
    assert not BehaviourPolicy.objects.get().is_on


def test_a_basis_that_nobody_signed_in_recorded(manage: Client, shop: Shop) -> None:
    fields = {"basis": "contract", "basis_note": "x", "kept_days": 9, "invitations_a_day": 1, "quiet_hours": 1}
    save_policy(site=shop.site, is_on=True, actor=None, **fields)
    assert manage.get(reverse("console:site_behaviour", args=[shop.site.pk])).status_code == 200
