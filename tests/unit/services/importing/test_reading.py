"""Files as tables: what they are, what they hold, and what is refused with which words."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, strategies as st

from flask_contacts.services.csv_text import bare, csv_line, neutral
from flask_contacts.services.importing import encodings, workbook
from flask_contacts.services.importing.file_refused import IN_BROWSER, FileRefused, Limits
from flask_contacts.services.importing.reading import missing_formats, read_table
from tests.workbooks import HEAD, bombs, people, write_workbook

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.bundled_only(reason="a file is read, whoever the customers are; once is enough"),
]
PEOPLE = "Nome;Sobrenome;E-mail\r\nJoão;Gonçalves;joao@x.com\r\nMüller;Ødegård;m@x.no\r\n"


def rows(content: bytes, **options: Any) -> list[list[str]]:
    """The cells of all rows."""
    table = read_table(io.BytesIO(content), IN_BROWSER, **options)
    return [cells for _number, cells in table.rows]


def refusal(content: bytes, **options: Any) -> str:
    """Why a file is refused, here or while its rows are read."""
    with pytest.raises(FileRefused) as caught:
        rows(content, **options)
    return str(caught.value.errors["file"][0])


def book(**parts: Any) -> bytes:
    """A workbook with these rows, or with these parts of its archive."""
    made = openpyxl.Workbook()
    for row in parts.pop("rows", [["First name", "Last name"], ["Ada", "Lovelace"]]):
        made.active.append(row)
    file = io.BytesIO()
    made.save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings_are_found(encoding: str) -> None:
    """UTF-8 with and without its mark, UTF-16 in both orders, and what Excel writes in the West."""
    assert rows(PEOPLE.encode(encoding))[1] == ["Müller", "Ødegård", "m@x.no"]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1251", "Пётр Иванов"), ("cp1250", "Łukasz Świątek-Żółć"), ("shift_jis", "山田太郎")],
)
def test_other_encodings_are_guessed(encoding: str, name: str) -> None:
    """By what the letters that are not ASCII look like, given some of them."""
    text = "name,city\n" + f"{name},{name}\n" * 20
    assert rows(text.encode(encoding))[0] == [name, name]


def test_an_encoding_can_be_said() -> None:
    """A file that is not in the encoding said is refused with the line, not read as rubbish."""
    assert rows("name,city\nŁódź,a\n".encode("cp1250"), encoding="cp1250") == [["Łódź", "a"]]
    assert "Near line" in refusal("name,city\nJosé,a\n".encode("cp1252"), encoding="utf-8-sig")
    assert "Near line 1 the file is not written in UTF-16." in refusal(
        b"name,city\nAda,b\n", encoding="utf-16"
    )


@pytest.mark.parametrize("slip", ["Müller,a\n".encode("cp1252"), "Müller".encode()[:2]])
def test_a_slip_makes_no_other_encoding(slip: bytes) -> None:
    """A file in UTF-8 but for a byte, or cut off within a letter, is refused with the line: read
    in another encoding all its other names would be rubbish."""
    text = "name,city\n" + "Jürgen,Größe\n" * 50
    assert "Near line 52 the file is not written in UTF-8." in refusal(text.encode() + slip)


def test_a_late_letter_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is ASCII for its first megabytes and not UTF-8 after them is not taken for it."""
    content = b"name,city\n" + b"Ada,London\n" * 120_000 + "José,São Paulo\n".encode("cp1252")
    assert rows(content)[-1] == ["José", "São Paulo"]
    monkeypatch.setattr(encodings, "find_spec", lambda _name: None)
    assert "flask-contacts[import]" in refusal(content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    """Comma, semicolon, tab and bar; one inside of quotes is none."""
    text = f'"a,;x"{delimiter}b\n1{delimiter}"2{delimiter}3"\n'
    assert rows(text.encode()) == [["1", f"2{delimiter}3"]]


def test_excel_says_its_delimiter() -> None:
    """``sep=;`` in the first line is no heading."""
    assert rows(b"sep=;\r\na,x;b\r\n1;2\r\n") == [["1", "2"]]


def test_quotes_inside() -> None:
    """Doubled quotes and line breaks are part of a cell; the row numbers stay a spreadsheet's."""
    table = read_table(io.BytesIO(b'a,b\n"x ""q"",\ny",1\n\nlast,2\n'), IN_BROWSER)
    assert list(table.rows) == [(2, ['x "q",\ny', "1"]), (4, ["last", "2"])]


@pytest.mark.parametrize("text", [b'a,b\n"x"y,z\n', b'a,b\n1,2\n"never closed,2\n3,4\n'])
def test_quotes_that_do_not_close(text: bytes) -> None:
    """They would swallow the rest of the file: refused, with the row."""
    assert "quotes in row" in refusal(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b"\n\n , \n", "empty"),
        (b"ada@x.com,Ada\nb@x.com,Bob\n", "first row must name"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "not a text file"),
        (b"a,b\n1,2" + b"\0" * 9, "not a text file"),
        (b'a,b\n"' + b"x" * 10_000_000 + b'",1\n', "too long"),
        (b'a,b\n"' + b"xxxxxxxxx\n" * 1_000_000 + b'",1\n', "32767 characters"),
        (b'a,b\n"' + b"x" * 100_000 + b'",1\n', "32767 characters"),
        (b",".join(b"c%d" % n for n in range(10_000)) + b"\n", "more than 200 columns"),
        (b"a,b\n" + b"1," * 300 + b"\n", "more than 200 cells"),
        (b"%PDF-1.4\nfoo", "kind PDF"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><table>", "kind HTML"),
        (b"<table><tr><td>Email", "kind HTML"),
        (b'<?xml version="1.0"?><people/>', "kind XML"),
        (b'[{"name": "Ada"}]', "kind JSON"),
        (b'{"name": "Ada"}', "kind JSON"),
        (b"{\\rtf1 Ada}", "kind RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old format"),
        (b"PK\x03\x04rubbish", "cannot be opened"),
    ],
)
def test_what_is_no_file_of_contacts(text: bytes, words: str) -> None:
    """Each gets a sentence of its own, and none is a crash or takes its size in memory."""
    assert words in refusal(text)


def test_limits() -> None:
    """Rows, bytes and cells have a limit; the sentence names it."""
    few = Limits(size=1000, rows=2, cells=5)
    for content, words in (
        (b"a,b\n1,2\n1,2\n1,2\n", "more than 2 rows"),
        (b"a,b\n" + b"x" * 2000, "larger than"),
        (book(rows=[["a", "b"], *[["1", "2"]] * 4]), "larger than"),
    ):
        with pytest.raises(FileRefused) as caught:
            list(read_table(io.BytesIO(content), few).rows)
        assert words in str(caught.value)
    with pytest.raises(FileRefused, match="more than 5 cells"):
        list(
            read_table(
                io.BytesIO(book(rows=[["a", "b"], *[["1", "2"]] * 4])), Limits(10**6, 10**6, 5)
            ).rows
        )


def test_a_workbook() -> None:
    """Dates are ISO, whole numbers have no fraction, blank rows are none, gaps are blank cells."""
    made = [
        ["First name", "Last name", "Phone", "Birthday", "Call"],
        ["Ada", "Lovelace", 5512345678.0, date(1985, 6, 30), True],
        [],
        [None, "Gap", 1.5],
    ]
    table = read_table(io.BytesIO(book(rows=made)), IN_BROWSER)
    assert table.kind == "xlsx"
    assert list(table.rows) == [
        (2, ["Ada", "Lovelace", "5512345678", "1985-06-30", "TRUE"]),
        (4, ["", "Gap", "1.5"]),
    ]


def test_a_formula_is_its_value() -> None:
    """Nothing is computed; a formula without a stored value is blank."""
    assert rows(book(rows=[["a", "b"], ["x", "=1+1"]])) == [["x"]]


def test_macros_are_refused() -> None:
    """A workbook that holds code, whatever it is called."""
    assert "macros" in refusal(book(**{"xl/vbaProject.bin": b"code"}))


@pytest.mark.parametrize(
    "part", ["xl/sharedStrings.xml", "xl/worksheets/sheet2.xml", "xl/styles2.xml"]
)
def test_zip_bombs_are_refused(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to far more than it is, is not unpacked at all."""
    bomb = book(**{part: b"<a>" + b" " * 60_000_000 + b"</a>"})
    assert len(bomb) < 200_000
    monkeypatch.setattr(workbook, "Parts", lambda *_: pytest.fail("it was unpacked"))
    assert "unpacks to far more" in refusal(bomb)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_bombs_take_neither_memory_nor_time(tmp_path: Path) -> None:
    """Whatever a sheet or its texts unpack to: refused within seconds, and none of it is kept."""
    paths = [
        write_workbook(tmp_path / f"{number}.xlsx", sheet, texts)
        for number, (sheet, texts) in enumerate(bombs().values())
    ]
    paths.append(write_workbook(tmp_path / "people.xlsx", *people(10_000, 20)))
    command = [sys.executable, "-m", "tests.reading_memory", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = [line.split("\t") for line in done.stdout.splitlines()]
    assert found.pop()[2] == "10000 rows"
    for name, (grown, seconds, ended) in zip(bombs(), found, strict=True):
        assert ended.startswith(("This workbook", "The sheet has more")), name
        assert float(grown) < 60, name
        assert float(seconds) < 30, name


def test_blank_headings_without_end_take_no_time() -> None:
    """What is blank at the end of the first row is no column, however much of it there is."""
    start = time.monotonic()
    assert rows(b"name" + b"," * 200_000 + b"\nAda\n") == [["Ada"]]
    assert "empty" in refusal(b"," * 200_000 + b"\n" + b" ," * 200_000)
    assert time.monotonic() - start < 5


def styles(code: str, cells: int) -> list[str]:
    """A format of numbers, and so many styles of cells that use it."""
    described = f'<numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts>'
    return [described, "<cellXfs>", '<xf numFmtId="200"/>' * cells, "</cellXfs>"]


def test_a_format_without_end_takes_no_time(tmp_path: Path) -> None:
    """A format is looked at as far as Excel's go, and once however many styles use it: it is a
    date where its beginning says so."""
    row = '<row r="2"><c r="A2" t="str"><v>A</v></c><c r="B2" s="4"><v>46000</v></c></row>'
    start = time.monotonic()
    for code, shown in (("[" * 40_000, "46000"), (f"yyyy{'[' * 40_000}", "2025-12-09")):
        path = write_workbook(tmp_path / "long.xlsx", [HEAD, row], styles=styles(code, 40_000))
        assert rows(path.read_bytes()) == [["A", shown]]
    assert time.monotonic() - start < 5


def test_more_styles_than_there_can_be(tmp_path: Path) -> None:
    """Past Excel's number of styles a workbook is refused."""
    many = ["<cellXfs>", "<xf/>" * 65_491, "</cellXfs>"]
    path = write_workbook(tmp_path / "many.xlsx", [HEAD], styles=many)
    assert "unpacks to far more" in refusal(path.read_bytes())


def test_parts_under_other_names(tmp_path: Path) -> None:
    """A part is what the workbook says, whatever its name ends with."""
    for name in ("sheet1.xml", "sheet1.dat"):
        row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
        texts = ["<si><t>Ada</t></si><si><r><t>Love</t></r><r><t>lace</t></r></si>"]
        path = write_workbook(tmp_path / name, [HEAD, row], texts, name)
        assert rows(path.read_bytes()) == [["Ada", "Lovelace"]]


@pytest.mark.parametrize(
    "row",
    [
        '<row r="x"><c><v>1</v></c></row>',
        '<row r="1"><c><v>1</v></c></row>',
        '<row r="2"><c r="1A"><v>1</v></c></row>',
        '<row r="2"><c t="s"><v>9</v></c></row>',
        '<row r="2"><c t="s"><v>-1</v></c></row>',
        "<row><c><c><v>1</v></c></c></row>",
        "<row>&unknown;</row>",
    ],
)
def test_a_sheet_that_cannot_be(tmp_path: Path, row: str) -> None:
    """Rows and cells that no spreadsheet writes: a sentence."""
    path = write_workbook(tmp_path / "people.xlsx", [HEAD, row])
    assert "cannot be opened" in refusal(path.read_bytes())


def rows_of_cells(directory: Path, count: int, cells: str) -> list[list[str]]:
    """What is read of a sheet with so many headings and one row of these cells."""
    head = "".join(f"<c><v>{n}</v></c>" for n in range(count))
    path = write_workbook(directory / "a.xlsx", [f"<row>{head}</row><row>{cells}</row>"])
    return rows(path.read_bytes())


def test_values_of_cells(tmp_path: Path) -> None:
    """Texts with their escapes, errors, truth, numbers; what is read aloud is no part of a text."""
    cells = (
        '<c t="str"><f>A1</f><v>=x</v></c><c t="b"><v>0</v></c><c><v>4.42079E+11</v></c>'
        '<c t="inlineStr"><is><t>_xD800_a_x000D__x005F_</t><rPh><t>b</t></rPh></is></c>'
    )
    assert rows_of_cells(tmp_path, 4, cells) == [["=x", "FALSE", "442079000000", "a_"]]


def test_errors_of_cells(tmp_path: Path) -> None:
    """An error is its words, a formula's too; one that nobody knows is an error all the same."""
    cells = (
        '<c t="e"><v>#N/A</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c t="e"><v>Err:502</v></c><c t="e"/><c t="str"><v>Err:502</v></c>'
    )
    assert rows_of_cells(tmp_path, 5, cells) == [["#N/A", "#DIV/0!", "#ERROR!", "", "Err:502"]]


def test_a_million_empty_rows(tmp_path: Path) -> None:
    """A cell in the last row of a sheet does not make a million rows."""
    made = openpyxl.Workbook()
    made.active.append(["a", "b"])
    made.active["A1048576"] = "last"
    made.save(tmp_path / "gap.xlsx")
    assert rows((tmp_path / "gap.xlsx").read_bytes()) == [["last"]]


def test_a_wide_cell_does_not_widen_the_rows() -> None:
    """A cell far to the right of the headings is one too many in its row, and no more."""
    made = [["a", "b"], ["1", "2", "3"]]
    assert rows(book(rows=made)) == [["1", "2", "3"]]


def test_a_damaged_workbook_is_refused() -> None:
    """Also where it breaks in the middle of the sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as good, zipfile.ZipFile(file, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    assert "cannot be opened" in refusal(file.getvalue())


@pytest.mark.parametrize("encoding", ["x-nonsense", "hex", "idna", "undefined", "utf-7", "cp932"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"])
def test_an_encoding_that_cannot_be(tmp_path: Path, part: str, encoding: str) -> None:
    """A part in an encoding that nobody knows, or that is not read, is damaged: a sentence."""
    path, file = write_workbook(tmp_path / "a.xlsx", [HEAD]), io.BytesIO()
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(file, "w") as bad:
        for name in good.namelist():
            says = f'<?xml version="1.0" encoding="{encoding}"?>' if name == part else ""
            bad.writestr(name, says.encode() + good.read(name))
    assert "cannot be opened" in refusal(file.getvalue())


def test_without_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV in UTF-8 works; the rest says what to install."""
    from flask_contacts.services.importing import reading

    for module in (workbook, encodings, reading):
        monkeypatch.setattr(module, "find_spec", lambda _name: None)
    assert rows(PEOPLE.encode())[0][0] == "João"
    assert "flask-contacts[import]" in refusal(book())
    assert "flask-contacts[import]" in refusal(PEOPLE.encode("cp1252"))
    assert len(missing_formats()) == 2


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_any_cell_comes_back(cells: list[list[str]]) -> None:
    """What a CSV of ours holds is read as it was written, whatever the cells are."""
    content = "\ufeff" + csv_line(["a", "b", "c"])
    content += "".join(csv_line([neutral(one) for one in row]) for row in cells)
    from flask_contacts.services.importing.delimited import read_csv

    table = read_csv(io.BytesIO(content.encode()), "utf-8-sig")
    found = [[bare(one) for one in row] for _number, row in table.rows]
    assert found == [row for row in cells if any(neutral(one) for one in row)]


@given(CELLS)
def test_no_cell_is_a_formula(text: str) -> None:
    """Neutralised text begins with no sign that a spreadsheet computes, and is undone exactly."""
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert bare(neutral(text)) == text


@given(st.from_regex(r"'{0,2}\+[0-9 ().\-+A-Za-z=;|!,]{0,20}", fullmatch=True))
def test_telephone_numbers_stay(text: str) -> None:
    """A number to dial has no apostrophe; what has a letter, another sign or few digits has one,
    and either comes back, also as a file of a former release has it."""
    written = neutral(text)
    is_number = set(text[1:]) <= set("0123456789 ().-") and sum(map(str.isdigit, text)) > 5
    if text[:1] == "+" and text[-1:].isdigit() and text[1:2].isdigit() and is_number:
        assert written == text
        assert bare(f"'{text}") == text
    else:
        assert written.startswith("'")
    assert bare(written) == text
