"""Who somebody may be already, told while a new contact is typed: a hint, never in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request, url_for
from markupsafe import Markup

from ...config import setting
from ...i18n import _, _l
from ...later import later
from ...models.search_keys import folded
from ...services.duplicates.kinds import EMAIL, NAME, PHONE
from ...state import current_contacts
from ..contact_visibility import visible_in_list
from ..customers.sight import customer_key, find_visible
from ..held_permissions import holds_now
from ..safe_view import flash

if TYPE_CHECKING:
    from ...models import Contact
    from ...services import field_checks
    from ...services.duplicates import candidates as duplicates_candidates
    from ...services.duplicates.candidates import Candidate, Person, Reason
    from ..customers import search
else:
    search = later("admin.customers.search")
    field_checks = later("services.field_checks")
    duplicates_candidates = later("services.duplicates.candidates")

#: The view whose pages are linked to, and the name of its permissions.
VIEW, CONTACTS = "CustomerContactsView", "Customer contacts"
DUPLICATES = "Duplicates"
_KINDS = {EMAIL: _l("Same email"), PHONE: _l("Same phone")}
_LONGEST = 254


class Hint(NamedTuple):
    """Somebody who may be the same person; ``url`` is None where the page is closed.

    ``keeps_address`` where the new contact cannot have its address, which is this one's.
    """

    name: str
    about: str
    reasons: list[str]
    url: str | None
    keeps_address: bool = False


def reasons_in_words(reasons: Iterable[Reason]) -> list[str]:
    """What speaks for it."""
    return [in_words(one.kind, one.score) for one in reasons]


def in_words(kind: str, score: int | None) -> str:
    """One reason; for a name with how alike it is."""
    if kind != NAME:
        return str(_KINDS[kind])
    if score == 100:
        return str(_("Same name"))
    return str(_("Similar name (%(score)s %%)", score=score))


def typed_hints() -> list[Hint]:
    """What this request's fields find, whether they are posted or asked about."""
    return hints_of(_typed_person(), [])


def lookup_url(customer_id: Any) -> str:
    """Where the form of a new contact of a customer asks while one types."""
    return url_for(f"{VIEW}.similar", customer_pk=customer_id)


def tell(contact: Contact, company: str, but: Collection[int] = ()) -> None:
    """After a contact of a company was created: who may be the same person, and the page that
    compares. ``company`` is its name, empty for none.
    """
    person = duplicates_candidates.Person.of(contact, company)
    found = [
        one
        for one in _candidates(person, [contact.id, *but])
        if contact.login_id is None or one.contact.login_id != contact.login_id
    ]
    if not found:
        return
    first = found[0].contact
    mergeable = {first.customer_id, contact.customer_id} - {None}
    link = Markup('<a class="alert-link" href="{}">{}</a>')
    if holds_now("can_merge", CONTACTS) and len(mergeable) < 2:
        url = url_for(f"{VIEW}.merge", contact=[first.id, contact.id])
        words = link.format(url, _("Compare and merge"))
    elif holds_now("can_show", CONTACTS):
        words = link.format(url_for(f"{VIEW}.show", pk=first.id), _("Open the contact's page"))
    else:
        words = Markup("")
    about = {
        "name": _name_and_company(first),
        "reason": ", ".join(reasons_in_words(found[0].reasons)).lower(),
    }
    text = Markup(_("This may be the same person as %(name)s: %(reason)s."))  # noqa: S704  ours
    flash(text % about + " " + words, "info")


def _typed_person() -> Person:
    values = request.values
    text = {
        name: values.get(name, "").strip()[:_LONGEST].replace("\x00", "")
        for name in (
            "firstname", "lastname", "email", "email2", "phone", "mobile_phone",
            "mobile_phone2", "company",
        )
    }  # fmt: skip
    pk = (request.view_args or {}).get("customer_pk") or values.get("customer_pk", "")
    customer = search.typed_customer(text["company"]) if text["company"] else None
    if pk and customer is None:
        customer = find_visible(pk)
    numbers = (field_checks.e164(text[name], setting("PHONE_REGION")) for name in
               ("phone", "mobile_phone", "mobile_phone2") if text[name])  # fmt: skip
    return duplicates_candidates.Person(
        text["firstname"],
        text["lastname"],
        [text[name] for name in ("email", "email2") if text[name]],
        [one for one in numbers if one],
        None if customer is None else customer_key(customer),
        "" if customer is None else str(customer),
    )


def hints_of(person: Person, but: Collection[int]) -> list[Hint]:
    """Whom of the visible contacts a person may be; ``but`` are left out."""
    may_show = holds_now("can_show", CONTACTS)
    return [
        Hint(
            one.contact.name,
            _about(one.contact),
            reasons_in_words(one.reasons),
            url_for(f"{VIEW}.show", pk=one.contact.id) if may_show else None,
            _keeps_address(person, one.contact),
        )
        for one in _candidates(person, but)
    ]


def _keeps_address(person: Person, contact: Contact) -> bool:
    """Whether the address that is typed is this contact's, at the customer that is typed."""
    typed = folded(request.values.get("email"))
    at_customer = person.customer_id is not None and person.customer_id == contact.customer_id
    return bool(typed) and at_customer and typed == contact.email_search


def _candidates(person: Person, but: Collection[int]) -> list[Candidate]:
    return duplicates_candidates.candidates(
        current_contacts.session, person, visible_in_list(), but=but
    )


def _about(contact: Contact) -> str:
    company = str(contact.customer) if contact.customer is not None else _("No company yet")
    return " · ".join(filter(None, (contact.position, company, contact.email)))


def _name_and_company(contact: Contact) -> str:
    if contact.customer is None:
        return contact.name
    return f"{contact.name} ({contact.customer})"
