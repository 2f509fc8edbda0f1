"""Pressing a button of a page as a browser does: the form as it stands there, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


@dataclass
class PageForm:
    """A form: its fields with what they hold, its tick boxes, and its buttons by their words."""

    method: str
    action: str
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._button: dict[str, str] | None = None
        self._words, self._select, self._area = "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = PageForm(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "button":
            self._button, self._words = given, ""
        elif tag == "input" and kind in {"checkbox", "radio"}:
            value = given.get("value", "on")
            self._form.boxes.append((name, value))
            if "checked" in given:
                self._form.values.add(name, value)
        elif tag == "input" and name and kind not in {"submit", "button"}:
            self._form.values.add(name, given.get("value", ""))
        elif tag == "textarea":
            self._area, self._words = name, ""
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in given or self._select not in self._form.values)
        ):
            self._form.values[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._form is not None and self._area:
            self._form.values.add(self._area, self._words.removeprefix("\r\n").removeprefix("\n"))
            self._area = ""
        elif tag == "button" and self._form is not None and self._button is not None:
            self._form.buttons[" ".join(self._words.split())] = self._button
            self._button = None


def forms_of(html: str) -> list[PageForm]:
    """The forms of a page, in their order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def press(
    client: FlaskClient, page: TestResponse, button: str, **changes: str | list[str]
) -> TestResponse:
    """Change some fields of the form that has this button, press it, and follow where it leads.

    ``button`` is how its words begin. A box that the form does not have cannot be ticked.
    """
    form, pressed = next(
        (form, attributes)
        for form in forms_of(page.text)
        for words, attributes in form.buttons.items()
        if words.startswith(button)
    )
    values = form.values.copy()
    known = {name for name, _value in form.boxes} | set(values)
    for name, value in changes.items():
        assert name in known, f"the form has no field {name}"
        values.setlist(name, [value] if isinstance(value, str) else value)
    if pressed.get("name"):
        values.add(pressed["name"], pressed.get("value", ""))
    here = page.request.path
    if page.request.query_string:
        here += f"?{page.request.query_string.decode()}"
    target = urljoin(here, pressed.get("formaction") or form.action or here)
    if form.method == "post":
        return client.post(target, data=values, follow_redirects=True)
    query = urlencode([(name, one) for name, some in values.lists() for one in some])
    return client.get(f"{urlsplit(target).path}?{query}", follow_redirects=True)
