"""Bad input in every field: a message at the field, nothing else."""

from __future__ import annotations

import pytest

from flask_contacts.registry import Registry
from flask_contacts.services.contacts.values import FLAGS, LONG_TEXTS, TEXTS, check

GOOD: dict[str, object] = {"firstname": "Mara", "lastname": "O'Neil", "email": "m@example.com"}
LINES = [*TEXTS, "email", "email2", "manager"]


def problems(**changes: object) -> list[str]:
    """The names of the fields that have an error."""
    found = check({**GOOD, **changes}, Registry(), ("en", "pt_BR"))[1]
    return sorted(name for name, texts in found.items() if texts)


@pytest.mark.parametrize("name", ["firstname", "lastname", "email"])
@pytest.mark.parametrize("value", ["", "   ", None, "\u00a0"])
def test_required_fields(name: str, value: object) -> None:
    """Empty, blank and missing are all missing."""
    assert problems(**{name: value}) == [name]


@pytest.mark.parametrize("name", [*LINES, *LONG_TEXTS])
@pytest.mark.parametrize(
    "value", ["a\0b", "a\x1bb", "a\x85b", "a\u2028b", "a\ud800b", 5, ["x"], {"a": 1}, True]
)
def test_control_characters_and_wrong_types(name: str, value: object) -> None:
    """NUL, escapes, line separators, lone surrogates, numbers and lists are refused."""
    assert name in problems(**{name: value})


@pytest.mark.parametrize(
    "text", ["\u200b", "\u2060", "\u00ad", "\u3164", "\u0301", "\U000e0041", "\u202eevil"]
)
def test_a_name_can_be_seen(text: str) -> None:
    """Invisible names, and those that turn the text around them, are refused."""
    assert problems(firstname=text) == ["firstname"]


def test_names_of_all_scripts_are_taken() -> None:
    """Joiners inside a word stay: Persian, Hindi and emoji need them."""
    for name in ("علی\u200cرضا", "क्\u200dष", "李", "Ñandú", "O'Neil-Smith Jr.", "👩\u200d💻"):
        assert problems(firstname=name) == []


@pytest.mark.parametrize("name", LINES)
def test_a_line_stays_a_line(name: str) -> None:
    """A line break in a single-line field is refused, in a long text it is kept."""
    assert name in problems(**{name: "a\nb"})
    assert problems(notes="a\r\nb") == []


@pytest.mark.parametrize(("name", "longest"), [*TEXTS.items(), *LONG_TEXTS.items()])
def test_too_long(name: str, longest: int) -> None:
    """One character over the column's length is refused, with the length in words."""
    assert name in problems(**{name: "x" * (longest + 1)})


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["yes", 1, None, []])
def test_flags_are_booleans(name: str, value: object) -> None:
    """Nothing but true and false is a flag."""
    assert problems(**{name: value}) == [name]


@pytest.mark.parametrize("name", ["permissions", "topics"])
@pytest.mark.parametrize("value", ["invoices", ["admin"], [1], ["invoices", None], 7])
def test_choices_that_do_not_exist(name: str, value: object) -> None:
    """Permissions and topics are lists of registered names."""
    assert problems(**{name: value}) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("birthday", "31.12.1980"), ("birthday", "2999-01-01"), ("birthday", "1980-02-30"),
        ("birthday", "0001-01-01"), ("phone", "call me"), ("phone", "+1"),
        ("phone", "+999 12345678"), ("phone", "+49 123456789012345"), ("phone", "1234567890123456"),
        ("mobile_phone", "+1 212 555 0123 4567 8901"),
        ("mobile_phone", "---"), ("timezone", "Mars/Olympus"), ("language", "xx"),
        ("contact_preference", "pigeon"), ("email2", "nobody"), ("manager", "the boss"),
    ],
)  # fmt: skip
def test_values_that_cannot_be(name: str, value: str) -> None:
    """Dates, phones, zones, languages and addresses are checked by what they mean."""
    assert problems(**{name: value}) == [name]


def test_good_values_are_normalised() -> None:
    """Trimmed and in NFC; blanks are nothing; accents and apostrophes stay."""
    values, _ = check(
        {**GOOD, "firstname": " Zoe\u0301 ", "phone": "+1 212 555 0123", "position": " ",
         "birthday": "1980-12-31", "timezone": "Europe/Lisbon", "language": "pt_BR"},
        Registry(), ("en", "pt_BR"),
    )  # fmt: skip
    assert values.columns["firstname"] == "Zoé"
    assert values.columns["position"] is None
    assert values.columns["birthday"].isoformat() == "1980-12-31"


def test_all_problems_are_told_at_once() -> None:
    """Nobody corrects a form three times."""
    assert problems(firstname="", email="x", phone="x", birthday="x") == [
        "birthday", "email", "firstname", "phone",
    ]  # fmt: skip
