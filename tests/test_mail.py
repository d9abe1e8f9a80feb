"""Word of a pass goes to a real mail server, over TLS or not at all."""

from __future__ import annotations

import socket
import ssl
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from checker import mail
from checker.config import EmailConfig
from checker.errors import MailError

SECRET = "a secret that nobody may see"  # noqa: S105 - of a server that lives for one test


@dataclass
class Letterbox:
    """What a server received: the envelope's recipients and the message."""

    received: list[tuple[list[str], Any]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_PAUSE", 0)


@contextmanager
def server(
    authority: trustme.CA | None, port: int | None = None, **options: Any
) -> Iterator[tuple[Letterbox, EmailConfig]]:
    letterbox = Letterbox()
    if authority is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        options |= {"tls_context": context, "require_starttls": True}
    port = port or free_port()
    controller = Controller(letterbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield letterbox, configured(port)
    finally:
        controller.stop()


def configured(port: int, **more: Any) -> EmailConfig:
    stated = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "checker@force.example",
        "recipients": ["a@f.example", "b@f.example"],
    }
    return EmailConfig.model_validate(stated | more)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.usefixtures("trusted")
def test_a_message_arrives_as_it_was_written(authority: trustme.CA) -> None:
    with server(authority) as (letterbox, email):
        mail.send(email, "3 exceptions", ["Run 1 – data to 22 Nov 2026", "Workbook: out/exceptions.xlsx"])
    ((recipients, message),) = letterbox.received
    assert recipients == ["a@f.example", "b@f.example"]
    assert (message["From"], message["To"], message["Subject"]) == (
        "checker@force.example",
        "a@f.example, b@f.example",
        "3 exceptions",
    )
    assert message.get_content().splitlines() == ["Run 1 – data to 22 Nov 2026", "Workbook: out/exceptions.xlsx"]
    assert message["Message-ID"].endswith("@force.example>")


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(authority: trustme.CA) -> None:
    with server(authority) as (letterbox, email), pytest.raises(MailError, match=r"\(SSLCertVerificationError\)"):
        mail.send(email, "3 exceptions", [])
    assert letterbox.received == []


def test_a_server_without_starttls_gets_nothing() -> None:
    with server(None) as (letterbox, email), pytest.raises(MailError, match=r"\(SMTPNotSupportedError\)"):
        mail.send(email, "3 exceptions", [])
    assert letterbox.received == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("password", "arrives"), [(SECRET, True), ("another", False)])
def test_the_account_is_proved_and_its_password_never_told(authority: trustme.CA, password: str, arrives: bool) -> None:
    def is_right(_server: Any, _session: Any, _envelope: Any, _mechanism: str, proof: Any) -> AuthResult:
        return AuthResult(success=isinstance(proof, LoginPassword) and proof.password == SECRET.encode(), handled=False)

    with server(authority, authenticator=is_right, auth_required=True) as (letterbox, open_to_all):
        email = configured(open_to_all.port, user="checker", password=password)
        if arrives:
            mail.send(email, "3 exceptions", [])
        else:
            with pytest.raises(MailError) as fault:
                mail.send(email, "3 exceptions", [])
            assert str(fault.value) == (
                f"127.0.0.1:{email.port}: the message could not be sent (535); mend [email] in checker.toml"
            )
    assert len(letterbox.received) == arrives
    assert SECRET not in repr(email)


@pytest.mark.usefixtures("trusted")
def test_a_password_that_smtp_cannot_spell_is_a_fault_of_the_mail_and_no_letter_of_it_is_told(
    authority: trustme.CA,
) -> None:
    with server(authority, auth_required=True) as (letterbox, open_to_all):
        email = configured(open_to_all.port, user="checker", password="pässword")  # noqa: S106
        with pytest.raises(MailError, match=r"\((UnicodeEncodeError|535)\)") as fault:
            mail.send(email, "3 exceptions", [])
    assert r"\xe4" not in "".join(traceback.format_exception(fault.value))
    assert letterbox.received == []


def test_a_host_that_is_no_name_is_a_fault_of_the_mail() -> None:
    with pytest.raises(
        MailError, match=r"^mail\.\.example:25: the message could not be sent \(Unicode(Encode)?Error\)"
    ):
        mail.send(configured(25, host="mail..example"), "3 exceptions", [])


def test_a_server_that_is_not_there_is_asked_twice() -> None:
    asked: list[None] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as door:

        def slam() -> None:
            for _ in range(2):
                connection, _address = door.accept()
                asked.append(None)
                connection.close()

        doorman = threading.Thread(target=slam, daemon=True)
        doorman.start()
        with pytest.raises(MailError, match="SMTPServerDisconnected"):
            mail.send(configured(door.getsockname()[1]), "3 exceptions", [])
        doorman.join(10)
    assert len(asked) == 2
    with pytest.raises(MailError, match="ConnectionRefusedError"):
        mail.send(configured(free_port()), "3 exceptions", [])
