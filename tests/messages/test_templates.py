"""Texts with placeholders: read, checked against what there is, filled."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.contacts import Contact
from rubrica.messages import FIELDS, BadTemplate, parse

ANNA = {
    "firstName": "Anna",
    "lastName": "Neri",
    "tags": ["gold", "milan"],
    "customFields": {"city": "Roma", "url": "https://shop.example/?a=1&b=2"},
}


def filled(text, kind="TEXT", /, **values):
    return parse(text, kind).render(values)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ciao {{firstName}}!", "Ciao Anna!"),
        ("{{ firstName }} {{\tlastName\n}}", "Anna Neri"),
        ("{{customFields.city}}: {{tags}}", "Roma: gold, milan"),
        ("{{company|your shop}}", "your shop"),
        ("{{company | a | b }}", "a | b"),
        ("{{company|} {}}", "} {"),
        ("[{{company|}}] [{{company}}] [{{customFields.none}}]", "[] [] []"),
        ("{{firstName|friend}}{{firstName}}", "AnnaAnna"),
        ("no braces } here { and }} there", "no braces } here { and }} there"),
        ("{{{{firstName}}", "{{firstName}}"),
        ("{{{{{{firstName}}", "{{Anna"),
        ("", ""),
    ],
)
def test_placeholders_are_filled_and_all_else_stays(text, shown):
    assert parse(text).render(ANNA) == shown


@pytest.mark.parametrize("nothing", [None, "", "  ", "\n", []])
def test_what_is_missing_null_or_blank_gives_the_default(nothing):
    assert filled("Dear {{firstName|friend}}", firstName=nothing) == "Dear friend"
    assert filled("Dear {{firstName}}", firstName=nothing) == "Dear "
    assert filled("In {{customFields.c|town}}", customFields={"c": nothing}) == "In town"
    assert filled("In {{customFields.c|town}}", customFields=nothing) == "In town"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (False, "false"),
        (True, "true"),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (["a", 1, True], "a, 1, true"),
        (("a", "b"), "a, b"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 9, 5, 1, 7, UTC), "2024-02-29T09:05:01+00:00"),
    ],
)
def test_values_are_written_as_people_read_them(value, shown):
    assert filled("{{company|none}}", company=value) == shown


@given(st.text(alphabet=st.characters() | st.sampled_from("{}|"), max_size=60))
def test_any_text_is_written_by_doubling_its_braces(text):
    for kind in ("TEXT", "LINE", "HTML"):
        assert parse(text.replace("{{", "{{{{"), kind).render({}) == text


@given(
    st.lists(
        st.tuples(
            st.text(alphabet=st.characters(exclude_characters="{}"), max_size=5),
            st.sampled_from(sorted(FIELDS)),
            st.none() | st.text(alphabet=st.characters(exclude_characters="{}"), max_size=5),
        ),
        max_size=6,
    ),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.none() | st.text(max_size=5)),
)
def test_what_was_put_together_is_taken_apart(pieces, values):
    text = "".join(
        before + "{{" + name + ("" if default is None else f"|{default}") + "}}"
        for before, name, default in pieces
    )
    template = parse(text)
    assert template.fields == tuple(dict.fromkeys(name for _, name, _ in pieces))
    assert template.render(values) == "".join(
        before + (((values.get(name) or "").strip() and values[name]) or (default or "").strip())
        for before, name, default in pieces
    )


@given(st.text(alphabet=st.sampled_from("{}|a .\n<>\"'=/-!") | st.characters(), max_size=40))
def test_any_text_ends_in_a_template_or_a_refusal(text):
    for kind in ("TEXT", "LINE", "HTML"):
        try:
            shown = parse(text, kind).render({})
        except BadTemplate as error:
            shown = error.detail
        assert (shown == text) is ("{{" not in text)


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("Hi {{firstName", "Line 1, column 4, “{{firstName”", "is not closed"),
        ("Hi\n{{firstName} you", "Line 2, column 1", "is not closed"),
        ("{{firstName} and {{lastName}}", "Line 1, column 1", "is not closed"),
        ("{{firstName|{{lastName}}}}", "Line 1, column 1", "is not closed"),
        ("a\n\n b {{}}", "Line 3, column 4, “{{}}”", "has no name"),
        ("{{ | friend}}", "Line 1, column 1", "has no name"),
        ("{{first name}}", "“{{first name}}”", "Did you mean firstName?"),
        ("{{first_name|x}}", "“{{first_name|x}}”", "Did you mean firstName?"),
        ("{{customFields.}}", "Line 1, column 1", "customFields.city"),
        ("{{firstName.x}}", "Line 1, column 1", "is not a name"),
        ("{{" + "x y" * 90 + "}}", "…”", "is not a name"),
    ],
)
def test_a_refusal_says_where_and_how_to_mend_it(text, where, why):
    with pytest.raises(BadTemplate) as refused:
        parse(text)
    assert refused.value.code == "bad_template"
    assert where in refused.value.detail
    assert why in refused.value.detail
    assert len(refused.value.detail) < 300


def test_all_unknown_names_are_told_at_once_each_with_what_was_meant():
    template = parse("{{frstName}} {{city}} {{qqq}} {{customFields.Town}} {{lastName}}")
    with pytest.raises(BadTemplate) as refused:
        template.check({*FIELDS, "customFields.city", "customFields.town"})
    assert refused.value.about["unknown"] == ["frstName", "city", "qqq", "customFields.Town"]
    assert "frstName (did you mean firstName?)" in refused.value.detail
    assert "city (did you mean customFields.city?)" in refused.value.detail
    assert "qqq, " in refused.value.detail
    assert "customFields.Town (did you mean customFields.town?)" in refused.value.detail
    assert "lastName" not in refused.value.detail


def test_every_field_of_a_contact_may_be_named():
    words = (re.sub("_(.)", lambda m: m[1].upper(), name) for name in Contact.__struct_fields__)
    assert {*words} - {"customFields"} | {"unsubscribeUrl"} == FIELDS
    text = " ".join("{{" + name + "}}" for name in sorted(FIELDS))
    parse(text).check(FIELDS)


def test_a_line_takes_no_line_breaks_from_values_and_defaults():
    template = parse("{{firstName}}|{{lastName|a\n b}}|{{company}}", "LINE")
    shown = template.render({"firstName": "A\r\nBcc: x\u2028y\0", "company": "Caffè\xa0Nero"})
    assert shown == "A Bcc: x y |a  b|Caffè\xa0Nero"
    assert filled("{{notes}}", notes="two\nlines") == "two\nlines"


def test_html_escapes_values_and_defaults_and_never_the_text_itself():
    shown = filled(
        "<p title='{{company}}'>{{firstName|A &amp; <B>&nbsp;}} & co</p>{{tags}}",
        "HTML",
        company="'\">", tags=["<", "&"],
    )  # fmt: skip
    assert shown == "<p title='&#x27;&quot;&gt;'>A &amp; &lt;B&gt; & co</p>&lt;, &amp;"
    assert filled("{{&nbsp;firstName&nbsp;}}", "HTML", firstName="A") == "A"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://shop.example/?a=1&b=2", "https://shop.example/?a=1&amp;b=2"),
        (" HTTP://shop.example ", "HTTP://shop.example"),
        ("shop.example/x?y", "https://shop.example/x?y"),
        ("localhost.example:8080", "https://localhost.example:8080"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("tel:+39061234", "tel:+39061234"),
        ("javascript:alert(1)", "/x"),
        (" JavaScript:alert(1)//shop.example", "/x"),
        ("java\nscript:alert(1)", "/x"),
        ("\x01javascript:alert(1)", "/x"),
        ("data:text/html,<script>", "/x"),
        ("javascript&colon;alert(1)", "/x"),
        ("vbscript:x", "/x"),
        ("javascript:1.2", "/x"),
        ("//evil.example", "/x"),
        ("not a link", "/x"),
        ("", "/x"),
    ],
)
def test_a_link_is_a_harmless_address_or_the_default(value, shown):
    template = parse('<a href="{{customFields.u|https://d.example}}">', "HTML")
    shown = "https://d.example" if shown == "/x" else shown
    assert template.render({"customFields": {"u": value}}) == f'<a href="{shown}">'
    assert shown in parse("<!--[if mso]><v:rect href='{{notes|https://d.example}}'/><![endif]-->",
                          "HTML").render({"notes": value})  # fmt: skip


@pytest.mark.parametrize(
    ("link", "value", "shown"),
    [
        ("https://x.example/?q={{notes}}", "a b&c=/+", "https://x.example/?q=a%20b%26c%3D%2F%2B"),
        ("https://x.example/a/{{notes}}", "b/ç?", "https://x.example/a/b/%C3%A7%3F"),
        ("https://{{notes}}.example/", "a/b", "https://a%2Fb.example/"),
        ("https://x.example/#{{notes}}", "a:b", "https://x.example/#a%3Ab"),
        ("mailto:{{notes}}", "a+b@x.example", "mailto:a+b@x.example"),
        ("mailto:{{notes}}", "a@x.example?bcc=y", "mailto:a@x.example%3Fbcc%3Dy"),
        ("mailto:a@x.example?subject={{notes}}", "a+b&c", "mailto:a@x.example?subject=a%2Bb%26c"),
        ("tel:{{notes}}", "+39 06", "tel:+39%2006"),
        ("{{company}}{{notes}}", "javascript:x", "javascript%3Ax"),
        ("{{unsubscribeUrl}}", "https://x.example/u/t", "https://x.example/u/t"),
    ],
)
def test_within_a_link_values_are_percent_encoded(link, value, shown):
    template = parse(f'<img src="{link}">', "HTML")
    assert template.render({"notes": value, "unsubscribeUrl": value}) == f'<img src="{shown}">'


@pytest.mark.parametrize(
    "text",
    [
        "<a href={{id}}>", "<a title={{id}}>", "<a {{id}}>", "<a {{id}}='x'>", "<a{{id}}>",
        "<{{id}}>", "</{{id}}>", "<!{{id}}>", "<?{{id}}>", "<![if {{id}}]>", "</a title='{{id}}'>",
        "<a onclick='{{id}}'>", "<a style='{{id}}'>", "<img srcset='{{id}}'>",
        "<iframe srcdoc='{{id}}'>", "<iframe src='{{id}}'>", "<base href='{{id}}'>",
        "<script src='{{id}}'></script>", "<meta content='{{id}}'>", "<form action='{{id}}'>",
        "<script>{{id}}</script>", "<STYLE>a{{id}}</STYLE>", "<script>'</p>{{id}}",
        "<a href='javascript:{{id}}'>", "<a href='java{{id}}'>", "<a href='data:{{id}}'>",
        "<a href='&#106;avascript:{{id}}'>", "<a href=' javascript:{{id}}'>",
        "<svg><use href='{{id}}'/>",
        "<!--[if mso]><a href={{id}}><![endif]-->", "<a title='a'x{{id}}>",
        "<a href='{{id|javascript:x}}'>",
    ],
)  # fmt: skip
def test_a_place_where_a_value_could_do_harm_is_refused(text):
    with pytest.raises(BadTemplate) as refused:
        parse(text, "HTML")
    assert f"column {text.index('{{') + 1}, “{{{{id" in refused.value.detail
    assert parse(text).fields == ("id",)


@pytest.mark.parametrize(
    "text",
    [
        "<script>1</script>{{id}}", "<style>p{color:red}</style >{{id}}", "5 < 6 {{id}}",
        "<!-- {{id}} -->", "<!--> {{id}}", "<![endif]> {{id}}", "<!DOCTYPE html>{{id}}",
        "<a title='>' alt = \"{{id}}\">", "<IMG ALT='x' TITLE='{{id}}'/>", "<a data-x='{{id}}'>",
        "<a disabled title='{{id}}'>", "\ue000{{id}}", "<title>{{id}}</title>", "<a title='{{id}}",
    ],
)  # fmt: skip
def test_other_places_take_values(text):
    assert parse(text, "HTML").render({"id": "'\"<>"}) == text.replace(
        "{{id}}", "&#x27;&quot;&lt;&gt;"
    )


class Structure(HTMLParser):
    """What a program sees of a page: its elements, attributes, and where links go."""

    def __init__(self, page):
        super().__init__()
        self.seen, self.links = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs]))
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag):
        self.seen.append(tag)


PAGE = """<html><!-- {{notes}} --><body class='{{id}}'><p title="{{firstName}}">{{lastName|x}}</p>
<a href="{{company}}">{{email}}</a><a href='{{company|https://a.example}}/{{notes}}'>
<img src="https://x.example/{{id}}?{{email}}" alt='{{tags}}'>
<a href="{{company}}{{notes}}"></body>"""


@given(
    st.fixed_dictionaries(
        dict.fromkeys(
            ["notes", "id", "firstName", "lastName", "company", "email", "tags"],
            st.text()
            | st.sampled_from(["-->", "'><script>", '" onclick="', "javascript:x", "</p>", "<!--"])
            | st.text(alphabet="<>\"'/&;=:-! jscript\n\t\0"),
        )
    )
)
def test_no_value_changes_what_a_page_is_made_of(values):
    template = parse(PAGE, "HTML")
    page = Structure(template.render(values))
    assert page.seen == Structure(template.render({})).seen
    for link in page.links:
        scheme = re.sub(r"[\x00-\x20]", "", link).lower().partition(":")
        assert not scheme[1] or scheme[0] in ("http", "https", "mailto", "tel", "sms")


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<a x='", "</", "<script>", "<a = ", "<", "&#"])
def test_a_page_that_never_ends_is_read_in_one_pass(piece):
    """By the standard library's reader this would take minutes."""
    assert parse("{{id}}" + piece * 100_000, "HTML").render({"id": 1}).startswith("1" + piece)
