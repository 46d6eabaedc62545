import io
import zipfile

import zipp


def hold():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("a/b.txt", "text")
        file.writestr("c.txt", "more")
    path = zipp.Path(zipfile.ZipFile(data))
    assert {child.name for child in path.iterdir()} == {"a", "c.txt"}
    return path, path / "a", zipp.CompleteDirs(data), {path / "c.txt": 1}


def use(held):
    path, folder, dirs, table = held
    assert (folder / "b.txt").read_text(encoding="utf-8") == "text" and folder.is_dir() and "a/" in dirs.namelist()
    assert [found.name for found in path.glob("*.txt")] == ["c.txt"] and table[path / "c.txt"] == 1
    assert type(path) is zipp.Path and (path / "c.txt").parent == path and not (path / "x").exists()
