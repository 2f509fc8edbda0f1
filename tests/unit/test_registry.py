"""Modules and topics."""

import pytest

from flask_contacts import Contacts, PortalModule, Topic
from flask_contacts.errors import ConfigError
from flask_contacts.registry import Registry


def test_permissions_propose_their_topics() -> None:
    """C5, to the letter."""
    registry = Registry()
    expected = {
        "invoices": {"invoice", "credit_note"},
        "estimates": {"estimate"},
        "contracts": {"contract"},
        "proposals": set(),
        "support": {"tickets"},
        "projects": {"project", "task"},
        "email_notifications": set(),
    }
    assert list(registry.permissions) == list(expected)
    for permission, topics in expected.items():
        assert registry.topics_of([permission]) == topics


def test_a_default_module_is_replaced_once() -> None:
    """A host gives a default module its page; twice is an error with a code."""
    registry = Registry()
    registry.add_module(PortalModule("invoices", "Bills", view=object))
    assert registry.modules["invoices"].label == "Bills"
    assert next(iter(registry.modules)) == "invoices", "it keeps its place"
    registry.add_module(PortalModule("support", view=object))
    assert str(registry.modules["support"].label) == "Support"
    assert registry.modules["support"].icon == "life-preserver"
    with pytest.raises(ConfigError, match=r"contacts\.C018"):
        registry.add_module(PortalModule("visits"))
    with pytest.raises(ConfigError, match=r"contacts\.C001"):
        registry.add_module(PortalModule("invoices", "Again"))


@pytest.mark.parametrize("name", ["", "Two Words", "UPPER", "a/b", "email_notifications", "1a"])
def test_names_that_cannot_be_paths(name: str) -> None:
    """A module's name is a path and a permission."""
    with pytest.raises(ConfigError, match=r"contacts\.C002"):
        Registry().add_module(PortalModule(name, "x"))


def test_a_topic_of_an_unknown_module() -> None:
    """A topic cannot be bound to a module that is not there."""
    with pytest.raises(ConfigError, match=r"contacts\.C003"):
        Registry().add_topic(Topic("visit", "Visit", "travel"))


def test_a_tab_twice() -> None:
    """The same view as two tabs is a mistake."""
    contacts = Contacts()
    contacts.add_customer_tab(object)
    with pytest.raises(ConfigError, match=r"contacts\.C001"):
        contacts.add_customer_tab(object)
