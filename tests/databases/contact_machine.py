"""Any sequence of what staff and people do, on a database and on the model beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.errors import (
    InvalidInput,
    LinkInvalid,
    LinkUsed,
    LinkVoid,
    SignInRefused,
    SuccessorRequired,
)
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Contact, Link, Login
from flask_contacts.services.accounts import passwords, sign_in as sign_ins
from flask_contacts.services.contacts import states as contact_states
from flask_contacts.services.contacts.archive import archive_contact, restore_contact
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.invitations import set_password as invitations
from tests.databases.contact_model import ModelContact, ModelLink, ModelSession, World
from tests.databases.crowded_host import delete_rows
from tests.databases.invariants import violations
from tests.host_app import db, new_customer

CUSTOMERS = range(2)
#: How an address may be typed; the key is the first spelling.
SPELLINGS = {
    "ada@example.com": ("ada@example.com", "Ada@Example.com"),
    "eva@xn--bcher-kva.example": ("eva@xn--bcher-kva.example", "Eva@Bücher.example"),
    "kim@example.com": ("kim@example.com", "KIM@EXAMPLE.COM"),
}
PASSWORDS = ("correct horse battery", "seven lazy dogs jumped", "a boat full of oranges")
_STATES = {LinkUsed: "used", LinkVoid: "void", LinkInvalid: "gone"}

customers = st.sampled_from(CUSTOMERS)
addresses = st.sampled_from(sorted(SPELLINGS))
spelled = st.integers(0, 1)
typed_passwords = st.sampled_from(PASSWORDS)
choice = st.integers(0, 1_000)
mostly = st.sampled_from((True,) * 7 + (False,))
seldom = st.sampled_from((False, False, False, True))


def machine_settings(examples: int, steps: int, **changes: Any) -> settings:
    """As many examples of as many steps, however long they take."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        **changes,
    )


class ContactMachine(RuleBasedStateMachine):
    """The services and the model, told the same; after each step they must agree."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.context = app.app_context()
        self.context.push()
        delete_rows()
        self.session = Session(db.engine)
        rows = [new_customer(f"Customer {number}") for number in CUSTOMERS]
        self.session.add_all(rows)
        self.session.commit()
        self.customer_ids = [row.id for row in rows]
        self.world = World()
        self.ids: dict[ModelContact, int] = {}
        self.cookies: dict[ModelSession, str] = {}
        self.tokens: dict[ModelLink, str] = {}
        self.known_links: set[str] = set()

    def teardown(self) -> None:
        """Let go of the database."""
        self.session.close()
        self.context.pop()

    @initialize(first=addresses, second=addresses, third=addresses, proven=mostly, signed_in=mostly)
    def begin(self, first: str, second: str, third: str, proven: bool, signed_in: bool) -> None:
        """Three people, or two or one: whoever has the same address is the same person."""
        for customer, email in ((0, first), (1, second), (0, third)):
            self.create(customer, email, 0, is_user=True, access="link", primary=False)
            self.new_links_are_those_expected()
        if proven:
            self.set_password(0, PASSWORDS[0])
        if proven and signed_in:
            for email in (second, third):
                self.sign_in(email, 0, PASSWORDS[0], right=True)

    # Staff

    @rule(
        customer=customers, email=addresses, spelling=spelled, is_user=mostly,
        access=st.sampled_from(("link", *PASSWORDS, "both", "")), primary=seldom,
    )  # fmt: skip
    def create(
        self,
        customer: int,
        email: str,
        spelling: int,
        is_user: bool,
        access: str,
        primary: bool,
    ) -> None:
        """New Contact; ``access`` is a password, ``link``, ``both`` or nothing."""
        password, send = _access(access)
        raw = _form(email, spelling, is_user, send, password, primary)
        before = self.world.made
        refused = self.world.create(
            customer, email, is_user=is_user, password=password, send=send, primary=primary
        )
        saved = self._do(refused, lambda: create_contact(self.session, self._key(customer), raw))
        if saved is not None:
            contact = self.world.contacts[-1]
            assert contact.number == before + 1
            self.ids[contact] = saved.contact.id

    @precondition(lambda self: self.world.contacts)
    @rule(
        pick=choice, email=addresses, spelling=spelled, same=st.booleans(), is_user=mostly,
        access=st.sampled_from(("", "", "link", *PASSWORDS, "both")), primary=seldom,
    )  # fmt: skip
    def edit(
        self,
        pick: int,
        email: str,
        spelling: int,
        same: bool,
        is_user: bool,
        access: str,
        primary: bool,
    ) -> None:
        """Edit: address, login, password, primary."""
        password, send = _access(access)
        contact = self._contact(pick)
        email = contact.email if same else email
        raw = _form(email, spelling, is_user, send, password, primary)
        customer_id, contact_id = self._place(contact)
        refused = self.world.edit(
            contact, email, is_user=is_user, password=password, send=send, primary=primary
        )
        self._do(refused, lambda: edit_contact(self.session, customer_id, contact_id, raw))

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice)
    def make_primary(self, pick: int) -> None:
        """Set as primary."""
        contact = self._contact(pick)
        refused = self.world.make_primary(contact)
        place = self._place(contact)
        self._do(refused, lambda: contact_states.make_primary(self.session, *place))

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice, successor=st.one_of(st.none(), choice))
    def deactivate(self, pick: int, successor: int | None) -> None:
        """Deactivate, with a successor or without, a right one or a wrong one."""
        self._leave(pick, successor, self.world.deactivate, contact_states.deactivate_contact)

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice)
    def reactivate(self, pick: int) -> None:
        """Reactivate."""
        contact = self._contact(pick)
        place = self._place(contact)
        refused = self.world.reactivate(contact)
        self._do(refused, lambda: contact_states.reactivate_contact(self.session, *place))

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice, successor=st.one_of(st.none(), choice))
    def archive(self, pick: int, successor: int | None) -> None:
        """Archive, perhaps again, with a successor or without."""
        self._leave(pick, successor, self.world.archive, archive_contact)

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice)
    def restore(self, pick: int) -> None:
        """Restore, also what is not in the archive."""
        contact = self._contact(pick)
        place = self._place(contact)
        refused = self.world.restore(contact)
        self._do(refused, lambda: restore_contact(self.session, *place))

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice, customer=customers, successor=st.one_of(st.none(), choice))
    def move(self, pick: int, customer: int, successor: int | None) -> None:
        """Move to a customer, perhaps the same, with a successor or without."""
        contact = self._contact(pick)
        other = self._contact(successor) if successor is not None else None
        other_id = self.ids[other] if other is not None else None
        place = self._place(contact)
        refused = self.world.move(contact, customer, other)
        self._do(
            refused,
            lambda: move_contact(self.session, *place, self._key(customer), other_id),
        )

    @precondition(lambda self: self.world.contacts)
    @rule(pick=choice, successor=st.one_of(st.none(), choice))
    def delete(self, pick: int, successor: int | None) -> None:
        """Delete, with a successor or without."""
        self._leave(pick, successor, self.world.delete, contact_states.delete_contact)

    # People

    @rule(email=addresses, spelling=spelled, password=typed_passwords, right=mostly)
    def sign_in(self, email: str, spelling: int, password: str, right: bool) -> None:
        """Sign in, with the right password where there is one, or with any."""
        typed, login = SPELLINGS[email][spelling], self.world.logins().get(email)
        if right and login is not None:
            password = login.password or password
        opened = self.world.sign_in(email, password)
        try:
            real = sign_ins.sign_in(self.session, typed, password, None, None)
        except SignInRefused:
            assert opened is None
            return
        assert opened is not None, "somebody signed in who may not"
        assert opened.contact is not None
        assert real.contact_id == self.ids[opened.contact]
        self.cookies[opened] = real.token

    @precondition(lambda self: self.cookies)
    @rule(pick=choice)
    def sign_out(self, pick: int) -> None:
        """Sign out, perhaps again."""
        opened = list(self.cookies)[pick % len(self.cookies)]
        opened.contact = None
        sign_ins.sign_out(self.session, self.cookies[opened])

    @rule(email=addresses, spelling=spelled)
    def forgot_password(self, email: str, spelling: int) -> None:
        """Ask for a forgotten password; the mail goes out."""
        invitations.forgot_password(self.session, SPELLINGS[email][spelling], None)
        self.world.forgot(email)
        drain(self.session)

    @precondition(lambda self: self.tokens)
    @rule(pick=choice, password=typed_passwords)
    def set_password(self, pick: int, password: str) -> None:
        """Use any link there ever was."""
        link = self._link(pick)
        state = self.world.set_password(link, password)
        said = self._link_says(
            lambda: invitations.set_password(self.session, self.tokens[link], password, password)
        )
        assert said == state

    @precondition(lambda self: self.tokens)
    @rule(pick=choice)
    def ask_for_new_link(self, pick: int) -> None:
        """From the page of any link there ever was."""
        link = self._link(pick)
        self.world.new_link(link)
        invitations.ask_for_new_link(self.session, self.tokens[link])

    # What must be so after each step

    @invariant()
    def new_links_are_those_expected(self) -> None:
        """A link for each that the model issued, and no other."""
        rows = self.session.scalars(select(Link).where(Link.uuid.not_in(self.known_links))).all()
        awaited = [link for link in self.world.links if link not in self.tokens]
        assert [row.purpose for row in rows] == [link.purpose for link in awaited]
        for row, link in zip(rows, awaited, strict=True):
            assert row.login.email_key == link.login.email
            self.known_links.add(row.uuid)
            self.tokens[link] = links.sign(row)
        self.session.rollback()

    @invariant()
    def contacts_and_logins_agree(self) -> None:
        """Who is active, primary, at which address, with which login and password (C3 to C7)."""
        rows = self.session.scalars(select(Contact)).all()
        assert {
            row.id: (
                row.customer_id,
                row.email_key,
                row.active,
                row.is_primary,
                row.login.email_key if row.login is not None else None,
            )
            for row in rows
        } == {
            self.ids[contact]: (
                self._key(contact.customer),
                None if contact.archived else contact.email,
                contact.active,
                contact.primary,
                contact.login.email if contact.login is not None else None,
            )
            for contact in self.world.contacts
        }
        logins = {row.email_key: row for row in self.session.scalars(select(Login))}
        expected = self.world.logins()
        assert set(logins) == set(expected)
        for email, login in expected.items():
            row = logins[email]
            assert (row.proven_at is not None, row.held) == (login.proven, login.held), email
            if login.password is None:
                assert row.password_hash is None, email
            else:
                assert passwords.matches(row.password_hash, login.password), email
        self.session.rollback()

    @invariant()
    def sessions_agree(self) -> None:
        """Which sessions live, and as whom (P7, C9, C10)."""
        for opened, token in self.cookies.items():
            visit = sign_ins.resolve(self.session, token)
            contact = opened.contact
            assert (visit and visit.contact.id) == (contact and self.ids[contact])
        self.session.rollback()

    @invariant()
    def links_agree(self) -> None:
        """Which links may be used, and what the pages of the others say (C9)."""
        for link, token in self.tokens.items():
            state = self._link_says(
                lambda token=token: links.find_live(self.session, links.read_token(token))
            )
            assert state == self.world.link_state(link)
        self.session.rollback()

    @invariant()
    def nothing_sleeps(self) -> None:
        """What would come to life later, as a link when its contact is reactivated."""
        assert violations(self.session) == []

    # How the rules speak to both

    def _do(self, refused: str | None, work: Callable[[], Any]) -> Any:
        """Run the service: it must refuse what the model refused, at that field.

        The model stops at its first reason, the services name all of them.
        """
        saved, said = None, set()
        try:
            saved = work()
        except SuccessorRequired:
            said = {"SuccessorRequired"}
        except InvalidInput as error:
            said = set(error.errors)
        assert (refused in said) if refused is not None else not said
        return saved

    def _link_says(self, work: Callable[[], object]) -> str:
        try:
            work()
        except tuple(_STATES) as error:
            return _STATES[type(error)]
        return "open"

    def _leave(
        self,
        pick: int,
        successor: int | None,
        in_model: Callable[[ModelContact, ModelContact | None], str | None],
        in_service: Callable[..., Any],
    ) -> None:
        contact = self._contact(pick)
        other = self._contact(successor) if successor is not None else None
        other_id = self.ids[other] if other is not None else None
        place = self._place(contact)
        refused = in_model(contact, other)
        self._do(refused, lambda: in_service(self.session, *place, other_id))

    def _contact(self, pick: int) -> ModelContact:
        return self.world.contacts[pick % len(self.world.contacts)]

    def _link(self, pick: int) -> ModelLink:
        return list(self.tokens)[-1 - pick % len(self.tokens)]

    def _key(self, customer: int) -> Any:
        return self.customer_ids[customer]

    def _place(self, contact: ModelContact) -> tuple[Any, int]:
        return self._key(contact.customer), self.ids[contact]


def _access(choice: str) -> tuple[str, bool]:
    """The password typed, and whether a link is asked for."""
    if choice == "both":
        return PASSWORDS[0], True
    return ("", True) if choice == "link" else (choice, False)


def _form(
    email: str, spelling: int, is_user: bool, send: bool, password: str, primary: bool
) -> dict[str, object]:
    return {
        "firstname": "Ada",
        "lastname": "State",
        "email": SPELLINGS[email][spelling],
        "is_user": is_user,
        "send_password_mail": send,
        "password": password,
        "is_primary": primary,
        "no_welcome_mail": True,
        "permissions": ["invoices"],
        "topics": ["invoice"],
    }
