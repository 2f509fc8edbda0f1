"""What a contact does to a record: asked first, done under a lock, refused in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from flask_contacts import PortalModule
from flask_contacts.errors import ConfigError, DatabaseBusy
from flask_contacts.models import Contact, ContactPermission
from flask_contacts.portal import PortalAction, PortalFile, PortalModelView
from flask_contacts.portal.records import actions as record_actions
from flask_contacts.portal.records.scope import Scope
from tests import proposal_pages
from tests.proposal_pages import HostProposal

Make = Callable[..., Any]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer()


@pytest.fixture
def contact(customer: Any, make_contact: Make) -> Any:
    """Its primary contact."""
    return make_contact(customer, permissions=["proposals"])


@pytest.fixture
def browser(contact: Any, portal_client: Callable[[Any], FlaskClient]) -> FlaskClient:
    """The contact's browser."""
    return portal_client(contact)


@pytest.fixture
def proposal(session: Session, customer: Any, contact: Any) -> HostProposal:
    """An open proposal."""
    row = HostProposal(subject="A <b>shed</b>", customer_id=customer.id, contact_id=contact.id)
    session.add(row)
    session.commit()
    return row


@pytest.fixture
def act(
    browser: FlaskClient, csrf: Callable[[FlaskClient, str], str]
) -> Callable[..., TestResponse]:
    """``act(proposal, "accept", name="Ada")`` posts the action's form."""

    def post(row: HostProposal, action: str, /, **typed: str) -> TestResponse:
        token = csrf(browser, "/portal/")
        return browser.post(
            f"/portal/proposals/{row.id}/{action}", data={"csrf_token": token, **typed}
        )

    return post


def now(session: Session, row: HostProposal) -> tuple[str, str | None]:
    """The status and who accepted, as the database has it."""
    session.expire_all()
    session.rollback()
    found = session.get_one(HostProposal, row.id)
    return found.status, found.accepted_by


def test_the_page_asks_and_the_form_does(
    session: Session, browser: FlaskClient, proposal: HostProposal, act: Callable[..., TestResponse]
) -> None:
    """A button on the record's page leads to a question; the answer is said on the next page."""
    page = browser.get(f"/portal/proposals/{proposal.id}").text
    assert f'href="/portal/proposals/{proposal.id}/accept"' in page
    assert f'class="btn btn-danger" href="/portal/proposals/{proposal.id}/withdraw"' in page
    page = browser.get(f"/portal/proposals/{proposal.id}/accept").text
    assert "Do you accept this proposal?" in page
    record = page[page.index('<dl class="portal-fields">') : page.index("Do you accept")]
    assert "A &lt;b&gt;shed&lt;/b&gt;" in record  # what it is about, as the list shows it
    assert 'name="name"' in page
    assert 'maxlength="500"' in page
    assert now(session, proposal) == ("open", None)
    response = act(proposal, "accept", name="Ada", comment="Yes")
    assert response.status_code == 303
    assert response.location == f"/portal/proposals/{proposal.id}"
    assert now(session, proposal) == ("accepted", "Ada")
    page = browser.get(response.location).text
    assert "Thank you, Ada." in page
    assert "/accept" not in page


def test_what_is_gone_afterwards_leads_to_the_list(
    session: Session, proposal: HostProposal, act: Callable[..., TestResponse]
) -> None:
    """An action without a form; its record is shown no more, so the list is."""
    response = act(proposal, "withdraw")
    assert (response.status_code, response.location) == (303, "/portal/proposals/")
    assert now(session, proposal)[0] == "draft"


def test_a_bad_form_is_shown_again_filled_in(
    session: Session, proposal: HostProposal, act: Callable[..., TestResponse]
) -> None:
    """422 with the message at its field, and every word still there."""
    response = act(proposal, "accept", name=" ", comment="<i>" + "x" * 500)
    assert response.status_code == 422
    assert 'id="name-error"' in response.text
    assert 'id="comment-error"' in response.text
    assert "&lt;i&gt;xxx" in response.text
    response = act(proposal, "accept", name="A\x00", comment="kept")
    assert response.status_code == 422
    assert "This text has a character that cannot be kept." in response.text
    assert "kept" in response.text
    assert now(session, proposal) == ("open", None)


def test_the_hosts_own_messages(
    session: Session, proposal: HostProposal, act: Callable[..., TestResponse]
) -> None:
    """InvalidInput goes to its fields (422), PortalRefused above the form (409); both keep what
    was typed and undo what was done."""
    response = act(proposal, "accept", name="Nobody", comment="kept words")
    assert response.status_code == 422
    assert "Somebody has to." in response.text
    assert "Not like this." in response.text
    assert "kept words" in response.text
    response = act(proposal, "accept", name="Refuse", comment="kept words")
    assert response.status_code == 409
    assert "The proposal is being rewritten." in response.text
    assert 'value="Refuse"' in response.text
    assert "kept words" in response.text
    assert now(session, proposal) == ("open", None)


def test_too_late_is_a_page_of_its_own(
    session: Session, browser: FlaskClient, proposal: HostProposal, act: Callable[..., TestResponse]
) -> None:
    """Accepted meanwhile: 409 for who asks and for who posts, with what was typed to copy."""
    session.execute(update(HostProposal).values(status="accepted", accepted_by="Another"))
    session.commit()
    page = browser.get(f"/portal/proposals/{proposal.id}/accept")
    assert page.status_code == 409
    assert "not possible any more" in page.text
    assert '<form class="portal-panel"' not in page.text
    response = act(proposal, "accept", name="Ada", comment="A long letter")
    assert response.status_code == 409
    assert "A long letter" in response.text
    assert now(session, proposal) == ("accepted", "Another")


def test_the_condition_is_asked_again_under_the_lock(
    session: Session,
    proposal: HostProposal,
    act: Callable[..., TestResponse],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody is quicker between our looking and our doing: 409, nothing overwritten."""
    change = record_actions.change

    def later(module: str, work: Callable[[], Any]) -> Any:
        session.execute(update(HostProposal).values(status="accepted", accepted_by="Quicker"))
        session.commit()
        return change(module, work)

    monkeypatch.setattr(record_actions, "change", later)
    response = act(proposal, "accept", name="Ada", comment="typed")
    assert response.status_code == 409
    assert "not possible any more" in response.text
    assert "typed" in response.text
    assert now(session, proposal) == ("accepted", "Quicker")


@pytest.mark.parametrize("leaves", ["contact", "permission", "record"])
def test_who_leaves_meanwhile_does_nothing(
    session: Session,
    contact: Any,
    proposal: HostProposal,
    act: Callable[..., TestResponse],
    monkeypatch: pytest.MonkeyPatch,
    leaves: str,
) -> None:
    """Deactivated, or without the permission, or the record gone to nobody's, between the check
    of the request and the change: refused, and nothing is changed."""
    change = record_actions.change

    def later(module: str, work: Callable[[], Any]) -> Any:
        if leaves == "contact":
            values = {"active": False, "primary_of": None, "is_primary": False}
            session.execute(update(Contact).where(Contact.id == contact.id).values(values))
        elif leaves == "permission":
            session.execute(delete(ContactPermission))
        else:
            session.execute(update(HostProposal).values(status="draft"))
        session.commit()
        return change(module, work)

    monkeypatch.setattr(record_actions, "change", later)
    assert act(proposal, "accept", name="Ada").status_code == (404 if leaves == "record" else 403)
    assert now(session, proposal)[1] is None


def test_a_fault_changes_nothing(
    app: Flask,
    session: Session,
    proposal: HostProposal,
    act: Callable[..., TestResponse],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2.3.3: what the action did before it failed is undone."""

    def breaks(row: HostProposal, _form: None) -> None:
        row.status = "accepted"
        raise RuntimeError("a fault of the host's")

    view = app.view_functions["contacts_portal.proposals_action"].__wrapped__.__self__
    monkeypatch.setattr(type(view), "actions", [PortalAction("withdraw", "Withdraw", breaks)])
    with pytest.raises(RuntimeError):
        act(proposal, "withdraw")
    assert now(session, proposal) == ("open", None)


def test_a_value_that_the_database_refuses_is_no_fault(
    app: Flask,
    session: Session,
    proposal: HostProposal,
    act: Callable[..., TestResponse],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broken constraint is a page that says so, not a 500."""

    def breaks(row: HostProposal, _form: None) -> None:
        row.subject = None  # type: ignore[assignment]

    view = app.view_functions["contacts_portal.proposals_action"].__wrapped__.__self__
    monkeypatch.setattr(type(view), "actions", [PortalAction("withdraw", "Withdraw", breaks)])
    response = act(proposal, "withdraw")
    assert response.status_code == 409
    assert "This could not be saved as it is." in response.text
    assert "SQL" not in response.text
    assert now(session, proposal) == ("open", None)


def test_a_busy_database_keeps_what_was_typed(
    proposal: HostProposal, act: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, to try again, with the form as it was."""

    def busy(*_arguments: object) -> None:
        raise DatabaseBusy("locked") from OperationalError("", {}, Exception())

    monkeypatch.setattr(record_actions, "change", busy)
    response = act(proposal, "accept", name="Ada", comment="kept words")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "kept words" in response.text


def test_whose_records(
    app: Flask,
    session: Session,
    customer: Any,
    contact: Any,
    proposal: HostProposal,
    make_customer: Make,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    csrf: Callable[[FlaskClient, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P4, 8.2.1: with own records another contact of the customer gets 404, as a stranger does
    in any case, for every page of the record and whatever is posted; nothing is changed."""
    session.add(proposal_pages.HostPaper(proposal_id=proposal.id, title="a.txt", content=b"x"))
    session.commit()
    second = make_contact(customer, permissions=["proposals"])
    stranger = make_contact(make_customer(), permissions=["proposals"])
    view = app.view_functions["contacts_portal.proposals_list"].__wrapped__.__self__
    pages = [
        "", "/edit", "/accept", "/withdraw", "/files/pdf", "/papers/1",
    ]  # fmt: skip

    def statuses(who: Any) -> list[int]:
        mine = portal_client(who)
        paths = [f"/portal/proposals/{proposal.id}{page}" for page in pages]
        return [mine.get(path).status_code for path in paths]

    assert statuses(second) == [200] * len(pages)
    monkeypatch.setattr(view, "scope", Scope("customer_id", "contact_id"))
    assert statuses(contact) == [200] * len(pages)
    for who in (second, stranger):
        assert statuses(who) == [404] * len(pages)
        mine = portal_client(who)
        token = csrf(mine, "/portal/")
        for page in ("/edit", "/accept", "/withdraw"):
            path = f"/portal/proposals/{proposal.id}{page}"
            assert mine.post(path, data={"csrf_token": token, "name": "X"}).status_code == 404
        assert "shed" not in mine.get("/portal/proposals/").text
        assert "shed" not in mine.get("/portal/proposals/export.csv").text
    assert now(session, proposal) == ("open", None)


def test_without_the_permission_everything_is_403(
    session: Session,
    customer: Any,
    proposal: HostProposal,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    csrf: Callable[[FlaskClient, str], str],
) -> None:
    """P2: also for what is not there."""
    mine = portal_client(make_contact(customer, permissions=["invoices"]))
    token = csrf(mine, "/portal/")
    for page in ("new", "export.csv", "1/edit", "1/accept", "1/files/pdf", "1/papers/1", "9/x"):
        assert mine.get(f"/portal/proposals/{page}").status_code == 403, page
    for page in ("new", "1/edit", "1/accept"):
        path = f"/portal/proposals/{page}"
        assert mine.post(path, data={"csrf_token": token}).status_code == 403, page
    assert now(session, proposal) == ("open", None)


def test_what_is_no_action_is_404(
    browser: FlaskClient, proposal: HostProposal, act: Callable[..., TestResponse]
) -> None:
    """Another word, another record, another method."""
    for name in ("refuse", "ACCEPT", "accept%00", "files", "__class__"):
        assert browser.get(f"/portal/proposals/{proposal.id}/{name}").status_code == 404, name
    assert browser.get("/portal/proposals/999/accept").status_code == 404
    assert act(proposal, "refuse").status_code == 404
    assert browser.put(f"/portal/proposals/{proposal.id}/accept").status_code in {400, 405}


def test_no_action_without_its_token(
    session: Session, browser: FlaskClient, proposal: HostProposal
) -> None:
    """3.5.1: a form of another site does nothing."""
    path = f"/portal/proposals/{proposal.id}/accept"
    assert browser.post(path, data={"name": "Ada"}).status_code == 400
    assert now(session, proposal) == ("open", None)


def test_after_the_session_ended_the_form_is_opened_again(
    session: Session,
    contact: Any,
    browser: FlaskClient,
    proposal: HostProposal,
    act: Callable[..., TestResponse],
) -> None:
    """What is posted then is not done; the page keeps what was typed and leads back to the form."""
    from flask_contacts.models import PortalSession
    from flask_contacts.testing import PASSWORD, csrf_token

    path = f"/portal/proposals/{proposal.id}/accept"
    token = csrf_token(browser, path)
    session.execute(delete(PortalSession))
    session.commit()
    response = browser.post(path, data={"csrf_token": token, "name": "Ada"})
    assert response.status_code == 403
    assert "Your session has ended" in response.text
    assert re.search(r"<dd[^>]*>Ada</dd>", response.text)
    assert f'href="/portal/sign-in?next={path}"' in response.text
    form = {"email": contact.email, "password": PASSWORD, "next": path}
    signed_in = browser.post(
        "/portal/sign-in", data={**form, "csrf_token": csrf_token(browser, "/portal/sign-in")}
    )
    assert signed_in.location == path
    assert browser.get(path).status_code == 200
    assert now(session, proposal) == ("open", None)
    assert act(proposal, "accept", name="Ada").status_code == 303


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/portal/invoices/?q=1", "/portal/sign-in?next=/portal/invoices/?q%3D1"),
        ("http://evil.example/portal/invoices/", "/portal/sign-in"),
        ("http://localhost/elsewhere", "/portal/sign-in"),
        ("http://[", "/portal/sign-in"),
        ("", "/portal/sign-in"),
    ],
)
def test_a_form_without_a_page_leads_back_to_where_it_stood(
    client: FlaskClient, csrf: Callable[[FlaskClient, str], str], referrer: str, back: str
) -> None:
    """An address that only takes a form: back to the page that it was sent from, on this site."""
    token = csrf(client, "/portal/sign-in")
    response = client.post(
        "/portal/switch-company", data={"csrf_token": token}, headers={"Referer": referrer}
    )
    assert (response.status_code, response.location) == (303, back)


@pytest.mark.parametrize(
    "attributes",
    [
        {"actions": [PortalAction("edit", "Edit", print)]},
        {"actions": [PortalAction("a", "A", print), PortalAction("a", "B", print)]},
        {"actions": [PortalAction("a b", "A", print)]},
        {"actions": [PortalAction("é", "A", print)]},
        {"actions": [PortalAction("", "A", print)]},
        {"files": [PortalFile("a/b", "A", print)]},
        {"files": [PortalFile("a", "A", print)] * 2},
        {"actions": [PortalAction("a", "A", print)], "show_columns": []},
        {"create_form": proposal_pages.ProposalForm},
        {"edit_form": proposal_pages.AcceptForm},
    ],
)
def test_a_slip_shows_at_start(attributes: dict[str, Any]) -> None:
    """Names that cannot stand in an address, buttons without a page, fields that no attribute
    has: told to the developer."""
    base = {"datamodel": SQLAInterface(HostProposal), "show_columns": ["subject"]}
    view = type("Slip", (PortalModelView,), {**base, **attributes})
    with pytest.raises(ConfigError):
        view(PortalModule("proposals", "Proposals", view=view))
