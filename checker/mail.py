"""One plain message by SMTP, over TLS or not at all."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from checker.config import EmailConfig
from checker.errors import MailError

_PATIENCE = 10  # seconds that the server may take for one answer
_PAUSE = 2.0  # seconds before the second and last attempt
_FAULTS = (OSError, smtplib.SMTPException, UnicodeError)  # the last: an account or a host that SMTP cannot spell


def send(email: EmailConfig, subject: str, lines: Sequence[str]) -> None:
    """Send a plain-text message to the recipients, in a second attempt where the first fails.

    Args:
        email: With a host, a sender and recipients.
        subject: One line.
        lines: The text.

    Raises:
        MailError: both attempts failed; it tells neither account nor recipients.
    """
    message = _message(email, subject, lines)
    try:
        _attempt(email, message)
    except _FAULTS:
        time.sleep(_PAUSE)
        try:
            _attempt(email, message)
        except _FAULTS as fault:
            code = fault.smtp_code if isinstance(fault, smtplib.SMTPResponseException) else type(fault).__name__
            place = f"{email.host}:{email.port}"
            text = f"{place}: the message could not be sent ({code}); mend [email] in checker.toml"
            raise MailError(text) from None  # the fault's own text may tell recipients or a letter of the password


def _message(email: EmailConfig, subject: str, lines: Sequence[str]) -> EmailMessage:
    sender = email.sender or ""
    message = EmailMessage(SMTP.clone(max_line_length=998))  # a folded subject would begin with a blank
    message["From"], message["To"], message["Subject"] = sender, ", ".join(email.recipients), subject
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])  # by default it would name this machine
    text = "\n".join(lines) + "\n"
    message.set_content(text.encode("utf-8", "backslashreplace").decode("utf-8"))  # a folder's name may be no UTF-8
    return message


def _attempt(email: EmailConfig, message: EmailMessage) -> None:
    with smtplib.SMTP(email.host or "", email.port, timeout=_PATIENCE) as server:
        server.starttls(context=ssl.create_default_context())  # raises where the server does not offer it
        if email.user is not None and email.password is not None:
            server.login(email.user, email.password.get_secret_value())
        server.send_message(message)
