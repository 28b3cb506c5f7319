"""Connections, secrets and actions as rows: what is checked, what is noted, and what never comes out."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.forms.models import model_to_dict
from django.utils import translation

from chat.actions.business import (
    clear_secret,
    create_action,
    create_connection,
    delete_action,
    delete_connection,
    install_actions,
    set_secret,
    update_action,
    update_connection,
)
from chat.business.action_reader import read_action_file
from chat.business.installed import actions_of, call_installed, endpoint_of
from chat.dialogue.calls import ActionCall
from chat.errors import InvalidInput
from chat.models import BusinessAction, Connection, Secret
from nlu.actions.vault import KeptValue, NewEntry, keep_values
from nlu.actions.workspaces import create_workspace
from nlu.errors import SealBroken
from nlu.models import AuditEntry, Workspace
from nlu.vault_keys import ensure_key_file, key_ring
from tests.chat.business.backend import FILE, base_url, says
from tests.nlu.egress.canary import Canary

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.persistence]
VALUE = "s3cret-value-17"
ACTION = {
    "name": "ping",
    "title": {"en": "Ping"},
    "method": "GET",
    "path": "/ping",
    "outputs": {"number": "number"},
}


@pytest.fixture(autouse=True)
def english():
    """Messages are compared in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(slug="shop", name="Shop", default_locale="en", actor=None)


@pytest.fixture
def connection(workspace: Workspace) -> Connection:
    return create_connection(
        workspace=workspace,
        name="shop",
        base_url="https://erp.example/api/",
        header="Authorization",
        scheme="Bearer",
        secret_value=VALUE,
        actor=None,
    )


def change(connection: Connection, **fields: str) -> Connection:
    as_it_is = {"base_url": connection.base_url, "header": connection.header, "scheme": connection.scheme}
    return update_connection(connection=connection, actor=None, **(as_it_is | fields))


def test_a_secret_is_sealed_and_opens_for_its_connection(connection: Connection):
    assert connection.base_url == "https://erp.example/api"
    assert endpoint_of(connection).secrets == {"Authorization": f"Bearer {VALUE}"}
    secret = Secret.objects.get()
    assert VALUE.encode() not in bytes(secret.ciphertext)
    assert VALUE not in json.dumps(model_to_dict(secret), default=str)
    assert VALUE not in repr(endpoint_of(connection))
    for entry in AuditEntry.objects.all():
        assert VALUE not in entry.summary + entry.reason
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"connection.created", "secret.set"}


@pytest.mark.parametrize(
    "base_url",
    [
        "https://evil.example/api",
        "http://erp.example/api",
        "https://erp.example:8443/api",
        "https://erp.example.evil.example/api",
        "",
    ],
)
def test_another_host_clears_the_secret(base_url, connection: Connection):
    changed = change(connection, base_url=base_url)
    assert changed.secret is None
    assert not Secret.objects.exists()
    assert endpoint_of(changed).secrets == {}
    assert AuditEntry.objects.filter(action="secret.cleared").count() == 1


@pytest.mark.parametrize(
    "base_url", ["https://erp.example/v2", "https://ERP.example./api", "https://erp.example:443/api"]
)
def test_the_same_host_keeps_it(base_url, connection: Connection):
    changed = change(connection, base_url=base_url, header="X-Key", scheme="")
    assert endpoint_of(changed).secrets == {"X-Key": VALUE}


def test_a_new_host_with_a_new_secret(connection: Connection):
    changed = change(connection, base_url="https://new.example", secret_value="other-17")
    assert endpoint_of(changed).secrets == {"Authorization": "Bearer other-17"}
    assert Secret.objects.count() == 1


def test_a_secret_does_not_open_in_another_row_or_for_another_host(workspace: Workspace, connection: Connection):
    other = create_connection(
        workspace=workspace,
        name="other",
        base_url="https://evil.example",
        header="X-Key",
        secret_value="other-17",
        actor=None,
    )
    stolen = Secret.objects.get(pk=connection.secret_id)
    Secret.objects.filter(pk=other.secret_id).update(ciphertext=stolen.ciphertext, key_id=stolen.key_id)
    with pytest.raises(SealBroken):
        endpoint_of(Connection.objects.get(pk=other.pk))
    Secret.objects.filter(pk=stolen.pk).update(origin="https://evil.example:443")
    with pytest.raises(SealBroken):
        endpoint_of(Connection.objects.get(pk=connection.pk))


@pytest.mark.parametrize(
    "fields",
    [
        {"base_url": "ftp://erp.example"},
        {"base_url": "https://user:word@erp.example"},
        {"base_url": "https://erp.example/#a"},
        {"base_url": "https://erp.example/?a=1"},
        {"base_url": "https://erp.example:6379"},
        {"base_url": "https://erp.example/../x"},
        {"base_url": "erp.example"},
        {"header": "Host"},
        {"header": "a b"},
        {"header": "", "scheme": "Bearer"},
        {"header": "", "scheme": "", "secret_value": "x"},
        {"scheme": "a\r\nb"},
        {"secret_value": "密码"},
        {"secret_value": "x\ny"},
        {"secret_value": "x" * 4001},
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_changes(fields, connection: Connection):
    with pytest.raises(InvalidInput) as refused:
        change(connection, **fields)
    assert fields.get("secret_value", "-") not in str(refused.value)
    again = Connection.objects.get(pk=connection.pk)
    assert (again.base_url, again.header) == ("https://erp.example/api", "Authorization")
    assert endpoint_of(again).secrets == {"Authorization": f"Bearer {VALUE}"}


def test_names_are_taken_once(workspace: Workspace, connection: Connection):
    for name in ("shop", "Shop", "", "a b"):
        with pytest.raises(InvalidInput):
            create_connection(workspace=workspace, name=name, base_url="", actor=None)
    create_action(connection=connection, definition=ACTION, actor=None)
    with pytest.raises(InvalidInput, match="of this name"):
        create_action(connection=connection, definition=ACTION, actor=None)


def test_without_a_key_no_secret_is_stored(connection: Connection, settings, tmp_path):
    settings.VAULT_KEY, settings.VAULT_KEY_PATH = "", tmp_path / "vault_key"
    with pytest.raises(InvalidInput, match="no vault key"):
        set_secret(connection=connection, value="x", actor=None)


def test_actions_are_checked_changed_and_deleted(connection: Connection):
    with pytest.raises(InvalidInput, match=r"action\.path"):
        create_action(connection=connection, definition=ACTION | {"path": "ping"}, actor=None)
    action = create_action(connection=connection, definition=ACTION, actor=None)
    with pytest.raises(InvalidInput, match="cannot be changed"):
        update_action(action=action, definition=ACTION | {"name": "pong"}, actor=None)
    update_action(action=action, definition=ACTION | {"path": "/v2/ping"}, actor=None)
    assert actions_of(connection.workspace_id)["ping"].path == "/v2/ping"
    update_action(action=action, definition=ACTION | {"path": "/v2/ping"}, actor=None)
    delete_action(action=action, actor=None)
    assert list(
        AuditEntry.objects.filter(action__startswith="business").order_by("id").values_list("action", flat=True)
    ) == [
        "business_action.created",
        "business_action.updated",
        "business_action.deleted",
    ]


def test_a_connection_goes_with_its_actions_and_its_secret(connection: Connection):
    create_action(connection=connection, definition=ACTION, actor=None)
    delete_connection(connection=connection, actor=None)
    assert not BusinessAction.objects.exists()
    assert not Secret.objects.exists()


def test_a_file_is_installed_twice_and_what_staff_connected_stays(workspace: Workspace):
    file = read_action_file(FILE)
    for _ in range(2):
        made = install_actions(
            workspace=workspace, file=file, base_url="http://127.0.0.1:8002/shop", secret_value=VALUE, actor=None
        )
    assert set(actions_of(workspace.pk)) == {"find_order", "call_back"}
    assert (made.base_url, made.secret.name) == ("http://127.0.0.1:8002/shop", "shop_token")
    change(made, base_url="https://erp.example", secret_value="own-17")
    again = install_actions(
        workspace=workspace, file=file, base_url="http://127.0.0.1:8002/shop", secret_value=VALUE, actor=None
    )
    assert again.base_url == "https://erp.example"
    assert endpoint_of(again).secret == "own-17"
    clear_secret(connection=again, actor=None)
    assert Connection.objects.get().secret is None


def test_an_installed_action_is_called_with_its_secret_and_the_conversations_values(
    workspace: Workspace, backend: Canary, settings
):
    settings.EGRESS_ALLOW = [backend.pair]
    backend.script = says({"number": 7})
    install_actions(
        workspace=workspace,
        file=read_action_file(FILE),
        base_url=base_url(backend),
        secret_value=VALUE,
        actor=None,
    )
    keep_values([NewEntry(workspace.pk, "one", 3, KeptValue("[phone#1]", "13800138000"))])
    call = ActionCall("call_back", {"phone": "vault:3:[phone#1]"}, "k")
    ran = call_installed(call, workspace_id=workspace.pk, scope="one")
    assert (ran.result.outcome, ran.result.outputs) == ("ok", {"number": "7"})
    assert backend.seen[0].headers["authorization"] == f"Bearer {VALUE}"
    assert json.loads(backend.seen[0].body)["phone"] == "13800138000"
    # Another conversation, another workspace: nothing of this one opens.
    assert call_installed(call, workspace_id=workspace.pk, scope="two").result.outcome == "refused"
    other = create_workspace(slug="other", name="Other", default_locale="en", actor=None)
    assert call_installed(call, workspace_id=other.pk, scope="one").result.outcome == "unreachable"
    settings.EGRESS_ALLOW = []
    assert call_installed(call, workspace_id=workspace.pk, scope="one").result.outcome == "refused"
    assert len(backend.seen) == 1


def test_what_is_not_connected_is_not_called(workspace: Workspace):
    made = create_connection(workspace=workspace, name="shop", base_url="", actor=None)
    create_action(connection=made, definition=ACTION, actor=None)
    ran = call_installed(ActionCall("ping", {}, "k"), workspace_id=workspace.pk, scope="one")
    assert (ran.result.outcome, ran.attempts) == ("unreachable", 0)
    assert "no address" in ran.detail


def test_secrets_are_sealed_again_with_the_rest(connection: Connection, settings, tmp_path, capsys):
    settings.VAULT_KEY, settings.VAULT_KEY_PATH = "", tmp_path / "vault_key"
    ensure_key_file()
    set_secret(connection=connection, value=VALUE, actor=None)
    before = key_ring().current_id
    call_command("rotate_vault_key", "--new", "--forget")
    assert json.loads(capsys.readouterr().out) == {
        "key": key_ring().current_id,
        "values": 0,
        "secrets": 1,
        "signing_keys": 0,
        "keys_dropped": 1,
    }
    assert key_ring().current_id != before
    assert endpoint_of(Connection.objects.get()).secret == VALUE
