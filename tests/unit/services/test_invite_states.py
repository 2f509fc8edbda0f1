"""The way into the portal, and sending the link again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput, LinkVoid
from flask_contacts.mail.delivery import drain
from flask_contacts.services.contact_states import deactivate_contact
from flask_contacts.services.invitations import read_password_link, set_password
from flask_contacts.services.invite_states import invite_states, send_invitation
from flask_contacts.services.sign_in import sign_in
from flask_contacts.testing import PASSWORD, RecordingSmtp, links_in

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def invited(make_customer: Any, make_contact: Any) -> Any:
    """A contact whose link waits in the outbox."""
    return make_contact(
        make_customer(), email="mara@example.com", password="", send_password_mail=True
    )


def state(session: Session, contact: Any) -> str:
    """The contact's state now."""
    session.expire_all()
    return invite_states(session, [contact])[contact.id]


def token(smtp: RecordingSmtp) -> str:
    """The token of the last mailed link."""
    return links_in(smtp.to("mara@example.com")[-1])[0].rsplit("/", 1)[1]


def test_the_whole_way(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """Waiting, sent, accepted, dormant."""
    assert state(session, invited) == "waiting"
    drain(session)
    assert state(session, invited) == "sent"
    set_password(session, token(smtp), PASSWORD, PASSWORD)
    assert state(session, invited) == "accepted"
    sign_in(session, "mara@example.com", PASSWORD, None, None)
    assert state(session, invited) == "accepted"
    with time_machine.travel(utc_now() + timedelta(days=366)):
        assert state(session, invited) == "dormant"


def test_where_it_stops(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """Refused by the server: failed; the 48 hours over: expired; sent again: waiting."""
    smtp.replies["mara@example.com"] = "550 no"
    drain(session)
    assert state(session, invited) == "failed"
    smtp.replies.clear()
    send_invitation(session, invited.customer_id, invited.id)
    assert state(session, invited) == "waiting"
    drain(session)
    with time_machine.travel(utc_now() + timedelta(hours=49)):
        assert state(session, invited) == "expired"


def test_who_was_never_invited(session: Session, make_customer: Any, make_contact: Any) -> None:
    """A password set by staff, or no login at all."""
    customer = make_customer()
    assert state(session, make_contact(customer)) == "never_invited"
    assert state(session, make_contact(customer, is_user=False, password="")) == "no_login"


def test_a_login_elsewhere_is_not_told(
    session: Session, smtp: RecordingSmtp, invited: Any, make_customer: Any, make_contact: Any
) -> None:
    """A person who signs in at another customer shows as not invited here."""
    drain(session)
    set_password(session, token(smtp), PASSWORD, PASSWORD)
    joined = make_contact(make_customer(), email="mara@example.com")
    assert state(session, joined) == "never_invited"


def test_a_fresh_link_voids_the_former(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """Only the newest of two works (C9)."""
    drain(session)
    former = token(smtp)
    send_invitation(session, invited.customer_id, invited.id)
    drain(session)
    with pytest.raises(LinkVoid):
        read_password_link(session, former)
    assert read_password_link(session, token(smtp)).email == "mara@example.com"


def test_who_gets_no_link(session: Session, invited: Any, make_contact: Any) -> None:
    """Without a login or not active: an error that says why (C10)."""
    without = make_contact(invited.customer_id, is_user=False, password="")
    deactivate_contact(session, invited.customer_id, invited.id, without.id)
    for contact in (invited, without):
        with pytest.raises(InvalidInput) as caught:
            send_invitation(session, contact.customer_id, contact.id)
        assert list(caught.value.errors) == ["send_password_mail"]


def test_one_statement_for_all(
    session: Session, statements: Any, make_customer: Any, make_contact: Any
) -> None:
    """A list of contacts costs no more than one."""
    customer = make_customer()
    contacts = [make_contact(customer) for _ in range(5)]
    for contact in contacts:
        session.refresh(contact)
    with statements() as seen:
        invite_states(session, contacts)
    assert len(seen) == 1
