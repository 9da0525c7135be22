# ruff: noqa: RUF001 - look-alike digits of other scripts are the subject
"""Numbers as people and spreadsheets leave them, and libphonenumber's own reading of them."""

import io
from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import people
from rubrica import phones
from rubrica.phones import InvalidPhone, PhoneDamaged

ANNA = "+393471234567"


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("347 123 4567", ()),
        ("+39 347-1234567", ()),
        ("0039 347 1234567", ()),
        ("347/1234567", ()),
        ("tel:+39-347-1234567", ()),
        ("3471234567.0", ("phone_decimals",)),
        ("3471234567,00", ("phone_decimals",)),
        ("3.471234567E9", ("phone_exponent",)),
        ("3,93471234567E+11", ("phone_exponent",)),
        ('="+393471234567"', ("phone_formula",)),
        ("=393471234567", ("phone_formula",)),
        ("'3471234567", ("phone_apostrophe",)),
        ("\u202a+39 347\u200e1234567\u202c", ("phone_invisible",)),
        ("\ufeff3471234567", ("phone_invisible",)),
        ("３４７１２３４５６７", ("phone_digits",)),
        ("٣٤٧١٢٣٤٥٦٧", ("phone_digits",)),
        ("393471234567@c.us", ("phone_whatsapp",)),
        ("393471234567@s.whatsapp.net", ("phone_whatsapp",)),
        ("whatsapp:+393471234567", ("phone_whatsapp",)),
        ("https://wa.me/393471234567?text=Ciao", ("phone_whatsapp",)),
        ("https://api.whatsapp.com/send?phone=393471234567", ("phone_whatsapp",)),
        ("+39 (0)347 1234567", ("phone_trunk_zero",)),
        ("'３４７１２３４５６７.0", ("phone_digits", "phone_apostrophe", "phone_decimals")),
    ],
)
def test_what_can_be_read_in_one_way_only_is_mended_and_told_of(cell, codes):
    found = phones.read(cell, "IT")
    assert (found.phone.number, found.codes, found.left) == (ANNA, codes, None)
    assert all(code in phones.WORDS for code in codes)


@pytest.mark.parametrize(
    ("cell", "number", "codes"),
    [
        ("+33 (0)6 12 34 56 78", "+33612345678", ("phone_trunk_zero",)),
        ("0033 (0) 6 12 34 56 78", "+33612345678", ("phone_trunk_zero",)),
        ('="+33 (0)6 12 34 56 78"', "+33612345678", ("phone_formula", "phone_trunk_zero")),
        ("+39 (0)6 12345678", "+390612345678", ()),
        ("(06) 12345678", "+390612345678", ()),
        ("+33 (0)6 12 34 56 78 ext. 9", "+33612345678", ("phone_trunk_zero", "phone_extension")),
    ],
)
def test_a_zero_in_brackets_that_is_not_dialled_is_told_of(cell, number, codes):
    found = phones.read(cell, "IT")
    assert (found.phone.number, found.codes) == (number, codes)


@pytest.mark.parametrize("cell", ["3.93E+11", "3,93471E+11", "3.5E9", "1E+12", "3.47123456E+9"])
def test_digits_that_a_spreadsheet_has_lost_are_never_invented(cell):
    with pytest.raises(PhoneDamaged) as refused:
        phones.read(cell, "IT")
    assert (refused.value.code, cell in refused.value.detail) == ("phone_damaged", True)


@pytest.mark.parametrize(
    ("cell", "country", "number", "code"),
    [
        ("447911123456", "IT", "+447911123456", "phone_plus_lost"),
        ("447911123456", None, "+447911123456", "phone_plus_lost"),
        ("00447911123456", None, "+447911123456", "phone_plus_lost"),
        ("612345678", "IT", "+390612345678", "phone_zero_lost"),
    ],
)
def test_a_lost_plus_or_zero_comes_back_where_only_so_the_number_is_valid(
    cell, country, number, code
):
    found = phones.read(cell, country)
    assert (found.phone.number, found.codes) == (number, (code,))


def test_a_mobile_number_that_is_too_short_gets_no_zero():
    found = phones.read("3771234", "IT")
    assert (found.phone.number, found.phone.is_valid, found.codes) == ("+393771234", False, ())


@pytest.mark.parametrize(
    ("cell", "number", "left"),
    [
        ("347 1234567 / 06 12345678", ANNA, "06 12345678"),
        ("06 12345678 / 347 1234567", ANNA, "06 12345678"),
        ("3471234567;3487654321", ANNA, "3487654321"),
        ("3471234567 ::: 3487654321", ANNA, "3487654321"),
        ("347 1234567\n348 7654321", ANNA, "348 7654321"),
        ("02 1234567/8", "+39021234567", "8"),
        ("06 12345678/06 87654321", "+390612345678", "06 87654321"),
        ("06 12345678 / 06 87654321", "+390612345678", "06 87654321"),
    ],
)
def test_of_two_numbers_in_a_cell_a_mobile_s_is_taken_and_the_other_told_of(cell, number, left):
    found = phones.read(cell, "IT")
    assert (found.phone.number, found.codes, found.left) == (number, ("phone_several",), left)


def test_one_number_twice_in_a_cell_is_one_number():
    assert phones.read("347 1234567 / +39 347 1234567", "IT").phone.number == ANNA
    assert "phone_several" not in phones.read("347 1234567 / +39 347 1234567", "IT").codes


def test_extensions_and_words_are_left_out_and_told_of():
    found = phones.read("+39 06 12345678 ext. 12", "IT")
    assert (found.phone.number, found.codes, found.left) == (
        "+390612345678", ("phone_extension",), "12",
    )  # fmt: skip
    found = phones.read("347 1234567 (Anna, ufficio)", "IT")
    assert (found.phone.number, found.codes) == (ANNA, ("phone_text",))
    assert "Anna" in (found.left or "")


@pytest.mark.parametrize(
    "cell",
    [
        "+39 333 00524355440085",
        "+39 333 39339208591512",
        "347 1234567 348 7654321 9",
        "34712345678901",
    ],
)
def test_a_piece_of_a_number_that_is_too_long_is_no_number(cell):
    with pytest.raises(InvalidPhone):
        phones.read(cell, "IT")


@pytest.mark.parametrize(
    "cell", ["", "ciao", "12", "+39 347 1234567 8901234", "n/a", "=", "'", "+"]
)
def test_what_holds_no_number_is_refused(cell):
    with pytest.raises(InvalidPhone):
        phones.read(cell, "IT")


@given(st.text(max_size=60), st.sampled_from([None, "IT", "DE", "US"]))
def test_any_text_ends_in_a_number_or_a_refusal(text, country):
    try:
        found = phones.read(text, country)
    except InvalidPhone:
        pass
    else:
        assert found.phone.number.startswith("+")
        assert set(found.codes) <= set(phones.WORDS)


@given(st.integers(3_200_000_000, 3_499_999_999), st.integers(0, 2))
def test_a_spreadsheet_s_exponent_gives_the_number_or_a_refusal(number, lost):
    whole = f"{number}"
    shown = f"{Decimal(whole[: len(whole) - lost]).scaleb(lost):.{len(whole) - 1 - lost}E}"
    if lost:
        with pytest.raises(PhoneDamaged):
            phones.read(shown, "IT")
    else:
        assert phones.read(shown, "IT").phone.number == f"+39{number}"


def test_the_fast_library_reads_as_libphonenumber_does():
    text = io.StringIO()
    people.write(text, 2_000, seed=3)
    compared = 0
    for line in text.getvalue().splitlines()[1:]:
        cell = line.split(",")[2]
        try:
            theirs = phonenumbers.parse(cell, "IT")
        except phonenumbers.NumberParseException:
            theirs = None
        if theirs is None or not phonenumbers.is_possible_number(theirs):
            with pytest.raises(InvalidPhone):
                phones.parse(cell, "IT")
            continue
        ours = phones.parse(cell, "IT")
        assert ours.number == phonenumbers.format_number(
            theirs, phonenumbers.PhoneNumberFormat.E164
        )
        assert ours.is_valid == phonenumbers.is_valid_number(theirs)
        compared += 1
    assert compared > 1_500
