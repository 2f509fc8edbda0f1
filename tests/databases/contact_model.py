"""The rules of BEHAVIOUR C3, C4, C6, C7, C9 and P7 in plain Python, without a database.

Written from the rules and not from the code, it is what ``test_stateful`` compares the
services with. An operation gives the name of the field (or of the error) that refuses
it, or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(eq=False)
class ModelLogin:
    """A person's credentials; ``password`` as typed, None while there is none.

    ``proven``: the holder has used a link mailed to this address; ``held``: to this one
    or to one of before. ``kept_for``: who had it last, while nobody has it.
    """

    email: str
    password: str | None = None
    proven: bool = False
    held: bool = False
    kept_for: ModelContact | None = None


@dataclass(eq=False)
class ModelContact:
    """A person at one customer; ``number`` is the order in which they were made."""

    number: int
    customer: int
    email: str
    active: bool = True
    archived: bool = False
    primary: bool = False
    login: ModelLogin | None = None
    signed_in: int = 0


@dataclass(eq=False)
class ModelSession:
    """A sign-in; ``contact`` is None once it has ended."""

    login: ModelLogin
    contact: ModelContact | None


@dataclass(eq=False)
class ModelLink:
    """A link to set a password; ``state`` is ``open``, ``used``, ``void`` or ``gone``."""

    purpose: str
    login: ModelLogin
    state: str = "open"


@dataclass
class World:
    """All customers' contacts, and what belongs to their logins."""

    contacts: list[ModelContact] = field(default_factory=list)
    sessions: list[ModelSession] = field(default_factory=list)
    links: list[ModelLink] = field(default_factory=list)
    kept: list[ModelLogin] = field(default_factory=list)
    made: int = 0
    sign_ins: int = 0

    # What there is

    def of_customer(self, customer: int) -> list[ModelContact]:
        """The customer's contacts, the oldest first."""
        return [contact for contact in self.contacts if contact.customer == customer]

    def active(self, customer: int) -> list[ModelContact]:
        """The customer's active contacts, the oldest first."""
        return [contact for contact in self.of_customer(customer) if contact.active]

    def logins(self) -> dict[str, ModelLogin]:
        """The logins by address: those that some contact has, and those kept for one."""
        found = [contact.login for contact in self.contacts]
        return {login.email: login for login in [*found, *self.kept] if login is not None}

    def holders(self, login: ModelLogin) -> list[ModelContact]:
        """The contacts of a login, the oldest first."""
        return [contact for contact in self.contacts if contact.login is login]

    def active_holder(self, login: ModelLogin) -> ModelContact | None:
        """The oldest active contact of a login."""
        return next((contact for contact in self.holders(login) if contact.active), None)

    def _open_links(self, login: ModelLogin) -> Iterator[ModelLink]:
        return (link for link in self.links if link.login is login and link.state == "open")

    # What staff do

    def create(
        self, customer: int, email: str, *, is_user: bool, password: str, send: bool, primary: bool
    ) -> str | None:
        """A new contact (C3, C6 to C9)."""
        if send and not is_user:
            return "send_password_mail"
        if is_user and not password and not send:
            return "password"
        if self._taken(customer, email, None):
            return "email"
        self.made += 1
        contact = ModelContact(self.made, customer, email)
        self.contacts.append(contact)
        self._settle(customer, contact if primary else None)
        if is_user:
            self._give_login(contact, password, send=send)
        return None

    def edit(
        self,
        contact: ModelContact,
        email: str,
        *,
        is_user: bool,
        password: str,
        send: bool,
        primary: bool,
    ) -> str | None:
        """Change a contact (C4, C6, C7, C10)."""
        refused = self._refused_edit(contact, is_user, password, send=send, primary=primary)
        if refused is None and self._taken(contact.customer, email, contact):
            refused = "email"
        if refused is not None:
            return refused
        if primary:
            self._settle(contact.customer, contact)
        former, contact.email = contact.email, email
        if not is_user:
            self._take_login(contact, keep=True)
        elif contact.login is None:
            self._give_login(contact, password, send=send)
        else:
            locked_out = former != email and self._follow_address(contact, email)
            self._edit_password(contact, password, send=send or locked_out)
        return None

    def make_primary(self, contact: ModelContact) -> str | None:
        """Another primary contact (C4)."""
        if not contact.active:
            return "is_primary"
        self._settle(contact.customer, contact)
        return None

    def deactivate(self, contact: ModelContact, successor: ModelContact | None) -> str | None:
        """Switch a contact off (C4, P7)."""
        refused = self._leave(contact, successor)
        if refused is None and contact.login is not None:
            self._left(contact, contact.login)
        return refused

    def reactivate(self, contact: ModelContact) -> str | None:
        """Switch a contact on again: nothing that ended comes back (C3)."""
        if contact.archived:
            return "active"
        contact.active = True
        self._settle(contact.customer, None)
        return None

    def archive(self, contact: ModelContact, successor: ModelContact | None) -> str | None:
        """Put a contact away: no login any more, and its address is free (C4, C6)."""
        refused = self._leave(contact, successor)
        if refused is None:
            self._take_login(contact, keep=True)
            contact.archived = True
        return refused

    def restore(self, contact: ModelContact) -> str | None:
        """Take a contact out of the archive, switched off and without a login (C6)."""
        if not contact.archived:
            return "archived"
        if self._taken(contact.customer, contact.email, contact):
            return "email"
        contact.archived = False
        return None

    def move(
        self, contact: ModelContact, customer: int, successor: ModelContact | None
    ) -> str | None:
        """Give a contact to another customer, with its login and its state (C3, C4, C6).

        Who set its password stays behind, so such a password goes and a link comes (C7).
        """
        if contact.archived or contact.customer == customer:
            return "customer"
        if self._taken(customer, contact.email, contact):
            return "customer"
        was_active = contact.active
        refused = self._leave(contact, successor)
        if refused is None:
            contact.customer, contact.active = customer, was_active
            self._settle(customer, None)
            self._erase_staff_password(contact)
        return refused

    def delete(self, contact: ModelContact, successor: ModelContact | None) -> str | None:
        """Delete a contact (C4, P7)."""
        refused = self._leave(contact, successor)
        if refused is None:
            self._take_login(contact)
            self.contacts.remove(contact)
            self.kept = [
                login
                for login in self.kept
                if login.email != contact.email and login.kept_for is not contact
            ]
        return refused

    # What people do

    def sign_in(self, email: str, password: str) -> ModelSession | None:
        """A session, as the contact that was used last, else the oldest."""
        login = self.logins().get(email)
        if login is None or login.password != password:
            return None
        holders = [contact for contact in self.holders(login) if contact.active]
        if not holders:
            return None
        contact = max(holders, key=lambda holder: (holder.signed_in, -holder.number))
        self.sign_ins += 1
        contact.signed_in = self.sign_ins
        opened = ModelSession(login, contact)
        self.sessions.append(opened)
        return opened

    def link_state(self, link: ModelLink) -> str:
        """What the link's page says: ``open``, ``used``, ``void`` or ``gone`` (C9)."""
        if link.login not in self.logins().values():
            return "gone"
        if link.state == "open" and self.active_holder(link.login) is None:
            return "void"
        return link.state

    def set_password(self, link: ModelLink, password: str) -> str:
        """Use a link; gives the state that it had."""
        state = self.link_state(link)
        if state == "open":
            link.state = "used"
            link.login.proven = link.login.held = True
            self._change_credentials(link.login, password)
        return state

    def new_link(self, link: ModelLink) -> ModelLink | None:
        """From a link's page: an open one of the same kind again, or a new one."""
        if self.link_state(link) == "gone" or self.active_holder(link.login) is None:
            return None
        there = (other for other in self._open_links(link.login) if other.purpose == link.purpose)
        return next(there, None) or self._issue(link.login, link.purpose)

    def forgot(self, email: str) -> ModelLink | None:
        """A link to reset the password; an open invitation is sent again instead."""
        login = self.logins().get(email)
        if login is None or self.active_holder(login) is None:
            return None
        invitations = (link for link in self._open_links(login) if link.purpose == "set_password")
        return next(invitations, None) or self._issue(login, "reset_password")

    # The rules

    def _taken(self, customer: int, email: str, but: ModelContact | None) -> bool:
        others = (contact for contact in self.of_customer(customer) if contact is not but)
        return any(contact.email == email for contact in others if not contact.archived)

    def _refused_edit(
        self, contact: ModelContact, is_user: bool, password: str, *, send: bool, primary: bool
    ) -> str | None:
        if password and send:
            return "password"
        if contact.archived:
            return "firstname"
        if primary and not contact.active:
            return "is_primary"
        if send and not (contact.active and is_user):
            return "send_password_mail"
        if is_user and contact.login is None:
            if not contact.active:
                return "is_user"
            if not password and not send:
                return "password"
        return None

    def _settle(self, customer: int, wanted: ModelContact | None) -> None:
        """Exactly one active contact of a customer that has any is primary (C3)."""
        active = self.active(customer)
        present = next((contact for contact in active if contact.primary), None)
        target = wanted or present or (active[0] if active else None)
        for contact in self.of_customer(customer):
            contact.primary = contact is target

    def _leave(self, contact: ModelContact, successor: ModelContact | None) -> str | None:
        others = [other for other in self.active(contact.customer) if other is not contact]
        if contact.primary and others:
            if successor is None:
                return "SuccessorRequired"
            if successor not in others:
                return "successor"
        follows = successor if contact.primary and others else None
        contact.active = contact.primary = False
        self._settle(contact.customer, follows)
        return None

    def _give_login(self, contact: ModelContact, password: str, *, send: bool) -> None:
        login = self.logins().get(contact.email)
        if login is None:
            contact.login = ModelLogin(contact.email, password or None)
        else:
            send = self._join(contact, login) or send
        if send and contact.login is not None:
            self._issue(contact.login, "set_password")

    def _join(self, contact: ModelContact, login: ModelLogin) -> bool:
        """One person at several companies; gives whether nobody can sign in any more (C7)."""
        if not login.proven and login.password is not None:
            self._change_credentials(login, None)
        contact.login = login
        self.kept = [other for other in self.kept if other is not login]
        return not login.proven

    def _take_login(self, contact: ModelContact, *, keep: bool = False) -> None:
        """Without a contact a login is deleted; its holder's own may be kept for later."""
        login, contact.login = contact.login, None
        if login is not None:
            self._left(contact, login)
            if keep and login.held and not self.holders(login):
                login.kept_for = contact
                self.kept.append(login)

    def _left(self, contact: ModelContact, login: ModelLogin) -> None:
        """Sessions go on as another active contact of the person, or end (P7)."""
        other = self.active_holder(login)
        for session in self.sessions:
            if session.contact is contact:
                session.contact = other
        if other is None:
            self._void_links(login)

    def _follow_address(self, contact: ModelContact, email: str) -> bool:
        """Another address: an only contact's login follows it, a shared one is left (C6).

        Gives whether a link is due: always, for who has never signed in.
        """
        newcomer = not contact.signed_in
        login, there = contact.login, self.logins().get(email)
        assert login is not None
        if there is None and self.holders(login) == [contact]:
            invited = any(link.purpose == "set_password" for link in self._open_links(login))
            login.email, login.proven = email, False
            self._end_sessions(login)
            self._void_links(login)
            return newcomer or invited or login.password is None
        self._take_login(contact, keep=True)
        if there is not None:
            return self._join(contact, there) or newcomer
        contact.login = ModelLogin(email)
        return True

    def _edit_password(self, contact: ModelContact, password: str, *, send: bool) -> None:
        login = contact.login
        assert login is not None
        if password and not login.held and self.holders(login) == [contact]:
            self._change_credentials(login, password)
            return
        if send and contact.active:
            self._issue(login, "set_password")

    def _erase_staff_password(self, contact: ModelContact) -> None:
        login = contact.login
        if login is not None and login.password is not None and not (login.held and login.proven):
            self._change_credentials(login, None)
            if contact.active:
                self._issue(login, "set_password")

    def _change_credentials(self, login: ModelLogin, password: str | None) -> None:
        login.password = password
        self._end_sessions(login)
        self._void_links(login)

    def _end_sessions(self, login: ModelLogin) -> None:
        for session in self.sessions:
            if session.login is login:
                session.contact = None

    def _void_links(self, login: ModelLogin, purpose: str | None = None) -> None:
        for link in self._open_links(login):
            if purpose in {None, link.purpose}:
                link.state = "void"

    def _issue(self, login: ModelLogin, purpose: str) -> ModelLink:
        self._void_links(login, purpose)
        link = ModelLink(purpose, login)
        self.links.append(link)
        return link
