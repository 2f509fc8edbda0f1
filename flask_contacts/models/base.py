"""The declarative base of our tables, in the metadata of the customer's model.

A base of our own and not Flask-AppBuilder's: two classes named ``Contact`` on one base
would break the host's ``relationship("Contact")``. Importing this module is the moment
of binding the customer.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, MetaData, String
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase

from .binding import bound_customer, freeze

if TYPE_CHECKING:
    model_metadata = MetaData()
else:
    from flask_appbuilder import Model

    model_metadata = Model.metadata

_bound: Any = bound_customer()
freeze()


class Base(DeclarativeBase):
    """All tables named ``contacts_*``, every constraint with an explicit name."""

    metadata = _bound.__table__.metadata if _bound is not None else model_metadata


@cache
def key_string(length: int) -> String:
    """A column that compares byte by byte on every engine; ASCII only."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


@cache
def exact_string(length: int) -> String:
    """A column that compares byte by byte on every engine; any text."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
    )


@cache
def folded_string(length: int) -> String:
    """A column of folded text: byte by byte on every engine, also in order and by its beginning."""
    return exact_string(length).with_variant(String(length, collation="C"), "postgresql")


@cache
def timestamp() -> DateTime:
    """A time in UTC without a zone; MariaDB would leave the second's fraction out."""
    return DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
