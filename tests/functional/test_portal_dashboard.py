"""The portal's first page: the host's panels, and one count for all modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy.orm import Session

from flask_contacts import Contacts, DashboardPanel, PortalModule
from flask_contacts.errors import ConfigError
from flask_contacts.portal import current_contact
from tests.proposal_pages import HostProposal

Make = Callable[..., Any]


@pytest.fixture
def panels(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Three panels of the host; the list tells which were asked for their values."""
    asked: list[str] = []
    templates = {
        "hello.html": "<p>Hello {{ name }} of {{ portal.company }}</p>",
        "due.html": "<p>{{ due }} due</p>",
    }

    def values(panel: str, found: dict[str, Any] | None) -> Callable[[], dict[str, Any] | None]:
        def ask() -> dict[str, Any] | None:
            asked.append(panel)
            return found and {**found, "name": current_contact.firstname}

        return ask

    registry = app.extensions["contacts"].registry
    monkeypatch.setattr(registry, "dashboard_panels", {})
    monkeypatch.setattr(
        app.jinja_env, "loader", ChoiceLoader([app.jinja_env.loader, DictLoader(templates)])
    )
    for panel in (
        DashboardPanel("hello", "hello.html", values("hello", {"x": 1})),
        DashboardPanel("due", "due.html", values("due", {"due": "<b>7"}), module="invoices"),
        DashboardPanel("empty", "due.html", values("empty", None)),
    ):
        registry.dashboard_panels[panel.name] = panel
    yield asked
    app.jinja_env.cache.clear()


def test_panels_stand_above_the_modules(
    panels: list[str], make_customer: Make, make_contact: Make, portal_client: Any
) -> None:
    """In the order added, with the page's own names beside theirs; escaped; without values a
    panel is left out."""
    browser = portal_client(
        make_contact(make_customer(), firstname="Grace", permissions=["invoices"])
    )
    page = browser.get("/portal/").text
    assert page.index("Hello Grace of Test Host") < page.index("&lt;b&gt;7 due")
    assert page.index("&lt;b&gt;7 due") < page.index("portal-module-card")
    assert 'id="panel-hello"' in page
    assert "panel-empty" not in page
    assert panels == ["hello", "due", "empty"]


def test_a_panel_of_a_module_needs_its_permission(
    panels: list[str], make_customer: Make, make_contact: Make, portal_client: Any
) -> None:
    """Without it the panel is not there, and its values are not even asked for."""
    browser = portal_client(make_contact(make_customer(), permissions=["support"]))
    page = browser.get("/portal/").text
    assert "Hello" in page
    assert "due" not in panels
    assert "panel-due" not in page


def test_all_modules_are_counted_by_one_statement(
    session: Session,
    make_customer: Make,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    statements: Any,
) -> None:
    """One more than the frame costs, whatever there is; each within its own scope."""
    customer = make_customer()
    browser = portal_client(
        make_contact(customer, permissions=["invoices", "support", "proposals"])
    )
    session.add_all(
        HostProposal(subject="x", customer_id=owner, status=status)
        for owner, status in (
            (customer.id, "open"), (customer.id, "open"), (customer.id, "draft"),
            (make_customer().id, "open"),
        )
    )  # fmt: skip
    session.commit()
    with statements() as frame:
        assert browser.get("/portal/nothing").status_code == 404
    with statements() as seen:
        page = browser.get("/portal/").text
    assert len(seen) == len(frame) + 1 <= 6
    assert "2 records" in page
    assert page.count("nothing here yet") == 2


def test_a_slip_in_a_panel_shows_at_start() -> None:
    """A module that there is not, a name used twice, a name that is none, after the start."""
    contacts = Contacts()
    contacts.add_module(PortalModule("visits", "Visits"))
    panel = DashboardPanel("due", "due.html", dict, module="visits")
    contacts.add_dashboard_panel(panel)
    with pytest.raises(ConfigError, match="twice"):
        contacts.add_dashboard_panel(panel)
    with pytest.raises(ConfigError, match="unknown module"):
        contacts.add_dashboard_panel(DashboardPanel("x", "x.html", dict, module="nothing"))
    with pytest.raises(ConfigError, match="cannot name"):
        contacts.add_dashboard_panel(DashboardPanel("a b", "x.html", dict))
