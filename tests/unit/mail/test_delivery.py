"""Delivery of the outbox through a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.clock import utc_now
from flask_contacts.mail import preparation, queue
from flask_contacts.mail.delivery import deliver, drain
from flask_contacts.mail.lease_time import lease_seconds
from flask_contacts.mail.templates import TEMPLATES, merge_fields as merge_fields_of
from flask_contacts.mail.transport import Transport
from flask_contacts.models import EmailTemplateText, Link, Mail
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact
from flask_contacts.testing import RecordingSmtp, links_in

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def invited(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> Any:
    """A contact who was just created with a welcome and a set-password mail."""
    return make_contact(
        make_customer(company="Aurora Bakery"),
        firstname="Mara",
        lastname="O'Neil",
        email="Mara@Example.com",
        password="",
        no_welcome_mail=False,
        send_password_mail=True,
    )


def states(session: Session) -> dict[str, str]:
    """Each mail's template and state."""
    session.expire_all()
    return {mail.template: mail.state for mail in session.scalars(select(Mail))}


def test_two_mails_in_html_and_text(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """Welcome without a link to set a password, and the link in a mail of its own (C8)."""
    assert drain(session) == 2
    welcome, link = smtp.to("mara@example.com")
    assert welcome["Subject"] == "Welcome aboard, Mara"
    assert not any("set-password" in url for url in links_in(welcome))
    assert len([url for url in links_in(link) if "/portal/set-password/" in url]) == 1
    for message in (welcome, link):
        parts = {part.get_content_type() for part in message.walk()}
        assert {"text/plain", "text/html"} <= parts
        assert "O'Neil" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert message["From"] == "host@example.com"
    assert states(session) == {"welcome": "sent", "set_password": "sent"}


def test_a_server_that_is_down_loses_nothing(
    session: Session, smtp: RecordingSmtp, invited: Any
) -> None:
    """Mail waits while the server refuses, and goes out after."""
    smtp.down = True
    assert drain(session) == 0
    assert set(states(session).values()) == {"waiting"}
    smtp.down = False
    with time_machine.travel(utc_now() + timedelta(seconds=90)):
        assert drain(session) == 2
    assert set(states(session).values()) == {"sent"}


def test_nobody_listens(app: Flask, session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """A connection refused is temporary and says so in the row."""
    app.extensions["mail"].port = 1
    assert drain(session) == 0
    tried = session.scalars(select(Mail).where(Mail.error.is_not(None))).all()
    assert [(mail.state, mail.attempts) for mail in tried] == [("waiting", 0)]
    assert "refused" in (tried[0].error or "").lower()


def test_an_outage_of_a_week_loses_nothing(
    app: Flask, session: Session, smtp: RecordingSmtp, invited: Any
) -> None:
    """However long nobody listens, the mail waits and is not to blame (M2)."""
    port, start = app.extensions["mail"].port, utc_now()
    app.extensions["mail"].port = 1
    for hour in range(0, 7 * 24, 4):
        with time_machine.travel(start + timedelta(hours=hour)):
            assert drain(session) == 0
    assert set(states(session).values()) == {"waiting"}
    app.extensions["mail"].port = port
    with time_machine.travel(start + timedelta(days=8)):
        assert drain(session) == 2


def test_a_server_that_wants_a_sign_in_blames_no_mail(
    session: Session, smtp: RecordingSmtp, invited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """530 at MAIL FROM is the set-up's fault: everything waits until it is mended."""

    async def refuse(*_: Any) -> str:
        return "530 5.7.0 Authentication required"

    with monkeypatch.context() as patched:
        patched.setattr(smtp, "handle_MAIL", refuse)
        assert drain(session) == 0
    assert set(states(session).values()) == {"waiting"}
    with time_machine.travel(utc_now() + timedelta(seconds=90)):
        assert drain(session) == 2


def test_whatever_goes_wrong_with_one_the_others_go(
    session: Session, smtp: RecordingSmtp, invited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody thought of holds up its own mail alone."""
    send = Transport.send_bytes

    def stumble(self: Transport, recipient: str, message: bytes, *rest: Any) -> None:
        if b"Welcome" in message:
            raise UnicodeEncodeError("ascii", "x", 0, 1, "nobody thought of it")
        send(self, recipient, message, *rest)

    monkeypatch.setattr(Transport, "send_bytes", stumble)
    assert drain(session) == 1
    assert states(session) == {"welcome": "waiting", "set_password": "sent"}


def test_a_long_paragraph_is_sent(
    session: Session, smtp: RecordingSmtp, make_customer: Any, make_contact: Any
) -> None:
    """No line of the message is longer than SMTP allows, whatever staff write."""
    words = "<p>" + "a very long paragraph with açcénts " * 200 + "</p>"
    session.add(EmailTemplateText(name="welcome", language="en", subject="x" * 190, body=words))
    session.commit()
    make_contact(make_customer(), no_welcome_mail=False)
    assert drain(session) == 1
    assert max(map(len, session.scalars(select(Mail.message)).one().splitlines())) < 998
    part = smtp.messages[0].get_body(("plain",))
    assert part is not None
    assert part.get_content().count("very long") == 200


def test_a_refused_recipient_fails_and_stops_no_other(
    session: Session, smtp: RecordingSmtp, invited: Any, make_contact: Callable[..., Any]
) -> None:
    """5xx for one address: that mail rests as failed, the others are sent."""
    make_contact(invited.customer_id, email="bob@example.com", no_welcome_mail=False)
    smtp.replies["mara@example.com"] = "550 no such user"
    assert drain(session) == 1
    assert len(smtp.to("bob@example.com")) == 1
    failed = session.scalars(select(Mail).where(Mail.state == "failed")).all()
    assert len(failed) == 2
    assert all("550" in (mail.error or "") for mail in failed)


def test_a_poisoned_mail_stops_no_other(
    session: Session, smtp: RecordingSmtp, invited: Any
) -> None:
    """A mail that cannot be prepared fails alone."""
    session.execute(update(Mail).where(Mail.template == "set_password").values(template="gone"))
    session.commit()
    assert drain(session) == 1
    assert states(session) == {"welcome": "sent", "gone": "failed"}


def test_a_repeated_delivery_keeps_the_message_id(
    session: Session, smtp: RecordingSmtp, invited: Any
) -> None:
    """A process that died after sending: the lease ends and the same mail goes again."""
    claim = queue.claim(session, 1)
    session.commit()
    assert claim is not None
    [mail_id] = claim.ids
    with Transport() as transport:
        written = preparation.prepare(session, session.get_one(Mail, mail_id))
        assert isinstance(written, bytes)
        session.commit()
        transport.send_bytes("mara@example.com", written)
        assert deliver(session, transport, mail_id) == "taken", "leased to the dead one"
        with time_machine.travel(utc_now() + timedelta(seconds=lease_seconds() + 1)):
            assert deliver(session, transport, mail_id) == "sent"
    first, second = smtp.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_the_former_owner_of_a_lease_cannot_mark(session: Session, invited: Any) -> None:
    """Who lost the lease does not overwrite what the next one did."""
    first = queue.claim(session, 1)
    session.commit()
    with time_machine.travel(utc_now() + timedelta(seconds=lease_seconds() + 1)):
        second = queue.claim_returned(session)
    session.commit()
    assert first is not None
    assert second is not None
    [mail_id] = second.ids
    assert first.ids == second.ids
    assert not queue.end(session, mail_id, first.owner, state="failed")
    session.commit()
    assert session.get_one(Mail, mail_id, populate_existing=True).state == "sending"
    assert queue.end(session, mail_id, second.owner, state="sent")
    session.commit()
    assert session.get_one(Mail, mail_id, populate_existing=True).state == "sent"


@pytest.mark.parametrize("leave", [deactivate_contact, delete_contact])
def test_mail_to_someone_who_left_is_cancelled(
    session: Session, smtp: RecordingSmtp, invited: Any, leave: Callable[..., Any]
) -> None:
    """What no longer holds is cancelled with the reason, not sent (M2)."""
    leave(session, invited.customer_id, invited.id)
    assert drain(session) == 0
    assert smtp.messages == []
    mails = session.scalars(select(Mail)).all()
    assert {mail.state for mail in mails} == {"cancelled"}
    assert all((mail.error or "").startswith("contact_") for mail in mails)


def test_a_superseded_link_is_not_sent(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """A link that is void by the time of sending is not mailed."""
    links.void(session, invited.login_id, "newer_link")
    session.commit()
    drain(session)
    assert states(session) == {"welcome": "sent", "set_password": "cancelled"}


def test_the_link_lives_from_the_first_attempt(
    session: Session, smtp: RecordingSmtp, invited: Any
) -> None:
    """Before the first attempt the 48 hours do not run; a second attempt adds nothing."""
    link = session.scalars(select(Link)).one()
    assert (link.issued_at, link.expires_at) == (None, None)
    smtp.replies["mara@example.com"] = "450 busy"
    drain(session)
    session.refresh(link)
    issued_at = link.issued_at
    assert issued_at is not None
    assert link.expires_at == issued_at + timedelta(seconds=172_800)
    smtp.replies.clear()
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        drain(session)
    session.refresh(link)
    assert link.issued_at == issued_at


def test_ten_temporary_failures_then_it_rests(
    session: Session, smtp: RecordingSmtp, invited: Any
) -> None:
    """A mail that never gets through is failed after the configured attempts."""
    smtp.replies["mara@example.com"] = "450 busy"
    now = utc_now()
    for day in range(11):
        with time_machine.travel(now + timedelta(days=day)):
            drain(session)
    assert states(session)["welcome"] == "failed"
    assert session.scalars(select(Mail.attempts).where(Mail.template == "welcome")).one() == 10


def test_a_connection_dropped_in_the_middle_of_a_batch(
    session: Session, smtp: RecordingSmtp, invited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail that met the drop waits; the next one opens a new connection."""
    dropped = []
    receive = smtp.handle_DATA

    async def drop_once(server: Any, session: Any, envelope: Any) -> str:
        if not dropped:
            dropped.append(True)
            server.transport.abort()
            return "250 never read"
        return await receive(server, session, envelope)

    monkeypatch.setattr(smtp, "handle_DATA", drop_once)
    assert drain(session) == 1
    assert sorted(states(session).values()) == ["sent", "waiting"]


def test_every_template_renders_in_every_language(session: Session, invited: Any) -> None:
    """No template of ours has a merge field that it does not know, in any language."""
    from flask_contacts.mail import merge_fields, messages

    for template in TEMPLATES.values():
        for language in ("en", "pt_BR"):
            words = messages.template_words(session, template, language)
            merge_fields.check(
                words.subject + words.body, {field.name for field in merge_fields_of(template)}
            )
            values = dict.fromkeys(
                {field.name for field in merge_fields_of(template)}, "https://x.example/"
            )
            subject, html, text = messages.render(words, values, language)
            assert subject
            assert "{" not in subject + text
            assert "<html" in html


def test_staff_words_are_used_in_the_recipients_language(
    session: Session, smtp: RecordingSmtp, make_customer: Any, make_contact: Any
) -> None:
    """A changed template in Portuguese goes to who reads Portuguese, and only there (N8)."""
    session.add(
        EmailTemplateText(
            name="welcome", language="pt_BR", subject="Oi {contact_firstname}", body="<p>Oi</p>"
        )
    )
    session.commit()
    customer = make_customer()
    make_contact(customer, email="br@example.com", language="pt_BR", no_welcome_mail=False)
    make_contact(customer, email="en@example.com", firstname="Eve", no_welcome_mail=False)
    drain(session)
    assert smtp.to("br@example.com")[0]["Subject"] == "Oi Ada"
    assert smtp.to("en@example.com")[0]["Subject"] == "Welcome aboard, Eve"


def test_no_password_is_in_any_mail(
    session: Session, smtp: RecordingSmtp, make_customer: Any, make_contact: Any
) -> None:
    """A typed password is never mailed (C7)."""
    make_contact(
        make_customer(), password="a most secret sentence", no_welcome_mail=False,
        send_password_mail=True,
    )  # fmt: skip
    drain(session)
    assert smtp.messages
    for message in smtp.messages:
        for part in message.walk():
            if not part.is_multipart():
                assert "a most secret sentence" not in part.get_content()
