import asyncio
import contextlib
import http.server
import threading

import aiobotocore.config
import aiobotocore.session
import botocore.exceptions


class Service(http.server.BaseHTTPRequestHandler):
    """A small table of objects that speaks enough of S3."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/xml"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/":
            names = "".join(f"<Bucket><Name>{name}</Name></Bucket>" for name in ("one", "two"))
            self.answer(200, f"<ListAllMyBucketsResult><Buckets>{names}</Buckets></ListAllMyBucketsResult>".encode())
        elif path == "/b/key":
            self.answer(200, b"content", "text/plain")
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")

    def log_message(self, *args):
        pass


class Session(aiobotocore.session.AioSession):
    """A session of the program, which counts its clients."""

    made = 0

    def create_client(self, *args, **kwargs):
        Session.made += 1
        return super().create_client(*args, **kwargs)


def client(session, server):
    config = aiobotocore.config.AioConfig(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    return session.create_client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=config,
    )


async def buckets(client):
    return [bucket["Name"] for bucket in (await client.list_buckets())["Buckets"]]


async def whole(session, server):
    async with client(session, server) as each:
        found = await each.get_object(Bucket="b", Key="key")
        async with found["Body"] as stream:
            content = await stream.read()
        try:
            await each.get_object(Bucket="b", Key="never")
        except each.exceptions.NoSuchKey as error:
            return content, isinstance(error, botocore.exceptions.ClientError)


def hold():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    loop, session, stack = asyncio.new_event_loop(), Session(), contextlib.AsyncExitStack()
    opened = loop.run_until_complete(stack.enter_async_context(client(session, server)))
    assert loop.run_until_complete(buckets(opened)) == ["one", "two"]
    waiter = opened.get_waiter("object_exists")
    return server, loop, session, stack, opened, opened.get_paginator("list_objects_v2"), waiter, whole(session, server)


def use(held):
    server, loop, session, stack, opened, paginator, waiter, later = held
    assert loop.run_until_complete(buckets(opened)) == ["one", "two"] and loop.run_until_complete(later) == (
        b"content",
        True,
    )
    assert loop.run_until_complete(whole(Session(), server)) == (b"content", True) and Session.made == 3
    assert isinstance(session, aiobotocore.session.AioSession) and isinstance(opened, aiobotocore.client.AioBaseClient)
    assert isinstance(paginator, aiobotocore.paginate.AioPaginator) and isinstance(waiter, aiobotocore.waiter.AIOWaiter)
    url = loop.run_until_complete(opened.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"}))
    assert "/b/k?" in url and "Signature" in url and opened.meta.region_name == "eu-west-1"
    loop.run_until_complete(stack.aclose())
    loop.close()
    server.shutdown()
    server.server_close()
