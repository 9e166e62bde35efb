"""How much may be sent in pieces and for how long, and what is said when it cannot be."""

from typing import Final

from integrations.contracts.errors import N_, Conflict, NotFound, Problem, TooLarge, TooMany

# The largest original of a photo, and no paper that is photographed is larger.
LENGTH_MAX_BYTES: Final = 15 * 1024 * 1024
# Our own page sends 64 to 256 KB; a piece is held in memory until it is stored.
PIECE_MAX_BYTES: Final = 1024 * 1024
# 240 pieces of 64 KB make the largest file; the rest is for a line that cuts many of them.
PIECES_MAX: Final = 1_000
# What is left of a piece that was cut: less is sent again sooner than stored and read back.
CUT_LEAST_BYTES: Final = 16 * 1024
# From the last piece on, so that a day without a line does not end it.
LIFE_S: Final = 48 * 3600
# Two listings with eight photos each, and some that were given up.
OPEN_MAX: Final = 20
METADATA_MAX: Final = 1_000


class Gone(Problem):
    """It was here, and is kept no longer."""

    status = 410


class OtherVersion(Problem):
    """The sender speaks another version of the protocol."""

    status = 412


class OtherType(Problem):
    """The piece is not said to be one."""

    status = 415


class WrongOffset(Conflict):
    """A piece that does not begin where the file stands: at `offset_bytes`."""

    def __init__(self, offset_bytes: int) -> None:
        super().__init__(
            "upload.offset",
            N_("This part is here already or comes too early. Please go on from where it stands."),
        )
        self.offset_bytes = offset_bytes


class AlreadyUsed(Conflict):
    """The file has become something, and becomes nothing else."""

    def __init__(self) -> None:
        super().__init__(
            "upload.used",
            N_("This file was used elsewhere already. Please choose it again."),
            field="upload_id",
        )


def no_such_upload() -> NotFound:
    """Nobody's, another's, or taken back."""
    return NotFound("upload.missing", N_("This file is no longer here. Please send it again."))


def over() -> Gone:
    """It stood still for two days, or its pieces are lost."""
    return Gone(
        "upload.over", N_("A half-sent file is kept for two days only. Please send it again.")
    )


def beyond() -> TooLarge:
    """A piece that is longer than what is missing."""
    return TooLarge(
        "upload.beyond",
        N_("More arrived than the file was said to have. Please send it again from the start."),
    )


def too_many_pieces() -> Problem:
    """So small pieces that reading them together would take too long."""
    return Problem(
        "upload.pieces",
        N_("The file arrives in too many small parts. Please send it again on a better line."),
    )


def not_whole() -> Conflict:
    """It cannot be used yet."""
    return Conflict(
        "upload.not_whole",
        N_("The file is not all here yet. Please wait until it has been sent."),
        field="upload_id",
    )


def check_length(length_bytes: int) -> None:
    """Raises `Problem` (`upload.empty`) and `TooLarge` (`upload.too_large`)."""
    if length_bytes <= 0:
        raise Problem("upload.empty", N_("The file is empty. Please choose it again."))
    if length_bytes > LENGTH_MAX_BYTES:
        raise TooLarge(
            "upload.too_large",
            N_("The file is larger than {max_mb} MB. Please choose a smaller one."),
            params={"max_mb": LENGTH_MAX_BYTES // (1024 * 1024)},
        )


def other_length() -> Conflict:
    """One number for two files."""
    return Conflict(
        "upload.other_length",
        N_("Another file was begun under this number. Please choose the file again."),
    )


def too_many() -> TooMany:
    """Whoever begins so many finishes none."""
    return TooMany(
        "upload.too_many",
        N_("{most} files are on their way already. Please wait until one has arrived."),
        params={"most": OPEN_MAX},
        retry_after_s=60,
    )
