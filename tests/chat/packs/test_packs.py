"""Scenario packs: the shipped ones are sound, and installing them is idempotent."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from chat.actions.business import create_connection, update_connection
from chat.actions.packs import follow_demo_backend, install_pack
from chat.catalogue import read_catalogue
from chat.dialogue.flow_reader import flow_of
from chat.dialogue.flow_text import load_yaml
from chat.errors import InvalidInput
from chat.models import Connection, QuickReply, ReplyTemplate, Site
from chat.packs import PACKS, available, read_marked, read_pack
from nlu.models import Article, EntityAnnotation, Intent, Utterance, Workspace
from nlu.pipeline.normalizer import canonical

MASKED = {"email": "email", "phone": "mobile"}
"""Types of values that are masked before a flow sees them, and the recognizers of their rules."""
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@pytest.fixture(scope="module", params=available())
def pack(request):
    return read_pack(request.param)


def test_every_intent_is_written_in_every_language(pack):
    written = Counter(words.name for words in pack.intents)
    assert set(written) == set(pack.handlings)
    locales = {words.locale for words in pack.intents}
    assert set(written.values()) == {len(locales)}


def test_enough_varied_utterances_and_replies(pack):
    for words in pack.intents:
        assert len(words.utterances) >= 25, f"{words.locale} {words.name}"
        assert words.replies, f"{words.locale} {words.name}"


def test_no_text_teaches_two_intents(pack):
    seen: dict[str, str] = {}
    for words in pack.intents:
        for one in words.utterances:
            assert seen.setdefault(canonical(one.text), words.name) == words.name, one.text
    for _locale, text in pack.out_of_scope:
        assert canonical(text) not in seen, text


def test_spans_are_whole_and_of_known_types(pack):
    known = {entity.name for entity in pack.entities} | set(pack.patterns) | {"date"}
    for words in pack.intents:
        for one in words.utterances:
            assert not re.search(r"\]\(|\)\[", one.text), one.text
            for start, end, kind in one.entities:
                assert 0 <= start < end <= len(one.text)
                assert kind in known, f"{words.name}: {kind}"


def test_articles_exist_in_every_language_and_intents_point_to_them(pack):
    slugs = {locale: {one.slug for one in pack.articles if one.locale == locale} for locale in ("zh-hans", "en")}
    assert slugs["zh-hans"] == slugs["en"]
    assert len(slugs["en"]) >= 40
    for handling in pack.handlings.values():
        assert not handling.article or handling.article in slugs["en"]
    for article in pack.articles:
        assert not article.intent or article.intent in pack.handlings


def test_marks_become_spans():
    marked = read_marked("is the [red](colour) [鞋](product) in?")
    assert marked.text == "is the red 鞋 in?"
    assert [(marked.text[start:end], kind) for start, end, kind in marked.entities] == [
        ("red", "colour"),
        ("鞋", "product"),
    ]


@pytest.mark.parametrize("name", ["nosuch", "../ecommerce", "", "ECOMMERCE"])
def test_unknown_packs_are_refused_with_the_list(name):
    with pytest.raises(InvalidInput, match="ecommerce"):
        read_pack(name)


@pytest.mark.django_db
def test_installing_twice_changes_nothing_and_keeps_what_staff_changed(settings):
    pack = read_pack("ecommerce")
    first = install_pack(pack=pack)
    assert first.intents == len(pack.handlings)
    assert first.articles == len(pack.articles) == Article.objects.filter(status="published").count()
    assert EntityAnnotation.objects.exists()
    ReplyTemplate.objects.filter(intent__name="greeting", locale="en").update(text="Our own words")
    counts = [model.objects.count() for model in (Intent, Utterance, ReplyTemplate, QuickReply, Article, Site)]
    second = install_pack(pack=pack)
    assert (second.intents, second.utterances, second.articles) == (0, 0, 0)
    assert counts == [
        model.objects.count() for model in (Intent, Utterance, ReplyTemplate, QuickReply, Article, Site)
    ]
    assert ReplyTemplate.objects.filter(intent__name="greeting", text="Our own words").exists()


@pytest.mark.django_db
def test_the_demo_shop_may_embed_the_widget_on_the_port_of_this_start(settings):
    settings.PORT = 9100
    install_pack(pack=read_pack("ecommerce"))
    settings.PORT = 9200
    install_pack(pack=read_pack("ecommerce"))
    origins = Site.objects.get(key="demo-shop").allowed_origins
    assert {"http://127.0.0.1:9101", "http://127.0.0.1:9201"} <= set(origins)


def test_masked_values_that_flows_pass_on_are_kept(pack):
    flows = [flow_of(one.definition) for one in pack.flows]
    types = {slot.type for flow in flows for slot in flow.slots.values()}
    assert set(pack.keeps) == {MASKED[one] for one in types & set(MASKED)}


@pytest.mark.django_db
@pytest.mark.parametrize("kept", [("email",), ()])
def test_the_workspace_of_a_pack_keeps_what_its_flows_need_and_no_more(kept, settings):
    whole = read_pack("ecommerce")
    intents = tuple(replace(one, utterances=()) for one in whole.intents)
    pack = replace(whole, intents=intents, out_of_scope=(), conversations=(), keeps=kept)
    install_pack(pack=pack)
    rules = Workspace.objects.get(slug="default").masking_rules
    assert tuple(rules.filter(keeps_original=True).values_list("recognizer", flat=True)) == kept
    rules.update(keeps_original=False)
    install_pack(pack=pack)
    assert not rules.filter(keeps_original=True).exists()


@pytest.mark.django_db
def test_connections_follow_the_demo_backend_to_another_port(settings):
    whole = read_pack("travel")
    pack = replace(whole, intents=(), handlings={}, articles=(), out_of_scope=(), flows=(), conversations=())
    settings.DEMO_BACKEND_URL, settings.DEMO_BACKEND_TOKEN = "http://127.0.0.1:9102", "a-token"
    install_pack(pack=pack)
    demo = Connection.objects.get(name="travel_backend")
    before = (demo.base_url, demo.secret.origin)
    assert before == ("http://127.0.0.1:9102/travel", "http://127.0.0.1:9102")
    assert follow_demo_backend() == 0
    own = create_connection(
        workspace=demo.workspace, name="erp", base_url="https://erp.example/travel", actor=None
    )
    settings.DEMO_BACKEND_URL = "http://127.0.0.1:9202"
    assert follow_demo_backend() == 1
    demo.refresh_from_db()
    assert (demo.base_url, demo.secret.origin) == ("http://127.0.0.1:9202/travel", "http://127.0.0.1:9202")
    update_connection(connection=demo, base_url="https://erp.example/travel", header="", scheme="", actor=None)
    assert follow_demo_backend() == 0
    own.refresh_from_db()
    assert own.base_url == "https://erp.example/travel"


@pytest.mark.django_db
def test_an_intent_is_answered_with_the_article_that_the_pack_names():
    whole = read_pack("aftersales")
    pack = replace(whole, intents=tuple(replace(one, utterances=()) for one in whole.intents), out_of_scope=())
    install_pack(pack=pack, considerate=False)
    articles = {(one.slug, one.locale) for one in pack.articles}
    about = {(one.slug, one.intent) for one in pack.articles}
    for locale in ("zh-hans", "en"):
        answers = read_catalogue(Workspace.objects.get(slug=pack.workspace_slug), locale).intents
        for name, handling in pack.handlings.items():
            if (handling.article, locale) in articles and (handling.article, name) in about:
                assert answers[name].article_slug == handling.article
    assert answers["warranty_policy"].article_slug == "warranty-rules"
    sources = {one.source for one in pack.articles}
    assert set(Article.objects.values_list("source", flat=True)) == sources


@pytest.mark.parametrize("locale", ["zh-hans", "en"])
def test_articles_made_from_the_catalogue_name_their_entry(pack, locale):
    text = (PACKS / pack.name / "catalogue.yaml").read_text(encoding="utf-8")
    catalogue = load_yaml(text)
    entries = catalogue.get("items") or {one["id"]: one for one in catalogue["devices"]}
    sources = {
        one.source.removeprefix("catalogue:") for one in pack.articles if one.locale == locale and one.source
    }
    assert sources <= set(entries)
    for article in pack.articles:
        if article.source and article.locale == locale:
            entry = entries[article.source.removeprefix("catalogue:")]
            assert set(NUMBER.findall(article.body)) <= set(NUMBER.findall(str(entry))), article.slug
