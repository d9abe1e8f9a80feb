"""A service with an empty inbox, on each of the two databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nights import write_config


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Path:
    return write_config(tmp_path, store_url)
