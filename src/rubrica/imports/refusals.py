"""What may be refused of uploads and imports."""

from rubrica.errors import Conflict, Gone, Invalid, NotFound, TooLarge, Unsupported
from rubrica.formats import Warning  # noqa: A004


class NoSuchUpload(NotFound):
    """There is no such upload."""

    code = "upload_not_found"


class UploadExpired(Gone):
    """The upload has expired; upload the file again."""

    code = "upload_expired"


class AlreadyConfirmed(Conflict):
    """The upload has been confirmed already."""

    code = "already_confirmed"


class NoSuchImport(NotFound):
    """There is no such import."""

    code = "import_not_found"


class ImportEnded(Conflict):
    """The import has ended already."""

    code = "import_ended"


class PlanChanged(Conflict):
    """What the dry run foretold is no longer what would happen."""

    code = "plan_changed"


class LedgerExpired(Gone):
    """The ledger of this import has been deleted, since its time was over."""

    code = "ledger_expired"


class NotUndoable(Conflict):
    """The import cannot be undone."""

    code = "not_undoable"


class FileTaken(Conflict):
    """This file of a watched folder is being imported already."""

    code = "file_taken"


class UploadTooLarge(TooLarge):
    """The file is larger than what is accepted."""

    code = "upload_too_large"


class UploadUnread(Conflict):
    """The uploaded file is still being read."""

    code = "upload_unread"


class Unreadable(Invalid):
    """The uploaded file cannot be read."""

    code = "unreadable"

    def __init__(self, why: Warning) -> None:
        super().__init__(why.message)
        self.code = why.code


class InvalidUpload(Invalid):
    """The upload is not right."""

    code = "invalid"


class NotMultipart(Unsupported):
    """An upload is sent as multipart/form-data."""

    code = "unsupported_media_type"


class NotCards(Invalid):
    """The upload is not of vCards, or is and should not be."""

    code = "wrong_kind"


class InvalidMapping(Invalid):
    """The mapping is not right."""

    code = "invalid_mapping"
