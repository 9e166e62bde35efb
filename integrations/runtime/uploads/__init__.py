"""Files that arrive in pieces, so that a cut costs one piece: verbs for whoever mounts them."""

from integrations.runtime.uploads.keeping import clean, open_whole, tend
from integrations.runtime.uploads.refusals import AlreadyUsed
from integrations.runtime.uploads.verbs import (
    UploadSeen,
    append,
    begin,
    drop,
    look,
    mark_used,
)

__all__ = [
    "AlreadyUsed",
    "UploadSeen",
    "append",
    "begin",
    "clean",
    "drop",
    "look",
    "mark_used",
    "open_whole",
    "tend",
]
