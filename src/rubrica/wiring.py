"""What lower features need of higher ones, told to them where a process is put together."""

from functools import lru_cache

from rubrica import campaigns, consents, contacts, exports, lists, transports
from rubrica.imports import changes, telling
from rubrica.imports import erasure as imports
from rubrica.settings import Settings, secret_of


def wire(config: Settings) -> None:
    """Have features know of contacts and transports that go or are asked for, and our secret."""
    secret = lru_cache(lambda: secret_of(config))
    consents.use_secret(secret)
    transports.use_secret(secret)
    if lists.forget_contacts not in contacts.before_removal:
        contacts.before_removal.append(lists.forget_contacts)
        contacts.before_merge.extend((lists.move_members, campaigns.follow))
        contacts.erasers.extend((imports.erase, exports.erase, campaigns.erase))
        contacts.tellers.extend((telling.tell, campaigns.tell))
        changes.keepers["messaged"] = campaigns.messaged
        transports.before_removal.append(campaigns.guard_transport)
        contacts.after_erasure.extend((imports.finish, exports.finish))
