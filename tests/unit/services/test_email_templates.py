"""What staff may write into a template."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput, NotFound
from flask_contacts.services.email_templates import (
    reset_template,
    save_template,
    set_template_enabled,
    template_text,
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
