from opentelemetry import baggage, context, metrics, propagate, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased


class Marker(SpanProcessor):
    """A processor of the program."""

    def on_start(self, span, parent_context=None):
        span.set_attribute("marked", True)


def values(reader):
    data = reader.get_metrics_data()
    return {
        metric.name: [getattr(point, "value", None) or getattr(point, "sum", None) for point in metric.data.data_points]
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def hold():
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider(
        resource=Resource.create({"service.name": "sample"}), sampler=ParentBased(TraceIdRatioBased(1.0))
    )
    provider.add_span_processor(Marker())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    meters = MeterProvider(metric_readers=[reader])
    meter = meters.get_meter("sample")
    counter, histogram = meter.create_counter("count"), meter.create_histogram("size")
    counter.add(2, {"k": "v"})
    tracer = trace.get_tracer("sample")
    with tracer.start_as_current_span("first") as first:
        first.add_event("event", {"n": 1})
    opened = tracer.start_span("open", kind=trace.SpanKind.SERVER)
    token = context.attach(baggage.set_baggage("user", "me", trace.set_span_in_context(opened)))
    assert [span.name for span in exporter.get_finished_spans()] == ["first"] and values(reader) == {"count": [2]}
    return (
        exporter,
        reader,
        provider,
        tracer,
        opened,
        token,
        counter,
        histogram,
        meter,
        {trace.SpanKind.SERVER: "server"},
    )


def use(held):
    exporter, reader, provider, tracer, opened, token, counter, histogram, meter, table = held
    assert trace.get_current_span() is opened and baggage.get_baggage("user") == "me" and table[opened.kind] == "server"
    with tracer.start_as_current_span("child") as child:
        carrier = {}
        propagate.inject(carrier)
        assert child.parent.span_id == opened.get_span_context().span_id and child.attributes["marked"]
    assert f"{opened.get_span_context().trace_id:032x}" in carrier["traceparent"] and "user=me" in carrier["baggage"]
    context.detach(token)
    opened.set_status(trace.StatusCode.ERROR, "bad")
    opened.end()
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["first", "child", "open"] and spans[
        2
    ].status.status_code is trace.StatusCode.ERROR
    assert spans[0].events[0].attributes["n"] == 1 and spans[0].resource.attributes["service.name"] == "sample"
    counter.add(3, {"k": "v"})
    histogram.record(4)
    meter.create_up_down_counter("late").add(-1)
    assert values(reader) == {"count": [5], "size": [4], "late": [-1]} and isinstance(meter, metrics.Meter)
    extracted = trace.get_current_span(propagate.extract(carrier)).get_span_context()
    assert (
        extracted.trace_id == spans[1].context.trace_id
        and extracted.is_remote
        and trace.get_tracer_provider() is provider
    )
    try:
        with tracer.start_as_current_span("fails"):
            raise KeyError("k")
    except KeyError:
        assert exporter.get_finished_spans()[-1].events[0].name == "exception"
    assert not TracerProvider(sampler=ALWAYS_OFF).get_tracer("x").start_span("y").is_recording()
