"""Each recipient's own message, from a campaign's texts."""

from collections.abc import Collection

from rubrica import messages
from rubrica.campaigns.claiming import Claimed
from rubrica.campaigns.links import Links
from rubrica.campaigns.model import Campaign, SendingMode
from rubrica.errors import FieldError
from rubrica.messages import BadTemplate, Kind, Template
from rubrica.transports import Answer, Message

LINK = "unsubscribeUrl"


class Texts:
    """The texts of a campaign, read once."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._body, self._subject, self._html = templates(
            campaign.body, campaign.subject, campaign.html_body
        )
        named = {
            field
            for each in (self._body, self._subject, self._html)
            if each
            for field in each.fields
        }
        self.fields = frozenset(named)
        """What is named anywhere."""
        self._linked = campaign.sending_mode == "EMAIL" or LINK in named

    def message(self, account: int, recipient: Claimed, links: Links) -> Message:
        """Return the message of one recipient."""
        values = recipient.values
        url = None
        if self._linked:
            url = links.unsubscribe(account, self._campaign.id, recipient.number)
            values = values | {LINK: url}
        return Message(
            key=recipient.number,
            channel=self._campaign.sending_mode,
            address=recipient.address,
            sender=self._campaign.sender,
            subject=self._subject.render(values) if self._subject else None,
            text=self._body.render(values),
            html=self._html.render(values) if self._html else None,
            unsubscribe_url=url if self._campaign.sending_mode == "EMAIL" else None,
        )


def parts_of(message: Message) -> int | None:
    """Return how many messages an SMS is paid as; None where it is no SMS, or far too long."""
    if message.channel != "SMS":
        return None
    try:
        return len(messages.split(message.text).parts)
    except messages.TooLong:
        return None


def unsendable(message: Message, parts: int | None) -> Answer | None:
    """Return the answer for a message that no transport would take: an empty or endless text.

    `parts` is what `parts_of` tells of it.
    """
    if not message.text.strip() and not message.html:
        return Answer(key=message.key, outcome="REFUSED", code="empty_text")
    if message.channel == "SMS" and parts is None:
        return Answer(key=message.key, outcome="REFUSED", code=messages.TooLong.code)
    return None


def templates(
    body: str, subject: str | None, html: str | None
) -> tuple[Template, Template | None, Template | None]:
    """Read body, subject and HTML; refuse what is wrong in them, each by its own field."""
    return (
        _parsed("body", body, "TEXT"),
        _parsed("subject", subject, "LINE") if subject else None,
        _parsed("htmlBody", html, "HTML") if html else None,
    )


def check(
    channel: SendingMode,
    body: str,
    subject: str | None,
    html: str | None,
    custom: Collection[str],
) -> None:
    """Refuse texts that name what no contact has; `custom` are the keys of custom fields."""
    known = messages.FIELDS | {f"customFields.{key}" for key in custom}
    wrong: list[FieldError] = []
    names = ("body", "subject", "htmlBody")
    for name, template in zip(names, templates(body, subject, html), strict=True):
        if template is None:
            continue
        try:
            template.check(known)
        except BadTemplate as refusal:
            wrong.append(FieldError(name, refusal.code, refusal.detail))
    if wrong:
        raise BadTemplate(" ".join(each.message for each in wrong), errors=wrong)
    if channel == "SMS" and body:
        messages.split(body)


def _parsed(field: str, text: str, kind: Kind) -> Template:
    try:
        return messages.parse(text, kind)
    except BadTemplate as refusal:
        errors = [FieldError(field, refusal.code, refusal.detail)]
        raise BadTemplate(refusal.detail, errors=errors) from refusal
