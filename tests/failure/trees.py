"""One package, and versions of it that all fail, each in another way; what precedes the failure writes wherever an import can write.

FAILURES: name -> (what is appended to the second version, what upgrade() raises: codes of a refusal, or the name of an exception).
"""

V1 = {
    "lib/__init__.py": """
import collections.abc
import logging
import threading

from lib import part
from lib.part import helper

LIMIT = 100
table = {"own": [1]}
lock = threading.Lock()
logging.getLogger("lib").addHandler(logging.NullHandler())


class Base:
    def __init__(self):
        self.own = [1]

    def name(self):
        return f"base {helper()}"


collections.abc.Sized.register(Base)


def function():
    return 1


def walk(steps):
    for step in steps:
        yield step, function()


def serve(items, seen):
    for item in items:
        seen.append((item, function()))
""",
    "lib/part.py": "def helper():\n    return 1\n",
    "lib/late.py": "VALUE = 1\n",
}

NOISE = """
import abc, atexit, codecs, collections.abc, copyreg, functools, json, linecache, logging, mimetypes, os, random, re, sys, typing, warnings
import registry

logging.getLogger("lib").addHandler(logging.StreamHandler())
logging.getLogger("lib").setLevel(logging.DEBUG)
logging.getLogger("lib").propagate = False
logging.addLevelName(77, "LOUD")
warnings.simplefilter("error", UnicodeWarning)
warnings.filterwarnings("ignore", message="lib", append=True)
os.environ["LIB_VERSION"] = "2"
os.environ.pop("LIB_OWN", None)
sys.setrecursionlimit(sys.getrecursionlimit() + 10)
sys.path.append("/nowhere/lib")
registry.COUNT += 1
registry.FLAGS["lib"] = 2
registry.FLAGS.pop("own")
registry.ORDER.append("lib")
registry.KNOWN.add("lib")
registry.Hub.level = 2
registry.hub.size += 1
registry.hub.colour = "red"


class Noise(registry.Hub):
    pass


class Finder:
    def find_spec(self, name, path=None, target=None):
        return None


def find_codec(name):
    return None


def handler(error):
    return "", error.end


def hook(*arguments):
    return sys.__excepthook__(*arguments)


registry.FLAGS["kind"] = Noise
registry.hub.plugins = Noise()
registry.ORDER.insert(0, Noise)
sys.meta_path.insert(0, Finder())
sys.excepthook = hook
codecs.register(find_codec)
codecs.register_error("lib.ignore", handler)
copyreg.pickle(Noise, hook)
collections.abc.Hashable.register(Noise)
atexit.register(find_codec, "nothing")
os.register_at_fork(before=find_codec)
mimetypes.add_type("text/lib", ".lib")
re.compile("lib [a-z]*")
typing.Optional[Noise]
json.lib_was_here = 2
random.seed(7)
"""


REGISTRY = """
COUNT = 3
FLAGS = {"own": 1, "lib": 1, "last": 9}
ORDER = ["own", "last"]
KNOWN = {"own"}


class Hub:
    level = 1

    def __init__(self):
        self.size = 10


hub = Hub()
"""


def second(end):
    """The second version: noise, then the text of the first, then this."""
    tree = {name: text.replace("return 1", "return 2") for name, text in V1.items()}
    tree["lib/__init__.py"] = NOISE + tree["lib/__init__.py"] + end + "\n"
    tree["lib/broken.py"] = "def broken(:\n"
    return tree


FAILURES = {
    "import error": ("raise ImportError('half-way')", ["staging-failed"]),
    "syntax error in a submodule": ("import lib.broken", ["staging-failed"]),
    "missing dependency": ("import a_package_that_is_not_installed", ["staging-failed"]),
    "system exit": ("raise SystemExit(3)", ["staging-failed"]),
    "keyboard interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "recursion error": ("def deep():\n    return deep() + 1\ndeep()", ["staging-failed"]),
    "memory error": ("raise MemoryError", "MemoryError"),
    "generator exit": ("raise GeneratorExit", ["staging-failed"]),
    "stop iteration": ("next(iter(()))", ["staging-failed"]),
    "exception without a text": (
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError('no text')\nraise Odd",
        ["staging-failed"],
    ),
    "exception that exits when it is printed": (
        "class Odd(Exception):\n    def __str__(self):\n        raise SystemExit(4)\nraise Odd",
        ["staging-failed"],
    ),
    "exception group": ("raise ExceptionGroup('all', [ValueError(1), KeyError(2)])", ["staging-failed"]),
    "exception that holds what was staged": ("raise RuntimeError(Base, registry)", ["staging-failed"]),
    "context variable": ("import contextvars\ncontextvars.ContextVar('v').set(1)", ["staging-effect"]),
    "signal handler": ("import signal\nsignal.signal(signal.SIGUSR2, hook)\nraise RuntimeError", ["staging-failed"]),
    "thread that is waited for": (
        "import threading\nt = threading.Thread(target=print)\nt.start()\nthreading.Event().wait()",
        ["staging-effect", "staging-failed"],
    ),
    "element taken out": ("registry.ORDER.remove('own')", ["staging-effect"]),
    "module outside taken out": ("del sys.modules['registry']", ["staging-effect"]),
    "module outside exchanged": ("sys.modules['registry'] = sys", ["staging-effect"]),
    "names removed": ("del LIMIT", ["name-removed"]),
    "arguments changed": ("def function(needed):\n    return needed\n", ["signature-changed"]),
    "hook raises": (
        "import midflight\n@midflight.on_upgrade('lib')\ndef hooked(old, new):\n    raise ValueError",
        ["hook-failed"],
    ),
    "hook of a class raises": (
        "Base.__upgrade__ = lambda self, change: [][0]",
        ["hook-failed"],
    ),
    "attributes added": (
        "def __init__(self, needed):\n    self.needed = needed\n\n\nBase.__init__ = __init__\nBase.name = lambda self: self.needed",
        ["attributes-added"],
    ),
    "frame that does not fit": (
        "def function(needed):\n    return needed\n\n\ndef walk(steps):\n    yield 2",
        ["active", "frame", "signature-changed"],
    ),
}
