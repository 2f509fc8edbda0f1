"""Draws a paper: letterhead, address, facts, table, totals, text, page numbers.

The letters are those of Source Sans Pro: Latin with every accent, Vietnamese, Greek and
Cyrillic. What it lacks (日本, العربية) is drawn as an empty box, and breaks nothing.
"""

from __future__ import annotations

import logging

from flask_babel import gettext
from font_source_sans_pro import font_files_ttf
from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout

from .contents import SENDER, SENDER_ADDRESS, SENDER_BANK, SENDER_CONTACT, Contents

FAMILY = "Source Sans Pro"
_FILES = {"": "SourceSansPro", "B": "SourceSansProSemibold"}

MARGIN = 20.0  # millimetres, as every length here
WIDTH = 210.0 - 2 * MARGIN
FACTS_WIDTH = 62.0
TOTALS_WIDTH = 84.0
LINE = 5.2
ROOM_FOR_SIGNATURES = 34.0
PAGES = "\N{DOUBLE DAGGER}\N{DOUBLE DAGGER}"
"""Stands for the number of all pages, up to 99, until that is known at the end."""

INK = (37, 49, 59)
QUIET = (92, 104, 115)
BRAND = (23, 56, 74)
ACCENT = (31, 101, 135)
RULE = (217, 223, 229)
TINT = (243, 246, 248)

# It tells of each letter that a font lacks; names of customers are no fault of the program.
logging.getLogger("fpdf.output").setLevel(logging.ERROR)


class Sheet(FPDF):
    """A4 pages with the studio's letterhead on the first and a footer on all of them."""

    def __init__(self, contents: Contents, language: str) -> None:
        super().__init__(format="A4")
        self.contents = contents
        for style, name in _FILES.items():
            self.add_font(FAMILY, style, font_files_ttf[name])
        self.set_margins(MARGIN, MARGIN)
        self.c_margin = 0  # words begin where rules begin
        self.alias_nb_pages(PAGES)
        self.set_auto_page_break(True, margin=28)
        self.set_lang(language.replace("_", "-"))
        self.set_title(contents.title)
        self.set_author(SENDER)
        self.set_subject(contents.subject)
        self.add_page()

    def header(self) -> None:
        """The letterhead; later pages only say what they are part of."""
        if self.page_no() == 1:
            self._letterhead()
            return
        self._style(9, QUIET)
        self.set_y(12)
        self.cell(WIDTH, LINE, f"{SENDER} · {self.contents.title}", new_x="LMARGIN")
        self.set_y(MARGIN + 2)

    def _letterhead(self) -> None:
        self.set_fill_color(*BRAND)
        self.rect(0, 0, 210, 5, style="F")
        self._style(19, BRAND, "B")
        self.set_xy(MARGIN, 15)
        self.cell(WIDTH / 2, 9, SENDER)
        self._style(8.5, QUIET)
        for place, line in enumerate((*SENDER_ADDRESS, *SENDER_CONTACT)):
            column, row = divmod(place, 3)
            self.set_xy(MARGIN + WIDTH - 66 + column * 32, 15 + row * 4.2)
            self.cell(34 if column else 32, 4.2, line)
        self.set_y(48)

    def footer(self) -> None:
        """Bank and tax numbers, and which page this is."""
        self.set_y(-18)
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self._style(8, QUIET)
        self.set_y(-15)
        self.cell(WIDTH - 40, LINE, SENDER_BANK)
        self.cell(
            40, LINE, gettext("Page %(page)s of %(pages)s", page=self.page_no(), pages=PAGES),
            align="R",
        )  # fmt: skip

    def draw(self) -> bytes:
        """The whole paper, as the bytes of a PDF file."""
        self._head()
        if self.contents.columns:
            self._table()
            self._totals()
            self._text()
        else:  # words first, and then what it costs
            self._text()
            self._totals()
        if self.contents.signatures:
            self._signatures()
        if self.contents.agreement:
            self._agreement()
        return bytes(self.output())

    def _head(self) -> None:
        """Whom it goes to, the facts beside that, and then what it is."""
        top = self.get_y()
        self._style(10.5)
        name, *rest = self.contents.recipient
        self.set_font(style="B")
        self.multi_cell(88, LINE, name, align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_font(style="")
        for line in rest:
            self.multi_cell(88, LINE, line, align="L", new_x="LMARGIN", new_y="NEXT")
        below = self.get_y()
        self.set_y(top)
        for label, value in self.contents.facts:
            self._pair(label, value, FACTS_WIDTH, 9.5)
        self.set_y(max(below, self.get_y(), top + 28) + 10)
        self._style(20, BRAND, "B")
        self.multi_cell(WIDTH, 9, self.contents.title, align="L", new_x="LMARGIN", new_y="NEXT")
        self._style(12, QUIET)
        self.multi_cell(WIDTH, 6, self.contents.subject, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(6)

    def _pair(self, label: str, value: str, width: float, size: float, style: str = "") -> None:
        """A label and its value, flush right on the page; a long value takes several lines."""
        self._style(size, QUIET if not style else BRAND, style)
        self.set_x(MARGIN + WIDTH - width)
        self.cell(width * 0.42, LINE, label)
        self._style(size, BRAND if style else INK, style)
        self.multi_cell(width * 0.58, LINE, value, align="R", new_x="LMARGIN", new_y="NEXT")

    def _table(self) -> None:
        """The lines; their heading stands again on each page."""
        self._style(9.5)
        self.set_draw_color(*RULE)
        columns = self.contents.columns
        with self.table(
            width=WIDTH,
            col_widths=tuple(column.share for column in columns),
            text_align=tuple("RIGHT" if column.numeric else "LEFT" for column in columns),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=LINE,
            padding=(1.4, 1.6),
            headings_style=FontFace(emphasis="B", color=BRAND, fill_color=TINT),
        ) as table:
            table.row([column.label for column in columns])
            for row in self.contents.rows:
                table.row(row)
        self.ln(4)

    def _totals(self) -> None:
        """The sums under each other, the last one set off."""
        *parts, (label, value) = self.contents.totals
        self._keep_together(LINE * len(parts) + 14)
        for each in parts:
            self._pair(*each, TOTALS_WIDTH, 10)
        self.ln(1.5)
        left = MARGIN + WIDTH - TOTALS_WIDTH
        self.set_draw_color(*ACCENT)
        self.set_line_width(0.5)
        self.line(left, self.get_y(), left + TOTALS_WIDTH, self.get_y())
        self.ln(2)
        self._pair(label, value, TOTALS_WIDTH, 12.5, "B")
        self.ln(8)

    def _text(self) -> None:
        """What is said in words; an empty line is half a line."""
        self._style(10)
        for paragraph in self.contents.text.splitlines():
            if paragraph.strip():
                self.multi_cell(
                    WIDTH, LINE, paragraph.strip(), align="L", new_x="LMARGIN", new_y="NEXT"
                )
            else:
                self.ln(LINE / 2)
        self.ln(6)

    def _signatures(self) -> None:
        """A line for each who signs, side by side, never alone at the top of a page's end."""
        self._keep_together(ROOM_FOR_SIGNATURES)
        self.ln(20)
        top, width = self.get_y(), (WIDTH - 14) / 2
        self.set_draw_color(*QUIET)
        self.set_line_width(0.2)
        for place, name in enumerate(self.contents.signatures):
            left = MARGIN + place * (width + 14)
            self.line(left, top, left + width, top)
            self.set_xy(left, top + 1.5)
            self._style(9, QUIET)
            signed = gettext("Date, signature")
            self.multi_cell(width, LINE, f"{signed}\n{name}", align="L")

    def _agreement(self) -> None:
        """Who agreed in the portal, in a frame with a line at its side."""
        name, *rest = self.contents.agreement
        self._keep_together(LINE * (len(rest) + 1) + 8)
        top = self.get_y()
        self.set_left_margin(MARGIN + 6)
        self.set_y(top + 2)
        self._style(11, BRAND, "B")
        self.multi_cell(WIDTH - 6, LINE + 1, name, align="L", new_x="LMARGIN", new_y="NEXT")
        self._style(9, QUIET)
        for line in rest:
            self.multi_cell(WIDTH - 6, LINE, line, align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_left_margin(MARGIN)
        self.set_draw_color(*ACCENT)
        self.set_line_width(0.9)
        if self.get_y() > top:  # not where a long comment went over the page's end
            self.line(MARGIN + 1, top + 1, MARGIN + 1, self.get_y() + 1)

    def _keep_together(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()

    def _style(self, size: float, colour: tuple[int, int, int] = INK, style: str = "") -> None:
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)
