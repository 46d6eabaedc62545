from google.api_core import (
    client_options,
    datetime_helpers,
    exceptions,
    gapic_v1,
    page_iterator,
    path_template,
    retry,
    timeout,
)


class Pages(page_iterator.HTTPIterator):
    """An iterator of the program, which upper-cases."""

    def _next_page(self):
        page = super()._next_page()
        fetched.append(page is not None)
        return page


fetched = []
PAGES = {None: {"items": ["a", "b"], "nextPageToken": "t"}, "t": {"items": ["c"]}}


def request(method, path, query_params):
    return PAGES[query_params.get("pageToken")]


def pages():
    return Pages(None, request, "/items", lambda iterator, item: item.upper())


calls = []


@retry.Retry(predicate=retry.if_exception_type(exceptions.ServiceUnavailable), initial=0.001, maximum=0.002, timeout=30)
def flaky(value):
    calls.append(value)
    if len(calls) % 3:
        raise exceptions.ServiceUnavailable("not yet")
    return value


def plain(*args, **kwargs):
    return args, kwargs.get("timeout")


def hold():
    assert flaky(1) == 1 and len(calls) == 3
    walk = iter(pages())
    assert next(walk) == "A"
    wrapped = gapic_v1.method.wrap_method(
        plain, default_retry=retry.Retry(), default_timeout=timeout.ConstantTimeout(7)
    )
    options = client_options.ClientOptions(api_endpoint="h.test", scopes=["a"])
    error = exceptions.from_http_status(404, "gone")
    return (
        flaky,
        walk,
        wrapped,
        options,
        error,
        {exceptions.NotFound: 404},
        retry.Retry(deadline=5),
        timeout.TimeToDeadlineTimeout(3),
    )


def use(held):
    flaky, walk, wrapped, options, error, table, policy, deadline = held
    assert flaky(2) == 2 and len(calls) == 6 and list(walk) == ["B", "C"] and fetched == [True, True, False]
    assert wrapped(1) == ((1,), 7) and wrapped(1, timeout=3) == ((1,), 3) and options.api_endpoint == "h.test"
    assert (
        type(error) is exceptions.NotFound
        and table[type(error)] == 404 == error.code
        and isinstance(error, exceptions.ClientError)
    )
    assert policy.with_deadline(9)._deadline == 9 and isinstance(deadline, timeout.TimeToDeadlineTimeout)
    assert path_template.expand("a/*/b/{name}", "x", name="y") == "a/x/b/y" and path_template.validate("a/*", "a/z")
    assert datetime_helpers.from_rfc3339("2020-01-02T03:04:05Z").year == 2020 and client_options.from_dict(
        {"scopes": ["b"]}
    ).scopes == ["b"]
    assert deadline(plain)(1)[0] == (1,) and gapic_v1.routing_header.to_routing_header([("a", "b c")]) == "a=b+c"
    strict = retry.Retry(predicate=retry.if_exception_type(KeyError), initial=0.001, timeout=0.01)
    try:
        strict(lambda: {}["k"])()
    except exceptions.RetryError as raised:
        assert isinstance(raised.cause, KeyError) and isinstance(raised, exceptions.GoogleAPIError)
    else:
        raise AssertionError("no error")
