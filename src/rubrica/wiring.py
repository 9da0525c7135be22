"""What lower features need of higher ones, told to them where a process is put together."""

from rubrica import contacts, lists


def wire() -> None:
    """Have contacts leave their lists before they go."""
    if lists.forget_contacts not in contacts.before_removal:
        contacts.before_removal.append(lists.forget_contacts)
