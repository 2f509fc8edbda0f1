"""The text part of a mail."""

from flask_contacts.mail.plain_text import html_to_text


def test_it_reads_like_a_letter() -> None:
    """Paragraphs, lines, lists and links become plain text; entities are characters."""
    html = (
        "<p>Dear Ann &amp; Bob,</p><p>One<br>two</p><ul><li>first</li><li>second</li></ul>"
        '<p><a href="https://x.example/a?b=1&amp;c=2">Open</a></p>'
    )
    assert html_to_text(html) == (
        "Dear Ann & Bob,\n\nOne\ntwo\n\n- first\n- second\n\nOpen: https://x.example/a?b=1&c=2\n"
    )


def test_a_link_that_shows_its_address_shows_it_once() -> None:
    """The address is not repeated after itself."""
    assert html_to_text('<a href="https://x.example/">https://x.example/</a>') == (
        "https://x.example/\n"
    )


def test_tables_and_numbers() -> None:
    """A row is a line whose cells stay apart, and a numbered list keeps its numbers."""
    html = (
        "<table><thead><tr><th>Number</th><th>Amount</th></tr></thead>"
        "<tbody><tr><td>INV-1</td><td>12.00</td></tr></tbody></table>"
        "<ol><li>one<ul><li>inner</li></ul></li><li>two</li></ol><hr><p>End</p>"
    )
    assert html_to_text(html) == (
        "Number | Amount\nINV-1 | 12.00\n\n1. one\n\n- inner\n\n2. two\n\n---\n\nEnd\n"
    )
