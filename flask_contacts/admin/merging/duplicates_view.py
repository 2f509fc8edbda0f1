"""CRM → Duplicates: contacts that may be one person, found in all that one may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import Integer

from ...errors import NotFound
from ...i18n import _, _l
from ...later import later
from ...record_keys import typed_key
from ...services.duplicates.kinds import EMAIL, NAME, PHONE
from ...state import current_contacts
from ..contact_visibility import visible, visible_in_list
from ..current_staff import current_actor
from ..customers.sight import key_attribute, profile_url
from ..fab import expose
from ..held_permissions import has_access, holds_now
from ..safe_view import SafeView, allowed, require_known_fields
from . import hints

if TYPE_CHECKING:
    from ...services.duplicates import groups as duplicates_groups, judgements
    from ...services.duplicates.groups import GroupCount
    from ...services.merging import comparison as merging_comparison
    from ..contact_list import selection
    from ..safe_view import Answer
else:
    selection = later("admin.contact_list.selection")
    duplicates_groups = later("services.duplicates.groups")
    judgements = later("services.duplicates.judgements")
    merging_comparison = later("services.merging.comparison")

_LABELS = {EMAIL: _l("Same email"), PHONE: _l("Same phone"), NAME: _l("Similar name")}
_LONGEST = 254


class ContactsDuplicatesView(SafeView):
    """Groups to compare, to merge, or to tell apart for good (BEHAVIOUR S7)."""

    route_base = "/contacts-duplicates"
    class_permission_name = hints.DUPLICATES
    base_permissions = ("can_list", "can_dismiss")
    method_permission_name = {"groups": "list", "dismiss": "dismiss"}
    default_view = "groups"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.groups")

    @expose("/")
    @has_access
    def groups(self) -> Answer:
        """A page of the groups of a kind; if none is asked for, of the first that has some."""
        counts = {
            name: duplicates_groups.count_groups(current_contacts.session, name, visible_in_list())
            for name in duplicates_groups.KINDS
        }
        kind = _kind(
            next((name for name in duplicates_groups.KINDS if _has_some(counts[name])), EMAIL)
        )
        after = _after(kind)
        found = duplicates_groups.group_page(
            current_contacts.session, kind, visible_in_list(), after
        )
        may_show = holds_now("can_show", hints.CONTACTS)
        return self.page(
            "duplicates",
            title=_("Duplicates"),
            found=found,
            kind=kind,
            kinds=[
                (name, _LABELS[name], self._url(name), _in_figures(counts[name]))
                for name in duplicates_groups.KINDS
            ],
            is_first=after is None,
            first_url=self._url(kind),
            next_url=None if found.after is None else self._url(kind, after=found.after),
            in_words=hints.in_words,
            most=merging_comparison.MOST,
            show_url=_show_url if may_show else None,
            customer_url=profile_url,
            can_merge=holds_now("can_merge", hints.CONTACTS),
            can_dismiss=allowed(self, "dismiss"),
            merge_url=url_for(f"{hints.VIEW}.merge"),
            dismiss_url=url_for(f"{self.endpoint}.dismiss"),
        )

    @expose("/dismiss", methods=("POST",))
    @has_access
    def dismiss(self) -> Answer:
        """*Not duplicates*: these are different people, and are not listed again."""
        require_known_fields({"contact", "kind", "after", "back"})
        ids = [
            one for text in request.form.getlist("contact") for one in selection.listed_ids(text)
        ]
        if not 2 <= len(set(ids)) <= judgements.MOST:
            abort(400, _("Choose at least two contacts, and at most ten."))
        try:
            names = judgements.say_not_duplicates(
                current_contacts.session, ids, current_actor(), visible=visible()
            )
        except NotFound:
            abort(404)
        text = _("Not duplicates: %(names)s. They are not shown together again.",
                 names=", ".join(names))  # fmt: skip
        flash(text, "success")
        back = typed_key(request.form.get("back", ""), Integer())
        if back is not None:
            return redirect(url_for(f"{hints.VIEW}.duplicates", pk=back))
        kind = _kind()
        return redirect(self._url(kind, after=_after(kind)))

    def _url(self, kind: str, **arguments: Any) -> str:
        return url_for(f"{self.endpoint}.groups", kind=kind, **arguments)


def _show_url(contact: Any) -> str:
    return url_for(f"{hints.VIEW}.show", pk=contact.id)


def _has_some(count: GroupCount) -> bool:
    return count.number > 0 or count.is_more


def _in_figures(count: GroupCount) -> str:
    """The number for a badge; nothing where none was found in the time there is to count."""
    if not count.is_more:
        return str(count.number)
    return f"{count.number}+" if count.number else ""


def _kind(usual: str = EMAIL) -> str:
    kind: str = request.values.get("kind", usual)
    if kind not in duplicates_groups.KINDS:
        abort(404)
    return kind


def _after(kind: str) -> Any:
    text = request.values.get("after")
    if not text:
        return None
    key = typed_key(text, key_attribute().type) if kind == NAME else text
    if key is None or len(text) > _LONGEST:
        abort(404)
    return key
