"""The password that encrypts the workbooks: where it is read from, and what it must be."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from checker.config.parts import ReportConfig
from checker.errors import ConfigError

PASSWORD_VARIABLE = "CHECKER_REPORT__PASSWORD"  # noqa: S105 - the name of the variable, not what is in it
_LONGEST = 255  # UTF-16 units: more than that Excel's own dialog does not take
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def password_of(settings: ReportConfig) -> str | None:
    """The password of the workbooks, or None where they are not to be encrypted.

    Raises:
        ConfigError: it is stated twice, or its file cannot be read, is open to others or holds none; or it is longer
            than Excel takes. The message never shows it.
    """
    if settings.password is not None and settings.password_file is not None:
        raise ConfigError(f"{PASSWORD_VARIABLE} and report.password_file are both given; leave out one of them")
    if settings.password is not None:
        return _checked(settings.password.get_secret_value(), PASSWORD_VARIABLE)
    if settings.password_file is not None:
        return _checked(_first_line(settings.password_file), f"report.password_file: {settings.password_file}")
    return None


def _first_line(file: Path) -> str:
    """The first line without its end; a mark of the byte order, as Windows writes it, is not part of it."""
    place = f"report.password_file: {file}"
    try:
        with file.open("rb") as opened:
            if sys.platform != "win32" and os.fstat(opened.fileno()).st_mode & _OPEN_TO_OTHERS:
                raise ConfigError(f"{place}: is open to other users; chmod 600 it")
            line = opened.readline()
        return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8-sig")
    except OSError as fault:
        raise ConfigError(f"{place}: cannot be read ({fault.strerror}); name a file that can") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{place}: is no text in UTF-8; save it as UTF-8") from None


def _checked(password: str, place: str) -> str:
    if not password:
        raise ConfigError(f"{place}: its first line is empty; write the password there")
    try:
        units = len(password.encode("utf-16-le")) // 2
    except UnicodeEncodeError:  # bytes of a variable that are no text
        raise ConfigError(f"{place}: is no text in UTF-8; give it as UTF-8") from None
    if units > _LONGEST:
        raise ConfigError(f"{place}: is longer than the {_LONGEST} characters that Excel takes; shorten it")
    return password
