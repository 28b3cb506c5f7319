"""`manage.py recognize`: JSON lines in and out, errors that name the line, no database."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

CLOCK = "2026-03-18T14:30:00+08:00"


def run(monkeypatch, capsys, lines, **options):
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    call_command("recognize", **options)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_line_out_per_line_in(monkeypatch, capsys):
    lines = '{"text": "一共三十块"}\n\n{"text": "你好"}\n{"text": "next Friday"}\n'
    assert run(monkeypatch, capsys, lines, clock=CLOCK) == [
        {
            "entities": [
                {"start": 2, "end": 5, "type": "money", "value": {"amount": "30.00", "currency": "CNY"}},
            ]
        },
        {"entities": []},
        {"entities": [{"start": 0, "end": 11, "type": "date", "value": "2026-03-27"}]},
    ]


def test_without_a_clock_it_is_now(monkeypatch, capsys):
    assert run(monkeypatch, capsys, '{"text": "3 kg"}\n', locale="en") == [
        {"entities": [{"start": 0, "end": 4, "type": "quantity", "value": {"value": "3", "unit": "kg"}}]}
    ]


@pytest.mark.parametrize("line", ["{", "[]", '{"x": 1}', '{"text": 3}', '"text"'])
def test_a_bad_line_is_named(monkeypatch, capsys, line):
    with pytest.raises(CommandError, match="line 2"):
        run(monkeypatch, capsys, f'{{"text": "a"}}\n{line}\n', clock=CLOCK)


@pytest.mark.parametrize("options", [{"clock": "yesterday"}, {"clock": "9999-12-31"}, {"locale": "fr"}])
def test_options_that_make_no_sense_are_refused(monkeypatch, capsys, options):
    with pytest.raises(CommandError, match="--"):
        run(monkeypatch, capsys, '{"text": "a"}\n', **options)
