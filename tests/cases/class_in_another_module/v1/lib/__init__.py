from .api import Lock, start
