"""Changes of many contacts: whom they touch, whom not and why, and what they write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import false, func, select, true
from sqlalchemy.orm import Session

from flask_contacts import signals
from flask_contacts.actors import Actor
from flask_contacts.errors import InvalidInput
from flask_contacts.mail.recipients import FALLBACK_TOPICS, reach
from flask_contacts.models import Activity, Contact, Mail, PortalSession, Setting
from flask_contacts.services import chunks
from flask_contacts.services.accounts import logins, sign_in
from flask_contacts.services.agent.contacts import create_agent_contact
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import ListQuery, Scope
from flask_contacts.services.bulk import changes, facts, parts, planning, running, selection
from flask_contacts.services.bulk.changes import Change, Deactivation, Reactivation
from flask_contacts.services.bulk.running import Progress
from flask_contacts.services.bulk.selection import Chosen
from flask_contacts.services.contacts import primary
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import deactivate_contact

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
MUTE: dict[str, Any] = {"permissions": [], "topics": []}
WANTS: dict[str, Any] = {"permissions": ["invoices"], "topics": ["invoice"]}


@pytest.fixture
def acme(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


def some(*contacts: Contact, visible: Any = None) -> Chosen:
    """These contacts, of those that may be seen."""
    return Chosen(Scope(true() if visible is None else visible), tuple(one.id for one in contacts))


def run(
    session: Session, change: Change, chosen: Chosen, *, silences: bool = False
) -> tuple[planning.Preview, Progress]:
    """Count, and then do it to the end; the counting must have changed nothing."""
    before = session.scalar(select(func.count()).select_from(Activity))
    found = planning.preview(session, change, chosen, silences=silences)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Activity)) == before
    progress = Progress(found.total)
    while not progress.is_done:
        progress = running.advance(
            session, change, found.chosen, progress, STAFF, silences=silences, seconds=0
        )
        assert not progress.is_busy
    session.expire_all()
    return found, progress


def told(found: planning.Preview) -> dict[str, int]:
    """What the counting promised, as a run counts."""
    done = {running.DONE: found.touched.count} if found.touched.count else {}
    return {**{reason: group.count for reason, group in found.refused.items()}, **done}


def again(session: Session, contact: Contact) -> Contact:
    """The contact as it is now."""
    return session.scalars(select(Contact).where(Contact.id == contact.id)).one()


def verbs(session: Session, contact: Contact) -> list[str]:
    """What its activity says, the newest last."""
    query = select(Activity.verb).where(Activity.contact_id == contact.id)
    return list(session.scalars(query.order_by(Activity.id)))


def test_deactivating_as_one_by_one(session: Session, acme: Any, make_contact: Make) -> None:
    """Sessions end, the activity says who did it, nothing is mailed; who is off stays (P7)."""
    first, other, off = (make_contact(acme, **MUTE) for _one in range(3))
    deactivate_contact(session, acme.id, off.id)
    sign_in.sign_in(session, other.login.email, "correct horse battery staple", None, None)
    mails = session.scalar(select(func.count()).select_from(Mail))
    found, progress = run(session, Deactivation(), some(first, other, off))
    assert told(found) == progress.counts == {"done": 2, "already": 1}
    assert not again(session, other).active
    assert session.scalars(select(PortalSession.ended_at)).one() is not None
    entry = session.scalars(select(Activity).where(Activity.contact_id == other.id)).all()[-1]
    assert (entry.verb, entry.actor_name, entry.actor_staff_id) == ("deactivated", "Ada Min", 1)
    assert verbs(session, off).count("deactivated") == 1
    assert session.scalar(select(func.count()).select_from(Mail)) == mails


def test_the_primary_goes_last_or_not_at_all(
    session: Session, acme: Any, make_contact: Make
) -> None:
    """While others stay active it is left out (C4); with all of them it goes, whatever the ids."""
    first, second, third = (make_contact(acme, **MUTE) for _one in range(3))
    found, progress = run(session, Deactivation(), some(first, second))
    assert told(found) == progress.counts == {"done": 1, "primary": 1}
    assert progress.first == {"primary": [first.id]}
    assert again(session, first).primary_of == acme.id
    found, progress = run(session, Deactivation(), some(first, second, third))
    assert told(found) == progress.counts == {"done": 2, "already": 1}
    assert again(session, first).primary_of is None
    assert not again(session, first).is_primary


def test_many_chunks_of_one_customer(
    session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The primary has the smallest id and goes in the last chunk all the same."""
    monkeypatch.setattr(running, "CHUNK", 2)
    people = [make_contact(acme, **MUTE) for _one in range(7)]
    found, progress = run(session, Deactivation(), some(*people))
    assert told(found) == progress.counts == {"done": 7}
    assert session.scalars(select(Contact).where(Contact.active)).all() == []


@pytest.mark.parametrize("is_many", [True, False])
def test_no_topic_falls_silent_unseen(
    session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch, is_many: bool
) -> None:
    """Of those who get a topic the last one stays, in one chunk as in several (N6)."""
    monkeypatch.setattr(running, "CHUNK", 50 if is_many else 1)
    make_contact(acme, **MUTE)
    getting = [make_contact(acme, **WANTS) for _one in range(3)]
    found, progress = run(session, Deactivation(), some(*getting))
    assert told(found) == progress.counts == {"done": 2, "silences": 1}
    assert progress.first == {"silences": [getting[-1].id]}
    assert found.topics == {"invoice"}
    assert reach(session, acme.id).topics == {"invoice"}
    found, progress = run(session, Deactivation(), some(*getting), silences=True)
    assert found.silencing.count == 1
    assert told(found) == progress.counts == {"done": 1, "already": 2}
    assert reach(session, acme.id).topics == frozenset()


def test_a_whole_customer_that_falls_silent(
    session: Session, acme: Any, make_contact: Make
) -> None:
    """Who is the last to get a topic stays, and the primary contact with it; told, all go."""
    people = [make_contact(acme, **MUTE), make_contact(acme, **WANTS)]
    found, progress = run(session, Deactivation(), some(*people))
    assert told(found) == progress.counts == {"silences": 1, "primary": 1}
    found, progress = run(session, Deactivation(), some(*people), silences=True)
    assert told(found) == progress.counts == {"done": 2}


def test_a_topic_that_falls_back(session: Session, acme: Any, make_contact: Make) -> None:
    """While it goes to the primary contact then, nobody is kept; with the primary it is silent."""
    session.add(Setting(name=FALLBACK_TOPICS, value=["invoice"]))
    session.commit()
    first, getting = make_contact(acme, **MUTE), make_contact(acme, **WANTS)
    found, progress = run(session, Deactivation(), some(getting))
    assert told(found) == progress.counts == {"done": 1}
    found, progress = run(session, Deactivation(), some(first))
    assert told(found) == progress.counts == {"silences": 1}
    assert found.topics == {"invoice"}


def test_reactivating(session: Session, acme: Any, make_contact: Make) -> None:
    """The oldest of a customer without active contacts becomes primary (C3); archived stay."""
    people = [make_contact(acme, **MUTE) for _one in range(3)]
    for one in reversed(people):
        deactivate_contact(session, acme.id, one.id)
    archive_contact(session, acme.id, people[2].id)
    found, progress = run(session, Reactivation(), some(*people))
    assert told(found) == progress.counts == {"done": 2, "archived": 1}
    assert again(session, people[0]).primary_of == acme.id
    assert verbs(session, people[0])[-2:] == ["reactivated", "made_primary"]
    assert again(session, people[1]).active
    found, progress = run(session, Reactivation(), some(*people))
    assert told(found) == progress.counts == {"already": 2, "archived": 1}


def test_permissions(session: Session, acme: Any, make_contact: Make) -> None:
    """Given and taken by name; the others stay, topics too, and the activity has both sides."""
    keeps = make_contact(acme, permissions=["invoices", "support"], topics=["invoice", "tickets"])
    has = make_contact(acme, permissions=["support", "projects"], topics=[])
    change = changes.permissions_change(["support"], ["projects"])
    found, progress = run(session, change, some(keeps, has))
    assert told(found) == progress.counts == {"done": 1, "already": 1}
    assert again(session, has).permission_names == {"support"}
    entry = session.scalars(select(Activity).where(Activity.contact_id == has.id)).all()[-1]
    assert entry.verb == "edited"
    assert entry.changes == {"permissions": [["projects", "support"], ["support"]]}


def test_taking_a_permission_can_silence(session: Session, acme: Any, make_contact: Make) -> None:
    """The topic needs the permission of its module: the last one who gets it keeps both (N2)."""
    people = [make_contact(acme, **WANTS) for _one in range(2)]
    change = changes.permissions_change([], ["invoices"])
    found, progress = run(session, change, some(*people))
    assert told(found) == progress.counts == {"done": 1, "silences": 1}
    assert again(session, people[1]).permission_names == {"invoices"}


def test_topics(session: Session, acme: Any, make_contact: Make) -> None:
    """Who lacks the permission is counted apart; mail starts for whom it can."""
    lacks, has = make_contact(acme, **MUTE), make_contact(acme, **{**WANTS, "topics": []})
    change = changes.topics_change(["invoice"], [])
    found, progress = run(session, change, some(lacks, has))
    assert told(found) == progress.counts == {"done": 2}
    assert [one.id for one in found.waiting.first] == [lacks.id]
    assert reach(session, acme.id).counts == {"invoice": 1}
    found, progress = run(session, changes.topics_change([], ["invoice"]), some(lacks, has))
    assert told(found) == progress.counts == {"done": 1, "silences": 1}


def test_account_manager(session: Session, acme: Any, make_contact: Make) -> None:
    """A staff user by name, or nobody; a name that nobody has is refused at its field."""
    contact = make_contact(acme, **MUTE)
    found, progress = run(session, changes.manager_change("admin"), some(contact))
    assert told(found) == progress.counts == {"done": 1}
    assert again(session, contact).account_manager_id == 1
    found, progress = run(session, changes.manager_change("admin"), some(contact))
    assert told(found) == progress.counts == {"already": 1}
    run(session, changes.manager_change("", nobody=True), some(contact))
    assert again(session, contact).account_manager_id is None
    with pytest.raises(InvalidInput) as error:
        changes.manager_change("nobody")
    assert set(error.value.errors) == {"account_manager"}


@pytest.mark.parametrize(
    ("give", "take", "where"),
    [
        ([], [], "give"),
        (["x"], [], "give"),
        ([], ["x"], "take"),
        (["support"], ["support"], "take"),
    ],
)
def test_refused_choices(give: list[str], take: list[str], where: str) -> None:
    """Nothing, what there is not, and the same on both sides."""
    with pytest.raises(InvalidInput) as error:
        changes.permissions_change(give, take)
    assert set(error.value.errors) == {where}


def test_hidden_contacts(session: Session, acme: Any, make_contact: Make) -> None:
    """They are neither counted nor named nor touched, though their ids were sent (S7)."""
    contact = make_contact(acme, **MUTE)
    found, progress = run(session, Deactivation(), some(contact, visible=false()))
    assert told(found) == progress.counts == {"gone": 1}
    assert found.refused["gone"].first == []
    assert progress.first == {}
    assert planning.named(session, {"x": [contact.id]}, some(contact, visible=false())) == {"x": []}
    assert again(session, contact).active


def test_without_a_customer(session: Session, make_contact: Make) -> None:
    """Nobody's primary and nobody's last recipient: it goes."""
    raw = {"firstname": "Al", "lastname": "One", "is_user": False}
    contact = create_agent_contact(session, None, raw).contact
    for change in (Deactivation(), Reactivation(), changes.topics_change(["invoice"], [])):
        found, progress = run(session, change, some(contact))
        assert told(found) == progress.counts == {"done": 1}


class TestAllThatMatch:
    """Everything that a query of the list finds, between two ids."""

    def chosen(self, **filters: Any) -> Chosen:
        return Chosen(Scope(), None, ListQuery(filters=Filters(**filters)))

    def test_who_comes_later_is_not_touched(
        self, session: Session, acme: Any, make_contact: Make
    ) -> None:
        """What was counted is what is done, though the change takes it out of the filter."""
        people = [make_contact(acme, **MUTE) for _one in range(3)]
        found = planning.preview(session, Deactivation(), self.chosen())
        session.rollback()
        late = make_contact(acme, **MUTE)
        session.rollback()
        progress = running.advance(
            session, Deactivation(), found.chosen, Progress(found.total), STAFF
        )
        assert progress.is_done
        assert progress.counts == {"done": 2, "primary": 1}
        session.expire_all()
        assert again(session, late).active
        assert again(session, people[0]).is_primary

    def test_more_than_are_taken(
        self, session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first ones, and the preview says that others follow; the next begin after them."""
        people = [make_contact(acme, **MUTE) for _one in range(5)]
        monkeypatch.setattr(selection, "MOST", 2)
        monkeypatch.setattr(planning, "MOST", 2)
        change, start, seen = changes.permissions_change(["support"], []), 0, 0
        while True:
            chosen = Chosen(Scope(), None, ListQuery(), start)
            found, progress = run(session, change, chosen)
            seen += progress.counts["done"]
            if not found.more:
                break
            assert found.chosen.end is not None
            start = found.chosen.end
        assert seen == len(people)

    def test_killed_and_pressed_again(
        self, session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Begun again from where the page stood, it does the rest; each is written once."""
        monkeypatch.setattr(running, "CHUNK", 2)
        people = [make_contact(acme, **MUTE) for _one in range(6)]
        chosen = self.chosen(state="all")
        change = changes.permissions_change(["support"], [])
        start = Progress(len(people))
        # Some of it is done, and the answer never arrives.
        running.advance(session, change, chosen, start, STAFF, seconds=0)
        progress = running.advance(session, change, chosen, start, STAFF)
        assert progress.counts == {"already": 2, "done": 4}
        session.expire_all()
        for one in people:
            assert again(session, one).permission_names == {"support"}
            assert verbs(session, one).count("edited") == 1

    def test_changed_since_it_was_counted(
        self, session: Session, acme: Any, make_contact: Make
    ) -> None:
        """Each is judged as it is when its turn comes; who left the filter is said to be gone."""
        people = [make_contact(acme, **MUTE) for _one in range(3)]
        found = planning.preview(session, Deactivation(), self.chosen())
        session.rollback()
        deactivate_contact(session, acme.id, people[1].id)
        progress = running.advance(
            session, Deactivation(), found.chosen, Progress(found.total), STAFF
        )
        assert progress.counts == {"done": 2, "gone": 1}


def test_one_that_fails_stops_no_other(
    session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said to have failed; the others are done, each on its own."""
    make_contact(acme, **MUTE)
    good, bad = make_contact(acme, **MUTE), make_contact(acme, **MUTE)
    real = logins.left

    def failing(session: Session, contact_id: int, login_id: int) -> None:
        if contact_id == bad.id:
            raise RuntimeError("no")
        real(session, contact_id, login_id)

    monkeypatch.setattr(logins, "left", failing)
    _found, progress = run(session, Deactivation(), some(good, bad))
    assert progress.counts == {"done": 1, "error": 1}
    assert again(session, bad).active


def test_a_busy_database(
    session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops where it stands, loses nobody, and goes on from there."""
    contact = make_contact(acme, **MUTE)
    with monkeypatch.context() as patch:
        patch.setattr(chunks, "_do_or_divide", lambda _session, ids, *_rest: chunks._busy(ids))
        stopped = running.advance(session, Deactivation(), some(contact), Progress(1), STAFF)
    assert (stopped.counts, stopped.is_busy, stopped.is_done) == ({}, True, False)
    done = running.advance(session, Deactivation(), some(contact), stopped, STAFF)
    assert (done.counts, done.is_done) == ({"done": 1}, True)


def test_busy_between_two_parts(
    session: Session, make_customer: Make, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database is busy after a part of the contacts, those are counted once, announced
    once, and not judged again; the others follow."""
    monkeypatch.setattr(parts, "MOST_LOCKED", 1)
    first, second = make_customer(), make_customer(company="Second")
    people = [make_contact(one, **MUTE) for one in (first, second, first)]
    chosen, ids = some(*people), [one.id for one in people]
    real, asked = chunks.do_in_chunks, list[list[int]]()

    def once(own: Session, wanted: Any, *rest: Any) -> Any:
        asked.append(list(wanted))
        return chunks._busy(wanted) if len(asked) == 2 else real(own, wanted, *rest)

    monkeypatch.setattr(chunks, "do_in_chunks", once)
    change = changes.permissions_change(["support"], ["invoices"])
    heard: list[int] = []

    def receive(_app: Any, contact_id: int) -> None:
        heard.append(contact_id)

    with signals.contact_changed.connected_to(receive):
        stopped = running.advance(session, change, chosen, Progress(3), STAFF)
        assert (stopped.is_busy, stopped.counts, stopped.after) == (True, {"done": 2}, ids[0])
        assert stopped.ahead == [ids[2]]
        done = running.advance(session, change, chosen, stopped, STAFF)
    assert (done.is_done, done.counts, done.ahead) == (True, {"done": 3}, [])
    assert asked == [[ids[0], ids[2]], [ids[1]], [ids[1]]]
    assert sorted(heard) == ids


def test_moved_while_it_waited(
    session: Session, acme: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact of a customer that was not locked is left alone: its rules are not known."""
    contact = make_contact(acme, **MUTE)
    monkeypatch.setattr(primary, "lock_customers_of", lambda _session, _ids: set())
    _found, progress = run(session, Deactivation(), some(contact))
    assert progress.counts == {"moved": 1}
    assert again(session, contact).active


def test_the_signal(session: Session, acme: Any, make_contact: Make) -> None:
    """Each contact that was changed is announced, once, after it was stored."""
    heard: list[int] = []

    def receive(_app: Any, contact_id: int) -> None:
        heard.append(contact_id)

    people = [make_contact(acme, **MUTE) for _one in range(2)]
    with signals.contact_changed.connected_to(receive):
        run(session, changes.permissions_change(["support"], []), some(*people))
    assert heard == [one.id for one in people]


def test_both_ways_to_the_facts(session: Session, acme: Any, make_contact: Make) -> None:
    """What is counted by and what is done by are the same facts of a contact."""
    people = [
        make_contact(acme, **WANTS),
        make_contact(acme, do_not_send_emails=True, account_manager="admin", **WANTS),
        make_contact(acme, permissions=[], topics=["invoice"]),
    ]
    deactivate_contact(session, acme.id, people[2].id)
    archive_contact(session, acme.id, people[2].id)
    session.expire_all()
    loaded = facts.load_facts(session, [one.id for one in people], true())
    assert loaded == {one.id: facts.facts_of(again(session, one)) for one in people}
    assert [bool(loaded[one.id].gets) for one in people] == [True, False, False]
    assert loaded[people[2].id].waits == {"invoice"}


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (Deactivation(), 35),
        (changes.Edit(give=frozenset({"support"})), 20),
        (changes.Edit(account_manager=1, changes_manager=True), 20),
    ],
)
def test_statements_of_a_chunk(
    session: Session, make_customer: Make, make_contact: Make, statements: Any, change: Change,
    most: int,
) -> None:  # fmt: skip
    """A chunk costs the same for few contacts and for many, but for what ends with a login."""
    costs = []
    for number in (2, 20):
        customer = make_customer(company=f"Of {number}")
        people = [
            make_contact(customer, is_user=False, password="", **MUTE) for _one in range(number)
        ]
        chosen = some(*people)
        session.rollback()
        with statements() as seen:
            running.advance(session, change, chosen, Progress(number), STAFF)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= most


def test_statements_of_a_login(
    session: Session, acme: Any, make_contact: Make, statements: Any
) -> None:
    """What ends with a login is six statements for each at most."""
    make_contact(acme, **MUTE)
    people = [make_contact(acme, **MUTE) for _one in range(10)]
    chosen = some(*people)
    session.rollback()
    with statements() as seen:
        running.advance(session, Deactivation(), chosen, Progress(10), STAFF)
    assert len(seen) <= 35 + 6 * len(people)
