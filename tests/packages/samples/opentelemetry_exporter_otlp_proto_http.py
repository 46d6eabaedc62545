import gzip
import http.server
import threading

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

received = []


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        received.append((self.path, body, self.headers.get("x-own")))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Exporter(OTLPSpanExporter):
    """An exporter of the program, which counts."""

    sent = 0

    def export(self, spans):
        Exporter.sent += len(spans)
        return super().export(spans)


def names():
    return [
        span.name
        for path, body, _ in received
        if path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def hold():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1/"
    spans = Exporter(endpoint=url + "traces", headers={"x-own": "1"}, compression=Compression.Gzip, timeout=10)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = provider.get_tracer("sample")
    with tracer.start_as_current_span("first"):
        pass
    meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=url + "metrics"), 3_600_000)])
    counter = meters.get_meter("sample").create_counter("count")
    counter.add(1)
    assert names() == ["first"] and received[0][2] == "1"
    return server, spans, provider, tracer, meters, counter, {Compression.Gzip: "gzip"}


def use(held):
    server, spans, provider, tracer, meters, counter, table = held
    with tracer.start_as_current_span("second") as span:
        span.set_attribute("k", [1, 2])
    counter.add(2)
    assert meters.force_flush() and names() == ["first", "second"] and Exporter.sent == 2
    assert [path for path, _, _ in received][-1] == "/v1/metrics" and table[Compression.Gzip] == "gzip"
    assert isinstance(spans, OTLPSpanExporter) and spans.export([]) is SpanExportResult.SUCCESS
    provider.shutdown()
    meters.shutdown()
    server.shutdown()
    server.server_close()
    assert spans.export([]) is SpanExportResult.FAILURE
