"""Personal data that a business system answers: masked before the dialogue has it, kept where a rule says so."""

from __future__ import annotations

import pytest

from chat.action_calls import make_call
from chat.actions.business import create_action, create_connection
from chat.answering import TurnInput
from chat.business.masked_outputs import CALLED_FROM
from chat.dialogue.calls import ActionCall
from chat.dialogue.state import DialogueState
from nlu.actions.masking import create_rule
from nlu.actions.workspaces import create_workspace
from nlu.masking.engine import PATTERN
from nlu.models import MaskingRule, VaultEntry
from nlu.vault_keys import ensure_key_file
from tests.chat.business.backend import base_url, says

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]
FIRST, SECOND = "13800138000", "13900139000"
ANSWER = {
    "owner": f"Wang, {FIRST}",
    "phone": FIRST,
    "other": SECOND,
    "city": "Suzhou",
    "lines": [{"no": SECOND, "plan": "29"}, {"no": FIRST, "plan": "59"}],
}
ACTION = {
    "name": "find_lines",
    "title": {"en": "Find lines"},
    "method": "GET",
    "path": "/lines",
    "query": {"phone": "{phone}"},
    "inputs": {"phone": {}},
    "outputs": {
        "owner": "owner",
        "phone": "phone",
        "other": "other",
        "city": "city",
        "lines": {"list": "lines", "fields": {"no": "no", "plan": "plan"}},
    },
}


@pytest.fixture
def called(backend, settings):
    """Call the action in a conversation; `keeps`: whether a rule for phones keeps originals, None: no rule."""
    settings.EGRESS_ALLOW = [backend.pair]
    ensure_key_file()
    backend.script = says(ANSWER)
    workspace = create_workspace(slug="lines", name="Lines", default_locale="en", actor=None)
    workspace.masking_rules.all().delete()
    connection = create_connection(workspace=workspace, name="crm", base_url=base_url(backend), actor=None)
    create_action(connection=connection, definition=ACTION, actor=None)

    def call(*, keeps: bool | None, phone: str = "", pattern: str = r"1[3-9]\d{9}"):
        if keeps is not None and not workspace.masking_rules.exists():
            create_rule(
                workspace=workspace,
                name="phones",
                recognizer=PATTERN,
                label="phone",
                pattern=pattern,
                keeps_original=keeps,
                actor=None,
            )
        given = TurnInput(1, workspace.pk, "en", "x", "x", DialogueState(), conversation="c" * 36)
        return make_call(given, ActionCall("find_lines", {"phone": phone}, "k"))

    return call


def test_numbers_of_an_answer_become_placeholders_of_their_own(called):
    outputs = called(keeps=True).outputs
    # Which of them is the first is the database's order of an action's outputs.
    names = {f"vault:{CALLED_FROM}:[phone#{number}]" for number in (1, 2)}
    assert {outputs["phone"], outputs["other"]} == names
    assert outputs["owner"] == "Wang, " + outputs["phone"].removeprefix(f"vault:{CALLED_FROM}:")
    assert outputs["city"] == "Suzhou"
    assert outputs["lines"] == (
        {"no": outputs["other"], "plan": "29"},
        {"no": outputs["phone"], "plan": "59"},
    )
    assert FIRST not in repr(outputs)


def test_without_a_rule_nothing_is_changed(called):
    outputs = called(keeps=None).outputs
    assert (outputs["owner"], outputs["phone"]) == (f"Wang, {FIRST}", FIRST)
    assert not VaultEntry.objects.exists()


def test_what_was_answered_can_be_passed_on_in_a_later_call(called, backend):
    phone = called(keeps=True).outputs["other"]
    assert called(keeps=True, phone=phone).outcome == "ok"
    assert SECOND in backend.seen[-1].line
    assert set(VaultEntry.objects.values_list("item", flat=True)) == {CALLED_FROM, CALLED_FROM + 1}


def test_what_no_rule_keeps_is_not_passed_on(called, backend):
    phone = called(keeps=False).outputs["other"]
    assert called(keeps=False, phone=phone).outcome == "refused"
    assert len(backend.seen) == 1
    assert not VaultEntry.objects.exists()


@pytest.mark.parametrize("pattern", [r"\s1[3-9]\d{9}", r"1[3-9]\d{9}(?:\s|$)", r"(?:^|\D)1[3-9]\d{9}(?:\D|$)"])
def test_a_pattern_that_takes_the_blank_beside_a_value_leaves_nothing_of_it(called, pattern):
    MaskingRule.objects.all().delete()
    outputs = called(keeps=False, pattern=pattern).outputs
    assert FIRST not in repr(outputs)
    assert outputs["city"] == "Suzhou"
    assert [one["plan"] for one in outputs["lines"]] == ["29", "59"]
