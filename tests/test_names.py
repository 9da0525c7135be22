"""Full names, parted into first and last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica import names


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Rossi Mario", "Mario", "Rossi"),
        ("Rossi Anna Maria", "Anna Maria", "Rossi"),
        ("De Luca Anna Maria", "Anna Maria", "De Luca"),
        ("LO PRESTI ANNA", "ANNA", "LO PRESTI"),
        ("von der Leyen Ursula", "Ursula", "von der Leyen"),
        ("D\u2019 Angelo Mario", "Mario", "D\u2019 Angelo"),
        ("Dell'Acqua Zoë", "Zoë", "Dell'Acqua"),
        ("De Mario", "Mario", "De"),
        ("De La Cruz", "Cruz", "De La"),
        ("García López, María", "María", "García López"),
        ("Rossi", "Rossi", None),
        ("  ", None, None),
    ],
)
def test_with_the_last_name_first_its_particles_stay_with_it(full, first, last):
    assert names.split(full, "LAST_FIRST") == (first, last)


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Anna Maria Rossi", "Anna Maria", "Rossi"),
        ("Rossi, Mario", "Mario", "Rossi"),
        ("Mario", "Mario", None),
        ("Rossi,", None, "Rossi"),
        ("", None, None),
    ],
)
def test_by_itself_the_last_word_is_the_last_name(full, first, last):
    assert names.split(full) == names.split(full, "FIRST_LAST") == (first, last)


@given(st.text(alphabet="ab ,'", max_size=20), st.sampled_from(["FIRST_LAST", "LAST_FIRST"]))
def test_no_word_of_a_name_is_lost(full, order):
    first, last = names.split(full, order)
    found = f"{first or ''} {last or ''}".split()
    assert sorted(found) == sorted(full.replace(",", " ", 1).split())
