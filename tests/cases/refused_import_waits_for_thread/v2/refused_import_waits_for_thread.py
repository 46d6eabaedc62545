import threading

ready = threading.Event()
threading.Thread(target=ready.set, name="setter").start()
ready.wait()


def f():
    return 2
