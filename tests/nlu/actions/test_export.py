"""What of a workspace's entity types a model folder carries."""

from __future__ import annotations

import pytest

from nlu.actions.entities import create_entity_type
from nlu.actions.workspaces import create_workspace
from nlu.export import entity_catalogue

pytestmark = pytest.mark.django_db


def test_types_named_like_a_recognizer_are_built_in_unless_they_have_a_pattern():
    workspace = create_workspace(slug="small", name="Small", default_locale="en", actor=None)
    create_entity_type(workspace=workspace, name="date", actor=None)
    create_entity_type(workspace=workspace, name="colour", actor=None)
    create_entity_type(workspace=workspace, name="order_no", pattern="LM[0-9]{14}", actor=None)
    catalogue = entity_catalogue(workspace)
    assert catalogue.builtins == ("date",)
    assert [pattern.type for pattern in catalogue.patterns] == ["order_no"]
