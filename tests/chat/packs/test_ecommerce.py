"""The online shop's pack: what it says of products is what its backend says, and its conversations are fresh."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from chat.actions.packs import install_pack
from chat.dialogue.flow_text import load_yaml
from chat.dialogue.scripts import Script, read_scripts, script_of
from chat.invitation_facts import rules_of_site
from chat.models import BehaviourPolicy, InvitationRule, Site
from chat.packs import PACKS, product_articles, read_pack
from chat.proactive.rules import Caps, Happened, Situation, decide
from deploy.demo_backend.trades.ecommerce_data import seed
from deploy.demo_backend.trades.ecommerce_products import PRODUCTS
from nlu.pipeline.normalizer import canonical

HELD_BACK = Path(__file__).resolve().parent.parent.parent / "packs_held" / "ecommerce"
LOCALES = ("zh-hans", "en")
BARE = 8
"""Characters of a turn that is hardly more than a value, which conversations may share."""


@pytest.fixture(scope="module")
def pack():
    return read_pack("ecommerce")


def recorded(pack, locale: str) -> list[Script]:
    return [script_of(one.script, one.name) for one in pack.conversations if one.locale == locale]


def held_back(locale: str) -> list[Script]:
    return read_scripts((HELD_BACK / f"{locale}.yaml").read_text(encoding="utf-8"))


def turns(scripts: list[Script]) -> set[str]:
    return {canonical(turn.user) for script in scripts for turn in script.turns}


def test_the_catalogue_says_what_the_backend_says():
    items = load_yaml((PACKS / "ecommerce" / "catalogue.yaml").read_text(encoding="utf-8"))["items"]
    assert list(items) == [product.id for product in PRODUCTS]
    for product in PRODUCTS:
        item = items[product.id]
        assert item["name"] == {"zh-hans": product.name_zh, "en": product.name_en}
        assert item["price"] == str(product.price)
        assert item.get("warranty_months", "0") == str(product.warranty_months)
        facts = {key: (one["value"]["zh-hans"], one["value"]["en"]) for key, one in item["attributes"].items()}
        assert facts == {fact.key: (fact.zh, fact.en) for fact in product.facts}
        assert item.get("sizes", []) == list(dict.fromkeys(one.size for one in product.options if one.size))


def test_articles_about_products_are_what_the_catalogue_makes():
    made = dict(product_articles.articles())
    assert len(made) == 2 * len(PRODUCTS)
    for file, text in made.items():
        assert file.read_text(encoding="utf-8") == text, file.name
    assert {
        file for locale in LOCALES for file in (PACKS / "ecommerce" / locale).glob("articles/products-*")
    } == set(made)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_product_is_recognised_by_its_name(pack, locale):
    listed = next(one for one in pack.entities if one.name == "shop_item" and one.locale == locale)
    names = [product.name_zh if locale == "zh-hans" else product.name_en for product in PRODUCTS]
    assert list(listed.values) == names


@pytest.mark.parametrize("locale", LOCALES)
def test_sizes_and_colours_of_the_backend_are_values_of_the_lists(pack, locale):
    lists = {one.name: one.values for one in pack.entities if one.locale == locale}
    forms = {form for value, others in lists["size"].items() for form in (value, *others)}
    for product in PRODUCTS:
        for option in product.options:
            assert not option.size or option.size in forms or f"{option.size}码" in forms
            colour = option.colour_zh if locale == "zh-hans" else option.colour_en
            assert not colour or colour in lists["colour"]


@pytest.mark.parametrize("locale", LOCALES)
def test_conversations_are_enough_and_about_orders_that_exist(pack, locale):
    assert len(recorded(pack, locale)) >= 20
    assert len(held_back(locale)) >= 10
    flows = {flow.name for flow in pack.flows}
    clock = next(iter(recorded(pack, locale))).clock
    orders = seed(clock).orders
    begun = set()
    for script in (*recorded(pack, locale), *held_back(locale)):
        assert script.clock == clock
        begun |= {turn.flow for turn in script.turns if turn.flow} | {script.end.flow or ""}
        number = script.end.slots.get("order_no", "")
        assert not number or number in orders
    # The help with paying is begun by an invitation, after an event and not after words.
    assert begun - {""} >= flows - {"request_refund", "payment_help"}


@pytest.mark.parametrize("locale", LOCALES)
def test_no_turn_was_learned_from_and_held_back_ones_are_new(pack, locale):
    learned = {canonical(one.text) for words in pack.intents if words.locale == locale for one in words.utterances}
    taps = {canonical(tap) for tap in taps_of(locale)}
    spoken, held = turns(recorded(pack, locale)), turns(held_back(locale))
    assert ((spoken | held) - taps) & learned == set()
    assert {one for one in (spoken & held) - taps if len(one) > BARE} == set()


def taps_of(locale: str) -> list[str]:
    """Labels of options and quick replies: customers tap them, so conversations repeat them."""
    found: list[str] = []

    def collect(node: object, key: str) -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                collect(value, key if name == locale else name)
        elif isinstance(node, list):
            for value in node:
                collect(value, key)
        elif isinstance(node, str) and key in ("label", "quick_replies"):
            found.append(node)

    for file in (PACKS / "ecommerce" / "flows").glob("*.yaml"):
        collect(load_yaml(file.read_text(encoding="utf-8")), "")
    return found


def test_invitations_are_in_both_languages_and_lead_to_flows_of_the_pack(pack):
    rules = pack.invitations.rules
    assert {one.flow for one in rules} <= {flow.name for flow in pack.flows}
    for one in rules:
        assert set(one.words) == set(LOCALES)
        assert one.conditions.pages
    assert pack.invitations.basis
    assert pack.invitations.note


@pytest.mark.django_db
def test_the_demo_shop_alone_takes_events_and_what_staff_changed_stays(settings, pack):
    install_pack(pack=pack)
    first = BehaviourPolicy.objects.get()
    assert (first.site.key, first.is_on) == ("demo-shop", True)
    InvitationRule.objects.filter(priority=50).update(is_on=False, priority=51)
    BehaviourPolicy.objects.update(is_on=False)
    install_pack(pack=pack)
    assert InvitationRule.objects.count() == len(pack.invitations.rules)
    assert not InvitationRule.objects.get(priority=51).is_on
    assert not BehaviourPolicy.objects.get().is_on
    install_pack(pack=pack, workspace_slug="another")
    assert InvitationRule.objects.count() == 2 * len(pack.invitations.rules)
    assert BehaviourPolicy.objects.count() == 1


@pytest.mark.django_db
def test_a_failed_payment_at_the_checkout_fires_the_packs_rule(pack):
    install_pack(pack=pack)
    site = Site.objects.get(key="demo-shop")
    for page, event, fires in (
        ("/en/checkout/", "payment_failed", "payment_help"),
        ("/en/checkout/", "", ""),
        ("/en/", "payment_failed", ""),
    ):
        rules = rules_of_site(workspace_id=site.workspace_id, site_id=site.pk)
        now = timezone.localtime()
        events = (Happened(event, now),) if event else ()
        chosen = decide(rules, Situation(now=now, page=page, locale="en", events=events), Caps()).chosen
        assert (chosen.flow if chosen is not None else "") == fires
