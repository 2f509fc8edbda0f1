"""What stands in a mail's headers on the wire: nothing that anybody typed becomes one."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from flask_contacts import Attachment
from flask_contacts.email_address import canonical_email
from flask_contacts.errors import InvalidInput
from flask_contacts.mail.delivery import drain
from flask_contacts.mail.mime import BadHeader, to_bytes
from flask_contacts.services.mailing import outgoing_mail
from flask_contacts.testing import RecordingSmtp

INJECTED = "=?utf-8?q?Hi=0D=0AReply-To:_thief@evil.example=0D=0A=0D=0APay_here?="
NAMES = {
    "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
    "Content-Type",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("app_context")


def written(subject: str = "Hello", **options: Any) -> bytes:
    """The bytes of a mail."""
    return to_bytes("a@example.com", subject, "<p>Dear</p>", "Dear", "<1@example.com>", **options)


@pytest.mark.parametrize(
    "subject",
    [
        INJECTED,
        f"Re: {INJECTED}",
        "=?utf-8?b?QQ0KQmNjOiBhQGIuYw==?=",
        "=?utf-8?q?=E2=80=A8?=",
        "Grüße " * 30,
        "x" * 250,
        "a =? b ?= c",
        "",
    ],
)
def test_a_subject_stands_as_it_was_typed(subject: str) -> None:
    """1.3.11: an encoded word is text like any other; the set of headers is exactly ours."""
    message = message_from_bytes(written(subject))
    assert set(message.keys()) == NAMES
    shown = str(make_header(decode_header(message["Subject"] or "")))
    assert shown.split() == subject.split()
    assert b"\nPay" not in written(subject)


@pytest.mark.parametrize("sender", ["a@b.c\r\nBcc: x@y.z", ("N\nBcc: x@y.z", "a@b.c")])
def test_a_sender_is_one_line(app: Flask, monkeypatch: pytest.MonkeyPatch, sender: Any) -> None:
    """1.3.11: nor does a setting add a header."""
    monkeypatch.setattr(app.extensions["mail"], "default_sender", sender)
    with pytest.raises(BadHeader):
        written()


@pytest.mark.parametrize(
    "name", [f"{INJECTED}.pdf", 'a"; x="b.pdf', "Rechnung Größe.pdf", "%41.pdf", "plain.pdf"]
)
def test_a_files_name_stands_as_it_was_given(name: str) -> None:
    """The part has its own headers and no other, and the file arrives byte by byte."""
    content = bytes(range(256)) * 50
    message = message_from_bytes(written(attachments=[Attachment(name, content)]))
    [_words, part] = message.get_payload()
    assert set(part.keys()) == {
        "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Content-Disposition",
    }  # fmt: skip
    assert part.get_filename() == name
    assert part.get_payload(decode=True) == content


def test_a_long_address_to_unsubscribe_is_one_that_programs_read() -> None:
    """RFC 2369, RFC 8058: the URL in angle brackets, no encoded word, whatever its length."""
    url = f"<https://crm.example.com/portal/email-notifications/{'x' * 180}>"
    sent = written(headers={"List-Unsubscribe": url, "List-Unsubscribe-Post": "x"})
    header = sent.split(b"\r\n\r\n")[0]
    assert url.encode() in header
    assert b"=?utf-8" not in header
    assert max(len(line) for line in sent.split(b"\r\n")) <= 998


def test_every_line_ends_as_smtp_wants_it() -> None:
    """CR LF everywhere, and words of any length and script arrive as they were."""
    text = "Grüße\n" + "ein langes Wort " * 200
    sent = to_bytes("a@example.com", "x", "<p>x</p>", text, "<1@example.com>")
    assert sent.count(b"\n") == sent.count(b"\r\n")
    plain = message_from_bytes(sent).get_payload()[0].get_payload(decode=True).decode()
    assert plain.replace("\r\n", "\n") == text


@pytest.mark.parametrize("files", [0, 2])
def test_words_that_look_like_the_mail_around_them(files: int) -> None:
    """Lines of a mail's own making, dots and blanks at the ends, bytes of any kind: as written."""
    lines = ["--=_0", "--", ".", "From me", "Subject: x", "=_=3D", "a ", "\t", "\x00\x85\u2028é"]
    text = "\n".join(lines)
    content = bytes(range(256)) * 3
    attached = [Attachment(f"{number}.bin", content) for number in range(files)]
    sent = to_bytes(
        "a@example.com", "x", f"<p>{text}</p>", text, "<1@example.com>", attachments=attached
    )
    assert sent.count(b"\n") == sent.count(b"\r\n")
    assert max(map(len, sent.split(b"\r\n"))) <= 78
    read = [one for one in message_from_bytes(sent).walk() if not one.is_multipart()]
    assert [one.get_content_type() for one in read[:2]] == ["text/plain", "text/html"]
    bodies = [one.get_payload(decode=True) for one in read]
    assert bodies[0].replace(b"\r\n", b"\n").decode() == text
    assert bodies[1].replace(b"\r\n", b"\n").decode() == f"<p>{text}</p>"
    assert bodies[2:] == [content] * files


@pytest.mark.parametrize(
    "address",
    ["=?utf-8?q?x=0D=0Ay?=@example.com", "=?utf-8?q?victim=40evil.de=3E=2C_?=@example.com"],
)
def test_an_address_that_reads_as_another_is_refused(address: str) -> None:
    """At its field, so that no mail is ever written to it."""
    with pytest.raises(InvalidInput):
        canonical_email(address)


def test_a_server_that_quotes_a_link_gives_nobody_the_link(
    app: Flask,
    session: Session,
    smtp: RecordingSmtp,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """14.2.1: neither staff nor the log read the token of a link to set a password."""
    token = "eyJ1dWlkIjoiMTIzNDU2Nzg5MCJ9.aRq9Kg.Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6"
    url = f"http://localhost/portal/set-password/{token}"
    smtp.replies["ada@example.com"] = f"554 5.7.1 blacklisted URL {url} or {token} in it"
    make_contact(make_customer(), email="ada@example.com", no_welcome_mail=False)
    drain(session)
    [mail] = outgoing_mail.list_mail(session).items
    assert "blacklisted URL" in (mail.error or "")
    assert token not in f"{mail.error}{caplog.text}"
