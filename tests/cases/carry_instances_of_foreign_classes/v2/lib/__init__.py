import argparse
import collections
import types
from string import Template

SPACE = types.SimpleNamespace(a=2, seen=[], b=2)
CHAIN = collections.ChainMap({}, {"base": 2})
USER = collections.UserDict()
PARSER = argparse.ArgumentParser(prog="lib", add_help=False)
PARSER.add_argument("--one")
TEXT = Template("v2 $x")
