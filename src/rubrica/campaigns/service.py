"""What one can do with campaigns, where it takes more than one statement."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from rubrica import accounts, contacts, lists, messages, operations, transports
from rubrica.campaigns import audience, claiming, queries, recipients, rendering
from rubrica.campaigns.audience import Target
from rubrica.campaigns.model import (
    Campaign,
    CampaignChange,
    CampaignGoal,
    Draft,
    NewCampaign,
    NoSuchCampaign,
    NoSuchRecipient,
    NotConfirmable,
    NotUnknown,
    Recipient,
    Settlement,
    WrongStatus,
    drafted,
    invalid,
)
from rubrica.db import Tx
from rubrica.errors import FieldError, Refused
from rubrica.lists import ContactList
from rubrica.settings import Settings


async def get(tx: Tx, account: int, id: int, *, lock: bool = False) -> Campaign:
    """Return one campaign."""
    found = await queries.by_id(tx, account, id, lock=lock)
    if found is None:
        raise NoSuchCampaign(f"There is no campaign {id}.")
    return found


async def create(
    tx: Tx, account: int, timezone: str, wish: NewCampaign, created_by: str
) -> Campaign:
    """Add a draft. Refuses lists that are not there and placeholders that nobody has."""
    draft = drafted(wish, None, timezone)
    await _check(tx, account, draft)
    return await get(tx, account, await queries.insert(tx, account, draft, created_by))


async def change(
    tx: Tx, config: Settings, account: int, country: str | None, id: int, wish: CampaignChange
) -> Campaign:
    """Change the fields that are named, of a draft or of what has not begun.

    What is scheduled stays so: it must still be fit to be sent.
    """
    before = await get(tx, account, id, lock=True)
    if before.status not in ("DRAFT", "SCHEDULED"):
        raise WrongStatus(f"Campaign {id} is {before.status}; it can no longer be changed.")
    draft = drafted(wish, await _draft(tx, account, before), before.timezone)
    await _check(tx, account, draft)
    if before.status == "SCHEDULED":
        _check_date(draft.scheduled_at)
    await queries.update(tx, account, id, draft)
    after = await get(tx, account, id)
    if after.status == "SCHEDULED":
        await _check_confirmable(tx, config, account, country, after)
    return after


async def delete(tx: Tx, account: int, id: int) -> None:
    """Delete a campaign that has not begun."""
    if not await queries.delete(tx, account, id):
        found = await get(tx, account, id)
        raise WrongStatus(
            f"Campaign {id} is {found.status}: what was sent is kept. Only a draft or a scheduled"
            " campaign can be deleted."
        )


async def goal(tx: Tx, account: int, country: str | None, id: int) -> CampaignGoal:
    """Count whom a campaign would reach if it went out now."""
    campaign = await get(tx, account, id)
    return await _goal(tx, account, country, campaign)


async def confirm(
    tx: Tx, config: Settings, account: int, country: str | None, id: int, expected: int | None
) -> Campaign:
    """Have a draft go out, now or when its time has come.

    Refuses with every reason where something is missing, and where not as many people as expected
    would be reached.
    """
    campaign = await get(tx, account, id, lock=True)
    if campaign.status != "DRAFT":
        raise WrongStatus(f"Campaign {id} is {campaign.status}: it has been confirmed already.")
    transport = await _check_confirmable(tx, config, account, country, campaign)
    reach = (await _goal(tx, account, country, campaign)).reachable
    operations.check_count(expected, reach)
    if not reach and campaign.scheduled_date is None:
        message = "Nobody would be reached: calculateGoal tells why."
        raise NotConfirmable(
            message, errors=[FieldError("contactListIds", "nobody_reachable", message)]
        )
    if campaign.scheduled_date is None:
        await queries.start(tx, account, id, transport)
    else:
        await queries.schedule(tx, account, id)
    return await get(tx, account, id)


async def test(
    tx: Tx,
    config: Settings,
    account: int,
    country: str | None,
    id: int,
    list_id: int,
    created_by: str,
) -> Campaign:
    """Send a campaign as it is to a test list, as a campaign of its own."""
    campaign = await get(tx, account, id)
    found = await _lists(tx, account, [list_id])
    if list_id not in found:
        raise lists.NoSuchList(f"There is no list {list_id}.", missing=[list_id])
    if not found[list_id].is_test:
        message = f"“{found[list_id].name}” is no test list: set isTest on a list that is one."
        raise invalid("listId", "not_a_test_list", message)
    transport = await _check_confirmable(tx, config, account, country, campaign, test=True)
    made = await queries.insert_test(tx, account, id, list_id, transport, created_by)
    assert made is not None
    return await get(tx, account, made)


async def pause(tx: Tx, account: int, id: int) -> Campaign:
    """Have nothing more go out; what is on its way is still answered."""
    return await _moved(tx, account, id, queries.pause, "paused: only one that is SENDING can be")


async def resume(tx: Tx, account: int, id: int) -> Campaign:
    """Go on with a paused campaign."""
    return await _moved(tx, account, id, queries.resume, "resumed: only one that is PAUSED can be")


async def cancel(tx: Tx, account: int, id: int) -> Campaign:
    """End a campaign: who was not sent to will not be."""
    return await _moved(
        tx, account, id, queries.cancel, "cancelled: a draft can be deleted, what has ended stays"
    )


async def _moved(
    tx: Tx, account: int, id: int, move: Callable[[Tx, int, int], Awaitable[bool]], why: str
) -> Campaign:
    moved = await move(tx, account, id)
    found = await get(tx, account, id)
    if not moved:
        raise WrongStatus(f"Campaign {id} is {found.status} and cannot be {why}.")
    return found


async def settle(tx: Tx, account: int, campaign: int, number: int, wish: Settlement) -> Recipient:
    """Write what a person found out about a message whose answer was lost."""
    await get(tx, account, campaign)
    if await recipients.settle(tx, account, campaign, number, wish.status):
        await recipients.count(tx, account, campaign, {"UNKNOWN": -1, wish.status: 1})
    else:
        found = await recipients.by_number(tx, account, campaign, number)
        if found is None:
            raise NoSuchRecipient(f"There is no recipient {number} in campaign {campaign}.")
        raise NotUnknown(f"Recipient {number} is {found.status}, not UNKNOWN.")
    settled = await recipients.by_number(tx, account, campaign, number)
    assert settled is not None
    return settled


async def start_due(tx: Tx, config: Settings, place: queries.Place) -> None:
    """Start a scheduled campaign whose time has come; it fails where it can no longer be sent."""
    campaign = await queries.by_id(tx, place.account_id, place.id, lock=True)
    now = datetime.now(UTC)
    if campaign is None or campaign.status != "SCHEDULED":
        return
    if campaign.scheduled_date is None or campaign.scheduled_date > now:
        return
    gone = await _gone(tx, place.account_id, campaign)
    if gone:
        await queries.fail(tx, place.account_id, place.id, "list_gone", _tell_gone(gone))
        return
    country = await _country(tx, place.account_id)
    try:
        transport = await _check_confirmable(tx, config, place.account_id, country, campaign)
    except Refused as refusal:
        await queries.fail(tx, place.account_id, place.id, refusal.code, refusal.detail)
        return
    await queries.start(tx, place.account_id, place.id, transport)


async def freeze(tx: Tx, place: queries.Place) -> bool:
    """Freeze the audience of a campaign that goes out, and cut it into batches.

    Nothing where somebody else does so just now, or a person is being erased. All in one
    transaction: who is not in the audience when it commits gets nothing, whatever happens to the
    lists later.
    """
    account, id = place.account_id, place.id
    if not await queries.begin_freezing(tx, account, id):
        return False
    campaign = await queries.by_id(tx, account, id)
    if campaign is None or campaign.status != "SENDING" or campaign.frozen_at is not None:
        return False
    gone = await _gone(tx, account, campaign)
    if gone:
        await queries.fail(tx, account, id, "list_gone", _tell_gone(gone))
        return False
    target = await _target(tx, account, campaign)
    await audience.freeze(tx, account, await _country(tx, account), id, target)
    queued = await recipients.count_frozen(tx, account, id)
    await recipients.get_known(tx)
    kind = await queries.kind_of_transport(tx, account, id)
    await claiming.cut(tx, account, id, kind, queued, campaign.throttle_per_second)
    return await queries.mark_frozen(tx, account, id)


async def _check(tx: Tx, account: int, draft: Draft) -> None:
    """Refuse what can be seen to be wrong while the campaign is still being written."""
    await lists.unknown_lists(tx, account, [*draft.list_ids, *draft.exclude_list_ids])
    context = await contacts.reading(tx, account, None)
    if draft.filter is not None:
        await contacts.check_lists(tx, account, draft.filter)
        contacts.condition(draft.filter, context)
    by_mail = draft.sending_mode == "EMAIL"
    for name, value in (("subject", draft.subject), ("htmlBody", draft.html_body)):
        if value and not by_mail:
            message = f"{name} is of e-mail; {draft.sending_mode} has none. Leave it out."
            raise invalid(name, "invalid_value", message)
    if draft.subject and len(draft.subject.splitlines()) > 1:
        raise invalid("subject", "invalid_value", "A subject is one line: take the breaks out.")
    if draft.sender is not None:
        messages.check_sender(draft.sending_mode, draft.sender)
    custom = list(context.fields)
    rendering.check(draft.sending_mode, draft.body, draft.subject, draft.html_body, custom)


def _check_date(date: datetime | None) -> None:
    if date is None or date <= datetime.now(UTC):
        message = "The campaign is scheduled: give it a date to come, or cancel it."
        raise invalid("scheduledDate", "in_the_past" if date else "required", message)


async def _check_confirmable(
    tx: Tx,
    config: Settings,
    account: int,
    country: str | None,
    campaign: Campaign,
    *,
    test: bool = False,
) -> int:
    """Refuse, with every reason, a campaign that cannot go out; return its transport."""
    wrong: list[FieldError] = []
    if not test:
        if not campaign.contact_list_ids:
            wrong.append(FieldError("contactListIds", "required", "Name at least one list."))
        gone = await _gone(tx, account, campaign)
        if gone:
            wrong.append(FieldError("contactListIds", "list_gone", _tell_gone(gone)))
        date = campaign.scheduled_date
        if date is not None and campaign.status == "DRAFT" and date <= datetime.now(UTC):
            message = "The date has passed: give another, or null to send now."
            wrong.append(FieldError("scheduledDate", "in_the_past", message))
    if not campaign.body.strip() and not campaign.html_body:
        wrong.append(FieldError("body", "required", "The message has no text."))
    if campaign.sending_mode == "EMAIL" and not (campaign.subject or "").strip():
        wrong.append(FieldError("subject", "required", "An e-mail needs a subject."))
    try:  # a custom field may have gone since
        fields = (await contacts.reading(tx, account, country)).fields
        rendering.check(
            campaign.sending_mode, campaign.body, campaign.subject, campaign.html_body, list(fields)
        )
    except Refused as refusal:
        wrong += refusal.errors or [FieldError("body", refusal.code, refusal.detail)]
    transport = await transports.for_channel(tx, account, campaign.sending_mode)
    if transport.kind != "OUTBOX":
        if not (campaign.sender or transport.default_sender):
            message = "Name a sender here, or a defaultSender in the transport's settings."
            wrong.append(FieldError("sender", "required", message))
        if campaign.sending_mode == "EMAIL" and not config.public_url:
            message = "RUBRICA_PUBLIC_URL is not set: the links to unsubscribe would lead nowhere."
            wrong.append(FieldError("body", "public_url_missing", message))
    if wrong:
        raise NotConfirmable(" ".join(each.message for each in wrong), errors=wrong)
    return transport.id


async def _goal(tx: Tx, account: int, country: str | None, campaign: Campaign) -> CampaignGoal:
    gone = await _gone(tx, account, campaign)
    if gone:
        message = _tell_gone(gone)
        errors = [FieldError("contactListIds", "list_gone", message)]
        raise NotConfirmable(message, errors=errors)
    found = await _lists(tx, account, campaign.contact_list_ids)
    names = {id: each.name for id, each in found.items()}
    return await audience.goal(tx, account, country, await _target(tx, account, campaign), names)


async def _target(tx: Tx, account: int, campaign: Campaign) -> Target:
    return Target(
        campaign.sending_mode,
        campaign.contact_list_ids,
        campaign.exclude_list_ids,
        await queries.filter_of(tx, account, campaign.id),
    )


async def _draft(tx: Tx, account: int, campaign: Campaign) -> Draft:
    return Draft(
        name=campaign.name,
        description=campaign.description,
        sending_mode=campaign.sending_mode,
        list_ids=campaign.contact_list_ids,
        exclude_list_ids=campaign.exclude_list_ids,
        filter=await queries.filter_of(tx, account, campaign.id),
        sender=campaign.sender,
        subject=campaign.subject,
        body=campaign.body,
        html_body=campaign.html_body,
        scheduled_at=campaign.scheduled_date,
        timezone=campaign.timezone,
        throttle=campaign.throttle_per_second,
    )


async def _gone(tx: Tx, account: int, campaign: Campaign) -> list[int]:
    filter = await queries.filter_of(tx, account, campaign.id)
    named = {*campaign.contact_list_ids, *campaign.exclude_list_ids}
    if filter is not None:
        named |= {*(filter.list_ids or ()), *(filter.not_list_ids or ())}
    return sorted(named - set(await _lists(tx, account, sorted(named))))


async def _lists(tx: Tx, account: int, ids: list[int]) -> dict[int, ContactList]:
    return {each.id: each for each in await lists.by_ids(tx, account, ids)}


def _tell_gone(gone: list[int]) -> str:
    named = ", ".join(map(str, gone[:20]))
    return f"List {named} is gone. Restore it, or take it out of the campaign."


async def _country(tx: Tx, account: int) -> str | None:
    found = await accounts.account_by_id(tx, account)
    return found.default_country if found else None
