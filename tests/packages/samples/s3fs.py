import http.server
import threading

import fsspec
import fsspec.asyn
import s3fs
import s3fs.core
import s3fs.errors

OBJECTS = {}


class Service(http.server.BaseHTTPRequestHandler):
    """Keeps objects of one bucket, and speaks enough of S3."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self):
        OBJECTS[self.path.partition("?")[0]] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, ETag='"e"')

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path in OBJECTS:
            data = OBJECTS[path]
            if self.command == "HEAD":
                self.answer(200, data, ETag='"e"', Last_Modified="Wed, 01 Jan 2020 00:00:00 GMT")
            else:
                first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
                part = data[int(first) : int(last) + 1 if last else None]
                self.answer(206 if "Range" in self.headers else 200, part, ETag='"e"')
        elif "list-type" in query:
            rows = "".join(
                f"<Contents><Key>{key[3:]}</Key><Size>{len(data)}</Size><LastModified>2020-01-01T00:00:00Z</LastModified></Contents>"
                for key, data in sorted(OBJECTS.items())
            )
            self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode())
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


class Files(s3fs.S3FileSystem):
    """A file system of the program: what it is called by."""

    protocol = ("s3", "sample")
    opened = 0

    def _open(self, path, *args, **kwargs):
        Files.opened += 1
        return super()._open(path, *args, **kwargs)


def made(cls, server):
    return cls(
        key="k",
        secret="s",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        use_listings_cache=False,
        config_kwargs={"s3": {"addressing_style": "path"}, "request_checksum_calculation": "when_required"},
    )


def hold():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files, own = made(s3fs.S3FileSystem, server), made(Files, server)
    files.pipe("b/one.txt", b"first content")
    half = own.open("b/one.txt", "rb")
    assert half.read(5) == b"first" and files.cat("b/one.txt") == b"first content"
    writing = own.open("b/two.txt", "wb")
    writing.write(b"sec")
    return server, files, own, half, writing, s3fs.errors.translate_boto_error, {s3fs.S3FileSystem: "s3"}


def use(held):
    server, files, own, half, writing, translate, table = held
    assert half.read() == b" content" and isinstance(half, s3fs.core.S3File) and isinstance(own, s3fs.S3FileSystem)
    writing.write(b"ond")
    writing.close()
    assert (
        files.cat("b/two.txt") == b"second"
        and Files.opened == 2
        and made(s3fs.S3FileSystem, server) is made(s3fs.S3FileSystem, server)
    )
    assert sorted(files.ls("b")) == ["b/one.txt", "b/two.txt"] and files.info("b/two.txt")["size"] == 6
    assert table[s3fs.S3FileSystem] == "s3" and fsspec.get_filesystem_class("s3") is s3fs.S3FileSystem
    assert files.get_mapper("b")["one.txt"] == b"first content" and isinstance(files, fsspec.asyn.AsyncFileSystem)
    try:
        files.cat("b/never")
    except FileNotFoundError:
        assert translate is s3fs.errors.translate_boto_error
    else:
        raise AssertionError("no error")
    server.shutdown()
    server.server_close()
