"""An import on its way: what it reads of the file, and what the one who imports may do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from flask import current_app
from sqlalchemy import true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...actors import SYSTEM, Actor
from ...config import setting
from ...i18n import available_languages
from ...models import ContactImport
from ...models.binding import bound_customer
from ...models.customer import customer_key
from ...record_keys import typed_key
from ...registry import Registry
from ...state import current_contacts
from ..settings import default_permissions
from .conversion import Converter, language_codes
from .customer_names import CustomerNames


@dataclass(frozen=True)
class Importer:
    """Who imports: ``visible`` and ``customers`` are conditions on the contacts and customers
    that this one may see (BEHAVIOUR S7); ``admin_id`` becomes customer admin of new ones. An
    import makes no customers and no logins for who may not."""

    actor: Actor = SYSTEM
    visible: ColumnElement[bool] = field(default_factory=true)
    customers: ColumnElement[bool] = field(default_factory=true)
    admin_id: int | None = None
    may_create_customers: bool = True
    may_invite: bool = True

    def beyond(self, options: Options) -> list[str]:
        """The options that go beyond what this one may do, by name."""
        wanted = {
            "create_customers": options.create_customers and not self.may_create_customers,
            "invite": options.invite and not self.may_invite,
        }
        return [name for name, is_beyond in wanted.items() if is_beyond]


@dataclass(frozen=True)
class Options:
    """What staff chose for a file.

    ``customer`` is the key, as text, of whose contacts the rows without a customer are;
    ``create_customers`` makes those that are not there; ``same_person`` takes a contact of the
    same name at the same customer for the same person though the address differs; ``invite``
    gives each new contact with an address a login and mails the link.
    """

    date_order: str | None = None
    customer: str | None = None
    create_customers: bool = False
    same_person: bool = False
    invite: bool = False


def can_create_customers() -> bool:
    """Whether an import can make customers: of a host's own model it knows no columns."""
    return bound_customer() is None


@dataclass
class Job:
    """An import with all that its rows have in common, looked up once for many of them."""

    import_id: int
    importer: Importer
    options: Options
    converter: Converter
    names: CustomerNames
    registry: Registry
    languages: tuple[str, ...]
    phone_region: str | None
    permissions: Collection[str]
    topics: Collection[str]
    customer_key: Any
    generation: int


def make_job(session: Session, row: ContactImport, importer: Importer) -> Job:
    """The job of an import whose columns are known."""
    options = Options(**row.options)
    beyond: dict[str, Any] = dict.fromkeys(importer.beyond(options), False)
    options = replace(options, **beyond)
    registry, permissions = current_contacts.registry, default_permissions(session)
    languages = current_app.config.get("LANGUAGES") or {}
    key = typed_key(options.customer, customer_key.type) if options.customer else None
    return Job(
        import_id=row.id,
        importer=importer,
        options=options,
        converter=Converter(
            row.headers,
            row.columns,
            language_codes(languages),
            options.date_order,
            kind=row.kind,
        ),
        names=CustomerNames(importer.customers, row.newest_customer),
        registry=registry,
        languages=available_languages(current_app),
        phone_region=setting("PHONE_REGION"),
        permissions=sorted(permissions),
        topics=sorted(registry.topics_of(permissions)),
        customer_key=key,
        generation=row.generation,
    )
