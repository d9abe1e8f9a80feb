"""A returned workbook without its password."""

from __future__ import annotations

import io

from checker.returns import faults
from checker.returns.faults import Fault
from checker.sources.excel import PROTECTED, nature


def unlocked(data: bytes, password: str | None) -> bytes | Fault:
    """The bytes of the workbook itself, whether it was saved with our password or without one."""
    if nature(data) != PROTECTED:
        return data
    if password is None:
        return faults.UNKNOWN_PASSWORD
    import msoffcrypto
    from msoffcrypto.exceptions import InvalidKeyError

    plain = io.BytesIO()
    try:
        workbook = msoffcrypto.OfficeFile(io.BytesIO(data))
        try:
            workbook.load_key(password=password, verify_password=True)
        except InvalidKeyError:
            return faults.OTHER_PASSWORD
        workbook.decrypt(plain, verify_integrity=True)
    except Exception:  # noqa: BLE001 - whatever a damaged container makes of it
        return faults.unreadable("is damaged")
    return plain.getvalue()
