"""Every address of the project against every role. An address without a line here fails the suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from console.permissions import PERMISSIONS, ROLES
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import Shop, make_person, make_shop

# Screens: name -> the permission that opens them.
GENERATION = tuple(
    f"training_generation{end}" for end in ("", "_switch", "_start", "_run", "_progress", "_cancel", "_delete")
)
PROPOSALS = tuple(
    f"training_proposal{end}" for end in ("", "s", "s_export", "s_bulk", "_edit", "_undo", "_undo_last")
)
FLOWS = tuple(
    f"flow{end}"
    for end in (
        *("", "s", "_create", "_import", "_switch", "_delete", "_settings", "_step_add", "_step", "_step_delete"),
        *("_slot_add", "_slot", "_slot_delete", "_publish", "_export", "_versions", "_version", "_restore"),
        "_version_export",
        *("_try", "_try_start", "_try_say", "_try_call", "_try_keep", "_conversations", "_conversations_export"),
        *("_conversations_import", "_conversation", "_conversation_delete"),
        *("_result_accept", "_rehearsal", "_rehearsal_start", "_rehearsal_progress", "_rehearsal_cancel"),
    )
)
SCREENS = {
    "dashboard": "overview",
    "password": "overview",
    "workspace_choose": "overview",
    "workspace_create": "workspaces",
    "workspace_settings": "workspaces",
    **dict.fromkeys(("packs", "pack_install", "pack_progress", "pack_cancel"), "workspaces"),
    "inbox": "inbox",
    "inbox_rows": "inbox",
    "inbox_conversation": "inbox",
    "inbox_messages": "inbox",
    "inbox_erase": "erase",
    "transcripts": "own_transcripts",
    "transcripts_export": "transcripts",
    "transcript": "own_transcripts",
    "transcript_reveal": "reveal",
    "reviews": "review",
    "reviews_export": "review",
    "review_answer": "review",
    "review_undo": "review",
    "review_undo_last": "review",
    "review_turn": "review",
    "drift": "evaluate",
    "drift_acknowledge": "evaluate",
    "drift_close": "evaluate",
    "intents": "teach",
    "intent_create": "teach",
    "intent_outside": "teach",
    "intent_import": "teach",
    **dict.fromkeys((f"intent_import_{end}" for end in ("run", "progress", "cancel", "refused")), "teach"),
    "intents_export": "teach",
    "intents_export_page": "teach",
    "intent": "teach",
    "intent_edit": "teach",
    "intent_delete": "teach",
    "intent_reply": "teach",
    "utterance_add": "teach",
    "utterance_bulk": "teach",
    "utterance": "teach",
    "utterance_annotate": "teach",
    "utterance_unannotate": "teach",
    "undo": "teach",
    **dict.fromkeys((f"entity_type{end}" for end in ("", "s", "_create", "_edit", "_delete")), "teach"),
    "entity_value_add": "teach",
    "entity_value": "teach",
    "articles": "teach",
    "article": "teach",
    **dict.fromkeys(
        (f"article_{end}" for end in ("create", "preview", "publish", "archive", "revision")), "teach"
    ),
    **dict.fromkeys(
        (f"masking_{end}" for end in ("rules", "create", "edit", "move", "switch", "delete")), "teach"
    ),
    **dict.fromkeys(FLOWS, "teach"),
    "connections": "connect",
    **dict.fromkeys((f"connection_{end}" for end in ("create", "edit", "delete")), "connect"),
    **dict.fromkeys((f"connection_action{end}" for end in ("", "_create", "_try", "_delete")), "connect"),
    "invitations": "teach",
    "invitation": "teach",
    **dict.fromkeys((f"invitation_{end}" for end in ("create", "try", "switch", "delete", "people")), "teach"),
    "site_behaviour": "sites",
    "evaluation": "evaluate",
    "evaluation_import": "evaluate",
    "evaluation_export": "evaluate",
    "evaluation_delete": "evaluate",
    "evaluation_case": "evaluate",
    "data_health": "teach",
    "data_health_counts": "teach",
    "data_health_fix": "teach",
    "training": "teach",
    "training_start": "teach",
    "training_estimate": "teach",
    **dict.fromkeys(
        (f"training_encoder{end}" for end in ("s", "_start", "_progress", "_cancel", "_delete")), "teach"
    ),
    **dict.fromkeys((*GENERATION, *PROPOSALS), "teach"),
    "training_progress": "teach",
    "training_cancel": "teach",
    "training_version": "evaluate",
    "training_activate": "teach",
    "training_gate": "evaluate",
    "training_promise": "evaluate",
    "training_promise_save": "teach",
    "training_held_out": "evaluate",
    "training_retire": "teach",
    "training_shadow": "evaluate",
    "training_shadow_start": "teach",
    "training_shadow_stop": "teach",
    "training_shadow_turns": "evaluate",
    "probe": "teach",
    "probe_teach": "teach",
    **dict.fromkeys(("site_identity", "site_key_create", "site_key_revoke", "profile_attributes"), "sites"),
    **dict.fromkeys((f"profile_attribute_{end}" for end in ("create", "edit", "delete")), "sites"),
    **dict.fromkeys((f"routing_rule{end}" for end in ("s", "_create", "_edit", "_delete")), "route"),
    **dict.fromkeys(("sites", "site_create", "site", "tokens", "token_create", "token_revoke"), "sites"),
    **dict.fromkeys((f"staff{end}" for end in ("", "_create", "_edit", "_profile", "_password")), "staff"),
    "audit": "audit",
}
# Addresses of the console that everybody may open, and what anonymous people get there.
OPEN = {"login": 200, "logout": 302, "theme": 302, "language": 302, "strings": 200}
# Addresses outside the console; who may use them is tested beside their code.
ELSEWHERE = {
    "home",
    "healthz",
    "readyz",
    "metrics",
    "chat:loader",
    "chat:page",
    "chat:session",
    "chat:behaviour",
    "chat:invitation",
    "chat:about_me",
    "chat:about_me_lines",
    "chat:about_me_line",
    "chat:about_me_purpose",
    "chat:strings",
    "chat:help",
    "chat:help_article",
    "chat:api:parse",
    "chat:api:conversations",
    "chat:api:conversation",
    "chat:api:messages",
    "chat:api:articles",
    "chat:api:article",
    "chat:api:docs",
    "chat:api:schema",
    "chat:api:missing",
}
# Asked for by POST; all others by GET.
POSTED = {
    "drift_acknowledge",
    "drift_close",
    "training_shadow_start",
    "training_shadow_stop",
    "logout",
    "theme",
    "language",
    "workspace_choose",
    "pack_install",
    "pack_cancel",
    "review_answer",
    "review_undo",
    "review_undo_last",
    "probe_teach",
    "intent_reply",
    "intent_import_cancel",
    "utterance_add",
    "utterance_bulk",
    "utterance_annotate",
    "utterance_unannotate",
    "undo",
    "entity_value_add",
    "article_preview",
    "evaluation_delete",
    "masking_move",
    "masking_switch",
    "connection_action_try",
    "invitation_switch",
    *(f"flow_{end}" for end in ("switch", "step_add", "step_delete", "slot_delete", "restore")),
    *(f"flow_{end}" for end in ("try_start", "try_say", "try_call", "try_keep")),
    *("flow_result_accept", "flow_rehearsal_start", "flow_rehearsal_cancel"),
    "data_health_fix",
    "training_start",
    "training_cancel",
    "training_encoder_start",
    "training_encoder_cancel",
    *(f"training_generation_{end}" for end in ("switch", "start", "cancel")),
    *(f"training_proposal{end}" for end in ("", "s_bulk", "_undo", "_undo_last")),
    "staff_profile",
    "staff_password",
    "site_key_create",
}
NO_UUID = "00000000-0000-4000-8000-000000000000"


def routes(patterns: list[URLPattern | URLResolver], namespaces: tuple[str, ...] = ()) -> Iterator[str]:
    """The full names of all addresses."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join([*namespaces, pattern.name or str(pattern.pattern)])
        else:
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from routes(pattern.url_patterns, inner)


def address(name: str, shop: Shop) -> str:
    """The address of a screen, of an object of the shop where it needs one."""
    numbers = {
        "intent": shop.track.pk,
        "intent_import": shop.import_run.pk,
        "utterance": shop.utterance.pk,
        "entity_type": shop.city.pk,
        "entity_value": shop.value.pk,
        "article": shop.article.pk,
        "masking": shop.rule.pk,
        "connection": shop.connection.pk,
        "invitation": shop.invitation_rule.pk,
        "flow": shop.flow.pk,
        "connection_action": shop.action.pk,
        "evaluation_case": shop.case.pk,
        "site": shop.site.pk,
        "profile_attribute": shop.attribute.pk,
        "routing_rule": shop.routing.pk,
        "token": shop.token.pk,
        "staff": 1,
        "training_progress": shop.run.pk,
        "training_cancel": shop.run.pk,
        "training_encoder": shop.encoder.pk,
        "training_generation": shop.generation.pk,
        "training_proposal": shop.proposal.pk,
    }
    special: dict[str, list[object]] = {
        "intents_export": ["csv"],
        "evaluation_export": ["jsonl"],
        "pack_install": ["ecommerce"],
        "pack_progress": ["ecommerce"],
        "pack_cancel": [0],
        "review_answer": [0],
        "review_undo": [0],
        "review_turn": [0],
        "utterance_unannotate": [0],
        "undo": ["key"],
        "article_revision": [shop.article.pk, 1],
        "training_version": [1],
        "training_activate": [1],
        "training_retire": [1],
        "drift_acknowledge": [1],
        "drift_close": [1],
        "training_shadow": [1],
        "training_shadow_start": [1],
        "training_shadow_stop": [1],
        "training_shadow_turns": [1],
        "training_gate": [1],
        "training_promise": [1],
        "training_promise_save": [1],
        "training_held_out": [1],
        "entity_value_add": [shop.city.pk],
        "inbox_conversation": [NO_UUID],
        "inbox_messages": [NO_UUID],
        "inbox_erase": [NO_UUID],
        "transcript": [NO_UUID],
        "connection_action_create": [shop.connection.pk],
        **{name: [shop.flow.pk, "ask"] for name in ("flow_step", "flow_step_delete")},
        **{name: [shop.flow.pk, "number"] for name in ("flow_slot", "flow_slot_delete")},
        **{name: [shop.flow.pk, 1] for name in ("flow_version", "flow_restore", "flow_version_export")},
        **{
            f"flow_{name}": [shop.flow.pk, 1]
            for name in (
                *("conversation", "conversation_delete", "rehearsal", "rehearsal_progress", "rehearsal_cancel"),
                "result_accept",
            )
        },
        "transcript_reveal": [NO_UUID, 1],
        "site_key_create": [shop.site.pk],
        "site_key_revoke": [shop.site.pk, 1],
    }
    plain = {
        *("reviews", "reviews_export", "review_undo_last", "probe_teach", "drift"),
        *("dashboard", "password", "inbox", "inbox_rows", "transcripts", "transcripts_export", "intents"),
        *(
            "intent_create",
            "intent_outside",
            "intent_import",
            "intents_export_page",
            "utterance_add",
            "utterance_bulk",
            "entity_types",
        ),
        *("entity_type_create", "articles", "article_create", "article_preview", "masking_rules"),
        *("connections", "connection_create", "invitations", "invitation_create", "invitation_try"),
        *("flows", "flow_create", "flow_import"),
        *(
            "evaluation",
            "evaluation_import",
            "evaluation_delete",
            "masking_create",
            "data_health",
            "data_health_counts",
            "data_health_fix",
            "training",
            "training_start",
            "training_estimate",
            "training_encoders",
            "training_encoder_start",
            "training_generation",
            "training_generation_switch",
            "training_generation_start",
            "training_proposals",
            "training_proposals_export",
            "training_proposals_bulk",
            "training_proposal_undo_last",
            "probe",
            "sites",
            "site_create",
            "profile_attributes",
            "routing_rules",
            "routing_rule_create",
            "profile_attribute_create",
            "tokens",
        ),
        *("token_create", "staff", "staff_create", "audit", "workspace_choose", "workspace_create"),
        *("workspace_settings", "packs", *OPEN),
    }
    if name in plain:
        return reverse(f"console:{name}")
    if name in special:
        return reverse(f"console:{name}", args=special[name])
    key = max((prefix for prefix in numbers if name.startswith(prefix)), key=len)
    return reverse(f"console:{name}", args=[numbers[key]])


def ask(client: Client, name: str, url: str) -> int:
    response = client.post(url) if name in POSTED else client.get(url)
    return response.status_code


def test_every_address_has_a_line() -> None:
    known = {f"console:{name}" for name in (*SCREENS, *OPEN)} | ELSEWHERE
    found = {name for name in routes(get_resolver().url_patterns) if not name.startswith("admin:")}
    assert found == known


def test_every_screen_declares_the_permission_of_the_table() -> None:
    console = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "console")
    assert isinstance(console, URLResolver)
    declared = {
        pattern.name: getattr(pattern.callback, "permission", None)
        for pattern in console.url_patterns
        if isinstance(pattern, URLPattern) and pattern.name not in OPEN
    }
    assert declared == SCREENS


@pytest.mark.parametrize("name", SCREENS)
def test_roles_at_every_screen(name: str, shop: Shop) -> None:
    url = address(name, shop)
    anonymous = Client()
    response = anonymous.post(url) if name in POSTED else anonymous.get(url)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("console:login"))
    assert ask(signed_in(make_person("")), name, url) == 403
    for role in ROLES:
        status = ask(signed_in(make_person(role)), name, url)
        if role in PERMISSIONS[SCREENS[name]]:
            assert status in {200, 302, 404, 422}, role
        else:
            assert status == 403, role
    assert ask(signed_in(make_person("", username="root", superuser=True)), name, url) in {200, 302, 404, 422}


@pytest.mark.parametrize("name", OPEN)
def test_open_addresses(name: str, shop: Shop) -> None:
    assert ask(Client(), name, address(name, shop)) == OPEN[name]


@pytest.mark.parametrize("name", sorted(POSTED & set(SCREENS)))
def test_what_changes_something_is_never_done_by_get(name: str, shop: Shop) -> None:
    client = signed_in(make_person("", username="root", superuser=True))
    assert client.get(address(name, shop)).status_code == 405


def test_objects_of_another_workspace_are_not_there(shop: Shop) -> None:
    other = make_shop("other")
    client = signed_in(make_person("administrator"))
    names = [
        name
        for name in SCREENS
        if name.startswith(
            (
                "intent",
                "utterance",
                "entity",
                "article",
                "masking",
                "connection",
                "invitation",
                "flow",
                "evaluation",
                "training",
                "site",
                "token",
            )
        )
        and address(name, shop) != address(name, other)
    ]
    assert len(names) > 20
    for name in names:
        # The first workspace is the current one; the other's objects must look as if they did not exist.
        assert ask(client, name, address(name, other)) == 404, name
    for name in ("intent", "article", "entity_type", "site"):
        assert ask(client, name, address(name, shop)) == 200, name


def test_an_account_that_is_switched_off_is_out_at_once(shop: Shop) -> None:
    person = make_person("administrator")
    client = signed_in(person)
    assert client.get(reverse("console:staff")).status_code == 200
    person.is_active = False
    person.save()
    assert client.get(reverse("console:staff")).status_code == 302


def test_only_superusers_enter_the_back_office(shop: Shop) -> None:
    url = reverse("admin:index")
    assert Client().get(url).status_code == 302
    person = make_person("administrator")
    person.is_staff = True
    person.save()
    assert signed_in(person).get(url, follow=True).status_code == 403
    root = signed_in(make_person("", username="root", superuser=True))
    assert root.get(url).status_code == 200
    assert root.get(reverse("admin:nlu_auditentry_changelist")).status_code == 200
    assert root.post(reverse("admin:nlu_auditentry_add")).status_code == 403


def test_a_fragment_request_of_somebody_signed_out_moves_the_whole_page(shop: Shop) -> None:
    response = Client().get(
        reverse("console:intents"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/console/intents/?q=a"},
    )
    assert response["HX-Redirect"] == "/console/sign-in/?next=/console/intents/%3Fq%3Da"


def test_without_a_workspace_people_are_led_to_make_one(db) -> None:
    response = signed_in(make_person("operator")).get(reverse("console:intents"))
    assert response["Location"] == reverse("console:workspace_create")
    response = signed_in(make_person("supervisor")).get(reverse("console:dashboard"))
    assert response.status_code == 200
    assert "No workspace yet" in response.content.decode()
