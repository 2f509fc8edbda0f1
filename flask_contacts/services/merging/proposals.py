"""What is proposed for each field of the contact that several become."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ...models import Contact
from ...state import current_contacts

if TYPE_CHECKING:
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
#: A ban of any of them stays.
_BANS = ("do_not_send_emails", "do_not_call")
#: Why the value of another contact is proposed where the survivor has one of its own.
WITH_LOGIN, BAN = "login", "ban"
#: What is chosen in place of a contact: all texts; and, behind a contact, its other address.
ALL, ITS_EMAIL = "all", ".email"


class Option(NamedTuple):
    """A value that a field may get; ``choice`` is what a form sends for it. ``of`` is the
    contact that has it there, None for what several make together or another field holds."""

    choice: str
    value: Any
    of: int | None


@dataclass(frozen=True)
class FieldChoice:
    """A field with its options, one for each contact first; ``chosen`` is proposed.

    ``is_fixed``: there is nothing to choose, because the address goes with the login.
    ``because`` says why it is not the survivor's own.
    """

    name: str
    options: list[Option]
    chosen: str
    is_fixed: bool = False
    because: str | None = None

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
    chosen = _best(name, options, contacts, survivor)
    is_ban = name in _BANS and chosen != str(survivor.id)
    return FieldChoice(name, options, chosen, because=BAN if is_ban else None)


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
    """The survivor's own; where it has none, that of the contact that was changed last."""
    changed: dict[int | None, Any] = {one.id: one.updated_at for one in contacts}
    filled = [one for one in options if one.value] or list(options)
    if name == "contact_preference":
        filled = [one for one in filled if one.value != "any"] or filled
    return max(filled, key=lambda one: (one.of == survivor.id, changed[one.of])).choice


def email_choice(contacts: Sequence[Contact], survivor: Contact, fate: LoginFate) -> FieldChoice:
    """The address: that of the login, where one goes on."""
    options = [Option(str(one.id), one.email, one.id) for one in contacts]
    if fate.kept is not None:
        return FieldChoice("email", options, str(survivor.id), True, WITH_LOGIN)
    whose = next(iter(fate.may_move), None)
    if whose is not None:
        return FieldChoice("email", options, str(whose.id), because=WITH_LOGIN)
    return FieldChoice("email", options, _best("email", options, contacts, survivor))


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


def topic_choices(
    contacts: Sequence[Contact],
    survivor: Contact,
    moving: Contact | None,
    permissions: Iterable[NameChoice],
) -> list[NameChoice]:
    """As the survivor has them: what it has switched off stays off. Where it has none and the
    login of ``moving`` comes to it, as that one has them."""
    source = moving if moving is not None and not survivor.topic_names else survivor
    kept = permitted(source.topic_names, {one.name for one in permissions if one.proposed})
    every = name_choices({one.id: one.topic_names for one in contacts}, None)
    return [replace(one, proposed=one.name in kept) for one in every]


def permitted(topics: Iterable[str], permissions: Collection[str]) -> list[str]:
    """The topics whose permission is held; without it nobody gets mail about one (N1)."""
    known = current_contacts.registry.topics
    modules = {name: topic.module for name, topic in known.items()}
    return [one for one in topics if modules.get(one) is None or modules[one] in permissions]
