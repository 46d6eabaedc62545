import io
import os

import dotenv
import dotenv.main
import dotenv.parser


def hold():
    values = dotenv.main.DotEnv(None, stream=io.StringIO("A=1\nB=${A}2\n# c\nexport C='x y'\n"), verbose=True)
    assert values.dict() == {"A": "1", "B": "12", "C": "x y"}
    os.environ["MF_DOTENV"] = "kept"
    return values, dotenv.load_dotenv, list(dotenv.parser.parse_stream(io.StringIO("X=1\nbad line\n")))


def use(held):
    values, load, parsed = held
    assert values.get("B") == "12" and values.set_as_environment_variables() and os.environ.pop("C") == "x y"
    assert load(stream=io.StringIO("MF_DOTENV=new\nMF_OTHER=${MF_DOTENV}\n")) and os.environ.pop("MF_OTHER") == "kept"
    assert [binding.key for binding in parsed] == ["X", None] and parsed[1].error and not parsed[0].error
    assert dotenv.dotenv_values(stream=io.StringIO("Q=${NOPE:-d}")) == {"Q": "d"}
    for name in ("A", "B", "MF_DOTENV"):
        os.environ.pop(name, None)
