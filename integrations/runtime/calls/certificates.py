"""Whom outgoing calls trust."""

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """The authorities of this installation, for `verify=` of every client.

    Read once: a client that reads them itself holds its loop for 20 to 30 ms of a processor.
    """
    import httpx

    return httpx.create_ssl_context()
