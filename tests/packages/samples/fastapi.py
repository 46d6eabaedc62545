import asyncio
import json
import typing

import fastapi
import fastapi.encoders
import fastapi.openapi.utils
import pydantic
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer


class Item(pydantic.BaseModel):
    name: str
    price: float = 1.0


class Route(APIRoute):
    """A route of the program, which counts."""

    def get_route_handler(self):
        handler = super().get_route_handler()

        async def counted(request):
            request.app.state.hits += 1
            return await handler(request)

        return counted


bearer = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)
app = FastAPI(title="sample")
app.state.hits = 0
router = fastapi.APIRouter(prefix="/r", route_class=Route, tags=["r"])


async def page(q: typing.Annotated[int, Query(ge=0)] = 0, agent: str | None = Header(None)):
    yield {"q": q, "agent": agent}


@router.post("/items/{number}", response_model=Item, status_code=201)
async def create(number: int, item: Item, page: typing.Annotated[dict, Depends(page)]):
    return {"name": f"{item.name}{number}{page['q']}{page['agent'] or ''}", "price": item.price, "hidden": 1}


@router.get("/me")
def me(token: str | None = Depends(bearer)):
    if token is None:
        raise HTTPException(401, "who?")
    return PlainTextResponse(token)


@app.exception_handler(RequestValidationError)
async def invalid(request, error):
    return JSONResponse({"wrong": sorted(list(each["loc"]) for each in error.errors())}, 422)


async def call(method, path, body=b"", query=b"", headers=()):
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [(b"content-type", b"application/json"), *headers],
        "server": ("h", 80),
        "client": ("c", 1),
        "scheme": "http",
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def asked(*arguments, **options):
    status, body = asyncio.run(call(*arguments, **options))
    return status, json.loads(body)


def hold():
    app.include_router(router)
    item = json.dumps({"name": "a", "price": 2}).encode()
    assert asked("POST", "/r/items/1", item, b"q=3") == (201, {"name": "a13", "price": 2.0})
    return app, router, item, app.openapi()["paths"], HTTPException, Query(ge=1)


def use(held):
    app, router, item, paths, error, query = held
    assert asked("POST", "/r/items/2", item, b"q=4", headers=[(b"agent", b"x")]) == (
        201,
        {"name": "a24x", "price": 2.0},
    )
    assert asked("POST", "/r/items/n", item, b"q=-1") == (422, {"wrong": [["path", "number"], ["query", "q"]]})
    assert asyncio.run(call("GET", "/r/me", headers=[(b"authorization", b"Bearer t")])) == (200, b"t")
    assert (
        asked("GET", "/r/me") == (401, {"detail": "who?"}) and app.state.hits == 5 and asked("GET", "/never")[0] == 404
    )
    assert asked("GET", "/openapi.json")[1]["paths"].keys() == paths.keys() and isinstance(query, fastapi.params.Query)
    assert isinstance(app, FastAPI) and issubclass(Route, APIRoute) and error is fastapi.HTTPException
    assert fastapi.encoders.jsonable_encoder(Item(name="n")) == {"name": "n", "price": 1.0}

    @app.get("/late")
    async def late(n: int):
        return n + 1

    assert asked("GET", "/late", query=b"n=1") == (200, 2) and app.url_path_for("create", number=3) == "/r/items/3"
