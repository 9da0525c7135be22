"""Why a server that takes e-mail in does not, in words that say what to mend."""

import socket
import ssl
from collections.abc import Iterator
from errno import ECONNREFUSED

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from rubrica.transports.refusals import PeerUnready
from rubrica.transports.settings import SmtpSettings

AUTHENTICATE = frozenset({530, 538})
"""Authentication is required, or only over TLS (RFC 4954)."""
REFUSED = f"[Errno {ECONNREFUSED}]"
"""How a refused connection is told, also of a name with several addresses."""
PERMANENT = 500
SHOWN = 300
"""Characters of what a server says that are repeated."""


def unready(settings: SmtpSettings, error: Exception) -> PeerUnready:
    """Return why no message can be handed over; `reason` says it to programs."""
    reason, why = _why(settings, error)
    return PeerUnready(why, reason=reason)


def said(error: SMTPResponseException) -> str:
    """Return what a server said, as one line."""
    text = " ".join(f"{error.code} {error.message}".split())
    return f"“{text[:SHOWN]}”"


def _why(settings: SmtpSettings, error: Exception) -> tuple[str, str]:
    place = f"{settings.host}:{settings.port}"
    if isinstance(error, SMTPResponseException):
        return _why_refused(place, error)
    for cause in _causes(error):
        found = _why_unreachable(settings, place, cause)
        if found is not None:
            return found
    return _why_unfit(place, error)


def _why_unreachable(
    settings: SmtpSettings, place: str, cause: BaseException
) -> tuple[str, str] | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return "certificate", (
                f"The certificate of {place} is not trusted: {cause.verify_message}. Set host to"
                " the name that the certificate is for; an authority of your own is named by"
                " SSL_CERT_FILE."
            )
        case ssl.SSLError():
            mend = (
                "set security to STARTTLS, or port to the one for TLS, mostly 465"
                if settings.security == "TLS"
                else "set security to NONE only where nobody can listen"
            )
            return "tls", f"TLS with {place} does not come about ({cause.reason}): {mend}."
        case socket.gaierror() | UnicodeError():
            return "unknown_host", f"There is no machine “{settings.host}”: mend host."
        case OSError() if REFUSED in str(cause):
            return "connection_refused", f"Nobody answers at {place}: see to host and port."
        case TimeoutError():
            seconds = settings.timeout_seconds
            return "timeout", f"{place} did not answer within {seconds} s: see to host and port."
        case _:
            return None


def _why_unfit(place: str, error: Exception) -> tuple[str, str]:
    text = str(error)
    if "STARTTLS extension not supported" in text:
        return "no_starttls", f"{place} does not offer STARTTLS: set security to TLS or NONE."
    if "AUTH extension" in text or "authentication method" in text:
        return "no_authentication", (
            f"{place} offers no way of authentication that is known here: take username and"
            " password out, or set security to STARTTLS or TLS."
        )
    if isinstance(error, SMTPServerDisconnected):
        return "connection_lost", f"{place} closed the connection."
    return "unavailable", f"{place} cannot be reached: {text[:SHOWN]}."


def _why_refused(place: str, error: SMTPResponseException) -> tuple[str, str]:
    if isinstance(error, SMTPAuthenticationError):
        if error.code >= PERMANENT:
            return "authentication_refused", (
                f"{place} does not take the username and the password: {said(error)}. Mend them in"
                " the transport's settings."
            )
        return "unavailable", f"{place} cannot check the password just now: {said(error)}."
    if error.code in AUTHENTICATE:
        return "authentication_required", (
            f"{place} wants to know who is sending: {said(error)}. Set username and password, and"
            " security to STARTTLS or TLS."
        )
    where = "at once" if isinstance(error, SMTPConnectResponseError) else "before any message"
    return "unavailable", f"{place} sends everybody away {where}: {said(error)}."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and what it came of."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def lost(error: Exception) -> str:
    """Return the code of a connection that came to its end under a message."""
    return "timeout" if isinstance(error, TimeoutError) else "connection_lost"
