import argparse
import collections
import types
from string import Template

SPACE = types.SimpleNamespace(a=1, seen=[])
CHAIN = collections.ChainMap({}, {"base": 1})
USER = collections.UserDict()
PARSER = argparse.ArgumentParser(prog="lib", add_help=False)
PARSER.add_argument("--one")
TEXT = Template("v1 $x")
