"""What is proposed for each field of the contact that several become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...models import Contact
from .login_fate import LoginFate

#: In the order of the form (BEHAVIOUR S2).
FIELDS = (
    "firstname", "lastname", "middle_name", "position", "email", "email2", "phone",
    "mobile_phone", "mobile_phone2", "other_contacts", "birthday", "contact_preference",
    "do_not_send_emails", "do_not_call", "manager_id", "account_manager_id", "certificate",
    "timezone", "language", "notes",
)  # fmt: skip
#: Texts that can be kept of all, one below the other, with the longest that they may get.
JOINED = {"notes": 10_000, "other_contacts": 2_000}
_NAMES = ("firstname", "lastname")
_FLAGS = ("do_not_send_emails", "do_not_call")
#: What is chosen in place of a contact: all texts; and, behind a contact, its other address.
ALL, ITS_EMAIL = "all", ".email"


@dataclass(frozen=True)
class Option:
    """A value that a field may get; ``choice`` is what a form sends for it. ``of`` is the
    contact that has it there, None for what several make together or another field holds."""

    choice: str
    value: Any
    of: int | None


@dataclass(frozen=True)
class FieldChoice:
    """A field with its options, one for each contact first; ``chosen`` is proposed.

    ``is_fixed``: there is nothing to choose, because the address goes with the login.
    """

    name: str
    options: list[Option]
    chosen: str
    is_fixed: bool = False

    @property
    def is_same(self) -> bool:
        """Whether all contacts have the same there."""
        return len({one.value or None for one in self.options if one.of is not None}) == 1


@dataclass(frozen=True)
class NameChoice:
    """A permission or a topic: who has it, and whether it is proposed."""

    name: str
    holders: list[int]
    proposed: bool


def field_choice(
    name: str, contacts: Sequence[Contact], survivor: Contact, customer_id: Any
) -> FieldChoice:
    """Any field but the two addresses."""
    options = [Option(str(one.id), _value(one, name, contacts, customer_id), one.id)
               for one in contacts]  # fmt: skip
    texts = list(dict.fromkeys(str(one.value) for one in options if one.value))
    joined = "\n".join(texts)
    if name in JOINED and len(texts) > 1 and len(joined) <= JOINED[name]:
        options.append(Option(ALL, joined, None))
        return FieldChoice(name, options, ALL)
    return FieldChoice(name, options, _best(name, options, contacts, survivor))


def _value(one: Contact, name: str, contacts: Sequence[Contact], customer_id: Any) -> Any:
    """A contact is not its own manager, and has one of its company only."""
    value = getattr(one, name)
    if name == "manager_id" and value is not None:
        merged = any(value == other.id for other in contacts)
        return None if merged or one.customer_id != customer_id else value
    return value


def _best(
    name: str, options: Sequence[Option], contacts: Sequence[Contact], survivor: Contact
) -> str:
    """The option with the better value; of several with it, that of the survivor."""
    latest: dict[int | None, Any] = {one.id: one.updated_at for one in contacts}
    if name in _NAMES:  # half of one and half of the other would be nobody's
        latest = {one.id: one is survivor for one in contacts}
    value = _better(name, options, latest)
    same = [one for one in options if (one.value or None) == (value or None)]
    return max(same, key=lambda one: one.of == survivor.id).choice


def _better(name: str, options: Sequence[Option], changed: Mapping[int | None, Any]) -> Any:
    """What is there beats nothing, a ban beats none, the fuller text its beginning, and else
    the contact that was changed last."""
    filled = [one for one in options if one.value] or list(options)
    if name in _FLAGS:
        return filled[0].value
    if name == "contact_preference":
        filled = [one for one in filled if one.value != "any"] or filled
    latest = max(filled, key=lambda one: changed[one.of]).value
    fuller = [
        one.value
        for one in filled
        if isinstance(one.value, str)
        and len(one.value) > len(latest)
        and latest.rstrip(".").casefold() in one.value.casefold()
    ]
    return max(fuller, key=len, default=latest)


def email_choice(contacts: Sequence[Contact], survivor: Contact, fate: LoginFate) -> FieldChoice:
    """The address: that of the login, where one goes on."""
    options = [Option(str(one.id), one.email, one.id) for one in contacts]
    if fate.kept is not None:
        return FieldChoice("email", options, str(survivor.id), is_fixed=True)
    whose = next(iter(fate.may_move), None)
    chosen = str(whose.id) if whose else _best("email", options, contacts, survivor)
    return FieldChoice("email", options, chosen)


def second_email_choice(
    contacts: Sequence[Contact], survivor: Contact, taken: Contact
) -> FieldChoice:
    """Also the addresses that do not become the first: the person may still read mail there."""
    options = [Option(str(one.id), one.email2, one.id) for one in contacts]
    known = {(one.value or "").casefold() for one in options} | {(taken.email or "").casefold()}
    for one in contacts:
        if one.email and one.email.casefold() not in known:
            options.append(Option(f"{one.id}{ITS_EMAIL}", one.email, None))
            known.add(one.email.casefold())
    filled = [one for one in options if one.value]
    of_contacts = [one for one in filled if one.of is not None]
    if of_contacts:
        return FieldChoice("email2", options, _best("email2", of_contacts, contacts, survivor))
    return FieldChoice("email2", options, (filled or options)[0].choice)


def name_choices(held: dict[int, frozenset[str]], whose: int | None) -> list[NameChoice]:
    """``whose`` login goes on gets no more than it had unless that is said (C7)."""
    known = sorted(set().union(*held.values()))
    found = []
    for name in known:
        holders = [key for key, names in held.items() if name in names]
        found.append(NameChoice(name, holders, whose is None or whose in holders))
    return found
