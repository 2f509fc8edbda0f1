"""Records that both sides write about: their page has the conversation and a form."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_login import current_user
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Form

from ..clock import now
from ..conversation import Conversation
from ..downloads import send_attachment
from .base import StudioView
from .seen import lock

_PLACE = "conversation"


class TalkView(StudioView):
    """A view of such records. Its page opens with Flask-AppBuilder's facts and tabs.

    Every route looks the record up through the base filters, and a file through its record:
    what staff may not see is 404 (BEHAVIOUR S7).
    """

    show_template = "example_app/talk.html"
    method_permission_name = {"write": "write", "file": "show"}
    form: ClassVar[type[Form]]

    def conversation(self, record: Any) -> Conversation:
        """What was written about the record."""
        raise NotImplementedError

    def say(self, record: Any, form: Any) -> str:
        """Add what the form holds, and give the message for the next page."""
        raise NotImplementedError

    def find_file(self, record: Any, number: int) -> Any:
        """One of the record's files, or None."""
        raise NotImplementedError

    @expose("/show/<pk>")
    @has_access
    def show(self, pk: str) -> Any:
        """The record's page."""
        return self._page(self._record(pk), self.form())

    @expose("/write/<pk>", methods=("GET", "POST"))
    @has_access
    def write(self, pk: str) -> Any:
        """Say something; where it cannot be taken, the page comes again with what was typed."""
        record = self._record(pk)
        if request.method != "POST":
            return redirect(self._address(pk))
        files = MultiDict([("files", one) for one in request.files.getlist("files")])
        form = self.form(CombinedMultiDict([files, request.form]))
        if not form.validate():
            return self._page(record, form), 422
        lock(record)
        message = self.say(record, form)
        self.datamodel.session.commit()
        flash(message, "success")
        return redirect(self._address(pk))

    @expose("/file/<pk>/<int(max=2147483647):number>")
    @has_access
    def file(self, pk: str, number: int) -> Response:
        """A file of the record."""
        found = self.find_file(self._record(pk), number)
        if found is None:
            abort(404)
        return send_attachment(found.as_attachment())

    def signed(self) -> dict[str, Any]:
        """Whose it is what is written now: the columns of :class:`~..models.authorship.Signed`."""
        return {"author": current_user.get_full_name(), "by_staff": True, "sent_at": now()}

    def _record(self, pk: str) -> Any:
        record = self.datamodel.get(pk, self._base_filters)
        return abort(404) if record is None else record

    def _address(self, pk: str) -> str:
        return url_for(f"{self.endpoint}.show", pk=pk, _anchor=_PLACE)

    def _page(self, record: Any, form: Form) -> Any:
        return self.render_template(
            self.show_template,
            pk=record.id,
            title=self.show_title,
            widgets=self._show(record.id),
            related_views=self._related_views,
            record=record,
            conversation=self.conversation(record),
            place=_PLACE,
            form=form,
            may_write=self._may("can_write"),
            may_edit=self._may("can_edit"),
            edit_title=self.edit_title,
            url=lambda route, **values: url_for(f"{self.endpoint}.{route}", pk=record.id, **values),
        )

    def _may(self, permission: str) -> bool:
        return bool(self.appbuilder.sm.has_access(permission, self.class_permission_name))
