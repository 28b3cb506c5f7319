from __future__ import annotations

from pathlib import Path

import pytest

from nlu.pipeline.pipeline import NluPipeline
from tests.nlu.pipeline.corpus import train_shop


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model folder; tests that change it work on a copy."""
    return train_shop(tmp_path_factory.mktemp("models") / "shop").folder


@pytest.fixture(scope="session")
def shop(shop_folder: Path) -> NluPipeline:
    return NluPipeline.load(shop_folder)
