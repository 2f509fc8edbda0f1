"""The words of a page, and the filters that are written once for each language."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, lazy_gettext
from markupsafe import Markup

from flask_contacts.admin.page_words import page_words

URL = "/customer-contacts/"


def test_what_is_put_into_words_is_escaped(app: Flask) -> None:
    """The words are HTML, what stands in them is text; a percent sign is written twice."""
    with app.test_request_context():
        words = page_words()
        assert words("Company: %(name)s", name="<b>") == Markup("Company: &lt;b&gt;")
        assert words("100%%") == "100%"
        assert words("<i>%(name)s</i>", name=Markup("<b>")) == Markup("<i><b></i>")


def test_a_page_has_one_language(app: Flask) -> None:
    """Each page's words are in the language of its reader, and so are lazy labels in them."""
    with app.test_request_context():
        english = page_words()
        with force_locale("pt_BR"):
            portuguese = page_words()
            assert portuguese("Company") == "Empresa"
            assert portuguese(lazy_gettext("Company")) == "Empresa"
        assert english("Company") == "Company"


def test_the_filters_in_each_language(staff_client: FlaskClient) -> None:
    """Who reads Portuguese gets the filters in Portuguese, whoever was there before."""
    label = '<label for="filter-company">{}</label>'.format
    assert label("Company") in staff_client.get(URL).text
    staff_client.get("/lang/pt_BR")
    assert label("Empresa") in staff_client.get(URL).text
    staff_client.get("/lang/en")
    assert label("Company") in staff_client.get(URL).text


def test_what_somebody_typed_is_not_kept(staff_client: FlaskClient) -> None:
    """The filters of a list that nothing narrows hold nothing of any address."""
    for typed in ("%20", "%01", "nobody"):
        staff_client.get(f"{URL}?company={typed}&created_from={typed}")
        html = staff_client.get(URL).text
        start = html.index('id="filter-company"')
        assert 'value=""' in html[start : html.index(">", start)]
        assert "has-error" not in html


def test_the_chosen_filters_are_shown(staff_client: FlaskClient) -> None:
    """A list that is narrowed shows by what, after one that was not."""
    staff_client.get(URL)
    html = staff_client.get(f"{URL}?state=archived&created_from=2026-01-02").text
    assert '<option value="archived" selected>' in html
    assert 'value="2026-01-02"' in html
