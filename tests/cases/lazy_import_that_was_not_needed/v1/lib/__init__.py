from ._core import Gone, Thing

for each in Thing, Gone:
    each.__module__ = __name__
