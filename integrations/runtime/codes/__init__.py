"""QR codes in pictures: read in a child process with limits, the picture is never kept."""

from integrations.runtime.codes.child import PICTURE_MAX_BYTES, read_codes

__all__ = ["PICTURE_MAX_BYTES", "read_codes"]
