# ruff: noqa: RUF001 - words of other scripts are the subject
"""What people answer when they want no more, and when they want something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrica.messages import wants_out

OUT = [
    "STOP", "stop", "Stop.", "STOP!", " «Stop» ", "“STOP”", "'stop'", "(stop)", "STOP 🛑", "stop\n",
    "STOPALL", "stop all", "UNSUBSCRIBE", "Un-subscribe", "CANCEL", "END", "QUIT", "Revoke",
    "OPT-OUT", "opt out", "optout", "REMOVE", "TD", "S.T.O.P.", "s t o p", "stop stop stop",
    "ＳＴＯＰ", "\u200bSTOP\u200b",
    "ARRET", "ARRÊT", "Arrêt", "STOPP", "ABMELDEN", "BAJA", "CANCELAR", "PARAR", "SAIR",
    "ANNULLA", "DISISCRIVI", "CANCELLA", "AFMELDEN", "СТОП", "стоп!", "退订", "停止", "退订。",
    "回复退订", "配信停止", "수신거부", "수신 거부", "הסר", "توقف",
    "إيقاف", "إلغاء", "ΣΤΟΠ", "İPTAL",
    "ÇIKIŞ", "çıkış", "RET", "ODHLÁSIT", "LEIRATKOZÁS", "ZRUŠIT", "หยุด", "ยกเลิก", "रोकें",
    "Отпишите меня",
    "stop please", "Please stop", "pls STOP!!", "Stop, thank you.", "stop sending me messages",
    "Stop texting me", "unsubscribe me", "Unsubscribe me from this list, please",
    "remove me from your list", "STOP grazie", "per favore annulla", "Bitte abmelden",
    "Ich möchte mich abmelden", "arrêt s'il vous plaît", "baja por favor", "quiero darme de baja",
    "SAIR, obrigado", "STOP SMS", "STOP 36111", "Stop Pizzeria", "STOP PUBBLICITÀ",
    "stop it", "How do I unsubscribe?", "vorrei disiscrivermi dalla vostra newsletter",
    "STOP\nInviato da iPhone", "\n\nstop\n\nMario Rossi", "stop\nplease",
]  # fmt: skip
OTHER = [
    "", " ", "?!", "🛑", "ok", "Yes", "stop by at 5", "Stop by", "stop in",
    "Can you stop by later?",
    "don't stop", "non stop", "nonstop", "please don't stop", "the bus stop is closed",
    "Don't unsubscribe me", "I did not unsubscribe!", "cancel my appointment", "the end of May",
    "I quit smoking", "Ich muss mich für morgen abmelden", "in pausa fino a lunedì",
    "la temperatura si abbassa", "Grazie, tutto bene", "fine", "thanks for all messages", "T",
    "un arrêt de bus", "voy a dar de baja el contrato de la luz", "Perù", "stopwatch",
    "We will end at six", "dopo la fermata", "obrigado", "спасибо", "停止营业了吗", "start", "help",
    "this is a longer letter that has more than twelve words and only mentions unsubscribe",
]  # fmt: skip


@pytest.mark.parametrize("text", OUT)
def test_who_wants_no_more_is_understood(text):
    assert wants_out(text)


@pytest.mark.parametrize("text", OTHER)
def test_who_says_something_else_is_not_silenced(text):
    assert not wants_out(text)


@given(
    st.sampled_from(["stop", "unsubscribe", "arrêt", "стоп", "sair", "退订"]),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.text(alphabet=" .,!?\"'“”«»()[]-…*_\t\n🙏", max_size=6),
    st.text(alphabet=" .,!?\"'“”«»()[]-…*_\t\n🙏", max_size=6),
)
def test_case_and_signs_around_a_word_do_not_count(word, case, before, after):
    assert wants_out(before + case(word) + after)


@given(st.text())
def test_any_text_is_answered(text):
    assert wants_out(text) in (True, False)
    assert not wants_out(text + " e altro che non c'entra con questo e con quello o quell'altro")
