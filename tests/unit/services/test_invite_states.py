"""The way into the portal, and sending the link again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import func, insert, select, true, update
from sqlalchemy.orm import Session

from flask_contacts import signals
from flask_contacts.actors import Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import DatabaseBusy, InvalidInput, LinkVoid, NotFound
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Contact, Link, Login
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.contacts import login as contact_login
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.invitations import sending as invitation_sending
from flask_contacts.services.invitations.lists import (
    count_invitations,
    invitation_rows,
    matching_ids,
)
from flask_contacts.services.invitations.sending import plan, resend, send_invitation
from flask_contacts.services.invitations.set_password import (
    forgot_password,
    read_password_link,
    set_password,
)
from flask_contacts.services.invitations.states import STATES, invitations_of, invite_states
from flask_contacts.services.retention import purge
from flask_contacts.testing import PASSWORD, RecordingSmtp, links_in
from tests.unit.services.invitation_cases import NOW, assert_shown_as_found

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
    invited = {"password": "", "send_password_mail": True}
    contacts = [make_contact(customer, **invited) for _ in range(5)]
    for contact in contacts:
        session.refresh(contact)
    with statements() as seen:
        invite_states(session, contacts)
    assert len(seen) == 1


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_the_filter_says_the_same(
    session: Session, make_customer: Callable[..., Any], seed: int
) -> None:
    """Each contact is found in exactly the state that is shown for it, whatever its history."""
    customer = make_customer()
    try:
        with time_machine.travel(NOW.replace(tzinfo=timezone.utc), tick=False):
            assert_shown_as_found(session, customer.id, seed)
    finally:
        session.rollback()


def test_every_state_is_among_the_cases(session: Session, make_customer: Any) -> None:
    """The test before would prove little about a state that nobody is in."""
    with time_machine.travel(NOW.replace(tzinfo=timezone.utc), tick=False):
        assert assert_shown_as_found(session, make_customer().id, seed=1) == set(STATES)


def test_what_is_purged_is_remembered(
    session: Session, smtp: RecordingSmtp, invited: Any, make_contact: Any
) -> None:
    """Links are deleted after a month; who used one stays accepted, who did not expired."""
    drain(session)
    set_password(session, token(smtp), PASSWORD, PASSWORD)
    other = make_contact(
        invited.customer_id, email="late@example.com", password="", send_password_mail=True
    )
    drain(session)
    with time_machine.travel(utc_now() + timedelta(days=40)):
        assert purge(session)["links"] == 2
        assert state(session, invited) == "accepted"
        assert state(session, other) == "expired"


def test_a_void_link_tells_nothing(session: Session, smtp: RecordingSmtp, invited: Any,
                                   make_customer: Any, make_contact: Any) -> None:  # fmt: skip
    """A link to the same person from another customer changes nothing that is shown here."""
    drain(session)
    other = make_contact(
        make_customer(), email="mara@example.com", password="", send_password_mail=True
    )
    drain(session)
    assert state(session, invited) == "sent"
    set_password(session, token(smtp), PASSWORD, PASSWORD)
    assert state(session, invited) == "sent"
    assert state(session, other) == "accepted"


def test_since_when(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """The facts beside the state: requested, sent, valid until, password set, signed in."""
    smtp.replies["mara@example.com"] = "550 no such user"
    drain(session)
    session.expire_all()
    failed = invitations_of(session, [invited])[invited.id]
    assert (failed.state, failed.sent_at) == ("failed", None)
    assert failed.error == "550 no such user"
    assert failed.since == failed.asked_at == invited.invited_at
    smtp.replies.clear()
    send_invitation(session, invited.customer_id, invited.id)
    drain(session)
    session.expire_all()
    sent = invitations_of(session, [invited])[invited.id]
    assert sent.since == sent.sent_at is not None
    assert sent.valid_until is not None
    assert timedelta(hours=47) < sent.valid_until - utc_now() < timedelta(hours=48)
    set_password(session, token(smtp), PASSWORD, PASSWORD)
    session.expire_all()
    accepted = invitations_of(session, [invited])[invited.id]
    assert accepted.since == accepted.accepted_at is not None


def test_a_contact_without_a_customer(session: Session, make_customer: Any,
                                      make_contact: Any) -> None:  # fmt: skip
    """It is sent a link too; and a contact's link is asked for under its own customer alone."""
    customer = make_customer()
    contact = make_contact(customer)
    session.execute(
        update(Contact)
        .where(Contact.id == contact.id)
        .values(customer_id=None, primary_of=None, is_primary=False)
    )
    session.commit()
    with pytest.raises(NotFound):
        send_invitation(session, customer.id, contact.id)
    send_invitation(session, None, contact.id)
    assert state(session, contact) == "waiting"


def poison(monkeypatch: pytest.MonkeyPatch, contact_id: int) -> None:
    """Make sending to one contact fail, after its link was written."""
    send = contact_login.send_link

    def send_link(session: Session, contact: Contact, actor: Actor) -> None:
        send(session, contact, actor)
        if contact.id == contact_id:
            raise ValueError("poison")

    monkeypatch.setattr(contact_login, "send_link", send_link)


def test_sixty_with_one_poisoned(
    session: Session, smtp: RecordingSmtp, monkeypatch: pytest.MonkeyPatch,
    make_customer: Any, make_contact: Any, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """One that fails is reported, writes nothing, and stops none of the others."""
    customer = make_customer()
    ids = [make_contact(customer, email=f"c{n}@example.com").id for n in range(60)]
    poison(monkeypatch, ids[30])
    results = resend(session, ids)
    assert [one.contact_id for one in results] == ids
    assert {one.refusal for one in results if one.contact_id != ids[30]} == {None}
    assert results[30].refusal == "error"
    assert results[30].name == session.get_one(Contact, ids[30]).name
    assert "could not be sent together" in caplog.text
    assert session.get_one(Contact, ids[30]).invited_at is None
    assert session.scalar(select(func.count()).select_from(Link)) == 59
    drain(session)
    assert len(links_in_all(smtp)) == 59


def links_in_all(smtp: RecordingSmtp) -> set[str]:
    """The links of all mails."""
    return {link for mail in smtp.messages for link in links_in(mail) if "set-password" in link}


def test_sent_once(session: Session, make_customer: Any, make_contact: Any) -> None:
    """The same ids again within five minutes: skipped; a single one on purpose is sent."""
    customer = make_customer()
    ids = [make_contact(customer).id for _ in range(3)]
    assert [one.refusal for one in plan(session, ids)] == [None] * 3
    assert [one.refusal for one in resend(session, [*ids, ids[0]])] == [None] * 3
    assert [one.refusal for one in resend(session, ids)] == ["recent"] * 3
    send_invitation(session, customer.id, ids[0])
    assert session.scalar(select(func.count()).select_from(Link)) == 4
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        assert [one.refusal for one in plan(session, ids)] == ["waiting"] * 3
        drain(session)
        assert [one.refusal for one in resend(session, ids)] == [None] * 3


@pytest.mark.parametrize("in_one_transaction", [1, 50])
def test_who_is_refused(
    session: Session, smtp: RecordingSmtp, invited: Any, make_customer: Any, make_contact: Any,
    monkeypatch: pytest.MonkeyPatch, in_one_transaction: int,
) -> None:  # fmt: skip
    """Many: not active, no login, in the portal already, one person twice, gone; never half."""
    drain(session)
    set_password(session, token(smtp), PASSWORD, PASSWORD)
    customer = make_customer()
    twin = make_contact(customer, email="twin@example.com", password="", send_password_mail=True)
    other_twin = make_contact(make_customer(), email="twin@example.com")
    off, without = make_contact(customer), make_contact(customer, is_user=False, password="")
    deactivate_contact(session, customer.id, off.id)
    drain(session)
    monkeypatch.setattr(invitation_sending, "_IN_ONE_TRANSACTION", in_one_transaction)
    ids = [invited.id, twin.id, other_twin.id, off.id, without.id, 99_999]
    expected = ["accepted", None, "same_person", "inactive", "no_login", "gone"]
    with time_machine.travel(utc_now() + timedelta(minutes=6)):
        assert [one.refusal for one in plan(session, ids)] == expected
        assert [one.refusal for one in resend(session, ids)] == expected
    with pytest.raises(InvalidInput):
        resend(session, range(1, 502))


def test_hidden_contacts_are_gone(session: Session, make_customer: Any, make_contact: Any) -> None:
    """What may not be seen is not sent to, not named and not listed."""
    seen, hidden = make_contact(make_customer()), make_contact(make_customer())
    visible = Contact.customer_id == seen.customer_id
    results = resend(session, [seen.id, hidden.id], visible=visible)
    assert [(one.name, one.refusal) for one in results] == [(seen.name, None), ("", "gone")]
    page = invitation_rows(session, visible)
    assert [row.contact.id for row in page.rows] == [seen.id]
    assert sum(count_invitations(session, visible).values()) == 1
    assert matching_ids(session, visible) == ([seen.id], None)


def test_a_busy_database(
    session: Session, monkeypatch: pytest.MonkeyPatch, make_customer: Any, make_contact: Any
) -> None:
    """It is waited for once, not for each contact; what was sent before is told as sent."""
    customer = make_customer()
    ids = [make_contact(customer).id for _ in range(4)]
    poison(monkeypatch, ids[0])
    work, calls = invitation_sending.in_transaction, []

    def busy(own: Session, job: Any) -> Any:
        calls.append(job)
        if len(calls) == 4:  # all together, the poisoned one, the second, and now
            raise DatabaseBusy("away")
        return work(own, job)

    monkeypatch.setattr(invitation_sending, "in_transaction", busy)
    assert [one.refusal for one in resend(session, ids)] == ["error", None, "busy", "busy"]
    assert len(calls) == 4
    assert session.scalar(select(func.count()).select_from(Link)) == 1


def test_a_deaf_receiver_stops_nothing(
    session: Session, make_customer: Any, make_contact: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A receiver of contact_changed that fails is logged; the others hear of every contact."""
    customer, heard = make_customer(), []
    ids = [make_contact(customer).id for _ in range(2)]

    def receiver(_app: object, contact_id: int) -> None:
        heard.append(contact_id)
        raise ValueError("deaf")

    with signals.contact_changed.connected_to(receiver):
        assert [one.refusal for one in resend(session, ids)] == [None, None]
    assert heard == ids
    assert "a receiver of contacts-contact-changed failed" in caplog.text


def test_pages_and_search(session: Session, make_customer: Any, make_contact: Any) -> None:
    """The newest first, by key; how e-mail or last name begins, in any case, no wildcards."""
    customer = make_customer()
    names = ["McDonald", "mcadam", "100%", "Ünal", "Other"]
    ids = [
        make_contact(customer, lastname=name, email=f"{n}x@example.com").id
        for n, name in enumerate(names)
    ]
    first = invitation_rows(session, true(), size=3)
    assert [row.contact.id for row in first.rows] == ids[:1:-1]
    assert first.after == ids[2]
    last = invitation_rows(session, true(), after=first.after, size=3)
    assert [row.contact.id for row in last.rows] == [ids[1], ids[0]]
    assert last.after is None
    for text, expected in {
        "mc": ids[1::-1], "MCD": [ids[0]], "4X@": [ids[4]], "100%": [ids[2]], "1_": [],
        "%": [], "Ün": [ids[3]], " other ": [ids[4]], "x" * 300: [], "a\x00": [], "onald": [],
    }.items():  # fmt: skip
        found = invitation_rows(session, true(), search=text).rows
        assert [row.contact.id for row in found] == expected, text
    assert matching_ids(session, true(), size=2) == (ids[:2:-1], ids[3])


def test_counts_are_capped(session: Session, make_customer: Any, statements: Any) -> None:
    """Nothing is counted past a thousand, and all states take one statement."""
    customer = make_customer()
    login = Login(email="a@example.com", email_key="a@example.com")
    session.add(login)
    session.flush()
    rows = [
        {"customer_id": customer.id, "email_scope": f"{n}", "login_id": login.id,
         "firstname": "F", "lastname": "L"}
        for n in range(1005)
    ]  # fmt: skip
    session.execute(insert(Contact), rows)
    session.commit()
    with statements() as seen:
        counts = count_invitations(session, true())
    assert counts["never_invited"] == 1001
    assert sum(counts.values()) == 1001
    assert len(seen) == 1


def test_the_last_mail_counts(session: Session, smtp: RecordingSmtp, invited: Any) -> None:
    """A living link that is mailed again, because it was asked for: the newer mail tells."""
    smtp.replies["mara@example.com"] = "550 no"
    drain(session)
    assert state(session, invited) == "failed"
    smtp.replies.clear()
    forgot_password(session, "mara@example.com", None)
    drain(session)
    assert len(smtp.to("mara@example.com")) == 1
    assert state(session, invited) == "sent"
