import re
import types


class config:
    @classmethod
    def get(cls):
        return 2


NAMES = ("a", "b")
PATTERN = re.compile("b")
title = types.SimpleNamespace(text="two")


def VERSION():
    return "2"
