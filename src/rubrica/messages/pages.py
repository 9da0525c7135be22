"""The pages behind the link that ends messages: it asks, it says that it is done.

Pure functions; nothing is fetched from elsewhere. The form posts to the page's own address: mail
programs fetch links to look at them, so that only a POST may unsubscribe anybody (RFC 8058, 3.1).
"""

import html
import re
from typing import Literal, NamedTuple

PageState = Literal["ASK", "DONE", "UNKNOWN"]
"""It asks; it is done; the link is not one of ours, or has been cut short."""


class Texts(NamedTuple):
    """A language's words; `{sender}` is who sends, where that is known."""

    title: str
    question: str
    question_from: str
    button: str
    done: str
    again: str
    unknown: str
    mend: str


LANGUAGES = {
    "en": Texts(
        "Unsubscribe",
        "Do you want no more messages?",
        "Do you want no more messages from {sender}?",
        "Unsubscribe",
        "You are unsubscribed.",
        "You will get no more of these messages. You can close this page.",
        "This link does not work.",
        "Open it again from the message, whole: a part of it may be missing.",
    ),
    "it": Texts(
        "Annulla l'iscrizione",
        "Non vuoi più ricevere messaggi?",
        "Non vuoi più ricevere messaggi da {sender}?",
        "Annulla l'iscrizione",
        "La tua iscrizione è annullata.",
        "Non riceverai più questi messaggi. Puoi chiudere la pagina.",
        "Questo link non funziona.",
        "Aprilo di nuovo dal messaggio, per intero: forse ne manca una parte.",
    ),
    "es": Texts(
        "Darse de baja",
        "¿No quieres recibir más mensajes?",
        "¿No quieres recibir más mensajes de {sender}?",
        "Darme de baja",
        "Te has dado de baja.",
        "No recibirás más mensajes de este tipo. Puedes cerrar esta página.",
        "Este enlace no funciona.",
        "Ábrelo de nuevo desde el mensaje, completo: puede que falte una parte.",
    ),
    "fr": Texts(
        "Se désabonner",
        "Vous ne voulez plus recevoir de messages ?",
        "Vous ne voulez plus recevoir de messages de {sender} ?",
        "Me désabonner",
        "Vous êtes désabonné.",
        "Vous ne recevrez plus ces messages. Vous pouvez fermer cette page.",
        "Ce lien ne fonctionne pas.",
        "Ouvrez-le de nouveau depuis le message, en entier : une partie manque peut-être.",
    ),
    "de": Texts(
        "Abmelden",
        "Möchten Sie keine Nachrichten mehr?",
        "Möchten Sie keine Nachrichten mehr von {sender}?",
        "Abmelden",
        "Sie sind abgemeldet.",
        "Sie bekommen diese Nachrichten nicht mehr. Sie können die Seite schließen.",
        "Dieser Link funktioniert nicht.",
        "Öffnen Sie ihn noch einmal aus der Nachricht, ganz: vielleicht fehlt ein Teil.",
    ),
    "pt": Texts(
        "Cancelar a inscrição",
        "Não quer receber mais mensagens?",
        "Não quer receber mais mensagens de {sender}?",
        "Cancelar a inscrição",
        "A sua inscrição foi cancelada.",
        "Não vai receber mais estas mensagens. Pode fechar esta página.",
        "Este link não funciona.",
        "Abra-o de novo a partir da mensagem, inteiro: talvez falte uma parte.",
    ),
}
STYLE = """
body { margin: 0; color: #1b1f24; background: #f3f4f6; font: 1.125rem/1.5 system-ui, sans-serif }
main { box-sizing: border-box; max-width: 34rem; margin: 10vh auto; padding: 2rem;
       color: #1b1f24; background: #ffffff; border-radius: .5rem; overflow-wrap: anywhere }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 }
button { width: 100%; padding: .875rem 1rem; border: 0; border-radius: .375rem; font: inherit;
         font-weight: 600; color: #ffffff; background: #0b57d0; cursor: pointer }
button:focus-visible { outline: 3px solid #1b1f24; outline-offset: 2px }
"""
RANGE = re.compile(r"\s*([a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


def page_language(accept: str | None) -> str:
    """Return the language of `LANGUAGES` that an Accept-Language header likes best, else `en`.

    RFC 9110, 12.5.4: by weight, and of equals the first; regions do not count.
    """
    best, weight = "en", 0.0
    for each in (accept or "").lower().split(","):
        found = RANGE.fullmatch(each)
        if found and found[1] in LANGUAGES and float(found[2] or 1) > weight:
            best, weight = found[1], float(found[2] or 1)
    return best


def unsubscribe_page(state: PageState, language: str, *, sender_name: str) -> str:
    """Return the page as HTML; an unknown language is English, a blank name is left out.

    ASK holds a form that posts to the page's own address. No script, nothing from elsewhere: a
    Content-Security-Policy of `default-src 'none'; style-src 'unsafe-inline'; form-action 'self'`
    fits.
    """
    shown = language if language in LANGUAGES else "en"
    texts = LANGUAGES[shown]
    name = sender_name.strip()
    if state == "ASK":
        head = texts.question_from.replace("{sender}", name) if name else texts.question
        body = f'<form method="post"><button>{html.escape(texts.button)}</button></form>'
    else:
        head, told = (texts.done, texts.again) if state == "DONE" else (texts.unknown, texts.mend)
        body = f"<p>{html.escape(told)}</p>"
    return f"""<!DOCTYPE html>
<html lang="{shown}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{html.escape(texts.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{html.escape(head)}</h1>
{body}
</main>
</body>
</html>
"""
