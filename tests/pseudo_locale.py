"""A language that nobody speaks, for looking at pages: longer, accented, right to left.

Every word of the package, of the example and of Flask-AppBuilder is in it. A text that
shows without accents does not go through gettext; one that runs out of its place has too
little of it; a side that does not mirror is written as left or right.
"""

from __future__ import annotations

import re
from importlib.resources import files
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from flask import Flask
from flask_babel import get_babel

from scripts.translations import ALL, extract

#: Persian's place is taken: written from right to left, with two forms of the plural.
LANGUAGE = "fa"
NAME = "⟦Þšëũďö⟧"
_ACCENTS = str.maketrans(
    "ACDEGHIKLNORSTUWYZacdeghiklnorstuwyz", "ÅÇĐÉĞĤÎĶĻÑÖŔŠŤÛŴÝŽåçđéğĥîķļñöŕšťûŵýž"
)
#: What must come through: placeholders, merge fields, tags and entities.
_KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]+>|&\w+;)")


def pseudo(text: str) -> str:
    """The text in this language: a third longer, and a long word for each short one."""
    parts = _KEPT.split(text)
    accented = [part if index % 2 else part.translate(_ACCENTS) for index, part in enumerate(parts)]
    padding = "·" * max(3, len(text) // 3)
    return (
        f"⟦{''.join(accented)}{padding}⟧" if len(text) < 30 else f"⟦{''.join(accented)} {padding}⟧"
    )


def _words_of_fab() -> Catalog:
    """The words of Flask-AppBuilder's frame that are not ours as well."""
    path = files("flask_appbuilder") / "translations/it/LC_MESSAGES/messages.mo"
    with path.open("rb") as file:
        return read_mo(file)


def write_catalog(directory: Path) -> None:
    """Write the compiled catalog below ``directory``, as Flask-Babel looks for it."""
    catalog = Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for message in (*chain.from_iterable(map(extract, ALL)), *_words_of_fab()):
        if isinstance(message.id, (list, tuple)):
            said = tuple(map(pseudo, message.id))
            catalog.add(tuple(message.id), said, context=message.context)
        elif message.id:
            catalog.add(message.id, pseudo(message.id), context=message.context)
    buffer = BytesIO()
    write_mo(buffer, catalog)
    path = directory / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())


def speak_pseudo(app: Flask, directory: Path | str) -> None:
    """Let ``app`` offer the language; call it before the first page in it."""
    directory = Path(directory).resolve()  # Flask-Babel looks there when a page is written
    write_catalog(directory)
    app.config["LANGUAGES"] = {**app.config["LANGUAGES"], LANGUAGE: {"flag": "ir", "name": NAME}}
    with app.app_context():
        get_babel(app).translation_directories.append(str(directory))
