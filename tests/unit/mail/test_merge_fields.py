"""Merge fields: one pass, escaped, never code."""

import time

import pytest

from flask_contacts.errors import UnknownMergeField
from flask_contacts.mail import merge_fields, mime
from flask_contacts.mail.messages import Words, render, sanitize


def test_values_are_never_expanded_again() -> None:
    """A name that looks like a merge field comes out literally."""
    values = {"contact_firstname": "{portal_url}", "portal_url": "https://x.example"}
    assert merge_fields.fill_text("{contact_firstname}", values) == "{portal_url}"


@pytest.mark.parametrize(
    "text",
    ["{{ 7*7 }}", "{% for x in y %}", "${7*7}", "#{7*7}", "{0.__class__}", "{contact.login}",
     "{contact_firstname!r}", "{contact_firstname:>99999999}", "%(secret)s", "<%= 7*7 %>", "{ }"],
)  # fmt: skip
def test_template_syntax_comes_out_literally(text: str) -> None:
    """No template language runs on what staff type or on what people are called (1.3.7)."""
    assert merge_fields.fill_text(text, {"contact_firstname": "Mara"}) == text
    assert merge_fields.fill_text("{contact_firstname}", {"contact_firstname": text}) == text


def test_an_unknown_field_is_named() -> None:
    """The first unknown name is in the error, known ones pass."""
    merge_fields.check("{contact_firstname} {{ x }} { } {1} {}", {"contact_firstname"})
    with pytest.raises(UnknownMergeField) as caught:
        merge_fields.check("{contact_firstname} {password}", {"contact_firstname"})
    assert caught.value.name == "password"


@pytest.mark.parametrize(
    "meant", ["{Contact_Firstname}", "{ contact_firstname }", "{contact-firstname}", "{password}"]
)
def test_a_misspelt_field_is_named(meant: str) -> None:
    """What somebody takes for a field is refused, not mailed as it stands (M1)."""
    with pytest.raises(UnknownMergeField):
        merge_fields.check(f"Dear {meant}", {"contact_firstname"})


def test_a_brace_that_is_never_closed_costs_nothing() -> None:
    """Any text is checked in one pass: 50,000 spaces after a brace took many seconds."""
    start = time.monotonic()
    merge_fields.check("{a" + " " * 50_000 + "x", set())
    assert time.monotonic() - start < 1


def test_html_values_are_escaped() -> None:
    """Markup in a name is text in the mail, in attributes too."""
    values = {"contact_firstname": '"><script>alert(1)</script>'}
    html = merge_fields.fill_html('<a title="{contact_firstname}">x</a>', values)
    assert "<script>" not in html
    assert 'title="&#34;&gt;' in html


@pytest.mark.parametrize(
    "bad",
    ["<script>alert(1)</script>", '<a href="javascript:alert(1)">x</a>', "<img src=x onerror=a()>",
     '<a href="data:text/html,x">x</a>', "<iframe src=x></iframe>", "<p onclick=a()>x</p>",
     "<style>p{}</style>", "<form action=x></form>", '<p style="position:fixed">x</p>'],
)  # fmt: skip
def test_dangerous_markup_is_taken_out(bad: str) -> None:
    """Only plain formatting and http(s) or mailto links are left (1.2.2, 1.3.1)."""
    clean = sanitize(bad).lower()
    for word in ("script", "javascript:", "onerror", "onclick", "data:", "iframe", "form", "style"):
        assert word not in clean


@pytest.mark.usefixtures("app_context")
def test_a_rendered_mail_has_one_line_of_subject_and_both_parts() -> None:
    """Control characters in values never reach the subject; the text part has the link."""
    words = Words("Hello {contact_firstname}", '<p>Hi</p><p><a href="{portal_url}">Open</a></p>')
    values = {
        "contact_firstname": "A\r\nBcc: x@example.com\u2028",
        "portal_url": "https://x.example/",
    }
    subject, html, text = render(words, values, "en")
    assert subject == "Hello A Bcc: x@example.com"
    assert 'href="https://x.example/"' in html
    assert "Open: https://x.example/" in text


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize("code", [*range(32), 127, *range(128, 160), 0x2028, 0x2029])
def test_no_control_character_reaches_a_header(code: int) -> None:
    """C0, C1 and the Unicode separators are refused in every header (1.3.11)."""
    for recipient, subject, message_id in (
        (f"a{chr(code)}@example.com", "s", "<i@x>"),
        ("a@example.com", f"s{chr(code)}", "<i@x>"),
        ("a@example.com", "s", f"<i{chr(code)}@x>"),
    ):
        with pytest.raises(mime.BadHeader):
            mime.to_bytes(recipient, subject, "<p>x</p>", "x", message_id)
