"""Importing a file through the pages, as a browser without JavaScript does it."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient

from flask_contacts.testing import csrf_token

URL = "/contacts-import/"


def upload(
    client: FlaskClient, content: bytes | str, name: str = "people.csv", **fields: str
) -> Any:
    """Send a file; the answer."""
    if isinstance(content, str):
        content = content.encode()
    data = {
        "csrf_token": csrf_token(client, URL), "encoding": "", "delimiter": "",
        "file": (BytesIO(content), name), **fields,
    }  # fmt: skip
    return client.post(URL, data=data)


def columns_of(html: str) -> dict[str, str]:
    """What each column goes to, by the column's name."""
    found = {}
    for label, name in re.findall(r'<label for="(column_\d+)">(.*?)</label>', html):
        select = html[html.index(f'id="{label}"') :].split("</select>", maxsplit=1)[0]
        chosen = re.findall(r'value="([^"]*)" selected', select)
        found[unescape(name)] = chosen[0]
    return found


def choose(
    client: FlaskClient, url: str, fields: dict[str, str] | None = None, **options: str
) -> Any:
    """Confirm the columns, some of them changed by name; the answer."""
    columns = {**columns_of(client.get(url).text), **(fields or {})}
    posted = {f"column_{number}": field for number, field in enumerate(columns.values())}
    data = {**posted, "csrf_token": csrf_token(client, url), "date_order": "", "customer": ""}
    return client.post(url, data={**data, **options})


def go_on(client: FlaskClient, url: str) -> dict[str, Any]:
    """Work until there is nothing left to do; what the last answer said."""
    while True:
        token = csrf_token(client, url)
        data = {"csrf_token": token}
        answer = client.post(f"{url}/step", data=data, headers={"Accept": "application/json"}).json
        assert answer is not None
        if not answer["working"]:
            return answer


def check(client: FlaskClient, content: bytes | str, **options: str) -> tuple[str, dict[str, int]]:
    """Upload and check a file; the page of the import, and what would become of its rows."""
    answer = upload(client, content)
    assert answer.status_code == 302, texts(answer.text)
    answer = choose(client, answer.location, **options)
    assert answer.status_code == 302, texts(answer.text)
    url = answer.location
    return url, go_on(client, url)["counts"]


def run(client: FlaskClient, url: str) -> dict[str, int]:
    """Import what was checked; what became of the rows."""
    assert (
        client.post(f"{url}/run", data={"csrf_token": csrf_token(client, url)}).status_code == 302
    )
    counts: dict[str, int] = go_on(client, url)["counts"]
    return counts


def import_file(client: FlaskClient, content: bytes | str, **options: str) -> dict[str, int]:
    """All of it."""
    url, counts = check(client, content, **options)
    return run(client, url) if counts["new"] + counts["changed"] else counts


def result_lines(client: FlaskClient, url: str, outcome: str = "") -> list[str]:
    """The rows of the report, each in one line of text, without what is folded."""
    html = client.get(f"{url}?outcome={outcome}").text
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    body = re.sub(r"(?s)<details>.*?</details>", " ", body)
    return [texts(row) for row in body.split("</tr>")[:-1]]


def texts(html: str) -> str:
    """The words of a page in one line, without those of its scripts."""
    html = re.sub(r"(?s)<(script|style).*?</\1>", " ", html)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))).strip()
