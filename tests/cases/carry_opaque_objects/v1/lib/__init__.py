import contextvars
import io
import itertools
import queue
import random
import threading
import weakref

LOCK, EVENT, LOCAL = threading.RLock(), threading.Event(), threading.local()
COUNT, RANDOM, QUEUE = itertools.count(), random.Random(1), queue.Queue()
VARIABLE = contextvars.ContextVar("variable", default=0)
LIVE, VALUES = weakref.WeakSet(), weakref.WeakValueDictionary()
BUFFER, BYTES, LOG = bytearray(), io.BytesIO(), io.StringIO()


class Thing:
    pass


def v():
    return 1
