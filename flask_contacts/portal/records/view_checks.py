"""What a ``PortalModelView`` says is checked at start: later it would be a visitor's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ConfigError
from ...services import keyset
from . import columns, forms as record_forms, uploads

if TYPE_CHECKING:
    from .model_view import PortalModelView

#: Words that stand in our own addresses after a record's key.
_OURS = frozenset({"edit", "files"})


def check(view: PortalModelView) -> None:
    """Raise :class:`ConfigError` for the first thing that cannot be."""
    _check_columns(view)
    _check_names(view)
    _check_form(view)
    where = type(view).__name__
    if view.module.own_records and view.contact_column is None:
        raise ConfigError(
            "contacts.C033",
            f"The module {view.module.name!r} shows own records, and {where} does not "
            "say whose a record is.",
            "Set contact_column.",
        )
    if not view.show_columns and (view.files or view.actions or view.edit_form):
        raise ConfigError(
            "contacts.C034",
            f"{where} has files, actions or an edit_form, and no page to show them on.",
            "Set show_columns.",
        )


def _check_columns(view: PortalModelView) -> None:
    owner, where = view.model, type(view).__name__
    columns.require(owner, [*view.list_columns, *view.show_columns], where)
    columns.require(owner, view.search_columns or (), where, stored=True)
    ordering = [*(view.order_columns or ()), *(view.base_order or ())[:1]]
    single = [*ordering, *([view.contact_column] if view.contact_column else [])]
    columns.require(owner, single, where, stored=True, through=False)
    _check_customer_column(view)
    for name in ordering:
        if not keyset.can_order(getattr(owner, name).type):
            raise ConfigError(
                "contacts.C037",
                f"{where} orders by {name!r}, and not every database orders such columns.",
                "Leave it out of order_columns and base_order.",
            )
    for related in view.related_lists:
        columns.require(owner, [f"{related.attr}.{name}" for name in related.columns], where)


def _check_customer_column(view: PortalModelView) -> None:
    """Whoever did not set it, did not write the name that is refused."""
    from .model_view import PortalModelView as Base  # noqa: PLC0415

    name, where = view.customer_column, type(view).__name__
    mend = "Correct the name."
    if name == Base.customer_column:
        mend = f"Set customer_column to the column that holds the key of {where}'s customer."
    columns.require(view.model, [name], where, stored=True, through=False, mend=mend)


def _check_names(view: PortalModelView) -> None:
    """Names that stand in the same place of an address differ, and are plain."""
    downloads = [one.attr for one in view.related_lists if one.download is not None]
    for names in ([one.name for one in view.files], [*(a.name for a in view.actions), *downloads]):
        for name in names:
            if names.count(name) > 1 or name in _OURS or not _is_plain(name):
                raise ConfigError(
                    "contacts.C038",
                    f"{type(view).__name__} cannot have {name!r} in an address: it is there "
                    "twice, it is a name of ours, or it is not made of letters, digits and -.",
                    "Choose another name.",
                )


def _check_form(view: PortalModelView) -> None:
    """Without a ``create`` of the host's, a form's fields are attributes of the model."""
    from .model_view import PortalModelView as Base  # noqa: PLC0415

    where = type(view).__name__
    for form, method in ((view.create_form, "create"), (view.edit_form, "update")):
        if form is None or getattr(type(view), method) is not getattr(Base, method):
            continue
        files = uploads.upload_fields(form)
        unknown = [
            name
            for name in record_forms.field_names(form)
            if name in files or not hasattr(view.model, name)
        ]
        if unknown:
            raise ConfigError(
                "contacts.C039",
                f"{where} does not say where the field {unknown[0]!r} of {form.__name__} goes.",
                f"Name it as an attribute of the model, or write {method}(); files need that.",
            )


def _is_plain(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()
