"""The site's word about a browser ends: then what is known of the customer is not that browser's any more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from chat.actions.identities import open_session
from chat.actions.profile_entries import Fact, learn_facts, settle_consent
from chat.actions.visitors import Session, create_visitor
from chat.business.installed import vault_opener
from chat.models import Consent, Customer, ProfileEntry, Visitor
from chat.profiles import usable_profiles
from tests.chat.profile.conftest import Shop
from tests.chat.profile.test_about_me import ask
from tests.chat.profile.test_learning import turn

pytestmark = [pytest.mark.django_db, pytest.mark.persistence]
FACT = Fact("booking", "TR1", {"en": "Booking"})


@pytest.fixture
def remembering(shop) -> Shop:
    shop.site.offers_to_remember = True
    shop.site.save()
    shop.attribute("tier", "interest")
    shop.attribute("email", kind="email")
    return shop


def signed_in(shop: Shop, *, agreed: bool = True) -> Session:
    session = shop.session(sub="wang", attributes={"tier": "gold"}, email="wang@shop.example")
    if agreed:
        settle_consent(conversation=session.conversation, purpose=Consent.REMEMBER, given=True)
    return session


def lapse(session: Session) -> None:
    Visitor.objects.filter(pk=session.conversation.visitor_id).update(identified_until=timezone.now())
    session.conversation.visitor.refresh_from_db()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "", 200),
        ("delete", "", 204),
        ("delete", "/lines", 200),
        ("delete", "/lines/{line}", 200),
        ("put", "/purposes/remember", 200),
    ],
)
@pytest.mark.parametrize("lapsed", [False, True])
def test_an_old_word_opens_no_page_of_the_customers(remembering, method, path, status, lapsed):
    session = signed_in(remembering)
    if lapsed:
        lapse(session)
    line = ProfileEntry.objects.get(name="tier")
    answer = ask(remembering, session.token, method, path.format(line=line.uuid), {"given": False})
    if not lapsed:
        assert answer.status_code == status
        return
    assert (answer.status_code, answer.json()["code"]) == (403, "identity_required")
    assert answer["Cache-Control"] == "private, no-store"
    assert "wa…" not in answer.content.decode()
    assert ProfileEntry.objects.filter(pk=line.pk).exists()
    assert Consent.objects.get(purpose=Consent.REMEMBER).withdrawn_at is None


def test_who_is_known_by_the_browser_alone_needs_no_word(remembering):
    session = create_visitor(site=remembering.site, locale="en")
    settle_consent(conversation=session.conversation, purpose=Consent.REMEMBER, given=True)
    assert learn_facts(conversation=session.conversation, facts=[FACT], now=timezone.now()) == 1
    assert [one["title"] for one in ask(remembering, session.token).json()["lines"]] == ["Booking"]


@pytest.mark.parametrize("lapsed", [False, True])
def test_an_old_word_teaches_nothing(remembering, lapsed):
    session = signed_in(remembering)
    if lapsed:
        lapse(session)
    learned = learn_facts(conversation=session.conversation, facts=[FACT], now=timezone.now())
    assert learned == (0 if lapsed else 1)
    found = usable_profiles([session.conversation], timezone.now())
    assert found[session.conversation.pk].keeping == ("off" if lapsed else "on")


@pytest.mark.parametrize("agreed", [False, True])
@pytest.mark.parametrize("lapsed", [False, True])
def test_an_answer_that_comes_after_the_word_has_ended_settles_nothing(remembering, lapsed, agreed):
    session = signed_in(remembering, agreed=False)
    if lapsed:
        lapse(session)
    turn(session.conversation, agreed=agreed, wording="Shall I remember it?")
    assert Consent.objects.exists() is not lapsed


@pytest.mark.parametrize("lapsed", [False, True])
def test_an_old_word_opens_no_sealed_value(remembering, lapsed):
    session = signed_in(remembering)
    if lapsed:
        lapse(session)
    opened = vault_opener(remembering.site.workspace_id, str(session.conversation.uuid))
    assert opened(0, "[wa…@shop.example]") == (None if lapsed else "wang@shop.example")


@pytest.mark.parametrize("another", [False, True])
def test_the_word_ends_where_somebody_else_signs_in(remembering, another):
    here = signed_in(remembering)
    remembering.session(token=here.token, sub="chen" if another else "wang")
    assert ask(remembering, here.token).status_code == (403 if another else 200)


def test_the_word_ends_with_the_sign_out_in_this_browser_alone(remembering):
    here, there = signed_in(remembering), signed_in(remembering)
    assert ask(remembering, here.token).status_code == 200
    open_session(site=remembering.site, token=here.token, locale="en", identity="")
    assert ask(remembering, here.token).status_code == 403
    assert ask(remembering, there.token).status_code == 200
    again = remembering.session(token=here.token, sub="wang")
    assert again.token == here.token
    assert ask(remembering, here.token).status_code == 200
    assert Customer.objects.count() == 1
