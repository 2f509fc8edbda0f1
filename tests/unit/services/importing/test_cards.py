"""vCards of versions 2.1, 3.0 and 4.0, written by phones, by Google, by Outlook and by us."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given, strategies as st

from flask_contacts.services import vcard
from flask_contacts.services.importing.file_refused import IN_BROWSER, FileRefused
from flask_contacts.services.importing.reading import read_table

pytestmark = pytest.mark.usefixtures("app_context")
GOOGLE = """BEGIN:VCARD\r
VERSION:3.0\r
N:Lovelace;Ada;King;;\r
FN:Ada King Lovelace\r
item1.EMAIL;TYPE=INTERNET:home@example.com\r
EMAIL;TYPE=INTERNET,pref:ada@example.com\r
EMAIL;TYPE=INTERNET:third@example.com\r
TEL;TYPE="cell,voice":+44 7700 900123\r
TEL;TYPE=HOME,FAX:+44 20 7946 0001\r
TEL;TYPE=WORK:+44 20 7946 0000\r
PHOTO;ENCODING=b;TYPE=JPEG:{photo}\r
ORG:Analytical\\, Engines;Research\r
TITLE:Buyer\r
NOTE:one\\ntwo\\; th\r
 ree\r
BDAY:18151210\r
TZ:-03:00\r
END:VCARD\r
"""
ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=98de=
g=C3=A5rd;Nils;;;
TEL;CELL:+47 40 00 00 00
NOTE;ENCODING=QUOTED-PRINTABLE:first=0D=0Asecond
END:VCARD
"""
APPLE = """BEGIN:VCARD
VERSION:4.0
FN:Mara Way
TEL;VALUE=uri;PREF=1;TYPE="voice,work":tel:+1-212-555-0123
EMAIL;PREF=1:mailto:mara@example.com
BDAY:--0512
LANG:pt-BR
TZ:America/Sao_Paulo
END:VCARD
"""


def people(text: str) -> list[dict[str, str]]:
    """The cards by column, blank cells left out."""
    table = read_table(io.BytesIO(text.encode()), IN_BROWSER)
    assert table.kind == "vcard"
    return [
        {name: cell for name, cell in zip(table.headers, cells, strict=True) if cell}
        for _number, cells in table.rows
    ]


def test_a_card_of_google() -> None:
    """The preferred address first, mobile and work apart, what else there is among the others."""
    assert people(GOOGLE.format(photo="AAAA\r\n BBBB")) == [
        {
            "First name": "Ada", "Last name": "Lovelace", "Middle name": "King",
            "Full name": "Ada King Lovelace", "Job title": "Buyer",
            "Company": "Analytical, Engines", "Email": "ada@example.com",
            "Email 2": "home@example.com", "Phone": "+44 20 7946 0000",
            "Mobile phone": "+44 7700 900123", "Birthday": "1815-12-10",
            "Notes": "one\ntwo; three",
            "Other contacts": "fax, home: +44 20 7946 0001\nthird@example.com",
        }
    ]  # fmt: skip


def test_cards_of_a_phone_and_of_version_4() -> None:
    """Quoted-printable over two lines; addresses and numbers as URIs; a name in one."""
    nils, mara = people(ANDROID + APPLE)
    assert nils == {
        "First name": "Nils", "Last name": "Ødegård", "Mobile phone": "+47 40 00 00 00",
        "Notes": "first\nsecond",
    }  # fmt: skip
    assert mara == {
        "Full name": "Mara Way", "Phone": "+1-212-555-0123", "Email": "mara@example.com",
        "Birthday": "--0512", "Language": "pt-BR", "Timezone": "America/Sao_Paulo",
    }  # fmt: skip


def test_a_picture_takes_no_memory() -> None:
    """Ten megabytes in one line, and as many in folded ones, are passed over."""
    photo = "A" * 5_000_000 + "\r\n " + "\r\n ".join(["B" * 74] * 70_000)
    content = GOOGLE.format(photo=photo).encode()
    tracemalloc.start()
    table = read_table(io.BytesIO(content), IN_BROWSER)
    assert next(table.rows)[1][1] == "Lovelace"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(content) / 4


def test_a_card_that_is_broken_off() -> None:
    """Nothing of a file that ends in the middle of a card is imported."""
    with pytest.raises(FileRefused, match="Card 2 is broken off"):
        people(APPLE + APPLE.replace("END:VCARD\n", ""))


def test_a_nested_card_is_not_mixed_up() -> None:
    """An agent's card inside another gives its name to nobody."""
    inner = APPLE.replace("END:VCARD", "BEGIN:AGENT\nFN:Somebody Else\nEND:AGENT\nEND:VCARD")
    assert [one["Full name"] for one in people(inner)] == ["Mara Way"]


INNER = "BEGIN:VCARD\nVERSION:2.1\nN:Else;Somebody\nTEL:1\n{more}END:VCARD\n"
ADA = "BEGIN:VCARD\nVERSION:2.1\nN:Lovelace;Ada\n{agent}EMAIL:ada@example.com\nEND:VCARD\n"


@pytest.mark.parametrize(
    "agent",
    [
        "AGENT:\n" + INNER.format(more=""),
        "agent: \n\n" + INNER.format(more=""),
        "AGENT:" + INNER.format(more=""),
        "AGENT:\n" + INNER.format(more="AGENT:\n" + INNER.format(more="")),
        "AGENT:\n" + INNER.format(more="AGENT:" + INNER.format(more="")),
        "AGENT:" + INNER.format(more="").replace("\n", "\\n") + "\n",
        "AGENT:\n " + INNER.format(more="").rstrip().replace("\n", "\n ") + "\n",
        "AGENT;VALUE=uri:CID:JQPUBLIC.part3.960129T083020.xyzMail@host3.com\n",
        "AGENT:\n",
    ],
)
def test_an_agent_is_passed_over(agent: str) -> None:
    """The card of an assistant inside of another, as versions 2.1 and 3.0 write it, refuses no
    file and is nobody of its own."""
    ada, bob = people(ADA.format(agent=agent) + ADA.format(agent="").replace("Ada", "Bob"))
    assert ada == {"First name": "Ada", "Last name": "Lovelace", "Email": "ada@example.com"}
    assert bob["First name"] == "Bob"


def test_an_agent_that_is_broken_off() -> None:
    """Behind an AGENT, too, a card needs its END."""
    broken = ADA.format(agent="AGENT:\n" + INNER.format(more="").replace("END:VCARD\n", ""))
    with pytest.raises(FileRefused, match="Card 1 is broken off"):
        people(broken + ADA.format(agent=""))


def card(*lines: str) -> dict[str, str]:
    """A card of these lines, by column."""
    (found,) = people("\n".join(["BEGIN:VCARD", "FN:Ada Lee", *lines, "END:VCARD", ""]))
    return found


@pytest.mark.parametrize(
    ("parameters", "order"),
    [
        ((";PREF=2", ";PREF=1", ""), "bac"),
        (("", ";PREF=100", ";PREF=20"), "cba"),
        ((";PREF=3", ";PREF=3", ";PREF=3"), "abc"),
        ((";PREF=2", ";TYPE=home,PREF", ";PREF=1"), "bca"),
        ((";PREF=2", "", ";PREF"), "cab"),
        (("", ';PREF="9"', ";TYPE=work;PREF=10"), "bca"),
        ((";PREF=0", ";PREF=101", ";PREF=99"), "cab"),
        ((";PREF=", ";PREF=first", ";PREF=-1"), "abc"),
        ((f";PREF={'9' * 5000}", "", ";PREF=1"), "cab"),
    ],
)
def test_the_preferred_come_first(parameters: tuple[str, ...], order: str) -> None:
    """Version 4 numbers them from 1 to 100, the lowest first; version 3 names the first; what is
    not preferred, or by no such number, comes last as it stands. Addresses and numbers alike."""
    named = list(zip("abc", parameters, strict=True))
    found = card(
        *(f"EMAIL{parameter}:{name}@example.com" for name, parameter in named),
        *(f"TEL{parameter};TYPE=cell:{name}" for name, parameter in named),
    )
    number, mail = (line.rpartition(" ")[2] for line in found["Other contacts"].split("\n"))
    assert [found["Email"], found["Email 2"], mail] == [f"{name}@example.com" for name in order]
    assert [found["Mobile phone"], found["Mobile phone 2"], number] == list(order)


@pytest.mark.parametrize(
    ("value", "birthday"),
    [
        ("19850630", "1985-06-30"),
        (" 1985-06-30", "1985-06-30"),
        ("19850630T231000Z", "1985-06-30"),
        ("1985-06-30T00:00:00+02:00", "1985-06-30"),
        ("1985-06", "1985-06"),
        ("1985", "1985"),
        ("198506301", "198506301"),
        ("1985-0630", "1985-0630"),
    ],
)
def test_birthdays(value: str, birthday: str) -> None:
    """A day is a day; what is none stays as it stands there, for the import to judge."""
    assert card(f"BDAY:{value}")["Birthday"] == birthday


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=200))
def test_any_text_comes_back(text: str) -> None:
    """What a card of ours says is read as it was written, folded or not."""
    card = vcard.card_text("3.0", [("NOTE", vcard.escape(f"{text}\n;{text}"))])
    assert all(len(line.encode()) <= 75 for line in card.split("\r\n"))
    (found,) = vcard.read_cards(io.StringIO(card, newline=""), {"NOTE"})
    assert found.first("NOTE").text == f"{text}\n;{text}"


def test_the_parts_of_a_name() -> None:
    """An escaped semicolon parts nothing."""
    assert vcard.Property(r"a\;b;c\\;d").parts == ["a;b", "c\\", "d"]


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "raw_unicode_escape", "utf-7", "idna", "hex"]
)
def test_only_encodings_of_phones(charset: str) -> None:
    """What Python knows besides could make half a character, or a zero, of harmless letters."""
    text = "D\\ud800\\u0000+2AA-"
    card = f"BEGIN:VCARD\nN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{text};Ada\nEND:VCARD\n"
    (found,) = [one["Last name"] for one in people(card)]
    assert found.startswith("D")
    assert found.isprintable()


@pytest.mark.parametrize(
    "lines",
    ["FN:Ana Maria Lee", "N:Ana Maria Lee;;;;\nFN:Ana Maria Lee", "N:;;;;\nFN:Ana Maria Lee"],
)
def test_a_name_that_is_not_divided(lines: str) -> None:
    """Then the whole name is taken, which the import divides."""
    (found,) = people(f"BEGIN:VCARD\n{lines}\nEND:VCARD\n")
    assert {name: text for name, text in found.items() if text} == {"Full name": "Ana Maria Lee"}
