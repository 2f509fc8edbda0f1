"""What the portal's pages cost: the statements of each one of the example's."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_contacts.testing import count_statements
from tests import portal_pages, portal_people
from tests.example import filled_example
from tests.portal_pages import Answer, Visitor

pytestmark = pytest.mark.bundled_only(reason="the example is built on the bundled customers")

MOST_STATEMENTS = 6
#: For staff who look on: who they are and what they may is asked of the admin each time.
FOR_STAFF = 4


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data."""
    return filled_example(tmp_path_factory.mktemp("cost"))


@pytest.fixture(scope="module")
def people(example: Flask) -> list[Visitor]:
    """Who visits the pages."""
    return portal_people.visitors(example)


@pytest.fixture(scope="module")
def found(people: list[Visitor]) -> list[Answer]:
    """What they find there."""
    return portal_pages.all_answers(people)


def test_every_route_is_visited(example: Flask, found: list[Answer]) -> None:
    """A page of the portal that these tests do not reach fails here, with its name."""
    assert portal_pages.missing(example, found) == set()


def test_no_page_asks_more_than_six_times(
    example: Flask, people: list[Visitor], found: list[Answer]
) -> None:
    """Every page of everybody, empty or full, is made of at most six statements; files too."""
    from example_app.database import db

    with example.app_context():
        engine = db.engine
    clients = {visitor.name: visitor.client for visitor in people}
    expensive = {}
    for answer in found:
        with count_statements(engine) as statements:
            clients[answer.visitor].get(answer.path)
        if len(statements) > MOST_STATEMENTS + FOR_STAFF * (answer.visitor == "viewing"):
            expensive[f"{answer.visitor} {answer.path}"] = len(statements)
    assert expensive == {}
