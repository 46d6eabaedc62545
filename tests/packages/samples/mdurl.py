import mdurl

TEXT = "http://user@host.test:80/p a?q=ü#f"


def hold():
    url = mdurl.parse(TEXT, slashes_denote_host=True)
    assert mdurl.format(url) == TEXT and mdurl.encode("a b%20") == "a%20b%20"
    return url, {mdurl.parse("//h/p", slashes_denote_host=True): "url"}, mdurl.encode, mdurl.URL


def use(held):
    url, table, encode, kind = held
    assert isinstance(url, mdurl.URL) and kind is mdurl.URL and encode is mdurl.encode
    assert url.hostname == "host.test" and url.port == "80" and url.hash == "#f" and mdurl.format(url) == TEXT
    assert table[mdurl.parse("//h/p", slashes_denote_host=True)] == "url" and url._replace(port="81").port == "81"
    assert encode("ü[]", exclude=mdurl.ENCODE_DEFAULT_CHARS) == "%C3%BC%5B%5D" and encode("%zz") == "%25zz"
    assert mdurl.decode("%C3%BC%2F") == "ü%2F" and mdurl.decode("%2F%20", mdurl.DECODE_COMPONENT_CHARS) == "/ "
