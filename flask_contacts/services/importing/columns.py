"""Which column of a file is which field of a contact: guessed by its name, corrected by staff.

The names are those of our own export in every language of the host, of everyday spreadsheets
in English, Italian, Portuguese and Spanish, and of Google Contacts, Outlook, HubSpot and Perfex.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from flask import current_app, has_app_context

from ...errors import InvalidInput
from ...i18n import _l, _lp, available_languages, in_language
from ...models.search_keys import folded

#: The fields that a column can go to, in the order of the form, with their labels.
FIELDS = {
    "customer": _l("Customer"),
    "customer_key": _l("Customer ID"),
    "firstname": _l("Firstname"),
    "lastname": _l("Lastname"),
    "fullname": _l("First and last name in one"),
    "middle_name": _l("Middle name"),
    "position": _l("Position"),
    "email": _lp("address", "Email"),
    "email2": _l("Email 2"),
    "phone": _l("Phone"),
    "mobile_phone": _l("Mobile phone"),
    "mobile_phone2": _l("Mobile phone 2"),
    "other_contacts": _l("Other contacts"),
    "birthday": _l("Birthday"),
    "language": _l("Language"),
    "timezone": _l("Timezone"),
    "contact_preference": _l("Contact preferences"),
    "do_not_send_emails": _l("Do not send emails"),
    "do_not_call": _l("Do not call"),
    "is_primary": _l("Primary contact"),
    "certificate": _l("Certificate"),
    "notes": _l("Notes"),
}
#: The fields that several columns may go to: each becomes a line.
SEVERAL = ("other_contacts", "notes")
#: Of the names of a field the likeliest first: where two columns fit, the earlier name wins.
_ALIASES: Mapping[str, Sequence[str]] = {
    "customer": (
        "customer", "customer name", "company", "company name", "organization name",
        "organization 1 name", "organization", "organisation", "associated company",
        "associated company primary", "primary company", "account name", "account", "cliente",
        "empresa", "nome da empresa", "companhia", "organizacao", "nombre de la empresa",
        "compania", "sociedad", "organizacion", "azienda", "nome azienda", "societa",
        "ragione sociale", "organizzazione",
    ),
    "customer_key": ("customer id", "id do cliente", "id del cliente", "id cliente"),
    "firstname": (
        "firstname", "first name", "first", "given name", "forename", "nome", "primeiro nome",
        "nome proprio", "nombre", "nombres", "primer nombre", "nombre de pila", "nome di battesimo",
    ),
    "lastname": (
        "lastname", "last name", "last", "family name", "surname", "sobrenome", "apelido",
        "ultimo nome", "apellido", "apellidos", "primer apellido", "cognome",
    ),
    "fullname": (
        "first and last name in one", "full name", "fullname", "name", "display name", "contact",
        "contact name", "nome completo", "contato", "contacto", "nome e sobrenome",
        "nombre completo", "nombre y apellidos", "nombre y apellido", "nome e cognome", "contatto",
        "nominativo",
    ),
    "middle_name": (
        "middle name", "middlename", "additional name", "nome do meio", "segundo nome",
        "segundo nombre", "secondo nome",
    ),
    "position": (
        "position", "job title", "title", "organization title", "organization 1 title", "role",
        "cargo", "funcao", "posicao", "puesto", "puesto de trabajo", "posicion", "ruolo",
        "posizione", "qualifica", "mansione",
    ),
    "email": (
        "email", "e mail", "email address", "e mail address", "e mail 1 value", "mail",
        "email 1", "primary email", "work email", "endereco de email", "endereco de e mail",
        "correio eletronico", "correo", "correo electronico", "direccion de correo electronico",
        "indirizzo e mail", "indirizzo email", "posta elettronica",
    ),
    "email2": (
        "email 2", "e mail 2", "e mail 2 address", "e mail 2 value", "secondary email",
        "additional email addresses", "endereco de email 2", "endereco de e mail 2",
        "correo electronico 2", "correo 2",
    ),
    "phone": (
        "contact phonenumber", "work phone", "business phone", "phone", "phone number",
        "phonenumber", "telephone", "phone 1 value", "primary phone", "telefone",
        "telefone comercial", "telefone de trabalho", "telefone do trabalho", "fone", "telefono",
        "telefono del trabajo", "telefono de trabajo", "telefono lavoro", "telefono ufficio",
    ),
    "mobile_phone": (
        "mobile phone", "mobile phone number", "mobile", "cell", "cell phone", "mobile number",
        "phone 2 value", "celular", "telemovel", "telefone celular", "telefone movel",
        "movil", "telefono movil", "telefono celular", "cellulare", "telefono cellulare",
    ),
    "mobile_phone2": (
        "mobile phone 2", "mobile 2", "phone 3 value", "celular 2", "telemovel 2", "movil 2",
        "telefono movil 2", "cellulare 2",
    ),
    "other_contacts": (
        "other contacts", "other phone", "home phone", "home phone 2", "e mail 3 address",
        "outras formas de contato", "outras formas de contacto", "outros contatos",
        "outros contactos", "telefone residencial", "telefone de casa", "otros contactos",
        "telefono de casa", "telefono particular", "altri contatti", "telefono casa",
    ),
    "birthday": (
        "birthday", "date of birth", "birth date", "birthdate", "aniversario",
        "data de nascimento", "nascimento", "cumpleanos", "fecha de nacimiento", "compleanno",
        "data di nascita",
    ),
    "language": ("language", "preferred language", "idioma", "lingua", "language code"),
    "timezone": (
        "timezone", "time zone", "fuso horario", "zona horaria", "huso horario", "fuso orario",
    ),
    "contact_preference": (
        "contact preferences", "contact preference", "preferencia de contato",
        "preferencias de contato", "preferencia de contacto", "preferencias de contacto",
        "preferenze di contatto",
    ),
    "do_not_send_emails": (
        "do not send emails", "do not email", "email opt out", "has opted out of email",
        "opted out of email", "nao enviar emails", "nao enviar e mails",
        "no enviar correos", "no enviar correos electronicos", "non inviare e mail",
        "non inviare email",
    ),
    "do_not_call": ("do not call", "nao ligar", "nao telefonar", "no llamar", "non chiamare"),
    "is_primary": (
        "primary contact", "is primary", "contato principal", "contacto principal",
        "contatto principale",
    ),
    "certificate": ("certificate", "certificado", "certificato"),
    "notes": (
        "notes", "note", "comments", "comment", "remarks", "remark", "notas", "observacoes",
        "anotacoes", "observaciones", "comentarios", "annotazioni", "osservazioni",
    ),
}  # fmt: skip
_RANKS = {
    name: (field, rank) for field, names in _ALIASES.items() for rank, name in enumerate(names)
}
_SEPARATORS = re.compile(r"[\W_]+")
#: Names that only the files of one product have together.
_PRODUCTS: Mapping[str, Sequence[frozenset[str]]] = {
    "Google Contacts": (frozenset({"e mail 1 value"}), frozenset({"phone 1 value"})),
    "HubSpot": (
        frozenset({"record id", "lifecycle stage"}), frozenset({"record id", "contact owner"}),
        frozenset({"record id", "associated company"}), frozenset({"record id contact"}),
    ),
    "Outlook": (
        frozenset({"e mail address", "business phone"}),
        frozenset({"e mail address", "e mail display name"}),
    ),
    "Perfex CRM": (
        frozenset({"firstname", "lastname", "contact phonenumber"}),
        frozenset({"firstname", "phonenumber", "stripe id"}),
    ),
}  # fmt: skip


def guess_columns(headers: Sequence[str]) -> list[str]:
    """A field's name, or nothing, for each column; no field twice but those of several lines."""
    found: dict[int, tuple[str, int]] = {}
    for place, header in enumerate(headers):
        field, rank = _field_of(header)
        if field:
            found[place] = (field, rank)
    best: dict[str, tuple[int, int]] = {}
    for place, (field, rank) in found.items():
        best[field] = min(best.get(field, (rank, place)), (rank, place))
    if {"firstname", "lastname", "fullname"} <= best.keys():
        place = best["fullname"][1]
        if plain_header(headers[place]) != "full name":  # it may be the company's
            del best["fullname"]
    return [
        found[place][0]
        if place in found
        and found[place][0] in best
        and (found[place][0] in SEVERAL or best[found[place][0]][1] == place)
        else ""
        for place in range(len(headers))
    ]


def product_of(headers: Sequence[str]) -> str | None:
    """The product whose export has these columns, or None."""
    names = {plain_header(header) for header in headers}
    for product, signatures in _PRODUCTS.items():
        if any(signature <= names for signature in signatures):
            return product
    return None


def check_columns(headers: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse (:class:`InvalidInput`) what cannot be: at ``columns``, or at ``column_3``."""
    errors: dict[str, list[object]] = {}
    if len(columns) != len(headers) or any(one and one not in FIELDS for one in columns):
        raise InvalidInput(
            {"columns": [_l("This holds a choice that does not exist. Choose again.")]}
        )
    for field, count in Counter(columns).items():
        if field and count > 1 and field not in SEVERAL:
            text = _l("Two columns go to %(field)s. Choose one of them.", field=FIELDS[field])
            errors.update({f"column_{n}": [text] for n, one in enumerate(columns) if one == field})
    if "fullname" not in columns and not {"firstname", "lastname"} <= set(columns):
        text = _l("Say which columns have the first and the last name.")
        errors["columns"] = [text]
    if errors:
        raise InvalidInput(errors)


def plain_header(header: str) -> str:
    """A column's name in lower case, without accents and punctuation."""
    return _SEPARATORS.sub(" ", folded(header)).strip()


def _field_of(header: str) -> tuple[str, int]:
    name = plain_header(header)
    if name in _RANKS:
        return _RANKS[name]
    languages = available_languages(current_app) if has_app_context() else ()
    return _own_labels(languages).get(name, ""), 0


@cache
def _own_labels(languages: Sequence[str]) -> dict[str, str]:
    """The field of each label that an export has in one of the languages."""
    labels: dict[str, str] = {}
    for language in languages:
        with in_language(language):
            labels |= {plain_header(str(label)): field for field, label in FIELDS.items()}
    return labels
