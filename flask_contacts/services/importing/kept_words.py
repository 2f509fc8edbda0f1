"""What was said of a row, kept so that each reader has it in the own language.

Kept is the text as the catalogs know it, with its parameters. A text that was made at once, as
those of a host may be, is kept as it is; so are all of imports from before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import LazyString, gettext

from ...i18n import _, _p

#: By the number of texts: one, or a context and one. A host's own go through Flask-Babel's.
_TRANSLATE = {1: _, 2: _p}
_TRANSLATES = {1: (_, gettext), 2: (_p,)}
_PLAIN = (str, int, float, bool, type(None))
Kept = dict[str, list[Any]]


def kept(messages: Mapping[str, Iterable[object]]) -> Kept:
    """Messages by field, as JSON can hold them."""
    return {name: [_keep(one) for one in texts] for name, texts in messages.items()}


def told(messages: Mapping[str, Iterable[Any]]) -> dict[str, list[str]]:
    """The same in the language of whoever reads them now."""
    return {name: [str(_tell(one)) for one in texts] for name, texts in messages.items()}


def _keep(message: object) -> Any:
    if not isinstance(message, LazyString):
        return str(message)
    # Flask-Babel has no other way to what a lazy text is made of.
    function, texts = message._func, list(message._args)
    if function not in _TRANSLATES.get(len(texts), ()):
        return str(message)
    found = message._kwargs.items()
    return {"texts": texts, "with": {name: _parameter(value) for name, value in found}}


def _parameter(value: Any) -> Any:
    return value if isinstance(value, _PLAIN) else _keep(value)


def _tell(message: Any) -> Any:
    if not isinstance(message, dict):
        return message
    parameters = {name: _tell(value) for name, value in message["with"].items()}
    return _TRANSLATE[len(message["texts"])](*message["texts"], **parameters)
