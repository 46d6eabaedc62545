"""What keeping the files of what is loaded costs: the import of packages, and the work of the thread beside it."""

import importlib
import time

import common


def load(names):
    for name in names:
        importlib.import_module(name)


def main(names, keep):
    """names: modules to load; keep: wait until their files are kept."""
    import midflight._engine

    wall, own = common.clocks(load, names)
    begin = time.process_time() - time.thread_time()
    kept = midflight._engine.kept(60 if keep else 0)["kept"]
    done = sum(state == "kept" for _, _, state, _ in kept)
    common.answer(wall=wall, own=own, beside=time.process_time() - time.thread_time() - begin, kept=done)


if __name__ == "__main__":
    main(**common.settings())
