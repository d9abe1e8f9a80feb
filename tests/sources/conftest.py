"""An invented extract in a folder of its own, and the reading of it."""

from pathlib import Path
from typing import Any

import pytest

from checker.config import SourceConfig
from checker.models import Extract
from checker.sources import read_extract
from tests.sources.reading import COLUMNS, REQUIRED, Read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small whole extract: two incidents, one child, one referral."""
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "incidents.csv").write_bytes(b"incident_ref,reported_at\nINC1,2026-11-20T10:00\nINC2,2026-11-20T11:00\n")
    (extract / "children.csv").write_bytes(b"incident_ref,child_ref\nINC1,C1\n")
    (extract / "referrals.csv").write_bytes(b"referral_ref,incident_ref\nR1,INC1\n")
    return extract


@pytest.fixture
def read(folder: Path) -> Read:
    """Read the extract in `folder`, under the profile that is given as it would stand in checker.toml."""

    def read(**profile: Any) -> Extract:
        return read_extract(folder, SourceConfig.model_validate(profile), COLUMNS, REQUIRED)

    return read
