"""What a contact list is. No I/O here."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from rubrica.contacts import ContactFilter, Id, Moment
from rubrica.errors import Conflict, Gone, Invalid, NotFound
from rubrica.paging import PageQuery

KEPT_DAYS = 30
"""Days for which a deleted list can be restored."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]


class NoSuchList(NotFound):
    """There is no such list."""

    code = "list_not_found"


class ListExists(Conflict):
    """There is a list of this name already."""

    code = "list_exists"


class ListNotDeleted(Conflict):
    """The list is not deleted."""

    code = "list_not_deleted"


class ListPurged(Gone):
    """The list was deleted too long ago."""

    code = "list_purged"


class NoSuchContacts(NotFound):
    """Some of the contacts do not exist; nothing was done."""

    code = "contact_not_found"


class InvalidMembership(Invalid):
    """The request does not say clearly which contacts are meant."""

    code = "invalid"


class ContactList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A named group of contacts."""

    id: int
    name: str
    description: str
    is_test: bool
    contact_count: int
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None


class NewList(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A list to be made."""

    name: Name
    description: Description | None = None
    is_test: bool = False
    id: Any = UNSET
    contact_count: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET
    deleted_at: Any = UNSET


class ListChange(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """What shall change in a list; read-only fields are taken and ignored."""

    name: Name | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    is_test: bool | UnsetType = UNSET
    id: Any = UNSET
    contact_count: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET
    deleted_at: Any = UNSET


class ListQuery(PageQuery, frozen=True, kw_only=True):
    """Which lists."""

    search: str | None = None
    id: list[Id] | None = None
    contact_ids: list[Id] | None = None
    is_test: bool | None = None
    include_deleted: bool = False
    sort_by: Literal["name", "createdAt", "updatedAt", "id"] = "name"


class Membership(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Contacts and lists: `contactIds`, or `allContacts`, or `filter`."""

    list_ids: list[Id] | None = None
    contact_ids: list[Id] | None = None
    all_contacts: bool = False
    exclude_ids_all_contacts: list[Id] | None = None
    filter: ContactFilter | None = None
    expected_count: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None


class Combination(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Which contacts: of any of the lists, of all of them, or of the first and of no other."""

    operation: Literal["UNION", "INTERSECTION", "DIFFERENCE"]
    list_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=100)]
    expected_count: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    dry_run: bool = False


class CombinedCount(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many contacts a combination has, whether or not they are in the list already."""

    count: int


class Added(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many contacts are new in a list, and how many were in it already."""

    added: int
    already_members: int


class MembersAdded(Added, frozen=True, kw_only=True):
    """How many memberships are new, in all and by the lists' ids."""

    per_list: dict[str, Added]


class Removed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many contacts left a list, and how many were not in it."""

    removed: int
    not_members: int


class MembersRemoved(Removed, frozen=True, kw_only=True):
    """How many memberships are gone, in all and by the lists' ids."""

    per_list: dict[str, Removed]


class ListsDeleted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many lists are deleted, and which of the ids named none."""

    deleted: int
    not_found: list[int]
