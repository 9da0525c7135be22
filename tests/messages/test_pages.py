"""The pages behind the link that ends messages."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.messages import page_language, unsubscribe_page

LANGUAGES = ["en", "it", "es", "fr", "de", "pt"]
STATES = ["ASK", "DONE", "UNKNOWN"]


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.shown = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.shown += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_speaks_its_language_and_says_something_of_its_own(language):
    pages = [Page(unsubscribe_page(state, language, sender_name="Anna")) for state in STATES]
    assert {page.tags[0][1]["lang"] for page in pages} == {language}
    assert len({page.shown for page in pages}) == 3
    assert "{" not in re.sub(r"(?s)\n\w[\w:-]* \{.*?\}", "", pages[0].shown)
    if language != "en":
        other = [Page(unsubscribe_page(state, "en", sender_name="Anna")).shown for state in STATES]
        assert all(page.shown not in other for page in pages)


def test_only_the_page_that_asks_has_a_form_and_it_posts_to_its_own_address():
    forms = [
        [attrs for tag, attrs in Page(unsubscribe_page(state, "en", sender_name="")).tags
         if tag == "form"]
        for state in STATES
    ]  # fmt: skip
    assert forms == [[{"method": "post"}], [], []]


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_fetched_from_elsewhere_and_nothing_runs(state):
    text = unsubscribe_page(state, "it", sender_name="Anna")
    page = Page(text)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"}
    assert not {name for _, attrs in page.tags for name in attrs} & {"src", "href", "action"}
    assert not re.search(r"url\(|@import|https?:", text)
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in (
        page.tags
    )


@given(st.text() | st.sampled_from(["</h1><script>", "<b>", "&amp;", "{sender}", "\\1"]))
def test_a_senders_name_is_shown_as_it_is_and_is_nothing_else(name):
    text = unsubscribe_page("ASK", "en", sender_name=name)
    page, nameless = Page(text), Page(unsubscribe_page("ASK", "en", sender_name=" "))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in nameless.tags]
    assert "no more messages?" in nameless.shown
    if name.strip() and "\0" not in name and "\r" not in name:
        assert f"from {name.strip()}?" in page.shown


def brightness(colour):
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_what_is_written_stands_out():
    text = unsubscribe_page("ASK", "en", sender_name="")
    pairs = re.findall(r"[ ;]color: (#\w{6}); background: (#\w{6})", text)
    assert len(pairs) == 3
    for pair in pairs:
        dark, light = sorted(map(brightness, pair))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        (None, "en"), ("", "en"), ("*", "en"), ("it", "it"), ("it-IT,it;q=0.9,en;q=0.8", "it"),
        ("ja,fr;q=0.5,de;q=0.7", "de"), ("pt-BR", "pt"), ("ES", "es"), ("ja, zh;q=0.9", "en"),
        ("de;q=0, fr;q=0.1", "fr"), ("de;q=0", "en"), ("fr ; q=0.5 , it ; q=0.5", "fr"),
        ("it;q=x", "en"), ("<script>", "en"), ("," * 1000, "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_that_a_browser_likes_best(accept, language):
    assert page_language(accept) == language


def test_an_unknown_language_is_english():
    assert unsubscribe_page("DONE", "ja", sender_name="x") == unsubscribe_page(
        "DONE", "en", sender_name="x"
    )
