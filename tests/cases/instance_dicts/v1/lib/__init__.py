class Shared:
    state = {}

    def __init__(self):
        self.__dict__ = self.state

    def show(self):
        return 1


class Namespace:
    def show(self):
        return 1


class Slots:
    __slots__ = ("slot", "__dict__", "__weakref__")

    def show(self):
        return 1


def function():
    return 1


namespace = Namespace()
namespace.function = function
table = vars(namespace)
slots = Slots()
slots.function = slots.slot = function
slots_table = vars(slots)
