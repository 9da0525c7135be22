# ruff: noqa: RUF001 - names are written in the letters of their language
"""Invented contacts as CSV: as many as wanted, the same each time, the right outcome known.

Every row is a function of its index and the seed, so nothing is remembered: memory is constant.
Numbers are distinct because an index gives a number by a bijection, not because they are compared.
Addresses end in `.example` (RFC 2606), so that none of them can belong to somebody.
"""

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable
from datetime import date, timedelta
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TextIO

import click
import msgspec

HEADER = (
    "First Name,Last Name,Mobile Phone,Email,Company,City,Gender,Birthday,Language,Customer ID\n"
)
MAX_ROWS = 10_000_000
"""The smallest set of numbers, Greek fixed lines, has no more."""
DISTANCES = (1, 250, 9_000, 120_000)
"""How many rows above a duplicate its contact stands: in the same chunk of an import, and not."""
SHARES = 1 << 16
MASK = (1 << 64) - 1
PRIME = 2_654_435_761
"""Coprime to the size of every set of numbers: multiplying by it permutes the set."""
UNREADABLE = ("da chiedere", "non risponde", "vedi note", "manca", "privato", "chiamare Anna")
DOMAINS = tuple(f"{name}.example" for name in ("posta", "mail", "libera", "web", "correo", "firma"))
NULL = r"\N"
ALONE = "\t".join([NULL] * 3)
GENDERS = {"M": "MALE", "F": "FEMALE"}
LETTERS = str.maketrans({"ß": "ss", "ł": "l", "Ł": "l", "ı": "i", "ø": "o", "đ": "d"})

# Language, share in per cent; given names of men and of women; family names; what a company makes
# of a family name; cities. An underscore stands for a space.
CULTURES = (
    ("it", 61, "IT",
     ("Marco Andrea Matteo Alessandro Francesco Giuseppe Antonio Giovanni Niccolò Davide Simone"
     " Roberto Stefano Paolo Salvatore Riccardo Federico Lorenzo Gabriele Enrico Pietro Emanuele"
     " Michele Fabio Alberto Massimo Claudio Daniele Filippo Gian_Luca Giosuè Noè"),
     ("Maria Giulia Francesca Chiara Sara Laura Elena Valentina Alessia Martina Federica Silvia"
     " Paola Roberta Elisa Giorgia Ilaria Simona Beatrice Camilla Serena Caterina Lucia Teresa Rosa"
     " Carmela Antonella Monica Arianna Maria_Grazia Anna_Maria Zoé Desirée Noemi"),
     ("Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti"
     " De_Luca Mancini Costa Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani"
     " Rinaldi Caruso Ferrara Galli Martini Leone Longo Gentile Martinelli Vitale Lombardo Serra"
     " Coppola De_Santis D'Angelo Marchetti Parisi Villa Conte Ferraro Ferri Fabbri Bianco Marini"
     " Grasso Valentini Messina Sala De_Angelis Gatti Pellegrini Palumbo Sanna Farina Rizzi Monti"
     " Cattaneo Morelli Amato Silvestri Mazza Testa Grassi Pellegrino Carbone Giuliani Benedetti"
     " Barone Rossetti Caputo Montanari Guerra Palmieri Bernardi Martino Fiore De_Rosa Ferretti"
     " Bellini Basile Riva Donati Piras Vitali Battaglia Sartori Neri Costantini Milani Pagano"
     " Ruggiero Sorrentino D'Amico Orlando Negri Cantù Dell'Acqua Lo_Presti Muscarà Nicolì"),
     '{} S.r.l.;{} & Figli S.n.c.;Studio Legale {}, Rossi e Associati;Trattoria "Da {}";{} S.p.A.',
     "Milano Roma Torino Napoli Bologna Firenze Forlì Cefalù Verona Reggio_nell'Emilia L'Aquila"),
    ("de", 6, "DE", "Thomas Michael Jürgen Jörg Björn Lukas Klaus Hans-Peter Günther Felix Uwe",
     "Sabine Ursula Käthe Petra Jana Heike Anneliese Bärbel Claudia Lena Sophie",
     "Müller Schmidt Schneider Weber Groß Schäfer Köhler Krüger von_Bülow Weiß Hofmann Böhm",
     "{} GmbH;{} & Söhne KG;Bäckerei {};{}, Partner AG", "Berlin München Köln Hamburg Düsseldorf"),
    ("fr", 5, "FR", "Jean-Luc François Jérôme Benoît Mathieu Noël Loïc Rémi Étienne Hugo",
     "Marie Hélène Chloé Zoë Anaïs Amélie Françoise Inès Camille Éléonore",
     "Martin Bernard Dubois Lefèvre Béranger D'Aubigné Le_Gall Guérin Lemaître Bœuf Garçon",
     "{} SARL;Établissements {};{}, Père et Fils", "Paris Lyon Nîmes Orléans Besançon"),
    ("es", 5, "ES", "José_María Ángel Jesús Iñaki Javier Álvaro Raúl Andrés Martín Sergio",
     "María_José Concepción Begoña Lucía Inés Núria Sofía Mónica Carmen Pilar",
     "García_López Núñez Rodríguez Muñoz_Peña Ibáñez Gómez_de_la_Serna Pérez Ordóñez Fernández",
     "{} S.L.;Hermanos {};{}, Abogados", "Madrid Cádiz Málaga León A_Coruña"),
    ("en-GB", 3, "GB", "Oliver George Harry Jack Callum Rhys Siôn Seán",
     "Amelia Olivia Zoë Siân Niamh Emily Isla",
     "Smith Jones O'Brien MacDonald Taylor-Wood Brontë Evans Wright",
     "{} Ltd;{} & Sons;The {} Arms", "London Leeds Bristol St._Albans"),
    ("en-US", 2, "US", "James Robert Michael José DeShawn Tyler",
     "Jennifer Ashley Renée Chloë Madison",
     "Johnson Williams Brown Peña Nguyen Van_Buren Smith-Lee McCoy",
     '{}, Inc.;{} LLC;{} "Mac" Motors', "New_York Chicago Miami Cañon_City"),
    ("pl", 3, "PL", "Paweł Łukasz Michał Stanisław Grzegorz Jan", ("Agnieszka Małgorzata Zofia"
     " Grażyna Elżbieta Żaneta"), "Nowak Wiśniewska Wójcik Kamińska Żak Śliwa Błaszczyk Dąbrowska",
     "{} Sp. z o.o.;Piekarnia {}", "Warszawa Kraków Łódź Wrocław"),
    ("cs", 2, "CZ", "Jiří Tomáš Václav Ondřej Zdeněk", "Tereza Božena Kateřina Lucie Žofie",
     "Novák Dvořák Svoboda Černý Růžička Štěpánek Kubů", "{} s.r.o.;{} a synové", "Praha Plzeň"),
    ("el", 2, "GR", "Γιώργος Νίκος Δημήτρης Ιωάννης Κώστας", "Μαρία Ελένη Αικατερίνη Σοφία Χρυσή",
     "Παπαδόπουλος Παπαδάκη Γεωργίου Νικολαΐδης Οικονόμου", "{} Α.Ε.;Αφοί {}", "Αθήνα Πάτρα Βόλος"),
    ("ru", 1, "RU", "Алексей Дмитрий Сергей Пётр Юрий", "Ольга Наталья Татьяна Любовь Алёна",
     "Иваненко Кузьмич Соловей Шевчук Жук Седых", "ООО «{}»;{} и Ко", "Москва Казань Тюмень"),
    ("uk", 2, "UA", "Олексій Андрій Юрій Тарас Євген", "Оксана Наталія Ірина Любов Соломія",
     "Шевченко Бондаренко Ткачук Лук'яненко Мельник", "ТОВ «{}»;{} і сини", "Київ Львів Харків"),
    ("tr", 2, "TR", "Mehmet Çağrı Oğuz İbrahim Ömer", "Ayşe Şebnem Gülşen Özlem Iraz",
     "Yılmaz Çelik Öztürk Şahin Doğan Güneş", "{} A.Ş.;{} Ticaret", "İstanbul İzmir Eskişehir"),
    ("pt", 2, "PT", "João Luís António Simão Gonçalo", "Inês Conceição Fátima Júlia Mafalda",
     "Gonçalves Simões Magalhães Araújo dos_Santos Brandão", "{} Lda.;Irmãos {}", "Lisboa Porto"),
    ("ro", 2, "RO", "Ștefan Ionuț Cătălin Răzvan Mihai", "Ioana Mădălina Ștefania Crăița Elena",
     "Popescu Țurcanu Mureșan Bălan Dumitrașcu", "{} S.R.L.;Frații {}", "Iași Cluj-Napoca"),
    ("zh-CN", 1, "CN", "伟 建国 志强 俊杰 浩然", "秀英 丽 静怡 雪梅 欣妍", "王 李 张 刘 陈 欧阳",
     "{}氏贸易有限公司;{}记", "北京 上海 广州"),
    ("ja", 1, "JP", "太郎 健一 大輔 翔太", "花子 由美子 さくら 美咲", "佐藤 鈴木 高橋 渡邊 髙田",
     "株式会社{};{}商店", "東京 大阪 札幌"),
)  # fmt: skip

# Country, type as libphonenumber names it, calling code, the prefixes after which any digits make
# a valid number, the usual groups, and whether people write (0) before them.
SERIES = (
    ("IT", "MOBILE", "39", ("320 327 328 329 331 333 334 335 338 339 340 345 346 347 348 349 366"
     " 380 388"), "### ### ####", False),
    ("IT", "FIXED_LINE", "39", "010 011 045 049 051 055 070 080 081 091 095", "### #######", False),
    ("DE", "MOBILE", "49", "160 162 163 170 171 172 173 174 175", "### #######", True),
    ("DE", "FIXED_LINE", "49", "302 303 304 402 403 892 893", "## ########", True),
    ("FR", "MOBILE", "33", "61 62 66 67 68", "# ## ## ## ##", True),
    ("FR", "FIXED_LINE", "33", "14 15", "# ## ## ## ##", True),
    ("ES", "MOBILE", "34", "61 62 63 64 65 66 67 68 69", "### ## ## ##", False),
    ("ES", "FIXED_LINE", "34", "91 93", "## ### ## ##", False),
    ("GB", "MOBILE", "44", "7712 7713 7714 7720 7730 7740 7760 7801 7850 7890 7900 7950 7415 7525",
     "#### ######", True),
    ("GB", "FIXED_LINE", "44", "207 208", "## #### ####", True),
    ("US", "FIXED_LINE_OR_MOBILE", "1", ("2122 2123 2124 3056 3057 3122 4153 5124 6174 7183 7026"
     " 2065"), "### ### ####", False),
    ("PL", "MOBILE", "48", "50 51 60 66 69 79 88", "### ### ###", False),
    ("PL", "FIXED_LINE", "48", "22 12", "## ### ## ##", False),
    ("CZ", "MOBILE", "420", "602 603 604 605 606 607 608 720 721 722 723 724 725 726 773 774 775",
     "### ### ###", False),
    ("GR", "MOBILE", "30", "694 697 698", "### ### ####", False),
    ("GR", "FIXED_LINE", "30", "210", "### ### ####", False),
    ("RU", "MOBILE", "7", "903 905 906 909 915 916 917 925 926", "### ### ## ##", False),
    ("UA", "MOBILE", "380", "50 63 66 67 68 93 95 97 98", "## ### ## ##", False),
    ("TR", "MOBILE", "90", "530 532 533 535 536 537 541 542 543 544 545", "### ### ## ##", False),
    ("TR", "FIXED_LINE", "90", "212 216 312", "### ### ## ##", False),
    ("PT", "MOBILE", "351", "91 92 93 96", "### ### ###", False),
    ("PT", "FIXED_LINE", "351", "21 22", "## ### ## ##", False),
    ("RO", "MOBILE", "40", "72 73 74 75 76", "### ### ###", False),
    ("CN", "MOBILE", "86", "135 136 137 138 139 150 151 158 186 188", "### #### ####", False),
    ("JP", "MOBILE", "81", "802 803 805 806 807 808 809 902 903 904 905", "## #### ####", False),
)  # fmt: skip


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What an import into an empty account must answer.

    Default options, read as of Italy: CREATE_UPDATE, matched by phone, then e-mail, blanks KEEP,
    onBadValue SKIP_CELL. `rows` is the sum of the others.
    """

    rows: int
    created: int
    duplicates: int
    rejected: int


Writing = tuple[str, Callable[[str], str | tuple[str, ...]]]
"""A template, and what cuts the national number into the pieces that it takes."""


class Series(NamedTuple):
    """Numbers of one kind in one country: a prefix, then `width` digits of any value.

    There are `unit` numbers after each prefix, `size` in all.
    """

    country: str
    type: str
    code: str
    prefixes: list[str]
    width: int
    unit: int
    size: int
    writings: list[Writing]


class Culture(NamedTuple):
    """What people of one language are called, and how they are reached."""

    language: str
    given: list[tuple[str, str, str]]
    """The name, the same in Latin letters, M or F."""
    family: list[tuple[str, str]]
    companies: list[str]
    quoted: list[str]
    """The companies as cells of a CSV file."""
    cities: list[str]
    series: tuple[Series, Series]
    """The usual numbers, and those of one person in twelve."""


class Person(NamedTuple):
    """One contact. `company` counts in the culture's companies, -1 for none."""

    culture: Culture
    given: tuple[str, str, str]
    family: str
    series: Series
    number: str
    """The national significant number; nothing for somebody with an address alone."""
    writing: int
    email: str
    company: int
    birthday: str
    speaks: str


class Population(NamedTuple):
    """All that decides which row is what: by its share of `SHARES`, drawn from its index."""

    rows: int
    seed: int
    bad_below: int
    repeats_from: int


def population(rows: int, seed: int, bad: float, duplicates: float) -> Population:
    """Return what the wishes come to; raise `ValueError` where they cannot be met."""
    if not 0 <= rows <= MAX_ROWS:
        raise ValueError(f"rows: 0 to {MAX_ROWS:,} are possible, not {rows:,}.")
    if bad < 0 or duplicates < 0 or bad + duplicates > 1:
        raise ValueError("bad and duplicates are shares: from 0, and no more than 1 together.")
    return Population(rows, seed, round(bad * SHARES), SHARES - round(duplicates * SHARES))


def write(
    file: TextIO, rows: int, seed: int = 7, bad: float = 0.03, duplicates: float = 0.03
) -> Expected:
    """Write a header and `rows` rows of comma-separated text, ended by a line feed each.

    `bad` is the share of rows with an impossible number and no address, `duplicates` of those that
    repeat an earlier row's number, a little fewer: one that meets no such row is a new contact.
    """
    plan = population(rows, seed, bad, duplicates)
    rejected = repeated = 0
    file.write(HEADER)
    for index in range(rows):
        bits = draw(index, seed)
        share = bits % SHARES
        if share < plan.bad_below:
            rejected += 1
            someone = person(index, bits, seed)._replace(email="")
            file.write(line(index, someone, unreadable(bits)))
        elif share >= plan.repeats_from and (first := source(plan, index, bits)) is not None:
            repeated += 1
            file.write(repetition(plan, index, first))
        else:
            someone = person(index, bits, seed)
            file.write(line(index, someone, written(someone)))
    created = rows - rejected - repeated
    return Expected(rows=rows, created=created, duplicates=repeated, rejected=rejected)


def clean(
    file: TextIO, rows: int, seed: int = 7, bad: float = 0.03, duplicates: float = 0.03
) -> int:
    r"""Write the contacts that `write` leads to, for PostgreSQL's `COPY … FROM` in text format.

    Columns: external_id (always \N), phone_number, phone_type, country_code, email, first_name,
    last_name, gender, birth_date, company, language, is_valid. Returns the number of contacts.
    """
    plan = population(rows, seed, bad, duplicates)
    contacts = 0
    for index in range(rows):
        bits = draw(index, seed)
        share = bits % SHARES
        if share < plan.bad_below:
            continue
        if share >= plan.repeats_from and source(plan, index, bits) is not None:
            continue
        someone = person(index, bits, seed)
        last = last_repetition(plan, index) if share < plan.repeats_from else None
        if last is not None and someone.number:
            someone = someone._replace(company=other_company(last, someone))
        file.write(copied(someone))
        contacts += 1
    return contacts


def draw(index: int, seed: int) -> int:
    """Return 64 bits that look random: SplitMix64 (Steele, Lea, Flood 2014) at any index."""
    bits = (index * 0x9E3779B97F4A7C15 + seed * 0xD1342543DE82EF95) & MASK
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & MASK
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & MASK
    return bits ^ bits >> 31


def address_alone(bits: int) -> bool:
    """Tell whether this person has no number."""
    return bits >> 16 & 0xFF < 5


def distance(index: int, bits: int) -> int:
    """Return how far above a repeating row the repeated one stands, if it is there at all."""
    possible = bisect(DISTANCES, index) or 1
    return DISTANCES[(bits >> 24 & 15) % possible]


def source(plan: Population, index: int, bits: int) -> int | None:
    """Return the row that this one repeats: good, no repetition itself, and with a number."""
    first = index - distance(index, bits)
    if first < 0:
        return None
    others = draw(first, plan.seed)
    good = plan.bad_below <= others % SHARES < plan.repeats_from
    return first if good and not address_alone(others) else None


def last_repetition(plan: Population, index: int) -> int | None:
    """Return the last row that repeats this one, which must be fit to be repeated."""
    for far in reversed(DISTANCES):
        later = index + far
        if later < plan.rows:
            bits = draw(later, plan.seed)
            if bits % SHARES >= plan.repeats_from and distance(later, bits) == far:
                return later
    return None


def person(index: int, bits: int, seed: int) -> Person:
    """Return who stands in a good row. The rest of the bits is cut up as mixed digits."""
    culture = PER_CENT[(bits >> 26) % 100]
    alone = address_alone(bits)
    bits = (bits * 0xD1342543DE82EF95 & MASK) >> 8
    bits, given = divmod(bits, len(culture.given))
    bits, family = divmod(bits, len(culture.family))
    bits, company = divmod(bits, 2 * len(culture.companies))
    bits, day = divmod(bits, 2 * len(DAYS))
    first, last = culture.given[given], culture.family[family]
    email = ""
    if alone or bits % 10 < 7:
        email = f"{first[1]}.{last[1]}{index * 7 + 1}@{DOMAINS[bits % len(DOMAINS)]}"
        if not bits % 16:
            email = email.title()
    number = ""
    series = culture.series[bits % 12 == 0]
    if not alone:
        prefix, rest = divmod((index + seed * 1_000_003) * PRIME % series.size, series.unit)
        number = series.prefixes[prefix] + f"{rest:0{series.width}}"
    speaks = culture.language if bits % 5 else ""
    return Person(
        culture,
        first,
        last[0],
        series,
        number,
        bits % len(series.writings),
        email,
        company if company < len(culture.companies) else -1,
        DAYS[day] if day < len(DAYS) else "",
        speaks,
    )


def written(someone: Person, other: int = 0) -> str:
    """Return the number as this person writes it, or in the `other`-th writing after that."""
    if not someone.number:
        return ""
    writings = someone.series.writings
    template, pieces = writings[(someone.writing + other) % len(writings)]
    return template % pieces(someone.number)


def unreadable(bits: int) -> str:
    """Return what stands for a number and cannot be one: words, too few digits, too many."""
    bits, form = divmod(bits >> 16, 3)
    if form == 0:
        return UNREADABLE[bits % len(UNREADABLE)]
    return str(100 + bits % 900) if form == 1 else f"+39 333 {bits % 10**14:014}"


def other_company(later: int, someone: Person) -> int:
    """Return the company of the row `later`, which repeats this person: never the same one."""
    many = len(someone.culture.companies)
    return (someone.company + 1 + later % (many - 1)) % many


def repetition(plan: Population, index: int, first: int) -> str:
    """Return a row that repeats `first`: number in another writing, other company, some blanks."""
    someone = person(first, draw(first, plan.seed), plan.seed)
    again = someone._replace(company=other_company(index, someone))
    if index % 2:
        again = again._replace(given=(*again.given[:2], ""), birthday="", speaks="")
    return line(first, again, written(someone, 1 + index % 4))


def line(index: int, someone: Person, phone: str) -> str:
    """Return a row as in `HEADER`. Only companies can need quotes, and have them already."""
    culture, (first, _, gender), family, _, _, _, email, company, birthday, speaks = someone
    employer = culture.quoted[company] if company >= 0 else ""
    city = culture.cities[index % len(culture.cities)]
    return (
        f"{first},{family},{phone},{email},{employer},{city},{gender},{birthday},{speaks},"
        f"C{index + 1:07}\n"
    )


def copied(someone: Person) -> str:
    """Return a line of `COPY`'s text format. No value has a tab or a backslash."""
    culture, (first, _, gender), family, series, number, _, email, company, birthday, speaks = (
        someone
    )
    reached = f"+{series.code}{number}\t{series.type}\t{series.country}" if number else ALONE
    employer = culture.companies[company] if company >= 0 else NULL
    return (
        f"{NULL}\t{reached}\t{email.lower() or NULL}\t{first}\t{family}\t{GENDERS[gender]}"
        f"\t{birthday or NULL}\t{employer}\t{speaks or NULL}\tt\n"
    )


def writing(pattern: str) -> Writing:
    """Turn a picture such as `+39 ### ####` into a template and what cuts a number for it."""
    groups = re.findall("#+", pattern)
    ends = list(accumulate(map(len, groups), initial=0))
    return re.sub("#+", "%s", pattern), itemgetter(*map(slice, ends, ends[1:]))


def writings(country: str, code: str, groups: str, trunk: bool) -> list[Writing]:  # noqa: FBT001
    """Return the ways in which people write a number, the national ones for Italy alone."""
    solid, area = groups.replace(" ", ""), groups.replace(" ", "/", 1)
    patterns = [f"{plus}{code}{rest}" for plus in ("+", "00") for rest in (solid, f" {groups}")]
    patterns += [f"+{code}.{groups.replace(' ', '.')}", f"+{code} {groups.replace(' ', '-')}"]
    patterns += [f"+{code} {area}", f"+{code} ({area.replace('/', ') ')}"]
    if trunk:
        patterns += [f"+{code} (0){groups}", f"00{code} (0) {area}"]
    if country == "IT":
        # Five in turn: any two neighbours less than five apart differ, as `repetition` needs.
        patterns += [solid, groups, area, groups.replace(" ", "."), groups.replace(" ", "-")] * 3
    return [writing(pattern) for pattern in patterns]


def latin(name: str) -> str:
    """Return a name as it stands in an address; `kontakt` where it has no Latin letters."""
    plain = unicodedata.normalize("NFKD", name.translate(LETTERS)).lower()
    return "".join(c for c in plain if c.isascii() and c.isalpha()) or "kontakt"


def series() -> dict[str, list[Series]]:
    """Return the numbers of each country: mobile ones, then fixed ones where there are any."""
    found: dict[str, list[Series]] = {}
    for country, type, code, text, groups, trunk in SERIES:
        prefixes = text.split()
        width = groups.count("#") - len(prefixes[0])
        ways = writings(country, code, groups, trunk)
        found.setdefault(country, []).append(
            Series(country, type, code, prefixes, width, 10**width, len(prefixes) * 10**width, ways)
        )
    return found


def cultures() -> list[Culture]:
    """Return one hundred cultures, each as often as its share."""
    numbers = series()
    out: list[Culture] = []
    for language, share, country, men, women, families, patterns, cities in CULTURES:
        given = [
            (name.replace("_", " "), latin(name), gender)
            for gender, names in (("M", men), ("F", women))
            for name in names.split()
        ]
        family = [name.replace("_", " ") for name in families.split()]
        companies = [pattern.format(name) for pattern in patterns.split(";") for name in family]
        culture = Culture(
            language,
            given,
            [(name, latin(name)) for name in family],
            companies,
            [quoted(company) for company in companies],
            [city.replace("_", " ") for city in cities.split()],
            (numbers[country][0], numbers[country][-1]),
        )
        out += [culture] * share
    return out


def quoted(text: str) -> str:
    """Return a cell as RFC 4180 wants it."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",') else text


FIRST_DAY = date(1940, 1, 1)
DAYS = [(FIRST_DAY + timedelta(number)).isoformat() for number in range(25_000)]
PER_CENT = cultures()


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--bad", default=0.03, show_default=True)
@click.option("--duplicates", default=0.03, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The CSV goes here.")
@click.option(
    "--clean", "baseline", type=click.Path(path_type=Path), help="What must be in the table."
)
def main(
    rows: int, seed: int, bad: float, duplicates: float, output: Path | None, baseline: Path | None
) -> None:
    """Write invented contacts, and print what a right import of them answers."""
    if output is None and baseline is None:
        raise click.UsageError("Say where to: -o FILE, --clean FILE or both.")
    try:
        if output is not None:
            with output.open("w", encoding="utf-8", newline="") as file:
                expected = write(file, rows, seed, bad, duplicates)
            click.echo(msgspec.json.encode(expected))
        if baseline is not None:
            with baseline.open("w", encoding="utf-8", newline="") as file:
                clean(file, rows, seed, bad, duplicates)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


if __name__ == "__main__":
    main()
