"""A form that was open on a contact while it was merged or deleted: nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.actors import SYSTEM
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.merging.merge import merge_contacts
from flask_contacts.services.merging.values import Choices
from tests.agent_pages import hidden_customer, sign_in_limited
from tests.staff_people import post, words

Make = Callable[..., Any]
TYPED = {"firstname": "Mara", "lastname": "Lind", "notes": "Asked for <an> offer.\nUrgent."}
WITHOUT = {"is_user": False, "password": ""}


@pytest.fixture
def pair(make_customer: Make, make_contact: Make) -> tuple[Any, Any]:
    """Two contacts of a customer; the second is to go."""
    customer = make_customer(company="Acme")
    stays = make_contact(customer, lastname="Stays", email="stays@example.com")
    return stays, make_contact(customer, lastname="Goes", email="goes@example.com", **WITHOUT)


def forms_of(contact: Any) -> list[str]:
    """The addresses of its forms."""
    tab = f"/customercontacts/edit/{contact.customer_id}/{contact.id}"
    return [f"/customer-contacts/edit/{contact.id}", tab]


def test_a_merged_one(
    app: Flask, session: Session, staff_client: FlaskClient, pair: tuple[Any, Any]
) -> None:
    """The page says who it is now, leads to the same form of that contact, and shows what was
    typed, never the password; nothing was saved."""
    stays, goes = pair
    forms, present = forms_of(goes), forms_of(stays)
    with app.app_context():
        merge_contacts(session, [stays.id, goes.id], stays.id, Choices(), SYSTEM)
    for form, leads_to in zip(forms, present, strict=True):
        answer = post(staff_client, form, password="a secret of Mara", **TYPED)
        assert answer.status_code == 404
        said = words(answer.text)
        assert "Nothing was saved This contact was merged meanwhile: it is Ada Stays now." in said
        assert "What you typed is here, to be copied:" in said
        assert ">Asked for &lt;an&gt; offer.\nUrgent.</textarea>" in answer.text.replace("\r", "")
        assert "a secret of Mara" not in answer.text
        assert f'href="{leads_to}"' in answer.text
    session.expire_all()
    assert stays.notes != TYPED["notes"]


def test_a_deleted_one(
    app: Flask, session: Session, staff_client: FlaskClient, pair: tuple[Any, Any]
) -> None:
    """The page says that it is gone and shows what was typed, a comment too."""
    goes = pair[1]
    forms, comments = forms_of(goes), f"/customer-contacts/comment/{goes.id}"
    with app.app_context():
        delete_contact(session, goes.customer_id, goes.id)
    for form in forms:
        answer = post(staff_client, form, **TYPED)
        assert answer.status_code == 404
        assert "This contact is not there any more" in words(answer.text)
        assert "Asked for &lt;an&gt; offer." in answer.text
    answer = post(staff_client, comments, body="Call her on Monday.")
    assert answer.status_code == 404
    assert "Call her on Monday." in answer.text


def test_a_moved_one(
    app: Flask, session: Session, staff_client: FlaskClient, pair: tuple[Any, Any],
    make_customer: Make,
) -> None:  # fmt: skip
    """The page says where it is now, leads to the form there, and shows all that was typed."""
    form = forms_of(pair[0])[1]
    there = make_customer(company="Borealis")
    with app.app_context():
        move_contact(session, pair[0].customer_id, pair[0].id, there.id, pair[1].id)
    more = {"email2": "m@home.example", "manager": "boss@example.com", "birthday": "1990-01-02"}
    answer = post(staff_client, form, **TYPED, **more)
    assert answer.status_code == 404
    assert "This contact is at Borealis now." in words(answer.text)
    assert f'href="/customercontacts/edit/{there.id}/{pair[0].id}"' in answer.text
    for typed in more.values():
        assert f">{typed}</textarea>" in answer.text


def test_a_company_that_is_gone(staff_client: FlaskClient, pair: tuple[Any, Any]) -> None:
    """Where no contact was meant, none is spoken of."""
    answer = post(staff_client, "/customercontacts/new/99999", **TYPED)
    assert answer.status_code == 404
    assert "This contact" not in words(answer.text)


def test_a_hidden_one(
    app: Flask, session: Session, pair: tuple[Any, Any], make_customer: Make, make_contact: Make
) -> None:
    """Who may not see the contact learns nothing: the answer is that of one that never was."""
    far = hidden_customer(make_customer)
    secret = make_contact(far, lastname="Secret", email="secret@example.com")
    other = make_contact(far, lastname="Other", email="other@example.com", **WITHOUT)
    merged = other.id
    with app.app_context():
        merge_contacts(session, [secret.id, merged], secret.id, Choices(), SYSTEM)
    limited = sign_in_limited(app, session, session.merge(pair[0]).customer, "can_edit", "can_show")
    answers = [
        post(limited, f"/customer-contacts/edit/{pk}", **TYPED)
        for pk in (secret.id, merged, 99_999)
    ]
    assert {one.status_code for one in answers} == {404}
    assert len({words(one.text) for one in answers}) == 1
    assert "Secret" not in answers[0].text
