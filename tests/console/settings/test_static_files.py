"""Collecting the static files as an installation does: every import of our modules gets a hashed name."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import call_command

HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")
IMPORT = re.compile(r"""(?:^|\n)\s*(?:import|export)\s[^"';]*?from\s*["']([^"']+\.js)["']""")


def test_our_modules_import_hashed_names_only(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", verbosity=0, interactive=False)
    modules = [path for folder in ("chat", "console") for path in (tmp_path / folder).rglob("*.js")]
    hashed = [path for path in modules if HASHED.search(path.name)]
    assert len(hashed) > 10
    found = 0
    for path in hashed:
        for target in IMPORT.findall(path.read_text(encoding="utf-8")):
            found += 1
            assert HASHED.search(target), f"{path.name} imports {target}"
            assert (path.parent / Path(target)).resolve().is_file()
    assert found > 10
