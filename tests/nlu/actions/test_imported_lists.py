"""Lists of entity types in the background: in short transactions, ended at once, counted word by word."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.actions.entities import add_value, create_entity_type
from nlu.actions.import_files import kept_steps
from nlu.actions.import_runs import cancel_import, is_small, run_import
from nlu.actions.import_steps import ValuesStep
from nlu.actions.value_imports import ROWS
from nlu.actions.workspaces import create_workspace
from nlu.models import AuditEntry, EntitySynonym, EntityType, EntityValue, Intent, Workspace
from tests.nlu.actions.import_scene import finish, read, request
from tests.nlu.actions.meanwhile import INTENTS, meanwhile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]

WORDS = '"nlu_entitysynonym"."text" IN'
"""In the statement that asks for the words of a list before they are stored."""


@pytest.fixture
def workspace(settings, tmp_path: Path) -> Workspace:
    settings.MODEL_DIR = tmp_path
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


def listed(values: int, synonyms: int) -> str:
    forms = "".join(
        f"- synonym: v{n}\n  examples: |\n" + "".join(f"    - s{n} {k}\n" for k in range(synonyms))
        for n in range(values)
    )
    words = "".join(f"    - v{n}\n" for n in range(values))
    return f'version: "3.1"\nnlu:\n{forms}- lookup: colour\n  examples: |\n{words}'


def stored() -> int:
    return EntityValue.objects.count() + EntitySynonym.objects.count()


def test_synonyms_count(workspace: Workspace) -> None:
    content = read(workspace, listed(40, 30), "nlu.yml")
    assert (content.size, is_small(content)) == (40 * 31, False)
    assert is_small(read(workspace, listed(40, 20), "nlu.yml"))


def test_a_step_is_one_short_transaction(workspace: Workspace) -> None:
    run = request(workspace, listed(40, 30) + "".join(f"    - v{n} more\n" for n in range(200)), "nlu.yml")
    steps = [step for step, _offset in kept_steps(run.waiting, 0)]
    assert all(isinstance(step, ValuesStep) and step.size <= ROWS for step in steps)
    before = 0
    while not run_import(run.pk, seconds=0):
        run.refresh_from_db()
        assert run.values == stored() == run.done <= before + ROWS
        before = run.done
    run.refresh_from_db()
    assert (run.status, run.values, stored()) == ("done", run.total, 40 * 31 + 200)
    (entry,) = AuditEntry.objects.filter(action="entity_values.imported")
    assert entry.summary == f"colour: {run.total} values and synonyms in the file"


def test_a_value_with_very_many_synonyms_is_divided_and_keeps_the_most(workspace: Workspace) -> None:
    run = request(workspace, listed(1, 250), "nlu.yml")
    finish(run)
    assert (run.status, run.values, run.rejected) == ("done", 101, 150)
    assert EntityValue.objects.get().synonyms.count() == 100


def test_a_worker_in_the_middle_of_a_list_stores_nothing_more_when_somebody_cancels(workspace: Workspace) -> None:
    run = request(workspace, listed(40, 30), "nlu.yml")
    run_import(run.pk, seconds=0)
    before = stored()
    with meanwhile(WORDS, lambda: cancel_import(run=run, actor=None)):
        assert run_import(run.pk)
    run.refresh_from_db()
    assert (run.status, run.values) == ("cancelled", before)
    assert 0 < before == stored() <= ROWS


def test_a_type_is_not_made_for_an_import_that_was_cancelled(workspace: Workspace) -> None:
    run = request(workspace, listed(1, 1), "nlu.yml")
    kinds = '"nlu_entitytype"."name" = '
    with meanwhile(kinds, lambda: cancel_import(run=run, actor=None)):
        assert run_import(run.pk)
    assert not EntityType.objects.exists()


def test_an_intent_is_not_made_for_an_import_that_was_cancelled(workspace: Workspace) -> None:
    run = request(workspace, '{"text": "where is it", "intent": "find"}\n')
    with meanwhile(INTENTS, lambda: cancel_import(run=run, actor=None)):
        assert run_import(run.pk)
    assert not Intent.objects.exists()


def test_a_word_that_somebody_adds_meanwhile_is_no_reason_to_fail(workspace: Workspace) -> None:
    colour = create_entity_type(workspace=workspace, name="colour", actor=None)
    add_value(entity_type=colour, value="v0", synonyms=[], actor=None)
    run = request(workspace, listed(2, 3), "nlu.yml")

    def act() -> None:
        add_value(entity_type=colour, value="v1", synonyms=["s1 0"], actor=None)

    with meanwhile('COUNT("nlu_entitysynonym"."id")', act):
        finish(run)
    assert (run.status, run.values, stored()) == ("done", 5, 8)
