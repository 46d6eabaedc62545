"""A call that has made what begins anew, and reads it in its next line, is waited for: it would find None."""

import threading

import left_out_of_pickles_in_a_running_call as lib

FRESH = False


def run(upgrade):
    spec, other = lib.Spec("a"), lib.Spec("b")
    entered, leave, said = threading.Event(), threading.Event(), []

    def parse():
        entered.set()
        leave.wait()
        return "a"

    def work():
        try:
            said.append(spec.contains(parse))
        except BaseException as error:
            said.append(error)

    other.ranges()
    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    threading.Timer(1.0, leave.set).start()
    upgrade()
    thread.join()
    assert said == [True], said
    assert spec.ranges() == ("a",) and other.ranges() == ("b",)
