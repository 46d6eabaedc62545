from ._core.lock import Lock, start
