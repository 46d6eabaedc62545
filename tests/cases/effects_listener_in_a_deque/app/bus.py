import collections


class Listeners:
    __slots__ = ("functions",)

    def __init__(self):
        self.functions = collections.deque()


class Channel:
    def __init__(self):
        self.listeners = {"load": Listeners(), "save": Listeners()}

    def listen(self, event, function):
        self.listeners[event].functions.append(function)

    def send(self, event):
        return [function() for function in self.listeners[event].functions]


CHANNELS = {"main": Channel()}
