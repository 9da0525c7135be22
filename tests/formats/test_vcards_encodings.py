import pytest

from tests.cards import card, detected, people, warnings

ITALIAN = card("FN:Niccolò Cantù", "NOTE:perché è così, già") * 3


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", ""),
        ("utf-8", "\ufeff"),
        ("utf-16-le", "\ufeff"),
        ("utf-16-be", "\ufeff"),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("cp1252", ""),
    ],
)
def test_the_encoding_is_found(codec: str, mark: str):
    content = (mark + ITALIAN).encode(codec)
    assert people(content)[0]["fullName"] == "Niccolò Cantù"
    assert warnings(content) == {}


def test_a_doubtful_encoding_is_told_of():
    content = card("FN:\xe8").encode("cp1252")
    assert list(warnings(content)) == ["encoding_uncertain"]
    assert warnings(content, encoding="cp1252") == {}


def test_a_wish_is_obeyed():
    content = card("FN:Zoë").encode()
    assert people(content, encoding="cp1252") == [{"fullName": "ZoÃ«"}]
    assert people(content, encoding="utf-8") == [{"fullName": "Zoë"}]
    assert people(card("FN:Zoë").encode("utf-16"), encoding="utf-16") == [{"fullName": "Zoë"}]
    assert people(card("FN:安藤").encode("iso2022_jp"), encoding="iso2022_jp") == [
        {"fullName": "安藤"}
    ]
    assert detected(content, encoding="latin1").reading.encoding == "iso8859-1"


def test_a_charset_is_declared_for_a_property():
    sjis = card("N;CHARSET=SHIFT_JIS:表;ソ", version="2.1").encode("shift_jis")
    quoted = card(
        "FN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=CA=E8=BF=E2", version="2.1"
    ).encode()
    utf8 = card("FN;CHARSET=UTF-8:Zoë", version="2.1").encode()
    assert people(sjis + quoted + utf8) == [
        {"firstName": "ソ", "lastName": "表"},
        {"fullName": "Київ"},
        {"fullName": "Zoë"},
    ]
    assert detected(sjis + quoted + utf8).reading.encoding == "utf-8"


@pytest.mark.parametrize("charset", ["ASCII", "nonsense", "UTF-16", "hex"])
def test_a_charset_that_cannot_be_is_passed_over(charset: str):
    assert people(card(f"FN;CHARSET={charset}:Zoë")) == [{"fullName": "Zoë"}]


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "idna", "utf-7", "UTF7"])
def test_what_is_no_charset_of_text_is_passed_over(charset: str):
    name = r"Zo\u00eb-+AOs-.xn--zo-jka"
    assert people(card(f"FN;CHARSET={charset}:{name}")) == [{"fullName": name}]


def test_a_charset_means_nothing_in_a_file_of_wide_characters():
    content = card("FN;CHARSET=cp1252:Zoë", "NOTE;ENCODING=Q:Zo=C3=AB").encode("utf-16")
    assert people(content) == [{"fullName": "Zoë", "notes": "Zoë"}]


def test_each_card_may_be_in_an_encoding_of_its_own():
    content = ITALIAN.encode() + ITALIAN.encode("cp1252") + card("FN:Œuvre").encode()
    found = people(content)
    assert {each["fullName"] for each in found} == {"Niccolò Cantù", "Œuvre"}
    assert detected(content).reading.encoding == "cp1252"


def test_a_charset_that_other_values_declare_is_a_hint():
    content = card("FN:Київ", "LABEL;CHARSET=KOI8-U;ENCODING=QUOTED-PRINTABLE:=CB").encode("koi8-u")
    assert people(content)[0]["fullName"] == "Київ"


def test_values_of_two_bytes_a_letter_are_not_taken_for_utf8():
    content = card("FN:毛泽东", "NOTE:毛").encode("gb18030") * 3
    assert people(content)[0] == {"fullName": "毛泽东", "notes": "毛"}


def test_bytes_that_mean_nothing_are_told_of():
    content = card("FN:Zo\xeb").encode("latin1")
    assert people(content, encoding="utf-8") == [{"fullName": "Zo\ufffd"}]
    assert warnings(content, encoding="utf-8") == {"undecodable_bytes": (1, ["FN:Zo\ufffd"])}


def test_nul_characters_are_left_out():
    content = card("FN:An\0na", "NOTE;ENCODING=Q:a=00b").encode()
    assert people(content) == [{"fullName": "Anna", "notes": "ab"}]
    assert warnings(content) == {"nul_bytes": (1, [])}
