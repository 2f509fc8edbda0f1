"""CRM → Import contacts: from the file to what became of each row."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import signals, testing
from flask_contacts.admin.imports import view as import_view
from flask_contacts.models import (
    Activity,
    Contact,
    ContactImport,
    ContactImportRow,
    Customer,
    CustomerAdmin,
    Login,
    Mail,
)
from flask_contacts.services import settings
from flask_contacts.services.importing import file_refused, steps
from tests.host_app import CUSTOMER_NAME, LIMITS_STAFF
from tests.import_pages import (
    URL,
    check,
    choose,
    columns_of,
    go_on,
    import_file,
    result_lines,
    run,
    texts,
    upload,
)

Make = Callable[..., Any]
HEAD = "Company,First name,Last name,Email\n"
CREATES = pytest.mark.bundled_only(reason="of a host's own customers it makes none")


@pytest.fixture
def acme(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme Ltd")


@pytest.fixture
def staff(app: Flask, session: Session) -> Callable[..., FlaskClient]:
    """``staff(customer, …)`` is a browser of staff who may import, and what else is given, and
    see that customer alone."""

    def sign_in(customer: Any, *others: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("North")
            for pair in (("can_import", "Contacts import"), *others):
                sm.add_permission_role(role, sm.find_permission_view_menu(*pair))
            user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
            if not LIMITS_STAFF:
                session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
                session.commit()
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def contacts(session: Session) -> list[Contact]:
    """All contacts as they are now, in the order in which they were made."""
    session.expire_all()
    return list(session.scalars(select(Contact).order_by(Contact.id)))


def test_what_was_refused_is_shown(staff_client: FlaskClient, acme: Any) -> None:
    """Beside each reason stands what the file has there: escaped, in one line, cut, and of the
    column that names it; nothing for a cell that is empty."""
    long = "x" * 200
    content = (
        "Company ID,Full name,Email,Secret\n"
        f'99999,Ada <b>Lovelace</b>,"{long}",hunter2\n'
        '99999,Ada,"<script>a\n\tb",hunter2\n'
    )
    url = choose(staff_client, upload(staff_client, content).location).location
    go_on(staff_client, url)
    html = staff_client.get(url).text
    assert "<script>a" not in html
    assert "<q>99999</q>" in html or "<q>#99999</q>" in html
    assert f"<q>{'x' * 60}…</q>" in html
    assert "<q>&lt;script&gt;a b</q>" in html
    assert "<q>Ada</q>" in html
    assert "hunter2" not in html
    refused = staff_client.get(f"{url}/refused.csv").text
    assert f"Email “{'x' * 60}…”: Type an e-mail address" in refused


def test_the_whole_way(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """Guessed columns, a dry run that writes nothing, the difference, the reasons, the import."""
    make_contact(acme, firstname="Ada", lastname="Lovelace", email="ada@acme.example.com")
    content = (
        "Company,First name,Last name,Email,Position,Born in,Phone\n"
        "Acme Ltd,Ada,Lovelace,ADA@acme.example.com,Buyer,1815,\n"
        "acme ltd,João,Gonçalves,joao@acme.example.com,,,+55 11 91234-5678\n"
        "Nowhere,Mara,Way,mara@x.example.com,,,\n"
        "Acme Ltd,Bob,,bob@,,,call me\n"
        "Acme Ltd,Joao,Goncalves,JOAO@acme.example.com,,,\n"
    )
    answer = upload(staff_client, content)
    columns = answer.location
    assert columns_of(staff_client.get(columns).text) == {
        "Company": "customer", "First name": "firstname", "Last name": "lastname",
        "Email": "email", "Position": "position", "Born in": "", "Phone": "phone",
    }  # fmt: skip
    url = choose(staff_client, columns).location
    assert go_on(staff_client, url)["counts"] == {
        "new": 1, "changed": 1, "unchanged": 0, "refused": 3,
    }  # fmt: skip
    assert [one.lastname for one in contacts(session)] == ["Lovelace"]
    assert result_lines(staff_client, url) == [
        "2 Ada Lovelace Changed Job title Buyer",
        "3 João Gonçalves New",
        "4 Mara Way Refused Company Nowhere There is no company of this name.",
        "5 Bob Refused Last name This field is required. Work phone call me Type a phone number "
        "such as +1 212 555 0123. Email bob@ Type an e-mail address such as name@example.com.",
        "6 Joao Goncalves Refused Row 3 is the same contact.",
    ]
    page = texts(staff_client.get(url).text)
    assert "Import 2 contacts" in page
    assert "Nothing is written yet." in page
    assert run(staff_client, url) == {"new": 1, "changed": 1, "unchanged": 0, "refused": 3}
    ada, joao = contacts(session)
    assert (ada.position, ada.email) == ("Buyer", "ada@acme.example.com")
    assert (joao.customer_id, joao.phone_e164, joao.login_id) == (acme.id, "+5511912345678", None)
    assert result_lines(staff_client, url, "new") == ["3 João Gonçalves New"]
    assert "Imported" in texts(staff_client.get(URL).text)
    assert "Imported · 2 of 5 rows · Refused: 3" in texts(staff_client.get(url).text)
    refused = staff_client.get(f"{url}/refused.csv").text.splitlines()
    assert refused[0].endswith("Phone,Row,Why it was refused")
    assert "Last name: This field is required. Work phone “call me”: Type a" in refused[2]
    row = "Nowhere,Mara,Way,mara@x.example.com,,,,4,Company “Nowhere”: There is no"
    assert refused[1].startswith(row)


def test_like_the_form(
    app: Flask, staff_client: FlaskClient, session: Session, acme: Any, make_customer: Make
) -> None:
    """Permissions, topics, the primary contact, keys and activity are as if each was typed."""
    with app.app_context():
        settings.set_default_permissions(session, ["invoices", "support"])
    import_file(
        staff_client,
        HEAD + "Acme Ltd,Ada,Lovelace,Ada@Acme.example.com\nAcme Ltd,Bob,Builder,\n,Mara,Way,\n",
    )
    ada, bob, mara = contacts(session)
    assert (ada.email, ada.email_key) == ("Ada@Acme.example.com", "ada@acme.example.com")
    assert ada.permission_names == {"invoices", "support"}
    assert ada.topic_names == {"invoice", "credit_note", "tickets"}
    assert (ada.primary_of, bob.primary_of, mara.primary_of) == (acme.id, None, None)
    assert (bob.email_scope, mara.email_scope) == (str(acme.id), "")
    assert (mara.customer_id, mara.created_by_id) == (None, 1)
    assert (ada.lastname_key, ada.active, ada.contact_preference) == ("lovelace", True, "any")
    rows = session.scalars(select(Activity).order_by(Activity.contact_id, Activity.id)).all()
    assert [(row.contact_id, row.verb) for row in rows] == [
        (ada.id, "imported"), (ada.id, "made_primary"), (bob.id, "imported"), (mara.id, "imported"),
    ]  # fmt: skip
    assert rows[0].changes["firstname"] == [None, "Ada"]
    assert rows[0].changes["permissions"] == [None, ["invoices", "support"]]
    assert (rows[0].actor_name, rows[0].actor_kind) == ("Ada Min", "staff")
    made = staff_client.get(f"/customer-contacts/show/{ada.id}").text
    assert "Imported" in texts(made)


def test_nobody_is_invited_unless_asked(
    staff_client: FlaskClient, session: Session, acme: Any
) -> None:
    """No login and no mail; with Invite each new one with an address gets both, once."""
    import_file(staff_client, HEAD + "Acme Ltd,Ada,Lovelace,ada@x.example.com\n")
    assert session.scalar(select(func.count()).select_from(Login)) == 0
    assert session.scalar(select(func.count()).select_from(Mail)) == 0
    content = HEAD + (
        "Acme Ltd,Ada,Lovelace,ada@x.example.com\nAcme Ltd,Bob,B,bob@x.example.com\n"
        "Acme Ltd,Cy,C,\n"
    )
    assert import_file(staff_client, content, invite="y")["new"] == 2
    assert session.scalars(select(Login.email)).all() == ["bob@x.example.com"]
    assert session.scalars(select(Mail.template)).all() == ["set_password"]


def test_matching(
    staff_client: FlaskClient, session: Session, acme: Any, make_customer: Make, make_contact: Make
) -> None:
    """By e-mail in any case, without a customer too; then by name and customer, accents and case
    apart; a namesake with another address is another person."""
    other = make_customer(company="Borealis")
    make_contact(acme, firstname="Ada", lastname="Lovelace", email="ada@x.example.com")
    import_file(staff_client, HEAD + "Acme Ltd,João,Gonçalves,\n")
    url, counts = check(
        staff_client,
        HEAD
        + ",Ada,Byron,ADA@x.example.com\n"
        + "Acme Ltd,JOAO,goncalves,\n"
        + "Acme Ltd,Ada,Lovelace,new@x.example.com\n"
        + "Borealis,Ada,Lovelace,ada@x.example.com\n",
    )
    assert counts == {"new": 2, "changed": 2, "unchanged": 0, "refused": 0}
    lines = result_lines(staff_client, url)
    assert lines[0] == "2 Ada Byron Changed Last name Lovelace → Byron"
    assert lines[1].startswith("3 JOAO goncalves Changed First name João → JOAO")
    run(staff_client, url)
    found = contacts(session)
    assert [one.name for one in found] == [
        "Ada Byron", "JOAO goncalves", "Ada Lovelace", "Ada Lovelace",
    ]  # fmt: skip
    assert [one.customer_id for one in found] == [acme.id, acme.id, acme.id, other.id]


def test_the_same_person(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """With that option the address changes; never that of a contact with a login."""
    import_file(staff_client, HEAD + "Acme Ltd,Bob,Builder,bob@x.example.com\n")
    make_contact(acme, firstname="Ada", lastname="Lovelace", email="ada@x.example.com")
    content = HEAD + (
        "Acme Ltd,Bob,Builder,new@x.example.com\nAcme Ltd,Ada,Lovelace,new2@x.example.com\n"
    )
    url, counts = check(staff_client, content, same_person="y")
    assert counts == {"new": 0, "changed": 1, "unchanged": 0, "refused": 1}
    assert "has a login under another address" in result_lines(staff_client, url, "refused")[0]
    run(staff_client, url)
    bob, ada = contacts(session)
    assert (bob.email_key, ada.email_key) == ("new@x.example.com", "ada@x.example.com")


def test_blank_cells(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """A blank address is none, and never that of the row above; a blank cell erases nothing."""
    make_contact(acme, firstname="Zoe", lastname="Zed", email="zoe@x.example.com", position="Boss")
    import_file(
        staff_client,
        "Company,First name,Last name,Email,Position\n"
        "Acme Ltd,Ada,Lovelace,ada@x.example.com,\nAcme Ltd,Bob,Builder,,\n"
        "Acme Ltd,Zoe,Zed,zoe@x.example.com,\n",
    )
    zoe, ada, bob = contacts(session)
    assert (ada.email, bob.email, bob.email_key) == ("ada@x.example.com", None, None)
    assert zoe.position == "Boss"


@pytest.mark.parametrize("order", ["dmy", "mdy"])
def test_the_order_of_dates_is_asked(
    staff_client: FlaskClient, session: Session, acme: Any, order: str
) -> None:
    """Where no date of the file tells: at its field, and nothing that was chosen is lost."""
    content = "First name,Last name,Birthday,Note\nAda,Lovelace,03/04/1985,hello\n"
    columns = upload(staff_client, content).location
    answer = choose(staff_client, columns, {"Note": ""}, customer=label(acme))
    assert answer.status_code == 422
    assert "does not tell in which order its dates are written" in texts(answer.text)
    assert columns_of(answer.text)["Note"] == ""
    assert label(acme) in answer.text
    url = choose(staff_client, columns, customer=label(acme), date_order=order).location
    go_on(staff_client, url)
    run(staff_client, url)
    (ada,) = contacts(session)
    assert str(ada.birthday) == {"dmy": "1985-04-03", "mdy": "1985-03-04"}[order]
    assert ada.customer_id == acme.id


def test_the_order_of_dates_is_found(staff_client: FlaskClient, session: Session) -> None:
    """One date of the column that fits one order alone decides for all of them."""
    import_file(
        staff_client,
        "First name,Last name,Birthday\nAda,A,03/04/1985\nBob,B,1980-05-06\nCy,C,25/12/1990\n",
    )
    assert [str(one.birthday) for one in contacts(session)] == [
        "1985-04-03", "1980-05-06", "1990-12-25",
    ]  # fmt: skip


@CREATES
def test_customers_are_made_only_if_asked(
    staff_client: FlaskClient, session: Session, acme: Any
) -> None:
    """Unknown ones refuse their rows; with the box one customer is made for all of its rows."""
    content = HEAD + (
        "New Ltd,Ada,A,a@x.example.com\nNEW LTD,Bob,B,b@x.example.com\nAcme Ltd,Cy,C,\n"
        "Bad Rows Ltd,,,\n"
    )
    assert import_file(staff_client, content)["refused"] == 3
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    assert import_file(staff_client, content, create_customers="y")["new"] == 2
    assert session.scalars(select(Customer.company).order_by(Customer.id)).all() == [
        "Acme Ltd", "New Ltd",
    ]  # fmt: skip
    cy, ada, bob = contacts(session)
    assert ada.customer_id == bob.customer_id == ada.primary_of != cy.customer_id


def test_customers_by_key_and_by_name(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """Two of one name are told apart by the key; the name alone is refused."""
    first, second = make_customer(company="Twin"), make_customer(company="Twin")
    url, counts = check(
        staff_client,
        "Customer,Customer ID,First name,Last name\n"
        f"Twin,{second.id},Ada,A\n,{first.id},Bob,B\n{first.id},,Cy,C\nTwin,,Dee,D\nTwin,99,Eve,E\n",
    )
    assert counts["new"] == 3
    assert all("Several companies" in line for line in result_lines(staff_client, url, "refused"))
    run(staff_client, url)
    assert [one.customer_id for one in contacts(session)] == [second.id, first.id, first.id]


def test_an_id_of_another_company(
    staff_client: FlaskClient, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """A row that names one customer and has the ID of another is refused and names both; nobody
    of either is changed, and where customers may be made none is."""
    aurora, twin = make_customer(company="Aurora Bakery"), make_customer(company="Twin Ltd")
    make_contact(aurora, firstname="Tom", lastname="Okafor", email="tom@x.example.com")
    content = "Company,Company ID,First name,Last name,Email\n" + "".join(
        f"{name},{twin.id},Thomas,Okafor,tom@x.example.com\n"
        for name in ("Aurora Bakery", "Nowhere", f"aurora bakery (#{twin.id})")
    )
    options = {} if LIMITS_STAFF else {"create_customers": "y"}
    url, counts = check(staff_client, content, **options)
    assert counts == {"new": 0, "changed": 0, "unchanged": 0, "refused": 3}
    lines = result_lines(staff_client, url)
    for line, name in zip(lines, ("Aurora Bakery", "Nowhere", "aurora bakery"), strict=True):
        assert f"The ID {twin.id} is that of Twin Ltd, not of {name}" in line
    assert "New companies" not in staff_client.get(url).text
    refused = staff_client.get(f"{url}/refused.csv").text
    assert f"The ID {twin.id} is that of Twin Ltd, not of Aurora Bakery." in refused


def test_an_id_of_a_hidden_company(
    staff: Callable[..., FlaskClient], session: Session, make_customer: Make
) -> None:
    """Of a customer that one may not see nothing is said: its ID is nobody's, the name counts."""
    mine = make_customer(company="Mine")
    hidden = make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    client = staff(mine)
    content = f"Company,Company ID,First name,Last name\nMine,{hidden.id},Ada,A\n"
    url, counts = check(client, content)
    assert counts["new"] == 1
    assert "Hidden" not in client.get(url).text
    run(client, url)
    assert [one.customer_id for one in contacts(session)] == [mine.id]


def test_names_that_differ_in_case_or_blanks(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """They are the same name: the ID says which of them is meant, and without one none is."""
    first = make_customer(company="Aurora Bakery")
    second = make_customer(company="aurora bakery ")
    content = (
        "Company,Company ID,First name,Last name\n"
        f"aurora bakery,{second.id},Ada,A\nAURORA  BAKERY,{first.id},Bob,B\n"
        f"Aurora Bakery,{second.id},Cy,C\nAurora Bakery,,Dee,D\n"
    )
    url, counts = check(staff_client, content)
    assert (counts["new"], counts["refused"]) == (3, 1)
    assert "Several companies have this name" in result_lines(staff_client, url, "refused")[0]
    run(staff_client, url)
    found = [one.customer_id for one in contacts(session)]
    assert found == [second.id, first.id, second.id]


@CREATES
def test_new_companies_are_told(
    staff_client: FlaskClient, session: Session, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dry run marks the rows with which companies come and those that are at them, counts each
    company once, however many rows a step takes, and lists them; the import says the same."""
    monkeypatch.setattr(steps, "ROWS_AT_ONCE", 2)
    content = HEAD + (
        "<b>New</b>,,,\n<b>new</b>,Ada,A,\nAcme Ltd,Bob,B,\n <B>new</B>,Cy,C,\n"
        "Other Co,Dee,D,\n<b>New</b> ,Eve,E,\n"
    )
    columns = upload(staff_client, content).location
    url = choose(staff_client, columns, create_customers="y").location
    go_on(staff_client, url)
    html = staff_client.get(url).text
    assert "2 companies that do not exist would be created." in texts(html)
    assert "<b>new</b>" not in html
    said = [
        "3 Ada A New New company <b>new</b>",
        "4 Bob B New",
        "5 Cy C New At the new company of row 3",
        "6 Dee D New New company Other Co",
        "7 Eve E New At the new company of row 3",
    ]
    assert result_lines(staff_client, url, "new") == said
    assert result_lines(staff_client, url, "companies") == [said[0], said[3]]
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    session.rollback()
    run(staff_client, url)
    html = staff_client.get(url).text
    assert "Imported · 5 of 6 rows · Refused: 1 · 2 new companies" in texts(html)
    assert "would be" not in html
    assert result_lines(staff_client, url, "new") == said
    names = session.scalars(select(Customer.company).order_by(Customer.id)).all()
    assert names == ["Acme Ltd", "<b>new</b>", "Other Co"]


@CREATES
def test_a_company_that_is_made_meanwhile(
    staff_client: FlaskClient, session: Session, make_customer: Make
) -> None:
    """What somebody else has made between the dry run and the import, the import does not count."""
    url, _counts = check(staff_client, HEAD + "New,Ada,A,\nOther,Bob,B,\n", create_customers="y")
    assert "2 companies that do not exist" in texts(staff_client.get(url).text)
    make_customer(company="NEW ")
    run(staff_client, url)
    assert "2 of 2 rows · 1 new company" in texts(staff_client.get(url).text)
    assert [line[-9:] for line in result_lines(staff_client, url, "companies")] == ["any Other"]


def test_the_primary_contact(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """The file may name another one; the former steps down in the same transaction (C4)."""
    ada = make_contact(acme, firstname="Ada", lastname="A", email="ada@x.example.com")
    content = (
        "Company,First name,Last name,Email,Primary contact\n"
        "Acme Ltd,Ada,A,ada@x.example.com,no\nAcme Ltd,Bob,B,bob@x.example.com,yes\n"
    )
    assert import_file(staff_client, content)["new"] == 1
    session.expire_all()
    rows = session.execute(select(Contact.firstname, Contact.primary_of).order_by(Contact.id)).all()
    assert [tuple(row) for row in rows] == [("Ada", None), ("Bob", acme.id)]
    verbs = select(Activity.verb).where(Activity.contact_id == ada.id).order_by(Activity.id.desc())
    assert session.scalars(verbs).first() == "no_longer_primary"


def test_the_last_recipient(
    staff_client: FlaskClient, session: Session, acme: Any, make_contact: Make
) -> None:
    """Staff do not stop a topic's last mail by a column of a file without knowing it (N6)."""
    topics = {"permissions": ["invoices"], "topics": ["invoice"]}
    make_contact(acme, firstname="Ada", lastname="A", email="ada@x.example.com", **topics)
    url, counts = check(
        staff_client,
        "Company,First name,Last name,Email,Do not send emails\n"
        "Acme Ltd,Ada,A,ada@x.example.com,yes\n",
    )
    assert counts["refused"] == 1
    assert "Nobody would get mail about Invoice" in result_lines(staff_client, url)[0]
    assert contacts(session)[0].do_not_send_emails is False


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (HEAD.encode(), "There are no contacts in this file"),
        (HEAD.encode() + b"\n,,,\n", "There are no contacts in this file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "This is not a text file."),
        (b'a,b\n"never closed,1\n', "The quotes in row 2"),
        (b'a,b\n"' + b"x" * 400_000 + b'",1\n', "more than 32767 characters"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "of an old format"),
    ],
)
def test_files_that_are_refused(
    staff_client: FlaskClient, session: Session, content: bytes, words: str
) -> None:
    """A sentence at the field, status 422, and nothing is kept of the file."""
    answer = upload(staff_client, content)
    assert answer.status_code == 422
    assert words in texts(answer.text)
    assert 'id="file-error"' in answer.text
    assert session.scalar(select(func.count()).select_from(ContactImport)) == 0


def test_nothing_to_import_says_why(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """All rows are refused, some are while the others are as their contacts, or none is."""
    ada = {"firstname": "Ada", "lastname": "A", "email": "ada@x.example.com"}
    make_contact(make_customer(company="Acme"), **ada)
    same, wrong = "Acme,Ada,A,ada@x.example.com\n", "Nowhere,Bob,B,\n"
    for rows, said in {
        wrong: "the only row is refused",
        wrong + wrong: "all 2 rows are refused",
        same + wrong: "1 row is refused, and no other is new",
        same + wrong + wrong: "2 rows are refused, and no other is new",
        same: "no row is new, and none differs",
    }.items():
        url, _counts = check(staff_client, HEAD + rows)
        assert f"There is nothing to import: {said}" in texts(staff_client.get(url).text)


def test_what_breaks_late_leaves_nothing(
    staff_client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that turns out to be broken, or too long, after thousands of rows."""
    good = HEAD + "Acme,Ada,A,\n" * 5_000
    assert upload(staff_client, good + '"open,\n').status_code == 422
    few = file_refused.Limits(size=10**6, rows=4_000, cells=10**6)
    monkeypatch.setattr(file_refused, "IN_BROWSER", few)
    answer = upload(staff_client, good)
    assert "more than 4,000 rows" in texts(answer.text)
    for table in (ContactImport, ContactImportRow):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_no_file_and_too_large(staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing chosen is said at the field; what is far too large is not even read."""
    answer = upload(staff_client, b"", name="")
    assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)
    some = file_refused.Limits(1_000 - import_view.MARGIN, 1, 1)
    monkeypatch.setattr(file_refused, "IN_BROWSER", some)
    answer = upload(staff_client, b"x" * 2_000)
    assert (answer.status_code, "Split it" in answer.text) == (413, True)


def test_wrong_guesses_can_be_corrected(staff_client: FlaskClient, session: Session) -> None:
    """Encoding and delimiter said by staff; what does not exist is refused at its field."""
    content = "Nome|Sobrenome\nŁukasz|Żak\n".encode("cp1250")
    answer = upload(staff_client, content, encoding="cp1250", delimiter="|")
    assert "Łukasz" in staff_client.get(answer.location).text
    for field in ("encoding", "delimiter"):
        answer = upload(staff_client, content, **{field: "rot13"})
        assert answer.status_code == 422
        assert "does not exist" in texts(answer.text)
    assert upload(staff_client, content, sneaky="1").status_code == 422


def test_columns_that_cannot_be(staff_client: FlaskClient) -> None:
    """Two columns for one field, and no name: at the columns, with all choices kept."""
    columns = upload(staff_client, "First name,Last name,Mail\nAda,A,a@x.example.com\n").location
    answer = choose(staff_client, columns, {"Last name": "email", "Mail": "email"})
    assert answer.status_code == 422
    assert columns_of(answer.text)["Last name"] == "email"
    words = texts(answer.text)
    assert "Two columns go to Email" in words
    assert "Say which columns have the first and the last name." in words
    assert choose(staff_client, columns, customer="Nobody Ltd").status_code == 422
    assert choose(staff_client, columns, {"Mail": "password"}).status_code == 422
    assert choose(staff_client, columns, date_order="ymd").status_code == 422


def test_a_workbook_and_cards(staff_client: FlaskClient, session: Session, acme: Any) -> None:
    """XLSX and vCard go the same way."""
    made = openpyxl.Workbook()
    for row in (["Company", "First name", "Last name"], ["Acme Ltd", "Ada", "Lovelace"]):
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    assert import_file(staff_client, file.getvalue())["new"] == 1
    card = (
        "BEGIN:VCARD\nVERSION:4.0\nFN:Mara Way\nORG:Acme Ltd\nEMAIL:mara@x.example.com\nEND:VCARD\n"
    )
    assert import_file(staff_client, card)["new"] == 1
    assert [one.name for one in contacts(session)] == ["Ada Lovelace", "Mara Way"]
    assert {one.customer_id for one in contacts(session)} == {acme.id}


@pytest.mark.parametrize(
    ("lines", "label"),
    [("FN:Mononym", "Last name"), ("N:;Mononym;;;\nFN:Mononym", "Last name"),
     ("N:Mononym;;;;\nFN:Mononym", "First name")],
)  # fmt: skip
def test_a_card_with_one_name(staff_client: FlaskClient, lines: str, label: str) -> None:
    """Refused with the name and a sentence that fits it, at the name that is missing."""
    url, counts = check(staff_client, f"BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD\n")
    assert counts["refused"] == 1
    assert result_lines(staff_client, url) == [
        f"1 Mononym Refused {label} Mononym There is one name only. A contact has a first and a "
        "last name."
    ]


def test_ragged_rows_are_reported(staff_client: FlaskClient, acme: Any) -> None:
    """With how many cells they have; the others are imported."""
    url, counts = check(
        staff_client, HEAD + "Acme Ltd,Ada,A\nAcme Ltd,Bob,B,b@x.example.com\nAcme Ltd,Cy,C,,,\n"
    )
    assert (counts["new"], counts["refused"]) == (1, 2)
    lines = result_lines(staff_client, url, "refused")
    assert [line.split(" Refused ")[1] for line in lines] == [
        "This row has 3 cells instead of 4.", "This row has 6 cells instead of 4.",
    ]  # fmt: skip


def test_duplicates_across_chunks(
    staff_client: FlaskClient, session: Session, acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same person in a later chunk is refused like one beside it; in the dry run too."""
    monkeypatch.setattr(steps, "ROWS_AT_ONCE", 2)
    rows = [
        "Acme Ltd,Ada,A,ada@x.example.com", "Acme Ltd,Bob,B,", "Acme Ltd,Ada,A,ADA@x.example.com",
        "Acme Ltd,BOB,B,", "Acme Ltd,ada,a,", "Acme Ltd,Bob,B,bob@x.example.com",
        "Acme Ltd,Ada,A,other@x.example.com",
    ]  # fmt: skip
    url, counts = check(staff_client, HEAD + "\n".join(rows) + "\n")
    assert counts == {"new": 3, "changed": 0, "unchanged": 0, "refused": 4}
    assert run(staff_client, url) == counts
    assert [line.rpartition("Row ")[2] for line in result_lines(staff_client, url, "refused")] == [
        "2 is the same contact.", "3 is the same contact.", "2 is the same contact.",
        "3 is the same contact.",
    ]  # fmt: skip
    assert [one.email_key for one in contacts(session)] == [
        "ada@x.example.com", None, "other@x.example.com",
    ]  # fmt: skip


def test_going_on_without_script(
    staff_client: FlaskClient, session: Session, acme: Any, csrf: Callable[..., str]
) -> None:
    """A GET changes nothing; the button does some of the work and comes back to the page."""
    columns = upload(staff_client, HEAD + "Acme Ltd,Ada,A,\n").location
    url = choose(staff_client, columns).location
    for _ in range(2):
        assert "Go on" in texts(staff_client.get(url).text)
    assert staff_client.get(f"{url}/step").status_code == 405
    assert staff_client.post(f"{url}/step").status_code == 400
    answer = staff_client.post(f"{url}/step", data={"csrf_token": csrf(staff_client, url)})
    assert answer.location.endswith(url)
    assert "Import 1 contact" in texts(staff_client.get(url).text)
    assert contacts(session) == []


def test_thousands_of_rows(staff_client: FlaskClient, acme: Any, csrf: Callable[..., str]) -> None:
    """Numbers are written as everywhere else; while an import is at work its head says how many
    rows there are, and what is done stands beside the bar alone, which moves."""
    people = "".join(f"Acme Ltd,Ada,A{number},\n" for number in range(1200))
    columns = upload(staff_client, HEAD + people).location
    assert "1,200 rows" in texts(staff_client.get(columns).text)
    url = choose(staff_client, columns).location
    assert "Being checked · 1,200 rows" in texts(staff_client.get(url).text)
    go_on(staff_client, url)
    assert "Import 1,200 contacts" in texts(staff_client.get(url).text)
    staff_client.post(f"{url}/run", data={"csrf_token": csrf(staff_client, url)})
    at_work = texts(staff_client.get(url).text)
    assert "Being imported · 1,200 rows" in at_work
    assert "0 / 1,200" in at_work
    go_on(staff_client, url)
    assert "Imported · 1,200 of 1,200 rows" in texts(staff_client.get(url).text)


def test_twice_is_once(
    staff_client: FlaskClient, session: Session, acme: Any, csrf: Callable[..., str]
) -> None:
    """Pressing Import again, or importing the same file again, makes nobody twice."""
    content = HEAD + "Acme Ltd,Ada,A,ada@x.example.com\nAcme Ltd,Bob,B,\n"
    url, _counts = check(staff_client, content)
    run(staff_client, url)
    answer = staff_client.post(f"{url}/run", data={"csrf_token": csrf(staff_client, url)})
    page = staff_client.get(answer.location).text
    assert "has gone on meanwhile" in texts(page)
    assert check(staff_client, content)[1] == {"new": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert len(contacts(session)) == 2


def test_forgetting_a_file(
    staff_client: FlaskClient, session: Session, acme: Any, csrf: Callable[..., str]
) -> None:
    """The file goes, what came out of it stays."""
    url, _counts = check(staff_client, HEAD + "Acme Ltd,Ada,A,ada@x.example.com\n")
    run(staff_client, url)
    answer = staff_client.post(f"{url}/discard", data={"csrf_token": csrf(staff_client, url)})
    assert answer.location.endswith(URL)
    assert staff_client.get(url).status_code == 404
    assert session.scalar(select(func.count()).select_from(ContactImportRow)) == 0
    assert len(contacts(session)) == 1


def test_staff_see_their_own_customers(
    staff: Callable[..., FlaskClient],
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    make_contact: Make,
) -> None:
    """Hidden customers are unknown, their contacts are found by nothing, and the files of others
    are not there (S7)."""
    mine = make_customer(company="Mine Ltd")
    hidden = make_customer(company="Hidden Ltd", **({"region": "South"} if LIMITS_STAFF else {}))
    make_contact(hidden, firstname="Hal", lastname="Hidden", email="hal@x.example.com")
    theirs, _counts = check(staff_client, HEAD + "Hidden Ltd,Ada,A,\n")
    client = staff(mine)
    url, counts = check(
        client,
        HEAD + "Hidden Ltd,Ada,A,\n,Hal,Hidden,hal@x.example.com\nMine Ltd,Bob,B,b@x.example.com\n",
    )
    assert counts == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    assert "There is no company of this name" in result_lines(client, url, "refused")[0]
    run(client, url)
    assert contacts(session)[0].lastname == "Hidden"
    for path in ("", "/columns", "/refused.csv", "?outcome=new"):
        assert client.get(f"{theirs}{path}").status_code == 404
    assert "people.csv" in client.get(URL).text
    assert client.get(URL).text.count("people.csv") == 1


def test_who_may_not_import(app: Flask, client: FlaskClient) -> None:
    """Without the permission there is no page; nobody anonymous gets one."""
    assert client.get(URL).status_code == 302
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        sm.add_user("ned", "Ned", "Staff", "ned@example.com", sm.add_role("None"), "ned")
    assert testing.staff_sign_in(client, "ned", "ned").status_code == 302
    assert client.get(URL).status_code in {302, 403}


def test_junk_in_the_address(staff_client: FlaskClient, acme: Any) -> None:
    """A page that is not there, never an error of the server."""
    url, _counts = check(staff_client, HEAD + "Acme Ltd,Ada,A,\n")
    for path in (
        f"{url}?outcome=x",
        f"{url}?after=x",
        f"{url}?after=99999999999",
        f"{URL}?after=-",
    ):
        assert staff_client.get(path).status_code == 404
    assert staff_client.get("/contacts-import/999/columns").status_code == 404
    assert staff_client.get(f"{url}?after=999").status_code == 200


def test_receivers_are_told(app: Flask, staff_client: FlaskClient, acme: Any) -> None:
    """The host hears of each contact that was made or changed, as after a form."""
    told: list[tuple[str, int]] = []

    def created(_app: Flask, contact_id: int) -> None:
        told.append(("created", contact_id))

    def changed(_app: Flask, contact_id: int) -> None:
        told.append(("changed", contact_id))

    with (
        signals.contact_created.connected_to(created, app),
        signals.contact_changed.connected_to(changed, app),
    ):
        import_file(staff_client, HEAD + "Acme Ltd,Ada,A,\nAcme Ltd,Bob,B,\n")
        import_file(staff_client, "Company,First name,Last name,Position\nAcme Ltd,Ada,A,Buyer\n")
    assert [kind for kind, _key in told] == ["created", "created", "changed"]
    assert told[0] == ("created", told[2][1])


def test_the_cost_does_not_grow(
    staff_client: FlaskClient,
    session: Session,
    acme: Any,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    """A thousand rows take as many statements as ten; so do the pages."""
    counts = []
    for number in (10, 500):
        rows = "".join(f"Acme Ltd,Ada,A{n},n{n}-{number}@x.example.com\n" for n in range(number))
        columns = upload(staff_client, HEAD + rows).location
        url = choose(staff_client, columns).location
        with statements() as seen:
            go_on(staff_client, url)
            run(staff_client, url)
            staff_client.get(url)
            staff_client.get(URL)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2


def label(customer: Any) -> str:
    """A customer as the form offers it."""
    return f"{getattr(customer, CUSTOMER_NAME)} (#{customer.id})"


@pytest.mark.parametrize("option", ["create_customers", "invite"])
def test_no_more_than_staff_may(
    staff: Callable[..., FlaskClient], session: Session, acme: Any, option: str
) -> None:
    """Customers and logins are made by who may make them otherwise: no box, and none forged."""
    client = staff(acme)
    columns = upload(client, HEAD + "New Co,Ada,A,ada@x.example.com\n").location
    assert f'name="{option}"' not in client.get(columns).text
    assert choose(client, columns, **{option: "y"}).status_code == 422
    assert session.scalar(select(ContactImport.state)) == "mapping"


INVITES = (("can_generate_login", "Customer contacts"), ("can_send", "Contacts invitations"))


@CREATES
def test_who_may_create_and_invite(
    staff: Callable[..., FlaskClient], session: Session, acme: Any
) -> None:
    """With the rights to both an import does both, and the new customer is its maker's."""
    client = staff(acme, ("can_add", "Contacts customers"), *INVITES)
    content = HEAD + "New Co,Ada,A,ada@x.example.com\n"
    assert import_file(client, content, create_customers="y", invite="y")["new"] == 1
    assert session.scalar(select(func.count()).select_from(Login)) == 1
    assert session.scalar(select(func.count()).select_from(CustomerAdmin)) == 2


def test_a_right_that_is_taken_away(
    app: Flask, staff: Callable[..., FlaskClient], session: Session, acme: Any
) -> None:
    """Between the dry run and the import: it is said, and nobody is invited."""
    client = staff(acme, *INVITES)
    url, _counts = check(client, HEAD + "Acme Ltd,Ada,A,ada@x.example.com\n", invite="y")
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        pair = sm.find_permission_view_menu(*INVITES[0])
        sm.del_permission_role(sm.find_role("North"), pair)
    answer = client.post(f"{url}/run", data={"csrf_token": testing.csrf_token(client, url)})
    assert "You may not invite contacts" in texts(client.get(answer.location).text)
    assert contacts(session) == []


def test_a_name_that_no_database_takes(staff_client: FlaskClient, session: Session) -> None:
    """A browser may send anything as the file's name."""
    token = testing.csrf_token(staff_client, URL)
    parts = "".join(
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("csrf_token", token), ("encoding", ""), ("delimiter", ""))
    )
    file = (
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%00b%0A.csv\r\n"
        f"Content-Type: text/csv\r\n\r\n{HEAD},Ada,A,\r\n--XX--\r\n"
    )
    kind = "multipart/form-data; boundary=XX"
    answer = staff_client.post(URL, data=(parts + file).encode(), content_type=kind)
    assert answer.status_code == 302
    assert session.scalar(select(ContactImport.filename)) == "ab.csv"


def test_what_is_left_out_is_said(staff_client: FlaskClient, session: Session, acme: Any) -> None:
    """A birthday without a year refuses no row; the report says that it is not taken."""
    url, _counts = check(
        staff_client, "First name,Last name,Birthday\nAda,A,--12-10\nBob,B,1985-06-30\n"
    )
    assert result_lines(staff_client, url) == [
        "2 Ada A New Birthday --12-10 Left out: it has no year.", "3 Bob B New",
    ]  # fmt: skip
    run(staff_client, url)
    assert [str(one.birthday) for one in contacts(session)] == ["None", "1985-06-30"]


def test_errors_of_a_workbook(staff_client: FlaskClient, session: Session, acme: Any) -> None:
    """They are nobody's name and no address: the report says of each what becomes of it."""
    made = openpyxl.Workbook()
    for row in (
        ["First name", "Last name", "Company", "Email"],
        ["#N/A", "X", "Acme Ltd", "x@acme.example.com"],
        ["Ada", "A", "#REF!", "ada@acme.example.com"],
        ["Bob", "B", "Acme Ltd", "#DIV/0!"],
    ):
        made.active.append(row)
    assert [cell.data_type for cell in (made.active["A2"], made.active["D4"])] == ["e", "e"]
    file = io.BytesIO()
    made.save(file)
    url, _counts = check(staff_client, file.getvalue())
    here = "The spreadsheet has an error here (%s)."
    there = "Left out: the spreadsheet has an error there (%s)."
    assert result_lines(staff_client, url) == [
        f"2 #N/A X Refused First name #N/A {here % '#N/A'}",
        f"3 Ada A Refused Company #REF! {here % '#REF!'}",
        f"4 Bob B New Email #DIV/0! {there % '#DIV/0!'}",
    ]
    run(staff_client, url)
    assert [(one.name, one.email) for one in contacts(session)] == [("Bob B", None)]


def test_values_of_a_new_row(staff_client: FlaskClient, acme: Any) -> None:
    """A new row unfolds what the file says of the contact, without columns that are left out;
    a row that changes a contact says only what differs."""
    head = "First,Last,Company,Shoe size,Remark\n"
    url, counts = check(
        staff_client,
        head + "Ada,<b>Bold</b>,Acme Ltd,38,Likes tea\n",
    )
    assert counts["new"] == 1
    html = staff_client.get(url).text
    found = re.findall(r"(?s)<details>(.*?)</details>", html)
    assert [texts(one) for one in found] == [
        "4 values First name Ada Last name <b>Bold</b> Company Acme Ltd Notes Likes tea"
    ]
    assert "<b>Bold" not in html
    run(staff_client, url)
    url, counts = check(staff_client, head + "Ada,<b>Bold</b>,Acme Ltd,38,Likes cake\n")
    assert counts["changed"] == 1
    assert "<details>" not in staff_client.get(url).text.partition("<tbody>")[2]


def test_columns_corrected_meanwhile(
    staff_client: FlaskClient,
    session: Session,
    acme: Any,
    make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a step of the former dry run still does, does not count: the new one says it all."""
    make_contact(acme, firstname="Ada", lastname="A0", email="a0@x.example.com")
    monkeypatch.setattr(steps, "ROWS_AT_ONCE", 1)
    rows = "".join(f"Acme Ltd,Eva,A{n},a{n}@x.example.com\n" for n in range(4))
    columns = upload(staff_client, HEAD + rows).location
    choose(staff_client, columns, {"Email": ""})
    once, corrected = steps._advance_once, []

    def correct(session: Session, job: Any, state: str, size: int, **options: Any) -> Any:
        if not corrected:
            corrected.append(choose(staff_client, columns, {"Email": "email"}).location)
        return once(session, job, state, size, **options)

    url = choose(staff_client, columns, {"Email": ""}).location
    monkeypatch.setattr(steps, "_advance_once", correct)
    said = go_on(staff_client, url)["counts"]
    assert corrected
    assert said == {"new": 3, "changed": 1, "unchanged": 0, "refused": 0}
    assert run(staff_client, url) == said


@CREATES
def test_duplicates_at_a_new_customer(
    staff_client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer is made in one step, the row is repeated in a later one: it changes nobody."""
    monkeypatch.setattr(steps, "_INVITED_AT_ONCE", 2)
    rows = [
        "New Co,Ada,A,ada@x.example.com,CEO", "NEW CO,Bob,B,bob@x.example.com,",
        "New Co,Cy,C,cy@x.example.com,", "new co,Ada,A,ADA@x.example.com,Janitor",
    ]  # fmt: skip
    head = HEAD.replace("\n", ",Position\n")
    url, said = check(staff_client, head + "\n".join(rows), create_customers="y", invite="y")
    assert said == {"new": 3, "changed": 0, "unchanged": 0, "refused": 1}
    assert run(staff_client, url) == said
    assert [one.position for one in contacts(session)] == ["CEO", None, None]
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
