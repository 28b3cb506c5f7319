"""Which sentence encoder a name stands for."""

from __future__ import annotations

from nlu.errors import InvalidData
from nlu.pipeline.encoder_folder import load_encoder
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.training.minilm import minilm_folder

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
