"""What /metrics shows: counters without personal data, labels from code only."""

from prometheus_client import Counter, Histogram

REQUEST_SECONDS = Histogram(
    "ganh_request_seconds",
    "Time to answer, by route template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10),
)
TASKS = Counter("ganh_tasks_total", "Outbox tasks worked, by end.", ["task", "end"])
CONNECTIONS_CUT = Counter(
    "ganh_connections_cut_total", "Connections ended by the server, by reason.", ["reason"]
)
