"""Columns by their names: those of other products, and of everyday spreadsheets."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_contacts.errors import InvalidInput
from flask_contacts.i18n import in_language
from flask_contacts.services.exporting.records import headings
from flask_contacts.services.importing.columns import (
    FIELDS,
    check_columns,
    guess_columns,
    product_of,
)
from scripts.translations import LANGUAGES

pytestmark = pytest.mark.usefixtures("app_context")
GOOGLE = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last "
    "Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,"
    "Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    "E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label"
)
GOOGLE_OLD = (
    "Name,Given Name,Additional Name,Family Name,Birthday,Notes,Language,Group Membership,"
    "E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name,"
    "Organization 1 - Title"
)
OUTLOOK = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,"
    "Business Phone,Home Phone,Mobile Phone,Other Phone,Birthday,E-mail Address,E-mail Type,"
    "E-mail Display Name,E-mail 2 Address,Language,Manager's Name,Notes"
)
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Job Title,"
    "Mobile Phone Number,Associated Company,Lifecycle Stage"
)
PERFEX = (
    "Firstname,Lastname,Email,Contact phonenumber,Position,Company,Vat,Phonenumber,Country,City,"
    "Zip,State,Address,Website,Billing street,Longitude,Latitude,Stripe id"
)


def mapped(headers: str) -> dict[str, str]:
    """The columns that go somewhere."""
    names = headers.split(",")
    return {name: field for name, field in zip(names, guess_columns(names), strict=True) if field}


@pytest.mark.parametrize(
    ("product", "headers", "expected"),
    [
        ("Google Contacts", GOOGLE, {
            "First Name": "firstname", "Middle Name": "middle_name", "Last Name": "lastname",
            "Organization Name": "customer", "Organization Title": "position",
            "Birthday": "birthday", "Notes": "notes", "E-mail 1 - Value": "email",
            "E-mail 2 - Value": "email2", "Phone 1 - Value": "phone",
        }),
        ("Google Contacts", GOOGLE_OLD, {
            "Given Name": "firstname", "Additional Name": "middle_name",
            "Family Name": "lastname", "Birthday": "birthday", "Notes": "notes",
            "Language": "language", "E-mail 1 - Value": "email", "Phone 1 - Value": "phone",
            "Organization 1 - Name": "customer", "Organization 1 - Title": "position",
        }),
        ("Outlook", OUTLOOK, {
            "First Name": "firstname", "Middle Name": "middle_name", "Last Name": "lastname",
            "Company": "customer", "Job Title": "position", "Business Phone": "phone",
            "Home Phone": "other_contacts", "Mobile Phone": "mobile_phone",
            "Other Phone": "other_contacts", "Birthday": "birthday", "E-mail Address": "email",
            "E-mail 2 Address": "email2", "Language": "language", "Notes": "notes",
        }),
        ("HubSpot", HUBSPOT, {
            "First Name": "firstname", "Last Name": "lastname", "Email": "email",
            "Phone Number": "phone", "Job Title": "position",
            "Mobile Phone Number": "mobile_phone", "Associated Company": "customer",
        }),
        ("Perfex CRM", PERFEX, {
            "Firstname": "firstname", "Lastname": "lastname", "Email": "email",
            "Contact phonenumber": "phone", "Position": "position", "Company": "customer",
        }),
    ],
)  # fmt: skip
def test_files_of_other_products(product: str, headers: str, expected: dict[str, str]) -> None:
    """Recognised by their headers, and each column goes where it belongs."""
    assert product_of(headers.split(",")) == product
    assert mapped(headers) == expected


def test_portuguese() -> None:
    """With accents, without, in any case and with other signs between the words."""
    assert mapped("NOME,Sobrenome,Endereço de e-mail,Telemóvel,Empresa,Observações,Cargo") == {
        "NOME": "firstname", "Sobrenome": "lastname", "Endereço de e-mail": "email",
        "Telemóvel": "mobile_phone", "Empresa": "customer", "Observações": "notes",
        "Cargo": "position",
    }  # fmt: skip
    assert product_of(["Nome", "Sobrenome"]) is None


@pytest.mark.parametrize("reader", ["en", "pt_BR"])
@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_our_own_exports(app: Flask, language: str, reader: str) -> None:
    """In each language of the host, every field of an export is known again, whatever
    language the importing person reads."""
    app.config["LANGUAGES"] = {key: {} for key in ("en", *LANGUAGES)}
    with in_language(language):
        names = headings()
    with in_language(reader):
        assert guess_columns(names)[: len(FIELDS) - 1] == [
            name for name in FIELDS if name != "fullname"
        ]


@pytest.mark.parametrize(
    "headers",
    [
        "Nombre,Apellidos,Correo electrónico,Teléfono,Móvil,Empresa,Puesto,Fecha de nacimiento",
        "Nome,Cognome,Indirizzo e-mail,Telefono,Cellulare,Azienda,Ruolo,Data di nascita",
        "Nome,Apelido,Correio eletrónico,Telefone,Telemóvel,Empresa,Cargo,Data de nascimento",
    ],
)
def test_spanish_italian_and_portuguese(headers: str) -> None:
    """Everyday names of columns in the languages that the package speaks."""
    assert list(mapped(headers).values()) == [
        *("firstname", "lastname", "email", "phone", "mobile_phone", "customer", "position"),
        "birthday",
    ]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Vorname,Nachname,E-Mail-Adresse,Telefon geschäftlich,Mobiltelefon,Firma,Position,"
         "Geburtsdatum,Sprache,Notizen",
         "firstname lastname email phone mobile_phone customer position birthday language notes"),
        ("Name,Vorname,Firma,E-Mail,Telefon", "lastname firstname customer email phone"),
        ("Vollständiger Name,Kunde,Handy", "fullname customer mobile_phone"),
    ],
)  # fmt: skip
def test_german(headers: str, expected: str) -> None:
    """Columns of German spreadsheets, where Name beside Vorname is the last name."""
    assert guess_columns(headers.split(",")) == expected.split()


@pytest.mark.parametrize(
    "headers", ["Customer,Customer ID,Position", "Company,Company ID,Job title"]
)
def test_the_names_of_earlier_exports(headers: str) -> None:
    """What a former release called Customer and Position is still known."""
    assert guess_columns(headers.split(",")) == ["customer", "customer_key", "position"]


def test_short_names() -> None:
    """Lists that somebody keeps by hand name their columns in one word."""
    assert mapped("First,Last,Mail,Remark") == {
        "First": "firstname", "Last": "lastname", "Mail": "email", "Remark": "notes",
    }  # fmt: skip


def test_one_column_for_a_field() -> None:
    """The likelier name wins; a name in one column serves where the two are missing."""
    assert mapped("Email,E-mail Address") == {"Email": "email"}
    assert mapped("Name,Email") == {"Name": "fullname", "Email": "email"}
    assert mapped("Name,First name,Last name") == {
        "First name": "firstname", "Last name": "lastname",
    }  # fmt: skip
    assert "fullname" in guess_columns(["First name", "Last name", "Full name"])


def test_what_cannot_be() -> None:
    """A field twice, no name at all, a field that does not exist: each at its column."""
    headers = ["a", "b", "c"]
    with pytest.raises(InvalidInput) as caught:
        check_columns(headers, ["email", "email", ""])
    assert set(caught.value.errors) == {"column_0", "column_1", "columns"}
    for columns in (["password", "firstname", "lastname"], ["firstname", "lastname"]):
        with pytest.raises(InvalidInput) as caught:
            check_columns(headers, columns)
        assert set(caught.value.errors) == {"columns"}
    check_columns(headers, ["fullname", "notes", "notes"])


def test_names_of_newer_exports() -> None:
    """HubSpot's, whose keys of companies are none of ours, and Portuguese words."""
    hubspot = "Record ID - Contact,First Name,Last Name,Email,Primary Associated Company ID"
    assert product_of(hubspot.split(",")) == "HubSpot"
    assert mapped(hubspot) == {
        "First Name": "firstname", "Last Name": "lastname", "Email": "email",
    }  # fmt: skip
    assert mapped("Outras formas de contato") == {"Outras formas de contato": "other_contacts"}
