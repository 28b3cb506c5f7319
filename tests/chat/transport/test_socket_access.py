"""Who is refused, and beside each refusal the one who is not."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chat.actions.agents import announce_rights
from chat.actions.identities import open_session
from chat.actions.signing_keys import create_signing_key
from chat.actions.visitors import create_visitor, revoke_visitor
from chat.models import Site, Visitor
from tests.chat.profile.signing import sign
from tests.chat.transport.conftest import ORIGIN, new_id, sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.socket]


def name_of(session) -> str:
    return str(session.conversation.uuid)


async def opens(sockets, key: str, token: str) -> int | None:
    """The close code after `session.open`, or None if the session opened."""
    socket = sockets.make(f"/ws/chat/{key}/", (b"origin", ORIGIN))
    assert await socket.connect()
    await socket.send("session.open", token=token, cursors={})
    output = await socket.communicator.receive_output(5)
    return output.get("code")


async def test_tokens_open_their_own_site_only(sockets, visitor, other_site):
    stranger = await sync_to_async(create_visitor)(site=other_site, locale="en")
    assert await opens(sockets, "shop", visitor.token) is None
    assert await opens(sockets, "other", stranger.token) is None
    assert await opens(sockets, "other", visitor.token) == 4401
    assert await opens(sockets, "shop", stranger.token) == 4401
    assert await opens(sockets, "shop", "A" * 43) == 4401
    assert await opens(sockets, "nowhere", visitor.token) == 4403


async def test_disabled_site_and_revoked_visitor_cannot_open(sockets, visitor, site):
    assert await opens(sockets, "shop", visitor.token) is None
    await Site.objects.aupdate(enabled=False)
    assert await opens(sockets, "shop", visitor.token) == 4403
    await Site.objects.aupdate(enabled=True)
    await Visitor.objects.aupdate(revoked_at=timezone.now())
    assert await opens(sockets, "shop", visitor.token) == 4401


async def test_foreign_conversation_is_not_found(sockets, visitor, site):
    other = await sync_to_async(create_visitor)(site=site, locale="en")
    socket = await sockets.chat(visitor)
    for frame, data in (("messages.resume", {"after": 0}), ("cursor.report", {"sequence": 1})):
        await socket.send(frame, conversation=name_of(other), **data)
        assert (await socket.expect("error"))["code"] == "not_found"
    await socket.send("messages.resume", conversation=name_of(visitor), after=0)
    await socket.expect("messages.resumed")


async def test_foreign_cursor_in_the_opening_frame_opens_nothing(sockets, visitor, site):
    other = await sync_to_async(create_visitor)(site=site, locale="en")
    theirs = await sockets.chat(other)
    socket = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN))
    assert await socket.connect()
    await socket.send("session.open", token=visitor.token, cursors={name_of(other): 0})
    await socket.expect("messages.resumed")
    await theirs.send("message.send", client_id=new_id(), text="mine alone")
    await theirs.expect("message.posted")
    assert await socket.is_quiet()


async def test_outsiders_hear_nothing(sockets, visitor, site, make_user):
    other = await sync_to_async(create_visitor)(site=site, locale="en")
    agent = await sync_to_async(make_user)("lin", "agent")
    mine, theirs, desk = await sockets.chat(visitor), await sockets.chat(other), await sockets.desk(agent)
    await mine.send("message.send", client_id=new_id(), text="mine alone")
    await mine.send("typing.set", typing=True)
    await mine.expect("message.posted", text="mine alone")
    assert await theirs.is_quiet()
    assert await desk.is_quiet()


ORIGINS = [
    # origin, host, allowed
    (b"http://testserver", b"testserver", True),
    (b"https://testserver", b"testserver", False),
    (b"http://testserver:81", b"testserver", False),
    (b"http://testserver.evil.example", b"testserver", False),
    (b"http://evil.example", b"testserver", False),
    (b"http://testserver/", b"testserver", False),
    (b"HTTP://testserver", b"testserver", False),
    (b"null", b"testserver", False),
    (b"", b"testserver", False),
    (b"http://evil.example", b"evil.example", False),
    (b"http://127.0.0.1:8000", b"testserver", True),  # PUBLIC_URL
    (b"http://testserver:9000", b"testserver:9000", True),
]


@pytest.mark.parametrize(("origin", "host", "allowed"), ORIGINS)
async def test_origin_must_be_exactly_ours(sockets, visitor, make_user, origin, host, allowed):
    agent = await sync_to_async(make_user)("lin", "agent")
    cookie = f"sessionid={await sync_to_async(sign_in)(agent)}".encode()
    for path in ("/ws/desk/", "/ws/chat/shop/"):
        socket = sockets.make(path, (b"origin", origin), (b"cookie", cookie))
        socket.communicator.scope["headers"][0] = (b"host", host)
        assert await socket.connect() is allowed


async def test_desk_needs_an_origin_and_a_program_with_a_token_does_not(sockets, visitor, make_user):
    agent = await sync_to_async(make_user)("lin", "agent")
    cookie = f"sessionid={await sync_to_async(sign_in)(agent)}".encode()
    assert not await sockets.make("/ws/desk/", (b"cookie", cookie)).connect()
    assert await sockets.make("/ws/desk/", (b"cookie", cookie), (b"origin", ORIGIN)).connect()
    assert await sockets.make("/ws/chat/shop/").connect()
    twice = sockets.make("/ws/chat/shop/", (b"origin", ORIGIN), (b"origin", b"http://evil.example"))
    assert not await twice.connect()


async def test_forwarded_scheme_counts_only_behind_a_trusted_proxy(sockets, visitor, settings):
    headers = ((b"origin", b"https://testserver"), (b"x-forwarded-proto", b"https"))
    assert not await sockets.make("/ws/chat/shop/", *headers).connect()
    settings.TRUSTED_PROXIES = 1
    assert await sockets.make("/ws/chat/shop/", *headers).connect()


ROLES = [
    (("agent",), True),
    (("supervisor",), True),
    (("administrator",), True),
    (("operator", "agent"), True),
    (("operator",), False),
    ((), False),
]


@pytest.mark.parametrize(("groups", "allowed"), ROLES)
async def test_desk_is_for_desk_roles(sockets, make_user, groups, allowed):
    user = await sync_to_async(make_user)("lin", *groups)
    socket = await sockets.desk_socket(user)
    if not allowed:
        assert await socket.expect_close() == 4403
        return
    await socket.send("desk.open", cursors={})
    await socket.expect("desk.opened")


async def test_desk_is_not_for_strangers(sockets, make_user):
    user = await sync_to_async(make_user)("lin", "agent")
    key = await sync_to_async(sign_in)(user)
    for cookie in (b"", b"sessionid=", b"sessionid=wrong", b"other=1", f"sessionid={key}x".encode()):
        socket = sockets.make("/ws/desk/", (b"origin", ORIGIN), (b"cookie", cookie))
        assert await socket.connect()
        assert await socket.expect_close() == 4403
    await sockets.desk(user)


async def test_superuser_may_use_the_desk_until_switched_off(sockets, make_user):
    user = await sync_to_async(make_user)("root", is_superuser=True)
    await sockets.desk(user)
    user.is_active = False
    await user.asave()
    socket = await sockets.desk_socket(user)
    assert await socket.expect_close() == 4403


async def test_visitors_token_opens_no_desk(sockets, visitor):
    cookie = f"sessionid={visitor.token}".encode()
    socket = sockets.make("/ws/desk/", (b"origin", ORIGIN), (b"cookie", cookie))
    assert await socket.connect()
    assert await socket.expect_close() == 4403


async def test_unknown_addresses_are_refused(sockets):
    for path in ("/ws/", "/ws/chat/", "/ws/chat/a/b/", "/", "/ws/desk/x"):
        assert not await sockets.make(path, (b"origin", ORIGIN)).connect()


@pytest.fixture
def quick_checks(monkeypatch):
    monkeypatch.setattr("chat.live.caretaker.TICK_SECONDS", 0.05)
    monkeypatch.setattr("chat.live.caretaker.CHECK_SECONDS", 0.05)


async def test_revoked_visitor_is_closed_and_the_others_are_not(sockets, visitor, site, quick_checks):
    other = await sync_to_async(create_visitor)(site=site, locale="en")
    revoked, kept = await sockets.chat(visitor), await sockets.chat(other)
    await sync_to_async(revoke_visitor)(visitor=visitor.conversation.visitor, actor=None)
    assert await revoked.expect_close() == 4401
    await kept.send("message.send", client_id=new_id(), text="still here")
    await kept.expect("message.acknowledged")


async def test_switched_off_site_closes_its_sockets(sockets, visitor, other_site, quick_checks):
    stranger = await sync_to_async(create_visitor)(site=other_site, locale="en")
    closed, kept = await sockets.chat(visitor), await sockets.chat(stranger, key="other")
    await Site.objects.filter(key="shop").aupdate(enabled=False)
    assert await closed.expect_close() == 4403
    await kept.send("message.send", client_id=new_id(), text="still here")
    await kept.expect("message.acknowledged")


@pytest.mark.parametrize("loss", ["inactive", "role", "password", "signed out"])
async def test_staff_who_lose_the_right_are_closed(sockets, make_user, quick_checks, loss):
    user, colleague = (
        await sync_to_async(make_user)("lin", "agent"),
        await sync_to_async(make_user)("sam", "agent"),
    )
    desk, kept = await sockets.desk(user), await sockets.desk(colleague)
    if loss == "inactive":
        user.is_active = False
        await user.asave()
    elif loss == "role":
        await sync_to_async(user.groups.clear)()
    elif loss == "password":
        user.set_password("another battery staple")
        await user.asave()
    else:
        from django.contrib.sessions.models import Session

        key = desk.communicator.scope["headers"][-1][1].decode().removeprefix("sessionid=")
        await Session.objects.filter(session_key=key).adelete()
    assert await desk.expect_close() == 4403
    await kept.send("desk.open", cursors={})
    assert (await kept.expect("error"))["code"] == "wrong_state"


async def test_announced_loss_is_acted_on_at_once(sockets, make_user, monkeypatch):
    monkeypatch.setattr("chat.live.caretaker.TICK_SECONDS", 0.05)
    user = await sync_to_async(make_user)("lin", "agent")
    desk = await sockets.desk(user)
    # The regular check has just been made and would come again after a long time.
    monkeypatch.setattr("chat.live.caretaker.CHECK_SECONDS", 3600)
    await desk.send("cursor.report", conversation="00000000-0000-4000-8000-000000000000", sequence=0)
    await desk.expect("error")
    await sync_to_async(user.groups.clear)()
    await sync_to_async(announce_rights)(user=user)
    assert await desk.expect_close() == 4403


async def test_a_sign_in_ends_what_was_opened_before_it(sockets, visitor, site, quick_checks):
    """Who knew the token from before must not read on; the others are not disturbed."""
    other = await sync_to_async(create_visitor)(site=site, locale="en")
    before, kept = await sockets.chat(visitor), await sockets.chat(other)
    _key, secret = await sync_to_async(create_signing_key)(site=site, actor=None)
    signed_in = await sync_to_async(open_session)(
        site=site, token=visitor.token, locale="en", identity=sign(secret, site.key)
    )
    assert signed_in.conversation == visitor.conversation
    assert await before.expect_close() == 4401
    assert await opens(sockets, "shop", visitor.token) == 4401
    assert await opens(sockets, "shop", signed_in.token) is None
    await kept.send("messages.resume", conversation=name_of(other), after=0)
    await kept.expect("messages.resumed")
