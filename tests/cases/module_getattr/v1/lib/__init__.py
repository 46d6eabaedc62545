def __getattr__(name):
    if name == "answer":
        return 1
    if name == "sub":
        import importlib

        return importlib.import_module(".sub", __name__)
    raise AttributeError(name)


def __dir__():
    return ["answer"]
