"""Texts of a file as the raw values of a contact's form."""

from __future__ import annotations

from typing import Any

import pytest

from flask_contacts.services.csv_text import neutral
from flask_contacts.services.importing.conversion import Converter, language_codes
from flask_contacts.services.importing.dates import date_orders, iso_date

pytestmark = pytest.mark.usefixtures("app_context")
LANGUAGES = {"en": {"name": "English"}, "pt_BR": {"name": "Português do Brasil"}}


def converted(columns: list[str], *cells: str, order: str | None = None) -> Any:
    """The draft of a row."""
    headers = [f"Column {name}" for name in columns]
    codes = language_codes(LANGUAGES)
    return Converter(headers, columns, codes, order, kind="csv").draft(2, cells)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("1985-06-30", None, "1985-06-30"),
        ("1985/6/3", "mdy", "1985-06-03"),
        ("19850630", None, "1985-06-30"),
        ("1985-06-30T00:00:00Z", None, "1985-06-30"),
        ("30/06/1985", "dmy", "1985-06-30"),
        ("30.6.1985", "dmy", "1985-06-30"),
        ("06/30/1985", "mdy", "1985-06-30"),
        ("03/04/1985", "dmy", "1985-04-03"),
        ("03/04/1985", "mdy", "1985-03-04"),
        ("6-30-1985 0:00", "mdy", "1985-06-30"),
        ("0/0/00", "mdy", ""),
        ("30/06/1985", "mdy", None),
        ("30/06/85", "dmy", None),
        ("--0630", None, ""),
        ("--06-30", "dmy", ""),
        ("1604-06-30", "mdy", ""),
        ("June", None, None),
    ],
)
def test_dates(text: str, order: str | None, day: str | None) -> None:
    """Three orders; a date that is none is blank, one that cannot be read is told apart."""
    assert iso_date(text, order) == day


#: What is read (by the year first, by the day and by the month), what says only a part of a day,
#: and what is nothing of them.
FORMS: dict[str, tuple[str | None, str | None]] = {
    **dict.fromkeys(
        (
            "1985-06-03", "1985/06/03", "1985.06.03", "1985 06 03", "1985-6-3", "1985/6/03",
            "1985.06.3", "1985 6 3", "19850603", " 1985-06-03 ",
            "1985-06-03 00:00", "1985-06-03 9:30", "1985-06-03 00:00:00", "1985-06-03T00:00:00Z",
            "1985-06-03 23:59:59.999+02:00", "1985-06-03 12:00 AM", "1985-06-03T10", "1985-06-03T",
            "19850603T101500Z", "1985 6 3 10:15", "1985/6/3 0:00:00",
        ),
        ("1985-06-03", "1985-06-03"),
    ),
    **dict.fromkeys(
        (
            "03/06/1985", "03-06-1985", "03.06.1985", "03 06 1985", "3/6/1985", "3.06.1985",
            "03/6 1985", "03/06/1985 00:00", "03/06/1985 0:00:00", "3-6-1985 00:00:00",
        ),
        ("1985-06-03", "1985-03-06"),
    ),
    **dict.fromkeys(("13/06/1985", "13.6.1985"), ("1985-06-13", None)),
    **dict.fromkeys(("06/13/1985", "6-13-1985 0:00"), (None, "1985-06-13")),
    **dict.fromkeys(
        (
            "", "0000-00-00", "00/00/0000", "0000-00-00 00:00:00",
            "--0603", "--06-03", "--06", "---03", "1604-06-03",
            "1985", "1985-06", "1985/6", "1985.06", "1985 12", "1985-1", "06/1985", "6.1985",
            "12-1985", "06 1985",
        ),
        ("", ""),
    ),
    **dict.fromkeys(
        (
            "198506", "198511", "1985111", "1985063", "198506030", "198506031", "850603", "603",
            "1985-0603", "198506-03", "1985-063", "19856-3", "198563", "1985-06/03", "1985/06-03",
            "1985-06 03", "1985-12 10:30", "1985-12 3 Uhr", "1985--06-03", "1985-06--03",
            "1985, 06, 03", "1985_06_03", "1985:06:03", "1985-006-03", "1985-06-003",
            "1985-06-03-", "-1985-06-03", "1985-06-", "1985-", "1985-06-03 1", "1985-06-03 1990",
            "1985-06-03 - 1990-01-01", "1985 6 3 4", "1985-06-03Tea", "1985-06-0310:00",
            "1985-06-030:00", "85-06-03", "85/6/3", "03/06/85", "3.6.85", "03/06/'85",
            "985-06-03", "11985-06-03", "03/06/11985", "03/06/1985 12:30", "03/06/19850:00",
            "03,06,1985", "03//06/1985", "003/06/1985", "03061985", "3061985",
            "1985-13", "1985-00", "13/1985", "0/1985", "1985-13-01", "1985-00-10", "1985-06-31",
            "1985-02-29", "19850229", "19851301", "00/06/1985", "31/06/1985", "0000-01-01",
            "June 1985", "3 June 1985", "31201",
        ),
        (None, None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_every_form_of_a_date(text: str) -> None:
    """Nothing is read as a day that does not say year, month and day; a year first is read so
    whatever the order of the column, and no order at all is the day's."""
    by_day, by_month = FORMS[text]
    found = [iso_date(text, order) for order in ("dmy", "mdy", None)]
    assert found == [by_day, by_month, by_day]


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/1985", "25/04/1985"], {"dmy"}),
        (["03/04/1985", "04/25/1985"], {"mdy"}),
        (["03/04/1985", "05/05/1985"], {"dmy", "mdy"}),
        (["25/04/1985", "04/25/1985"], {"dmy", "mdy"}),
        (["25/04/1985", "26/04/1985", "04/25/1985"], {"dmy"}),
        (["03.04.1985", "31.02.1990"], {"dmy"}),
        (["03/04/1985", "02/30/1990"], {"mdy"}),
        (["03/04/1985", "31/02/1990", "02/31/1990"], {"dmy", "mdy"}),
        (["03/04/1985", "32/13/1990"], {"dmy", "mdy"}),
        (["25/04/1985", "02/31/1990", "02/30/1990"], {"dmy"}),
        (["31.02.1990"], set()),
        (["1985-04-03", "", "0/0/00", "soon"], set()),
    ],
)
def test_the_order_is_that_of_the_file(texts: list[str], orders: set[str]) -> None:
    """One date that fits one order alone decides for all, be it of a day that does not exist, if
    all of them allow that order; where none does, two are left."""
    assert date_orders(texts) == orders


def test_flags_and_languages() -> None:
    """In English and Portuguese, by code and by name; anything else is a problem at its field."""
    columns = ["do_not_call", "do_not_send_emails", "language", "contact_preference"]
    assert converted(columns, "Sim", "0", "PORTUGUÊS DO BRASIL", "Mobile phone").raw == {
        "do_not_call": True, "do_not_send_emails": False, "language": "pt_BR",
        "contact_preference": "mobile_phone",
    }  # fmt: skip
    assert [converted(["language"], text).raw for text in ("pt-br", "pt", "en", "en_GB")] == [
        {"language": "pt_BR"}, {"language": "pt_BR"}, {"language": "en"}, {"language": "en_GB"},
    ]  # fmt: skip
    wrong = converted(columns, "perhaps", "", "", "pigeon")
    assert wrong.raw == {}
    assert set(wrong.problems) == {"do_not_call", "contact_preference"}


def test_names_in_one() -> None:
    """The last word is the last name; columns of their own count more."""
    columns = ["fullname", "lastname"]
    assert converted(columns, "Ana Maria Silva", "").raw == {
        "firstname": "Ana Maria", "lastname": "Silva",
    }  # fmt: skip
    assert converted(columns, "Ana", "").raw == {"firstname": "Ana"}
    assert converted(columns, "Ana Maria Silva", "Costa").raw == {"lastname": "Costa"}


@pytest.mark.parametrize(
    ("columns", "cells", "missing"),
    [
        (["fullname"], ["Mononym"], "lastname"),
        (["firstname", "fullname"], ["Mononym", "Mononym"], "lastname"),
        (["lastname", "fullname"], ["Mononym", "Mononym"], "firstname"),
    ],
)
def test_one_name_alone(columns: list[str], cells: list[str], missing: str) -> None:
    """It is said of the name that is missing that there is one only, as an address book has it;
    nothing is made up. Where the name stands in columns of its own, the field says it."""
    found = converted(columns, *cells)
    words = "There is one name only. A contact has a first and a last name."
    assert {name: [str(one) for one in texts] for name, texts in found.problems.items()} == {
        missing: [words]
    }
    assert converted(["firstname", "lastname"], "Mononym", "").problems == {}
    assert converted(["fullname", "lastname"], "Ana", "Costa").problems == {}


def test_blank_cells_say_nothing() -> None:
    """They are no empty texts, and never what stands in the row above."""
    converter = Converter(["a", "b"], ["firstname", "email"], {}, None, kind="csv")
    assert converter.draft(2, ["Ada", "ada@x.com"]).raw == {
        "firstname": "Ada", "email": "ada@x.com",
    }  # fmt: skip
    assert converter.draft(3, ["Bob", "  "]).raw == {"firstname": "Bob"}


def test_ragged_rows() -> None:
    """A cell too many or too few is a problem of the row; other formats leave the last ones out."""
    assert "row" in converted(["firstname", "email"], "Ada").problems
    assert "row" in converted(["firstname", "email"], "Ada", "a@x.com", "?").problems
    converter = Converter(["a", "b"], ["firstname", "email"], {}, None, kind="xlsx")
    assert converter.draft(2, ["Ada"]).problems == {}
    assert "row" in converter.draft(2, ["Ada", "", "?"]).problems


def test_several_columns_for_one_text() -> None:
    """Each is a line with the column's name; an exported formula loses its apostrophe."""
    columns = ["other_contacts", "other_contacts", "phone"]
    found = converted(columns, "1", "'+2", "'+44 20 7946 0000").raw
    assert found["other_contacts"] == "Column other_contacts: 1\nColumn other_contacts: +2"
    assert found["phone"] == "+44 20 7946 0000"
    assert converted(["notes"], "O'Neil").raw == {"notes": "O'Neil"}


def test_the_customer() -> None:
    """By name, by key, or both, as they are looked up."""
    columns = ["customer", "customer_key"]
    assert converted(columns, "Acme", "12").customer == "Acme (#12)"
    assert converted(columns, "", "12").customer == "#12"
    assert converted(columns, "Acme", "").customer == "Acme"


def test_several_values_in_a_cell() -> None:
    """Google's: the first one counts, the others go to Other contacts before its own text."""
    columns = ["email", "phone", "other_contacts"]
    assert converted(columns, "a@x.com ::: b@x.com", "+44 1 ::: +44 2 ::: ", "fax 3").raw == {
        "email": "a@x.com", "phone": "+44 1", "other_contacts": "b@x.com\n+44 2\nfax 3",
    }  # fmt: skip
    assert converted(["email"], ":::").raw == {"email": ":::"}
    assert converted(["lastname"], "A ::: B").raw == {"lastname": "A ::: B"}


@pytest.mark.parametrize("text", ["--04-12", "--0412", "1604-04-12", "16040412"])
def test_a_day_without_a_year(text: str) -> None:
    """It is no birthday, and no reason to refuse a row: left out, with a remark."""
    found = converted(["firstname", "birthday"], "Ada", text)
    assert (found.raw, found.problems) == ({"firstname": "Ada"}, {})
    assert [str(one) for one in found.remarks["birthday"]] == ["Left out: it has no year."]


@pytest.mark.parametrize("text", ["1985-12", "12/1985", "1985"])
def test_a_month_without_a_day(text: str) -> None:
    """It is no birthday either: left out, with a remark, in place of a day that is made up."""
    found = converted(["firstname", "birthday"], "Ada", text)
    assert (found.raw, found.problems) == ({"firstname": "Ada"}, {})
    assert [str(one) for one in found.remarks["birthday"]] == ["Left out: it has no day."]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("198512", "This is no date with day, month and a year of four digits."),
        ("1985111", "This is no date with day, month and a year of four digits."),
        ("31.02.1990", "This day does not exist."),
        ("1990-02-31", "This day does not exist."),
        ("13/13/1990", "This day does not exist."),
        ("30/06/1990", "This is no date with day, month and a year of four digits."),
        ("30/06/90", "This is no date with day, month and a year of four digits."),
    ],
)
def test_a_day_that_does_not_exist(text: str, why: str) -> None:
    """Written as a date and in no calendar: that is said, and not that it is no date; what is
    one in another order than the column's is no such."""
    found = converted(["firstname", "birthday"], "Ada", text, order="mdy")
    assert [str(one) for one in found.problems["birthday"]] == [why]


ERROR = "The spreadsheet has an error here (#N/A)."
LEFT_OUT = "Left out: the spreadsheet has an error there (#N/A)."


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_errors_of_a_spreadsheet(kind: str) -> None:
    """They are no words: left out with a remark, each of several lines too."""
    columns = ["firstname", "email", "birthday", "notes", "notes", "notes"]
    converter = Converter(columns, columns, {}, None, kind=kind)
    found = converter.draft(2, ["Ada", "#N/A", "#N/A", "#N/A", "#1 of us", "#N/A"])
    assert found.raw == {"firstname": "Ada", "notes": "notes: #1 of us"}
    assert found.problems == {}
    remarks = {name: [str(one) for one in texts] for name, texts in found.remarks.items()}
    assert remarks == {"email": [LEFT_OUT], "birthday": [LEFT_OUT], "notes": [LEFT_OUT] * 2}


@pytest.mark.parametrize(
    "name",
    [
        "firstname", "lastname", "customer", "customer_key", "do_not_send_emails", "do_not_call",
        "is_primary",
    ],
)  # fmt: skip
def test_errors_that_cannot_be_left_out(name: str) -> None:
    """Nobody loses the name, the company, or the wish for no mail to a formula: refused."""
    found = converted(["email", name], "a@x.com", "#N/A")
    assert (found.raw, found.customer, found.remarks) == ({"email": "a@x.com"}, "", {})
    assert {name: [str(one) for one in texts] for name, texts in found.problems.items()} == {
        name: [ERROR]
    }


def test_an_error_in_place_of_the_whole_name() -> None:
    """Refused, unless other columns have the name."""
    assert set(converted(["fullname"], "#N/A").problems) == {"firstname", "lastname"}
    found = converted(["fullname", "firstname", "lastname"], "#N/A", "Ada", "Lovelace")
    assert found.raw == {"firstname": "Ada", "lastname": "Lovelace"}
    assert (found.problems, [str(one) for one in found.remarks["fullname"]]) == ({}, [LEFT_OUT])


def test_words_like_errors() -> None:
    """An address book computes nothing, and what only looks like an error is a text."""
    converter = Converter(["a"], ["position"], {}, None, kind="vcard")
    assert converter.draft(1, ["#N/A"]).raw == {"position": "#N/A"}
    for text in ("#1", "#", "N/A", "#N/A?", "#n/a", "No #N/A"):
        assert converted(["position"], text).raw == {"position": text}


def test_a_formula_inside_of_a_cell() -> None:
    """Its apostrophe goes too, wherever the cell begins."""
    assert converted(["position"], neutral("ok;=2+2")).raw == {"position": "ok;=2+2"}
