# ruff: noqa: RUF001 - look-alike letters of other alphabets are the subject
import codecs
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rubrica.formats import encodings

PEOPLE: dict[str, tuple[str, str, str]] = {
    "it": (
        "Nome;Cognome;Città;Società",
        "Niccolò Nicolò Mosè Giosuè Salomè Zoè Mario Anna Luca Giulia Noè Aimé",
        "Forlì Cantù Canicattì Mondovì Roma Milano Viggiù Santhià Patù Cefalù Agliè Città D’Alò",
    ),
    "fr": (
        "Prénom;Nom;Téléphone;Société",
        "Hélène François Zoé Noël Anaïs Jérôme Maël Benoît Céline Agnès Gaël Thérèse Marie Jean",
        "Lefèvre Béziers Nîmes Besançon Orléans Évreux Châlons Saint-Étienne Lefebvre Cœur Laÿ",
    ),
    "de": (
        "Vorname;Straße;Größe;Geschäft",
        "Jürgen Jörg Käthe Günther Björn Sören Änne Uwe Anna Heike Rüdiger",
        "Königstraße Müller Groß Weiß Schäfer Köln München Düsseldorf Österreicher Übelacker Voß",
    ),
    "es": (
        "Nombre;Teléfono;Año;Compañía",
        "José María Ángel Inés Íñigo Ramón Óscar Begoña Sofía Raúl Juan Ana Belén Jesús",
        "Muñoz Peña Ibáñez García Córdoba Málaga Cádiz Logroño Martínez Núñez Ávila Güell",
    ),
    "pt": (
        "Nome;Endereço;Observações",
        "João Conceição Antônio Inês Zé Luís Cauã Mônica Sebastião Maria Ana Flávia",
        "São Araújo Gonçalves Açores Simões Brandão Évora Magalhães Brasília Ceará Lourenço Câmara",
    ),
    "pl": (
        "Imię;Nazwisko;Miasto",
        "Łukasz Małgorzata Stanisław Grażyna Paweł Michał Zdzisław Bożena Anna Jan Józef Łucja",
        "Wójcik Dąbrowska Świątek Łódź Gdańsk Poznań Żywiec Kraków Wiśniewski Zając Gołąb Nowak",
    ),
    "cs": (
        "Jméno;Příjmení;Město",
        "Jiří Věra Tomáš Šárka Ondřej Zdeněk Jan Eva František Růžena Žofie Matěj Kateřina",
        "Dvořák Černá Růžička Plzeň Ústí Žďár České Říčany Novák Procházka Kučera Veselý Hájek",
    ),
    "hu": (
        "Név;Város;Ország",
        "Erzsébet László Zsófia György Ágnes Gergő Eszter Ödön Éva Ildikó Jenő Győző",
        "Győr Hódmezővásárhely Pécs Szőke Kővári Dömötör Kiss Fűzfő Szűcs Csűrös Békéscsaba Tóth",
    ),
    "ru": (
        "Имя;Фамилия;Город",
        "Иван Светлана Ольга Алексей Юлия Сергей Наталья Дмитрий",
        "Петров Иванова Москва Самара Щербаков Новосибирск Кузнецов Ёлкина Санкт-Петербург",
    ),
    "el": (
        "Όνομα;Επώνυμο;Πόλη",
        "Γιώργος Μαρία Δημήτρης Ελένη Νίκος Χρήστος Άννα",
        "Παπαδόπουλος Αθήνα Θεσσαλονίκη Νικολάου Πάτρα Ιωαννίδης Γεωργίου Ψαρρά",
    ),
    "tr": (
        "Ad;Soyadı;Şehir",
        "Ayşe Mehmet Çağla Gülşen İbrahim Işıl Uğur Ömer",
        "Yılmaz Öztürk Güneş İstanbul Muğla Şahin Diyarbakır Eskişehir Çelik",
    ),
    "ja": (
        "氏名;電話番号;住所",
        "山田太郎 佐藤花子 鈴木一郎 高橋優子 渡辺健 タナカ さくら 能登表",
        "東京都新宿区 大阪府大阪市 北海道札幌市 ソニー 神奈川県横浜市 予定十",
    ),
    "zh": (
        "姓名;电话;城市",
        "王伟 李娜 张秀英 刘洋 陈静 欧阳锋 诸葛亮",
        "北京市朝阳区 上海市 广州 深圳 哈尔滨 乌鲁木齐 有限公司",
    ),
    "zh-hant": (
        "姓名;電話;地址",
        "陳怡君 林志明 黃淑惠 許功蓋 張雅婷 歐陽",
        "臺北市大安區 高雄市 新竹縣 九龍 彰化 屏東",
    ),
    "ko": (
        "이름;전화번호;주소",
        "김민준 이서연 박지훈 최수아 정하윤 황보",
        "서울특별시 강남구 부산광역시 해운대구 대구 경기도 수원시",
    ),
}
WRITTEN = [
    ("it", "cp1252"), ("fr", "cp1252"), ("de", "cp1252"), ("es", "cp1252"), ("pt", "cp1252"),
    ("it", "mac_roman"), ("fr", "mac_roman"), ("de", "mac_roman"), ("es", "mac_roman"),
    ("it", "cp850"), ("fr", "cp850"), ("de", "cp850"), ("es", "cp850"),
    ("pl", "cp1250"), ("cs", "cp1250"), ("hu", "cp1250"), ("pl", "iso8859-2"), ("cs", "iso8859-2"),
    ("ru", "cp1251"), ("ru", "koi8_r"), ("ru", "cp866"), ("el", "cp1253"), ("tr", "cp1254"),
    ("ja", "shift_jis"), ("ja", "euc_jp"), ("zh", "gb18030"), ("zh-hant", "big5"),
    ("ko", "euc_kr"),
]  # fmt: skip


def table(language: str, codec: str, *, header: bool, seed: int) -> str:
    """Thirty rows of people; letters that the old code page lacks are left plain."""
    dice = random.Random(seed)
    heading, names, places = PEOPLE[language]
    lines = [heading] if header else []
    for number in range(30):
        name, place = dice.choice(names.split()), dice.choice(places.split())
        lines.append(f"{name};{place};+39 333 {number:07};person{number}@example.com")
    text = "\r\n".join(lines)
    return text.encode(codec, "ignore").decode(codec)


@pytest.mark.parametrize(("language", "codec"), WRITTEN)
@pytest.mark.parametrize("header", [True, False])
def test_no_letter_of_a_contact_table_is_read_wrong(language: str, codec: str, *, header: bool):
    for seed in range(5):
        text = table(language, codec, header=header, seed=seed)
        found = encodings.detect(text.encode(codec), complete=True)
        assert text.encode(codec).decode(found.name) == text, found


@pytest.mark.parametrize("word", ["Città", "Società", "Prénom", "Straße", "Teléfono", "Año"])
def test_a_header_alone_tells_cp1252(word: str):
    header = f"Nr;{word};Email\r\n1;;\r\n"
    found = encodings.detect(header.encode("cp1252"), complete=True)
    assert header.encode("cp1252").decode(found.name) == header
    assert found.sure


def test_names_in_capital_letters_are_read():
    text = "NOME;CITTÀ\nNICCOLÒ;FORLÌ\nMÜLLER;KÖLN\nPEÑA;MÁLAGA\n"
    for codec in ("cp1252", "mac_roman", "cp850"):
        found = encodings.detect(text.encode(codec), complete=True)
        assert text.encode(codec).decode(found.name) == text, codec


def test_a_file_of_many_western_languages_is_cp1252():
    text = "Name;City\nJosé;Málaga\nJürgen;Köln\nSøren;Århus\nFrançois;Nîmes\nL’Écuyer;“Ü”\n"
    assert encodings.detect(text.encode("cp1252"), complete=True).name == "cp1252"


def test_one_name_repeated_a_thousand_times_does_not_change_the_reading():
    text = "".join(f"{number};Niccolò;Rossi\n" for number in range(1000))
    assert encodings.detect(text.encode("cp1252"), complete=True).name == "cp1252"


def test_where_the_letters_leave_a_doubt_the_country_decides():
    sample = "Name;City\nA;Gdańsk\n".encode("cp1250")
    assert encodings.detect(sample, complete=True).name == "cp1252"
    assert encodings.detect(sample, complete=True, country="PL").name == "cp1250"


def test_a_doubt_comes_with_the_best_three_readings():
    found = encodings.detect("Nome,Anno\nNiccolò,1\n".encode("cp1252"), complete=True)
    assert (found.name, found.sure) == ("cp1252", False)
    assert found.confidence < 1
    assert found.alternatives[0] == ("cp1252", "Niccolò")
    assert len({cell for _, cell in found.alternatives}) == 3


@pytest.mark.parametrize(
    ("mark", "codec", "name"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
        (b"", "utf-16-le", "utf-16-le"),
        (b"", "utf-16-be", "utf-16-be"),
        (b"", "utf-32-le", "utf-32-le"),
        (b"", "utf-32-be", "utf-32-be"),
    ],
)
@pytest.mark.parametrize("language", ["it", "ru", "ja"])
def test_unicode_is_told_by_its_mark_or_its_zero_bytes(
    mark: bytes, codec: str, name: str, language: str
):
    text = table(language, codec, header=True, seed=1)
    found = encodings.detect(mark + text.encode(codec), complete=True)
    assert (found.name, found.sure) == (name, True)
    assert (mark + text.encode(codec)).decode(found.name) == text


@given(st.text(min_size=1).filter(lambda text: "\0" not in text), st.integers(0, 3))
@example("Città", 1)
def test_a_sample_cut_in_the_middle_of_a_character_is_still_utf8(text: str, cut: int):
    sample = ("Città;" * 3 + text).encode()
    sample = sample[: len(sample) - cut]
    assert encodings.detect(sample, complete=False).name == "utf-8"


def test_stray_nul_characters_do_not_make_utf16():
    assert encodings.detect(b"na\0me,email\nMario,a@b.it\n", complete=True).name == "utf-8"


def test_a_few_broken_bytes_do_not_unmake_utf8():
    sample = "Città;è\n".encode() * 50 + b"Citt\xe0;\n"
    assert encodings.detect(sample, complete=True).name == "utf-8"


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_have_some_encoding(sample: bytes, complete: bool):
    found = encodings.detect(sample, complete=complete)
    assert 0 <= found.confidence <= 1
    encodings.decoded(sample, found.name, complete=complete)


def test_hebrew_and_arabic_are_read_too():
    for text, codec in (
        ("שם;טלפון\nדוד כהן;05\nשרה לוי;05\n", "cp1255"),
        ("الاسم;الهاتف\nمحمد علي;05\nفاطمة حسن;05\n", "cp1256"),
    ):
        assert encodings.detect(text.encode(codec), complete=True).name == codec


def test_a_mark_completes_the_name_that_a_client_gives():
    assert encodings.named("utf8", codecs.BOM_UTF8 + b"a") == "utf-8-sig"
    assert encodings.named("UTF-8", b"a") == "utf-8"
    assert encodings.named("utf-16", "nome,a\n".encode("utf-16-be")) == "utf-16-be"
    assert encodings.named("windows-1252", codecs.BOM_UTF8 + b"a") == "cp1252"


def test_wide_characters_without_a_mark_are_little_endian_unless_they_look_otherwise():
    assert encodings.named("utf-16", b"nome,a\n") == "utf-16-le"
    assert encodings.named("UTF-32", b"nome,a\n") == "utf-32-le"


@pytest.mark.parametrize(
    "name", ["klingon", "", "rot13", "base64", "idna", "unicode_escape", "utf-7", "U7", "a\0"]
)
def test_what_is_no_encoding_of_files_is_refused(name: str):
    with pytest.raises(encodings.UnknownEncoding):
        encodings.named(name, b"a")


def test_a_mark_that_only_the_excerpt_begins_with_is_none():
    sample = (
        b'=\n\xff\xfe"r \x01,yn0"\xb3ci\xc3\xb3n f\xc3\xadsic\xc3\xad com t\xc3\xa9cnore\x90 Be'
        b" e\xa8ucaci\xc3\xb3n f\xc3\xadlaCo t\xc3\xa9cnicosesore\x90 BE="
    )
    found = encodings.detect(sample, complete=True, country="IT")
    assert not found.name.startswith("utf_16")
    assert encodings.decoded(sample, found.name, complete=True).startswith("=\n")
