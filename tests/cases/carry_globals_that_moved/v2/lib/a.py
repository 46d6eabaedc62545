from ._impl import LEVEL, get, level, put, timeout
from .b import debug, is_debug, step
