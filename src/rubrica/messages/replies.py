"""Replies that mean STOP, in the languages in which people say it.

Sources: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe); CTIA
Messaging Principles, 5.1; the keywords of Twilio (STOPALL) and AWS (ARRET, REMOVE, TD); of national
rules STOP (CNIL, AGCOM, DDMC), SAIR, BAJA, RET (İYS), 退订 and TD (MIIT), 수신거부, הסר.
"""

import re
import unicodedata

_ENDING = """
    stop stopp stopall stopsms optout unsubscribe unsub cancel end quit revoke remove td
    arret arreter desabonner desabonnement desinscrire desinscription
    abmelden abbestellen abmeldung austragen baja cancelar parar desuscribir desuscribirme
    sair pare descadastrar remover annulla disiscrivi disiscrivimi disiscrivermi disiscrivetemi
    disiscrizione cancella cancellami cancellarmi cancellatemi basta revoca
    afmelden uitschrijven stoppen afmeld avmeld frameld avsluta avregistrera lopeta peruuta
    wypisz rezygnuje anuluj odhlasit zrusit odjava leiratkozas dezabonare dezabonez
    ret iptal cikis dur berhenti huy
    стоп отписаться отписка отпишите отказ відписатися відписка отпис откажи
    στοπ διαγραφη διακοπη توقف ايقاف الغاء قف הסר הסרה עצור
    退订 退訂 停止 取消 取消订阅 取消訂閱 拒收 配信停止 解除 登録解除
    수신거부 거부 중지 해지 หยุด ยกเลิก रोकें बंद
"""
_SURE = """
    unsubscribe optout desabonner desinscrire disiscrivi disiscrivimi disiscrivermi disiscrivetemi
    desuscribir desuscribirme descadastrar uitschrijven odhlasit
    отписаться отпишите відписатися 수신거부
"""
_POLITE = """
    please pls plz thanks thank you now all me my number from this these those the your list
    messages message msgs texts text texting sms sending messaging contacting spam ads immediately
    it to i want would like and also at once again
    vorrei voglio per favore grazie subito tutto tutti mi i messaggi messaggio invio sms iscrizione
    ich mochte will von bitte danke sofort alle nachrichten nachricht mich newsletter
    svp merci s il vous plait sil les messages message tout moi le de l la
    quiero quero dame darme por favor gracias obrigado obrigada ya mensajes mensagens los las os as
    o todo todos alstublieft aub bedankt tack takk tak kiitos dziekuje prosze lutfen
    пожалуйста спасибо смс 수신
"""
_ORDINARY = (
    "by in at on over off and for here there when before the a an i we you is was mit um bei"
)


def _plain(text: str) -> str:
    """Return a text without case, accents, apostrophes and width: `ARRÊT` is `arret`."""
    parted = unicodedata.normalize("NFKD", text.casefold().replace("\u0131", "i"))
    kept = "".join(sign for sign in parted if unicodedata.category(sign) not in ("Mn", "Mc", "Cf"))
    return unicodedata.normalize("NFC", re.sub(r"['\u2019]", "", kept))


ENDING = frozenset(map(_plain, _ENDING.split()))
"""Words that end messages when nothing is said beside them but what is polite."""
SURE = frozenset(map(_plain, _SURE.split()))
"""Words that are used for nothing else."""
POLITE = frozenset(map(_plain, _POLITE.split()))
STOPS = ("stop", "stopp", "стоп", "arret", "stopall")
ORDINARY = frozenset(_ORDINARY.split())
"""What stands behind “stop” in sentences of another meaning."""
NEGATIONS = frozenset({"not", "dont", "didnt", "never", "non", "nicht", "pas", "no", "nao", "не"})
WITHIN = ("退订", "退訂", "拒收", "수신거부", "配信停止")
"""Words of languages that are written without spaces."""
TOGETHER = re.compile(r"\b(opt|stop|un)[ -]+(out|all|subscribe)\b")
WORDS = re.compile(r"[^\W_]+")
LONGEST = 12
"""Words of a sentence in which one alone may decide."""


def wants_out(text: str) -> bool:
    """Tell whether a reply asks for no more messages.

    It does where its first line, or all of it, is:

    - a word that ends messages, alone, repeated, or with polite words: “STOP”, “Stop, please.”,
      “stop sending me messages”, “s.t.o.p”;
    - STOP and one other word, as senders ask for it: “STOP PIZZERIA”, unless that makes an ordinary
      sentence (“stop by”);
    - up to twelve words with one that is used for nothing else and no negation: “How do I
      unsubscribe?”

    Case, accents, punctuation and emoji do not count. In doubt it is yes: who is asked again
    whether he meant it loses less than who is written to against his will.
    """
    lines = [line for line in text.splitlines() if WORDS.search(line)]
    return bool(lines) and (_ends(lines[0]) or _ends(" ".join(lines)))


def _ends(line: str) -> bool:
    plain = TOGETHER.sub(r"\1\2", _plain(line))
    words = WORDS.findall(plain)
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    if any(word in ENDING for word in words) and all(
        word in ENDING or word in POLITE for word in words
    ):
        return True
    if len(words) == 2 and words[0] in STOPS:  # noqa: PLR2004
        return words[1] not in ORDINARY
    sure = any(word in SURE for word in words) or any(word in plain for word in WITHIN)
    return sure and len(words) <= LONGEST and NEGATIONS.isdisjoint(words)
