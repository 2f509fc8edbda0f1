"""Staff users of Flask-AppBuilder: looked up by name, never changed, never listed whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import Connection, delete, event, select, update

from ...later import later
from ...models import Comment, Contact, CustomerAdmin, PortalView, StaffSetting
from ...state import current_contacts

if TYPE_CHECKING:
    from ...models import letter_case
else:
    letter_case = later("models.letter_case")


def forget_deleted_users() -> None:
    """Let go of a staff user who is deleted, in the same transaction.

    SQLite may give the id to the next user, who would inherit the customers and open views.
    """
    model = current_contacts.appbuilder.sm.user_model
    if not event.contains(model, "after_delete", _forget):
        event.listen(model, "after_delete", _forget)


def _forget(_mapper: Any, connection: Connection, user: Any) -> None:
    if "contacts" not in current_app.extensions:
        return
    connection.execute(delete(CustomerAdmin).where(CustomerAdmin.staff_id == user.id))
    connection.execute(delete(StaffSetting).where(StaffSetting.staff_id == user.id))
    connection.execute(delete(PortalView).where(PortalView.staff_id == user.id))
    for column in (Contact.account_manager_id, Contact.created_by_id):
        connection.execute(update(Contact).where(column == user.id).values({column.key: None}))
    own = Comment.author_id == user.id
    connection.execute(update(Comment).where(own).values(author_id=None))


def staff_id(username: str) -> int | None:
    """The id of the active staff user of that name, or None."""
    user = current_contacts.appbuilder.sm.find_user(username=username)
    return int(user.id) if user is not None and user.is_active else None


def staff_ids_of_full_name(name: str) -> list[int]:
    """The active staff users of that first and last name, at most two: one is meant, or none."""
    model = current_contacts.appbuilder.sm.user_model
    full_name = model.first_name + " " + model.last_name
    query = select(model.id).where(letter_case.equals(full_name, name), model.active).limit(2)
    return list(current_contacts.session.scalars(query))


def staff_user(user_id: int | None) -> Any:
    """The staff user of that id (Flask-AppBuilder's model), or None."""
    if user_id is None:
        return None
    return current_contacts.appbuilder.sm.get_user_by_id(user_id)


def username_of(user_id: int | None) -> str | None:
    """The user name of that id, as forms show it, or None."""
    user = staff_user(user_id)
    return None if user is None else str(user.username)
