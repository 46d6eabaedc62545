__upgrade_state__ = {"CACHE": "new", "OTHER": "new"}
CACHE = {}
OTHER = {}


def put(k):
    CACHE[k] = OTHER[k] = (1, 2)
