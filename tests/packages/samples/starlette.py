import asyncio

from starlette.applications import Starlette
from starlette.datastructures import URL, Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route


class Timing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["x-seen"] = request.url.path
        return response


async def page(request: Request):
    request.app.state.hits += 1
    return JSONResponse(
        {"n": request.path_params["n"], "hits": request.app.state.hits, "q": request.query_params.get("q")}
    )


async def fail(request):
    raise HTTPException(418, "teapot")


async def call(app, path, query=b""):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [],
        "server": ("h", 80),
        "client": ("c", 1),
        "scheme": "http",
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], body, dict(sent[0]["headers"])


def hold():
    inner = Starlette(routes=[Route("/x", lambda request: PlainTextResponse("inner"))])
    app = Starlette(
        routes=[Route("/p/{n:int}", page), Route("/fail", fail), Mount("/m", inner)], middleware=[Middleware(Timing)]
    )
    app.state.hits = 0
    status, body, headers = asyncio.run(call(app, "/p/3", b"q=1"))
    assert status == 200 and body == b'{"n":3,"hits":1,"q":"1"}' and headers[b"x-seen"] == b"/p/3"
    return (
        app,
        inner,
        Headers({"a": "b"}),
        MutableHeaders(),
        URL("http://h/p?q=1"),
        QueryParams("a=1&a=2"),
        HTTPException,
    )


def use(held):
    app, inner, headers, mutable, url, params, error = held
    status, body, seen = asyncio.run(call(app, "/p/4"))
    assert status == 200 and body == b'{"n":4,"hits":2,"q":null}' and seen[b"x-seen"] == b"/p/4"
    assert asyncio.run(call(app, "/fail"))[:2] == (418, b"teapot") and asyncio.run(call(app, "/no"))[0] == 404
    assert asyncio.run(call(app, "/m/x"))[1] == b"inner" and app.url_path_for("page", n=1) == "/p/1"
    mutable["k"] = "v"
    assert headers["A"] == "b" and mutable["K"] == "v" and url.query == "q=1" and url == URL("http://h/p?q=1")
    assert params.getlist("a") == ["1", "2"] and error is HTTPException and type(inner) is Starlette
