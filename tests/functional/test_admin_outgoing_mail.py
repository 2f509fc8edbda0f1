"""Setup → Outgoing mail in the admin."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, CustomerAdmin, Mail
from flask_contacts.services.mailing import mail_counts, outgoing_mail as service
from flask_contacts.testing import RecordingSmtp

LIST = "/contacts-outgoing-mail/"


@pytest.fixture
def people(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> list[Any]:
    """Four contacts of a customer whose welcome mails wait."""
    customer = make_customer("Aurora Bakery")
    return [
        make_contact(customer, email=f"{name}@example.com", no_welcome_mail=False)
        for name in ("ada", "bob", "eva", "kim")
    ]


@pytest.fixture
def post(staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str]) -> Callable[..., str]:
    """``post(path, mail=[…])`` sends the list's form; the text of the page that follows."""

    def send(path: str, **fields: Any) -> str:
        data = {"csrf_token": csrf(staff_client, LIST), "back": LIST, **fields}
        response = staff_client.post(LIST + path, data=data, follow_redirects=True)
        assert response.status_code == 200
        return response.text

    return send


def mail_ids(session: Session) -> list[int]:
    """The ids of all mails, in the order in which they were written."""
    session.rollback()
    return list(session.scalars(select(Mail.id).order_by(Mail.id)))


def states(session: Session) -> list[str]:
    """The states of all mails, in that order."""
    session.rollback()
    return list(session.scalars(select(Mail.state).order_by(Mail.id)))


def test_an_empty_outbox_says_when_something_will_be_here(staff_client: FlaskClient) -> None:
    """No table, no buttons, a sentence."""
    page = staff_client.get(LIST).text
    assert "No mail here" in page
    assert "Send selected again" not in page


@pytest.mark.usefixtures("people")
def test_each_mail_shows_its_state_error_and_attempts(
    staff_client: FlaskClient, smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """M2: what was sent, what failed and with which words of the server; filters narrow down."""
    smtp.replies["bob@example.com"] = "550 5.1.1 no such mailbox here"
    drain()
    page = staff_client.get(LIST).text
    assert page.count("label-success") == 3
    assert "no such mailbox here" in page
    failed = staff_client.get(f"{LIST}?state=failed").text
    assert "bob@example.com" in failed
    assert "ada@example.com" not in failed
    assert "Send every failed mail again" in failed
    found = staff_client.get(f"{LIST}?to=ADA@example.com").text
    assert "ada@example.com" in found
    assert "bob@example.com" not in found
    assert "No mail here" in staff_client.get(f"{LIST}?state=failed&to=ada@example.com").text


@pytest.mark.usefixtures("people")
def test_failed_mail_is_sent_again_and_waiting_mail_cancelled(
    session: Session,
    post: Callable[..., str],
    smtp: RecordingSmtp,
    drain: Callable[[], None],
) -> None:
    """One or many, with the Message-ID that each had; what has left is not cancelled."""
    ids = mail_ids(session)
    assert "1 mail is cancelled." in post("cancel", mail=[ids[3]])
    smtp.replies["bob@example.com"] = "550 no"
    drain()
    smtp.replies.clear()
    assert states(session) == ["sent", "failed", "sent", "cancelled"]
    assert "1 mail is on its way again." in post("send-again", mail=[ids[1]])
    drain()
    assert states(session) == ["sent", "sent", "sent", "cancelled"]
    too_late = post("cancel", mail=ids)
    assert "cannot be cancelled" in too_late
    assert "is cancelled" not in too_late
    assert "are cancelled" not in too_late
    assert states(session)[:3] == ["sent"] * 3
    assert "Select at least one mail." in post("cancel")


@pytest.mark.usefixtures("people")
def test_a_server_that_is_away_is_no_attempt(session: Session, staff_client: FlaskClient) -> None:
    """A mail's own page says why it was tried and shows no attempts."""
    first, second, *_rest = mail_ids(session)
    session.execute(update(Mail).where(Mail.id == first).values(error="Connection refused"))
    session.execute(update(Mail).where(Mail.id == second).values(error="450 later", attempts=1))
    session.commit()
    note = "this does not count as an attempt"
    assert note in staff_client.get(f"{LIST}mail/{first}").text
    assert note not in staff_client.get(f"{LIST}mail/{second}").text


@pytest.mark.usefixtures("people")
def test_every_failed_mail_at_once(
    session: Session, post: Callable[..., str], smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """After a mail server was mended."""
    for name in ("ada", "bob", "eva", "kim"):
        smtp.replies[f"{name}@example.com"] = "550 no"
    drain()
    smtp.replies.clear()
    assert "4 mails are on their way again." in post("send-failed-again")
    drain()
    assert states(session) == ["sent"] * 4


@pytest.mark.usefixtures("people")
def test_mail_that_was_sent_is_asked_about_first(
    session: Session, post: Callable[..., str], smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """Nobody gets a second copy by a tick too many."""
    ids = mail_ids(session)
    post("cancel", mail=[ids[0]])
    drain()
    question = post("send-again", mail=ids)
    assert "3 of the selected mails have been sent already" in question
    assert states(session) == ["cancelled", "sent", "sent", "sent"]
    assert "1 mail is on its way again." in post("send-again", mail=ids, sent_too="0")
    drain()
    assert len(smtp.messages) == 4
    assert "4 mails are on their way again." in post("send-again", mail=ids, sent_too="1")
    drain()
    assert len(smtp.messages) == 8
    assert len({message["Message-ID"] for message in smtp.messages}) == 4


def test_a_mail_with_a_link_never_shows_it(
    staff_client: FlaskClient,
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    smtp: RecordingSmtp,
    drain: Callable[[], None],
) -> None:
    """Security 6.4.1: staff read what a welcome says, and no link that sets a password."""
    make_contact(
        make_customer(), email="ada@example.com", send_password_mail=True, password="",
        no_welcome_mail=False,
    )  # fmt: skip
    drain()
    welcome, link = mail_ids(session)
    page = staff_client.get(f"{LIST}mail/{welcome}").text
    assert "Welcome aboard" in page
    assert "<dd>English</dd>" in page
    page = staff_client.get(f"{LIST}mail/{link}").text
    assert "is not kept, because of the personal link" in page
    assert "/set-password/" not in page


@pytest.mark.usefixtures("people")
def test_pages_and_statements(
    staff_client: FlaskClient,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    """The pages hold every mail once, and cost the same however many there are."""
    monkeypatch.setattr("flask_contacts.admin.mail.outgoing_mail_view._SIZE", 3)
    staff_client.get(LIST)
    with statements() as few:
        first = staff_client.get(LIST).text
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = staff_client.get(older.group(1).replace("&amp;", "&")).text
    shown = [*re.findall(r"mail/(\d+)\"", first), *re.findall(r"mail/(\d+)\"", second)]
    assert [int(one) for one in shown] == mail_ids(session)[::-1]
    for number in range(40):
        row = Mail(
            message_id=f"<{number}@example.com>", template="welcome", language="en",
            recipient="many@example.com", subject="Hello", state="sent",
        )  # fmt: skip
        session.add(row)
    session.commit()
    with statements() as many:
        staff_client.get(LIST)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "query",
    ["?state=unknown", "?before=abc", "?before=-1", "?before=99999999999", "?to=" + "a" * 300],
)
def test_a_forged_address_is_not_found(staff_client: FlaskClient, query: str) -> None:
    """Nothing in a query string is a server error."""
    assert staff_client.get(LIST + query).status_code == 404


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("path", ["send-again", "cancel"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"mail": "abc"}, 404),
        ({"mail": "1" * 30}, 404),
        ({"mail": "1", "state": "sent"}, 422),
        ({"mail": [str(n) for n in range(1, 1200)]}, 400),
    ],
)
def test_a_forged_form_changes_nothing(
    staff_client: FlaskClient,
    csrf: Callable[[FlaskClient, str], str],
    path: str,
    fields: dict[str, Any],
    status: int,
) -> None:
    """Ids that are none, fields that the page does not have, far too many."""
    data = {"csrf_token": csrf(staff_client, LIST), **fields}
    assert staff_client.post(LIST + path, data=data).status_code == status
    assert staff_client.post(LIST + path, data={"mail": "1"}).status_code == 400
    assert staff_client.get(LIST + path).status_code == 405


def test_the_way_back_stays_on_the_list(
    staff_client: FlaskClient, csrf: Callable[[FlaskClient, str], str], people: list[Any]
) -> None:
    """The form's way back leads to the list with its filter, never to another site."""
    for back, leads_to in (
        (f"{LIST}?state=waiting", f"{LIST}?state=waiting"),
        ("https://evil.example/", LIST),
        ("//evil.example", LIST),
        (f"{LIST}..//evil.example", LIST),
    ):
        data = {"csrf_token": csrf(staff_client, LIST), "back": back}
        assert staff_client.post(f"{LIST}cancel", data=data).location == leads_to


def test_limited_staff_see_the_mail_of_their_customers_only(
    app: Flask,
    session: Session,
    people: list[Any],
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> None:
    """S7: lists, counts, the chart, single mails and buttons keep to the customers given."""
    other = make_contact(make_customer(), email="else@example.com", no_welcome_mail=False)
    # What tells of no login, and is finished.
    session.execute(update(Mail).values(template="host_invoice", message=b"Subject: Hello"))
    session.commit()
    mine = service.MailFilter(
        customers=select(Contact.customer_id).where(Contact.customer_id == other.customer_id)
    )
    *hidden, visible = mail_ids(session)
    assert [mail.id for mail in service.list_mail(session, mine).items] == [visible]
    assert mail_counts.count_by_state(session, mine)["waiting"] == 1
    assert list(mail_counts.last_days(session, mine).values())[-1]["waiting"] == 1
    session.rollback()
    with app.app_context():
        assert service.cancel(session, hidden, asked=mine) == 0
        assert service.send_all_failed_again(session, mine) == 0
        assert service.send_again(session, [*hidden, visible], asked=mine, sent_too=True) == 1
    assert set(states(session)) == {"waiting"}


@pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
def test_limited_staff_find_no_other_customers_mail_in_the_pages(
    app: Flask,
    session: Session,
    people: list[Any],
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> None:
    """S7: by the list, its numbers, a mail's own page and the buttons, only theirs."""
    other = make_contact(make_customer(), email="else@example.com", no_welcome_mail=False)
    # What tells of no login, and is finished.
    session.execute(update(Mail).values(template="host_invoice", message=b"Subject: Hello"))
    session.commit()
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("Mail")
        for permission in ("can_show", "can_edit"):
            pair = sm.find_permission_view_menu(permission, "Contacts outgoing mail")
            sm.add_permission_role(role, pair)
        user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
        session.add(CustomerAdmin(customer_id=other.customer_id, staff_id=user.id))
        session.commit()
    sam = app.test_client()
    testing.staff_sign_in(sam, "sam", "sam")
    *hidden, visible = mail_ids(session)
    page = sam.get(LIST).text
    assert "else@example.com" in page
    assert "ada@example.com" not in page
    assert '<span class="badge">1</span>' in page
    assert '<span class="badge">4</span>' not in page
    assert sam.get(f"{LIST}mail/{visible}").status_code == 200
    assert sam.get(f"{LIST}mail/{hidden[0]}").status_code == 404
    data = {"csrf_token": testing.csrf_token(sam, LIST), "mail": [*hidden, visible]}
    sam.post(f"{LIST}cancel", data=data)
    assert states(session) == ["waiting"] * 4 + ["cancelled"]
    session.execute(update(Mail).values(template="welcome"))
    session.commit()
    assert "No mail here" in sam.get(LIST).text  # C6: it tells who has a login elsewhere
