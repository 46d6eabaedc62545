import fsspec
import fsspec.implementations.memory
from fsspec.spec import AbstractFileSystem


class Mine(AbstractFileSystem):
    protocol = "mine"

    def ls(self, path, detail=True, **kwargs):
        return [{"name": "a", "size": 1, "type": "file"}] if detail else ["a"]


def hold():
    fsspec.register_implementation("mine", Mine)
    memory = fsspec.filesystem("memory")
    memory.pipe("/d/x", b"held")
    opened = memory.open("/d/x", "rb")
    assert opened.read(2) == b"he"
    fsspec.config.conf["mf"] = {"a": 1}
    mapper = fsspec.get_mapper("memory://d")
    return (
        memory,
        opened,
        fsspec.filesystem("mine"),
        mapper,
        fsspec.callbacks.Callback(size=3),
        fsspec.filesystem("file"),
    )


def use(held):
    memory, opened, mine, mapper, callback, local = held
    assert opened.read() == b"ld" and memory.cat("/d/x") == b"held" and memory is fsspec.filesystem("memory")
    assert mine is fsspec.filesystem("mine") and mine.ls("/", detail=False) == ["a"] and mine.du("/") >= 0
    assert (
        mapper["x"] == b"held" and fsspec.config.conf["mf"] == {"a": 1} and fsspec.get_filesystem_class("mine") is Mine
    )
    callback.relative_update(2)
    assert callback.value == 2 and isinstance(memory, AbstractFileSystem) and local.exists("/")
    with fsspec.open("memory://d/y", "wt", compression=None) as file:
        file.write("new")
    assert sorted(mapper) == ["x", "y"] and "gzip" in fsspec.available_compressions()
    fsspec.config.conf.pop("mf")
