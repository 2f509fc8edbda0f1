"""What comes after a paper: buttons on its page that make the next one of it.

They are routes of ours and not actions of Flask-AppBuilder, which look a record up without
the view's base filters (BEHAVIOUR S7).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_appbuilder.widgets import ShowWidget
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from flask_contacts.services.transaction import in_transaction

from ..database import db
from .agreed import AgreedView
from .seen import lock

_NUMBER = re.compile(r"(\d{1,9})$")


@dataclass(frozen=True)
class NextStep:
    """A button: its words, the route (a method of the view) that it posts to, its icon.

    One that ``asks`` opens the route's page, which says what will be done.
    """

    label: Any
    route: str
    icon: str
    asks: bool = False


class StepsWidget(ShowWidget):
    """A record's page with the buttons under it."""

    template = "example_app/paper_show.html"


class StepsShown:
    """For views: a record's page has a button for what may follow from the record."""

    show_widget = StepsWidget

    def next_step(self, record: Any) -> NextStep | None:
        """What can be made of the record now, if anything."""
        return None

    def _get_show_widget(self, pk: Any, item: Any, *args: Any, **options: Any) -> Any:
        view: Any = super()
        widgets = view._get_show_widget(pk, item, *args, **options)
        step = self.next_step(item)
        ours: Any = self
        if step is not None and ours.appbuilder.sm.has_access(
            f"can_{step.route}", ours.class_permission_name
        ):
            url = url_for(f"{ours.endpoint}.{step.route}", pk=pk)
            widgets["show"].template_args.update(step=step, step_url=url)
        return widgets


class SteppingView(StepsShown, AgreedView):
    """A paper's rooms with what may follow from the paper."""

    def take_step(self, pk: str, make: Callable[[Any], Any], room: str, said: Any) -> Response:
        """Make the next record in one transaction, and open it for staff to finish.

        ``make`` gets the record as it is now, locked; pressed twice, it still makes one.
        """

        def work() -> int | None:
            record = self._found(pk)
            lock(record)
            if self.next_step(record) is None:
                return None
            made = make(record)
            db.session.add(made)
            db.session.flush()
            return int(made.id)

        key = in_transaction(db.session, work)
        if key is None:
            abort(404)
        flash(said, "success")
        return redirect(url_for(f"{room}.edit", pk=key), 303)

    def _found(self, pk: str) -> Any:
        """The record, if this staff member may see it; else 404."""
        return self.datamodel.get(int(pk), self._base_filters) or abort(404)


def next_number(model: Any, prefix: str) -> str:
    """The number after the highest of those that begin with ``prefix``."""
    length = func.length(model.number)
    numbers = select(model.number).where(model.number.startswith(prefix, autoescape=True))
    highest = db.session.scalar(numbers.order_by(length.desc(), model.number.desc()).limit(1))
    counted = _NUMBER.search(highest or "")
    return f"{prefix}{int(counted[1]) + 1 if counted else 1}"
