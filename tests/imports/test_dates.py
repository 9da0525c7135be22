"""Dates: one order for a column, found where one fits, asked for where several do."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.imports.dates import Orders, day
from rubrica.values import InvalidValue


@pytest.mark.parametrize(
    ("cell", "order", "wanted"),
    [
        ("1980-02-29", None, "1980-02-29"),
        ("--02-29", None, "--02-29"),
        ("1980/2/9", "DMY", "1980-02-09"),
        ("09/02/1980", "DMY", "1980-02-09"),
        ("02/09/1980", "MDY", "1980-02-09"),
        ("9.2.80", "DMY", "1980-02-09"),
        ("05.03.04", "YMD", "2005-03-04"),
        ("09/02/1980 00:00:00", "DMY", "1980-02-09"),
        ("9 febbraio 1980", None, "1980-02-09"),
        ("9 feb 1980", None, "1980-02-09"),
        ("9. Februar 1980", None, "1980-02-09"),
        ("5. März 1980", None, "1980-03-05"),
        ("9 février 1980", None, "1980-02-09"),
        ("1er juin 1980", None, "1980-06-01"),
        ("1 juillet 1980", None, "1980-07-01"),
        ("9 de febrero de 1980", None, "1980-02-09"),
        ("Feb 9, 1980", None, "1980-02-09"),
        ("February 9th, 1980", None, "1980-02-09"),
        ("9-Feb-1980", None, "1980-02-09"),
        ("10 dez 1980", None, "1980-12-10"),
    ],
)
def test_a_date_is_read_in_its_column_s_order(cell, order, wanted):
    assert day(cell, order) == wanted


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/1980",
        "13 brumaire 1980",
        "circa 1980",
        "1980",
        "30 feb 1980",
        "1/2/198",
        "12 mario 1980",
        "5 marmalade 1980",
        "3 decent 1999",
        "1980-W05-3",
        "1 jui 1980",
    ],
)
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(InvalidValue):
        day(cell, "DMY")


def test_figures_without_an_order_are_refused():
    with pytest.raises(InvalidValue, match="two ways"):
        day("09/02/1980", None)


def orders(*cells: str) -> Orders:
    found = Orders()
    for cell in cells:
        found.add(cell)
    return found


def test_one_date_can_settle_the_order_of_a_column():
    assert orders("01/02/1980", "02/03/1981").formats == ["DMY", "MDY"]
    assert orders("01/02/1980", "13/02/1981").formats == ["DMY"]
    assert orders("01/02/1980", "02/13/1981").formats == ["MDY"]
    assert orders("80/02/13", "81/01/01").formats == ["YMD"]


def test_what_needs_no_order_says_nothing_of_it():
    assert orders("1980-02-29", "--01-02", "5 maggio 1980", "n/a", "").formats == []
    assert orders("1980-02-29", "99/99/1980", "13/01/1980").formats == ["DMY"]


def test_a_column_of_several_orders_is_said_to_be_mixed():
    found = orders("13/02/1980", "02/13/1980")
    assert found.mixed
    assert found.formats == ["DMY", "MDY"]
    assert not orders("13/02/1980").mixed


@given(
    st.lists(st.dates(date(1930, 1, 1), date(2020, 12, 31)), min_size=1),
    st.sampled_from([("DMY", "%d/%m/%Y"), ("MDY", "%m/%d/%Y")]),
)
def test_the_order_that_a_column_was_written_in_is_among_those_found(days, writing):
    order, form = writing
    found = orders(*(each.strftime(form) for each in days))
    assert order in found.formats
    assert [day(each.strftime(form), order) for each in days] == [each.isoformat() for each in days]
