"""The access doctor's page: why a contact does not get in, what it sees, and this record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, CustomerAdmin, Login
from flask_contacts.portal import current_contact
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from tests.host_app import LIMITS_STAFF, HostInvoice, HostTicket, InvoicePages
from tests.page_forms import press

Make = Callable[..., Any]
#: Where some customers may be hidden, a record that is nowhere could be one of theirs.
NONE = "There is no such record"
NONE += ", or it belongs to another customer." if LIMITS_STAFF else "."
YES, NO = "Yes, the contact sees it.", "No, the contact does not see it."


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """The customer of these tests; where staff have regions, in that of ``limited``."""
    return make_customer(company="Acme", **({"region": "Limited"} if LIMITS_STAFF else {}))


@pytest.fixture
def boss(make_contact: Make, customer: Any) -> Any:
    """The primary contact, with every module that has a page."""
    return make_contact(
        customer, firstname="Bo", lastname="Ss", permissions=["invoices", "support"]
    )


@pytest.fixture
def clerk(make_contact: Make, customer: Any, boss: Any) -> Any:
    """Another contact, with invoices alone."""
    return make_contact(customer, firstname="Cle", lastname="Rk", permissions=["invoices"])


@pytest.fixture
def limited(app: Flask, session: Session, customer: Any) -> Callable[..., FlaskClient]:
    """``limited(permission, …)`` is a browser of staff who see that customer alone."""

    def sign_in(*permissions: str) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("Limited")
            for permission in permissions:
                pair = sm.find_permission_view_menu(permission, "Customer contacts")
                sm.add_permission_role(role, pair)
            user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
            session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
            session.commit()
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def url(contact: Any, action: str = "access") -> str:
    """A page of the contact's."""
    return f"/customercontacts/{action}/{contact.customer_id}/{contact.id}"


def words(html: str) -> str:
    """The words of a page in one line."""
    html = re.sub(r"(?s)<script.*?</script>", " ", html)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def page(client: FlaskClient, contact: Any) -> str:
    """The words of the doctor's page."""
    response = client.get(url(contact))
    assert response.status_code == 200
    return words(response.text)


def ask(client: FlaskClient, contact: Any, record: object, module: str = "invoices") -> str:
    """What the page answers about a record."""
    response = client.get(url(contact), query_string={"module": module, "record": str(record)})
    assert response.status_code == 200
    return words(response.text[response.text.index('id="record"') :])


def post(client: FlaskClient, contact: Any, action: str, **fields: str) -> Any:
    """Press a button of the page."""
    token = testing.csrf_token(client, url(contact))
    return client.post(url(contact, action), data={**fields, "csrf_token": token})


@pytest.fixture
def invoice(session: Session, customer: Any) -> Callable[..., int]:
    """``invoice(customer=…)`` is the id of a new invoice."""

    def add(of: Any = None) -> int:
        owner = (of or customer).id
        row = HostInvoice(number="N-1", issued_on=date(2026, 1, 1), total=1, customer_id=owner)
        session.add(row)
        session.commit()
        return row.id

    return add


def test_the_page(staff_client: FlaskClient, boss: Any) -> None:
    """The verdict with what was found, the modules, the topics; ways there from the contact's
    form, its activity and the tab's menu."""
    told = page(staff_client, boss)
    assert "Can this person sign in? Yes" in told
    assert "A password is set, but the person has not signed in here yet." in told
    assert "Invoices is seen: Sees the customer's records." in told
    assert "Projects is not seen: The application has no portal page for it." in told
    assert "Invoice is not mailed: Topic is off" in told
    for place in ("edit", "activity"):
        assert f'href="{url(boss)}"' in staff_client.get(url(boss, place)).text


def test_modules_of_who_cannot_come(
    staff_client: FlaskClient, clerk: Any, make_contact: Make, customer: Any, session: Session
) -> None:
    """Inactive, or without a login: nothing is seen, though it would be."""
    clerk.active = False
    session.commit()
    nobody = make_contact(customer, is_user=False, permissions=["invoices"])
    for contact in (clerk, nobody):
        told = page(staff_client, contact)
        assert "Invoices would be seen, once they can sign in: Sees the customer's" in told
        assert "is seen:" not in told


def test_each_reason_has_its_button(
    app: Flask, staff_client: FlaskClient, clerk: Any, session: Session
) -> None:
    """Not active: reactivate. No password: send the link, and back to this page. Each does it."""
    with app.app_context():
        deactivate_contact(session, clerk.customer_id, clerk.id)
    html = staff_client.get(url(clerk)).text
    assert "Can this person sign in? No" in words(html)
    assert f'action="{url(clerk, "reactivate")}?from=access"' in html
    assert post(staff_client, clerk, "reactivate").status_code == 302
    login = session.scalars(select(Login).where(Login.id == clerk.login_id)).one()
    login.password_hash = None
    session.commit()
    html = staff_client.get(url(clerk)).text
    assert "No password has been set." in words(html)
    assert "No link to set a password has been sent." in words(html)
    assert f'action="{url(clerk, "invite")}?from=access"' in html


def test_the_link_from_here_leads_back_here(staff_client: FlaskClient, clerk: Any) -> None:
    """After the link is on its way the page shows how it goes."""
    token = testing.csrf_token(staff_client, url(clerk))
    address = f"{url(clerk, 'invite')}?from=access"
    answer = staff_client.post(address, data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (302, url(clerk))


def test_without_a_login(
    staff_client: FlaskClient,
    make_contact: Make,
    customer: Any,
    limited: Callable[..., FlaskClient],
) -> None:
    """The way leads to the page that gives one; for who may not open that, to the form's box."""
    contact = make_contact(customer, is_user=False)
    html = staff_client.get(url(contact)).text
    assert "The contact has no login." in words(html)
    assert f"/generate-login/{contact.id}?from=access" in html
    html = limited("can_show", "can_edit").get(url(contact)).text
    assert f'href="{url(contact, "edit")}#is_user"' in html
    assert 'id="is_user"' in staff_client.get(url(contact, "edit")).text


def test_an_archived_contact(staff_client: FlaskClient, clerk: Any) -> None:
    """It can be restored, and nothing else is offered."""
    post(staff_client, clerk, "archive")
    html = staff_client.get(url(clerk)).text
    assert "The contact is archived" in words(html)
    assert f'action="{url(clerk, "restore")}?from=access"' in html
    for action in ("invite", "grant", "reactivate", "view-as"):
        assert f"/customercontacts/{action}/" not in html


def test_granting_a_module(staff_client: FlaskClient, clerk: Any, session: Session) -> None:
    """One press, and the module is seen; nothing else of the contact is changed."""
    assert "Support is not seen: The permission is missing. Grant" in page(staff_client, clerk)
    answer = post(staff_client, clerk, "grant", module="support")
    assert answer.location == url(clerk)
    told = page(staff_client, clerk)
    assert "The contact may open Support now." in told
    assert "Support is seen:" in told
    for wrong in ("nonsense", ""):
        post(staff_client, clerk, "grant", module=wrong)
        assert "This holds a choice that does not exist." in page(staff_client, clerk)
    assert post(staff_client, clerk, "grant", module="support", other="x").status_code == 422
    session.expire_all()
    assert session.get_one(Contact, clerk.id).permission_names == {"invoices", "support"}


def test_what_needs_which_permission(limited: Callable[..., FlaskClient], clerk: Any) -> None:
    """Who may only look has no buttons that change something, and cannot press them."""
    sam = limited("can_show")
    html = sam.get(url(clerk)).text
    assert "Can this person sign in?" in html
    for word in ("Grant", '<form method="post"', "view-as", "/edit/"):
        assert word not in html
    token = _token(sam)
    fields = {"module": "support", "csrf_token": token}
    assert sam.post(url(clerk, "grant"), data=fields).status_code == 403


def test_nobody_without_permission(limited: Callable[..., FlaskClient], clerk: Any) -> None:
    """403 for staff who may not see contacts."""
    assert limited("can_edit").get(url(clerk)).status_code == 403


def test_hidden_and_missing_contacts(
    limited: Callable[..., FlaskClient], clerk: Any, make_customer: Make, make_contact: Make
) -> None:
    """404 for a contact of a hidden customer, also under the name of a visible one."""
    hidden = make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    other = make_contact(hidden)
    sam = limited("can_show", "can_edit")
    token = testing.csrf_token(sam, url(clerk, "edit"))
    smuggled = f"/customercontacts/access/{clerk.customer_id}/{other.id}"
    for address in (url(other), smuggled):
        assert sam.get(address).status_code == 404
    for address in (url(other, "grant"), smuggled.replace("access", "grant")):
        fields = {"module": "support", "csrf_token": token}
        assert sam.post(address, data=fields).status_code == 404


def test_a_record_that_is_seen(
    staff_client: FlaskClient, boss: Any, invoice: Callable[..., int]
) -> None:
    """By its id or its address in the portal, with or without the host: yes, with its title."""
    number = invoice()
    for typed in (
        number,
        f"  {number} ",
        f"/portal/invoices/{number}",
        f"http://localhost/portal/invoices/{number}?x=1#top",
    ):
        answer = ask(staff_client, boss, typed)
        assert YES in answer, typed
        assert "N-1" in answer


def test_an_address_names_its_module(
    staff_client: FlaskClient, boss: Any, invoice: Callable[..., int], session: Session
) -> None:
    """Whichever module is chosen, the address decides."""
    ticket = HostTicket(subject="Help", customer_id=boss.customer_id)
    session.add(ticket)
    session.commit()
    assert "Help" in ask(staff_client, boss, f"/portal/support/{ticket.id}", "invoices")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("INV-1044", "This is no id of a record"),
        ("1" * 400, "This is no id of a record"),
        ("' OR 1=1", "This is no id of a record"),
        ("/portal/invoices/INV-1044", "This is no id of a record"),
        ("/portal/nowhere", "This is no address of a record in the portal."),
        ("/portal/account/", "This is no address of a record in the portal."),
        ("https://[", "This is no address of a record in the portal."),
        ("/login/", "This is no address of a record in the portal."),
        ("/customercontacts/edit/1/1", "This is no address of a record in the portal."),
        ("//\x01//", "This is no address of a record in the portal."),
    ],
)
def test_what_could_not_be_looked_up(
    staff_client: FlaskClient, boss: Any, invoice: Callable[..., int], typed: str, said: str
) -> None:
    """Said at the field, and neither yes nor no: nothing was looked up."""
    invoice()
    answer = ask(staff_client, boss, typed)
    assert f"{said}" in answer
    assert "Type the record's id" in answer
    assert NO not in answer
    assert YES not in answer


@pytest.mark.parametrize("typed", ["999", "-1", "/portal/invoices/999"])
def test_what_is_no_record(
    staff_client: FlaskClient, boss: Any, invoice: Callable[..., int], typed: str
) -> None:
    """An id that no record has."""
    invoice()
    answer = ask(staff_client, boss, typed)
    assert NO in answer
    assert NONE in answer


class StaffInvoices(ModelView):
    """The invoices as the host's staff sees them."""

    datamodel = SQLAInterface(HostInvoice)
    route_base = "/staff-invoices"


def test_an_address_of_the_staffs(
    app: Flask,
    staff_client: FlaskClient,
    boss: Any,
    invoice: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The record's page for staff names it as well as the portal's, whichever module is chosen."""
    monkeypatch.setattr(app, "_got_first_request", False)  # as if the host had started with it
    with app.app_context():
        app.appbuilder.add_view_no_menu(StaffInvoices)  # type: ignore[attr-defined]
    number = invoice()
    for action in ("show", "edit"):
        typed = f"http://localhost/staff-invoices/{action}/{number}"
        answer = ask(staff_client, boss, typed, "support")
        assert YES in answer
        assert "N-1" in answer


def test_nothing_typed(staff_client: FlaskClient, boss: Any) -> None:
    """An error at the field; a module that does not exist is no page."""
    for typed in ("", "   ", "x" * 501):
        html = staff_client.get(
            url(boss), query_string={"module": "invoices", "record": typed}
        ).text
        assert 'id="record-error">Type the id of a record' in html
        assert "does not see it" not in html
    assert staff_client.get(url(boss), query_string={"module": "nonsense"}).status_code == 404


def test_another_customers_record(
    staff_client: FlaskClient, boss: Any, invoice: Callable[..., int], make_customer: Make
) -> None:
    """No, and whose it is; its number is not shown."""
    number = invoice(make_customer(company="Elsewhere Ltd"))
    answer = ask(staff_client, boss, number)
    assert NO in answer
    assert "The record belongs to another customer: Elsewhere Ltd." in answer
    assert "N-1" not in answer


def test_staff_who_do_not_see_every_customer(
    limited: Callable[..., FlaskClient], boss: Any, invoice: Callable[..., int], make_customer: Make
) -> None:
    """They read the same of a hidden customer's record as of none (S7)."""
    hidden = make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    theirs = invoice(hidden)
    sam = limited("can_show")
    answers = {ask(sam, boss, typed).replace(str(typed), "") for typed in (theirs, 999)}
    assert len(answers) == 1
    assert "There is no such record, or it belongs to another customer." in answers.pop()
    assert YES in ask(sam, boss, invoice())


def test_own_records_of_others(
    app: Flask, staff_client: FlaskClient, boss: Any, clerk: Any, session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Where contacts see own records only: to whom it is addressed; the primary sees it."""
    view = app.view_functions["contacts_portal.support_list"].__wrapped__.__self__
    monkeypatch.setattr(view, "scope", type(view.scope)("customer_id", "contact_id"))
    ticket = HostTicket(subject="Mine", customer_id=boss.customer_id, contact_id=boss.id)
    session.add(ticket)
    session.commit()
    post(staff_client, clerk, "grant", module="support")
    answer = ask(staff_client, clerk, ticket.id, "support")
    assert NO in answer
    assert "sees only own records here" in answer
    assert "It is addressed to Bo Ss." in answer
    assert YES in ask(staff_client, boss, ticket.id, "support")


def test_what_the_page_leaves_out(
    staff_client: FlaskClient, boss: Any, invoice: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The page's own query decides, as it would for the contact: a draft is not seen."""
    number, asked = invoice(), []

    def query(view: Any) -> Any:
        asked.append(current_contact.id)
        return select(HostInvoice).where(HostInvoice.status != "draft")

    monkeypatch.setattr(InvoicePages, "query", query)
    answer = ask(staff_client, boss, number)
    assert NO in answer
    assert "It is a record of this customer, but the portal's page leaves it out" in answer
    assert "N-1" in answer
    assert set(asked) == {boss.id}
    assert not current_contact


def test_a_module_that_is_not_open(staff_client: FlaskClient, clerk: Any, session: Session) -> None:
    """The record would be seen, the module is not: no, for the permission."""
    ticket = HostTicket(subject="Help", customer_id=clerk.customer_id)
    session.add(ticket)
    session.commit()
    answer = ask(staff_client, clerk, ticket.id, "support")
    assert NO in answer
    assert "The permission is missing." in answer
    assert "Help" in answer


def test_the_answer_is_the_portals(
    app: Flask, staff_client: FlaskClient, portal_client: Make, boss: Any, make_customer: Make,
    invoice: Callable[..., int],
) -> None:  # fmt: skip
    """For every record: yes exactly where the contact's own page opens."""
    browser = portal_client(boss)
    for number in (invoice(), invoice(make_customer()), 999):
        opens = browser.get(f"/portal/invoices/{number}").status_code == 200
        assert (YES in ask(staff_client, boss, number)) == opens


def test_markup_is_text(
    staff_client: FlaskClient, make_contact: Make, make_customer: Make, session: Session
) -> None:
    """Names, titles and what was typed are escaped."""
    customer = make_customer(company="<b>Bold</b>")
    contact = make_contact(customer, firstname="<i>It</i>", permissions=["support"])
    ticket = HostTicket(subject="<u>Under</u>", customer_id=customer.id)
    session.add(ticket)
    session.commit()
    query = {"module": "support", "record": str(ticket.id)}
    html = staff_client.get(url(contact), query_string=query).text
    for tag in ("<b>Bold", "<i>It", "<u>Under"):
        assert tag not in html
    assert "&lt;i&gt;It&lt;/i&gt;" in html
    typed = '"><script>alert(1)</script>'
    html = staff_client.get(url(contact), query_string={"module": "support", "record": typed}).text
    assert "<script>alert" not in html


def test_what_the_page_costs(
    staff_client: FlaskClient, boss: Any, make_contact: Make, customer: Any, statements: Make
) -> None:
    """As many statements with twenty contacts as with one."""
    costs = []
    for more in (0, 20):
        for _ in range(more):
            make_contact(customer, permissions=["invoices"], topics=["invoice"])
        staff_client.get(url(boss))
        with statements() as seen:
            staff_client.get(url(boss), query_string={"module": "invoices", "record": "1"})
        costs.append(len(seen))
    assert costs[0] == costs[1]


def _token(client: FlaskClient) -> str:
    """A token of a browser that is offered no form."""
    from flask_wtf.csrf import generate_csrf

    with client.session_transaction() as session:
        raw = session.get("csrf_token")
    with client.application.test_request_context():
        from flask import session as inner

        inner["csrf_token"] = raw
        token: str = generate_csrf()
        return token


def test_the_repairs_come_back_to_the_doctor(
    app: Flask, session: Session, clerk: Any, staff_client: FlaskClient
) -> None:
    """Reactivate, Restore and Give a login repair what they stand beside, and lead back."""
    contact_id, customer_id = clerk.id, clerk.customer_id

    def pressed(button: str) -> Any:
        page = press(staff_client, staff_client.get(url(clerk)), button)
        assert page.request.path == url(clerk), button
        session.expire_all()
        return session.get(Contact, contact_id)

    with app.app_context():
        deactivate_contact(session, customer_id, contact_id)
    assert pressed("Reactivate").active
    with app.app_context():
        archive_contact(session, customer_id, contact_id)
    assert pressed("Restore").archived_at is None
    assert pressed("Reactivate").login_id is None
    doctor = staff_client.get(url(clerk))
    way = re.search(r'href="([^"]+)"[^>]*>\s*<i[^>]*></i> Give a login', doctor.text)
    assert way is not None
    page = press(staff_client, staff_client.get(unescape(way[1])), "Generate login")
    assert page.request.path == url(clerk)
    session.expire_all()
    found = session.get(Contact, contact_id)
    assert found is not None
    assert found.login_id is not None
    assert found.invited_at is not None, "the link is ticked, else nobody can sign in"
