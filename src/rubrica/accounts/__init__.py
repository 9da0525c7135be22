"""Accounts, and the API keys that open them.

This is the front door: other features import from here, never from the rooms behind it.
"""

from rubrica.accounts.authentication import Caller, needs
from rubrica.accounts.model import SCOPES, Account, NoSuchAccount
from rubrica.accounts.queries import (
    account_by_id,
    account_by_name,
    contact_limit,
    hold_contact_limit,
)

__all__ = [
    "SCOPES",
    "Account",
    "Caller",
    "NoSuchAccount",
    "account_by_id",
    "account_by_name",
    "contact_limit",
    "hold_contact_limit",
    "needs",
]
