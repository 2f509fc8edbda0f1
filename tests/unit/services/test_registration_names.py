"""Names that are perhaps those of one company."""

from __future__ import annotations

import pytest

from flask_contacts.services.registration.names import alike, key_words, search_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "ACME Ltd."),
        ("Acme Lda", "Acme, S.A."),
        ("The Aurora Coffee Company", "Aurora Coffee"),
        ("Café São João", "Cafe Sao Joao"),
        ("Aurora Cofee", "Aurora Coffee GmbH"),
        ("Aurora", "Aurora Coffee Roasters"),
        ("Ltd", "Ltd"),
    ],
)
def test_alike(one: str, other: str) -> None:
    """Legal forms, case, accents and a slip make no other company; both ways round."""
    assert alike(one, [other, "Borealis"]) == [other]
    assert alike(other, [one]) == [one]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aurora Coffee", "Borealis Coffee"),
        ("Acme Ltd", "Zeta Ltd"),
        ("Acme", "Acorn"),
        ("株式会社", "Acme"),
        ("!!!", "Acme"),
        ("", "Acme"),
    ],
)
def test_not_alike(one: str, other: str) -> None:
    """A word that many have makes none alike."""
    assert alike(one, [other]) == []


def test_the_likest_comes_first() -> None:
    """The same words before a slip."""
    assert alike("Aurora Coffee", ["Aurora Cofee", "Aurora Coffee Ltd"]) == [
        "Aurora Coffee Ltd",
        "Aurora Cofee",
    ]


def test_what_is_looked_for() -> None:
    """The two longest telling words as they were typed; of a name without any, what there is."""
    assert search_words("The Aurora Coffee-House of S.A. Lisboa Ltd") == ["Aurora", "Coffee"]
    assert search_words("Ltd") == ["Ltd"]
    assert search_words("?!") == []
    assert key_words("L.T.D. Café") == ["cafe"]
    assert len(search_words("x" * 100_000)[0]) < 200
