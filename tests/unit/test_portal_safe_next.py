"""``next`` leads back to a portal page on this origin, and to nothing else (ASVS 3.7.2)."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_contacts.portal.sign_in.safe_next import safe_next, wanted_url

ELSEWHERE = [
    "https://evil.example/portal/",
    "http://evil.example",
    "HTTPS://evil.example/portal/",
    "//evil.example/portal/",
    "///evil.example/portal/",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example/portal/",
    "/\\/evil.example/portal/",
    "/portal\\..\\..\\evil.example",
    "/portal/\\evil.example",
    "/portal//evil.example",
    "//portal/",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/portal/%5c%5cevil.example",
    "/portal/%5Cevil.example",
    "/portal/%2f%2fevil.example/x",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "mailto:someone@evil.example",
    "portal/",
    "evil.example",
    ".evil.example/portal/",
    "@evil.example/portal/",
    "/portal@evil.example",
    "/portalx/",
    "/portal.evil.example/",
    "/",
    "/login/",
    "/contacts/list/",
    "/portal/../login/",
    "/portal/..",
    "/portal/./x",
    "/portal/%2e%2e/login/",
    "/portal/%2E%2e/",
    "/portal/.%2e/login/",
    "/portal/\r\nSet-Cookie: a=b",
    "/portal/%0d%0aSet-Cookie:%20a=b",
    "/portal/%0D%0ALocation:%20https://evil.example",
    "/portal/%0a",
    "/portal/?q=%0d%0aX:y",
    "/portal/\n",
    "\n/portal/",
    "\t/portal/",
    " /portal/",
    "/portal/\t",
    "/\t/evil.example/portal/",
    "/\r/evil.example",
    "/portal/\x00",
    "/portal/%00",
    "/portal/\x7f",
    "/portal/\x85",
    "/portal/%7f",
    "/portal/\u2028",
    "/portal/\u2029x",
    "/portal/\ufeff",
    "/portal/café",
    "\uff0f\uff0fevil.example",
    "/\uff0fevil.example",
    "/portal\u2044x",
    "/portal/#fragment",
    "/portal/<script>",
    '/portal/"onload="',
    "/portal/ x",
    "/portal/" + "x" * 2000,
    "?next=/portal/",
    "#/portal/",
    "",
    None,
]


@pytest.fixture
def portal_app() -> Flask:
    """An application with nothing but the portal's prefix."""
    app = Flask(__name__)
    app.config["CONTACTS_PORTAL_PREFIX"] = "/portal"
    return app


@pytest.mark.parametrize("value", ELSEWHERE)
def test_refuses_what_is_no_portal_page(portal_app: Flask, value: str | None) -> None:
    """Another origin, another scheme, a trick with slashes or control characters: None."""
    with portal_app.test_request_context("/portal/sign-in"):
        assert safe_next(value) is None


def test_there_are_sixty_vectors() -> None:
    """The requirement names the number."""
    assert len(set(ELSEWHERE)) >= 60


@pytest.mark.parametrize(
    "value",
    [
        "/portal",
        "/portal/",
        "/portal/invoices/",
        "/portal/invoices/17",
        "/portal/invoices/?q=a+b&page=2",
        "/portal/invoices/?q=100%25",
        "/portal/invoices/?q=caf%C3%A9",
        "/portal/x?y=//z",
    ],
)
def test_takes_a_portal_page_as_it_is(portal_app: Flask, value: str) -> None:
    """A portal page's own address comes back unchanged."""
    with portal_app.test_request_context("/portal/sign-in"):
        assert safe_next(value) == value


def test_counts_the_mount_point_in(portal_app: Flask) -> None:
    """Mounted below a path, the address carries it; without it, it is another application."""
    with portal_app.test_request_context("/portal/", base_url="https://x.example/crm"):
        assert safe_next("/crm/portal/") == "/crm/portal/"
        assert safe_next("/portal/") is None


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/portal/", "/portal/"),
        ("/portal/invoices/?page=2&q=a%20b", "/portal/invoices/?page=2&q=a%20b"),
        ("/portal/caf%C3%A9/", "/portal/caf%C3%A9/"),
        ("/portal/%0d%0aX", None),
        ("/portal/x?q=%0d%0a", None),
    ],
)
def test_asks_for_the_page_that_was_wanted(
    portal_app: Flask, path: str, wanted: str | None
) -> None:
    """What is written into ``next`` is quoted and passes the check, or is left out."""
    with portal_app.test_request_context(path):
        assert wanted_url() == wanted


def test_a_form_is_not_repeated(portal_app: Flask) -> None:
    """After signing in nothing is posted again, so a POST is no page to come back to."""
    with portal_app.test_request_context("/portal/x", method="POST"):
        assert wanted_url() is None
