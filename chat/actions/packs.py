"""Installing a scenario pack: everything that is missing is added, nothing that staff changed is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from chat.actions.behaviour import save_policy
from chat.actions.business import install_actions, is_demo, update_connection
from chat.actions.flows import create_flow, publish_flow
from chat.actions.invitation_rules import RuleContent, create_rule
from chat.actions.profile_attributes import list_attributes
from chat.business.action_reader import ActionFile
from chat.dialogue.flow_reader import flow_of as definition_of
from chat.errors import FlowNotReady, InvalidInput
from chat.models import (
    BehaviourPolicy,
    Connection,
    Flow,
    IntentHandling,
    InvitationRule,
    QuickReply,
    RecordedConversation,
    ReplyTemplate,
    Site,
)
from chat.packs import Pack, PackArticle, PackEntity, PackIntent, demo_trades
from chat.packs.invitations import PackInvitations
from nlu.actions.articles import create_article, publish_article
from nlu.actions.audit import Actor, record
from nlu.actions.masking import update_rule
from nlu.actions.utterances import NewUtterance, chunks, store_chunk
from nlu.actions.workspaces import create_workspace
from nlu.models import Article, EntitySynonym, EntityType, EntityValue, Intent, IntentTitle, Workspace
from nlu.models.intents import UtteranceSource
from nlu.vault_keys import ensure_key_file, has_key


@dataclass(frozen=True, slots=True)
class PackReport:
    """What was added."""

    workspace: str
    site: str
    intents: int
    utterances: int
    articles: int
    flows: int = 0


def nobody_watches(_looked_at: int) -> None:
    """Where nobody asks how far an installation is."""


def install_pack(
    *,
    pack: Pack,
    workspace_slug: str = "",
    considerate: bool = True,
    watch: Callable[[int], None] = nobody_watches,
    actor: Actor = None,
) -> PackReport:
    """Install the pack into its own workspace or the named one. Installing it again adds only what is missing.

    `considerate` leaves room for live chats, which an installation that is not started yet does not need. `watch`
    is told how many more of `size_of` the pack are looked at; what it raises stops the installation where it is.
    """
    slug = workspace_slug or pack.workspace_slug
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        workspace = create_workspace(
            slug=slug, name=pack.workspace_name, default_locale=pack.default_locale, actor=actor
        )
    install_entities(workspace, pack)
    before = Intent.objects.filter(workspace=workspace).count()
    for intent in pack.intents:
        install_intent(workspace, intent, pack)
    watch(0)
    utterances = install_utterances(workspace, pack, considerate=considerate, watch=watch)
    # An intent is answered with its oldest article: the one that the pack names comes before others about it.
    named = {one.article for one in pack.handlings.values()}
    in_order = sorted(pack.articles, key=lambda article: article.slug not in named)
    articles = 0
    for article in in_order:
        articles += install_article(workspace, article)
        watch(1)
    if pack.actions is not None:
        install_connection(workspace, pack.actions)
    flows = install_flows(workspace, pack)
    if flows:
        keep_originals(workspace, pack, actor)
    watch(len(pack.flows))
    own = not workspace_slug or workspace_slug == pack.workspace_slug
    site = install_site(workspace, pack, own=own)
    if pack.invitations is not None:
        install_invitations(site, pack.invitations, with_policy=own and settings.DEMO_SHOP)
    intents = Intent.objects.filter(workspace=workspace).count() - before
    record(actor=actor, action="pack.installed", target=workspace, workspace=workspace, summary=pack.name)
    return PackReport(
        workspace=slug, site=site.key, intents=intents, utterances=utterances, articles=articles, flows=flows
    )


@transaction.atomic
def install_entities(workspace: Workspace, pack: Pack) -> None:
    """Types with their patterns, values and synonyms of all languages."""
    for name, pattern in pack.patterns.items():
        EntityType.objects.get_or_create(workspace=workspace, name=name, defaults={"pattern": pattern})
    for entity in pack.entities:
        install_entity(workspace, entity)


def install_entity(workspace: Workspace, entity: PackEntity) -> None:
    """One type's values in one language."""
    kind, _made = EntityType.objects.get_or_create(
        workspace=workspace, name=entity.name, defaults={"title": entity.title}
    )
    for text, synonyms in entity.values.items():
        value, _made = EntityValue.objects.get_or_create(entity_type=kind, value=text)
        known = set(value.synonyms.values_list("text", flat=True))
        EntitySynonym.objects.bulk_create(
            EntitySynonym(value=value, text=synonym) for synonym in dict.fromkeys(synonyms) if synonym not in known
        )


@transaction.atomic
def install_intent(workspace: Workspace, words: PackIntent, pack: Pack) -> None:
    """The intent's row, its title, handling and replies in one language, where it has none yet."""
    intent, _made = Intent.objects.get_or_create(
        workspace=workspace, name=words.name, defaults={"description": words.description}
    )
    IntentTitle.objects.get_or_create(intent=intent, locale=words.locale, defaults={"title": words.title})
    IntentHandling.objects.get_or_create(intent=intent, defaults={"kind": pack.handlings[words.name].kind})
    if not ReplyTemplate.objects.filter(intent=intent, locale=words.locale).exists():
        ReplyTemplate.objects.bulk_create(
            ReplyTemplate(intent=intent, locale=words.locale, position=position, text=text)
            for position, text in enumerate(words.replies)
        )
    if not QuickReply.objects.filter(intent=intent, locale=words.locale).exists():
        QuickReply.objects.bulk_create(
            QuickReply(intent=intent, locale=words.locale, position=position, text=text)
            for position, text in enumerate(words.quick_replies)
        )


def size_of(pack: Pack) -> int:
    """Utterances, examples of out of scope, articles and flows: what takes time to install."""
    utterances = sum(len(words.utterances) for words in pack.intents)
    return utterances + len(pack.out_of_scope) + len(pack.articles) + len(pack.flows)


def install_utterances(
    workspace: Workspace, pack: Pack, *, considerate: bool, watch: Callable[[int], None]
) -> int:
    """All utterances and the examples of out of scope; how many were new."""
    items = [
        NewUtterance(text=one.text, intent=words.name, entities=one.entities, locale=words.locale)
        for words in pack.intents
        for one in words.utterances
    ]
    items += [NewUtterance(text=text, intent="", locale=locale) for locale, text in pack.out_of_scope]
    added = 0
    for piece in chunks(items, considerate=considerate):
        added += store_chunk(workspace=workspace, items=piece, source=UtteranceSource.PACK).added
        watch(len(piece))
    return added


def install_article(workspace: Workspace, words: PackArticle) -> bool:
    """Create and publish one article unless its address is taken; whether it was new."""
    if Article.objects.filter(workspace=workspace, slug=words.slug, locale=words.locale).exists():
        return False
    article = create_article(
        workspace=workspace,
        slug=words.slug,
        locale=words.locale,
        title=words.title,
        body=words.body,
        questions="\n".join(words.questions),
        intent=Intent.objects.filter(workspace=workspace, name=words.intent).first() if words.intent else None,
        source=words.source,
        actor=None,
    )
    publish_article(article=article, actor=None)
    return True


def install_connection(workspace: Workspace, file: ActionFile) -> None:
    """The pack's connection: to the demo backend where this installation runs it, else without an address."""
    demo = settings.DEMO_BACKEND_URL if file.connection.demo else ""
    if demo:
        ensure_key_file()  # nothing seals the demo's token otherwise where `prepare` has not run
    install_actions(
        workspace=workspace,
        file=file,
        base_url=f"{demo}/{file.connection.demo}" if demo else "",
        secret_value=settings.DEMO_BACKEND_TOKEN if demo else "",
        actor=None,
    )


def keep_originals(workspace: Workspace, pack: Pack, actor: Actor) -> None:
    """Have the masking rules keep what the pack's new flows pass on; not where there is no key to seal it with."""
    if not has_key():
        return
    for rule in workspace.masking_rules.filter(recognizer__in=pack.keeps, keeps_original=False):
        update_rule(rule=rule, keeps_original=True, actor=actor)


def follow_demo_backend() -> int:
    """Lead connections to the demo backend of an earlier start, at another port, to this one's; how many.

    What staff connected to other systems, or at another path, stays.
    """
    here = settings.DEMO_BACKEND_URL
    rows = Connection.objects.select_related("workspace", "secret").exclude(base_url="")
    astray = list(rows.exclude(base_url__startswith=f"{here}/")) if here else []
    trades = demo_trades() if astray else {}
    moved = 0
    for connection in astray:
        trade = trades.get(connection.name, "")
        if trade and is_demo(connection.base_url, f"{here}/{trade}"):
            update_connection(
                connection=connection,
                base_url=f"{here}/{trade}",
                header=connection.header,
                scheme=connection.scheme,
                secret_value=settings.DEMO_BACKEND_TOKEN,
                actor=None,
            )
            moved += 1
    return moved


@transaction.atomic
def install_flows(workspace: Workspace, pack: Pack) -> int:
    """Create and publish the flows that are missing, and add missing recorded conversations; how many were new."""
    known = set(Flow.objects.filter(workspace=workspace).values_list("name", flat=True))
    # All of them before any is published: flows may go to each other.
    missing = [
        create_flow(workspace=workspace, definition=one.definition, actor=None)
        for one in pack.flows
        if one.name not in known
    ]
    for flow in missing:
        try:
            publish_flow(flow=flow, note=pack.name, actor=None)
        except FlowNotReady as error:
            raise InvalidInput(f"{flow.name}: {error}") from None
    list_attributes(
        workspace=workspace,
        names={
            slot.profile: slot.title
            for flow in missing
            for slot in definition_of(flow.draft).slots.values()
            if slot.profile
        },
    )
    recorded = set(RecordedConversation.objects.filter(workspace=workspace).values_list("locale", "name"))
    RecordedConversation.objects.bulk_create(
        RecordedConversation(workspace=workspace, name=one.name, locale=one.locale, script=one.script)
        for one in pack.conversations
        if (one.locale, one.name) not in recorded
    )
    return len(missing)


def install_site(workspace: Workspace, pack: Pack, *, own: bool) -> Site:
    """The pack's site; for another workspace than the pack's own, a site under that workspace's name."""
    key = pack.site_key if own else f"{workspace.slug}-{pack.site_key}"
    site, _made = Site.objects.get_or_create(
        key=key, defaults={"workspace": workspace, "name": pack.site_name, "locale": pack.site_locale}
    )
    allow_demo_shop(site)
    return site


@transaction.atomic
def install_invitations(site: Site, invitations: PackInvitations, *, with_policy: bool) -> None:
    """The pack's rules that are missing; its policy only for the demo shop, and only while that has none.

    No other site ever begins to keep events because a pack was installed.
    """
    known = set(InvitationRule.objects.filter(workspace=site.workspace).values_list("name", flat=True))
    flows = {flow.name: flow for flow in Flow.objects.filter(workspace=site.workspace)}
    for rule in invitations.rules:
        if rule.name in known:
            continue
        content = RuleContent(
            name=rule.name,
            conditions=rule.conditions,
            words=rule.words,
            flow=flows.get(rule.flow),
            priority=rule.priority,
            most_ever=rule.most_ever,
        )
        create_rule(workspace=site.workspace, content=content, actor=None)
    has_policy = BehaviourPolicy.objects.filter(site=site).exists()
    if invitations.basis and with_policy and not has_policy:
        save_policy(
            site=site,
            is_on=True,
            basis=invitations.basis,
            basis_note=invitations.note,
            kept_days=invitations.kept_days,
            invitations_a_day=1,
            quiet_hours=24,
            actor=None,
        )


def allow_demo_shop(site: Site) -> None:
    """Let the demo shop of this start embed the widget; addresses of earlier starts and of staff stay."""
    if not settings.DEMO_SHOP:
        return
    shop = settings.PORT + 1
    wanted = [f"http://127.0.0.1:{shop}", f"http://localhost:{shop}"]
    missing = [origin for origin in wanted if origin not in site.allowed_origins]
    if missing:
        site.origins = "\n".join([*site.allowed_origins, *missing])
        site.save(update_fields=["origins"])
