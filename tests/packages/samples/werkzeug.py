import werkzeug
import werkzeug.routing
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict
from werkzeug.local import Local, LocalProxy, LocalStack
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response


class Hex(werkzeug.routing.BaseConverter):
    def to_python(self, value):
        return int(value, 16)

    def to_url(self, value):
        return format(value, "x")


class Own(Request):
    """A subclass outside."""

    @property
    def twice(self):
        return self.path * 2


@Own.application
def app(request):
    return Response(request.twice, headers={"x-args": request.args.get("a", "")})


def hold():
    table = werkzeug.routing.Map([werkzeug.routing.Rule("/<hex:n>", endpoint="n")], converters={"hex": Hex})
    local, stack = Local(), LocalStack()
    local.x = [1]
    stack.push({"a": 1})
    client = Client(app)
    assert client.get("/p?a=1").text == "/p/p"
    return (
        table,
        local,
        local("x"),
        stack,
        client,
        Headers([("A", "1")]),
        MultiDict([("a", 1), ("a", 2)]),
        LocalProxy(lambda: local.x),
    )


def use(held):
    table, local, proxy, stack, client, headers, multi, other = held
    answer = client.get("/q?a=2")
    assert answer.text == "/q/q" and answer.headers["x-args"] == "2" and answer.status_code == 200
    assert table.bind("h").match("/ff") == ("n", {"n": 255}) and table.bind("h").build("n", {"n": 16}) == "/10"
    table.add(werkzeug.routing.Rule("/later/<int:m>", endpoint="m"))
    assert table.bind("h").match("/later/5") == ("m", {"m": 5})
    proxy.append(2)
    assert other == [1, 2] == local.x and stack.top == {"a": 1} and headers["a"] == "1" and multi.getlist("a") == [1, 2]
    assert isinstance(multi, MultiDict) and ImmutableMultiDict(multi).getlist("a") == [1, 2]
    try:
        table.bind("h").match("/nope/nope")
    except werkzeug.exceptions.NotFound as error:
        assert error.code == 404
    else:
        raise AssertionError("no error")
