"""Who a staff socket belongs to.

The session behind its cookie, checked when it opens and every few seconds after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from chat.access import can_use_desk


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A signed-in desk user. `session_key` is the cookie's value."""

    session_key: str
    user_id: int


def read_staff_session(session_key: str) -> StaffSession | None:
    """The session of a cookie, if somebody with a desk role is signed in with it."""
    if not session_key:
        return None
    stored = load_session(session_key)
    try:
        session = StaffSession(session_key, int(stored.get(SESSION_KEY, "")))
    except ValueError:
        return None
    return session if is_valid(session) else None


def read_valid_sessions(sessions: Sequence[StaffSession]) -> set[StaffSession]:
    """Those of the sessions that still stand: not signed out, password unchanged, user active, role kept."""
    return {session for session in set(sessions) if is_valid(session)}


def is_valid(session: StaffSession) -> bool:
    """Whether the session still stands."""
    stored = load_session(session.session_key)
    if str(stored.get(SESSION_KEY, "")) != str(session.user_id):
        return False
    if stored.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    user = User.objects.filter(pk=session.user_id, is_active=True).first()
    if user is None:
        return False
    known = str(stored.get(HASH_SESSION_KEY, ""))
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(known, one) for one in hashes) and can_use_desk(user)


def load_session(session_key: str) -> SessionBase:
    """The session as stored; an empty one if there is none or it has expired."""
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    # Reading a value loads the session.
    store.get(SESSION_KEY)
    return store
