"""Same person, written differently: the writings of one telephone have one key."""

import phonenumbers
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rubrica import phones
from rubrica.phones import InvalidPhone

NUMBERS = st.one_of(
    st.from_regex(r"\+(521|549|55)[0-9]{8,12}", fullmatch=True),
    st.from_regex(r"\+5[1-9][0-9]{8,11}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{5,14}", fullmatch=True),
)
ELSEWHERE = st.sampled_from(sorted({*phonenumbers.SUPPORTED_REGIONS} - {"MX", "AR", "BR"}))
PLANS = st.one_of(
    st.from_regex(r"\+52[2-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"\+54(11|2[0-9]{2,3}|3[0-9]{2,3})[2-8][0-9]{5,7}", fullmatch=True),
    st.from_regex(r"\+55[1-9]{2}[2-5][0-9]{7}", fullmatch=True),
    st.from_regex(r"\+5[245][0-9]{8,11}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("writings", "country", "key"),
    [
        # ITU, T020200008A0003PDFE; chatwoot, issue 14048: WhatsApp still writes the 1.
        (("+52 1 55 1234 5678", "+52 55 1234 5678", "55 1234 5678"), "MX", "+525512345678"),
        (("whatsapp:+5215512345678", "00525512345678", "5215512345678"), "IT", "+525512345678"),
        # The examples of norman/nt54 and of Wikipedia, “Telephone numbers in Argentina”.
        (
            ("(0291) 15 555-4444", "+54 9 291 555-4444", "+54 291 555-4444", "0291 555-4444"),
            "AR",
            "+542915554444",
        ),
        (("+54 9 11 2345 6789", "011 15-2345-6789", "+54 11 2345 6789"), "AR", "+541123456789"),
        # libphonenumber, issues 818 and 1217.
        (("+55 51 8658-6134", "51986586134", "(51) 8658-6134"), "BR", "+5551986586134"),
        (("+55 11 6765-4321", "+55 11 96765-4321"), None, "+5511967654321"),
        (("+55 11 9765-4321", "+55 11 99765-4321"), None, "+5511997654321"),
    ],
)
def test_the_writings_of_one_telephone_have_one_key(writings, country, key):
    assert {phones.read(each, country).phone.key for each in writings} == {key}


@pytest.mark.parametrize(
    "number",
    [
        "+551143210000", "+555132165498",  # landlines of Brazil
        "+551178123456", "+551171234567",  # Nextel's radios, and what may be one
        "+551140041234", "+558001234567",
        "+541143211234", "+542966491234", "+548001234567",
        "+525555123456", "+528001234567",
        "+521551234567",  # a digit short
        "+393471234567", "+15512345678", "+34911234567", "+5215512345",
    ],
)  # fmt: skip
def test_what_may_be_another_telephone_keeps_its_number_as_its_key(number):
    assert phones.canonical(number) == number


def test_an_old_number_is_what_the_one_that_took_its_place_is():
    mexican = phones.parse("+52 1 55 1234 5678", None)
    assert (mexican.number, mexican.country, mexican.is_valid) == ("+5215512345678", "MX", True)
    brazilian = phones.parse("+55 11 8765-4321", None)
    assert (brazilian.number, brazilian.type) == ("+551187654321", "MOBILE")
    assert brazilian.is_valid
    # With the 9 it is a mobile's: its key alone would be taken for a landline's.
    assert phones.parse("+54 9 11 2345-6789", None).type == "MOBILE"


def test_a_number_without_its_country_is_no_old_number_of_mexico():
    with pytest.raises(InvalidPhone):
        phones.parse("1 212 555 1234", "MX")
    assert phones.read("12125551234", "MX").phone.number == "+12125551234"


@given(number=NUMBERS)
@example(number="+551197654321")
def test_the_key_of_a_key_is_itself(number):
    key = phones.canonical(number)
    assert phones.canonical(key) == key


@given(number=NUMBERS)
def test_numbers_of_other_countries_are_their_keys(number):
    if not number.startswith(("+521", "+549", "+55")):
        assert phones.canonical(number) == number


@given(region=ELSEWHERE)
def test_examples_of_every_other_country_are_their_keys(region):
    for kind in range(11):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            assert phones.canonical(number) == number


@given(number=PLANS)
def test_the_key_of_a_landline_is_its_number(number):
    parsed = phonenumbers.parse(number)
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.FIXED_LINE:
        e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert phones.canonical(e164) == e164


@given(digits=st.from_regex(r"[2-9][0-9]{9}", fullmatch=True))
def test_the_old_1_of_mexico_makes_no_difference(digits):
    assert phones.canonical(f"+521{digits}") == phones.canonical(f"+52{digits}") == f"+52{digits}"


@given(digits=st.from_regex(r"[123][0-9]{9}", fullmatch=True))
def test_the_9_of_argentina_makes_no_difference(digits):
    assert phones.canonical(f"+549{digits}") == phones.canonical(f"+54{digits}") == f"+54{digits}"


@given(digits=st.from_regex(r"[689][0-9]{7}", fullmatch=True), area=st.sampled_from(["11", "48"]))
def test_the_ninth_digit_of_brazil_makes_no_difference(area, digits):
    today = f"+55{area}9{digits}"
    assert phones.canonical(f"+55{area}{digits}") == phones.canonical(today) == today


@given(number=NUMBERS, length=st.integers(1, 15))
def test_a_number_is_found_by_what_its_writing_begins_with(number, length):
    begin, key = number[:length], phones.canonical(number)
    assert key.startswith((begin, phones.also_begins(begin) or begin))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=100))
async def test_sql_and_python_make_the_same_keys(tx, numbers):
    found = await tx.column(
        "SELECT canonical_number(n)"
        "  FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS t (n, place) ORDER BY place",
        numbers=numbers,
    )
    assert found == [phones.canonical(number) for number in numbers]
