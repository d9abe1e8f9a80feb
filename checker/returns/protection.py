"""A returned workbook without its password."""

from __future__ import annotations

from checker.encryption import plain_bytes
from checker.errors import EncryptionError
from checker.returns.faults import Fault
from checker.sources.excel import PROTECTED, nature


def unlocked(data: bytes, password: str | None) -> bytes | Fault:
    """The bytes of the workbook itself, whether it was saved with our password or without one."""
    if nature(data) != PROTECTED:
        return data
    try:
        return plain_bytes(data, password)
    except EncryptionError as cause:
        fault, _, remedy = str(cause).partition("; ")
        return Fault(fault, remedy)
