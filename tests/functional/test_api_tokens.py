"""Tokens that are sent again and again: each time they are verified, and no longer good once
anything speaks against them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token

from tests import api_client
from tests.staff_people import add_staff

Programs = Callable[..., api_client.Program]
program = api_client.program


@pytest.fixture
def known(program: Programs) -> api_client.Program:
    """A program that has called before."""
    ours = program()
    for _time in range(3):
        assert ours.get().status_code == 200
    return ours


@pytest.fixture
def loaders(app: Flask) -> Iterator[Any]:
    """Flask-JWT-Extended's manager, whose functions are its own again afterwards."""
    manager = app.extensions["flask-jwt-extended"]
    before = dict(vars(manager))
    yield manager
    vars(manager).update(before)


def test_another_key(app: Flask, known: api_client.Program) -> None:
    """What was signed with the former key is good no longer, and again once it is back."""
    former = app.config["JWT_SECRET_KEY"]
    app.config["JWT_SECRET_KEY"] = former[::-1]
    assert known.get().status_code == 401
    app.config["JWT_SECRET_KEY"] = former
    assert known.get().status_code == 200


def test_another_judgement(app: Flask, known: api_client.Program, loaders: Any) -> None:
    """A setting that says what tokens must be, a list of those that were revoked and the host's
    own verification count from the next request on."""
    for name, value in (
        ("JWT_DECODE_ISSUER", "us"), ("JWT_DECODE_AUDIENCE", "them"), ("JWT_ALGORITHM", "HS512"),
        ("JWT_HEADER_TYPE", "Token"), ("JWT_IDENTITY_CLAIM", "who"),
    ):  # fmt: skip
        former, app.config[name] = app.config[name], value
        assert known.get().status_code == 401, name
        app.config[name] = former
        assert known.get().status_code == 200, name
    loaders.token_in_blocklist_loader(lambda _header, _claims: True)
    assert known.get().status_code == 401
    loaders.token_in_blocklist_loader(lambda _header, _claims: False)
    loaders.token_verification_loader(lambda _header, _claims: False)
    assert known.get().status_code == 401
    loaders.token_verification_loader(lambda _header, _claims: True)
    assert known.get().status_code == 200


def test_a_user_who_is_off(app: Flask, program: Programs) -> None:
    """A user who was switched off, and one who has lost the right, is refused at once."""
    add_staff(app, "lou", ("can_list", "Customer contacts"))
    ours = program("lou")
    for _time in range(2):
        assert ours.get().status_code == 200
    with app.app_context():
        manager = app.appbuilder.sm  # type: ignore[attr-defined]
        user = manager.find_user("lou")
        roles, user.roles = list(user.roles), []
        manager.session.commit()
        assert ours.get().status_code == 403
        user = manager.find_user("lou")
        user.roles, user.active = [manager.find_role(one.name) for one in roles], False
        manager.session.commit()
    assert ours.get().status_code == 401


def test_changed_tokens(known: api_client.Program) -> None:
    """No part of a token can be another, and nothing comes before or behind it."""
    sent = known.headers["Authorization"]
    scheme, _space, token = sent.partition(" ")
    header, claims, signature = token.split(".")
    for other in (
        f"{scheme} {header}.{claims}.{signature[:-2]}xx", f"{scheme} {header}.{claims}.",
        f"{scheme} {header}.{claims[:-1]}x.{signature}", f"Basic {token}", token,
        f"{scheme} {token} {token}", f"{scheme} {claims}.{header}.{signature}",
    ):  # fmt: skip
        known.headers["Authorization"] = other
        assert known.get().status_code == 401, other
    known.headers["Authorization"] = sent
    assert known.get().status_code == 200


def test_the_end(app: Flask, program: Programs) -> None:
    """A token is good until it ends, and no longer."""
    ours = program()
    with app.app_context():
        staff = app.appbuilder.sm.find_user("admin")  # type: ignore[attr-defined]
        token = create_access_token(str(staff.id), expires_delta=timedelta(minutes=10))
    ours.headers["Authorization"] = f"Bearer {token}"
    now = time.time()
    for later, status in ((0, 200), (590, 200), (601, 401)):
        with time_machine.travel(now + later):
            assert ours.get().status_code == status, later


def test_another_kind(app: Flask, known: api_client.Program) -> None:
    """A token that is for fetching others opens nothing."""
    with app.app_context():
        staff = app.appbuilder.sm.find_user("admin")  # type: ignore[attr-defined]
        known.headers["Authorization"] = f"Bearer {create_refresh_token(str(staff.id))}"
    assert [known.get().status_code for _time in range(2)] == [401, 401]
