"""Which version is the shadow: one at a time, only a whole candidate, until somebody or its state ends it."""

from __future__ import annotations

import pytest

from nlu.actions.shadows import start_shadow, stop_shadow
from nlu.actions.training import activate_version, retire_version
from nlu.errors import CorruptArtifact, InvalidTransition, NoActiveModel, ShadowRefused
from nlu.models import AuditEntry, ModelVersion, ShadowRun

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]


def test_one_shadow_at_a_time(workspace, active, candidate) -> None:
    run = start_shadow(version=candidate, actor=None)
    assert start_shadow(version=candidate, actor=None).pk == run.pk
    third = ModelVersion.objects.create(
        workspace=workspace,
        number=3,
        folder="2",
        dataset_fingerprint="0",
        manifest_hash=candidate.manifest_hash,
    )
    with pytest.raises(ShadowRefused) as refused:
        start_shadow(version=third, actor=None)
    assert refused.value.number == 2
    stop_shadow(version=candidate, actor=None)
    assert start_shadow(version=third, actor=None).version_id == third.pk
    assert stop_shadow(version=candidate, actor=None) is None
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions.count("model_version.shadow_started") == 2
    assert actions.count("model_version.shadow_ended") == 1


def test_only_a_whole_candidate_beside_an_active_version_can_be_one(active, candidate) -> None:
    with pytest.raises(InvalidTransition):
        start_shadow(version=active, actor=None)
    ModelVersion.objects.filter(pk=candidate.pk).update(manifest_hash="f" * 64)
    with pytest.raises(CorruptArtifact):
        start_shadow(version=candidate, actor=None)
    ModelVersion.objects.filter(pk=candidate.pk).update(manifest_hash=candidate.manifest_hash)
    ModelVersion.objects.filter(pk=active.pk).update(status="retired")
    with pytest.raises(NoActiveModel):
        start_shadow(version=candidate, actor=None)
    ModelVersion.objects.filter(pk=active.pk).update(status="active")
    assert start_shadow(version=candidate, actor=None).is_open
    assert ShadowRun.objects.count() == 1


@pytest.mark.parametrize("ending", ["activated", "retired"])
def test_a_change_of_state_ends_the_run(active, candidate, ending) -> None:
    run = start_shadow(version=candidate, actor=None)
    if ending == "activated":
        activate_version(version=candidate, actor=None, override="we have seen enough of it")
    else:
        retire_version(version=candidate, actor=None)
    run.refresh_from_db()
    assert (run.ending, run.is_open) == (ending, False)
    assert AuditEntry.objects.get(action="model_version.shadow_ended").summary == f"v2: {ending}"


def test_another_version_s_activation_leaves_it_running(workspace, active, candidate) -> None:
    run = start_shadow(version=candidate, actor=None)
    third = ModelVersion.objects.create(
        workspace=workspace,
        number=3,
        folder="2",
        dataset_fingerprint="0",
        manifest_hash=candidate.manifest_hash,
    )
    activate_version(version=third, actor=None, override="this one is needed now")
    run.refresh_from_db()
    assert run.is_open
