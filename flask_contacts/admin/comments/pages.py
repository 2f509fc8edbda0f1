"""Write, change and delete a comment on a contact: form → service → message (BEHAVIOUR S5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import abort, flash, jsonify, redirect, request, url_for
from wtforms import TextAreaField

from ...errors import DatabaseBusy, Gone, InvalidInput, NotFound
from ...i18n import _, _l
from ...models import Comment, Contact
from ...services.comments import writing as service
from ...services.comments.mentions import staff_beginning
from ...services.comments.notices import Written
from ...state import current_contacts
from ..contact_visibility import visible, visible_contact
from ..contacts.activity_addresses import VIEW, page_of
from ..current_staff import current_actor
from ..fields import CarryingForm, typed_form
from ..moments import moment_element
from ..safe_view import allowed, require_known_fields
from .staff_sight import may_see
from .text import as_html

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from ..safe_view import Answer, SafeView


#: So many names that are nobody's are said.
_NAMED = 5


class CommentFields(CarryingForm):
    """One comment."""

    body = TextAreaField(_l("Comment"))


def write(view: SafeView, pk: int) -> Answer:
    """Keep a new comment; its form stands under the activity, and here again after an error."""
    contact = visible_contact(pk)
    path, form = _contact_path(contact), CommentFields(typed_form())

    def save(raw: dict[str, Any]) -> Written:
        return service.write_comment(
            current_contacts.session, pk, raw, current_actor(),
            may_see=may_see, path=path, visible=visible(),
        )  # fmt: skip

    if request.method == "POST" and _saved(form, save, _("The comment is saved.")):
        return redirect(_back(contact))
    return _page(view, contact, form, _("New comment"))


def edit(view: SafeView, pk: int, comment_pk: int) -> Answer:
    """Change an own comment within its 15 minutes."""
    contact, actor = visible_contact(pk), current_actor()
    path, session = _contact_path(contact), current_contacts.session
    try:
        comment = service.find_own(session, pk, comment_pk, actor, visible=visible())
    except Gone:
        return _gone(contact)
    except NotFound:
        abort(404)
    form = CommentFields(typed_form(), data={"body": comment.body})
    if request.method == "GET" and not service.can_be_changed(comment, actor):
        flash(str(service.TOO_LATE), "warning")
        return redirect(_back(contact))

    def save(raw: dict[str, Any]) -> Written:
        return service.edit_comment(
            session, pk, comment_pk, raw, actor, may_see=may_see, path=path, visible=visible()
        )

    if request.method == "POST" and _saved(form, save, _("The comment is changed.")):
        return redirect(_back(contact))
    return _page(view, contact, form, _("Edit comment"))


def delete(view: SafeView, pk: int, comment_pk: int) -> Answer:
    """Ask, then delete an own comment within its 15 minutes; who may delete contacts, any."""
    require_known_fields(set())
    contact = visible_contact(pk)
    where = (current_contacts.session, pk, comment_pk, current_actor())
    rights: dict[str, Any] = {"anybodys": allowed(view, "delete"), "visible": visible()}
    try:
        if request.method == "GET":
            found = service.find_deletable(*where, **rights)
            return _question(view, contact, found)
        service.delete_comment(*where, **rights)
    except Gone:
        return _gone(contact)
    except NotFound:
        abort(404)
    except InvalidInput as error:
        flash(str(error.errors["comment"][0]), "warning")
    else:
        flash(_("The comment was deleted."), "success")
    return redirect(_back(contact))


def people() -> Response:
    """Staff users whose name begins as typed, as JSON, at most eight."""
    found = staff_beginning(current_contacts.session, request.args.get("q", ""))
    answer = jsonify(
        people=[{"username": one.username, "name": one.get_full_name()} for one in found]
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _saved(form: CommentFields, save: Callable[[dict[str, Any]], Written], done: str) -> bool:
    try:
        written = save(form.typed_values())
    except NotFound:
        abort(404)
    except InvalidInput as error:
        form.show_errors(error.errors)
        return False
    except DatabaseBusy:
        text = _("The database is busy, so nothing was saved. Save again in a moment.")
        form.show_errors({"": [text]})
        return False
    if written.told:
        told = _("On its way to %(names)s: a mail about it.", names=", ".join(written.told))
        done = f"{done} {told}"
    flash(done, "success")
    if written.untold:
        text = _(
            "Not told, because they may not see this contact or have no e-mail address: %(names)s.",
            names=", ".join(written.untold),
        )
        flash(text, "warning")
    for name in written.unknown[:_NAMED]:
        flash(_("Nobody here is called @%(name)s.", name=name), "warning")
    return True


def _question(view: SafeView, contact: Contact, found: Comment) -> Answer:
    return view.page(
        "comment_delete",
        title=_("Delete this comment?"),
        contact=contact,
        comment=found,
        words=as_html(found.body, found.mentions),
        format_datetime=moment_element,
        back=_back(contact),
    )


def _page(view: SafeView, contact: Contact, form: CommentFields, title: str) -> Answer:
    return view.page(
        "comment_form",
        422 if request.method == "POST" else 200,
        title=title,
        contact=contact,
        form=form,
        longest=service.LONGEST,
        people_url=url_for(f"{VIEW}.people"),
        back=_back(contact),
    )


def _gone(contact: Contact) -> Response:
    """Back to the activity: whoever goes back in the browser, or clicks twice, comes here."""
    flash(_("This comment is not there any more."), "info")
    return redirect(_back(contact))


def _back(contact: Contact) -> str:
    """The page that the comment was written on."""
    return page_of(contact, request.args.get("origin", ""))


def _contact_path(contact: Contact) -> str:
    """Below the base URL, which has the path that the application is served under."""
    return url_for(f"{VIEW}.show", pk=contact.id).removeprefix(request.script_root)
