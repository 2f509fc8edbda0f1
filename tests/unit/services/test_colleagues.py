"""Colleagues: who may, and what one transaction does (BEHAVIOUR P5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import signals
from flask_contacts.errors import InvalidInput, NotFound, SilencesTopics, TooManyAttempts
from flask_contacts.mail.recipients import FALLBACK_TOPICS
from flask_contacts.models import Activity, Contact, Login, Mail, Setting, SignInAttempt
from flask_contacts.services import limits
from flask_contacts.services.company import colleagues
from flask_contacts.services.company.colleague_lists import SIZE, list_colleagues
from flask_contacts.services.company.colleagues import (
    change_permissions,
    deactivate_colleague,
    invite_again,
    invite_colleague,
    reactivate_colleague,
)
from flask_contacts.services.company.rights import Asker, NotPermitted
from flask_contacts.services.contacts import activity
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import (
    deactivate_contact,
    make_primary,
    reactivate_contact,
)
from flask_contacts.services.retention import purge
from flask_contacts.services.settings import save_settings

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
RAW: dict[str, Any] = {
    "firstname": "Eva", "lastname": "Sommer", "position": "", "email": "eva@example.com",
    "phone": "", "permissions": ["invoices"],
}  # fmt: skip


@pytest.fixture
def anna(session: Session, make_customer: Make, make_contact: Make) -> Any:
    """A primary contact who may look after colleagues."""
    save_settings(session, {"primary_may": ["colleagues"]})
    return make_contact(make_customer(), permissions=["invoices", "support"], topics=["invoice"])


@pytest.fixture
def bob(anna: Any, make_contact: Make) -> Any:
    """A colleague."""
    return make_contact(anna.customer_id, permissions=["projects"])


def calls(session: Session, asker: Asker, colleague_id: int) -> list[Callable[[], Any]]:
    """Every use case about a colleague."""
    return [
        lambda: change_permissions(session, asker, colleague_id, [], ["invoices"]),
        lambda: deactivate_colleague(session, asker, colleague_id),
        lambda: reactivate_colleague(session, asker, colleague_id),
        lambda: invite_again(session, asker, colleague_id),
    ]


def counts(session: Session) -> list[int | None]:
    """How many rows there are of what may be written."""
    tables = (Contact, Login, Mail, Activity, SignInAttempt)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def no_setting(session: Session, anna: Any, bob: Any) -> None:
    """Staff take the right away."""
    save_settings(session, {"primary_may": []})


def other_primary(session: Session, anna: Any, bob: Any) -> None:
    """Somebody else becomes the primary contact."""
    make_primary(session, anna.customer_id, bob.id)


def left(session: Session, anna: Any, bob: Any) -> None:
    """The asker is deactivated."""
    deactivate_contact(session, anna.customer_id, anna.id, bob.id)


@pytest.mark.parametrize("change", [no_setting, other_primary, left])
def test_what_was_so_when_the_page_opened_does_not_count(
    session: Session, anna: Any, bob: Any, change: Callable[..., None]
) -> None:
    """8.3.2: asked anew inside the transaction; nothing is written, no slot is taken."""
    asker = Asker.of(anna)
    change(session, anna, bob)
    before = counts(session)
    for call in (lambda: invite_colleague(session, asker, RAW), *calls(session, asker, bob.id)):
        with pytest.raises(NotPermitted):
            call()
    assert counts(session) == before


def test_not_itself_and_not_others(
    session: Session, anna: Any, make_customer: Make, make_contact: Make
) -> None:
    """About itself: not permitted. Another customer's, a moved, an archived contact: not found."""
    other = make_customer()
    foreign, archived = make_contact(other), make_contact(anna.customer_id)
    moved = make_contact(anna.customer_id)
    archive_contact(session, anna.customer_id, archived.id)
    move_contact(session, anna.customer_id, moved.id, other.id)
    asker = Asker.of(anna)
    for call in calls(session, asker, anna.id):
        with pytest.raises(NotPermitted):
            call()
    for contact_id in (foreign.id, archived.id, moved.id, 0, 2**40):
        for call in calls(session, asker, contact_id):
            with pytest.raises(NotFound):
                call()


def test_permissions_are_differences(session: Session, anna: Any, bob: Any) -> None:
    """Given is what is ticked and was not shown, taken what was shown and is not ticked: two
    pages that are open at once undo nothing of each other."""
    asker = Asker.of(anna)
    change_permissions(session, asker, bob.id, [], ["invoices"])
    change_permissions(session, asker, bob.id, [], ["support"])
    assert bob.permission_names == {"projects", "invoices", "support"}
    change_permissions(session, asker, bob.id, ["support"], [])
    assert bob.permission_names == {"projects", "invoices"}
    rows = session.scalars(select(Activity).where(Activity.verb == "edited")).all()
    assert [row.changes["permissions"] for row in rows] == [
        [["projects"], ["invoices", "projects"]],
        [["invoices", "projects"], ["invoices", "projects", "support"]],
        [["invoices", "projects", "support"], ["invoices", "projects"]],
    ]
    change_permissions(session, asker, bob.id, ["invoices"], ["invoices"])
    assert len(session.scalars(select(Activity).where(Activity.verb == "edited")).all()) == 3


@pytest.mark.parametrize("raw", ["invoices", None, 7, [["invoices"]], [None, 3]])
def test_junk_is_no_permission(session: Session, anna: Any, bob: Any, raw: Any) -> None:
    """What is no list of names gives and takes nothing."""
    change_permissions(session, Asker.of(anna), bob.id, raw, raw)
    assert bob.permission_names == {"projects"}
    made = invite_colleague(session, Asker.of(anna), {**RAW, "permissions": raw})
    assert made.contact.permission_names == frozenset()


def test_the_primary_flag_and_the_password_stay(session: Session, anna: Any) -> None:
    """No name that is not of the form is taken, also where it is a field of staff's forms."""
    for name in ("is_primary", "password", "is_user", "topics", "notes"):
        with pytest.raises(InvalidInput) as caught:
            invite_colleague(session, Asker.of(anna), {**RAW, name: True})
        assert list(caught.value.errors) == [""]
    less = {name: value for name, value in RAW.items() if name != "phone"}
    with pytest.raises(InvalidInput):
        invite_colleague(session, Asker.of(anna), less)


def test_a_refused_invitation_costs_nothing(session: Session, anna: Any, bob: Any) -> None:
    """Only what was sent counts against the limit."""
    asker = Asker.of(anna)
    before = counts(session)
    for wrong in ({"email": bob.email}, {"lastname": ""}, {"permissions": ["projects"]}):
        with pytest.raises(InvalidInput):
            invite_colleague(session, asker, {**RAW, **wrong})
    assert counts(session) == before
    invite_colleague(session, asker, RAW)
    kinds = session.scalars(select(SignInAttempt.kind)).all()
    assert sorted(kinds) == [limits.INVITATION, limits.INVITED]


@pytest.mark.parametrize("field", ["firstname", "lastname", "position"])
def test_no_web_address_in_an_invitation(session: Session, anna: Any, field: str) -> None:
    """A stranger's link does not go out under our letterhead; nothing is written."""
    before = counts(session)
    with pytest.raises(InvalidInput) as caught:
        invite_colleague(session, Asker.of(anna), {**RAW, field: "https://evil.example/x"})
    assert (list(caught.value.errors), counts(session)) == ([field], before)


def test_whom_staff_deactivated(session: Session, anna: Any, bob: Any) -> None:
    """With permissions beyond the own ones staff's word stays; within them, or where a contact
    deactivated, the primary contact undoes it (P5)."""
    asker = Asker.of(anna)
    deactivate_contact(session, anna.customer_id, bob.id)
    with pytest.raises(InvalidInput) as caught:
        reactivate_colleague(session, asker, bob.id)
    assert "permissions that you have not" in str(caught.value.errors[""][0])
    assert not session.get_one(Contact, bob.id).active
    reactivate_contact(session, anna.customer_id, bob.id)
    deactivate_colleague(session, asker, bob.id)
    assert reactivate_colleague(session, asker, bob.id).contact.active
    bob.permissions = []
    session.commit()
    deactivate_contact(session, anna.customer_id, bob.id)
    assert reactivate_colleague(session, asker, bob.id).contact.active


def test_new_and_repeated_invitations_count_together(
    session: Session, anna: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.4.1: after so many none goes out, by either way; the next hour takes some again."""
    monkeypatch.setattr(limits, "INVITATIONS_PER_HOUR", 2)
    asker = Asker.of(anna)
    eva = invite_colleague(session, asker, RAW).contact
    eva.invited_at = None
    session.commit()
    invite_again(session, asker, eva.id)
    eva.invited_at = None
    session.commit()
    mails = session.scalar(select(func.count()).select_from(Mail))
    with pytest.raises(TooManyAttempts) as caught:
        invite_again(session, asker, eva.id)
    assert 0 < caught.value.retry_after <= 3600
    with pytest.raises(TooManyAttempts):
        invite_colleague(session, asker, {**RAW, "email": "other@example.com"})
    assert session.scalar(select(func.count()).select_from(Mail)) == mails
    now = limits.time.time()
    monkeypatch.setattr(limits.time, "time", lambda: now + 3600)
    invite_colleague(session, asker, {**RAW, "email": "other@example.com"})


def test_the_mail_speaks_the_inviters_language(session: Session, anna: Any) -> None:
    """N8: nothing else is known of the person yet; a language that is not offered is left out."""
    made = invite_colleague(session, Asker.of(anna), RAW, "pt_BR").contact
    assert made.language == "pt_BR"
    other = {**RAW, "email": "other@example.com"}
    assert invite_colleague(session, Asker.of(anna), other, "xx").contact.language is None


def test_signals(app: Any, session: Session, anna: Any, bob: Any) -> None:
    """Hosts hear of a colleague as of any other contact."""
    heard: list[tuple[str, int]] = []

    def created(_app: Any, contact_id: int) -> None:
        heard.append(("created", contact_id))

    def changed(_app: Any, contact_id: int) -> None:
        heard.append(("changed", contact_id))

    with (
        signals.contact_created.connected_to(created, app),
        signals.contact_changed.connected_to(changed, app),
    ):
        made = invite_colleague(session, Asker.of(anna), RAW).contact
        change_permissions(session, Asker.of(anna), bob.id, [], ["invoices"])
    assert heard == [("created", made.id), ("changed", bob.id)]


def test_a_fallback_is_no_silence(session: Session, anna: Any, make_contact: Make) -> None:
    """N6: a topic that goes to the primary contact where nobody has it on still reaches her."""
    bob = make_contact(anna.customer_id, permissions=["support"], topics=["tickets"])
    with pytest.raises(SilencesTopics) as caught:
        deactivate_colleague(session, Asker.of(anna), bob.id)
    assert caught.value.topics == ["tickets"]
    session.merge(Setting(name=FALLBACK_TOPICS, value=["tickets"]))
    session.commit()
    deactivate_colleague(session, Asker.of(anna), bob.id)
    assert not bob.active


def test_an_exception_in_the_middle_leaves_nothing(
    session: Session, anna: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.3.3: no contact, login, mail or slot."""
    before = counts(session)

    def fail(*_args: Any, **_values: Any) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(activity, "record_primary", fail)
    with pytest.raises(RuntimeError):
        invite_colleague(session, Asker.of(anna), RAW)
    assert counts(session) == before


def test_who_is_anonymised_leaves_the_invitations(session: Session, anna: Any, bob: Any) -> None:
    """The name of who invited goes from the activity of the others too; slots are purged."""
    eva = invite_colleague(session, Asker.of(anna, "192.0.2.1"), RAW).contact
    make_primary(session, anna.customer_id, bob.id)
    archive_contact(session, anna.customer_id, anna.id)
    anonymise_contact(session, anna.customer_id, anna.id)
    session.expire_all()
    query = select(Activity).where(Activity.contact_id == eva.id, Activity.verb == "invited")
    row = session.scalars(query).one()
    assert (row.actor_name, row.address, row.actor_contact_id) == ("", None, anna.id)
    archive_contact(session, eva.customer_id, eva.id)
    anonymise_contact(session, eva.customer_id, eva.id)
    kinds = session.scalars(select(SignInAttempt.kind)).all()
    assert kinds == [limits.INVITATION]
    assert purge(session)["attempts"] == 0


def test_pages_end(session: Session, anna: Any, bob: Any) -> None:
    """By name, the asker among them; past the last page is nothing, past the cap no page."""
    page = list_colleagues(session, anna.customer_id)
    assert {one.contact.id for one in page.items} == {anna.id, bob.id}
    assert (page.first, page.has_next) == (1, False)
    assert list_colleagues(session, anna.customer_id, number=2).items == []
    assert list_colleagues(session, anna.customer_id, number=2).first == SIZE + 1
    with pytest.raises(NotFound):
        list_colleagues(session, anna.customer_id, number=401)


def test_every_refusal_has_words() -> None:
    """Whatever keeps an invitation back is said to the contact in words of its own."""
    from flask_contacts.services.invitations.refusals import ALONE

    assert set(ALONE) <= set(colleagues._REFUSALS)
