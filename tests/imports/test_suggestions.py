# ruff: noqa: ISC004 - a header row is one string that runs over lines
import csv
import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.imports.suggesting import headers, naming, settling, shapes
from rubrica.imports.suggesting.suggestions import Suggestion, suggest
from rubrica.imports.suggesting.words import GENDER_WORDS, fold
from tests import corpora

READ_ONLY = {"id", "countryCode", "phoneType", "createdAt", "updatedAt"}


def of(
    header: list[str],
    *sample: list[str],
    country: str | None = "IT",
    custom: dict[str, str] | None = None,
) -> list[Suggestion]:
    return suggest(header, list(sample), country=country, custom_fields=custom or {})


def fields(header: list[str], *sample: list[str], country: str | None = "IT") -> list[str | None]:
    return [s.suggested_field for s in of(header, *sample, country=country)]


def mapping(header: list[str], *sample: list[str], country: str | None = "IT") -> dict[str, str]:
    """Header to field, of the columns for which a field is suggested."""
    return {
        s.header or str(s.index): s.suggested_field
        for s in of(header, *sample, country=country)
        if s.suggested_field
    }


def column(header: str, *values: str, country: str | None = "IT") -> Suggestion:
    return of([header], *([v] for v in values), country=country)[0]


def table(file: Path) -> list[list[str]]:
    encoding = "cp1252" if "cp1252" in file.name else "utf-8"
    return list(csv.reader(io.StringIO(file.read_text(encoding), newline="")))


OUTLOOK = {
    "Business Phone": "phoneNumber",
    "Business Phone 2": "phoneNumber",
    "Car Phone": "phoneNumber",
    "Home Phone": "phoneNumber",
    "Home Phone 2": "phoneNumber",
    "Other Phone": "phoneNumber",
    "First Name": "firstName",
    "Last Name": "lastName",
    "Company": "company",
    "Mobile Phone": "phoneNumber",
    "Primary Phone": "phoneNumber",
    "Radio Phone": "phoneNumber",
    "Birthday": "birthDate",
    "Categories": "tags",
    "E-mail Address": "email",
    "E-mail 2 Address": "email",
    "E-mail 3 Address": "email",
    "Gender": "gender",
    "Language": "language",
    "Notes": "notes",
}
OUTLOOK_IT = {
    "Ufficio": "phoneNumber",
    "Ufficio 2": "phoneNumber",
    "Telefono auto": "phoneNumber",
    "Abitazione": "phoneNumber",
    "Abitazione 2": "phoneNumber",
    "Altro telefono": "phoneNumber",
    "Nome": "firstName",
    "Cognome": "lastName",
    "Società": "company",
    "Cellulare": "phoneNumber",
    "Telefono principale": "phoneNumber",
    "Radiotelefono": "phoneNumber",
    "Categorie": "tags",
    "Compleanno": "birthDate",
    "Lingua": "language",
    "Notes": "notes",
    "Indirizzo posta elettronica": "email",
    "Indirizzo posta elettronica 2": "email",
    "Indirizzo posta elettronica 3": "email",
    "Sesso": "gender",
}
THUNDERBIRD = {
    "Work Phone": "phoneNumber",
    "Home Phone": "phoneNumber",
    "Display Name": "fullName",
    "First Name": "firstName",
    "Last Name": "lastName",
    "Primary Email": "email",
    "Secondary Email": "email",
    "Mobile Number": "phoneNumber",
    "Organization": "company",
    "Notes": "notes",
}
THUNDERBIRD_IT = {
    "Telefono lavoro": "phoneNumber",
    "Telefono casa": "phoneNumber",
    "Nome visualizzato": "fullName",
    "Nome": "firstName",
    "Cognome": "lastName",
    "Email primaria": "email",
    "Email secondaria": "email",
    "Numero cellulare": "phoneNumber",
    "Organizzazione": "company",
    "Note": "notes",
}
MAILCHIMP = {
    "Email Address": "email",
    "First Name": "firstName",
    "Last Name": "lastName",
    "Phone Number": "phoneNumber",
    "Birthday": "birthDate",
    "NOTES": "notes",
    "TAGS": "tags",
}
GOOGLE_OLD = {
    "Name": "fullName",
    "Given Name": "firstName",
    "Family Name": "lastName",
    "Birthday": "birthDate",
    "Gender": "gender",
    "Notes": "notes",
    "Group Membership": "tags",
    "Organization 1 - Name": "company",
    **{f"E-mail {n} - Value": "email" for n in range(1, 5)},
    **{f"Phone {n} - Value": "phoneNumber" for n in range(1, 8)},
}


@corpora.present
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("google_contacts_old__en", GOOGLE_OLD),
        ("mailchimp_audience__en", MAILCHIMP),
        ("outlook_desktop__en", OUTLOOK),
        ("outlook_desktop__it_cp1252_comma", OUTLOOK_IT),
        ("thunderbird__en", THUNDERBIRD),
        ("thunderbird__it", THUNDERBIRD_IT),
    ],
)
def test_a_known_product_s_header_is_mapped_whole(name, expected):
    [file] = corpora.files(f"csv/headers/{name}.csv")

    assert mapping(table(file)[0]) == expected


@corpora.present
def test_a_chatwoot_table_is_mapped_by_its_identifier_and_not_by_its_id():
    [file] = corpora.files("csv/chatwoot/*existing_contacts.csv")
    header, *rows = table(file)

    assert mapping(header, *rows) == {
        "first_name": "firstName",
        "last_name": "lastName",
        "email": "email",
        "gender": "gender",
        "identifier": "externalId",
        "phone_number": "phoneNumber",
    }


@corpora.present
def test_thunderbird_tables_are_mapped_with_their_values():
    for file in corpora.files("csv/thunderbird/*basic*.csv", "csv/thunderbird/*export.csv"):
        header, *rows = table(file)
        assert mapping(header, *rows) == THUNDERBIRD, file.name


@corpora.present
def test_where_only_the_display_name_and_the_work_phone_are_filled_they_are_taken():
    [file] = corpora.files("csv/thunderbird/*quote.csv")
    header, *rows = table(file)

    found = mapping(header, *rows, country="US")

    assert found["Display Name"] == "fullName"
    assert found["Work Phone"] == "phoneNumber"
    assert (found["First Name"], found["Last Name"]) == ("firstName", "lastName")


PRODUCTS = {
    "Google Contacts, new": (
        "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,Nickname,File As,"
        "Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,"
        "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,"
        "Address 1 - City,Website 1 - Value,Event 1 - Label,Event 1 - Value",
        {
            "First Name": "firstName",
            "Last Name": "lastName",
            "Organization Name": "company",
            "Birthday": "birthDate",
            "Notes": "notes",
            "Labels": "tags",
            "E-mail 1 - Value": "email",
            "Phone 1 - Value": "phoneNumber",
        },
    ),
    "HubSpot": (
        "Record ID - Contact,First Name,Last Name,Email,Phone Number,Mobile Phone Number,"
        "Contact owner,Lead Status,Company name,Create Date,Job Title,Preferred language",
        {
            "Phone Number": "phoneNumber",
            "Record ID - Contact": "externalId",
            "First Name": "firstName",
            "Last Name": "lastName",
            "Email": "email",
            "Mobile Phone Number": "phoneNumber",
            "Company name": "company",
            "Preferred language": "language",
        },
    ),
    "Salesforce": (
        "Id,IsDeleted,AccountId,LastName,FirstName,Salutation,Name,MailingStreet,MailingPostalCode,"
        "Phone,Fax,MobilePhone,HomePhone,AssistantPhone,Email,Title,Birthdate,OwnerId,CreatedDate",
        {
            "Phone": "phoneNumber",
            "Id": "externalId",
            "LastName": "lastName",
            "FirstName": "firstName",
            "Name": "fullName",
            "MobilePhone": "phoneNumber",
            "HomePhone": "phoneNumber",
            "Email": "email",
            "Birthdate": "birthDate",
        },
    ),
    "a Salesforce report": (
        "Contact ID,First Name,Last Name,Title,Account Name,Mailing City,Phone,Mobile,Fax,Email",
        {
            "Phone": "phoneNumber",
            "Contact ID": "externalId",
            "First Name": "firstName",
            "Last Name": "lastName",
            "Account Name": "company",
            "Mobile": "phoneNumber",
            "Email": "email",
        },
    ),
    "Brevo": (
        "CONTACT ID,EMAIL,FIRSTNAME,LASTNAME,SMS,EXT_ID,LANDLINE_NUMBER,WHATSAPP,JOB_TITLE,"
        "DOUBLE_OPT-IN,ADDED_TIME,MODIFIED_TIME",
        {
            "LANDLINE_NUMBER": "phoneNumber",
            "EMAIL": "email",
            "FIRSTNAME": "firstName",
            "LASTNAME": "lastName",
            "SMS": "phoneNumber",
            "EXT_ID": "externalId",
            "WHATSAPP": "phoneNumber",
        },
    ),
    "Brevo, French": (
        "EMAIL,NOM,PRENOM,SMS,BLACKLISTED",
        {"EMAIL": "email", "NOM": "lastName", "PRENOM": "firstName", "SMS": "phoneNumber"},
    ),
    "Outlook, German": (
        "Anrede,Vorname,Weitere Vornamen,Nachname,Firma,Position,Telefon geschäftlich,"
        "Fax geschäftlich,Telefon (privat),Mobiltelefon,Weiteres Telefon,Pager,E-Mail-Adresse,"
        "E-Mail 2: Adresse,Geburtstag,Geschlecht,Kategorien,Notizen,Sprache,Postleitzahl privat",
        {
            "Telefon geschäftlich": "phoneNumber",
            "Telefon (privat)": "phoneNumber",
            "Vorname": "firstName",
            "Nachname": "lastName",
            "Firma": "company",
            "Mobiltelefon": "phoneNumber",
            "Weiteres Telefon": "phoneNumber",
            "E-Mail-Adresse": "email",
            "E-Mail 2: Adresse": "email",
            "Geburtstag": "birthDate",
            "Geschlecht": "gender",
            "Kategorien": "tags",
            "Notizen": "notes",
            "Sprache": "language",
        },
    ),
    "Outlook, French": (
        "Titre,Prénom,Nom,Société,Téléphone (bureau),Télécopie (bureau),Téléphone (domicile),"
        "Tél. mobile,Adresse de messagerie,Anniversaire,Sexe,Langue,Catégories,Notes",
        {
            "Téléphone (bureau)": "phoneNumber",
            "Téléphone (domicile)": "phoneNumber",
            "Prénom": "firstName",
            "Nom": "lastName",
            "Société": "company",
            "Tél. mobile": "phoneNumber",
            "Adresse de messagerie": "email",
            "Anniversaire": "birthDate",
            "Sexe": "gender",
            "Langue": "language",
            "Catégories": "tags",
            "Notes": "notes",
        },
    ),
    "Outlook, Spanish": (
        "Tratamiento,Nombre,Apellidos,Organización,Teléfono del trabajo,Teléfono particular,"
        "Teléfono móvil,Otro teléfono,Dirección de correo electrónico,Cumpleaños,Sexo,Idioma,Notas",
        {
            "Teléfono del trabajo": "phoneNumber",
            "Teléfono particular": "phoneNumber",
            "Nombre": "firstName",
            "Apellidos": "lastName",
            "Organización": "company",
            "Teléfono móvil": "phoneNumber",
            "Otro teléfono": "phoneNumber",
            "Dirección de correo electrónico": "email",
            "Cumpleaños": "birthDate",
            "Sexo": "gender",
            "Idioma": "language",
            "Notas": "notes",
        },
    ),
    "a Dutch list": (
        "Voornaam,Tussenvoegsel,Achternaam,E-mailadres,Mobiel nummer,Postcode,Geboortedatum",
        {
            "Voornaam": "firstName",
            "Achternaam": "lastName",
            "E-mailadres": "email",
            "Mobiel nummer": "phoneNumber",
            "Geboortedatum": "birthDate",
        },
    ),
    "a Portuguese list": (
        "Nome,Sobrenome,Celular,E-mail,Data de nascimento,Empresa,Observações",
        {
            "Nome": "firstName",
            "Sobrenome": "lastName",
            "Celular": "phoneNumber",
            "E-mail": "email",
            "Data de nascimento": "birthDate",
            "Empresa": "company",
            "Observações": "notes",
        },
    ),
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_header_row_is_mapped_in_its_language(product):
    header, expected = PRODUCTS[product]

    assert mapping(header.split(",")) == expected


def test_our_own_export_maps_back_onto_what_can_be_written():
    header = "id,externalId,phoneNumber,email,firstName,lastName,fullName,gender,birthDate,company,"
    header += "language,notes,tags,isValid,phoneType,countryCode,communicationSupported,isTest,"
    header += "createdAt,updatedAt,customFields.loyaltyCard"
    row = "17,A-1,+393331234567,anna@example.com,Anna,Rossi,Anna Rossi,FEMALE,--02-29,Rossi SRL,it,"
    row += "ok,vip,true,MOBILE,IT,SMS EMAIL,false,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z,77"

    found = of(header.split(","), row.split(","), custom={"loyaltyCard": "Tessera"})

    unmapped = {s.header for s in found if s.suggested_field is None}
    assert unmapped == READ_ONLY
    assert all(s.suggested_field in (None, s.header) for s in found)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Name;Vorname", ["lastName", "firstName"]),
        ("Nome;Cognome", ["firstName", "lastName"]),
        ("Nombre;Apellido", ["firstName", "lastName"]),
        ("Nom;Prénom", ["lastName", "firstName"]),
        ("Naam;Voornaam", ["lastName", "firstName"]),
        ("Name;Surname", ["firstName", "lastName"]),
        ("name;email", ["fullName", "email"]),
        ("Nome;Telefono", ["fullName", "phoneNumber"]),
        ("Nom;Téléphone", ["fullName", "phoneNumber"]),
        ("Name;First Name;Last Name", ["fullName", "firstName", "lastName"]),
        ("Cognome e nome;Cell.", ["fullName", "phoneNumber"]),
        ("Vor- und Nachname;Handy", ["fullName", "phoneNumber"]),
    ],
)
def test_a_bare_name_is_what_its_neighbours_leave_over(header, expected):
    assert fields(header.split(";")) == expected


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("Cognome e nome", "LAST_FIRST"),
        ("COGNOME_NOME", "LAST_FIRST"),
        ("Nominativo (cognome e nome)", "LAST_FIRST"),
        ("Last name, First name", "LAST_FIRST"),
        ("LastName, FirstName", "LAST_FIRST"),
        ("Surname Name", "LAST_FIRST"),
        ("Nachname Vorname", "LAST_FIRST"),
        ("Name, Vorname", "LAST_FIRST"),
        ("Nom Prénom", "LAST_FIRST"),
        ("Nom de famille et prénoms", "LAST_FIRST"),
        ("Apellidos y nombre", "LAST_FIRST"),
        ("Achternaam, voornaam", "LAST_FIRST"),
        ("Nazwisko i imię", "LAST_FIRST"),
        ("Фамилия Имя", "LAST_FIRST"),
        ("ФИО", "LAST_FIRST"),
        ("Nome e cognome", "FIRST_LAST"),
        ("First and last name", "FIRST_LAST"),
        ("Vor- und Nachname", "FIRST_LAST"),
        ("Imię i nazwisko", "FIRST_LAST"),
        ("Full name", None),
        ("Nominativo", None),
    ],
)
def test_the_order_of_a_full_name_is_the_one_that_its_header_states(header, order):
    found = column(header, "Rossi Mario")

    assert (found.suggested_field, found.name_order) == ("fullName", order)
    (split,) = found.names
    first, last = ("Mario", "Rossi") if order == "LAST_FIRST" else ("Rossi", "Mario")
    assert (split.full_name, split.first_name, split.last_name) == ("Rossi Mario", first, last)


def test_a_header_of_one_name_alone_states_no_order():
    for header in ("Last name", "Family name", "Nom de famille", "Nome", "Vorname", "Nome cliente"):
        assert naming.order(header) is None


@pytest.mark.parametrize(
    ("header", "value", "field"),
    [
        ("Cliente", "Mario Rossi", "fullName"),
        ("Referente", "ROSSI MARIO", "fullName"),
        ("Contactpersoon", "Jan de Vries", "fullName"),
        ("Nombre comercial", "Bar Sport", "company"),
        ("Rag. sociale", "Bar Sport", "company"),
        ("Fecha nac.", "1980-02-09", "birthDate"),
        ("Data nasc.", "1980-02-09", "birthDate"),
        ("Geb.-Datum", "1980-02-09", "birthDate"),
        ("Telefon komórkowy", "+48 512 345 678", "phoneNumber"),
        ("Nr telefonu", "+48 512 345 678", "phoneNumber"),
        ("Imię", "Anna", "firstName"),
        ("Фамилия", "Иванова", "lastName"),
        ("Correio eletrónico", "ana@example.com", "email"),
        ("Groepen", "vip", "tags"),
    ],
)
def test_headers_of_ordinary_exports_are_known(header, value, field):
    assert column(header, value).suggested_field == field


def test_half_of_the_values_suffice_under_a_header_for_people():
    assert column("Cliente", "Mario Rossi", "Ugo").suggested_field == "fullName"
    assert column("Cliente", "17", "18", "Ugo Bo").suggested_field is None


def test_a_name_wins_over_the_person_to_ask_for():
    rows = [["Anna Rossi", "Ugo Bo"], ["Elsa Neri", "Ugo Bo"]]
    assert fields(["Nome", "Referente"], *rows) == ["fullName", None]


def test_a_name_that_holds_the_first_name_and_more_is_the_full_name():
    found = fields(["Name", "First name"], ["Anna Rossi", "Anna"], ["Ugo Bo", "Ugo"])

    assert found == ["fullName", None]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("  E-MAIL ", "email"),
        ("e_mail", "email"),
        ("Indirizzo e-mail (obbligatorio)", "email"),
        ("Customer Email", "email"),
        ("Phone (mobile) *", "phoneNumber"),
        ("N° cellulare", "phoneNumber"),
        ("TELEFONO2", "phoneNumber"),
        ("numéro de téléphone", "phoneNumber"),
        ("NUMERO DE TELEPHONE", "phoneNumber"),
        ("Ragione sociale", "company"),
        ("Geburtsdatum", "birthDate"),
        ("\ufeffEmail", "email"),
        ("Title", None),
        ("Titolo", None),
        ("E-mail 1 - Type", None),
        ("Phone 1 - Label", None),
        ("Fax", None),
        ("Pager", None),
        ("Assistant's Phone", None),
        ("Company Main Phone", None),
        ("Telefono azienda", None),
        ("Codice", None),
        ("", None),
        ("???", None),
    ],
)
def test_a_header_is_read_without_regard_to_case_accents_signs_and_order(header, field):
    assert column(header).suggested_field == field


def test_the_reason_names_the_word_its_field_and_its_language():
    found = column("Cellulare")

    assert found.reason == "The header “Cellulare” is a usual word for phoneNumber (Italian)."
    assert found.confidence >= 0.9


def test_a_mobile_that_stands_after_another_number_is_not_shadowed():
    work, mobile = of(["Business Phone", "Mobile Phone"], ["02 123456", "333 1234567"])

    assert work.suggested_field == mobile.suggested_field == "phoneNumber"
    assert work.confidence < mobile.confidence
    assert "“Mobile Phone”" in work.reason


def test_a_number_after_the_mobile_stands_in_for_it_with_less_confidence():
    mobile, home = of(["Mobile Phone", "Home Phone"], ["333 1234567", "02 123456"])

    assert mobile.suggested_field == home.suggested_field == "phoneNumber"
    assert home.confidence < mobile.confidence
    assert "“Mobile Phone” is blank" in home.reason


def test_a_mobile_column_without_a_single_value_gives_way_to_one_that_is_filled():
    rows = [["02 1234567", ""], ["02 1234568", " "]]

    assert fields(["Telefono", "Cellulare"], *rows) == ["phoneNumber", "phoneNumber"]


def test_the_first_address_is_read_before_the_second():
    second, first = of(["E-mail 2 - Value", "E-mail 1 - Value"])
    assert first.suggested_field == second.suggested_field == "email"
    assert first.confidence > second.confidence
    assert fields(["E-mail 1 - Value", "E-mail 2 - Value"]) == ["email", "email"]


LANDLINES, MOBILES = ["06 12345678", "02 1234567"], ["347 1234567", "348 1234567"]


@pytest.mark.parametrize(
    ("header", "values", "order"),
    [
        (["Phone 1 - Value", "Phone 2 - Value"], [LANDLINES, MOBILES], [1, 0]),
        (["Phone 1 - Value", "Phone 2 - Value"], [MOBILES, MOBILES], [0, 1]),
        (["Phone 1 - Value", "Phone 2 - Value"], [LANDLINES, LANDLINES], [0, 1]),
        (["Home Phone", "Mobile Phone", "Business Phone"], [MOBILES] * 3, [1, 0, 2]),
        (["Home Phone", "Mobile Phone"], [MOBILES, LANDLINES], [1, 0]),
        (["X", "Y"], [["+39 06 12345678"], ["+39 347 1234567"]], [1, 0]),
    ],
)
def test_mobile_numbers_come_first_by_the_word_of_the_header_then_by_what_stands_there(
    header, values, order
):
    found = of(header, *(list(row) for row in zip(*values, strict=True)))

    assert {s.suggested_field for s in found} == {"phoneNumber"}
    assert [s.precedence for s in found] == order


def test_one_column_gets_a_field_of_one_value_and_arrays_unite():
    assert fields(["Company", "Azienda"]) == ["company", None]
    assert fields(["Tags", "Kategorien"]) == ["tags", "tags"]


def test_values_win_over_a_header_that_says_phone():
    found = column("Telefono", *[f"anna{n}@example.com" for n in range(37)], "x", "y", "z")

    assert found.suggested_field == "email"
    assert found.confidence < 0.9
    assert "37 of 40 values are e-mail addresses" in found.reason


def test_values_win_over_a_header_that_says_address():
    assert column("E-mail", "+39 333 1234567", "333 7654321").suggested_field == "phoneNumber"


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Telefono", ["1", "2", "3"]),
        ("SMS", ["yes", "no", "yes"]),
        ("Email", ["yes", "no", "yes"]),
        ("Gender", ["S", "L", "XL"]),
        ("Language", ["Kannada (spoken)", "Sign language", "none of them"]),
        ("Name", ["#1001", "#1002", "#1003"]),
        ("Birthday", ["yes", "no", "unknown"]),
        ("isTest", ["maybe", "perhaps", "who knows"]),
    ],
)
def test_a_header_whose_values_cannot_be_what_it_says_is_left_out(header, values):
    found = column(header, *values)

    assert found.suggested_field is None
    assert "0 of 3" in found.reason


def test_damaged_and_doubled_numbers_under_a_phone_header_stay_numbers():
    found = column("Telefono", "3,93E+11", "333 1234567 / 333 7654321", "n/a", "-")

    assert found.suggested_field == "phoneNumber"


@pytest.mark.parametrize(
    "values",
    [
        ["1000001", "1000002", "1000003"],
        ["3331234501", "3331234502", "3331234503"],
        ["20121", "00184", "10121"],
        ["1250.00", "99.90", "12000.50"],
        ["1.250.000,00", "99.900,50", "2.000.000,00"],
        ["2024-01-15", "2023-11-30", "1999-12-31"],
        ["20240115", "20231130", "19991231"],
        ["10.20.30.40", "192.168.1.100", "172.16.254.1"],
        ["1700000000000", "1700000000001", "1700000000009"],
    ],
)
@pytest.mark.parametrize("country", ["IT", "DE", "US", "FR", None])
def test_figures_that_are_no_numbers_to_call_are_not_taken_for_phones(values, country):
    for header in ("", "Something", "Numero"):
        assert column(header, *values, country=country).suggested_field is None


def test_an_unknown_header_over_numbers_is_a_phone():
    found = column("WA", "+39 333 1234567", "00393337654321", "333-1112223", "393334445556")

    assert found.suggested_field == "phoneNumber"
    assert "4 of 4 values are telephone numbers" in found.reason


def test_addresses_with_names_around_them_are_addresses_under_an_unknown_header():
    found = column("Zzz", "Carla <carla@example.com>", "ugo@example.com; u@example.com")

    assert found.suggested_field == "email"
    assert "2 of 2 values are e-mail addresses" in found.reason


def test_a_fax_stays_a_fax_whatever_its_values():
    assert column("Fax", "+39 02 1234567").suggested_field is None


def test_a_table_without_header_is_read_by_its_values():
    rows = [
        ["Anna Rossi", "anna@example.com", "333 1234567", "Milano", "F"],
        ["Ugo De Santis", "ugo@example.com", "333 7654321", "Roma", "M"],
        ["Zoë O'Neill", "zoe@example.com", "348 1112223"],
        [],
    ]

    found = of([], *rows)

    assert [s.suggested_field for s in found] == [
        "fullName", "email", "phoneNumber", None, "gender",
    ]  # fmt: skip
    assert all(s.header is None for s in found)
    assert found[0].confidence < found[2].confidence < found[1].confidence


def test_without_header_single_words_are_not_guessed_to_be_names():
    rows = [["Anna", "Rossi", "anna@example.com"], ["Ugo", "Bo", "ugo@example.com"]]

    assert fields([], *rows) == [None, None, "email"]


def test_without_header_and_country_only_international_numbers_are_sure():
    assert fields([], ["333 1234567"], country=None) == [None]
    assert fields([], ["+39 333 1234567"], country=None) == ["phoneNumber"]
    assert fields([], ["393331234567"], country=None) == ["phoneNumber"]


def test_forms_of_address_count_as_gender_where_the_values_do():
    assert column("Anrede", "Herr", "Frau", "Frau").suggested_field == "gender"
    assert column("Anrede", "Sehr geehrter Herr Dr.", "Liebe Anna").suggested_field is None
    assert column("Anrede").suggested_field is None


def test_letters_that_mean_a_woman_here_and_a_man_elsewhere_are_not_read():
    assert column("Sexo", "H", "M", "M", "H").suggested_field is None
    assert column("Sesso", "U", "D").suggested_field is None
    assert column("Sexe", "H", "F").suggested_field == "gender"
    assert column("Sesso", "M", "F").suggested_field == "gender"
    assert column("Geschlecht", "m", "w", "d").suggested_field == "gender"


def test_custom_fields_are_known_by_key_and_by_label():
    custom = {"city": "Città", "jobTitle": "Role", "loyalty_card": "Tessera fedeltà"}
    header = ["CITTA", "Job Title", "tessera fedelta'", "customFields.city", "customFields.pet"]

    found = of(header, custom=custom)

    assert [s.suggested_field for s in found] == [
        "customFields.city",
        "customFields.jobTitle",
        "customFields.loyalty_card",
        None,
        None,
    ]
    assert "already" in found[3].reason
    assert "There is no custom field" in found[4].reason


def test_ids_that_cannot_be_ours_are_another_systems():
    assert column("id", "003Dn00000XyZabIAF").suggested_field == "externalId"
    assert column("id", "17", "18").suggested_field is None


def test_samples_are_five_different_values_as_they_stand():
    values = [" a ", "", "b", "b", "  ", "c", "d", "e", "f"]

    assert column("x", *values).samples == [" a ", "b", "c", "d", "e"]


def test_a_row_longer_than_the_header_has_columns_too():
    found = of(["Email"], ["a@example.com", "333 1234567"])

    assert [(s.index, s.header) for s in found] == [(0, "Email"), (1, None)]
    assert found[1].suggested_field == "phoneNumber"


def test_a_suggestion_is_written_in_the_contract_s_words():
    found = json.loads(msgspec.json.encode(column("Email")))

    assert set(found) == {
        "index", "header", "samples", "suggestedField", "confidence", "reason", "filled",
        "dateFormats", "precedence", "nameOrder", "names",
    }  # fmt: skip


def test_every_gender_word_is_found_by_its_folded_form():
    assert all(fold(word) == word for word in GENDER_WORDS)
    assert GENDER_WORDS[fold("Männlich")] == "MALE"
    assert GENDER_WORDS[fold("Sig.ra")] == "FEMALE"
    assert GENDER_WORDS[fold("Non-Binary")] == "OTHER"


WORDS = [phrase.strip() for row in headers.TABLE for phrase in row[3].split(",")]
LIKELY = st.sampled_from(
    [*WORDS, *headers.OWN, *headers.READ_ONLY, "Phone 2", "Fax", "E-mail 1 - Value", ""]
)
VALUES = st.sampled_from(
    ["", "a@example.com", "+39 333 1234567", "Anna Rossi", "12", "m", "F", "2024-01-15", "it", "si"]
)
HEADER = st.lists(LIKELY | st.text(max_size=20), max_size=8)
SAMPLE = st.lists(st.lists(VALUES | st.text(max_size=20), max_size=9), max_size=6)
COUNTRY = st.sampled_from(["IT", "DE", "US", None, "XX"])
CUSTOM = st.dictionaries(st.text(max_size=5), LIKELY | st.text(max_size=10), max_size=3)


@given(header=HEADER, sample=SAMPLE, country=COUNTRY, custom=CUSTOM)
def test_any_table_gets_one_suggestion_a_column_and_no_field_is_torn_between_two(
    header, sample, country, custom
):
    found = suggest(header, sample, country=country, custom_fields=custom)

    assert [s.index for s in found] == list(range(max([len(header), *map(len, sample)])))
    given_fields = [s.suggested_field for s in found if s.suggested_field]
    writable = {*headers.OWN, *(f"customFields.{key}" for key in custom)}
    assert writable.issuperset(given_fields)
    shared = {f for f in given_fields if given_fields.count(f) > 1}
    assert shared <= settling.UNITED | settling.WITH_SECOND_BEST
    names = {"fullName", "firstName", "lastName"} & set(given_fields)
    assert names not in ({"fullName", "firstName"}, {"fullName", "lastName"})
    for field in ("phoneNumber", "email"):
        sure = [s for s in found if s.suggested_field == field and s.confidence > 0.6]
        assert len(sure) <= 1
    for suggestion in found:
        assert 0 <= suggestion.confidence <= 1
        assert suggestion.reason.endswith(".")
        assert len(suggestion.samples) <= 5


@given(text=st.text(alphabet=st.characters(codec="utf-8")), country=COUNTRY)
def test_no_value_breaks_a_look_at_it(text, country):
    shapes.is_phone(text, country)
    shapes.is_email(text)
    shapes.is_full_name(text)
    shapes.is_channel(text)
    assert fold(fold(text)) == fold(text)


@given(phrase=st.sampled_from(WORDS))
def test_a_known_word_keeps_its_field_in_capitals(phrase):
    assert fields([phrase.upper()]) == fields([phrase])
    assert fields([phrase]) != [None]
