"""Marketing lists, Generate login and comments on three engines, many at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import MailTemplate
from flask_contacts.actors import Actor
from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.mail.marketing_links import MarketingLink
from flask_contacts.models import Activity, Comment, Login, Mail, MarketingList, MarketingMember
from flask_contacts.services.comments import writing as comments
from flask_contacts.services.invitations.generate_login import generate_login, generate_logins
from flask_contacts.services.marketing import (
    leaving as marketing_leaving,
    lists as marketing_lists,
    members as marketing_members,
)
from flask_contacts.services.marketing.mail import send_to_marketing_list
from flask_contacts.state import current_contacts
from tests.databases.test_races import THREADS, together

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
NEWS = MailTemplate("news", "News", subject="News", body="<p>Hello</p>")


def number_of(session: Session, model: Any) -> int:
    """How many rows there are."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def make_list(app: Flask, session: Session, name: str = "Newsletter") -> int:
    """The id of a new list."""
    with app.app_context():
        made = marketing_lists.create_list(session, {"name": name})
        pk: int = made.id
        session.rollback()
        return pk


def test_a_contact_is_on_a_list_once(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """However many add it at the same moment, one did it and the others say that it is there."""
    contact, pk = make_contact(make_customer()).id, make_list(app, session)
    work = [lambda own: marketing_members.add_members(own, pk, [contact], STAFF)[0].refusal]
    results = together(app, work * THREADS)
    assert sorted(map(str, results)) == sorted(["None", *["member"] * (THREADS - 1)])
    assert number_of(session, MarketingMember) == 1
    verbs = session.scalars(select(Activity.verb).where(Activity.verb == "added_to_list")).all()
    assert len(verbs) == 1


def test_crossing_batches_end(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Two who add the same contacts in opposite orders do not wait for each other for good."""
    customer, pk = make_customer(), make_list(app, session)
    ids = [make_contact(customer).id for _one in range(6)]
    work = [
        partial(lambda order, own: marketing_members.add_members(own, pk, order, STAFF), order)
        for order in (ids, ids[::-1]) * (THREADS // 2)
    ]
    results = together(app, work)
    added = [one for outcomes in results for one in outcomes if one.refusal is None]
    assert sorted(one.contact_id for one in added) == ids
    assert number_of(session, MarketingMember) == len(ids)


def test_a_name_is_taken_once(app: Flask, session: Session) -> None:
    """Lists whose names differ by case alone, made at once: one is made."""

    def make(name: str, own: Session) -> str:
        try:
            return str(marketing_lists.create_list(own, {"name": name}).name)
        except InvalidInput as error:
            return next(iter(error.errors))

    spellings = ("News", "NEWS", "news", "nEWs")
    work = [partial(make, spellings[number % 4]) for number in range(THREADS)]
    results = together(app, work)
    assert results.count("name") == THREADS - 1
    assert number_of(session, MarketingList) == 1


def test_leaving_is_never_lost(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Who leaves while staff add the contact, to it and to others, has left in the end."""
    contact, pk = make_contact(make_customer()), make_list(app, session)
    with app.app_context():
        marketing_members.add_members(session, pk, [contact.id])
        uuid = marketing_lists.find_list(session, pk).uuid
    link = MarketingLink(contact.uuid, uuid)
    work: list[Callable[[Session], object]] = [
        lambda own: marketing_leaving.leave_list(own, link, None),
        lambda own: marketing_members.add_members(own, pk, [contact.id], STAFF),
    ]
    together(app, [work[number % 2] for number in range(THREADS)])
    session.rollback()
    member = session.scalars(select(MarketingMember)).one()
    assert member.unsubscribed_at is not None


def test_nobody_is_written_to_twice(
    app: Flask, session: Session, make_customer: Make, make_contact: Make, monkeypatch: Any
) -> None:
    """One sending started in several places at once writes each mail once."""
    customer, pk = make_customer(), make_list(app, session)
    ids = [make_contact(customer).id for _one in range(7)]
    with app.app_context():
        templates = {**current_contacts.registry.mail_templates, NEWS.name: NEWS}
        monkeypatch.setattr(current_contacts.registry, "mail_templates", templates)
        marketing_members.add_members(session, pk, ids)
        session.rollback()
    monkeypatch.setattr("flask_contacts.services.marketing.mail._IN_ONE_TRANSACTION", 3)
    work = [lambda own: send_to_marketing_list(own, pk, "news", {}, key="1")]
    results = together(app, work * 4)
    assert sum(results) == len(ids)
    assert number_of(session, Mail) == len(ids)


def test_a_login_is_generated_once(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Alone and with others, for two contacts of one person: one login, nobody has two."""
    pair = [
        make_contact(make_customer(), email="mara@example.com", is_user=False, password="").id
        for _one in range(2)
    ]

    def alone(own: Session) -> object:
        try:
            return generate_login(own, pair[0], "mara@example.com", STAFF, send_link=True)
        except InvalidInput as error:
            return error

    def many(own: Session) -> object:
        return generate_logins(own, pair, STAFF, send_link=True)

    together(app, [(alone, many)[number % 2] for number in range(THREADS)])
    session.rollback()
    login = session.scalars(select(Login)).one()
    created = session.scalars(select(Activity.verb).where(Activity.verb.like("login%"))).all()
    assert sorted(created) == ["login_created", "login_joined"]
    assert login.password_hash is None


def test_a_comment_is_changed_or_deleted(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Both at once by its author: after the deletion nothing brings it back."""
    contact = make_contact(make_customer()).id
    options: dict[str, Any] = {"may_see": lambda user, found: False, "path": "/x"}
    with app.app_context():
        made = comments.write_comment(session, contact, {"body": "First"}, STAFF, **options)
        pk: int = made.comment.id
        session.rollback()

    def edit(number: int, own: Session) -> str:
        try:
            raw = {"body": f"Number {number}"}
            comments.edit_comment(own, contact, pk, raw, STAFF, **options)
        except NotFound:
            return "gone"
        return "edited"

    def delete(own: Session) -> str:
        try:
            comments.delete_comment(own, contact, pk, STAFF)
        except NotFound:
            return "gone"
        return "deleted"

    work = [partial(edit, number) if number % 2 else delete for number in range(THREADS)]
    results = together(app, work)
    assert results.count("deleted") == 1
    assert number_of(session, Comment) == 0
    verbs = session.scalars(select(Activity.verb).where(Activity.verb.like("comment%"))).all()
    assert verbs == ["comment_deleted"]
