from .settings import LIMIT, NAME as TITLE
__version__ = "2"
