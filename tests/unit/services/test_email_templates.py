"""What staff may write into a template."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.services.mailing.email_templates import (
    list_templates,
    reset_template,
    save_template,
    set_template_enabled,
    template_text,
    text_after_reset,
)

pytestmark = pytest.mark.usefixtures("app_context")
SUBJECT = "Set your password"


@pytest.mark.parametrize(
    "body",
    ["<p>No link at all</p>", "<!-- {set_password_url} -->", "<style>{set_password_url}</style>",
     '<p title="{set_password_url}">x</p>', '<a href="{set_password_url}"></a>',
     '<a href="{portal_url}">x</a>'],
)  # fmt: skip
def test_the_mail_about_a_link_keeps_it(session: Session, body: str) -> None:
    """A link that the reader could neither see nor press is refused at the body."""
    with pytest.raises(InvalidInput) as caught:
        save_template(session, "set_password", "en", SUBJECT, body)
    assert list(caught.value.errors) == ["body"]
    assert not template_text(session, "set_password", "en").changed


@pytest.mark.parametrize(
    "body",
    ['<a href="{set_password_url}">Here</a>', '<p><a href="{set_password_url}"><b>x</b></a></p>',
     "<p>{set_password_url}</p>"],
)  # fmt: skip
def test_a_link_to_press_or_to_read(session: Session, body: str) -> None:
    """Both are taken; back to the default forgets them, in this language alone."""
    save_template(session, "set_password", "en", SUBJECT, body)
    assert template_text(session, "set_password", "en").body == body
    assert not template_text(session, "set_password", "pt_BR").changed
    reset_template(session, "set_password", "en")
    assert not template_text(session, "set_password", "en").changed


def test_security_mail_cannot_be_switched_off(session: Session) -> None:
    """Links and security notices always go to their person (N7)."""
    for name in ("set_password", "reset_password", "password_changed", "company_added"):
        with pytest.raises(InvalidInput):
            set_template_enabled(session, name, False)
    with pytest.raises(NotFound):
        set_template_enabled(session, "nothing", False)


def test_what_readers_get_is_told_apart(app: Flask, session: Session) -> None:
    """Own words, those of the language that stands in, and the template's own."""
    app.config["LANGUAGES"] = {"en": {}, "fr": {}, "pt_BR": {}}
    save_template(session, "welcome", "en", "Mine", "<p>x</p>")
    found = {name: template_text(session, "welcome", name) for name in ("en", "fr", "pt_BR")}
    assert {name: (text.changed, text.language, text.default) for name, text in found.items()} == {
        "en": (True, "en", False),
        "fr": (False, "en", False),
        "pt_BR": (False, "pt_BR", True),
    }
    assert found["fr"].subject == "Mine"
    save_template(session, "welcome", "fr", "Bonjour", "<p>x</p>")
    assert text_after_reset(session, "welcome", "fr").subject == "Mine"
    assert text_after_reset(session, "welcome", "en").subject.startswith("Welcome aboard")


def test_list_names_the_languages(app: Flask, session: Session) -> None:
    """In the order of the host's languages; one that it no longer offers is left out."""
    app.config["LANGUAGES"] = {"pt_BR": {}, "en": {}, "fr": {}}
    for language in ("en", "fr", "pt_BR"):
        save_template(session, "welcome", language, "x", "<p>x</p>")
    del app.config["LANGUAGES"]["fr"]
    states = {state.name: state for state in list_templates(session)}
    assert states["welcome"].languages == ("pt_BR", "en")
    assert states["welcome"].changed
    assert not states["set_password"].changed
    assert not states["welcome"].of_host


def test_nesting_without_end_is_refused(session: Session) -> None:
    """A body that a mail program's parser would trip over is not saved."""
    with pytest.raises(InvalidInput) as caught:
        save_template(session, "welcome", "en", "x", "<div>" * 60 + "x")
    assert list(caught.value.errors) == ["body"]
    save_template(session, "welcome", "en", "x", "<div>" * 40 + "x")
