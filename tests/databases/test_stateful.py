"""The services agree with a plain-Python model of the rules, step by step, on each engine."""

from __future__ import annotations

from flask import Flask
from hypothesis.stateful import run_state_machine_as_test

from flask_contacts.models import Contact
from tests.databases.contact_machine import ContactMachine, machine_settings
from tests.host_app import db

#: Examples of thirty steps. The same ones in every run: the gate must not be a lottery,
#: ``make soak`` looks for new ones.
EXAMPLES = {"sqlite": 24, "postgresql": 8, "mariadb": 8}


def test_the_services_agree_with_the_model(app: Flask) -> None:
    """C3, C4, C6, C7, C9, P7: after any step, the same contacts, logins, sessions, links."""
    with app.app_context():
        engine = db.session.get_bind(Contact).dialect.name
    run_state_machine_as_test(
        lambda: ContactMachine(app),
        settings=machine_settings(EXAMPLES[engine], 30, derandomize=True),
    )
