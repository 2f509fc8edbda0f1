"""Merging contacts: what is proposed, what becomes of the rest, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import false, func, select, text
from sqlalchemy.orm import Session

from flask_contacts import signals
from flask_contacts.actors import Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import (
    ContactInUse,
    InvalidInput,
    NotFound,
    SignInRefused,
    SilencesTopics,
)
from flask_contacts.models import (
    Activity,
    Contact,
    ContactMerge,
    ContactPermission,
    Login,
    Mail,
    MarketingList,
    MarketingMember,
    NotDuplicates,
    PortalSession,
)
from flask_contacts.services.accounts.sign_in import resolve, sign_in
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact
from flask_contacts.services.merging import trail
from flask_contacts.services.merging.comparison import compare, proposed_survivor
from flask_contacts.services.merging.host_rows import preview
from flask_contacts.services.merging.merge import merge_contacts
from flask_contacts.services.merging.values import Choices
from flask_contacts.testing import PASSWORD
from tests.host_app import HostTicket

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
ALONE = {"is_user": False, "password": ""}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer with a primary contact who is nobody's duplicate."""
    return make_customer(company="Aurora")


@pytest.fixture
def pair(customer: Any, make_contact: Make) -> tuple[Contact, Contact]:
    """Mara with a login, permissions and the primary flag; and what sales typed of her."""
    mara = make_contact(customer, firstname="Mara", lastname="Lind", email="mara@aurora.example",
                        permissions=["invoices"], topics=["invoice"])  # fmt: skip
    again = make_contact(customer, firstname="M.", lastname="Lind", email="m.lind@home.example",
                         phone="+44 20 7946 0018", notes="Met in Lisbon", **ALONE)  # fmt: skip
    return mara, again


def merged(session: Session, keep: Contact, *others: Contact, **options: Any) -> Contact:
    """Merge with what is proposed, but for the options; the contact that stays."""
    ids = [keep.id, *(one.id for one in others)]
    options.setdefault("choices", Choices())
    options.setdefault("actor", STAFF)
    result: Contact = merge_contacts(session, ids, keep.id, **options).contact
    session.expire_all()
    return result


def chosen(contacts: list[Contact], keep: Contact) -> dict[str, Any]:
    """The value that is proposed for each field."""
    found = {}
    for one in compare(contacts, keep).fields:
        found[one.name] = next(each.value for each in one.options if each.choice == one.chosen)
    return found


class TestWhatIsProposed:
    """What the one that stays has, a ban before none, and never more rights than the login had."""

    def test_the_fuller_one(self, session: Session, pair: tuple[Contact, Contact]) -> None:
        """A value beats none, and a second address is kept as such."""
        mara, again = pair
        assert proposed_survivor([mara, again]) is mara
        found = chosen([mara, again], mara)
        assert found["firstname"] == "Mara"
        assert found["phone"] == "+44 20 7946 0018"
        assert found["email"] == "mara@aurora.example"
        assert found["email2"] == "m.lind@home.example"
        assert found["notes"] == "Met in Lisbon"

    def test_its_own_values(self, session: Session, customer: Any, make_contact: Make) -> None:
        """However late the other was changed, and however full its texts are: what the one that
        stays has is proposed, and of the other only what that one lacks."""
        office = {"email": "office@aurora.example", "phone": "+44 (0)1904 960123"}
        keep = make_contact(
            customer,
            firstname="Olivia",
            lastname="Hart",
            phone="+44 117 496 0123",
            email="olivia@aurora.example",
            contact_preference="email",
            **ALONE,
        )
        other = make_contact(customer, firstname="Olivia", lastname="Hart-Jones",
                             contact_preference="mobile_phone", position="Owner",
                             **office, **ALONE)  # fmt: skip
        other.updated_at = keep.updated_at + timedelta(days=1)
        session.commit()
        assert keep.is_primary
        found = chosen([keep, other], keep)
        for name in ("lastname", "email", "phone", "contact_preference"):
            assert found[name] == getattr(keep, name), name
        assert (found["position"], found["email2"]) == ("Owner", office["email"])
        kept = merged(session, keep, other)
        assert (kept.email, kept.phone_e164) == ("olivia@aurora.example", "+441174960123")

    def test_why_it_is_anothers(self, customer: Any, make_contact: Make) -> None:
        """An address that goes with its login, and a ban, are proposed with the reason."""
        one = make_contact(customer, email="mara@aurora.example", do_not_call=True)
        keep = make_contact(customer, email="m@home.example", **ALONE)
        because = {each.name: each.because for each in compare([one, keep], keep).fields}
        assert {name: why for name, why in because.items() if why} == {
            "email": "login", "do_not_call": "ban",
        }  # fmt: skip

    def test_topics(self, session: Session, customer: Any, make_contact: Make) -> None:
        """Those of the one that stays: what it has switched off stays off, and none is proposed
        or kept whose permission the merged contact lacks."""
        keep = make_contact(customer, permissions=["invoices", "support"],
                            topics=["invoice", "contract"])  # fmt: skip
        other = make_contact(customer, permissions=["projects", "support"],
                             topics=["project", "tickets"])  # fmt: skip
        asked = {each.name: each.proposed for each in compare([keep, other], keep).topics}
        assert asked == {"invoice": True, "contract": False, "project": False, "tickets": False}
        every = Choices(topics=frozenset(asked))
        kept = merged(session, keep, other, choices=every, silences=list(asked))
        assert kept.topic_names == {"invoice", "tickets"}

    def test_topics_as_proposed(self, session: Session, customer: Any, make_contact: Make) -> None:
        """Where nothing is said of topics, also where a permission is not taken over."""
        keep = make_contact(customer, permissions=["invoices", "projects"],
                            topics=["invoice", "project"])  # fmt: skip
        other = make_contact(customer, permissions=["support"], topics=["tickets"])
        only = Choices(permissions=frozenset(["invoices", "support"]))
        kept = merged(session, keep, other, choices=only, silences=["project", "tickets"])
        assert kept.topic_names == {"invoice"}

    def test_a_name_stays_whole(self, customer: Any, make_contact: Make) -> None:
        """First and last name are not mixed, though they stand the other way round in one."""
        one = make_contact(customer, firstname="Olivia", lastname="Hart", **ALONE)
        other = make_contact(customer, firstname="Hart", lastname="Olivia", **ALONE)
        found = chosen([one, other], one)
        assert (found["firstname"], found["lastname"]) == ("Olivia", "Hart")

    def test_a_ban_stays(self, customer: Any, make_contact: Make) -> None:
        """Who wanted no mail or calls under one of the rows gets none under the merged one."""
        one = make_contact(customer, do_not_send_emails=True, **ALONE)
        other = make_contact(customer, do_not_call=True, **ALONE)
        found = chosen([one, other], other)
        assert found["do_not_send_emails"] is True
        assert found["do_not_call"] is True

    def test_notes_of_both(self, customer: Any, make_contact: Make) -> None:
        """Neither note is lost: they stand one below the other."""
        one = make_contact(customer, notes="First", **ALONE)
        other = make_contact(customer, notes="Second", **ALONE)
        assert chosen([one, other], one)["notes"] == "First\nSecond"

    def test_the_login_gets_no_more(self, customer: Any, make_contact: Make) -> None:
        """The permissions of the contact whose login goes on are proposed, no others (C7)."""
        one = make_contact(customer, permissions=["invoices"])
        other = make_contact(customer, permissions=["projects"], topics=["project"])
        asked = compare([one, other], one)
        assert {each.name: each.proposed for each in asked.permissions} == {
            "invoices": True, "projects": False,
        }  # fmt: skip
        assert [each.proposed for each in asked.topics] == [False]


class TestWhatStays:
    """Nothing of what belonged to either is lost."""

    def test_history_mails_and_records(
        self, session: Session, customer: Any, pair: tuple[Contact, Contact]
    ) -> None:
        """Activity of both in one feed, with an entry of the merge; mails and the host's rows."""
        mara, again = pair
        session.add(HostTicket(subject="Printer", customer_id=customer.id, contact_id=again.id))
        session.add(
            Mail(message_id="<1@x>", template="note", language="en", subject="Hello",
                 recipient="m.lind@home.example", contact_id=again.id, state="sent")
        )  # fmt: skip
        session.commit()
        old, count = again.id, func.count()
        of_old = session.scalar(select(count).where(Activity.contact_id == old)) or 0
        of_new = session.scalar(select(count).where(Activity.contact_id == mara.id)) or 0
        session.commit()
        kept = merged(session, mara, again)
        assert session.get(Contact, old) is None
        assert session.scalars(select(HostTicket.contact_id)).all() == [kept.id]
        mails = select(Mail.contact_id).where(Mail.message_id == "<1@x>")
        assert session.scalars(mails).all() == [kept.id]
        feed = session.scalars(select(Activity).where(Activity.contact_id == kept.id)).all()
        assert len(feed) == of_old + of_new + 1
        last = max(feed, key=lambda row: row.id)
        assert last.verb == "merged"
        assert last.actor_name == "Ada Min"
        assert last.changes["merged_contact"] == ["M. Lind", "Mara Lind"]
        assert last.changes["phone"] == [None, "+44 20 7946 0018"]
        assert kept.phone_e164 == "+442079460018"
        assert kept.email2 == "m.lind@home.example"

    def test_the_primary_contact(
        self, session: Session, customer: Any, pair: tuple[Contact, Contact], make_contact: Make
    ) -> None:
        """The one that stays is primary where one of the others was (C3)."""
        mara, again = pair
        make_contact(customer)
        session.refresh(mara)
        assert mara.is_primary
        kept = merged(session, again, mara, choices=Choices(permissions=frozenset(["invoices"])))
        assert kept.id == again.id
        assert kept.primary_of == customer.id

    def test_lists(self, session: Session, pair: tuple[Contact, Contact]) -> None:
        """A contact is on a list once, and who has left has left."""
        mara, again = pair
        both = MarketingList(name="Both", name_key="both")
        one = MarketingList(name="One", name_key="one")
        session.add_all([both, one])
        session.flush()
        for list_id, contact, gone in ((both.id, mara, None), (both.id, again, utc_now()),
                                       (one.id, again, None)):  # fmt: skip
            session.add(MarketingMember(list_id=list_id, contact_id=contact.id, source="x",
                                        unsubscribed_at=gone))  # fmt: skip
        session.commit()
        kept = merged(session, mara, again)
        members = session.scalars(select(MarketingMember)).all()
        left = {one.list.name: one.unsubscribed_at is not None for one in members}
        assert left == {"Both": True, "One": False}
        assert {one.contact_id for one in members} == {kept.id}

    def test_reporting_lines(
        self, session: Session, customer: Any, pair: tuple[Contact, Contact], make_contact: Make
    ) -> None:
        """Who had either as manager has the one; nobody becomes the own manager."""
        mara, again = pair
        report = make_contact(customer, manager="m.lind@home.example", **ALONE)
        again.manager_id = report.id  # a circle, as old data may have one
        mara.manager_id = again.id
        session.commit()
        kept = merged(session, mara, again)
        session.refresh(report)
        assert report.manager_id == kept.id
        assert kept.manager_id is None

    def test_the_way_from_the_old_one(
        self, session: Session, customer: Any, pair: tuple[Contact, Contact], make_contact: Make
    ) -> None:
        """Id and uuid lead to the one that stays, also over several merges."""
        mara, again = pair
        third = make_contact(customer, firstname="Mara", lastname="Lynd", **ALONE)
        ids = {one.id: one.uuid for one in (mara, again, third)}
        merged(session, again, third, choices=Choices())
        session.refresh(mara), session.refresh(again)
        kept = merged(session, mara, again)
        for old, uuid in ids.items():
            if old != kept.id:
                assert trail.survivor_of(session, old) == kept.id
            found = session.scalars(select(Contact.id).where(trail.has_uuid(uuid))).all()
            assert found == [kept.id]
        assert trail.survivor_of(session, 2**40) is None
        delete_contact(session, customer.id, kept.id)
        assert session.scalars(select(ContactMerge)).all() == []

    def test_five_at_once(self, session: Session, customer: Any, make_contact: Make) -> None:
        """A handful become one; more are refused, and so are fewer than two."""
        some = [make_contact(customer, **ALONE) for _one in range(6)]
        for wrong in (some, some[:1]):
            with pytest.raises(InvalidInput) as refused:
                merged(session, *wrong)
            assert list(refused.value.errors) == ["contacts"]
        kept = merged(session, *some[:5])
        assert session.scalar(select(func.count()).select_from(Contact)) == 2
        verbs = select(Activity.verb).where(Activity.contact_id == kept.id)
        assert list(session.scalars(verbs)).count("merged") == 4

    def test_the_signal(self, session: Session, pair: tuple[Contact, Contact]) -> None:
        """A host is told of each contact that is gone, and of the one that has changed."""
        mara, again = pair
        told: list[Any] = []

        def receive(_sender: Any, **payload: int) -> None:
            told.append(payload)

        with signals.contact_merged.connected_to(receive):
            merged(session, mara, again)
        assert told == [{"contact_id": mara.id, "merged_id": told[0]["merged_id"]}]


class TestLogins:
    """Nobody gets into the portal by a merge who could not before (C7)."""

    def test_the_one_that_stays_keeps_its_login(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """The other's login loses the contact: its sessions end and it opens nothing."""
        one = make_contact(customer, email="one@example.com", permissions=["invoices"])
        other = make_contact(customer, email="two@example.com", permissions=["projects"])
        token = sign_in(session, "one@example.com", PASSWORD, None, None).token
        gone = sign_in(session, "two@example.com", PASSWORD, None, None).token
        login_id = one.login_id
        session.commit()
        kept = merged(session, one, other, choices=Choices({"email": str(other.id)}))
        assert kept.login_id == login_id
        assert kept.email == "one@example.com"
        assert resolve(session, token) is not None
        assert resolve(session, gone) is None
        with pytest.raises(SignInRefused):
            sign_in(session, "two@example.com", PASSWORD, None, None)
        assert session.scalars(select(Login.email)).all() == ["one@example.com"]
        assert kept.permission_names == {"invoices"}

    def test_a_login_goes_on_with_its_address(
        self, session: Session, pair: tuple[Contact, Contact]
    ) -> None:
        """The one that stays has none, and the other's address is chosen: sessions go on."""
        mara, again = pair
        token = sign_in(session, "mara@aurora.example", PASSWORD, None, None).token
        session.commit()
        kept = merged(session, again, mara)
        assert kept.id == again.id
        assert kept.email == "mara@aurora.example"
        assert kept.permission_names == {"invoices"}
        visit = resolve(session, token)
        assert visit is not None
        assert visit.contact.id == kept.id

    def test_another_address_takes_no_login_along(
        self, session: Session, pair: tuple[Contact, Contact]
    ) -> None:
        """Whoever reads mail at the chosen address has no part in the other's login."""
        mara, again = pair
        token = sign_in(session, "mara@aurora.example", PASSWORD, None, None).token
        session.commit()
        kept = merged(session, again, mara, choices=Choices({"email": str(again.id)}),
                      silences=["invoice"])  # fmt: skip
        assert kept.login_id is None
        assert resolve(session, token) is None
        assert session.scalars(select(Login)).all() == []
        assert session.scalars(select(PortalSession)).all() == []

    @pytest.mark.parametrize("state", ["inactive", "without a company"])
    def test_who_could_not_sign_in_here_cannot_now(
        self, session: Session, customer: Any, make_contact: Make, state: str
    ) -> None:
        """The login of a contact that was switched off, or of no company, does not move."""
        make_contact(customer)
        keep = make_contact(customer, **ALONE)
        if state == "inactive":
            other = make_contact(customer, email="two@example.com")
            deactivate_contact(session, customer.id, other.id)
            session.refresh(other)
        else:
            other = make_contact(None, email="two@example.com")
        kept = merged(session, keep, other, choices=Choices({"email": str(other.id)}))
        assert kept.email == "two@example.com"
        assert kept.login_id is None
        with pytest.raises(SignInRefused):
            sign_in(session, "two@example.com", PASSWORD, None, None)

    def test_one_login_of_both(self, session: Session, customer: Any, make_contact: Make) -> None:
        """The same person with and without the company: signed in before, signed in after."""
        free = make_contact(None, email="mara@aurora.example")
        keep = make_contact(customer, email="mara@aurora.example")
        login = session.scalars(select(Login)).one()
        login.held, login.proven_at = True, utc_now()
        session.commit()
        kept = merged(session, keep, free)
        assert kept.login_id == login.id
        assert session.scalars(select(Login)).one().unused_since is None

    def test_a_login_joins_a_company(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """The one that stays comes to the company, which its login opens already: a password
        that staff had set is erased, and a link is mailed, as for who joins one (C7)."""
        make_contact(customer)
        keep = make_contact(None, email="mara@aurora.example")
        other = make_contact(customer, email="mara@aurora.example")
        login_id = keep.login_id
        assert other.login_id == login_id
        kept = merged(session, keep, other)
        assert kept.login_id == login_id
        assert kept.customer_id == customer.id
        assert kept.email_scope == str(customer.id)
        with pytest.raises(SignInRefused):
            sign_in(session, "mara@aurora.example", PASSWORD, None, None)
        mails = select(Mail.template).where(Mail.contact_id == kept.id)
        assert "set_password" in session.scalars(mails).all()

    @pytest.mark.parametrize("there", ["primary", "deactivated"])
    def test_a_login_of_no_company_stays_outside(
        self, session: Session, customer: Any, make_contact: Make, there: str
    ) -> None:
        """The one that stays comes to a company that its login could not open, also because the
        same person was switched off there: it loses the login, and its sessions end."""
        keep = make_contact(None, email="eve@home.example")
        login = session.scalars(select(Login)).one()
        login.held, login.proven_at = True, utc_now()
        session.commit()
        if there == "primary":
            other = make_contact(customer, permissions=["invoices"], **ALONE)
        else:
            make_contact(customer)
            other = make_contact(customer, email="eve@home.example", permissions=["invoices"])
            assert other.login_id == keep.login_id
        if there == "deactivated":
            deactivate_contact(session, customer.id, other.id)
        token = sign_in(session, "eve@home.example", PASSWORD, None, None).token
        session.commit()
        kept = merged(session, keep, other)
        assert kept.customer_id == customer.id
        assert kept.is_primary is (there == "primary")
        assert kept.login_id is None
        assert resolve(session, token) is None
        with pytest.raises(SignInRefused):
            sign_in(session, "eve@home.example", PASSWORD, None, None)

    def test_the_companys_login_goes_on_for_who_joins(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """The one that stays may not bring its login; who could sign in there, still can."""
        other = make_contact(customer, email="mara@aurora.example", permissions=["invoices"])
        keep = make_contact(None, email="mara@home.example")
        login_id = other.login_id
        login = session.scalars(select(Login).where(Login.id == login_id)).one()
        login.held, login.proven_at = True, utc_now()
        session.commit()
        kept = merged(session, keep, other)
        assert (kept.login_id, kept.email) == (login_id, "mara@aurora.example")
        assert kept.permission_names == {"invoices"}
        with pytest.raises(SignInRefused):
            sign_in(session, "mara@home.example", PASSWORD, None, None)
        assert sign_in(session, "mara@aurora.example", PASSWORD, None, None)


class TestWhatIsRefused:
    """Then nothing was changed."""

    def test_two_companies(
        self, session: Session, customer: Any, make_customer: Make, make_contact: Make
    ) -> None:
        """Who works for two companies is two contacts (C6)."""
        one, other = make_contact(customer), make_contact(make_customer(company="Borealis"))
        with pytest.raises(InvalidInput, match="different companies"):
            merged(session, one, other)
        assert session.get(Contact, other.id) is not None

    def test_an_archived_one(
        self, session: Session, customer: Any, pair: tuple[Contact, Contact]
    ) -> None:
        """It is out of the books until it is restored."""
        mara, again = pair
        archive_contact(session, customer.id, again.id)
        with pytest.raises(InvalidInput, match="archived"):
            merged(session, mara, again)

    def test_a_hidden_or_former_one(self, session: Session, pair: tuple[Contact, Contact]) -> None:
        """As good as gone."""
        mara, again = pair
        with pytest.raises(NotFound):
            merged(session, mara, again, visible=false())
        old = again.id
        merged(session, mara, again)
        with pytest.raises(NotFound):
            merge_contacts(session, [mara.id, old], mara.id, Choices(), STAFF)

    def test_a_primary_one_into_one_that_is_off(
        self, session: Session, customer: Any, pair: tuple[Contact, Contact]
    ) -> None:
        """A customer is not left without its primary contact by the way (C4)."""
        mara, again = pair
        deactivate_contact(session, customer.id, again.id)
        with pytest.raises(InvalidInput, match="not active"):
            merged(session, again, mara)

    def test_what_was_changed_meanwhile(
        self, session: Session, pair: tuple[Contact, Contact]
    ) -> None:
        """Nobody decides by values that are not there any more."""
        mara, again = pair
        seen = compare([mara, again], mara).seen
        again.position = "Director"
        session.commit()
        with pytest.raises(InvalidInput, match="changed"):
            merged(session, mara, again, seen=seen)

    @pytest.mark.parametrize("choices", [
        Choices({"firstname": "999"}), Choices({"phone": ""}), Choices({"email2": "1.x"}),
        Choices(permissions=frozenset(["contracts"])), Choices(topics=frozenset(["nonsense"])),
    ])  # fmt: skip
    def test_a_choice_that_there_is_not(
        self, session: Session, pair: tuple[Contact, Contact], choices: Choices
    ) -> None:
        """At its field; and nobody gets a permission that neither had."""
        mara, again = pair
        field = next(iter(choices.fields), "permissions" if choices.permissions else "topics")
        with pytest.raises(InvalidInput) as refused:
            merged(session, mara, again, choices=choices)
        assert list(refused.value.errors) == [field]
        assert session.get(Contact, again.id) is not None

    def test_an_address_that_another_has(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """A contact without a company brings an address that somebody there has already."""
        make_contact(customer, email="taken@example.com")
        keep = make_contact(customer, **ALONE)
        free = make_contact(None, email="taken@example.com", **ALONE)
        with pytest.raises(InvalidInput) as refused:
            merged(session, keep, free, choices=Choices({"email": str(free.id)}))
        assert list(refused.value.errors) == ["email"]

    def test_a_topic_that_nobody_would_get(
        self, session: Session, pair: tuple[Contact, Contact]
    ) -> None:
        """Staff are told before a topic loses its last recipient (N6)."""
        mara, again = pair
        choices = Choices(topics=frozenset())
        with pytest.raises(SilencesTopics):
            merged(session, mara, again, choices=choices)
        merged(session, mara, again, choices=choices, silences=["invoice"])


class TestHostRows:
    """The host's rows follow, or nothing is merged and their table is named."""

    @pytest.fixture
    def tables(self, session: Session) -> None:
        """A link, one with a key and a number of its own, a profile, and a reference by uuid."""
        for statement in (
            "CREATE TABLE seat (course INTEGER, person INTEGER REFERENCES contacts_contact (id), "
            "PRIMARY KEY (course, person))",
            "CREATE TABLE guest (id INTEGER PRIMARY KEY, party INTEGER, person INTEGER REFERENCES "
            "contacts_contact (id), UNIQUE (party, person))",
            "CREATE TABLE profile (person INTEGER PRIMARY KEY REFERENCES contacts_contact (id), "
            "shoes INTEGER)",
            "CREATE TABLE badge (holder VARCHAR(36) REFERENCES contacts_contact (uuid))",
        ):
            session.execute(text(statement))
        session.commit()

    def rows(self, session: Session, table: str) -> list[tuple[Any, ...]]:
        """All rows of a table."""
        found = sorted(map(tuple, session.execute(text(f"SELECT * FROM {table}"))))
        session.commit()
        return found

    def test_links_follow(
        self, session: Session, tables: None, pair: tuple[Contact, Contact]
    ) -> None:
        """Of two equal ones, one stays; what only the other had, comes along."""
        mara, again = pair
        for course, person in ((1, mara.id), (1, again.id), (2, again.id)):
            values = {"first": course, "person": person}
            session.execute(text("INSERT INTO seat VALUES (:first, :person)"), values)
            session.execute(
                text("INSERT INTO guest (party, person) VALUES (:first, :person)"), values
            )
        session.execute(text("INSERT INTO profile VALUES (:person, 41)"), {"person": again.id})
        session.commit()
        kept, old = mara.id, again.id
        assert {(one.table, one.in_the_way) for one in preview(session, [old], kept)} == {
            ("seat", False), ("guest", False), ("profile", False),
        }  # fmt: skip
        session.commit()
        merged(session, mara, again)
        assert self.rows(session, "seat") == [(1, kept), (2, kept)]
        assert [row[1:] for row in self.rows(session, "guest")] == [(1, kept), (2, kept)]
        assert self.rows(session, "profile") == [(kept, 41)]

    def test_what_stands_in_the_way(
        self, session: Session, tables: None, pair: tuple[Contact, Contact]
    ) -> None:
        """Two profiles say two things, and a reference by uuid cannot be moved."""
        mara, again = pair
        uuid = again.uuid
        for person, shoes in ((mara.id, 40), (again.id, 41)):
            values = {"person": person, "shoes": shoes}
            session.execute(text("INSERT INTO profile VALUES (:person, :shoes)"), values)
        session.execute(text("INSERT INTO badge VALUES (:uuid)"), {"uuid": uuid})
        session.commit()
        before = self.rows(session, "profile")
        with pytest.raises(ContactInUse) as refused:
            merged(session, mara, again)
        assert refused.value.tables == {"profile": 1, "badge": 1}
        assert self.rows(session, "profile") == before
        assert session.get(Contact, again.id) is not None
        found = preview(session, [again.id], mara.id)
        assert {(one.table, one.in_the_way) for one in found} == {
            ("profile", True),
            ("badge", True),
        }
        session.commit()


def test_forgetting(session: Session, customer: Any, pair: tuple[Contact, Contact]) -> None:
    """Anonymised, nothing of the merged person's other name or address is left."""
    mara, again = pair
    session.add(NotDuplicates(first_id=mara.id, second_id=again.id))
    session.commit()
    kept = merged(session, mara, again)
    assert session.scalars(select(NotDuplicates)).all() == []
    archive_contact(session, customer.id, kept.id)
    anonymise_contact(session, customer.id, kept.id)
    rows = [str(row.changes) for row in session.scalars(select(Activity))]
    assert not any("M. Lind" in row or "home.example" in row for row in rows)
    assert session.scalars(select(ContactPermission.contact_id)).all() in ([], [kept.id])
