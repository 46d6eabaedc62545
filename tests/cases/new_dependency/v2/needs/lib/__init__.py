import helper
from helper.tools import tool


def f():
    return tool(helper.NAME)
