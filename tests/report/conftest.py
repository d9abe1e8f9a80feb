"""The marker of the tests that need a real office program."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "office: needs LibreOffice (soffice) and poppler (pdftotext)")
