"""The encryption of a workbook by a password, as Excel does it (ECMA-376 agile, AES-256): writing and opening."""

from __future__ import annotations

import io
from typing import Any

from checker.errors import EncryptionError

_CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")  # of every encrypted workbook, and of those before 2007


def encrypted(workbook: bytes, password: str) -> bytes:
    """The workbook as a file that opens only with the password."""
    from msoffcrypto.format.ooxml import OOXMLFile

    target = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, target)
    return target.getvalue()


def plain_bytes(data: bytes, password: str | None) -> bytes:
    """The bytes of a file, decrypted where it is encrypted.

    Raises:
        EncryptionError: it is encrypted and the password is missing or wrong, or the file was altered or damaged.
    """
    if not data.startswith(_CONTAINER):
        return data
    from msoffcrypto import OfficeFile

    target = io.BytesIO()
    try:
        file = OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return data
        if not password:
            raise EncryptionError("is encrypted; give its password in CHECKER_REPORT__PASSWORD or report.password_file")
        _unlock(file, password)
        file.decrypt(target, verify_integrity=True)
    except EncryptionError:
        raise
    except Exception:  # noqa: BLE001 - a damaged container fails anywhere, and nobody lists how
        raise EncryptionError("is damaged, or no workbook; copy it again or save it as .xlsx") from None
    return target.getvalue()


def _unlock(file: Any, password: str) -> None:
    from msoffcrypto.exceptions import InvalidKeyError

    try:
        file.load_key(password=password, verify_password=True)
    except InvalidKeyError:
        raise EncryptionError("is encrypted with another password; save it with that of the reports") from None
