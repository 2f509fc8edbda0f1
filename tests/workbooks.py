"""Workbooks that no spreadsheet writes: large ones, and ones that unpack to more than they are."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
)
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Firstname</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Lastname</t></is></c></row>'
)


def write_workbook(
    path: Path,
    sheet: Iterable[str],
    texts: Iterable[str] = (),
    name: str = "sheet1.xml",
    styles: Iterable[str] = (),
) -> Path:
    """An archive with that sheet (the inside of ``sheetData``), that table of texts, those
    styles."""
    links = (
        f'<Relationships xmlns="{_LINKS}">'
        f'<Relationship Id="r1" Type="{_LINK}/worksheet" Target="worksheets/{name}"/>'
        f'<Relationship Id="r2" Type="{_LINK}/sharedStrings" Target="texts.dat"/>'
        f'<Relationship Id="r3" Type="{_LINK}/styles" Target="styles.xml"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", links)
        for part, content in (
            (f"xl/worksheets/{name}", _within("worksheet", _within("sheetData", sheet))),
            ("xl/texts.dat", _within("sst", texts)),
            ("xl/styles.xml", _within("styleSheet", styles)),
        ):
            with archive.open(part, "w") as file:
                for text in content:
                    file.write(text.encode())
    return path


def _within(name: str, content: Iterable[str]) -> Iterator[str]:
    yield f'<{name} xmlns="{_MAIN}">' if name != "sheetData" else "<sheetData>"
    yield from content
    yield f"</{name}>"


def noise(chance: random.Random) -> str:
    """Something that does not compress, so that an archive is not refused for its ratio."""
    return "".join(
        f'<c r="{chance.choice("ABCDEFGH")}{chance.randrange(10**6)}"/>' for _ in range(110)
    )


def _digits(chance: random.Random) -> str:
    return str(chance.randrange(10**600))


def people(rows: int, columns: int) -> tuple[Iterator[str], Iterator[str]]:
    """The sheet and the texts of people as Excel writes them: each cell a text of its own."""

    def sheet() -> Iterator[str]:
        for row in range(rows + 1):
            first = row * columns
            cells = (
                f'<c r="{chr(65 + column)}{row + 1}" s="1" t="s"><v>{first + column}</v></c>'
                for column in range(columns)
            )
            yield f'<row r="{row + 1}" spans="1:{columns}">{"".join(cells)}</row>'

    def texts() -> Iterator[str]:
        yield "".join(f"<si><t>Column {column}</t></si>" for column in range(columns))
        for row in range(rows):
            yield "".join(
                f"<si><t>A value of its own {row * columns + column}</t></si>"
                for column in range(columns)
            )

    return sheet(), texts()


def bombs() -> dict[str, tuple[Iterable[str], Iterable[str]]]:
    """Sheets and texts that are small as a file, by what they would fill."""
    chance = random.Random(1)
    return {
        "a late row": ([HEAD, '<row r="4000000000"><c r="A2"/></row>'], ()),
        "empty rows": ((HEAD if not n else "<row/>" * 10_000 for n in range(3_000)), ()),
        "rows of an empty cell": (
            (f"{'' if n else HEAD}<row>{noise(chance)}</row>" + "<row><c/></row>" * 4_000
             for n in range(3_000)), (),
        ),
        "a wide row": ((f"{noise(chance)}{'<c/>' * 15_000}" if n else f"{HEAD}<row>"
                        for n in range(1_000)), ()),
        "a deep tree": ((f"{noise(chance)}{'<x>' * 20_000}" for n in range(1_000)), ()),
        "many names": (("".join(f"<x{n}{m}/>" for m in range(10_000)) for n in range(500)), ()),
        "many attributes": (
            ("".join(f'<x a{n}{m}=""/>' for m in range(10_000)) for n in range(500)), (),
        ),
        "a long tag": (
            (f'{_digits(chance)}{" " * 60_000}' if n else '<row><c r="' for n in range(1_500)), (),
        ),
        "a long text": (
            (f"{_digits(chance)}{'x' * 60_000}" if n else '<row><c t="str"><v>'
             for n in range(2_000)), (),
        ),
        "texts": ([HEAD], (f"<si><t>{_digits(chance)}</t></si>" + "<si><t>a</t></si>" * 2_000
                           for n in range(5_000))),
        "a text without end": (
            [HEAD], (f"{_digits(chance)}{'x' * 60_000}" if n else "<si><t>" for n in range(3_000)),
        ),
    }  # fmt: skip
