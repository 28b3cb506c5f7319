"""`make check`: linters, types, layers, module length, migrations, translations. Runs all, names what failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LONGEST_MODULE = 400
FORM = ("--no-location", "--no-wrap")
ATTIC_NAMES = {"utils", "helpers", "common", "misc"}


def command(name: str, *arguments: str) -> bool:
    """Run one tool; whether it was content."""
    print(f"==> {name}", flush=True)
    return subprocess.run([str(BIN / arguments[0]), *arguments[1:]], cwd=ROOT, check=False).returncode == 0


def own_modules() -> list[Path]:
    """The Python files of the product and its tests, migrations left out."""
    files = [path for top in ("console", "chat", "nlu", "tests") for path in (ROOT / top).rglob("*.py")]
    return [path for path in files if "migrations" not in path.parts]


def own_style_sheets() -> list[Path]:
    """The style sheets of the product."""
    return [path for top in ("static", "console") for path in (ROOT / top).rglob("*.css")]


def modules_are_small() -> bool:
    """No module or style sheet over 400 lines and none named for nothing."""
    print("==> module length and names", flush=True)
    wrong = []
    for path in [*own_modules(), *own_style_sheets()]:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_MODULE:
            wrong.append(f"{path.relative_to(ROOT)}: {lines} lines")
        if path.stem in ATTIC_NAMES:
            wrong.append(f"{path.relative_to(ROOT)}: a module is named for its concern")
    print("\n".join(wrong))
    return not wrong


def catalogues_are_complete() -> bool:
    """Every string of every screen is translated, and the compiled catalogues are those of the sources.

    The strings are collected afresh in a copy of the tree, so that one which nobody collected is found as well.
    """
    print("==> translations", flush=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="xiaoer-messages-") as folder:
        copy = Path(folder)
        for name in ("console", "chat", "nlu", "templates", "static", "locale", "manage.py"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "packs"))
            else:
                shutil.copy(source, copy / name)
        for domain in ("django", "djangojs"):
            subprocess.run(
                [sys.executable, "manage.py", "makemessages", "-v", "0", "-l", "zh_Hans", "-d", domain, *FORM],
                cwd=copy,
                check=True,
            )
        for source in sorted((ROOT / "locale").rglob("*.po")):
            wrong += problems_of(source, copy / source.relative_to(ROOT), copy)
    print("\n".join(wrong))
    return not wrong


def problems_of(source: Path, collected: Path, folder: Path) -> list[str]:
    """What is wrong with one catalogue: strings without a translation, doubtful ones, a stale compiled file."""
    wrong = []
    for flag in ("untranslated", "only-fuzzy"):
        left = subprocess.run(
            ["msgattrib", f"--{flag}", "--no-obsolete", "--no-wrap", str(collected)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        strings = [line for line in left.splitlines() if line.startswith("msgid ") and line != 'msgid ""']
        wrong += [f"{source.relative_to(ROOT)}, {flag}: {line}" for line in strings]
    fresh = folder / "fresh.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", str(fresh), str(source)], check=True)
    compiled = source.with_suffix(".mo")
    if not compiled.is_file() or compiled.read_bytes() != fresh.read_bytes():
        wrong.append(f"{compiled.relative_to(ROOT)} is not compiled from its source: run make messages")
    return wrong


def main() -> int:
    """Run every check; 0 only if all are content."""
    with tempfile.TemporaryDirectory(prefix="xiaoer-check-") as var:
        os.environ["XIAOER_VAR"] = var
        results = {
            "ruff check": command("ruff check", "ruff", "check", "."),
            "ruff format": command("ruff format", "ruff", "format", "--check", "--quiet", "."),
            "mypy": command("mypy", "mypy", "console", "chat", "nlu"),
            "layers": command("import-linter", "lint-imports", "--no-cache"),
            "modules": modules_are_small(),
            "migrations": command("migrations", "python", "manage.py", "makemigrations", "--check", "--dry-run"),
            "translations": catalogues_are_complete(),
        }
    failed = [name for name, content in results.items() if not content]
    print("All checks passed" if not failed else f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
