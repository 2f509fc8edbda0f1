"""Who the sample customers and contacts are.

Their addresses end in ``.example``, which is nobody's: mail to them reaches no one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_EVERYTHING = ("invoices", "estimates", "contracts", "proposals", "support", "projects")
_MONEY = ("invoices", "estimates", "email_notifications")
_WORK = ("support", "projects", "email_notifications")


@dataclass(frozen=True)
class SamplePerson:
    """A contact; who has ``permissions`` can sign in. The first of a company is primary."""

    firstname: str
    lastname: str
    position: str
    permissions: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleCompany:
    """A customer, what is known of it, and its people."""

    name: str
    domain: str
    columns: Mapping[str, str]
    people: tuple[SamplePerson, ...]
    note: str = ""


def _in(city: str, country: str, address: str, zip_code: str) -> dict[str, str]:
    return {"address": address, "city": city, "zip_code": zip_code, "country": country}


_ALL = (*_EVERYTHING, "email_notifications")
COMPANIES = (
    SampleCompany(
        "Northgate Bakeries",
        "northgate.example",
        _in("Leeds", "United Kingdom", "14 Mill Lane", "LS1 4AB"),
        (
            SamplePerson("Ada", "Whitfield", "Managing director", _ALL),
            SamplePerson("Tom", "Okafor", "Accounts", _MONEY),
            SamplePerson("Priya", "Nair", "Shop manager", _WORK),
        ),
        "Opens two more shops in spring; asked for one invoice for all of them.",
    ),
    SampleCompany(
        "Müller & Söhne Maschinenbau",
        "mueller-soehne.example",
        _in("Stuttgart", "Germany", "Hafenstraße 7", "70327"),
        (
            SamplePerson("Jürgen", "Müller", "Geschäftsführer", _ALL),
            SamplePerson("Katharina", "Böhm", "Einkauf", _MONEY),
        ),
    ),
    SampleCompany(
        "Ødegård Seafood",
        "odegard.example",
        _in("Bergen", "Norway", "Bryggen 3", "5003"),
        (
            SamplePerson("Ingrid", "Ødegård", "Owner", _ALL),
            SamplePerson("Lars", "Håkonsen", "Logistics", _WORK),
            SamplePerson("Synne", "Ås", "Left the company", (), {"do_not_send_emails": True}),
        ),
        "Prefers to be called before eight in the morning.",
    ),
    SampleCompany(
        "Casa do Livro",
        "casadolivro.example",
        _in("São Paulo", "Brazil", "Rua Augusta 1200", "01304-001"),
        (
            SamplePerson("João", "Gonçalves", "Sócio", _ALL),
            SamplePerson("Beatriz", "Antunes", "Financeiro", _MONEY),
        ),
    ),
    SampleCompany(
        "Harbour Dental Practice",
        "harbourdental.example",
        _in("Bristol", "United Kingdom", "2 Quay Street", "BS1 6QA"),
        (SamplePerson("Eleanor", "Price", "Practice manager", _ALL),),
    ),
    SampleCompany(
        "Rossi Trasporti",
        "rossitrasporti.example",
        _in("Bologna", "Italy", "Via dell'Arcoveggio 49", "40129"),
        (
            SamplePerson("Chiara", "Rossi", "Titolare", _ALL),
            SamplePerson("Matteo", "De Luca", "Autoparco"),
        ),
    ),
    SampleCompany(
        "Lakeside School",
        "lakeside-school.example",
        _in("Geneva", "Switzerland", "Quai Gustave-Ador 18", "1207"),
        (
            SamplePerson("Hélène", "Favre", "Bursar", _ALL),
            SamplePerson("Samuel", "Okonkwo-Featherstonehaugh", "IT", _WORK),
        ),
    ),
    SampleCompany(
        "Vega Solar",
        "vegasolar.example",
        _in("Sevilla", "Spain", "Avenida de la Palmera 22", "41012"),
        (
            SamplePerson("Lucía", "Fernández", "Directora", _ALL),
            SamplePerson("Iker", "Zubiri", "Obras", _WORK),
        ),
    ),
)
