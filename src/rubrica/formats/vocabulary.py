"""The words that head the columns of contact tables, in the languages people export them in."""
# ruff: noqa: RUF001, E501 - look-alike letters are words of other languages

import re
import unicodedata

HEADINGS = """
name names first last middle given family surname forename full display nickname nick title suffix
prefix initials email mail e-mail emails phone phones telephone tel mobile cell cellphone cellular
fax pager msisdn number numbers contact contacts customer client user username member subscriber
company organization organisation employer department job position role occupation address street
city town state province region county country zip zipcode postcode postal code birthday birthdate
birth dob gender sex age language locale timezone notes note comment comments description tags tag
label labels group groups category list lists status type source created updated date time website
url web page whatsapp telegram sms channel id identifier uuid key ref reference consent optin optout
latitude longitude account value amount price quantity

nome nomi cognome cognomi nominativo soprannome titolo posta indirizzo telefono telefoni tel.
cellulare cell. numero numeri contatto contatti cliente clienti referente azienda società ditta ragione sociale
reparto ruolo via città comune provincia regione nazione paese stato cap compleanno nascita sesso
genere età lingua note commenti descrizione etichette gruppo gruppi lista categoria stato tipo data
codice fiscale partita iva sito ufficio abitazione consenso

nom noms prénom prénoms civilité courriel mél adresse téléphone téléphones portable mobile télécopie
numéro société entreprise organisme fonction poste service rue ville région département pays postal
naissance anniversaire sexe genre âge langue remarques remarque commentaire étiquettes groupe groupes
liste catégorie statut état type créé identifiant clé année

vorname nachname name familienname anrede titel spitzname e-mail-adresse telefon telefonnummer handy
handynummer mobiltelefon rufnummer fax firma unternehmen geschäft abteilung position beruf straße
strasse adresse ort stadt plz postleitzahl bundesland land geburtstag geburtsdatum geschlecht alter
sprache notizen notiz bemerkung bemerkungen kommentar gruppe gruppen liste kategorie größe kunde
kunden kundennummer nummer ansprechpartner privat geschäftlich schlüssel länge

nombre nombres apellido apellidos correo electrónico teléfono teléfonos móvil celular empresa compañía
organización cargo puesto departamento calle dirección domicilio ciudad población provincia región
país código postal cumpleaños fecha nacimiento género edad idioma notas nota comentarios etiquetas
grupo grupos lista categoría estado número cliente contacto año título descripción

sobrenome apelido telemóvel telefone celular endereço morada cidade distrito município aniversário
nascimento gênero género idade observações empresa organização função correio eletrónico eletrônico
usuário código descrição

naam voornaam achternaam tussenvoegsel telefoon telefoonnummer mobiel bedrijf straat adres plaats
woonplaats postcode land geboortedatum geslacht leeftijd taal opmerkingen groep
namn förnamn efternamn telefonnummer mobilnummer företag gata adress postnummer land födelsedatum kön
ålder fornavn efternavn etternavn navn virksomhed firma vej gade adresse by postnr fødselsdato køn
nimi etunimi sukunimi puhelin matkapuhelin sähköposti yritys osoite kaupunki postinumero maa
nafn símanúmer netfang

imię nazwisko telefon komórka adres ulica miasto miejscowość województwo kraj firma stanowisko płeć
urodzenia uwagi grupa kod pocztowy
jméno příjmení telefon mobil adresa ulice město obec psč země firma společnost narození pohlaví
poznámka skupina meno priezvisko mesto krajina spoločnosť
név vezetéknév keresztnév telefonszám mobil cím utca város irányítószám ország cég születési nem
megjegyzés csoport
nume prenume telefon adresă stradă oraș oraş județ judeţ țară ţară companie
ime prezime telefon mobitel adresa grad država tvrtka priimek naslov
ad adı soyad soyadı isim telefon cep eposta e-posta adres şehir il ilçe ülke şirket doğum cinsiyet
vardas pavardė telefonas paštas adresas miestas šalis įmonė vārds uzvārds tālrunis adrese pilsēta
valsts uzņēmums eesnimi perekonnanimi telefon aadress linn riik ettevõte

имя фамилия отчество фио телефон мобильный почта адрес улица город область страна индекс компания
организация должность пол возраст рождения дата примечание комментарий группа номер клиент статус
ім'я прізвище пошта місто вулиця країна компанія дата народження име презиме град държава фирма
όνομα επώνυμο ονοματεπώνυμο τηλέφωνο κινητό διεύθυνση πόλη χώρα εταιρεία οδός ηλικία φύλο σχόλια
שם פרטי משפחה טלפון נייד כתובת עיר מדינה חברה הערות
الاسم اسم الهاتف هاتف الجوال البريد العنوان المدينة الدولة الشركة ملاحظات
"""

SIGNS = [
    "姓名",
    "氏名",
    "名前",
    "名称",
    "姓",
    "電話",
    "电话",
    "電子",
    "电子",
    "携帯",
    "手機",
    "手机",
    "行動",
    "邮箱",
    "郵箱",
    "邮件",
    "郵件",
    "信箱",
    "メール",
    "住所",
    "地址",
    "城市",
    "都道府県",
    "市区町村",
    "郵便",
    "邮编",
    "邮政",
    "郵遞",
    "国家",
    "國家",
    "会社",
    "公司",
    "性別",
    "性别",
    "生年月日",
    "生日",
    "出生",
    "備考",
    "备注",
    "備註",
    "部門",
    "部门",
    "フリガナ",
    "ふりがな",
    "カナ",
    "客户",
    "客戶",
    "顧客",
    "联系人",
    "聯絡人",
    "番号",
    "이름",
    "성명",
    "전화",
    "휴대폰",
    "핸드폰",
    "이메일",
    "메일",
    "주소",
    "도시",
    "국가",
    "회사",
    "성별",
    "생년월일",
    "생일",
    "비고",
    "메모",
    "고객",
    "번호",
    "우편",
]
"""Chinese, Japanese and Korean write no spaces: these are looked for inside a heading."""


def folded(text: str) -> str:
    """Return the text in lower case without accents, its words parted by single spaces."""
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", bare))


_WORDS = frozenset(word for heading in HEADINGS.split() for word in folded(heading).split())
TELLING = frozenset(word.casefold() for word in [*HEADINGS.split(), *SIGNS] if not word.isascii())
"""The headings that only the right encoding spells right."""
_LONGEST_HEADING = 60


def is_heading(cell: str) -> bool:
    """Tell whether a cell reads like the heading of a column of contacts."""
    if len(cell) > _LONGEST_HEADING:
        return False
    if not _WORDS.isdisjoint(folded(cell).split()):
        return True
    return not cell.isascii() and any(sign in cell for sign in SIGNS)
