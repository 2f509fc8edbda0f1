"""Saving a form: what the service refuses stands at the fields, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from flask import abort

from ..errors import DatabaseBusy, InvalidInput, NotFound, Overtaken, SilencesTopics
from ..i18n import _

if TYPE_CHECKING:
    from ..services.contacts.saved import Saved


class ContactInput(Protocol):
    """A form of a contact: it shows errors, and warns of topics that fall silent (N6)."""

    def show_errors(self, errors: Mapping[str, Sequence[Any]]) -> None:
        """Put the messages at their fields."""

    def look_again(self, error: Overtaken) -> None:
        """Show what others have changed since the form was opened."""

    def warn(self, silenced: Iterable[str]) -> None:
        """Ask again."""


def attempt(form: ContactInput, save: Callable[[], Saved]) -> Saved | None:
    """Do it; None where the form is to be shown again, with the reasons. 404 for who is gone."""
    try:
        return save()
    except NotFound:
        abort(404)
    except Overtaken as error:
        form.look_again(error)
        return None
    except InvalidInput as error:
        form.show_errors(error.errors)
        return None
    except SilencesTopics as error:
        form.warn(error.topics)
        return None
    except DatabaseBusy:
        text = _("The database is busy, so nothing was saved. Save again in a moment.")
        form.show_errors({"": [text]})
        return None
