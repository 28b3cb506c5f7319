"""Readers of environment variables, and `.env.example` against the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from console import env

ROOT = Path(__file__).resolve().parents[3]


def variables_in_code() -> set[str]:
    """Every variable that a reader of `console/env.py` is asked for anywhere."""
    found = set()
    for file in (path for top in ("console", "chat", "nlu") for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "env"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


def test_env_example_lists_exactly_the_variables_that_are_read():
    listed = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == variables_in_code()


@pytest.mark.parametrize(("given", "meant"), [("1", True), ("TRUE", True), ("off", False), ("", True)])
def test_booleans(monkeypatch, given, meant):
    monkeypatch.setenv("FLAG", given)
    assert env.boolean("FLAG", default=True) is meant


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (lambda: env.boolean("X", default=True), "maybe"),
        (lambda: env.integer("X", 1, minimum=1, maximum=9), "10"),
        (lambda: env.integer("X", 1), "eight"),
        (lambda: env.choice("X", "en", ["en", "zh-hans"]), "fr"),
        (lambda: env.database("X", Path("db")), "mysql://host/db"),
        (lambda: env.database("X", Path("db")), "postgresql://host"),
    ],
)
def test_wrong_values_stop_the_start_and_name_the_variable(monkeypatch, read, given):
    monkeypatch.setenv("X", given)
    with pytest.raises(ImproperlyConfigured, match="X "):
        read()


def test_database_urls(monkeypatch):
    monkeypatch.setenv("X", "postgresql://u%40:p%2F@db.example:5433/shop")
    read = env.database("X", Path("db"))
    assert [read[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "u@",
        "p/",
        "db.example",
        "5433",
        "shop",
    ]
    monkeypatch.delenv("X")
    embedded = env.database("X", Path("db"))
    assert embedded["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in embedded["OPTIONS"]["init_command"]


def test_secrets_come_from_the_variable_or_a_file_but_not_both(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text("from file\n", encoding="utf-8")
    monkeypatch.setenv("X_FILE", str(file))
    assert env.secret("X", "") == "from file"
    monkeypatch.setenv("X", "direct")
    with pytest.raises(ImproperlyConfigured):
        env.secret("X", "")
    monkeypatch.delenv("X_FILE")
    assert env.secret("X", "") == "direct"
    monkeypatch.delenv("X")
    monkeypatch.setenv("X_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="X_FILE"):
        env.secret("X", "")


def test_host_ports_are_exact_pairs(monkeypatch):
    assert env.host_ports("X", ["127.0.0.1:8002"]) == ["127.0.0.1:8002"]
    monkeypatch.setenv("X", "erp.internal:443, 10.0.0.8:8080")
    assert env.host_ports("X", []) == ["erp.internal:443", "10.0.0.8:8080"]
    monkeypatch.setenv("X", "none")
    assert env.host_ports("X", ["127.0.0.1:8002"]) == []
    monkeypatch.setenv("X", "10.0.0.0/8")
    with pytest.raises(ImproperlyConfigured, match="is no host:port"):
        env.host_ports("X", [])


@pytest.mark.parametrize(
    ("bound", "public", "here"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", True),
        ("::1", "http://localhost:8000", True),
        ("0.0.0.0", "http://127.0.0.1:8000", False),  # noqa: S104
        ("127.0.0.1", "https://help.example.com", False),
        ("127.0.0.1", "", False),
    ],
)
def test_who_can_reach_an_installation(bound, public, here):
    assert env.only_here(bound, public) is here


@pytest.mark.parametrize("given", ["2026-03-18T14:30", "2026-03-18T06:30+00:00"])
def test_a_clock_is_held_only_where_no_customer_is(monkeypatch, given):
    monkeypatch.setenv("X", given)
    held = env.held_clock("X", "Asia/Shanghai", on_trial=True)
    assert held.isoformat() == "2026-03-18T14:30:00+08:00"
    with pytest.raises(ImproperlyConfigured, match="X is for trials"):
        env.held_clock("X", "Asia/Shanghai", on_trial=False)
    monkeypatch.setenv("X", "half past two")
    with pytest.raises(ImproperlyConfigured, match="X must"):
        env.held_clock("X", "Asia/Shanghai", on_trial=True)
    monkeypatch.delenv("X")
    assert env.held_clock("X", "Asia/Shanghai", on_trial=False) is None
