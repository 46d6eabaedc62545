import http.server
import json
import threading

import openai
import pydantic
from openai.types.chat import ChatCompletion


def completion(text, **more):
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        **more,
    }


def chunk(text):
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": text}}],
    }


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, kind = 200, "application/json"
        if asked["model"] == "never":
            status, body = 404, json.dumps({"error": {"message": "no such model", "code": "none"}})
        elif asked.get("stream"):
            kind, body = (
                "text/event-stream",
                "".join(f"data: {json.dumps(chunk(text))}\n\n" for text in "abc") + "data: [DONE]\n\n",
            )
        else:
            body = json.dumps(completion(asked["messages"][-1]["content"].upper(), extra=self.headers["X-Own"]))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


class Client(openai.OpenAI):
    """A client of the program with a header of its own."""

    @property
    def default_headers(self):
        return {**super().default_headers, "X-Own": "yes"}


def ask(client, model="m", **options):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}], **options)


def hold():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = Client(api_key="k", base_url=f"http://127.0.0.1:{server.server_port}/v1", max_retries=0)
    answer = ask(client)
    assert answer.choices[0].message.content == "HELLO" and answer.extra == "yes"
    stream = ask(client, stream=True)
    assert next(stream).choices[0].delta.content == "a"
    return server, client, answer, stream, client.chat.completions, openai.NotFoundError, {openai.OpenAI: "client"}


def use(held):
    server, client, answer, stream, completions, error, table = held
    assert [part.choices[0].delta.content for part in stream] == ["b", "c"] and isinstance(stream, openai.Stream)
    assert (
        ask(client).choices[0].message.content == "HELLO"
        and type(answer) is ChatCompletion
        and table[openai.OpenAI] == "client"
    )
    assert completions.create(model="m", messages=[{"role": "user", "content": "x"}]).choices[0].message.content == "X"
    assert (
        isinstance(client, openai.OpenAI)
        and client.with_options(timeout=3).timeout == 3
        and isinstance(answer, pydantic.BaseModel)
    )
    assert (
        ChatCompletion.model_validate(completion("z")).choices[0].finish_reason == "stop"
        and answer.model_copy() == answer
    )
    try:
        ask(client, model="never")
    except error as raised:
        assert raised.status_code == 404 and isinstance(raised, openai.APIStatusError) and raised.code == "none"
    else:
        raise AssertionError("no error")
    client.close()
    server.shutdown()
    server.server_close()
