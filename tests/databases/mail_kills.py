"""Killing drainers while they deliver, and counting at the mail server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.links import SET_PASSWORD, issue
from flask_contacts.mail import outbox, templates
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Contact, Mail
from flask_contacts.services.contacts.editing import create_contact
from tests.databases.bad_smtp import BadSmtp
from tests.databases.drainers import Drainer
from tests.host_app import add_customer

_ENOUGH = 30
"""So many mails wait when a drainer starts: it must not die of boredom."""
_MOST_BEFORE_A_KILL = 6
_PATIENCE_SECONDS = 60


def make_people(session: Session, number: int) -> list[int]:
    """The ids of contacts with a login and a topic on, whose creation mailed nothing."""
    customer_id = add_customer(session).id
    return [
        create_contact(
            session,
            customer_id,
            {
                "firstname": "Ada",
                "lastname": f"Number {one}",
                "email": f"n{one}@example.com",
                "password": "correct horse battery staple",
                "no_welcome_mail": True,
                "permissions": ["invoices"],
                "topics": ["invoice"],
            },
        ).contact.id
        for one in range(number)
    ]


def promise(session: Session, people: list[int], number: int) -> None:
    """Write mails of each kind: finished topic mail, and links that are made at sending."""
    written: dict[int, int] = {}
    for one in range(number):
        contact = session.get_one(Contact, people[one % len(people)])
        if one % 5 or contact.id in written:
            outbox.add_topic_mail(
                session, templates.WELCOME, contact, "invoice", {}, dedupe_key=None
            )
        else:
            assert contact.login is not None
            link = issue(session, contact.login, SET_PASSWORD, contact.id)
            outbox.add(
                session, templates.SET_PASSWORD, contact,
                login=contact.login, link=link, needs="login",
            )  # fmt: skip
            written[contact.id] = one
    session.commit()


def time_passes(engine: Engine) -> None:
    """Pauses are over, and the leases of whoever died. Nobody may be delivering."""
    past = utc_now() - timedelta(days=1)
    with engine.begin() as connection:
        connection.execute(update(Mail).where(Mail.state == "waiting").values(not_before=past))
        connection.execute(update(Mail).where(Mail.state == "sending").values(lease_until=past))


def count_unsent(engine: Engine) -> int:
    """How many mails are still to go."""
    query = select(func.count()).where(Mail.state.in_(["waiting", "sending"]))
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


def kill_drainers(
    engine: Engine,
    server: BadSmtp,
    drainer: Drainer,
    kills: int,
    more_mail: Callable[[int], None],
    seed: int,
) -> None:
    """Start the drainer and kill it at any moment, so often; there is always mail to send."""
    chance = random.Random(seed)
    for _ in range(kills):
        lacking = _ENOUGH - count_unsent(engine)
        if lacking > 0:
            more_mail(lacking)
        time_passes(engine)
        target = len(server.accepted) + chance.randrange(_MOST_BEFORE_A_KILL)
        drainer.start()
        assert server.wait_for(target, _PATIENCE_SECONDS), "the drainer delivers nothing"
        time.sleep(chance.random() * 0.01)
        drainer.kill()


def deliver_the_rest(engine: Engine, session: Session) -> None:
    """Deliver what is left, from here; needs an application context."""
    for _ in range(50):
        time_passes(engine)
        drain(session)
        if count_unsent(engine) == 0:
            return
    raise AssertionError(f"{count_unsent(engine)} mails never leave")


def check(engine: Engine, server: BadSmtp, kills: int) -> dict[str, Any]:
    """Count at the server: none lost, none to a wrong person, few twice. Gives the figures."""
    with engine.connect() as connection:
        rows = connection.execute(select(Mail.message_id, Mail.recipient, Mail.state)).all()
    promised = {row.message_id: row.recipient for row in rows}
    other = {row.state for row in rows} - {"sent"}
    # A newer link makes the older one void: its mail is cancelled where it has not gone yet.
    assert other <= {"cancelled"}, other
    sent = {row.message_id for row in rows if row.state == "sent"}
    lost = sent - set(server.counts)
    assert lost == set(), f"{len(lost)} of {len(sent)} mails are lost"
    wrong = [pair for pair in server.accepted if promised.get(pair[0]) != pair[1]]
    assert wrong == [], "mail with another Message-ID, or to another person"
    figures = {
        "mails": len(sent),
        "kills": kills,
        "dropped": server.dropped,
        "duplicates": server.duplicates,
    }
    assert server.duplicates <= kills + server.dropped, figures
    return figures
