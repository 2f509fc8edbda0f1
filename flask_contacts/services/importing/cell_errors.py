"""What a spreadsheet has in a cell whose formula gave no value: nobody's name, and no date.

A workbook says of such a cell that it is an error. A CSV has the words alone, and so has a cell
of a workbook into which somebody has pasted them: words like these are errors everywhere.
"""

from __future__ import annotations

#: As Excel, LibreOffice and Google write them; in a CSV Excel does so in its own language.
ERRORS = frozenset(
    f"#{word}"
    for word in (
        "N/A", "DIV/0!", "NAME?", "NULL!", "NUM!", "REF!", "VALUE!", "GETTING_DATA", "BLOCKED!",
        "BUSY!", "CALC!", "CONNECT!", "ERROR!", "EXTERNAL!", "FIELD!", "PYTHON!", "SPILL!",
        "TIMEOUT!", "UNKNOWN!",
        "NV", "WERT!", "BEZUG!", "ZAHL!", "ÜBERLAUF!",
        "N/D", "VALORE!", "RIF!", "NOME?", "NULLO!",
        "VALOR!", "NÚM!", "NULO!", "TRANSBORDO!",
        "¡DIV/0!", "¡VALOR!", "¡REF!", "¡NUM!", "¿NOMBRE?", "¡NULO!", "¡DESBORDAMIENTO!",
        "VALEUR!", "NOM?", "NOMBRE!", "NUL!",
    )
)  # fmt: skip


def as_error(text: str) -> str:
    """The text of a cell that is an error, whatever the program calls it."""
    return text if text in ERRORS else "#ERROR!"
