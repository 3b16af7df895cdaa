"""Everything that can go wrong and reach a person, in one tree.

    GathertuiError                 what happened, what to do, and a code
    ├── UsageError                 the command line or a setting makes no sense
    ├── MapError                   a map file is broken (says where)
    ├── PictureError               a file holds no picture or video that can be read
    ├── DeviceError                a camera, microphone or loudspeaker is missing or fails
    ├── BadFrame                   bytes that are not a message of the protocol
    ├── Refused                    the other side said no to a request
    ├── ConnectionFailed           no conversation with the server
    │   ├── ServerUnreachable      nothing answers at that address
    │   ├── VersionMismatch        client and server don't share a protocol version
    │   ├── ConnectionLost         it was there and is gone; trying again may help
    │   └── Replaced               another connection of this device took over
    ├── CredentialsError           the kept sign-in can't be read or written
    └── StorageError               the database
        ├── DatabaseUnavailable    it doesn't answer, or won't let us in
        ├── DatabaseMissing        the embedded database isn't installed
        └── DataFolderLocked       another server uses this data folder

Every error has a `code` from the one enum `Code`, a message that says what
happened in a sentence, and, where there is something to do, a `hint` that says
what. `str(error)` is both, fit to be shown to a person as plain text.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What went wrong, for programs. The value travels in `Failure` messages."""

    # the frame or the request itself
    BAD_FRAME = "bad_frame"
    UNKNOWN_MESSAGE = "unknown_message"
    NOT_ALLOWED_NOW = "not_allowed_now"
    BAD_REQUEST = "bad_request"
    TOO_MANY_REQUESTS = "too_many_requests"
    VERSION = "version"
    TIMEOUT = "timeout"
    # accounts
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_PASSWORD = "wrong_password"
    SESSION_EXPIRED = "session_expired"
    NAME_TAKEN = "name_taken"
    BAD_NAME = "bad_name"
    BAD_PASSWORD = "bad_password"
    BAD_INVITE = "bad_invite"
    NOT_PERMITTED = "not_permitted"
    # the office
    NOT_IN_ROOM = "not_in_room"
    OFFICE_FULL = "office_full"
    REPLACED = "replaced"
    TOO_SLOW = "too_slow"
    TOO_FAST = "too_fast"
    NOT_LINKED = "not_linked"
    SERVER_STOPPING = "server_stopping"
    # chat
    UNKNOWN_CHANNEL = "unknown_channel"
    EMPTY_MESSAGE = "empty_message"
    MESSAGE_TOO_LONG = "message_too_long"
    # this machine
    USAGE = "usage"
    MAP = "map"
    PICTURE = "picture"
    DEVICE = "device"
    CREDENTIALS = "credentials"
    UNREACHABLE = "unreachable"
    CONNECTION_LOST = "connection_lost"
    STORAGE = "storage"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DATABASE_MISSING = "database_missing"
    DATA_FOLDER_LOCKED = "data_folder_locked"
    INTERNAL = "internal"


class GathertuiError(Exception):
    """The root. `message` says what happened, `hint` what to do about it."""

    code: Code = Code.INTERNAL

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageError(GathertuiError):
    """The command line or a setting makes no sense; commands exit with 2."""

    code = Code.USAGE


class MapError(GathertuiError):
    """A map file is broken.

    `line` and `column` count from 1 and are 0 where the file gives no position
    (a value inside a table, say); then the message names the key's path.
    """

    code = Code.MAP

    def __init__(self, message: str, hint: str = "", *, line: int = 0, column: int = 0) -> None:
        where = f"line {line}, column {column}: " if line and column else f"line {line}: " if line else ""
        super().__init__(where + message, hint)
        self.line = line
        self.column = column


class PictureError(GathertuiError):
    """A file holds no picture or video that can be read."""

    code = Code.PICTURE


class DeviceError(GathertuiError):
    """A camera, microphone or loudspeaker is missing, in use or fails, or what drives it is not installed."""

    code = Code.DEVICE


class BadFrame(GathertuiError):
    """Bytes that are not a message of the protocol.

    `rid` is the request the frame claimed to be, where its head could be read,
    else 0. `code` tells an unknown message from a broken one.
    """

    code = Code.BAD_FRAME

    def __init__(self, message: str, *, rid: int = 0, code: Code = Code.BAD_FRAME) -> None:
        super().__init__(message)
        self.rid = rid
        self.code = code


class Refused(GathertuiError):
    """A request was refused. `retry_after` is in seconds, 0 where waiting won't help."""

    def __init__(self, code: Code, message: str, hint: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(message, hint)
        self.code = code
        self.retry_after = retry_after


class ConnectionFailed(GathertuiError):
    """No conversation with the server."""

    code = Code.UNREACHABLE


class ServerUnreachable(ConnectionFailed):
    """Nothing that speaks our protocol answers at that address."""


class VersionMismatch(ConnectionFailed):
    """Client and server don't share a protocol version; the message says which side to upgrade."""

    code = Code.VERSION


class ConnectionLost(ConnectionFailed):
    """The connection was there and is gone. Reconnecting may help."""

    code = Code.CONNECTION_LOST


class Replaced(ConnectionFailed):
    """Another connection of this device took over. Never reconnect by yourself."""

    code = Code.REPLACED


class CredentialsError(GathertuiError):
    """The kept sign-in can't be read or written."""

    code = Code.CREDENTIALS


class StorageError(GathertuiError):
    """The database failed."""

    code = Code.STORAGE


class DatabaseUnavailable(StorageError):
    """The database doesn't answer, or won't let us in."""

    code = Code.DATABASE_UNAVAILABLE


class DatabaseMissing(StorageError):
    """The embedded database isn't installed; the hint names the command."""

    code = Code.DATABASE_MISSING


class DataFolderLocked(StorageError):
    """Another server uses this data folder."""

    code = Code.DATA_FOLDER_LOCKED
