"""The language of a portal page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.i18n import _p, in_language
from flask_contacts.mail.topic_links import topic_url
from flask_contacts.models import Contact
from flask_contacts.testing import RecordingSmtp, csrf_token, links_in

Make = Callable[..., Any]
SIGN_IN, SET, FORGOT = "/portal/sign-in", "/portal/set-password", "/portal/forgot-password"
NEW = "a quiet river under the bridge"


def language_of(client: FlaskClient, path: str, header: str = "en") -> str:
    """The language that a page says it has."""
    page = client.get(path, headers={"Accept-Language": header}).text
    return page.partition('<html lang="')[2].partition('"')[0]


def switch(client: FlaskClient, language: str, **fields: str) -> Any:
    """Press a button of the switch on the sign-in page."""
    form = {"csrf_token": csrf_token(client, SIGN_IN), "language": language, **fields}
    return client.post("/portal/language", data=form)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pt-BR,pt;q=0.9", "pt-BR"),
        ("pt-BR-x-foo", "pt-BR"),
        ("pt", "pt-BR"),
        ("en-GB", "en"),
        ("fr, de;q=0.5", "en"),
        ("", "en"),
        ("*", "en"),
        (";;;q=x", "en"),
    ],
)
def test_a_stranger_gets_the_browsers(client: FlaskClient, header: str, language: str) -> None:
    """Before signing in the browser's wish counts, among the languages that are offered."""
    page = client.get("/portal/sign-in", headers={"Accept-Language": header})
    assert f'<html lang="{language}" dir="ltr"' in page.text


@pytest.mark.parametrize(
    ("header", "offered", "language"),
    [
        ("pt-PT,pt;q=0.9,en;q=0.8", ["en", "es", "pt_BR"], "pt-BR"),
        ("pt-PT", ["en", "pt_BR"], "pt-BR"),
        ("pt-PT,pt-BR;q=0.5", ["en", "pt_AO", "pt_BR"], "pt-BR"),
        ("pt-PT", ["en", "pt_BR", "pt"], "pt"),
        ("pt-BR", ["en", "pt", "pt_BR"], "pt-BR"),
        ("pt-BR-x-foo", ["en", "pt", "pt_BR"], "pt-BR"),
        ("pt-BR-x-foo,pt;q=0.5", ["pt_AO", "pt", "pt_BR"], "pt-BR"),
        ("zh-Hant-TW", ["zh_Hans", "zh_Hant", "en"], "zh-Hant"),
        ("zh-Hantu", ["zh", "zh_Hant", "en"], "zh"),
        ("pt-PT,pt-BR-x-foo;q=0.5", ["pt", "pt_BR"], "pt-BR"),
        ("fr,pt-PT;q=0.9,en;q=0.8", ["en", "pt_BR"], "pt-BR"),
        ("pt-PT;q=0,en;q=0.1", ["pt_BR", "en"], "en"),
    ],
)
def test_the_same_language_elsewhere(
    app: Flask, client: FlaskClient, header: str, offered: list[str], language: str
) -> None:
    """A browser whose form of a language is not offered gets another form of it; the form that it
    names goes first, and what it refuses is not taken."""
    app.config["LANGUAGES"] = {code: {"name": code} for code in offered}
    assert language_of(client, SIGN_IN, header) == language


@pytest.mark.parametrize(
    ("own", "language"), [("pt_BR", "pt-BR"), ("en", "en"), ("xx", "en"), (None, "en")]
)
def test_a_contact_gets_the_own(
    session: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    own: str | None,
    language: str,
) -> None:
    """The contact's language wins over the browser's; one that is not offered does not."""
    contact = make_contact(make_customer())
    browser = portal_client(contact)
    row = session.get(type(contact), contact.id)
    row.language = own
    session.commit()
    assert language_of(browser, "/portal/") == language


def test_the_switch(client: FlaskClient) -> None:
    """Who is not signed in chooses; the choice holds for the pages that follow."""
    page = client.get(SIGN_IN).text
    assert 'value="pt_BR" lang="pt-BR">Português do Brasil</button>' in page
    assert 'value="en" lang="en" aria-current="true">English</button>' in page
    done = switch(client, "pt_BR", next=FORGOT)
    assert (done.status_code, done.location) == (303, FORGOT)
    for path in (SIGN_IN, FORGOT, SET):
        assert language_of(client, path) == "pt-BR"
    switch(client, "en")
    assert language_of(client, SIGN_IN, "pt-BR") == "en"


def test_the_switch_is_the_portals_own(client: FlaskClient) -> None:
    """Its cookie stays under the portal's path, and it leads to no other site."""
    done = switch(client, "pt_BR", next="https://elsewhere.example/portal/")
    assert done.location == SIGN_IN
    [cookie] = [h for h in done.headers.getlist("Set-Cookie") if h.startswith("contacts_lang")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/portal"} <= set(cookie.split("; "))
    assert client.post("/portal/language", data={"language": "en"}).status_code == 400


@pytest.mark.parametrize("base_url", ["http://crm.example.com", "https://crm.example.com"])
def test_the_cookie_is_kept_as_the_sessions(app: Flask, client: FlaskClient, base_url: str) -> None:
    """For a year, out of reach for scripts and other sites, and by https alone where people come
    by https."""
    app.config["CONTACTS_BASE_URL"] = base_url
    done = switch(client, "pt_BR")
    [cookie] = [h for h in done.headers.getlist("Set-Cookie") if h.startswith("contacts_lang")]
    kept = {one for one in cookie.split("; ")[1:] if not one.startswith("Expires=")}
    secure = {"Secure"} if base_url.startswith("https:") else set()
    assert kept == {"HttpOnly", "SameSite=Lax", "Path=/portal", "Max-Age=31536000", *secure}


@pytest.mark.parametrize("language", ["", "xx", "pt", "../en"])
def test_what_is_not_offered_cannot_be_chosen(client: FlaskClient, language: str) -> None:
    """Neither by the form, nor by a cookie that somebody planted."""
    assert switch(client, language).status_code == 404
    client.set_cookie("contacts_language", language, path="/portal")
    assert client.get(SIGN_IN).status_code == 200


def test_no_choice_no_switch(app: Flask, client: FlaskClient) -> None:
    """A host with one language shows none."""
    app.config["LANGUAGES"] = {"en": {"flag": "gb", "name": "English"}}
    assert 'name="language"' not in client.get(SIGN_IN).text


@pytest.fixture
def lusophone(make_customer: Make, make_contact: Make) -> Any:
    """A contact whose language is Portuguese, with a password and a topic."""
    return make_contact(
        make_customer(), language="pt_BR", permissions=["invoices"], topics=["invoice"]
    )


@pytest.fixture
def mailed_link(
    client: FlaskClient, lusophone: Any, smtp: RecordingSmtp, drain: Callable[[], None]
) -> str:
    """The path of a link that was mailed to that contact."""
    form = {"csrf_token": csrf_token(client, FORGOT), "email": lusophone.email}
    client.post(FORGOT, data=form)
    drain()
    [url] = [url for url in links_in(smtp.to(lusophone.email)[-1]) if "set-password" in url]
    return url.removeprefix("http://localhost")


def test_behind_a_link_its_reader_counts(app: Flask, mailed_link: str) -> None:
    """The form, the sign-in page after it, and the page of the used link are in the language
    of the mail, whatever the browser wishes; the switch still changes it."""
    browser = app.test_client()
    switch(browser, "en")
    browser.get(mailed_link)
    assert language_of(browser, SET) == "pt-BR"
    switch(browser, "en")
    assert language_of(browser, SET) == "en"
    browser.get(mailed_link)
    form = {"csrf_token": csrf_token(browser, SET), "password": NEW, "confirm": NEW}
    assert browser.post(SET, data=form, headers={"Accept-Language": "en"}).status_code == 303
    assert language_of(browser, SIGN_IN) == "pt-BR"
    dead = app.test_client()
    dead.get(mailed_link)
    assert dead.get(SET).status_code == 410
    assert language_of(dead, SET) == "pt-BR"
    token = {"csrf_token": csrf_token(dead, FORGOT)}
    dead.post("/portal/set-password/new-link", data=token, headers={"Accept-Language": "en"})
    assert language_of(dead, f"{FORGOT}?sent=1") == "pt-BR"


def test_a_link_is_for_its_reader_in_anybodys_browser(
    mailed_link: str, make_customer: Make, make_contact: Make, portal_client: Make
) -> None:
    """A colleague who is signed in here sees the own language everywhere but behind it."""
    colleague = portal_client(make_contact(make_customer(), language="en"))
    colleague.get(mailed_link)
    assert language_of(colleague, SET, "pt-BR") == "pt-BR"
    assert language_of(colleague, "/portal/", "pt-BR") == "en"


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_a_link_of_nobody_has_no_language(client: FlaskClient, token: str) -> None:
    """What we did not sign says nothing; the browser's wish counts."""
    client.get(f"{SET}/{token}")
    assert language_of(client, SET) == "en"


def test_the_link_at_a_mails_foot_too(
    app: Flask, session: Session, client: FlaskClient, lusophone: Any
) -> None:
    """The choice of topics opens in the language of the mail that it stands in."""
    with app.app_context():
        path = topic_url(lusophone.uuid, "invoice").removeprefix("http://localhost")
    assert language_of(client, path) == "pt-BR"
    session.get_one(Contact, lusophone.id).language = None
    session.commit()
    assert language_of(client, path) == "en"


def test_a_link_that_nobody_knows_keeps_the_choice(app: Flask, mailed_link: str) -> None:
    """What was chosen on a page gives way to the reader of a link, and to nobody else."""
    for path, after in (("/portal/set-password/nonsense", "pt-BR"), (mailed_link, "pt-BR")):
        browser = app.test_client()
        switch(browser, "pt_BR")
        browser.get(path)
        assert language_of(browser, SIGN_IN) == after, path
    browser = app.test_client()
    switch(browser, "en")
    browser.get(mailed_link)
    assert language_of(browser, SET) == "pt-BR"
    browser = app.test_client()
    switch(browser, "en")
    browser.get("/portal/set-password/nonsense")
    assert language_of(browser, SIGN_IN, "pt-BR") == "en"


def test_our_words_are_our_own(app: Flask) -> None:
    """Flask-AppBuilder has these words too and goes before us: in a context they are ours."""
    with app.test_request_context(), in_language("pt_BR"):
        assert _p("button", "Register") == "Cadastrar-se"
        assert _p("address", "Email") == "E-mail"
        assert _p("form", "This field is required.") == "Este campo é obrigatório."
