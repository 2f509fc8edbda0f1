"""Mail to a marketing list, and leaving it: by one click, and by the page (RFC 8058)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import MetaData, Table, inspect, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from flask_contacts import MailTemplate, MergeField
from flask_contacts.clock import utc_now
from flask_contacts.errors import ConfigError, InvalidInput, NotFound
from flask_contacts.mail.marketing_links import marketing_url
from flask_contacts.mail.topic_links import topic_url
from flask_contacts.models import (
    Activity,
    Contact,
    EmailTemplate,
    EmailTemplateText,
    Mail,
    MarketingLeaver,
    MarketingList,
    MarketingMember,
)
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact
from flask_contacts.services.marketing import (
    lists as marketing_lists,
    mail as service,
    members as marketing_members,
)
from flask_contacts.services.merging.merge import merge_contacts
from flask_contacts.services.merging.values import Choices
from flask_contacts.state import current_contacts
from flask_contacts.testing import RecordingSmtp, csrf_token

Make = Callable[..., Any]
NEWS = MailTemplate(
    "news",
    "News",
    subject="News {number}",
    body="<p>Dear {contact_firstname},</p><p>here is number {number}.</p>",
    fields=(MergeField("number", "Number"),),
)


@pytest.fixture(autouse=True)
def _template(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's template, registered for this test."""
    with app.app_context():
        templates = {**current_contacts.registry.mail_templates, NEWS.name: NEWS}
        monkeypatch.setattr(current_contacts.registry, "mail_templates", templates)


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def newsletter(app: Flask, session: Session) -> MarketingList:
    """A list with nobody on it."""
    with app.app_context():
        return marketing_lists.create_list(session, {"name": "Newsletter"})


@pytest.fixture
def join(app: Flask, session: Session, newsletter: MarketingList) -> Make:
    """``join(contact, …)`` puts contacts on the list."""

    def add(*contacts: Any) -> None:
        with app.app_context():
            marketing_members.add_members(session, newsletter.id, [one.id for one in contacts])

    return add


@pytest.fixture
def send(app: Flask, session: Session, newsletter: MarketingList) -> Make:
    """``send(key)`` writes mails to the list; how many."""

    def write(key: str = "news-1", values: Any = None, **more: Any) -> int:
        with app.app_context():
            given = {"number": "1"} if values is None else values
            return service.send_to_marketing_list(
                session, newsletter.id, "news", given, key=key, **more
            )

    return write


def link(app: Flask, contact: Any, found: MarketingList, *, old: bool = False) -> str:
    """The path of the link in a mail to the contact; ``old``: of before it kept the address."""
    with app.app_context():
        address = None if old else contact.email_key
        return marketing_url(contact.uuid, found.uuid, address).removeprefix("http://localhost")


def give_address(session: Session, contact: Any, email: str) -> None:
    """Another address, as nothing but the row knows it."""
    changed = update(Contact).where(Contact.id == contact.id)
    session.execute(changed.values(email=email, email_key=email))
    session.commit()


def left(session: Session, contact: Any) -> bool:
    """Whether the contact has left the list."""
    session.expire_all()
    query = select(MarketingMember).where(MarketingMember.contact_id == contact.id)
    return session.scalars(query).one().unsubscribed_at is not None


def verbs_of(session: Session, contact: Any) -> list[str]:
    """What was done to a contact, in order."""
    query = select(Activity.verb).where(Activity.contact_id == contact.id).order_by(Activity.id)
    return list(session.scalars(query))


def visible_words(page: str) -> str:
    """What a page says, without what differs each time: tokens and addresses."""
    body = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    metadata = MetaData()
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        tables = [Table(name, metadata, autoload_with=connection) for name in names]
        return {t.name: sorted(map(tuple, connection.execute(select(t))), key=repr) for t in tables}


def test_the_whole_way(
    app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make, send: Make,
    drain: Callable[[], None], smtp: RecordingSmtp, session: Session,
) -> None:  # fmt: skip
    """A mail with the list's name, a link to leave it and the headers of RFC 8058; one click
    leaves, and the next sending passes that person by, but nobody else."""
    mara = make_contact(customer, firstname="Mara", email="mara@example.com")
    other = make_contact(customer, email="other@example.com")
    join(mara, other)
    assert send() == 2
    drain()
    [mail] = smtp.to("mara@example.com")
    assert mail["Subject"] == "News 1"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail["List-Unsubscribe"].strip("<> \r\n")
    for kind in ("html", "plain"):
        text = mail.get_body((kind,)).get_content()
        assert "here is number 1" in text
        assert "“Newsletter”" in text
        assert url in text.replace("&amp;", "&")
    answer = client.post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 204
    assert left(session, mara)
    assert not left(session, other)
    assert send("news-2") == 1
    drain()
    assert len(smtp.to("mara@example.com")) == 1
    assert len(smtp.to("other@example.com")) == 2


def test_the_page(
    app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
    newsletter: MarketingList, engine: Engine, session: Session,
) -> None:  # fmt: skip
    """GET and HEAD show and change nothing; the button leaves, another comes back; both are
    in the contact's activity."""
    contact = make_contact(customer)
    join(contact)
    url, before = link(app, contact, newsletter), everything(engine)
    page = client.get(url)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Newsletter" in page.text
    client.head(url)
    assert everything(engine) == before
    assert client.post(url).status_code == 400
    assert not left(session, contact)
    token = csrf_token(client, url)
    answer = client.post(url, data={"csrf_token": token, "choice": "leave"})
    assert answer.status_code == 303
    assert left(session, contact)
    page = client.get(answer.location)
    assert "You do not get this mail any more." in page.text
    assert "Get this mail again" in page.text
    client.post(url, data={"csrf_token": token, "choice": "leave"})
    client.post(url, data={"csrf_token": token, "choice": "rejoin"})
    assert not left(session, contact)
    verbs = session.scalars(
        select(Activity.verb).where(Activity.contact_id == contact.id).order_by(Activity.id)
    )
    assert list(verbs)[-2:] == ["left_list", "rejoined_list"]


def test_leaving_counts_for_the_person(
    app: Flask, client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    join: Make, send: Make, newsletter: MarketingList, session: Session,
) -> None:  # fmt: skip
    """One address at two customers gets one mail, and leaving by it stops both; adding the
    person as a third contact does not bring the mail back."""
    first = make_contact(customer, email="mara@example.com")
    second = make_contact(make_customer(), email="MARA@example.com")
    join(first, second)
    assert send() == 1
    client.post(link(app, first, newsletter), data={"List-Unsubscribe": "One-Click"})
    assert left(session, first)
    assert left(session, second)
    third = make_contact(make_customer(), email="mara@example.com")
    join(third)
    assert send("news-2") == 0
    with app.app_context():
        assert list(service.marketing_recipients(session, newsletter.id)) == []


@pytest.mark.parametrize("what", ["merged", "edited", "deleted", "anonymised"])
def test_the_address_has_left(
    app: Flask, client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    join: Make, send: Make, newsletter: MarketingList, session: Session, what: str,
) -> None:  # fmt: skip
    """Whatever becomes of the contact that left: no mail goes to the address as another one;
    who adds that one is told, and mail goes there again where the person wished it."""
    keep = make_contact(customer, email="mara@example.com")
    old = make_contact(customer, email="old@example.com", is_user=False, password="")
    other = make_contact(make_customer(), email="OLD@example.com", is_user=False, password="")
    join(old)
    url, former = link(app, old, newsletter), link(app, old, newsletter, old=True)
    client.post(url, data={"List-Unsubscribe": "One-Click"})
    with app.app_context():
        if what == "merged":
            merge_contacts(session, [keep.id, old.id], keep.id, Choices())
        elif what == "edited":
            give_address(session, old, "new@example.com")
        elif what == "deleted":
            delete_contact(session, customer.id, old.id)
        else:
            archive_contact(session, customer.id, old.id)
            anonymise_contact(session, customer.id, old.id)
        add = partial(marketing_members.add_members, session, newsletter.id, [other.id])
        assert [one.refusal for one in add()] == ["unsubscribed"]
        session.add(MarketingMember(list_id=newsletter.id, contact_id=other.id, source="x"))
        session.commit()
        assert list(service.marketing_recipients(session, newsletter.id)) == []
    assert send() == 0
    assert "Get this mail again" in client.get(link(app, other, newsletter)).text
    page = client.get(url)
    assert page.status_code == 200
    assert "You will get no more mail to the list “Newsletter”." in page.text
    assert "@example.com" not in page.text
    page = client.get(former)
    assert page.status_code == (410 if what in {"deleted", "anonymised"} else 200)
    assert "Get this mail again" in page.text or page.status_code == 410
    token = csrf_token(client, link(app, other, newsletter))
    form = {"csrf_token": token, "choice": "rejoin"}
    assert client.post(link(app, other, newsletter), data=form).status_code == 303
    assert send("news-2") == 1


def test_staff_add_an_address_that_has_left(
    app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make, send: Make,
    newsletter: MarketingList, session: Session,
) -> None:  # fmt: skip
    """Where the person wished it; then mail goes there again."""
    old = make_contact(customer, email="mara@example.com")
    join(old)
    client.post(link(app, old, newsletter), data={"List-Unsubscribe": "One-Click"})
    with app.app_context():
        delete_contact(session, customer.id, old.id)
        again = make_contact(customer, email="mara@example.com")
        done = marketing_members.add_members(session, newsletter.id, [again.id], rejoin=True)
    assert [one.refusal for one in done] == [None]
    assert send() == 1


def test_a_mail_on_its_way_to_an_address_that_left(
    app: Flask, client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    join: Make, send: Make, newsletter: MarketingList, session: Session,
    drain: Callable[[], None], smtp: RecordingSmtp,
) -> None:  # fmt: skip
    """It is cancelled also where the contact that left is gone by then."""
    alone: dict[str, Any] = {"is_user": False, "password": ""}
    old = make_contact(customer, email="mara@example.com", **alone)
    other = make_contact(make_customer(), email="mara@example.com", **alone)
    join(other)
    assert send() == 1
    join(old)
    client.post(link(app, old, newsletter), data={"List-Unsubscribe": "One-Click"})
    session.execute(update(MarketingMember).values(unsubscribed_at=None))
    session.commit()
    with app.app_context():
        delete_contact(session, customer.id, old.id)
    drain()
    assert smtp.messages == []
    mail = session.scalars(
        select(Mail).where(Mail.template == "news").execution_options(populate_existing=True)
    ).one()
    assert (mail.state, mail.error) == ("cancelled", "contact_left_list")
    assert mail.contact_id == other.id


def test_who_is_not_mailed(
    app: Flask, customer: Any, make_contact: Make, join: Make, send: Make, session: Session,
    newsletter: MarketingList,
) -> None:  # fmt: skip
    """Do not send emails, not active, no longer on the list: neither a recipient nor mailed."""
    yes = make_contact(customer)
    quiet = make_contact(customer, do_not_send_emails=True)
    off, removed = make_contact(customer), make_contact(customer)
    join(yes, quiet, off, removed)
    with app.app_context():
        deactivate_contact(session, customer.id, off.id)
        marketing_members.remove_member(session, newsletter.id, removed.id)
        found = service.marketing_recipients(session, newsletter.id)
        assert [contact.id for contact in found] == [yes.id]
    assert send() == 1


@pytest.mark.parametrize("what", ["left", "removed", "quiet", "off", "moved", "archived list"])
def test_it_is_asked_again_before_it_is_sent(
    app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make, send: Make,
    newsletter: MarketingList, session: Session, drain: Callable[[], None], smtp: RecordingSmtp,
    what: str,
) -> None:  # fmt: skip
    """What changed after the mail was promised cancels it, with the reason (M2)."""
    contact = make_contact(customer)
    join(contact)
    send()
    reason = "contact_left_list"
    if what == "left":
        client.post(link(app, contact, newsletter), data={"List-Unsubscribe": "One-Click"})
    with app.app_context():
        if what == "removed":
            marketing_members.remove_member(session, newsletter.id, contact.id)
        elif what == "off":
            deactivate_contact(session, customer.id, contact.id)
            reason = "contact_inactive"
        elif what == "archived list":
            marketing_lists.archive_list(session, newsletter.id)
    row = session.get(Contact, contact.id, populate_existing=True)
    assert row is not None
    if what == "quiet":
        row.do_not_send_emails, reason = True, "contact_do_not_send_emails"
    elif what == "moved":
        row.email = row.email_key = "new@example.com"
        reason = "address_changed"
    session.commit()
    drain()
    assert smtp.messages == []
    mail = session.scalars(select(Mail).execution_options(populate_existing=True)).one()
    assert (mail.state, mail.error) == ("cancelled", reason)


def test_a_sending_goes_on_where_it_was_killed(
    app: Flask, customer: Any, make_contact: Make, join: Make, send: Make, session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """In portions; after a crash the same key writes the rest and nobody twice."""
    monkeypatch.setattr(service, "_IN_ONE_TRANSACTION", 2)
    join(*(make_contact(customer) for _one in range(5)))

    def crash(count: int) -> None:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        send(progress=crash)
    session.rollback()
    assert len(session.scalars(select(Mail)).all()) == 2
    seen: list[int] = []
    assert send(progress=seen.append) == 3
    assert sum(seen) == 3
    assert send() == 0
    session.expire_all()
    recipients = list(session.scalars(select(Mail.recipient)))
    assert len(set(recipients)) == len(recipients) == 5


def test_each_in_the_own_language(
    session: Session, customer: Any, make_contact: Make, join: Make, send: Make,
    drain: Callable[[], None], smtp: RecordingSmtp,
) -> None:  # fmt: skip
    """What staff wrote in the reader's language, in a frame that speaks it (N8)."""
    text = {"name": "news", "language": "pt_BR", "subject": "Novas {number}", "body": "<p>Oi</p>"}
    session.add(EmailTemplateText(**text))
    session.commit()
    join(make_contact(customer, email="rui@example.com", language="pt_BR"))
    send()
    drain()
    [mail] = smtp.to("rui@example.com")
    assert mail["Subject"] == "Novas 1"
    assert 'lang="pt-BR"' in mail.get_body(("html",)).get_content()


def test_names_are_no_markup(
    app: Flask, client: FlaskClient, customer: Any, make_contact: Make, session: Session,
    drain: Callable[[], None], smtp: RecordingSmtp, send: Make, join: Make,
    newsletter: MarketingList,
) -> None:  # fmt: skip
    """A list's name is text in the mail and on the page, and no merge field is read from it."""
    name = "<script>alert(1)</script>{contact_email}"
    with app.app_context():
        marketing_lists.edit_list(session, newsletter.id, {"name": name})
    contact = make_contact(customer, email="mara@example.com")
    join(contact)
    send()
    drain()
    [mail] = smtp.to("mara@example.com")
    html = mail.get_body(("html",)).get_content()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{contact_email}" in html
    page = client.get(link(app, contact, newsletter)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_cannot_be_sent(app: Flask, send: Make, session: Session,
                             newsletter: MarketingList) -> None:  # fmt: skip
    """No key, a missing value, an unknown or archived list; a template that is off sends none."""
    with pytest.raises(ConfigError, match=r"contacts\.C041"):
        send(values={"other": "x"})
    with pytest.raises(ConfigError, match=r"contacts\.C042"):
        send("")
    with app.app_context():
        with pytest.raises(NotFound):
            service.send_to_marketing_list(session, 999, "news", {"number": "1"}, key="a")
        with pytest.raises(NotFound):
            list(service.marketing_recipients(session, 999))
        session.add(EmailTemplate(name="news", enabled=False))
        session.commit()
    assert send() == 0
    with app.app_context():
        marketing_lists.archive_list(session, newsletter.id)
        assert list(service.marketing_recipients(session, newsletter.id)) == []
    with pytest.raises(InvalidInput):
        send()


def test_nothing_else_opens(
    app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
    newsletter: MarketingList, session: Session,
) -> None:  # fmt: skip
    """Cut, altered, of another salt or of topics, older than a year: one page, 410."""
    contact = make_contact(customer)
    join(contact)
    url = link(app, contact, newsletter)
    path, _slash, token = url.rpartition("/")
    with app.app_context():
        topics = topic_url(contact.uuid, "invoice").rpartition("/")[2]
        other = URLSafeTimedSerializer(app.secret_key, salt="x").dumps(
            ["leave", contact.uuid, newsletter.uuid]
        )
    for bad in (token[:-2], token[:-3] + "abc", topics, other, "x", "%00", "a" * 5000):
        for method in ("get", "post"):
            data = {"List-Unsubscribe": "One-Click"} if method == "post" else None
            answer = getattr(client, method)(f"{path}/{bad}", data=data)
            assert answer.status_code == 410, (bad, method)
    assert "This link does not work" in answer.text
    leave_topic = client.post(f"/portal/email-notifications/{token}",
                              data={"List-Unsubscribe": "One-Click"})  # fmt: skip
    assert leave_topic.status_code == 410
    with time_machine.travel(utc_now() + timedelta(days=366)):
        assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 410
    assert not left(session, contact)


class TestLinks:
    """Only what we signed for this opens anything."""

    @pytest.mark.parametrize("old", [False, True])
    def test_who_is_off_the_list(
        self, app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
        newsletter: MarketingList, session: Session, old: bool,
    ) -> None:  # fmt: skip
        """A contact that staff removed leaves all the same: staff who add it are asked. It is not
        put on the list, also where it takes the leaving back."""
        contact = make_contact(customer, email="mara@example.com")
        join(contact)
        url = link(app, contact, newsletter, old=old)
        with app.app_context():
            marketing_members.remove_member(session, newsletter.id, contact.id)
        page = client.get(url)
        assert page.status_code == 200
        assert "Do you want no more mail to the list “Newsletter”?" in page.text
        assert "mara@example.com" not in page.text
        for _twice in range(2):
            answer = client.post(url, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 204
        with app.app_context():
            add = partial(marketing_members.add_members, session, newsletter.id, [contact.id])
            assert [one.refusal for one in add()] == ["unsubscribed"]
        assert verbs_of(session, contact).count("left_list") == 1
        form = {"csrf_token": csrf_token(client, url), "choice": "rejoin"}
        answer = client.post(url, data=form)
        assert "That is taken back." in client.get(answer.location).text
        assert verbs_of(session, contact)[-1] == "rejoined_list"
        assert session.scalars(select(MarketingMember)).all() == []
        with app.app_context():
            assert [one.refusal for one in add()] == [None]

    def test_a_contact_made_again(
        self, app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
        send: Make, newsletter: MarketingList, session: Session,
    ) -> None:  # fmt: skip
        """The mail to a contact that was deleted stops the mail to its address as another one,
        by one click and by the page, which says who that is to nobody."""
        alone: dict[str, Any] = {"is_user": False, "password": ""}
        old = make_contact(customer, email="mara@example.com", **alone)
        join(old)
        url = link(app, old, newsletter)
        before = link(app, old, newsletter, old=True)
        with app.app_context():
            delete_contact(session, customer.id, old.id)
        again = make_contact(customer, firstname="Mara", email="Mara@example.com", **alone)
        join(again)
        page = client.get(url)
        assert page.status_code == 200
        assert "Do you want no more mail to the list “Newsletter”?" in page.text
        assert "mara@" not in page.text.lower()
        assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 204
        assert left(session, again)
        assert verbs_of(session, again)[-1] == "left_list"
        assert send() == 0
        token = csrf_token(client, url)
        client.post(url, data={"csrf_token": token, "choice": "rejoin"})
        assert not left(session, again)
        assert send("news-2") == 1
        page = client.post(
            url, data={"csrf_token": token, "choice": "leave"}, follow_redirects=True
        )
        assert "You will get no more mail to the list “Newsletter”." in page.text
        assert left(session, again)
        for method in ("get", "post"):
            data = {"List-Unsubscribe": "One-Click"} if method == "post" else None
            assert getattr(client, method)(before, data=data).status_code == 410

    def test_the_page_tells_nothing_of_an_address(
        self, app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
        newsletter: MarketingList, session: Session,
    ) -> None:  # fmt: skip
        """Of a contact that is gone it says the same, whether another one has the address or
        not, before the leaving, after it, and after it was taken back."""
        told = []
        for taken in (False, True):
            old = make_contact(customer, email=f"mara{taken}@example.com", is_user=False)
            join(old)
            url = link(app, old, newsletter)
            with app.app_context():
                delete_contact(session, customer.id, old.id)
            if taken:
                join(make_contact(customer, email=f"mara{taken}@example.com", is_user=False))
            own = app.test_client()
            form = {"csrf_token": csrf_token(own, url)}
            pages = [own.get(url).text]
            for choice in ("leave", "rejoin"):
                form["choice"] = choice
                pages.append(own.post(url, data=form, follow_redirects=True).text)
            told.append([visible_words(page) for page in pages])
        assert told[0] == told[1]
        assert len(set(told[0])) == 3

    def test_another_address_since(
        self, app: Flask, client: FlaskClient, customer: Any, make_customer: Make,
        make_contact: Make, join: Make, newsletter: MarketingList, session: Session,
    ) -> None:  # fmt: skip
        """The link leaves as the address of its mail and as the contact's present one, and tells
        neither. Taken back, it counts for the contact: not for who has the former address now
        and had left as well."""
        mara = make_contact(customer, email="old@example.com", is_user=False)
        join(mara)
        url = link(app, mara, newsletter)
        give_address(session, mara, "new@example.com")
        other = make_contact(make_customer(), email="old@example.com", is_user=False)
        join(other)
        page = client.get(url).text
        assert "Do you want no more mail" in page
        assert "@example.com" not in page
        assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 204
        assert left(session, mara)
        assert left(session, other)
        form = {"csrf_token": csrf_token(client, url), "choice": "rejoin"}
        client.post(url, data=form)
        assert not left(session, mara)
        assert left(session, other)
        assert "Do you want no more mail" in client.get(url).text

    def test_who_left_on_their_own(
        self, app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
        newsletter: MarketingList, session: Session,
    ) -> None:  # fmt: skip
        """A link that went to a wrong address brings nobody back who left by their own."""
        mara = make_contact(customer, email="wrong@example.com", is_user=False)
        join(mara)
        strange = link(app, mara, newsletter)
        give_address(session, mara, "right@example.com")
        own = link(app, mara, newsletter)
        assert client.post(own, data={"List-Unsubscribe": "One-Click"}).status_code == 204
        session.execute(update(MarketingLeaver).values(left_at=utc_now() - timedelta(days=1)))
        session.commit()
        assert client.post(strange, data={"List-Unsubscribe": "One-Click"}).status_code == 204
        for url, is_left in ((strange, True), (own, False)):
            form = {"csrf_token": csrf_token(client, url), "choice": "rejoin"}
            client.post(url, data=form)
            assert left(session, mara) is is_left

    def test_the_page_speaks_the_readers_language(
        self, app: Flask, client: FlaskClient, customer: Any, make_contact: Make, join: Make,
        newsletter: MarketingList,
    ) -> None:  # fmt: skip
        """Whoever opens it, whatever the browser asks for."""
        contact = make_contact(customer, language="pt_BR")
        join(contact)
        page = client.get(link(app, contact, newsletter), headers={"Accept-Language": "en"})
        assert re.search(r'<html[^>]* lang="pt-BR"', page.text)


def test_own_data_holds_the_lists(
    app: Flask, customer: Any, contact_client: Make, join: Make
) -> None:
    """The download names the lists, since when, and whether the person has left."""
    browser = contact_client(customer)
    join(browser.contact)
    page = browser.get("/portal/account/data").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    data = browser.post("/portal/account/data", data={"csrf_token": token[1]}).json
    [found] = data["marketing_lists"]
    assert found["list"] == "Newsletter"
    assert found["how"] == "program"
    assert found["left_at"] is None
