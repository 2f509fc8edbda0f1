"""Tokens that are sent again and again: each time they are verified, and no longer good once
anything speaks against them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_current_user,
    get_jwt,
    get_jwt_header,
    get_jwt_request_location,
    view_decorators,
)

from flask_contacts.api import known_tokens
from tests import api_client
from tests.staff_people import add_staff

Programs = Callable[..., api_client.Program]
program = api_client.program


@pytest.fixture
def taken_apart(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that Flask-JWT-Extended has taken apart."""
    seen: list[str] = []
    decode = view_decorators.decode_token

    def decode_token(token: str, *rest: Any) -> Any:
        seen.append(token)
        return decode(token, *rest)

    monkeypatch.setattr(view_decorators, "decode_token", decode_token)
    return seen


@pytest.fixture
def known(program: Programs, taken_apart: list[str]) -> api_client.Program:
    """A program whose token is known."""
    ours = program()
    for _time in range(3):
        assert ours.get().status_code == 200
    assert len(taken_apart) == 1
    return ours


@pytest.fixture
def loaders(app: Flask) -> Iterator[Any]:
    """Flask-JWT-Extended's manager, whose functions are its own again afterwards."""
    manager = app.extensions["flask-jwt-extended"]
    before = dict(vars(manager))
    yield manager
    vars(manager).update(before)


def test_what_the_host_sees(app: Flask, program: Programs, taken_apart: list[str]) -> None:
    """Flask-JWT-Extended knows the same of a token that is known as of one that is new."""
    seen: list[Any] = []

    def look(response: Any) -> Any:
        user = get_current_user().id
        seen.append((get_jwt(), get_jwt_header(), get_jwt_request_location(), user))
        get_jwt()["changed"] = True  # by a host, for the length of a request
        return response

    app.after_request_funcs.setdefault(None, []).append(look)
    ours = api_client.Program.__new__(api_client.Program)
    app.config["JWT_SECRET_KEY"] = "a secret of more than thirty-two bytes, for tests only"
    with app.app_context():
        staff = app.appbuilder.sm.find_user("admin")  # type: ignore[attr-defined]
        claims = {"roles": ["x", {"y": 1}]}
        token = create_access_token(str(staff.id), additional_claims=claims)
    ours.client = app.test_client(use_cookies=False)
    ours.headers = {"Authorization": f"Bearer {token}"}
    try:
        for _time in range(3):
            assert ours.get().status_code == 200
    finally:
        app.after_request_funcs[None].remove(look)
    assert len(taken_apart) == 1
    first, *others = ({**claims, "changed": None} for claims, *_rest in seen)
    assert others == [first, first]
    assert {(header["alg"], where, user) for _claims, header, where, user in seen} == {
        ("HS256", "headers", staff.id)
    }
    assert first["roles"] == ["x", {"y": 1}]
    assert seen[0][0].get("changed") is True


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


def test_a_user_who_is_off(app: Flask, program: Programs, taken_apart: list[str]) -> None:
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
    """No part of a known token can be another, and nothing comes before or behind it."""
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


def test_the_end(
    app: Flask, program: Programs, taken_apart: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known token is known as good from when it was made until it ends, and no longer."""
    ours = program()
    with app.app_context():
        staff = app.appbuilder.sm.find_user("admin")  # type: ignore[attr-defined]
        token = create_access_token(str(staff.id), expires_delta=timedelta(minutes=10))
    ours.headers["Authorization"] = sent = f"Bearer {token}"
    assert ours.get().status_code == 200
    found, now = known_tokens.find(sent), time.time()
    assert found is not None
    assert now + 590 < found.ends <= now + 600
    assert now - 10 < found.begins <= now
    for away in (-11, 601):
        monkeypatch.setattr("flask_contacts.api.known_tokens.time.time", lambda: now + away)  # noqa: B023
        with app.test_request_context():
            assert not known_tokens.verify(found, sent)


def test_what_is_not_kept(
    app: Flask, program: Programs, taken_apart: list[str], loaders: Any
) -> None:
    """A token of another kind is never good here; one that may come another way than by the
    header, or whose key a function gives, is taken apart each time."""
    ours = program()
    with app.app_context():
        staff = app.appbuilder.sm.find_user("admin")  # type: ignore[attr-defined]
        refresh = create_refresh_token(str(staff.id))
    sent = ours.headers["Authorization"]
    ours.headers["Authorization"] = f"Bearer {refresh}"
    assert [ours.get().status_code for _time in range(2)] == [401, 401]
    assert known_tokens.find(ours.headers["Authorization"]) is None
    ours.headers["Authorization"] = sent
    app.config["JWT_TOKEN_LOCATION"] = ["cookies", "headers"]
    del taken_apart[:]
    assert [ours.get().status_code for _time in range(3)] == [200, 200, 200]
    assert len(taken_apart) == 3
    app.config["JWT_TOKEN_LOCATION"] = ["headers"]
    assert [ours.get().status_code for _time in range(2)] == [200, 200]
    assert len(taken_apart) == 4
    key = app.config["JWT_SECRET_KEY"]
    loaders.decode_key_loader(lambda _header, _claims: key)
    assert [ours.get().status_code for _time in range(2)] == [200, 200]
    assert len(taken_apart) == 6
    loaders.decode_key_loader(lambda _header, _claims: key[::-1])
    assert ours.get().status_code == 401
