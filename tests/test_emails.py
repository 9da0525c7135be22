"""Addresses as people leave them in cells: what stands around one, and several in one cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica import emails
from rubrica.emails import InvalidEmail

CARLA = "carla@example.com"


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("Carla Neri <Carla@Example.com>", "Carla Neri"),
        ('"Neri, Carla" <carla@example.com>', "Neri, Carla"),
        ("Neri, Carla <carla@example.com>", "Neri, Carla"),
        ("< carla@example.com >", None),
        ("mailto:carla@example.com", None),
        ("MAILTO: carla@example.com?subject=Ciao", None),
        ("Carla <mailto:carla@example.com>", "Carla"),
        ("carla@example.com (ufficio)", "ufficio"),
        ("Carla [carla@example.com]", "Carla"),
        ("E-mail: carla@example.com", "E-mail"),
        ("carla@example.com;", None),
        ("carla@example.com.", None),
        ("'carla@example.com'", None),
        ("\u200bcarla@example.com", None),
        ("carla@example.com; CARLA@example.com", None),
    ],
)
def test_what_stands_around_an_address_is_left_out_and_told_of(cell, left):
    assert emails.read(cell) == (CARLA, ("email_mended",), left)


@pytest.mark.parametrize("between", ["; ", ", ", ",", " / ", "/", " ::: ", "|", " ", "\n", "; ;"])
def test_of_several_addresses_in_a_cell_the_first_is_kept_and_the_others_told_of(between):
    found = emails.read(f"carla@example.com{between}ugo@example.com")
    assert found == (CARLA, ("email_several",), "ugo@example.com")


def test_names_beside_several_addresses_are_told_of_too():
    found = emails.read("Carla <carla@example.com>, Ugo <ugo@example.com>")
    assert found == (CARLA, ("email_several",), "Carla, Ugo <ugo@example.com>")
    assert emails.read("ugo@; carla@example.com") == (CARLA, ("email_several",), "ugo@")


def test_a_slash_inside_an_address_is_a_sign_of_it():
    assert emails.read("a/b@example.com") == ("a/b@example.com", (), None)
    assert emails.read("a/b@example.com; c@example.com").address == "a/b@example.com"


@pytest.mark.parametrize(
    "cell",
    [
        "mario rossi@example.com",
        "mario,rossi@example.com",
        "rossi@example.co m",
        "rossi@example.co,m",
        "rossi@example. com",
        "Carla <carla@example.com",
        "carla@@example.com",
        "carla",
        "@",
        "",
        "Carla <carla@example.com>" + " " * 1000,
    ],
)
def test_an_address_that_may_be_a_piece_of_another_is_never_invented(cell):
    with pytest.raises(InvalidEmail):
        emails.read(cell)


@pytest.mark.parametrize("cell", ["Carla <carla@example.com>", "mailto:carla@example.com"])
def test_the_api_s_own_reading_stays_strict(cell):
    with pytest.raises(InvalidEmail):
        emails.parse(cell)


@given(st.text(alphabet=st.sampled_from("ab.@ <>()[],;:/|\n\"'?mailto\u200b"), max_size=60))
def test_any_text_ends_in_an_address_that_stands_in_it_or_in_a_refusal(text):
    try:
        found = emails.read(text)
    except InvalidEmail:
        return
    assert emails.parse(found.address) == found.address
    assert found.address in text.lower().replace("\u200b", "")
    assert set(found.codes) <= set(emails.WORDS)
