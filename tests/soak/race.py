"""Everything that staff and people do, at random and at once: one process of it.

``python -m tests.soak.race URL --seed 1 --operations 500 --threads 2`` works on the
customers that the database has, and prints a line for each rule that it saw broken.
Several of these at once are the race between processes.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.host_app import db  # isort: skip  first: it may bind a customer model of its own
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.errors import ContactsError
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Contact, Customer, Link
from flask_contacts.services.accounts import sign_in as sign_ins
from flask_contacts.services.contacts import states as contact_states
from flask_contacts.services.contacts.archive import archive_contact, restore_contact
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.invitations import set_password as invitations
from tests.databases.crowded_host import create_crowded_host
from tests.databases.invariants import staff_passwords, violations
from tests.quick_hashes import QUICK, use

STAFF_PASSWORD = "what staff have typed in"
HOLDER_PASSWORD = "what the holder has chosen"
CUSTOMERS = 3
_ADDRESSES = [f"{name}@example.com" for name in ("ada", "bob", "eva", "kim", "lou", "max")]
_MOST_CONTACTS = 6  # of a customer: few, so that everybody wants the same ones
_CHECK_EVERY = 10  # operations


class Racer:
    """One thread's random operations, on a session of its own."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.chance = random.Random(seed)
        self.tokens: list[str] = []
        self.seen: list[str] = []

    def run(self, operations: int) -> Counter[str]:
        """Do that many; gives how often each thing happened, and broken rules in ``seen``."""
        counts: Counter[str] = Counter()
        for number in range(operations):
            operation = self.chance.choice(_OPERATIONS)
            try:
                operation(self)
            except ContactsError as error:
                counts[type(error).__name__] += 1
            else:
                counts[operation.__name__] += 1
            self.session.rollback()
            if number % _CHECK_EVERY == 0:
                self.seen += violations(self.session)
        return counts

    def create(self) -> None:
        """A new contact; where the customer has many, one is deleted instead."""
        customer_id = self._customer()
        count = select(func.count()).where(Contact.customer_id == customer_id)
        if (self.session.scalar(count) or 0) >= _MOST_CONTACTS:
            self.delete()
            return
        create_contact(self.session, customer_id, self._form())

    def edit(self) -> None:
        """Another address perhaps, another password, no login."""
        edit_contact(self.session, *self._contact(), self._form())

    def make_primary(self) -> None:
        """Set as primary."""
        contact_states.make_primary(self.session, *self._contact())

    def deactivate(self) -> None:
        """Deactivate, mostly with a successor."""
        contact_states.deactivate_contact(self.session, *self._contact(), self._successor())

    def reactivate(self) -> None:
        """Reactivate."""
        contact_states.reactivate_contact(self.session, *self._contact())

    def delete(self) -> None:
        """Delete, mostly with a successor."""
        contact_states.delete_contact(self.session, *self._contact(), self._successor())

    def archive(self) -> None:
        """Archive, and sometimes restore."""
        place = self._contact()
        archive_contact(self.session, *place, self._successor())
        if self.chance.random() < 0.5:
            restore_contact(self.session, *place)

    def move(self) -> None:
        """Move to another customer, mostly with a successor."""
        move_contact(self.session, *self._contact(), self._customer(), self._successor())

    def sign_in(self) -> None:
        """Sign in with either password."""
        password = self.chance.choice((STAFF_PASSWORD, HOLDER_PASSWORD))
        address = self.chance.choice(_ADDRESSES)
        self.tokens.append(sign_ins.sign_in(self.session, address, password, None, None).token)

    def look(self) -> None:
        """Open a page with a cookie of before, and perhaps sign out."""
        if self.tokens:
            token = self.chance.choice(self.tokens)
            sign_ins.resolve(self.session, token)
            if self.chance.random() < 0.3:
                sign_ins.sign_out(self.session, token)

    def forgot_password(self) -> None:
        """Ask for a forgotten password."""
        invitations.forgot_password(self.session, self.chance.choice(_ADDRESSES), None)

    def deliver(self) -> None:
        """Deliver some mail."""
        drain(self.session, limit=5)

    def set_password(self) -> None:
        """Use one of the newest links."""
        invitations.set_password(self.session, self._link(), HOLDER_PASSWORD, HOLDER_PASSWORD)

    def ask_for_new_link(self) -> None:
        """From the page of one of the newest links."""
        invitations.ask_for_new_link(self.session, self._link())

    def _customer(self) -> int:
        return self.chance.choice(list(self.session.scalars(select(Customer.id))))

    def _contact(self) -> tuple[int, int]:
        """A contact's customer and id; the session stays in the transaction that saw it."""
        rows = self.session.execute(select(Contact.customer_id, Contact.id)).all()
        return tuple(self.chance.choice(rows)) if rows else (self._customer(), 1)

    def _successor(self) -> int | None:
        ids = [None, *self.session.scalars(select(Contact.id).where(Contact.active))]
        return self.chance.choice(ids)

    def _link(self) -> str:
        query = select(Link).order_by(Link.created_at.desc()).limit(4)
        newest = self.session.scalars(query).all()
        return links.sign(self.chance.choice(newest)) if newest else ""

    def _form(self) -> dict[str, Any]:
        send = self.chance.random() < 0.3
        return {
            "firstname": "Ada",
            "lastname": "Race",
            "email": self.chance.choice(_ADDRESSES),
            "is_user": self.chance.random() < 0.8,
            "send_password_mail": send,
            "password": "" if send else self.chance.choice(("", STAFF_PASSWORD)),
            "is_primary": self.chance.random() < 0.3,
            "permissions": ["invoices"],
            "topics": ["invoice"],
        }


_OPERATIONS: tuple[Callable[[Racer], None], ...] = (
    Racer.create, Racer.create, Racer.create, Racer.edit, Racer.edit, Racer.make_primary,
    Racer.deactivate, Racer.reactivate, Racer.reactivate, Racer.delete, Racer.archive,
    Racer.move, Racer.sign_in, Racer.sign_in, Racer.look, Racer.forgot_password,
    Racer.deliver, Racer.set_password, Racer.set_password, Racer.ask_for_new_link,
)  # fmt: skip


def race(app: Flask, operations: int, threads: int, seed: int) -> tuple[list[str], Counter[str]]:
    """Let ``threads`` share the operations; the rules they saw broken, and what they did."""
    start = threading.Barrier(threads)
    racers: list[Racer] = []
    share = [len(range(number, operations, threads)) for number in range(threads)]

    def work(number: int) -> Counter[str]:
        with app.app_context():
            racer = Racer(db.session, seed * 1_000 + number)  # type: ignore[arg-type]
            racers.append(racer)
            start.wait()
            return racer.run(share[number])

    with ThreadPoolExecutor(threads) as pool:
        counts = sum(pool.map(work, range(threads)), Counter())
    return [rule for racer in racers for rule in racer.seen], counts


def broken_at_the_end(engine: Engine) -> list[str]:
    """The rules that are broken now, also C7; needs an application context."""
    with Session(engine) as session:
        opened = staff_passwords(session, STAFF_PASSWORD)
        return violations(session) + [f"staff's password opens {email} (C7)" for email in opened]


def main() -> None:
    """One process of the race."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    use(QUICK)
    app = create_crowded_host(options.url)
    say("ready")
    sys.stdin.readline()  # all processes start when the last is ready
    seen, counts = race(app, options.operations, options.threads, options.seed)
    for rule in seen:
        say(f"broken: {rule}")
    say(f"done: {dict(counts)}")


def say(line: str) -> None:
    """A line for whoever started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
