"""How much memory and time reading a file takes, in a process of its own.

``python -m tests.reading_memory FILE …`` prints for each file by how many MiB the process grows
at most while it is read, the seconds, and how it ended.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from openpyxl.styles import numbers
from openpyxl.utils import datetime

from flask_contacts.errors import InvalidInput
from flask_contacts.services.importing import reading
from flask_contacts.services.importing.file_refused import IN_BROWSER
from tests.importing_memory import forget_peak, peak

LOADED = (numbers, datetime)


def main() -> None:
    """Read each file as a browser's upload."""
    app = Flask(__name__)
    Babel(app)
    for name in sys.argv[1:]:
        forget_peak()
        before, start = peak(), time.monotonic()
        with app.app_context(), Path(name).open("rb") as file:
            try:
                ended = f"{sum(1 for _row in reading.read_table(file, IN_BROWSER).rows)} rows"
            except InvalidInput as error:
                ended = str(error.errors["file"][0])
        sys.stdout.write(f"{peak() - before:.1f}\t{time.monotonic() - start:.1f}\t{ended}\n")


if __name__ == "__main__":
    main()
