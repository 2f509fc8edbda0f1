"""The short way gives what phonenumbers gives."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings, strategies as st

from flask_contacts.services.contacts.international_numbers import plain_e164
from flask_contacts.services.field_checks import e164

pytestmark = pytest.mark.bundled_only(reason="a number is read, whoever the customers are")

_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def judged(text: str, region: str | None = None) -> str | None:
    """The number by phonenumbers alone, unless it is longer than E.164's fifteen digits."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if len(written) <= len("+") + 15 else None


@settings(max_examples=2_000)
@given(
    st.sampled_from(_CODES),
    st.text("0123456789", min_size=0, max_size=17),
    st.sampled_from(["", " ", "-", ".", " (", ") "]),
    st.sampled_from([None, "BR", "GB", "US"]),
)
def test_any_number(code: int, digits: str, sign: str, region: str | None) -> None:
    """Of every country, of any length, with signs between: the same number, or none."""
    text = f"+{code}{sign}{digits[:3]}{sign}{digits[3:]}"
    assert e164(text, region) == judged(text, region)


@pytest.mark.parametrize("code", _CODES)
def test_every_country(code: int) -> None:
    """The example numbers of each country, national prefix and all."""
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        for kind in phonenumbers.PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is None:
                continue
            for form in (
                phonenumbers.PhoneNumberFormat.INTERNATIONAL,
                phonenumbers.PhoneNumberFormat.E164,
            ):
                text = phonenumbers.format_number(number, form)
                assert e164(text) == judged(text)
                assert e164(text.replace(" ", " (0)", 1)) == judged(text.replace(" ", " (0)", 1))


def test_the_short_way_is_taken() -> None:
    """By the usual numbers; what is not plain is left to phonenumbers."""
    assert plain_e164("+44 20 7946 0000") == "+442079460000"
    assert plain_e164("+55 (11) 91234-5678") == "+5511912345678"
    for text in (
        "020 7946 0000",
        "+44 (0)20 7946 0000",
        "+44 20 7946 0000 x12",
        "+1800FLOWERS",
        "+",
    ):
        assert plain_e164(text) is None
