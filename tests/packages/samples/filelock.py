import os
import tempfile

import filelock


class Lock(filelock.FileLock):
    """A subclass outside, with an instance."""


def hold():
    folder = tempfile.mkdtemp()
    locks = [
        filelock.FileLock(os.path.join(folder, "a")),
        filelock.SoftFileLock(os.path.join(folder, "b"), timeout=0.1),
        Lock(os.path.join(folder, "c")),
    ]
    for lock in locks:
        lock.acquire()
    return folder, locks, filelock.Timeout


def use(held):
    folder, locks, timeout = held
    for lock in locks:
        assert lock.is_locked and isinstance(lock, filelock.BaseFileLock)
        try:
            type(lock)(lock.lock_file, timeout=0, **({"is_singleton": False})).acquire()
        except timeout as error:
            assert isinstance(error, filelock.Timeout) and error.lock_file == lock.lock_file
        else:
            raise AssertionError("locked twice")
        lock.release()
        with lock, lock:
            assert lock.is_locked and lock.lock_counter == 2
        assert not lock.is_locked
    assert filelock.FileLock is type(locks[0])
