"""What spreadsheets have done to a file is told at the upload, and in the ledger of its rows."""

DAMAGED = '''Nome;Cellulare
Anna;3471234501.0
Bruno;"=""+393471234502"""
Carla;3.47E+09
Dario;'3471234504
Elsa;347 1234505 / 06 12345678
Fabio;447911123456
Gina;347 1234507
'''


def warnings(seen):
    return {each["code"]: (each["count"], each["examples"]) for each in seen["warnings"]}


async def test_each_damage_is_a_warning_with_count_and_examples(take_in):
    seen, _, _ = await take_in(DAMAGED)
    assert warnings(seen) == {
        "phone_decimals": (1, ["3471234501.0"]),
        "phone_formula": (1, ['="+393471234502"']),
        "phone_damaged": (1, ["3.47E+09"]),
        "phone_apostrophe": (1, ["'3471234504"]),
        "phone_several": (1, ["347 1234505 / 06 12345678"]),
        "phone_plus_lost": (1, ["447911123456"]),
    }
    assert all(each["column"] == 1 for each in seen["warnings"])


async def test_what_was_mended_stands_in_the_ledger_and_lost_digits_keep_the_row_out(api, take_in):
    _, done, rows = await take_in(DAMAGED)
    assert done["summary"]["created"] == 6
    assert done["rejectedByCode"] == {"phone_damaged": 1}
    told = {row["row"]: [each["code"] for each in row["warnings"]] for row in rows}
    assert told == {
        2: ["phone_decimals"], 3: ["phone_formula"], 4: [], 5: ["phone_apostrophe"],
        6: ["phone_several"], 7: ["phone_plus_lost"], 8: [],
    }  # fmt: skip
    (several,) = rows[4]["warnings"]
    assert several["value"] == "347 1234505 / 06 12345678"
    assert "+393471234505" in several["message"]
    assert "Not kept: 06 12345678." in several["message"]
    found = (await api.get("/contacts", params={"limit": 50})).json()["content"]
    assert {each["firstName"]: each["phoneNumber"] for each in found}["Fabio"] == "+447911123456"


async def test_a_mended_number_is_no_bad_value(take_in):
    _, done, _ = await take_in(DAMAGED, onBadValue="REJECT_ROW")
    assert done["summary"]["rejected"] == 1


async def test_a_damaged_row_is_told_of_in_its_ledger(take_in):
    good = "".join(f"Anna,n,34712345{n:02}\n" for n in range(9))
    _, _, rows = await take_in(f'nome,note,cellulare\n{good}Ugo,"x,3471234599\n')
    assert [row["warnings"] for row in rows[:-1]] == [[]] * 9
    (damage,) = rows[-1]["warnings"]
    assert damage["code"] == "damaged_row"
    assert damage["message"] == "Line 11: a quote opens a cell and is never closed."


async def test_what_was_detected_is_answered_with_how_surely_and_why(take_in):
    seen, _, _ = await take_in(DAMAGED)
    found = {each["what"]: each for each in seen["findings"]}
    assert set(found) == {"encoding", "delimiter", "quote", "header"}
    assert found["delimiter"]["value"] == ";"
    assert all(0 < each["confidence"] <= 1 and each["reason"] for each in found.values())


async def test_an_order_of_dates_that_fits_all_is_suggested(api, take_in):
    content = "Nome;Cellulare;Compleanno\nA;3471234501;05/03/1980\nB;3471234502;25/12/1990\n"
    seen, _, _ = await take_in(content)
    assert seen["columns"][2]["dateFormats"] == ["DMY"]
    assert seen["mapping"][2]["format"] == "DMY"
    found = (await api.get("/contacts")).json()["content"]
    assert [each["birthDate"] for each in found] == ["1980-03-05", "1990-12-25"]


async def test_dates_that_fit_two_orders_are_asked_about_and_never_guessed(api, run):
    content = "Nome;Cellulare;Compleanno\nA;3471234501;05/03/1980\nB;3471234502;01/12/1990\n"
    answer = await api.post("/contacts/upload", files={"file": ("people.csv", content)})
    seen = answer.json()
    assert "ambiguous_dates" in {each["code"] for each in seen["warnings"]}
    assert seen["mapping"][2]["format"] is None
    wish = {"uploadId": seen["uploadId"], "mapping": seen["mapping"]}
    answer = await api.post("/contacts/mapped/file", json=wish)
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("mapping[2].format", "date_format_needed")
    ]
    answer = await api.post("/contacts/mapped/file", json=wish | {"dateFormat": "MDY"})
    assert answer.status_code == 202, answer.text
    await run(answer.json()["id"])
    found = (await api.get("/contacts")).json()["content"]
    assert [each["birthDate"] for each in found] == ["1980-05-03", "1990-01-12"]


async def test_dates_of_mixed_orders_are_said_to_be_so(api):
    content = "Nome;Cellulare;Compleanno\nA;3471234501;25/03/1980\nB;3471234502;03/25/1990\n"
    answer = await api.post("/contacts/upload", files={"file": ("people.csv", content)})
    (told,) = [w for w in answer.json()["warnings"] if w["code"] == "ambiguous_dates"]
    assert "several orders" in told["message"]


async def test_without_a_country_the_warning_says_so(api):
    await api.put("/account", json={"name": "acme", "defaultCountry": None})
    answer = await api.post("/contacts/upload", files={"file": ("a.csv", "phone\n347 1234567\n")})
    (told,) = [w for w in answer.json()["warnings"] if w["code"] == "invalid_phone"]
    assert "defaultCountry" in told["message"]


async def test_a_cell_with_more_than_an_address_is_mended_and_told_of(api, take_in):
    content = "Nome;E-mail\nAnna;Anna R. <anna@example.com>\nUgo;ugo@example.com / u@example.com\n"
    seen, done, rows = await take_in(content + "Elsa;elsa rossi@example.com\n")
    assert warnings(seen) == {
        "email_mended": (1, ["Anna R. <anna@example.com>"]),
        "email_several": (1, ["ugo@example.com / u@example.com"]),
        "invalid_email": (1, ["elsa rossi@example.com"]),
    }
    assert done["rejectedByCode"] == {"invalid_email": 1}
    told = [(each["code"], each["message"][-30:]) for row in rows for each in row["warnings"]]
    assert told == [
        ("email_mended", "s alone is kept. Not kept: Anna R.."[-30:]),
        ("email_several", "are not. Not kept: u@example.com."[-30:]),
    ]
    found = (await api.get("/contacts")).json()["content"]
    assert [each["email"] for each in found] == ["anna@example.com", "ugo@example.com"]


async def test_a_broken_line_of_json_is_shown_among_the_rejected_rows(api, take_in):
    content = '{"name": "Anna", "phone": "3471234501"}\n{"name": "Ugo", phone: 3471234502}\n'
    _, done, _ = await take_in(content, name="people.jsonl")
    assert done["rejectedByCode"] == {"no_identity": 1}
    rejects = (await api.get(f"/imports/{done['id']}/rejects")).text
    assert '{""name"": ""Ugo"", phone: 3471234502}' in rejects
