"""The example's projects: milestones, tasks, comments and files, for both sides."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from werkzeug.test import TestResponse

from example_app.clock import now
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.demo_files import demo_file
from example_app.models import Project, ProjectComment, ProjectFile, Task
from flask_contacts.models import Contact, Customer, CustomerAdmin, PortalSession
from flask_contacts.testing import count_statements, csrf_token, portal_sign_in, staff_sign_in
from tests.example import filled_example
from tests.first_state import keep_first_state

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

OLIVIA = "olivia.hart@aurora-bakery.example"
ZOE = "zoe@aurora-bakery.example"
TOM = "tom.okafor@aurora-bakery.example"
CONCEICAO = "conceicao@padaria-sao-joao.example"
STUDIO = "studio@northwind.example"
SHOP = "Online shop for pre-orders"
BRAND = "Brand refresh and packaging"
LOYALTY = "Loyalty card and delivery page"
PNG = demo_file("shop.png").content
PDF = demo_file("proof.pdf").content
XSS = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
Captured = Callable[..., list[EmailMessage]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and how to get that back."""
    app = filled_example(tmp_path_factory.mktemp("projects"))
    return app, keep_first_state(app)


@pytest.fixture
def app(example: tuple[Flask, Callable[[], None]]) -> Iterator[Flask]:
    """The example as it is after its first start."""
    app, restore = example
    restore()
    config = dict(app.config)
    yield app
    app.config.update(config)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def contact(app: Flask) -> Callable[[str], FlaskClient]:
    """``contact(email)`` is a browser in which that contact has signed in."""

    def sign_in(email: str) -> FlaskClient:
        client = app.test_client()
        assert portal_sign_in(client, email, DEMO_PASSWORD).status_code in {302, 303}
        return client

    return sign_in


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """A browser in which the administrator has signed in."""
    client = app.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    return client


@pytest.fixture
def number(app: Flask) -> Callable[[str], int]:
    """``number(name)`` is the key of the project with that name."""

    def find(name: str) -> int:
        with app.app_context():
            return db.session.scalars(select(Project.id).where(Project.name == name)).one()

    return find


def post(client: FlaskClient, url: str, *files: tuple[bytes, str], **typed: str) -> TestResponse:
    """Post a portal form with files to its own address."""
    data: dict[str, Any] = {**typed, "csrf_token": csrf_token(client, "/portal/account/")}
    data["files"] = [(BytesIO(content), name) for content, name in files]
    return client.post(url, data=data, content_type="multipart/form-data")


def staff_post(
    client: FlaskClient, key: int, *files: tuple[bytes, str], **typed: str
) -> TestResponse:
    """Post the form on a project's page in the admin."""
    token = csrf_token(client, f"/projectview/show/{key}")
    data: dict[str, Any] = {**typed, "csrf_token": token}
    data["files"] = [(BytesIO(content), name) for content, name in files]
    return client.post(f"/projectview/write/{key}", data=data, content_type="multipart/form-data")


def counts(app: Flask) -> tuple[int, int]:
    """How many comments and files there are."""
    with app.app_context():
        comments = db.session.scalar(select(func.count(ProjectComment.id)))
        return comments or 0, db.session.scalar(select(func.count(ProjectFile.id))) or 0


def files_of(app: Flask, project: int, email: str | None = None) -> list[int]:
    """The keys of a project's files, of one contact or of all."""
    with app.app_context():
        wanted = select(ProjectFile.id).where(ProjectFile.project_id == project)
        if email is not None:
            wanted = wanted.join(Contact).where(Contact.email == email)
        return list(db.session.scalars(wanted))


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def receivers(mails: list[EmailMessage]) -> list[str]:
    """Whom the mails went to."""
    return sorted(str(mail["To"]) for mail in mails)


# What a project's page shows


def test_a_project_shows_what_happens(app: Flask, contact: Any, number: Any) -> None:
    """Progress, milestones with their days, tasks, files, comments with author and time."""
    page = contact(OLIVIA).get(f"/portal/projects/{number(SHOP)}").text
    for part in (
        *("<progress", "71%", "Milestones", "Visual design of the templates", "Go live"),
        *("Site map and wireframes", "oven-list-proof.pdf", "ovens-and-loaves.csv"),
        *("Twice the size, and the loaves sorted by shelf.", "Priya Raman", "10:24"),
    ):
        assert part in page
    assert page.count("studio-milestone-done") == 1
    assert "studio-milestone-late" not in page


def test_a_milestone_that_was_missed_says_so(app: Flask, contact: Any, number: Any) -> None:
    """Its day has passed and it is not done."""
    key = number(SHOP)
    with app.app_context():
        task = db.session.scalars(
            select(Task).where(Task.project_id == key, Task.title == "Go live")
        ).one()
        task.due_on = now().date() - timedelta(days=1)
        db.session.commit()
    page = contact(OLIVIA).get(f"/portal/projects/{key}").text
    assert page.count("studio-milestone-late") == 1
    assert "late" in page


def test_everything_comes_in_pages(app: Flask, contact: Any, number: Any) -> None:
    """Many tasks, comments and files cost no more statements, and old ones are found."""
    key, client = number(SHOP), contact(ZOE)
    url = f"/portal/projects/{key}"
    with app.app_context():
        engine = db.engine
    client.get(url)
    with count_statements(engine) as few:
        client.get(url)
    with app.app_context():
        signed = {"author": "Ines", "by_staff": True, "sent_at": now(), "project_id": key}
        for place in range(60):
            db.session.add(ProjectComment(body=f"Word {place:03}", **signed))
            db.session.add(ProjectFile.of(demo_file(f"file-{place:03}.png"), **signed))
            db.session.add(Task(project_id=key, customer_id=1, title=f"Step {place:03}"))
        db.session.commit()
    with count_statements(engine) as many:
        page = client.get(url).text
    assert len(many) == len(few) <= 6
    for kind, last, first in (("Word", "059", "035"), ("file-", "059", "035")):
        assert f"{kind} {last}".replace("- ", "-") in page
        assert f"{kind} {first}".replace("- ", "-") in page
        assert f"{kind} 034".replace("- ", "-") not in page
    assert "Step 017" in page
    assert "Step 018" not in page
    for argument, wanted in (("before", "Word 034"), ("files_before", "file-034.png")):
        [older] = re.findall(rf'href="({url}\?{argument}=\d+)', page)
        assert wanted in client.get(older).text
    [tasks] = re.findall(rf'href="({url}\?tasks_after=[^"#]+)', page)
    assert "Step 018" in client.get(html.unescape(tasks)).text
    for garbage in ("x", "-1", "0", "9" * 30, "\0"):
        for argument in ("before", "files_before", "tasks_after"):
            assert client.get(url, query_string={argument: garbage}).status_code == 404


# Comments


def test_a_comment_reaches_who_wants_it(
    app: Flask, contact: Any, number: Any, captured_mail: Captured
) -> None:
    """Olivia writes: Zoë, who wants mail about projects, and the studio read it; she does not."""
    key = number(SHOP)
    client = contact(OLIVIA)
    answer = post(client, f"/portal/projects/{key}/comment", message="Lovely.\nGo on!")
    assert answer.status_code == 303
    assert "Lovely.\nGo on!" in client.get(answer.location).text
    mails = captured_mail()
    assert receivers(mails) == [STUDIO, ZOE]
    assert all("Olivia Hart" in text_of(mail) for mail in mails)
    post(contact(ZOE), f"/portal/projects/{key}/comment", message="I agree")
    assert receivers(captured_mail()[2:]) == [STUDIO]


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("  \n ", "Write a message first."),
        ("y" * 100_000, "This has 100,000 characters; at most 16,000 can be sent."),
    ],
)
def test_a_comment_that_cannot_be(
    app: Flask, contact: Any, number: Any, typed: str, error: str
) -> None:
    """422, the error at its field, nothing lost and nothing saved."""
    before = counts(app)
    answer = post(contact(OLIVIA), f"/portal/projects/{number(SHOP)}/comment", message=typed)
    assert answer.status_code == 422
    assert error in html.unescape(answer.text)
    assert typed.strip() in answer.text
    assert counts(app) == before


def test_markup_stays_text(app: Flask, contact: Any, admin: FlaskClient, number: Any) -> None:
    """Comments and names of files are shown as typed, in the portal and in the admin."""
    key, client = number(SHOP), contact(OLIVIA)
    assert post(client, f"/portal/projects/{key}/comment", message=XSS).status_code == 303
    sent = post(client, f"/portal/projects/{key}/upload", (PNG, "<img src=x onerror=alert(3)>.png"))
    assert sent.status_code == 303
    for page in (
        client.get(f"/portal/projects/{key}").text,
        admin.get(f"/projectview/show/{key}").text,
        admin.get("/projectfileview/list/").text,
    ):
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
    assert "_img src=x onerror=alert(3)_.png" in client.get(f"/portal/projects/{key}").text


# Files


def test_a_file_is_uploaded_and_fetched(
    app: Flask, contact: Any, number: Any, captured_mail: Captured
) -> None:
    """By one contact, fetched by a colleague: the same bytes, for saving only."""
    key = number(SHOP)
    sent = post(contact(ZOE), f"/portal/projects/{key}/upload", (PNG, "ofen.png"), (PDF, "x.pdf"))
    assert sent.status_code == 303
    mails = captured_mail()
    assert receivers(mails) == [STUDIO]
    assert "Files: ofen.png, x.pdf" in text_of(mails[0])
    newest = max(files_of(app, key))
    client = contact(OLIVIA)
    assert f"/portal/files/projects/{newest}" in client.get(f"/portal/projects/{key}").text
    file = client.get(f"/portal/files/projects/{newest}")
    assert file.data == PDF
    assert file.headers["Content-Disposition"] == "attachment; filename=x.pdf"
    assert file.headers["X-Content-Type-Options"] == "nosniff"


BAD_FILES = {
    "none": ([], "Choose a file first."),
    "a program": ([(b"MZ\x90\x00" + b"\0" * 99, "plan.pdf")], "is not what its name says"),
    "a picture with script": ([(b"<svg><script/></svg>", "a.svg")], "is not taken here"),
    "a page": ([(b"<html></html>", "a.html")], "is not taken here"),
    "nothing": ([(b"", "empty.png")], "is empty"),
    "eleven": ([(PNG, f"{place}.png") for place in range(11)], "Choose at most 5 files."),
    "too large": ([(PNG + b"\0" * 4000, "large.png")], "is larger than"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_at_its_field(
    app: Flask, contact: Any, admin: FlaskClient, number: Any, name: str
) -> None:
    """On both sides; nothing is saved, and what staff had typed stays."""
    app.config["CONTACTS_UPLOAD_MAX_BYTES"] = 4000
    files, error = BAD_FILES[name]
    key, before = number(SHOP), counts(app)
    answer = post(contact(OLIVIA), f"/portal/projects/{key}/upload", *files)
    assert answer.status_code == 422
    assert error in answer.text
    if files:
        inside = staff_post(admin, key, *files, message="Typed with care")
        assert inside.status_code == 422
        assert error in inside.text
        assert "Typed with care" in inside.text
    assert counts(app) == before


def test_own_files_can_be_taken_back(app: Flask, contact: Any, number: Any) -> None:
    """After a question, by who uploaded it and nobody else; a GET removes nothing."""
    key = number(SHOP)
    own = files_of(app, key, ZOE)
    url = f"/portal/files/projects/{own[0]}/remove"
    client, before = contact(ZOE), counts(app)
    page = client.get(f"/portal/projects/{key}").text
    assert [
        int(one) for one in re.findall(r'/portal/files/projects/(\d+)/remove"', page)
    ] == sorted(own, reverse=True)
    assert "Remove this file?" in client.get(url).text
    assert counts(app) == before
    olivia = contact(OLIVIA)
    assert f"{url}" not in olivia.get(f"/portal/projects/{key}").text
    assert olivia.get(url).status_code == 403
    assert post(olivia, url).status_code == 403
    assert counts(app) == before
    answer = post(client, url)
    assert answer.status_code == 303
    assert "is removed" in client.get(answer.location).text
    assert counts(app) == (before[0], before[1] - 1)
    assert post(client, url).status_code == 404
    assert client.get(f"/portal/files/projects/{own[0]}").status_code == 404


def test_files_of_a_finished_project_stay(app: Flask, contact: Any, number: Any) -> None:
    """Both sides rely on them by then."""
    key = number(SHOP)
    file = files_of(app, key, ZOE)[0]
    with app.app_context():
        db.session.get_one(Project, key).status = "finished"
        db.session.commit()
    client, before = contact(ZOE), counts(app)
    assert "/remove" not in client.get(f"/portal/projects/{key}").text
    assert post(client, f"/portal/files/projects/{file}/remove").status_code == 403
    assert counts(app) == before


# Whose it is


def test_another_customers_project_is_not_there(app: Flask, contact: Any, number: Any) -> None:
    """404 for its page, its actions and its files; nothing changes."""
    key, client = number(LOYALTY), contact(OLIVIA)
    [file] = files_of(app, key)
    before = counts(app)
    assert client.get(f"/portal/projects/{key}").status_code == 404
    for url in (f"/portal/files/projects/{file}", f"/portal/files/projects/{file}/remove"):
        assert client.get(url).status_code == 404
    assert post(client, f"/portal/files/projects/{file}/remove").status_code == 404
    assert post(client, f"/portal/projects/{key}/comment", message="Mine").status_code == 404
    assert post(client, f"/portal/projects/{key}/upload", (PNG, "a.png")).status_code == 404
    for nothing in ("0", "999999999", "99999999999999999999", "x", "-1"):
        assert client.get(f"/portal/files/projects/{nothing}").status_code == 404
    assert counts(app) == before
    assert contact(CONCEICAO).get(f"/portal/files/projects/{file}").status_code == 200


def test_without_the_permission_nothing_opens(app: Flask, contact: Any, number: Any) -> None:
    """403 for whoever may not see Projects; the sign-in page for whoever is not signed in."""
    key, before = number(SHOP), counts(app)
    tom, nobody = contact(TOM), app.test_client()
    file = files_of(app, key)[0]
    for url in (
        "/portal/projects/", f"/portal/projects/{key}", f"/portal/projects/{key}/comment",
        f"/portal/files/projects/{file}", f"/portal/files/projects/{file}/remove",
    ):  # fmt: skip
        assert tom.get(url).status_code == 403
        assert "/portal/sign-in" in nobody.get(url).location
    assert post(tom, f"/portal/projects/{key}/comment", message="Hello").status_code == 403
    assert post(tom, f"/portal/projects/{key}/upload", (PNG, "a.png")).status_code == 403
    assert post(tom, f"/portal/files/projects/{file}/remove").status_code == 403
    assert counts(app) == before


def test_a_session_that_ends_in_the_middle(app: Flask, contact: Any, number: Any) -> None:
    """Nothing is saved, and the way leads back to the form."""
    client, before, key = contact(OLIVIA), counts(app), number(SHOP)
    token = csrf_token(client, "/portal/account/")
    with app.app_context():
        db.session.execute(delete(PortalSession))
        db.session.commit()
    url = f"/portal/projects/{key}/comment"
    answer = client.post(url, data={"csrf_token": token, "message": "Too late"})
    assert answer.status_code == 403
    assert "Too late" in answer.text
    assert f"next={url}" in answer.text
    assert counts(app) == before


# The studio's side


def test_staff_comment_with_files(
    app: Flask, contact: Any, admin: FlaskClient, number: Any, captured_mail: Captured
) -> None:
    """One mail for both, to who wants mail about projects; the portal shows both."""
    key = number(SHOP)
    answer = staff_post(admin, key, (PDF, "plan-b.pdf"), message="Two weeks later, sorry.")
    assert answer.status_code == 302
    [mail] = captured_mail()
    assert str(mail["To"]) == ZOE
    assert "Two weeks later, sorry." in text_of(mail)
    assert "Files: plan-b.pdf" in text_of(mail)
    page = contact(ZOE).get(f"/portal/projects/{key}").text
    for part in ("Two weeks later, sorry.", "plan-b.pdf", "Ada Lindqvist"):
        assert part in page


def test_staff_send_files_alone(
    app: Flask, admin: FlaskClient, number: Any, captured_mail: Captured
) -> None:
    """Words may be left out; both may not."""
    key = number(SHOP)
    assert staff_post(admin, key, (PDF, "plan-b.pdf")).status_code == 302
    [mail] = captured_mail()
    assert "has added files" in text_of(mail)
    nothing = staff_post(admin, key, message=" ")
    assert nothing.status_code == 422
    assert "Write a message first." in nothing.text


def test_staff_fetch_and_delete_files(
    app: Flask, contact: Any, admin: FlaskClient, number: Any
) -> None:
    """The tab Files links to them; a file of another project is 404 through this one."""
    key = number(SHOP)
    file, foreign = files_of(app, key)[0], files_of(app, number(BRAND))[0]
    page = admin.get(f"/projectview/show/{key}").text
    assert f"/projectview/file/{key}/{file}" in page
    fetched = admin.get(f"/projectview/file/{key}/{file}")
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert admin.get(f"/projectview/file/{key}/{foreign}").status_code == 404
    before = counts(app)
    token = csrf_token(admin, f"/projectview/show/{key}")
    assert admin.get(f"/projectfileview/delete/{file}").status_code in {302, 405}
    assert counts(app) == before
    admin.post(f"/projectfileview/delete/{file}", data={"csrf_token": token})
    assert counts(app) == (before[0], before[1] - 1)
    assert contact(OLIVIA).get(f"/portal/files/projects/{file}").status_code == 404


def test_staff_pages_cost_the_same_for_many(app: Flask, admin: FlaskClient, number: Any) -> None:
    """The project's page with all its tabs: one comment and file, or forty of many authors."""
    key = number(SHOP)
    url = f"/projectview/show/{key}"
    with app.app_context():
        engine = db.engine
    admin.get(url)
    with count_statements(engine) as few:
        admin.get(url)
    with app.app_context():
        ids = list(db.session.scalars(select(Contact.id).where(Contact.customer_id == 1)))
        for place in range(40):
            signed = {"contact_id": ids[place % len(ids)], "sent_at": now(), "project_id": key}
            db.session.add(ProjectComment(body=f"Word {place}", **signed))
            db.session.add(ProjectFile.of(demo_file(f"{place}.png"), **signed))
        db.session.commit()
    with count_statements(engine) as many:
        assert admin.get(url).status_code == 200
    assert len(many) == len(few)


def test_limited_staff_see_their_customers_projects_only(app: Flask, number: Any) -> None:
    """S7: 404 for the page, the form and the files of others, and no row of them in lists."""
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        role = manager.add_role("One customer")
        for right in (
            ("can_list", "ProjectView"), ("can_show", "ProjectView"), ("can_write", "ProjectView"),
            ("can_list", "ProjectFileView"), ("can_delete", "ProjectFileView"),
        ):  # fmt: skip
            manager.add_permission_role(role, manager.find_permission_view_menu(*right))
        user = manager.add_user("lim", "Lim", "Ited", "lim@northwind.example", role, "lim")
        padaria = db.session.scalars(
            select(Customer.id).where(Customer.company == "Padaria São João Ltda")
        ).one()
        db.session.add(CustomerAdmin(customer_id=padaria, staff_id=user.id))
        db.session.commit()
    client, before = app.test_client(), counts(app)
    assert staff_sign_in(client, "lim", "lim").status_code == 302
    mine, hidden = number(LOYALTY), number(SHOP)
    foreign = files_of(app, hidden)[0]
    assert client.get(f"/projectview/show/{mine}").status_code == 200
    token = csrf_token(client, f"/projectview/show/{mine}")
    assert client.get(f"/projectview/show/{hidden}").status_code == 404
    assert client.get(f"/projectview/file/{hidden}/{foreign}").status_code == 404
    sent = client.post(f"/projectview/write/{hidden}", data={"csrf_token": token, "message": "x"})
    assert sent.status_code == 404
    client.post(f"/projectfileview/delete/{foreign}", data={"csrf_token": token})
    assert counts(app) == before
    listed = client.get("/projectfileview/list/").text
    assert "bairros.csv" in listed
    assert "oven-list-proof.pdf" not in listed
