"""What the store may have to say to a person, in both languages."""

from __future__ import annotations

from schemas.dictionary.declaration import Text
from schemas.dictionary.sentences import Sentences
from schemas.dictionary.user_facing_error import UserFacingError


class StoreError(UserFacingError, ValueError):
    """The store cannot do this; ``text`` says why and what to do, in both languages.

    ``is_fault``: something is wrong with the store, so that the operator's log says it too.
    """

    is_fault = True

    def __init__(self, text: Text) -> None:
        super().__init__([text])


_text = Sentences(__file__)
KINDS = {
    "demo": Text(ja="デモ用", en="demo data"),
    "real": Text(ja="本番用", en="real data"),
}

OTHER_KIND = _text("other_kind")
DEMO_INTO_REAL = _text("demo_into_real")
REAL_INTO_DEMO = _text("real_into_demo")
NOT_A_FOLDER = _text("not_a_folder")
FOLDER_IN_USE = _text("folder_in_use")
UNREADABLE = _text("unreadable")
DATABASE_MISSING = _text("database_missing")
DATABASE_GONE = _text("database_gone")
DATABASE_REPLACED = _text("database_replaced")
DATABASE_OLDER = _text("database_older")
OTHER_DATABASE = _text("other_database")
FILES_GONE = _text("files_gone")
NEWER = _text("newer")
NOT_WRITABLE = _text("not_writable")
FILES_NEEDED = _text("files_needed")
FILES_ELSEWHERE = _text("files_elsewhere")
BAD_FILES_URL = _text("bad_files_url")
FILES_PACKAGE = _text("files_package")
FILES_UNREACHABLE = _text("files_unreachable")
FILES_REFUSED = _text("files_refused")
BAD_URL = _text("bad_url")
UNREACHABLE = _text("unreachable")
INCONSISTENT = _text("inconsistent")
UNKNOWN_SUBMISSION = _text("unknown_submission")
BLOB_MISSING = _text("blob_missing")
BLOB_CHANGED = _text("blob_changed")
REFUSED_TOO_LARGE = _text("refused_too_large")
REFUSED_REMOVED = _text("refused_removed")

NO_STORE = _text("no_store")
STORE_EXISTS = _text("store_exists")
BACKUP_NOT_EMPTY = _text("backup_not_empty")
RESTORE_NOT_EMPTY = _text("restore_not_empty")
NO_BACKUP = _text("no_backup")
BACKUP_BROKEN = _text("backup_broken")
BACKUP_INCOMPLETE = _text("backup_incomplete")
RESTORE_TO_FOLDER = _text("restore_to_folder")
RESTORE_TO_SERVER = _text("restore_to_server")
DATABASE_DAMAGED = _text("database_damaged")

UNKNOWN_ROLE = _text("unknown_role")
ROLE_NEEDS_INSTITUTION = _text("role_needs_institution")
USER_EXISTS = _text("user_exists")
NO_SUCH_USER = _text("no_such_user")
INVITED_IS_DISABLED = _text("invited_is_disabled")
BAD_INVITATION = _text("bad_invitation")
USER_UNKNOWN = _text("user_unknown")
ROLE_ENDED = _text("role_ended")
USER_DISABLED = _text("user_disabled")
SESSION_ENDED = _text("session_ended")
SESSION_OLD = _text("session_old")
ERASED = _text("erased")
AUDIT_DIFFERS = _text("audit_differs")
AUDIT_CUT = _text("audit_cut")
ORPHAN_BLOB = _text("orphan_blob")
MISSING_BLOB = _text("missing_blob")
WRONG_HASH = _text("wrong_hash")
UNFINISHED = _text("unfinished")
NO_REASON = _text("no_reason")
REMOVED = _text("removed")
CLOSED = _text("closed")
WRONG_MODE = _text("wrong_mode")


def line(what: Text, where: str) -> Text:
    """One line of a check: what is amiss, and where."""
    return Text(ja=f"{what.ja}：{where}", en=f"{what.en}: {where}")
