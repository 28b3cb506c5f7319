"""Installing a scenario pack on its screen: begun, watched, stopped, ready, failed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import PackInstallation, Site
from chat.packs import read_pack_head
from nlu.actions.workspaces import create_workspace
from nlu.models import Job, ModelVersion, TrainingRun, Workspace
from nlu.run_errors import RunError
from tests.console.screens.conftest import signed_in
from tests.console.screens.shop import Shop, make_person

HTMX = {"HX-Request": "true"}


def card(client: Client, name: str = "travel") -> str:
    """What the page says of one pack."""
    page = client.get(reverse("console:packs")).content.decode()
    return page.split(f'id="pack-{name}"')[1].split("</section>")[0]


def install(client: Client, name: str = "travel"):
    return client.post(reverse("console:pack_install", args=[name]), follow=True)


@pytest.fixture
def row(teach: Client) -> PackInstallation:
    install(teach)
    return PackInstallation.objects.get()


@pytest.fixture
def agency(db) -> Workspace:
    """The pack's workspace and site, as an installation leaves them."""
    made = create_workspace(slug="travel", name="Wildgoose", default_locale="en", actor=None)
    Site.objects.create(workspace=made, key="demo-travel", name="Wildgoose", locale="en")
    return made


def test_packs_that_are_not_there_can_be_installed(teach: Client, shop: Shop) -> None:
    page = teach.get(reverse("console:packs")).content.decode()
    assert page.count("Install and train") == 5
    assert "Travel agency" in card(teach)
    head = read_pack_head("ecommerce")
    assert f"{head.intents} intents, {head.articles} articles, {head.flows} flows" in card(teach, "ecommerce")
    assert "Work on it" not in page
    assert reverse("console:packs") in teach.get(reverse("console:dashboard")).content.decode()
    assert reverse("console:packs") in teach.get(reverse("console:workspace_create")).content.decode()


def test_before_there_is_any_workspace_a_pack_can_make_one(db) -> None:
    client = signed_in(make_person("operator"))
    assert "Install and train" in card(client)
    install(client)
    assert PackInstallation.objects.get().pack == "travel"


def test_an_installation_is_begun_once_and_watched(teach: Client, row: PackInstallation) -> None:
    assert row.requested_by.get_username() == "operator"
    assert Job.objects.get(task="chat.install_pack").arguments == {"installation": row.pk}
    assert "This pack is being installed already." in install(teach).content.decode()
    progress = reverse("console:pack_progress", args=["travel"])
    shown = card(teach)
    assert f'hx-get="{progress}"' in shown
    assert "waiting for the worker" in shown
    assert "The background worker is not running" in shown
    assert "Install and train" not in shown
    row.transition("filling")
    row.total, row.done, row.started_at = 400, 100, timezone.now()
    row.save()
    shown = teach.get(progress, headers=HTMX).content.decode()
    assert "filling the workspace: 100 of 400" in shown
    assert 'value="0.250"' in shown
    row.training = TrainingRun.objects.create(
        workspace=Workspace.objects.get(slug="shop"), status="running", epoch=3, epochs=12, seconds_left=90
    )
    row.transition("training")
    row.save()
    shown = teach.get(progress, headers=HTMX).content.decode()
    assert "first training: pass 3 of 12" in shown
    assert "1 min 30 s" in shown
    assert 'value="0.250"' in shown
    assert teach.get(progress)["Location"] == reverse("console:packs")


def test_one_that_waits_is_cancelled_and_can_be_begun_again(teach: Client, row: PackInstallation) -> None:
    address = reverse("console:pack_cancel", args=[row.pk])
    assert address in card(teach)
    teach.post(address)
    row.refresh_from_db()
    assert row.status == "cancelled"
    shown = card(teach)
    assert "The installation was cancelled." in shown
    assert "Install and train" in shown
    again = teach.post(address, follow=True).content.decode()
    assert "That installation has ended already." in again


def test_one_at_work_says_that_it_stops(teach: Client, row: PackInstallation) -> None:
    row.transition("filling")
    row.save()
    teach.post(reverse("console:pack_cancel", args=[row.pk]))
    assert "Stopping…" in card(teach)


def test_a_pack_that_is_ready_leads_to_its_demo_page_and_its_workspace(
    teach: Client, agency: Workspace, settings
) -> None:
    assert "not trained" in card(teach)
    assert "Install the rest and train" in card(teach)
    ModelVersion.objects.create(
        workspace=agency, number=1, status="active", folder="travel/1", manifest_hash="0", dataset_fingerprint="1"
    )
    shown = card(teach)
    assert "Add what is missing" in shown
    assert f"http://127.0.0.1:{settings.PORT + 1}/en/travel/" in shown
    assert f'name="workspace" value="{agency.pk}"' in shown
    settings.DEMO_SHOP = False
    assert "Try it on its demo page" not in card(teach)


def test_a_failure_is_told_with_its_reason(teach: Client, row: PackInstallation) -> None:
    row.transition("failed")
    row.error = RunError("disk_full").to_text()
    row.save()
    shown = card(teach)
    assert "The installation failed: The disk of the server is full." in shown
    assert "Install and train" in shown
    progress = teach.get(reverse("console:pack_progress", args=["travel"]), headers=HTMX)
    assert progress.status_code == 286


@pytest.mark.parametrize("name", ["nosuch", "solution_articles"])
def test_there_is_no_other_pack(teach: Client, name: str) -> None:
    assert teach.post(reverse("console:pack_install", args=[name])).status_code == 404
    assert teach.get(reverse("console:pack_progress", args=[name]), headers=HTMX).status_code == 404
