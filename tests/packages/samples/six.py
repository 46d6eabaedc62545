import six
from six.moves import urllib
from six.moves.urllib.parse import urlencode


class Meta(type):
    pass


@six.add_metaclass(Meta)
class Thing:
    pass


class Base(six.with_metaclass(Meta, object)):
    pass


def hold():
    six.add_move(six.MovedModule("mf_json", "json", "json"))
    assert six.moves.mf_json.loads("1") == 1 and six.moves.range is range
    return six.moves, six.ensure_binary, six.moves.urllib.parse, six.iteritems


def use(held):
    moves, ensure, parse, iteritems = held
    assert moves is six.moves and ensure is six.ensure_binary and ensure("a") == b"a" and parse.quote("a b") == "a%20b"
    assert (
        moves.mf_json.dumps(1) == "1"
        and urlencode({"a": 1}) == "a=1"
        and urllib.parse.urlparse("http://x/").netloc == "x"
    )
    assert dict(iteritems({1: 2})) == {1: 2} and type(Thing) is Meta and type(Base) is Meta
    from six.moves import configparser, zip_longest

    assert configparser.ConfigParser and list(zip_longest([1], [2, 3]))[1] == (None, 3)
    six.remove_move("mf_json")
