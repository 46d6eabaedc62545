from .cart import MAXIMUM as LIMIT  # noqa: F401
