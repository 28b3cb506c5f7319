"""Typed readers of environment variables: a wrong value stops the start with one clear line.

Every reader takes the variable's name and a default; a secret may also come from the file named by `<NAME>_FILE`.
"""

from __future__ import annotations

import os
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

from nlu.egress.types import EgressPolicy
from nlu.errors import InvalidData

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str) -> str:
    """The variable as given, or the default when it is unset or empty."""
    return os.environ.get(name) or default


def boolean(name: str, *, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off; anything else is an error."""
    raw = os.environ.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in TRUE_WORDS:
        return True
    if raw in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} must be one of 1, 0, true, false, yes, no, on, off; got {raw!r}")


def choice(name: str, default: str, allowed: list[str]) -> str:
    """One of the allowed words; anything else is an error."""
    raw = text(name, default)
    if raw not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}; got {raw!r}")
    return raw


def integer(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31) -> int:
    """A whole number within the bounds; anything else is an error."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number; got {raw!r}") from None
    if not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} must be between {minimum} and {maximum}; got {value}")
    return value


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas; empty entries are dropped."""
    raw = os.environ.get(name, "")
    if not raw.strip():
        return default
    return [entry.strip() for entry in raw.split(",") if entry.strip()]


def host_ports(name: str, default: list[str]) -> list[str]:
    """Exact `host:port` pairs separated by commas; one that cannot be read is an error. `none` means no pair."""
    pairs = words(name, default)
    if pairs == ["none"]:
        return []
    try:
        EgressPolicy.allowing(pairs)
    except InvalidData as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
    return pairs


def path(name: str, default: Path) -> Path:
    """A path; relative ones are taken from the current directory."""
    raw = os.environ.get(name, "").strip()
    return Path(raw).expanduser().resolve() if raw else default


def secret(name: str, default: str) -> str:
    """A secret from `NAME`, or from the file that `NAME_FILE` names; giving both is an error."""
    raw = os.environ.get(name, "")
    file_name = os.environ.get(f"{name}_FILE", "")
    if raw and file_name:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both")
    if not file_name:
        return raw or default
    try:
        value = Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE is empty: {file_name}")
    return value


def reachable(bound: str) -> str:
    """The address at which a server that is bound to `bound` is reached from its own machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}.get(bound, bound)  # noqa: S104 - compared only


def only_here(bound: str, public_url: str) -> bool:
    """Whether an installation can be reached from its own machine alone."""
    return all(_is_loopback(host) for host in (bound, urlsplit(public_url).hostname or ""))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def held_clock(name: str, time_zone: str, *, on_trial: bool) -> datetime | None:
    """A moment at which a clock is held, local where it names no zone; None when unset.

    It is an error where the installation is not on trial: customers would be answered by a wrong calendar.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return None
    if not on_trial:
        raise ImproperlyConfigured(
            f"{name} is for trials alone: it needs DEMO_BACKEND, and BIND and PUBLIC_URL on this machine"
        )
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must be an ISO 8601 time such as 2026-03-18T14:30; got {raw!r}"
        ) from None
    zone = ZoneInfo(time_zone)
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def database(name: str, default_sqlite: Path) -> dict[str, object]:
    """Django's database settings from a URL: `sqlite:///PATH` (or nothing), or `postgresql://…`."""
    raw = secret(name, "")
    if not raw:
        return sqlite_database(default_sqlite)
    parts = urlsplit(raw)
    if parts.scheme == "sqlite":
        return sqlite_database(Path(unquote(parts.path)[1:] or ":memory:"))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must begin with sqlite:// or postgresql://; got {parts.scheme!r}")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database (postgresql://user:password@host:port/NAME)")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
    }


def sqlite_database(file: Path) -> dict[str, object]:
    """SQLite as `docs/architecture.md` requires: WAL, a durable commit, the write lock taken at BEGIN."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
