from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.styles import Style

bindings = KeyBindings()


@bindings.add("c-x", filter=Condition(lambda: True))
def _(event):
    event.app.exit()


def hold():
    history = InMemoryHistory()
    history.append_string("old")
    buffer = Buffer(history=history, completer=WordCompleter(["alpha", "beta"]))
    buffer.insert_text("al")
    return history, buffer, Document("a b", 1), Style.from_dict({"x": "bold #ff0000"}), bindings.bindings[0]


def use(held):
    history, buffer, document, style, binding = held
    assert isinstance(buffer, Buffer) and buffer.text == "al" and history.get_strings() == ["old"]
    assert [c.text for c in buffer.completer.get_completions(buffer.document, None)] == ["alpha"]
    assert document.get_word_before_cursor() == "a" and style.get_attrs_for_style_str("class:x").bold
    assert bindings.get_bindings_for_keys(binding.keys) == [binding] and binding.filter()
