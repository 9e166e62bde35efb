"""The SDK's side: loaded only when tracing is on."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

_KINDS: Final = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
# A collector that is down must hold up nothing: spans wait in memory, then they are dropped.
_QUEUE_MAX: Final = 2048
_EVERY_MS: Final = 2000
_EXPORT_S: Final = 5


class Tracer:
    """Spans of one process, sent in batches from a thread of its own."""

    def __init__(self, endpoint: str, *, service: str) -> None:
        # A resource of our own words: the default one reads the machine and its environment.
        self._provider = TracerProvider(resource=Resource({"service.name": service}))
        exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_EXPORT_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=_QUEUE_MAX, schedule_delay_millis=_EVERY_MS)
        )
        self._tracer = self._provider.get_tracer("ganh")

    @contextmanager
    def span(self, name: str, *, kind: str, attributes: Mapping[str, str]) -> Iterator[Span]:
        """A span that is the current one inside of the block."""
        with self._tracer.start_as_current_span(
            name,
            kind=_KINDS[kind],
            attributes=dict(attributes),
            # An exception's words may hold what people typed: its class is all that is kept.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def past(self, name: str, *, took_s: float, failed: str) -> None:
        """A span of something that has just ended."""
        now_ns = time.time_ns()
        span = self._tracer.start_span(
            name, kind=SpanKind.CLIENT, start_time=now_ns - int(took_s * 1e9)
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR, failed))
        span.end(now_ns)

    def stop(self) -> None:
        """Send what waits and end the thread."""
        self._provider.force_flush(timeout_millis=_EXPORT_S * 1000)
        self._provider.shutdown()
