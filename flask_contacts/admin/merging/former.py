"""The address of a contact that was merged leads to the contact that it is now; what was typed
for one that is gone is shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from ...i18n import _, _l
from ...later import later
from ...models import Contact
from ...state import current_contacts
from ..contact_visibility import visible
from ..safe_view import SafeView

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from ...services.contacts import values as contact_values
    from ...services.merging import trail
    from ..contacts import activity_words
else:
    contact_values = later("services.contacts.values")
    activity_words = later("admin.contacts.activity_words")
    trail = later("services.merging.trail")


_GONE = _l("This contact is not there any more, or it is not yours to see.")
#: What is typed besides a contact's plain texts.
_OTHERS = ("email", "email2", "birthday")
#: Who is typed by name, with what the field is called that keeps the key.
_NAMED = {
    "company": "customer",
    "manager": "manager_id",
    "account_manager": "account_manager_id",
}
#: The field of a comment.
_COMMENT = "body"


def present_of(contact_id: int) -> Contact | None:
    """What a former contact is now, where this staff member may see it."""
    pk = trail.survivor_of(current_contacts.session, contact_id)
    if pk is None:
        return None
    return _visible(pk)


def _visible(pk: int) -> Contact | None:
    query = (
        select(Contact).where(Contact.id == pk, visible()).options(lazyload(Contact.permissions))
    )
    return current_contacts.session.scalars(query).first()


class MergedAddresses(SafeView):
    """A page of a contact that is not there any more: the same page of what it is now.

    Only pages that are read: a form that was sent to a contact that is gone changes nothing, and
    what was typed into it is shown, to be copied.
    """

    def _problem(self, error: HTTPException) -> Any:
        pk = (request.view_args or {}).get("pk")
        if error.code != 404 or not isinstance(pk, int):
            return super()._problem(error)
        present = present_of(pk)
        if request.method == "POST":
            return self._gone(pk, present)
        return super()._problem(error) if present is None else redirect(_same_page(present))

    def _gone(self, pk: int, present: Contact | None) -> tuple[str, int]:
        text, back, rule = _GONE, self.way_back(), request.url_rule
        if present is not None:
            text = _("This contact was merged meanwhile: it is %(name)s now.", name=present.name)
        elif (present := _visible(pk)) is not None and present.customer is not None:
            text = _("This contact is at %(company)s now.", company=str(present.customer))
        if present is not None and rule is not None and "GET" in (rule.methods or ()):
            back = _same_page(present)
        title = _("Nothing was saved")
        return self.page("problem", 404, title=title, text=text, typed=_typed(), back=back)


def _same_page(present: Contact) -> str:
    """The address of this request, of the contact that it is about now."""
    arguments: dict[str, Any] = {**(request.view_args or {}), "pk": present.id}
    if "customer_pk" in arguments:
        arguments["customer_pk"] = present.customer_id
    return url_for(str(request.endpoint), **arguments) + _query()


def _typed() -> list[tuple[Any, str]]:
    """The texts of the form that was sent, with the labels of their fields."""
    words = {**activity_words.AGENT_FIELDS, _COMMENT: _l("Comment")}
    texts = (*contact_values.TEXTS, *_OTHERS, *_NAMED, *contact_values.LONG_TEXTS, _COMMENT)
    sent = ((words[_NAMED.get(name, name)], request.form.get(name, "").strip()) for name in texts)
    return [(label, text) for label, text in sent if text]


def _query() -> str:
    """The query as it came: given to ``url_for``, some of its arguments would steer that."""
    pairs = list(request.args.items(multi=True))
    return f"?{urlencode(pairs)}" if pairs else ""
