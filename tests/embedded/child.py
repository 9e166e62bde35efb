"""A child for the supervisor's tests: answers HTTP on PORT, after the gate when it is early."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from integrations.runtime.embedded import wait_for_release


class Yes(BaseHTTPRequestHandler):
    """Answers 200 with its own process number."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Silent."""


if __name__ == "__main__":
    if "slow" in sys.argv:
        # Takes two seconds to end and goes on serving meanwhile, as one with open requests does.
        signal.signal(signal.SIGTERM, lambda *_: signal.alarm(2))
    sys.stdout.write("INFO: only for the log\na word for the screen\n")
    sys.stdout.flush()
    wait_for_release()
    port = int(os.environ["STANDIN_URL"].rpartition(":")[2] if "standins" in sys.argv else 0)
    HTTPServer(("127.0.0.1", port or int(os.environ["PORT"])), Yes).serve_forever()
