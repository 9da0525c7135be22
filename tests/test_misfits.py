"""What does not fit is named, with what would."""

from typing import Annotated, Literal

import msgspec
import pytest

from rubrica.misfits import choices, misfit


class Inner(msgspec.Struct, rename="camel"):
    the_word: Literal["A", "B"] | None = None


class Outer(msgspec.Struct):
    word: Annotated[Literal["x", "y z", "\t"], msgspec.Meta(description="a word")] = "x"
    number: Literal[1, 2] = 1
    words: list[Literal["A"]] | Literal["ALL"] = "ALL"
    pair: tuple[int, Literal["left"]] | None = None
    keys: Annotated[tuple[Literal["k"], ...], msgspec.Meta(max_length=2)] = ()
    inners: list[Inner] = []
    named: dict[str, Inner] = {}
    free: str = ""


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"word": "q"}, "word", "“q” is not one of “\\t”, x, “y z”."),
        ({"number": 3}, "number", "“3” is not one of 1, 2."),
        ({"words": "B"}, "words", "“B” is not one of ALL."),
        ({"words": ["A", "B"]}, "words[1]", "“B” is not one of A."),
        ({"pair": [1, "right"]}, "pair[1]", "“right” is not one of left."),
        ({"keys": ["k", ""]}, "keys[1]", "“” is not one of k."),
        ({"inners": [{}, {"theWord": "it's"}]}, "inners[1].theWord", "“it's” is not one of A, B."),
        ({"named": {"a": {"theWord": "C"}}}, "named[...].theWord", "“C” is not one of A, B."),
    ],
)
def test_a_word_that_is_none_of_several_is_refused_with_all_of_them(body, field, message):
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(body, Outer)
    assert misfit(error.value, Outer) == (field, "invalid_value", message)


@pytest.mark.parametrize(
    "path", ["", "free", "nothing", "inners", "inners[0].nothing", "free.x[0]"]
)
def test_where_anything_may_stand_no_choice_is_named(path):
    assert choices(Outer, path) == []


async def test_a_request_is_told_what_may_stand_in_it(api):
    async def said(answer):
        assert answer.status_code == 400, answer.text
        (error,) = answer.json()["errors"]
        assert answer.json()["detail"] == f"{error['field']}: {error['message']}"
        return error["field"], error["message"]

    confirmation = {"uploadId": "x", "mapping": [{"column": 0, "policy": "SOMETIMES"}]}
    assert await said(await api.post("/contacts/mapped/file", json=confirmation)) == (
        "mapping[0].policy",
        "“SOMETIMES” is not one of APPEND, CLEAR, FILL, NEVER, OVERWRITE.",
    )
    assert await said(await api.get("/contacts", params={"sortBy": "age"})) == (
        "sortBy",
        "“age” is not one of createdAt, email, fullName, id, phoneNumber, updatedAt.",
    )
    assert await said(await api.get("/contacts", params={"communicationSupported": "SMS,FAX"})) == (
        "communicationSupported[1]",
        "“FAX” is not one of EMAIL, RCS, SMS, VOICE, WHATSAPP.",
    )
    form = {"files": {"file": ("a.vcf", b"x")}, "data": {"phonePreference": "LAST"}}
    assert await said(await api.post("/contacts/upload/vcard", **form)) == (
        "phonePreference",
        "“LAST” is not one of FIRST, MOBILE, PREF.",
    )
    batch = {"contacts": [{"email": "a@b.it", "gender": "X"}]}
    (result,) = (await api.post("/contacts/batch", json=batch)).json()["results"]
    assert result["message"] == "gender: “X” is not one of FEMALE, MALE, OTHER."
