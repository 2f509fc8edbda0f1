"""What the tests of the agent interface read from its pages, and the staff who ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from flask import Flask, session as flask_session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import CustomerAdmin
from tests.host_app import LIMITS_STAFF
from tests.staff_people import words

URL = "/customer-contacts"
EVERYTHING = (
    *("can_list", "can_show", "can_add", "can_edit", "can_delete", "can_link", "can_view_as"),
    *("can_generate_login", "can_add_to_marketing_list", "can_comment"),
)


def sign_in_limited(
    app: Flask, session: Session, customer: Any, *rights: str, name: str = "sam"
) -> FlaskClient:
    """A browser of staff who see one customer alone, with these rights on customer contacts.

    A right of another view is written ``can_list HostTicketView``.
    """
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.find_role("North") or sm.add_role("North")
        for right in rights:
            permission, _, view = right.partition(" ")
            pair = sm.find_permission_view_menu(permission, view or "Customer contacts")
            sm.add_permission_role(role, pair)
        user = sm.add_user(name, name.title(), "Staff", f"{name}@example.com", role, name)
        if not LIMITS_STAFF and customer is not None:
            session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
            session.commit()
    client = app.test_client()
    assert testing.staff_sign_in(client, name, name).status_code == 302
    return client


def hidden_customer(make_customer: Callable[..., Any], company: str = "Hidden Ltd") -> Any:
    """A customer that those staff do not see."""
    return make_customer(company=company, **({"region": "South"} if LIMITS_STAFF else {}))


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    """Send a form with a token of that browser, whatever pages it may open."""
    with client.session_transaction() as session:
        raw = session.get("csrf_token")
    with client.application.test_request_context():
        flask_session["csrf_token"] = raw
        token = generate_csrf()
    return client.post(url, data={**fields, "csrf_token": token})


def tab(html: str, name: str) -> str:
    """A tab of the form or of the page: what stands between its heading and the next tab."""
    rest = html[html.index(f'<section id="tab-{name}"') :]
    following = rest.find('<section id="tab-', 10)
    return rest if following < 0 else rest[:following]


def labels(html: str) -> list[str]:
    """The labels of the fields, in their order; of a checkbox what stands beside it."""
    found = re.findall(r"(?s)<label[^>]*>(.*?)</label>", html)
    return [unescape(re.sub(r"\s+", " ", re.sub(r"(?s)<[^>]+>", "", one))).strip() for one in found]


def value_of(html: str, name: str) -> str:
    """What a field of the form holds: an input's value, a textarea's text, the option chosen."""
    found = re.search(rf'<input[^>]* name="{name}"[^>]*>', html)
    if found is not None:
        if 'type="checkbox"' in found[0]:
            return "y" if " checked" in found[0] else ""
        given = re.search(r' value="([^"]*)"', found[0])
        return unescape(given[1]) if given else ""
    area = re.search(rf'(?s)<textarea[^>]* name="{name}"[^>]*>\r?\n?(.*?)</textarea>', html)
    if area is not None:
        return unescape(area[1])
    select = re.search(rf'(?s)<select[^>]* name="{name}".*?</select>', html)
    assert select is not None, name
    chosen = re.search(r'value="([^"]*)" selected', select[0])
    return unescape(chosen[1]) if chosen else ""


def error_of(html: str, name: str) -> str:
    """The message at a field, or an empty text."""
    found = re.search(rf'(?s)id="{name}-error">(.*?)</ul>', html)
    return words(found[1]).strip() if found else ""
