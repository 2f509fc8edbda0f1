"""The language of a portal page.

A contact who is signed in has it in the contact's record. Before that: what was chosen on
the page, else the language of whom a mailed link is for, else the browser's. Behind a link
its reader counts, whoever else is signed in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from babel import Locale, UnknownLocaleError
from flask import abort, current_app, redirect, request, url_for
from flask_babel import get_babel, get_locale
from sqlalchemy import select
from werkzeug.wrappers import Response

from .. import links
from ..errors import LinkError
from ..i18n import available_languages
from ..later import later
from ..mail.marketing_links import read_marketing_token
from ..models import Contact, Registration
from ..state import current_contacts
from .cookies import chosen_language, clear_language_cookie, link_token, set_language_cookie
from .visit import BLUEPRINT, current_visit

if TYPE_CHECKING:
    from ..mail import topic_links
    from ..services.accounts import preferences
    from ..services.marketing import leaving
    from .sign_in import safe_next as sign_in_safe_next
else:
    topic_links = later("mail.topic_links")
    sign_in_safe_next = later("portal.sign_in.safe_next")
    preferences = later("services.accounts.preferences")
    leaving = later("services.marketing.leaving")


_OF_LINK = "flask_contacts.portal_link_language"
_BEHIND_LINKS = {
    f"{BLUEPRINT}.{name}"
    for name in (
        "set_password",
        "confirm_email",
        "confirm_registration",
        "linked_topics",
        "linked_marketing_list",
    )
}


class Language(NamedTuple):
    """A language to choose: its code, its own name, its HTML tag; ``current`` on this page."""

    code: str
    name: str
    tag: str
    current: bool


def choose_language() -> str:
    """One of the host's ``LANGUAGES`` for this request."""
    for wish in _wishes():
        found = offered(wish)
        if found is not None:
            return found
    codes = {_tag(code): code for code in available_languages(current_app)}
    best = _tag_for_browser(list(codes))
    if best is not None:
        return codes[best]
    default = str(get_babel(current_app).default_locale)
    return codes.get(_tag(default), default)


def languages() -> list[Language]:
    """What the switch offers: nothing where there is no choice."""
    codes = available_languages(current_app)
    if len(codes) < 2:
        return []
    here = _tag(str(get_locale() or ""))
    return [Language(code, _name(code), html_tag(code), _tag(code) == here) for code in codes]


def switch_language() -> Response:
    """Show this and the next pages in the chosen language, for who is not signed in."""
    code = request.form.get("language", "")
    if code not in available_languages(current_app):
        abort(404)
    back = sign_in_safe_next.safe_next(request.form.get("next")) or url_for(f"{BLUEPRINT}.sign_in")
    response = redirect(back, 303)
    set_language_cookie(response, code)
    return response


def prefer_reader(response: Response, token: str) -> None:
    """Let the page of a mailed link speak its reader's language, where that is known.

    Else the language stays that was chosen on a page.
    """
    if offered(_language_of_token(token)) is not None:
        clear_language_cookie(response)


def keep_language(response: Response) -> None:
    """Let the pages after this one speak its language, where the link is gone by then."""
    set_language_cookie(response, choose_language())


def forget_link() -> None:
    """Ask the database for no link's reader any more: for a page after a fault."""
    request.environ[_OF_LINK] = None


def html_tag(code: str) -> str:
    """``pt_BR`` as HTML writes it, ``pt-BR``."""
    return code.replace("_", "-")


def _wishes() -> Iterator[str | None]:
    """The languages to take where they are offered, the first first; asked one by one."""
    if request.endpoint in _BEHIND_LINKS:
        yield chosen_language()
        yield _language_of_link()
    visit = current_visit()
    if visit is not None:
        yield visit.contact.language
    yield chosen_language()
    yield _language_of_link()


def _tag_for_browser(tags: Sequence[str]) -> str | None:
    """The one of ``tags`` that the browser wishes for, in the order of its wishes.

    Of a language the form that it names goes first, then the plain one, then any: who reads
    ``pt-PT`` gets ``pt-br`` rather than another language. A wish names what it begins with, too:
    ``pt-BR-x-any`` is ``pt-br`` (RFC 4647, 3.4).
    """
    wishes = [_tag(wish) for wish, quality in request.accept_languages if quality > 0]
    for base in dict.fromkeys(_base(wish) for wish in wishes):
        forms = [tag for tag in tags if _base(tag) == base]
        if forms:
            named = (_named(wish, forms) for wish in (*wishes, base))
            return next(filter(None, named), forms[0])
    best: str | None = request.accept_languages.best_match(tags)  # for what stands behind *
    return best


def _named(wish: str, forms: Sequence[str]) -> str | None:
    """The longest of the forms that the wish begins with; the plain one only as it is."""
    found = [one for one in forms if wish == one or ("-" in one and wish.startswith(f"{one}-"))]
    return max(found, key=len, default=None)


def _language_of_link() -> str | None:
    """The language of whom the opened link is for, alive or dead; None without one."""
    if _OF_LINK not in request.environ:
        request.environ[_OF_LINK] = None  # a database that fails is not asked a second time
        request.environ[_OF_LINK] = _reader_of_link()
    return cast("str | None", request.environ[_OF_LINK])


def _reader_of_link() -> str | None:
    try:
        if request.endpoint == f"{BLUEPRINT}.linked_topics":
            topic_link = topic_links.read_topic_token((request.view_args or {}).get("token", ""))
            return preferences.contact_of_link(current_contacts.session, topic_link).language
        if request.endpoint == f"{BLUEPRINT}.linked_marketing_list":
            list_link = read_marketing_token((request.view_args or {}).get("token", ""))
            return leaving.language_of_link(current_contacts.session, list_link)
        return _language_of_token(link_token())
    except LinkError:
        return None


def _language_of_token(token: str) -> str | None:
    """The language of whom a link is for, alive or dead; None where nobody is known."""
    if not token:
        return None
    try:
        facts = links.read_token(token, (*links.PURPOSES, links.REGISTER))
        if facts.purpose == links.REGISTER:
            theirs = select(Registration.language).where(Registration.link_uuid == facts.uuid)
            return current_contacts.session.scalar(theirs)
        link = links.find(current_contacts.session, facts)
    except LinkError:
        return None
    reader = select(Contact.language).where(Contact.id == link.contact_id)
    return current_contacts.session.scalar(reader) if link.contact_id is not None else None


def offered(wish: str | None) -> str | None:
    """The code of the host's ``LANGUAGES`` that a wish stands for, if there is one."""
    for code in available_languages(current_app):
        if wish and _tag(code) == _tag(wish):
            return code
    return None


def _name(code: str) -> str:
    """The language's name in itself, unless the host's ``LANGUAGES`` give one."""
    given = (current_app.config.get("LANGUAGES") or {}).get(code) or {}
    if given.get("name"):
        return str(given["name"])
    try:
        return (Locale.parse(code).display_name or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def _tag(code: str) -> str:
    """``pt_BR`` as browsers write it, ``pt-br``."""
    return html_tag(code).lower()


def _base(tag: str) -> str:
    """The language without its country, ``pt`` of ``pt-br``."""
    return tag.partition("-")[0]
