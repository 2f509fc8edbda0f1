"""The frame of the admin's pages, parts of which are kept: the same as if each was written anew."""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel.speaklater import LazyString
from jinja2 import ChoiceLoader, DictLoader

from flask_contacts import testing
from flask_contacts.admin import page_frame
from tests import host_app
from tests.host_app import ADMIN, create_host_app
from tests.staff_people import VIEW_ALL, add_staff, browser_of

URL = "/customer-contacts/"
LIST = ("can_list", "Customer contacts")
CRM = ("menu_access", "CRM")
ENTRY = ("menu_access", "contacts_all")
ANOTHER = ("menu_access", "contacts_duplicates")
#: Each makes a host of its own, and asks about the frame alone.
ONCE = pytest.mark.bundled_only(reason="a frame is a host's, whoever its customers are")


def head_and_menu(client: FlaskClient) -> tuple[str, str]:
    """The style sheets and scripts, and the menu of a page, without the spaces between."""
    html = client.get(URL).text
    menu = html[html.index("<header") : html.index("</header>")]
    return " ".join(re.findall("<(?:link|script) [^>]+>", html)), " ".join(menu.split())


def test_the_templates_were_read(app: Flask) -> None:
    """The frame is kept of templates alone that were read for it; where Flask-AppBuilder brings
    new ones they are to be read again, and their digests noted in ``page_frame.READ``."""
    loader = app.jinja_env.loader
    assert loader is not None
    digests = {
        name: hashlib.sha256(loader.get_source(app.jinja_env, name)[0].encode()).hexdigest()
        for name in page_frame.READ
    }
    assert digests == page_frame.READ


def test_the_same_as_written_anew(
    app: Flask, staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who gets the parts that were kept for somebody else sees what is written for them alone."""
    add_staff(app, "sam", LIST, CRM, ENTRY, VIEW_ALL)
    browsers = [staff_client, browser_of(app, "sam"), browser_of(app, "sam")]
    browsers[-1].get("/lang/pt_BR")
    kept = [[head_and_menu(one) for one in browsers] for _ in range(2)][-1]
    monkeypatch.setattr(page_frame, "_is_known", lambda: False)
    assert kept == [head_and_menu(one) for one in browsers]
    assert len({menu for _head, menu in kept}) == 3
    assert "Ada Min" in kept[0][1]
    assert "Sam Staff" in kept[1][1]


def test_what_is_taken_away_is_gone(app: Flask) -> None:
    """An entry of the menu goes with the permission, and comes with it, at once."""
    add_staff(app, "sam", LIST, CRM, ENTRY, VIEW_ALL)
    sam = browser_of(app, "sam")
    for change, shown in (("add", True), ("del", False), ("add", True)):
        assert ("Duplicates</a>" in head_and_menu(sam)[1]) is not shown
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role, pair = sm.find_role("Role of sam"), sm.find_permission_view_menu(*ANOTHER)
            getattr(sm, f"{change}_permission_role")(role, pair)
        assert ("Duplicates</a>" in head_and_menu(sam)[1]) is shown


@pytest.fixture
def other(tmp_path: Path) -> Flask:
    """A host of its own, which has answered nothing yet."""
    return create_host_app(f"sqlite:///{tmp_path / 'other.db'}")


def signed_in(app: Flask) -> FlaskClient:
    """A browser in which its administrator has signed in."""
    client = app.test_client()
    assert testing.staff_sign_in(client, *ADMIN).status_code == 302
    return client


@ONCE
def test_a_menu_of_the_host(other: Flask) -> None:
    """A template of the host's own is written for each page: nobody knows what stands in it."""
    own = DictLoader({"appbuilder/navbar.html": "<p>{{ request.args.get('page') }}</p>"})
    other.jinja_loader = ChoiceLoader([own, other.jinja_loader])  # type: ignore[list-item]
    client = signed_in(other)
    for page in ("one", "two"):
        assert f"<p>{page}</p>" in client.get(f"{URL}?page={page}").text


@ONCE
def test_addresses_of_the_host(other: Flask) -> None:
    """Where the host puts something into every address, it stands in those of the frame."""
    count = iter(range(10_000))

    @other.url_defaults
    def number(_endpoint: str, values: dict[str, object]) -> None:
        values.setdefault("v", next(count))

    client = signed_in(other)
    assert head_and_menu(client)[0] != head_and_menu(client)[0]


@ONCE
def test_an_application_that_makes_its_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host's own class of application may make another address for each page."""
    count = itertools.count()

    class Own(Flask):
        def url_for(self, endpoint: str, **values: Any) -> str:  # type: ignore[override]
            return f"{super().url_for(endpoint, **values)}?v={next(count)}"

    monkeypatch.setattr(host_app, "Flask", Own)
    client = signed_in(create_host_app(f"sqlite:///{tmp_path / 'own.db'}"))
    assert head_and_menu(client)[0] != head_and_menu(client)[0]


def test_a_label_that_changes(
    app: Flask, staff_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry of the menu may say something else on each page: a host's count, for example."""
    entry = app.appbuilder.menu.find("contacts_all")  # type: ignore[attr-defined]
    count = itertools.count()
    monkeypatch.setattr(entry, "label", LazyString(lambda: f"Open {next(count)}"))
    assert head_and_menu(staff_client)[1] != head_and_menu(staff_client)[1]


@ONCE
def test_scripts_with_a_nonce(other: Flask) -> None:
    """Where each page has a word of its own for its scripts, each of them says it."""
    count = itertools.count()

    @other.context_processor
    def own() -> dict[str, object]:
        nonce = f"page-{next(count)}"
        return {"csp_nonce": lambda: nonce}

    client = signed_in(other)
    for _page in range(2):
        head = head_and_menu(client)[0]
        scripts = re.findall("<script [^>]+>", head)
        assert len(scripts) > 5
        nonces = {re.findall('nonce="([^"]*)"', one)[0] for one in scripts}
        assert len(nonces) == 1
        assert nonces != {""}


@ONCE
def test_a_url_for_of_the_host(other: Flask) -> None:
    """Where the host's templates have an ``url_for`` of their own, the frame uses it."""

    @other.context_processor
    def own() -> dict[str, object]:
        return {"url_for": lambda endpoint, **values: f"/own/{values.get('filename', '')}"}

    assert 'href="/own/css/bootstrap.min.css"' in head_and_menu(signed_in(other))[0]


def test_an_application_in_two_places(staff_client: FlaskClient) -> None:
    """Where the application is mounted under a prefix, its addresses begin with it."""
    plain = head_and_menu(staff_client)
    environ = {"SCRIPT_NAME": "/crm"}
    html = staff_client.get(URL, environ_overrides=environ).text
    assert 'href="/crm/static/appbuilder/' in html
    assert 'href="/crm/customer-contacts/"' in html
    assert head_and_menu(staff_client) == plain
