"""Creating and editing contacts: who gets which login, which mails, which errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.models import Contact, Login, Mail
from flask_contacts.services import settings
from flask_contacts.services.accounts.own_password import change_own_password
from flask_contacts.services.accounts.passwords import matches
from flask_contacts.services.accounts.sign_in import resolve, sign_in
from flask_contacts.services.contacts import (
    archive,
    lists as contact_lists,
    states as contact_states,
)
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.invitations.set_password import set_password
from flask_contacts.services.mailing import email_templates

pytestmark = pytest.mark.usefixtures("app_context")
PASSWORD = "correct horse battery staple"
BASE: dict[str, object] = {
    "firstname": "Mara",
    "lastname": "O'Neil",
    "email": "mara@example.com",
    "password": PASSWORD,
}


@pytest.fixture
def customer(make_customer: Callable[..., Any]) -> Any:
    """A customer without contacts."""
    return make_customer(company="Aurora Bakery")


def edited(contact: Contact, **changes: object) -> dict[str, object]:
    """The values of an edit form with nothing changed but ``changes``."""
    values = {"firstname": contact.firstname, "lastname": contact.lastname, "email": contact.email}
    return {**values, "permissions": sorted(contact.permission_names), **changes}


def rows(session: Session, table: Any) -> int:
    """How many rows a table has."""
    return session.scalar(select(func.count()).select_from(table)) or 0


def prove(session: Session, login: Login) -> None:
    """Its holder sets an own password by the link."""
    from flask_contacts import links

    link = links.issue(session, login, links.SET_PASSWORD)
    links.start_life(link)
    session.commit()
    set_password(session, links.sign(link), "the holder's own words", "the holder's own words")


def test_the_first_contact_is_primary_whatever_is_posted(session: Session, customer: Any) -> None:
    """The server decides (C3); the second is primary only when asked."""
    first = create_contact(session, customer.id, {**BASE, "is_primary": False})
    second = create_contact(session, customer.id, {**BASE, "email": "b@example.com"})
    assert first.contact.is_primary
    assert not second.contact.is_primary


def test_a_new_primary_demotes_the_former_and_says_so(session: Session, customer: Any) -> None:
    """Both happen in one transaction and the result names the former (C4)."""
    first = create_contact(session, customer.id, BASE).contact
    saved = create_contact(
        session, customer.id, {**BASE, "email": "b@example.com", "is_primary": True}
    )
    assert saved.demoted is first
    assert (first.is_primary, first.primary_of) == (False, None)
    assert saved.contact.primary_of == customer.id


@pytest.mark.parametrize(
    ("changes", "mails"),
    [
        ({}, ["welcome"]),
        ({"no_welcome_mail": True}, []),
        ({"send_password_mail": True, "password": ""}, ["set_password", "welcome"]),
        ({"do_not_send_emails": True, "send_password_mail": True}, ["set_password"]),
        ({"is_user": False, "password": ""}, []),
    ],
)
def test_which_mails_a_creation_promises(
    session: Session, customer: Any, changes: dict[str, object], mails: list[str]
) -> None:
    """C8, N7: the boxes decide; links always go to their person."""
    saved = create_contact(session, customer.id, {**BASE, **changes})
    assert sorted(saved.mails) == mails
    assert sorted(session.scalars(select(Mail.template))) == mails


def test_a_disabled_welcome_template_wins(session: Session, customer: Any) -> None:
    """A template that is off is not sent even if the box is not ticked (C8)."""
    email_templates.set_template_enabled(session, "welcome", False)
    assert create_contact(session, customer.id, BASE).mails == ()


def test_a_password_or_a_link_is_required(session: Session, customer: Any) -> None:
    """C7: without a link a login needs a password; without a login neither."""
    with pytest.raises(InvalidInput) as caught:
        create_contact(session, customer.id, {**BASE, "password": ""})
    assert list(caught.value.errors) == ["password"]
    assert rows(session, Contact) == rows(session, Login) == rows(session, Mail) == 0


def test_the_same_address_at_the_same_customer(session: Session, customer: Any) -> None:
    """It is refused at the field, in whatever spelling (C6), and nothing is written."""
    create_contact(session, customer.id, BASE)
    mails = rows(session, Mail)
    with pytest.raises(InvalidInput) as caught:
        create_contact(session, customer.id, {**BASE, "email": " MARA@Example.com "})
    assert list(caught.value.errors) == ["email"]
    assert (rows(session, Contact), rows(session, Mail)) == (1, mails)


def test_an_unknown_customer(session: Session, customer: Any) -> None:
    """A customer id that does not exist, or of a wrong type, is NotFound; nothing written."""
    for customer_id in (999, "1", "", "abc", 1.5):
        with pytest.raises(NotFound):
            create_contact(session, customer_id, BASE)
    assert rows(session, Contact) == 0


def test_joining_a_proven_login_keeps_its_password(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """C7: staff of another company cannot change it; the person is told (C6)."""
    first = create_contact(session, customer.id, BASE).contact
    login = session.get_one(Login, first.login_id)
    prove(session, login)
    saved = create_contact(
        session, make_customer().id, {**BASE, "password": "what other staff typed"}
    )
    assert (saved.joined_login, saved.password_ignored) == (True, True)
    assert saved.mails == ("company_added",)
    assert saved.contact.login_id == login.id
    assert matches(login.password_hash, "the holder's own words")


def test_joining_an_unproven_login_erases_the_staffs_password(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """The takeover through a second company: A's password opens nothing at B (C7)."""
    first = create_contact(session, customer.id, BASE).contact
    login = session.get_one(Login, first.login_id)
    epoch = login.session_epoch
    saved = create_contact(session, make_customer().id, {**BASE, "password": "typed at B instead"})
    session.refresh(login)
    assert login.password_hash is None
    assert login.session_epoch > epoch
    assert sorted(saved.mails) == ["company_added", "set_password"]


def test_joining_a_login_proven_with_the_staffs_password(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """C7: who confirms an address has proven the mailbox, and staff know the password still."""
    first = create_contact(session, customer.id, BASE).contact
    login = session.get_one(Login, first.login_id)
    login.proven_at = utc_now()  # as a confirmed change of the address leaves it
    session.commit()
    saved = create_contact(session, make_customer().id, BASE)
    session.refresh(login)
    assert login.password_hash is None
    assert sorted(saved.mails) == ["company_added", "set_password"]


@pytest.mark.parametrize("how", ["changed", "confirmed"])
def test_staff_do_not_overwrite_what_the_holder_did(
    session: Session, customer: Any, how: str
) -> None:
    """C7: neither a password that the holder chose in the portal, nor that of a login whose
    address the holder has confirmed."""
    contact = create_contact(session, customer.id, BASE).contact
    login = session.get_one(Login, contact.login_id)
    if how == "changed":
        token = sign_in(session, str(contact.email), BASE["password"], None, None).token
        visit = resolve(session, token)
        assert visit is not None
        own = "the holder's own words"
        change_own_password(session, visit, BASE["password"], own, own, None)
    else:
        login.proven_at = utc_now()
        session.commit()
    session.refresh(login)
    before = login.password_hash
    typed = edited(contact, password="staff typed this one")
    assert edit_contact(session, customer.id, contact.id, typed).password_ignored
    session.refresh(login)
    assert login.password_hash == before


def test_staff_set_the_password_of_an_unproven_single_login(
    session: Session, customer: Any
) -> None:
    """C10: it is set, a notice is mailed; a blank one keeps the old."""
    contact = create_contact(session, customer.id, BASE).contact
    saved = edit_contact(
        session, customer.id, contact.id, edited(contact, password="another good sentence")
    )
    login = session.get_one(Login, contact.login_id)
    assert saved.mails == ("password_changed",)
    assert matches(login.password_hash, "another good sentence")
    edit_contact(session, customer.id, contact.id, edited(contact, password=""))
    session.refresh(login)
    assert matches(login.password_hash, "another good sentence")


@pytest.mark.parametrize("shared", [True, False])
def test_nobody_but_the_holder_sets_a_proven_or_shared_password(
    session: Session, customer: Any, make_customer: Callable[..., Any], shared: bool
) -> None:
    """C7: the field is ignored with a fact for the message."""
    contact = create_contact(session, customer.id, BASE).contact
    login = session.get_one(Login, contact.login_id)
    if shared:
        create_contact(session, make_customer().id, BASE)
    else:
        prove(session, login)
    session.refresh(login)
    before = login.password_hash
    saved = edit_contact(
        session, customer.id, contact.id, edited(contact, password="staff typed this one")
    )
    session.refresh(login)
    assert saved.password_ignored
    assert login.password_hash == before
    assert saved.mails == ()


def test_a_password_and_a_link_together_on_edit(session: Session, customer: Any) -> None:
    """C10: an error at the field."""
    contact = create_contact(session, customer.id, BASE).contact
    with pytest.raises(InvalidInput) as caught:
        edit_contact(
            session,
            customer.id,
            contact.id,
            edited(contact, password=PASSWORD, send_password_mail=True),
        )
    assert list(caught.value.errors) == ["password"]


def test_the_address_of_an_only_contact_changes_with_its_login(
    session: Session, customer: Any
) -> None:
    """The login follows, the old address is told, open links are void (C6, C9)."""
    contact = create_contact(session, customer.id, BASE).contact
    login = session.get_one(Login, contact.login_id)
    sign_in(session, "mara@example.com", PASSWORD, None, None)
    saved = edit_contact(session, customer.id, contact.id, edited(contact, email="new@example.com"))
    session.refresh(login)
    assert (contact.login_id, login.email_key) == (login.id, "new@example.com")
    assert saved.mails == ("email_changed", "new_email")
    notice = session.scalars(select(Mail).where(Mail.template == "email_changed")).one()
    assert notice.recipient == "mara@example.com"


def test_the_former_address_is_told_when_a_contact_joins_another_login(
    session: Session, customer: Any, make_customer: Any
) -> None:
    """As where the login follows: it opens the portal no more. Not where it still opens another
    customer's, and nobody reads of a change where the login stays."""
    for email in ("known@example.com", "second@example.com"):
        create_contact(session, make_customer().id, {**BASE, "email": email})
    contact = create_contact(session, customer.id, BASE).contact
    changed = edited(contact, email="known@example.com")
    saved = edit_contact(session, customer.id, contact.id, changed)
    assert saved.mails[0] == "email_changed"
    notices = select(Mail.recipient).where(Mail.template == "email_changed")
    assert session.scalars(notices).all() == ["mara@example.com"]
    edit_contact(session, customer.id, contact.id, edited(contact, lastname="Again"))
    edit_contact(session, customer.id, contact.id, edited(contact, email="second@example.com"))
    assert session.scalars(notices).all() == ["mara@example.com"]


def test_who_never_signed_in_is_invited_at_the_new_address(
    session: Session, customer: Any, make_customer: Any
) -> None:
    """A link goes there whether the address is new or has a login elsewhere (C6), also where
    staff had typed a password; who has signed in needs none."""
    elsewhere = {**BASE, "email": "known@example.com"}
    login = create_contact(session, make_customer().id, elsewhere).contact.login
    prove(session, login)
    for email in ("unknown@example.com", "known@example.com"):
        contact = create_contact(session, customer.id, BASE).contact
        assert contact.invited_at is None
        saved = edit_contact(session, customer.id, contact.id, edited(contact, email=email))
        assert saved.mails[-1] == "set_password"
        assert contact.invited_at is not None
        contact_states.delete_contact(session, customer.id, contact.id)


def test_an_invitation_follows_a_corrected_address(session: Session, customer: Any) -> None:
    """A typo is mended: the link goes to the right address, and only a notice to the wrong."""
    raw = {**BASE, "email": "typo@example.com", "password": "", "send_password_mail": True}
    contact = create_contact(session, customer.id, raw).contact
    saved = edit_contact(
        session, customer.id, contact.id, edited(contact, email="right@example.com")
    )
    assert saved.mails == ("email_changed", "new_email", "set_password")
    links = select(Mail.recipient).where(Mail.template == "set_password").order_by(Mail.id)
    assert session.scalars(links).all() == ["typo@example.com", "right@example.com"]


def test_staff_cannot_get_round_the_holder(session: Session, customer: Any) -> None:
    """C7: not by another address with a password, there and back; not by taking the login
    away and giving it back; not by the archive."""
    contact = create_contact(session, customer.id, BASE).contact
    prove(session, session.get_one(Login, contact.login_id))
    typed = {"password": "what staff typed here"}
    for changes in (
        {"email": "other@example.com", **typed},
        {"email": "mara@example.com", **typed},
        {"is_user": False},
        typed,
    ):
        edit_contact(session, customer.id, contact.id, edited(contact, **changes))
    archive.archive_contact(session, customer.id, contact.id)
    archive.restore_contact(session, customer.id, contact.id)
    contact_states.reactivate_contact(session, customer.id, contact.id)
    edit_contact(session, customer.id, contact.id, edited(contact, **typed))
    session.expire_all()
    password_hash = session.scalars(select(Login.password_hash)).one()
    assert not matches(password_hash, "what staff typed here")
    assert password_hash is None or matches(password_hash, "the holder's own words")


def test_staff_cannot_get_round_the_holder_by_another_login(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """C7: to the address of a login that exists, and back with a password: not used."""
    contact = create_contact(session, customer.id, BASE).contact
    prove(session, session.get_one(Login, contact.login_id))
    other = {**BASE, "email": "other@example.com", "password": "the password of another"}
    create_contact(session, make_customer().id, other)
    typed = {"password": "what staff typed here"}
    for email in ("other@example.com", "mara@example.com"):
        saved = edit_contact(
            session, customer.id, contact.id, edited(contact, email=email, **typed)
        )
        assert saved.password_ignored
    login = session.get_one(Login, contact.login_id)
    assert matches(login.password_hash, "the holder's own words")


def test_the_address_of_a_shared_login_is_left(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """One of two contacts gets another address: it leaves the login for one of its own."""
    contact = create_contact(session, customer.id, BASE).contact
    other = create_contact(session, make_customer().id, BASE).contact
    edit_contact(session, customer.id, contact.id, edited(contact, email="new@example.com"))
    assert contact.login_id != other.login_id
    assert session.get_one(Login, other.login_id).email_key == "mara@example.com"
    assert session.get_one(Login, contact.login_id).password_hash is None


def test_a_contact_of_another_customer_is_not_found(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """A service never guesses: the contact is looked for at the customer named only."""
    contact = create_contact(session, customer.id, BASE).contact
    with pytest.raises(NotFound):
        edit_contact(session, make_customer().id, contact.id, edited(contact))


def test_taking_the_login_away_deletes_an_unused_one(session: Session, customer: Any) -> None:
    """Is user unticked: the contact cannot sign in, nothing of the login is left."""
    contact = create_contact(session, customer.id, BASE).contact
    edit_contact(session, customer.id, contact.id, edited(contact, is_user=False))
    assert contact.login_id is None
    assert rows(session, Login) == 0


def test_all_problems_are_told_in_one_round(session: Session, customer: Any) -> None:
    """The password with the fields, and everything that the database has to be asked."""
    raw = {"firstname": "", "lastname": "O", "email": "x", "password": "short"}
    with pytest.raises(InvalidInput) as caught:
        create_contact(session, customer.id, raw)
    assert sorted(caught.value.errors) == ["email", "firstname", "password"]
    create_contact(session, customer.id, BASE)
    again = {**BASE, "manager": "nobody@example.com", "account_manager": "nobody"}
    with pytest.raises(InvalidInput) as caught:
        create_contact(session, customer.id, again)
    assert sorted(caught.value.errors) == ["account_manager", "email", "manager"]
    worst = {**again, "firstname": "", "password": "short"}
    with pytest.raises(InvalidInput) as caught:
        create_contact(session, customer.id, worst)
    everything = ["account_manager", "email", "firstname", "manager", "password"]
    assert sorted(caught.value.errors) == everything
    other = create_contact(session, customer.id, {**BASE, "email": "b@example.com"}).contact
    with pytest.raises(InvalidInput) as caught:
        edit_contact(session, customer.id, other.id, worst)
    assert sorted(caught.value.errors) == everything


def test_an_edit_says_at_once_what_the_state_forbids(session: Session, customer: Any) -> None:
    """An inactive contact without a login: each of these stands at its field, in one round."""
    contact = create_contact(session, customer.id, {**BASE, "is_user": False}).contact
    contact_states.deactivate_contact(session, customer.id, contact.id)
    asked = edited(
        contact, is_user=True, is_primary=True, send_password_mail=True, manager="x@example.com"
    )
    with pytest.raises(InvalidInput) as caught:
        edit_contact(session, customer.id, contact.id, asked)
    expected = ["is_primary", "is_user", "manager", "send_password_mail"]
    assert sorted(caught.value.errors) == expected


def test_only_a_new_contact_is_welcomed(session: Session, customer: Any) -> None:
    """C8: whoever was archived and restored, or gets a login later, gets the link alone."""
    again = {"is_user": True, "send_password_mail": True}
    contact = create_contact(session, customer.id, BASE).contact
    archive.archive_contact(session, customer.id, contact.id)
    archive.restore_contact(session, customer.id, contact.id)
    contact_states.reactivate_contact(session, customer.id, contact.id)
    saved = edit_contact(session, customer.id, contact.id, edited(contact, **again))
    assert saved.mails == ("set_password",)
    late = create_contact(
        session, customer.id, {**BASE, "email": "late@example.com", "is_user": False}
    )
    assert late.mails == ()
    saved = edit_contact(session, customer.id, late.contact.id, edited(late.contact, **again))
    assert (saved.login_created, saved.mails) == (True, ("set_password",))


def test_who_gets_a_login_anew_is_invited_now(session: Session, customer: Any) -> None:
    """C9: the invitation has the date of the link that was mailed, not that of an earlier one."""
    contact = create_contact(session, customer.id, BASE).contact
    long_ago = contact.invited_at = utc_now() - timedelta(days=60)
    session.commit()
    edit_contact(session, customer.id, contact.id, edited(contact, is_user=False))
    again = edited(contact, is_user=True, send_password_mail=True)
    saved = edit_contact(session, customer.id, contact.id, again)
    assert saved.mails == ("set_password",)
    assert saved.contact.invited_at > long_ago + timedelta(days=59)


def test_an_exception_in_the_middle_leaves_nothing(
    session: Session, customer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.3.3: no contact, permission or mail row after a failure."""
    from flask_contacts.services.contacts import login as contact_login

    def fail(*_: object, **_named: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(contact_login.outbox, "add_welcome", fail)
    with pytest.raises(RuntimeError):
        create_contact(session, customer.id, BASE)
    assert rows(session, Contact) == rows(session, Login) == rows(session, Mail) == 0


def test_defaults_of_a_new_form(session: Session, customer: Any) -> None:
    """C3, C5: permissions from the settings, topics from the permissions, first is primary."""
    settings.set_default_permissions(session, ["invoices", "projects", "proposals"])
    form = contact_lists.blank_contact(session, customer.id)
    assert form.values["permissions"] == ["invoices", "projects", "proposals"]
    assert form.values["topics"] == ["credit_note", "invoice", "project", "task"]
    assert form.values["is_primary"]
    assert form.primary_locked
    create_contact(session, customer.id, BASE)
    assert not contact_lists.blank_contact(session, customer.id).primary_locked


def test_a_manager_is_another_contact_of_the_customer(
    session: Session, customer: Any, make_customer: Callable[..., Any]
) -> None:
    """Named by address; somebody else's contact is an error at the field."""
    boss = create_contact(session, customer.id, {**BASE, "email": "boss@example.com"}).contact
    contact = create_contact(session, customer.id, {**BASE, "manager": "Boss@example.com"}).contact
    assert contact.manager_id == boss.id
    create_contact(session, make_customer().id, {**BASE, "email": "alien@example.com"})
    for address in ("alien@example.com", "mara@example.com"):
        with pytest.raises(InvalidInput) as caught:
            edit_contact(session, customer.id, contact.id, edited(contact, manager=address))
        assert list(caught.value.errors) == ["manager"]
