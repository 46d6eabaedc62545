from . import parser, network
