"""The staff's pages in a language of longer words that is written from right to left.

What runs out of its place, what does not go through gettext, and what does not mirror shows
here, on a screen and on a phone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext
from sqlalchemy import String, select

from example_app.database import db
from flask_contacts.models import Base
from flask_contacts.testing import staff_sign_in
from tests import portal_pages, staff_pages
from tests.pseudo_locale import LANGUAGE, speak_pseudo

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]

#: A screen, a tablet upright, a phone.
WIDTHS = (1280, 768, 390)
FORGETFUL = "isla@fig-and-thistle.example"
#: Show what is folded, but for menus: they lie on the page on purpose.
UNFOLD = """
() => {
  for (const one of document.querySelectorAll("main details")) {
    one.open = !one.querySelector(":scope > .dropdown-menu");
  }
}
"""
#: Open each menu by itself; the ones that leave the window.
MENUS = """
() => {
  const root = document.documentElement, wrong = [];
  for (const menu of document.querySelectorAll("main details > .dropdown-menu")) {
    menu.parentElement.open = true;
    const box = menu.getBoundingClientRect();
    if (box.left < 0 || box.right > root.clientWidth || root.scrollWidth > root.clientWidth) {
      wrong.push(`${menu.className} from ${box.left} to ${box.right}`);
    }
    menu.parentElement.open = false;
  }
  return wrong;
}
"""
#: What sticks out of the window, is cut off, or lies on other words.
OUT_OF_PLACE = """
() => {
  const root = document.documentElement, wrong = [];
  const name = (one) => one.outerHTML.replace(/\\s+/g, " ").slice(0, 160);
  if (root.scrollWidth > root.clientWidth) {
    wrong.push(`the page is ${root.scrollWidth} wide`);
    for (const one of document.querySelectorAll("main *")) {
      const box = one.getBoundingClientRect();
      if (box.width && (box.right > root.clientWidth + 1 || box.left < -1)) wrong.push(name(one));
    }
    return wrong.slice(0, 6);
  }
  const hides = (style) => /hidden|clip/.test(style.overflowX);
  const scrolls = (one) => {
    for (; one && one.matches("main *"); one = one.parentElement) {
      const style = getComputedStyle(one);
      if (/auto|scroll/.test(style.overflowX) && one.scrollWidth > one.clientWidth) return true;
    }
    return false;
  };
  const pieces = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, holder = text.parentElement;
    if (!text.data.trim() || !holder.checkVisibility({opacityProperty: true})) continue;
    if (holder.closest("svg, option, script, style, dialog, iframe")) continue;
    const own = holder.getBoundingClientRect();
    if (own.width <= 2 || own.height <= 2) continue;  // for screen readers
    const style = getComputedStyle(holder);
    if (hides(style) && holder.scrollWidth > holder.clientWidth + 1
        && style.textOverflow !== "ellipsis") wrong.push(`cut off: ${name(holder)}`);
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width > 2 && box.height > 2) pieces.push({box, holder, text: text.data.trim()});
    }
    if (scrolls(holder)) continue;
    const place = holder.closest("td, th, .btn, .label, .panel, dd, dt, li, label, p, h1, h2, h3");
    if (!place || getComputedStyle(place).display === "inline") continue;
    const around = place.getBoundingClientRect();
    for (const box of range.getClientRects()) {
      if (box.right > around.right + 2 || box.left < around.left - 2) {
        wrong.push(`runs out of its place: ${name(place)}`);
      }
    }
  }
  for (const table of document.querySelectorAll("main table")) {
    const holder = table.parentElement;
    if (!scrolls(holder) && table.offsetWidth > holder.clientWidth + 1) {
      wrong.push(`wider than its place: ${name(table)}`);
    }
  }
  for (const [index, one] of pieces.entries()) {
    for (const other of pieces.slice(index + 1)) {
      const x = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const y = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (x > 3 && y > 6) wrong.push(`"${one.text}" lies on "${other.text}"`);
    }
  }
  return [...new Set(wrong)].slice(0, 6);
}
"""
#: The words of the page, without those of the example's footer.
WORDS = """
() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (!holder.closest("script, style, textarea, code, footer")) {
      found.push(walker.currentNode.data);
    }
  }
  for (const name of ["title", "placeholder", "aria-label"]) {
    for (const one of document.querySelectorAll(`main [${name}]`)) {
      found.push(one.getAttribute(name));
    }
  }
  return found;
}
"""
#: Names that are the same in every language.
NAMES = {
    *("CSV", "Excel", "HTML", "Mac Roman", "Message-ID", "OK", "Shift JIS", "https", "vCard"),
    *("Central Europe", "Cyrillic", "Western Europe", "Windows-1250", "Windows-1251"),
    *("Windows-1252", "Northwind Studio", "Europe/Lisbon", "GB 18030", "ISO 8859-15", "UTC"),
    *("English", "Español", "Italiano", "Português", "Brasil", "Portugal", "UTF-8", "UTF-16"),
}
_BETWEEN = re.compile(r"[·,–→:()]|(?:^| )-(?: |$)")
_FIELD = re.compile(r"\{\w+\}")
_ACCENTED = re.compile("[⟦åçđéğĥîķļñöŕšťûŵýž]")
_LETTERS = re.compile(r"[A-Za-z]{2}")
SIDES = """
() => {
  const main = document.querySelector("main.contacts-page");
  const heading = main.querySelector("h1, h2").getBoundingClientRect();
  const box = main.getBoundingClientRect();
  return [getComputedStyle(main).direction, box.right - heading.right < 40];
}
"""


@pytest.fixture(scope="module")
def example(example: Flask, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data, and a language of these tests' own."""
    speak_pseudo(example, tmp_path_factory.mktemp("admin_languages"))
    return example


@pytest.fixture(scope="module")
def pages(example: Flask) -> tuple[str, ...]:
    """The package's pages for staff, with something on each."""
    client = example.test_client()
    client.get(f"/lang/{LANGUAGE}")
    staff_sign_in(client, "admin", "admin")
    more = staff_pages.make_more(example, client, FORGETFUL)
    written = {"/contacts-email-templates/edit/set_password": f"?language={LANGUAGE}"}
    found = (*staff_pages.OWN, *staff_pages.of_people(example), *more)
    return tuple(path + written.get(path, "") for path in found)


@pytest.fixture
def context(
    example: Flask, address: str, new_context: Callable[..., BrowserContext]
) -> BrowserContext:
    """An administrator's browser in that language."""
    client = example.test_client()
    client.get(f"/lang/{LANGUAGE}")
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    found = new_context()
    found.add_cookies(portal_pages.cookies_of(client, address))  # type: ignore[arg-type]
    return found


def data_of(app: Flask) -> Callable[[str], bool]:
    """Tells what the database holds, what is made up of names, and what has no word at all."""
    texts, names = _held(app)

    def is_one(text: str) -> bool:
        return text in texts or set(filter(_LETTERS.search, re.split(r"[\s@.]", text))) <= names

    def is_data(text: str) -> bool:
        return is_one(text) or all(is_one(part.strip()) for part in _BETWEEN.split(text))

    return is_data


def _held(app: Flask) -> tuple[set[str], set[str]]:
    """The texts of the database, and the words of its people's and companies' names."""
    typed = set(staff_pages.FILE.replace(",", "\n").splitlines())
    texts, names = {*typed, *NAMES}, {"example", *typed, *NAMES}
    own = {*Base.metadata.tables.values(), *db.metadata.tables.values()}
    with app.app_context():
        for table in own:
            columns = [one for one in table.columns if isinstance(one.type, String)]
            if not columns or (table.name.startswith("ab_") and table.name != "ab_user"):
                continue
            for row in db.session.execute(select(*columns)):
                texts |= {" ".join(value.split()) for value in row if isinstance(value, str)}
        for table_name, columns in _NAMED.items():
            [table] = [one for one in own if one.name == table_name]
            for row in db.session.execute(select(*(table.c[name] for name in columns))):
                names |= {word for value in row if value for word in re.split(r"[\s@.]", value)}
    return texts, names


_NAMED = {
    "contacts_contact": ("firstname", "lastname", "email"),
    "contacts_customer": ("company",),
    "ab_user": ("first_name", "last_name", "username"),
}


def test_every_page(
    example: Flask, context: BrowserContext, address: str, pages: tuple[str, ...]
) -> None:
    """None is wider than the window, no words are cut off, run out or lie on others; each begins
    at the right; and what is neither in the language nor somebody's data went past gettext."""
    is_data = data_of(example)
    out_of_place, plain = {}, {}
    page = context.new_page()
    for path in pages:
        page.goto(address + path)
        for text in {" ".join(text.split()) for text in page.evaluate(WORDS)}:
            if not _ACCENTED.search(text) and not is_data(_FIELD.sub("", text)):
                plain[text] = path
        if page.evaluate(SIDES) != ["rtl", True]:
            out_of_place[path] = ["begins at the left"]
        page.evaluate(UNFOLD)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if found := [*page.evaluate(OUT_OF_PLACE), *page.evaluate(MENUS)]:
                out_of_place[f"{path} at {width}"] = found
    assert out_of_place == {}
    assert plain == {}
