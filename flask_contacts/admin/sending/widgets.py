"""The envelope in a host's list and the button on its page, whatever widgets it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app, url_for
from markupsafe import Markup

from ...i18n import _

_COLUMN = "send_by_email"
_ICON = Markup('<i class="fa fa-envelope" aria-hidden="true"></i>')


class _Sends:
    """First among the bases of a widget; ``sending_view`` is the view it belongs to."""

    sending_view: Any
    template_args: dict[str, Any]

    def addresses(self, keys: list[Any]) -> Iterator[str]:
        """Where the dialog of each row is."""
        endpoint = f"{self.sending_view.endpoint}.send"
        return (url_for(endpoint, pk=key) for key in keys)


class SendingList(_Sends):
    """A list with a last column that holds the envelope."""

    def __call__(self, **options: Any) -> Any:
        """The list, for those who may send; for others as it was."""
        if not may_send(self.sending_view):
            return super().__call__(**options)  # type: ignore[misc]
        shown = {**self.template_args, **options}
        words = _("Send by e-mail")
        link = Markup(
            '<a class="btn btn-xs btn-default" href="{}" title="{}" aria-label="{}">{}</a>'
        )
        rows = zip(shown["value_columns"], self.addresses(shown["pks"]), strict=True)
        options["value_columns"] = [
            {**row, _COLUMN: link.format(address, words, words, _ICON)} for row, address in rows
        ]
        options["include_columns"] = [*shown["include_columns"], _COLUMN]
        options["label_columns"] = {**shown["label_columns"], _COLUMN: ""}
        return super().__call__(**options)  # type: ignore[misc]


class SendingShow(_Sends):
    """A page of a record with the button above it."""

    def __call__(self, **options: Any) -> Any:
        """The page, for those who may send; for others as it was."""
        page = super().__call__(**options)  # type: ignore[misc]
        if not may_send(self.sending_view):
            return page
        [address] = self.addresses([{**self.template_args, **options}["pk"]])
        button = Markup(
            '<p class="text-right">'
            '<a class="btn btn-sm btn-primary navbar-btn" href="{}">{} {}</a></p>'
        )
        return f"{button.format(address, _ICON, _('Send by e-mail'))}{page}"


def with_envelopes(view: Any) -> None:
    """Give a view's own list and page the envelope."""
    for name, base in (("list_widget", SendingList), ("show_widget", SendingShow)):
        widget = getattr(view, name)
        sending = type(f"Sending{widget.__name__}", (base, widget), {"sending_view": view})
        setattr(view, name, sending)


def may_send(view: Any) -> bool:
    """Whether the staff user may send, and the host has left the route in its view."""
    permission = f"can_{view.get_method_permission('send')}"
    return (
        f"{view.endpoint}.send" in current_app.view_functions
        and permission in view.base_permissions
        and view.appbuilder.sm.has_access(permission, view.class_permission_name)
    )
