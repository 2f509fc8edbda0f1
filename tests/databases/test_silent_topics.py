"""Who gets what on every engine: the same answers, and no topic silenced in a race (N1, N6)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.errors import SilencesTopics
from flask_contacts.mail.recipients import FALLBACK_TOPICS, explain, find_topic, recipients
from flask_contacts.models import Customer, Setting
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.mailing.silent_topics import customers_with_silence
from flask_contacts.services.mailing.topic_matrix import save_topics
from tests.host_app import db

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
WANTS: dict[str, Any] = {"permissions": ["projects"], "topics": ["project"]}
MANY = 6


def switch_off(session: Session, customer_id: Any, contact_id: int) -> Any:
    """By the matrix."""
    cell = (contact_id, "project")
    return save_topics(session, customer_id, {cell: True}, {cell: False}, STAFF)


def deactivate(session: Session, customer_id: Any, contact_id: int) -> Any:
    """By the page that asks."""
    return deactivate_contact(session, customer_id, contact_id, actor=STAFF)


def test_the_last_one_is_asked_about(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Six staff users take one recipient each, by two ways, at once: exactly one is asked."""
    for _round in range(4):
        customer = make_customer()
        make_contact(customer)  # primary, so that none of the others needs a successor
        key = customer.id
        ids = [make_contact(key, **WANTS).id for _ in range(MANY)]
        session.commit()
        barrier = Barrier(MANY)
        jobs = zip(ids, [switch_off, deactivate] * MANY, strict=False)

        def run(job: tuple[int, Any], key: Any = key, barrier: Barrier = barrier) -> Any:
            contact_id, way = job
            with app.app_context():
                barrier.wait()
                try:
                    return way(db.session, key, contact_id)
                except SilencesTopics as error:
                    return error.topics

        with ThreadPoolExecutor(MANY) as pool:
            results = list(pool.map(run, jobs))
        assert results.count(["project"]) == 1
        with app.app_context():
            assert len(recipients(session, key, "project")) == 1


def test_the_same_answers(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Order, reasons and the list of silent topics do not depend on the engine."""
    reached, silent, falling = (make_customer() for _ in range(3))
    wants = make_contact(reached, lastname="Zed", **WANTS)
    make_contact(reached, lastname="Off")
    make_contact(silent, do_not_send_emails=True, **WANTS)
    make_contact(falling, lastname="Primary")
    make_contact(falling, lastname="Able")
    with app.app_context():
        query = session.query(Customer)
        topic = find_topic("project")
        answers = explain(session, reached.id, "project")
        assert (answers[0].contact, answers[0].reason) == (wants, "topic_on")
        page = customers_with_silence(session, query, topic)
        assert [one.customer for one in page.items] == [silent, falling]
        session.add(Setting(name=FALLBACK_TOPICS, value=["project"]))
        session.commit()
        assert [one.customer for one in customers_with_silence(session, query, topic).items] == [
            silent
        ]
        first = customers_with_silence(session, query, size=2)
        second = customers_with_silence(session, query, after=first.after, size=2)
        assert [one.customer for one in (*first.items, *second.items)] == [reached, silent, falling]
        answers = explain(session, falling.id, "project")
        assert [(one.contact.lastname, one.reason) for one in answers] == [
            ("Primary", "fallback"), ("Able", "no_permission"),
        ]  # fmt: skip
