"""What lower features need of higher ones, told to them where a process is put together."""

from functools import lru_cache

from rubrica import campaigns, consents, contacts, exports, lists, transports
from rubrica.campaigns import report_export
from rubrica.imports import erasure as imports
from rubrica.imports import telling
from rubrica.settings import Settings, secret_of


def wire(config: Settings) -> None:
    """Have features know of contacts that go, merge or are asked for, of exports, of our secret."""
    secret = lru_cache(lambda: secret_of(config))
    consents.use_secret(secret)
    transports.use_secret(secret)
    exports.sources["DELIVERY_REPORTS"] = report_export.SOURCE
    if lists.forget_contacts not in contacts.before_removal:
        contacts.before_removal.append(lists.forget_contacts)
        contacts.before_merge.extend((lists.move_members, campaigns.follow))
        contacts.erasers.extend((imports.erase, exports.erase, campaigns.erase))
        contacts.tellers.append(telling.tell)
        contacts.after_erasure.extend((imports.finish, exports.finish))
