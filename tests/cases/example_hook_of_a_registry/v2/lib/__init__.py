from commands import COMMANDS


def show():
    return "shown by 2"


def copy():
    return "copied by 2"


COMMANDS.add("show", show)
COMMANDS.add("copy", copy)
