def __getattr__(name):
    if name == "table":
        value = globals()["table"] = build()
        return value
    if name == "part":
        import importlib

        return importlib.import_module("lib.part")
    raise AttributeError(name)


def build():
    return {"version": 1}
