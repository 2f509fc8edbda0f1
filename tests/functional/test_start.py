"""init_app: what it needs, and what it refuses with a code and a hint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask_appbuilder import AppBuilder
from flask_mail import Mail

from flask_contacts import Contacts, PortalModule
from flask_contacts.errors import ConfigError
from tests.host_app import HostInvoiceView, create_host_app, db

BARE = pytest.mark.bundled_only(reason="a bare host has no view of customers of its own")


def bare(**config: object) -> tuple[Flask, AppBuilder]:
    """A host that has not called init_app yet."""
    app = Flask("bare")
    app.config.from_mapping(
        {"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": "sqlite://", "TESTING": True,
         "MAIL_DEFAULT_SENDER": "a@example.com"} | config,
    )  # fmt: skip
    db.init_app(app)
    Mail(app)
    with app.app_context():
        return app, AppBuilder(app, db.session)


@BARE
@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda app, fab: (Contacts().init_app(app, fab), Contacts().init_app(app, fab)), "C004"),
        (lambda app, fab: (app.extensions.pop("mail"), Contacts().init_app(app, fab)), "C005"),
        (lambda app, fab: Contacts().init_app(app, fab, customer_view=HostInvoiceView), "C008"),
    ],
)
def test_what_cannot_work_fails_loudly(
    attempt: Callable[[Flask, AppBuilder], object], code: str
) -> None:
    """Each with its code, and a hint that says what to do."""
    app, appbuilder = bare()
    with pytest.raises(ConfigError) as caught, app.app_context():
        attempt(app, appbuilder)
    assert caught.value.code == f"contacts.{code}"
    assert caught.value.hint


@BARE
def test_registering_after_the_start_is_refused() -> None:
    """A module that comes too late would be missing in the first application."""
    contacts = Contacts()
    app, appbuilder = bare()
    contacts.init_app(app, appbuilder)
    with pytest.raises(ConfigError, match=r"contacts\.C006"):
        contacts.add_module(PortalModule("visits", "Visits"))


def test_two_applications_in_one_process(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A factory may run twice: neither application sees tabs or views of the other."""
    directory = tmp_path_factory.mktemp("two")
    for name in ("a", "b"):
        app = create_host_app(f"sqlite:///{directory}/{name}.db")
        tabs = app.extensions["contacts"].customer_view.related_views
        assert len(tabs) == len(set(tabs))
        assert app.test_client().get("/portal/sign-in").status_code == 200


@BARE
def test_without_a_base_url_no_page_is_served_in_production() -> None:
    """Outside debug and tests the first request is refused, with the reason in the log."""
    app, appbuilder = bare(TESTING=False)
    Contacts().init_app(app, appbuilder)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(ConfigError, match=r"contacts\.C014"):
        app.test_client().get("/portal/sign-in")


@BARE
def test_the_command_line_warns_without_a_base_url() -> None:
    """The command works, and says what will not."""
    app, appbuilder = bare(TESTING=False)
    Contacts().init_app(app, appbuilder)
    result = app.test_cli_runner().invoke(args=["contacts", "init-db"])
    assert "CONTACTS_BASE_URL is not set" in result.output
