"""What /metrics shows: counters without personal data, labels from code only."""

from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

_API: Final = "/api/v1"

REQUEST_SECONDS = Histogram(
    "ganh_request_seconds",
    "Time to answer, by route template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10),
)
OUTBOX_ROWS = Gauge("ganh_outbox_rows", "Effects that wait or are dead.", ["state"])
OUTBOX_LATE = Gauge("ganh_outbox_late_seconds", "Age of the oldest effect that should be done.")
FOLLOW_UPS_LATE = Gauge("ganh_follow_ups_late", "Follow-ups past their time.")
DISK_FREE = Gauge("ganh_disk_free_bytes", "Free space on the fullest disk that is watched.")
DISK_READ_ONLY = Gauge("ganh_disk_read_only", "1 while nothing more is written.")
CONNECTIONS_CUT = Counter(
    "ganh_connections_cut_total", "Connections ended by the server, by reason.", ["reason"]
)


def route_of(scope: Mapping[str, Any]) -> str:
    """The template of the route that a request took, never the path with what it holds."""
    path, template = str(scope["path"]), getattr(scope.get("route"), "path", None)
    if template is None:
        return "/static" if path.startswith("/static/") else "unmatched"
    # A route that was included under the prefix knows only its own part.
    under_api = path.startswith(f"{_API}/") and not template.startswith(_API)
    return f"{_API}{template}" if under_api else str(template)
