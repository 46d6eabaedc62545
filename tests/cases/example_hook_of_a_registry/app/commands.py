"""A registry of the program: a name can be taken once."""

import midflight


class Commands:
    def __init__(self):
        self.known = {}

    def add(self, name, function):
        if name in self.known:
            raise ValueError(f"{name} is taken")
        self.known[name] = function


COMMANDS = Commands()


@midflight.while_staging(Commands, "add")
def add_what_is_new(original, commands, name, function):
    if name not in commands.known:
        original(commands, name, function)
