import io

import python_multipart
from python_multipart import multipart
from python_multipart.decoders import Base64Decoder
from python_multipart.exceptions import FormParserError

BODY = (
    b'--b\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\ndata\r\n--b--\r\n'
)


class Upload(multipart.File):
    """A file of the program."""

    def finalize(self):
        finished.append(self.file_name)
        super().finalize()


finished = []


def parser(fields, files):
    return multipart.FormParser("multipart/form-data", fields.append, files.append, boundary=b"b")


def hold():
    fields, files = [], []
    halfway = parser(fields, files)
    halfway.write(BODY[:70])
    pairs = []
    query = multipart.QuerystringParser({"on_field_name": lambda data, start, end: pairs.append(data[start:end])})
    query.write(b"a=1&b")
    assert pairs == [b"a", b"b"]
    sink = []
    decoder = Base64Decoder(type("Sink", (), {"write": staticmethod(sink.append)}))
    decoder.write(b"Zm9")
    return (
        halfway,
        fields,
        files,
        query,
        pairs,
        decoder,
        sink,
        Upload(b"o"),
        FormParserError,
        python_multipart.parse_form,
    )


def use(held):
    halfway, fields, files, query, pairs, decoder, sink, upload, error, parse = held
    halfway.write(BODY[70:])
    halfway.finalize()
    assert [(f.field_name, f.value) for f in fields] == [(b"field", b"value")] and type(fields[0]) is multipart.Field
    assert type(files[0]) is multipart.File and files[0].size == 4 and files[0].file_object.getvalue() == b"data"
    query.write(b"=2&c=3")
    query.finalize()
    decoder.write(b"v")
    assert (
        pairs[-1] == b"c"
        and b"".join(sink) == b"foo"
        and upload.write(b"xy") == 2
        and parse is python_multipart.parse_form
    )
    upload.finalize()
    assert finished == [b"o"] and isinstance(upload, multipart.File) and upload.size == 2
    again = []
    parse(
        {"Content-Type": b"application/x-www-form-urlencoded", "Content-Length": "3"},
        io.BytesIO(b"k=v"),
        again.append,
        None,
    )
    assert (again[0].field_name, again[0].value) == (b"k", b"v")
    try:
        bad = multipart.MultipartParser(b"b", {})
        bad.write(b"never")
    except error as raised:
        assert isinstance(raised, multipart.MultipartParseError)
    else:
        raise AssertionError("no error")
