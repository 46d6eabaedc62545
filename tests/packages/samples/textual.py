import asyncio

import textual.color
import textual.css.query
from textual import on, work
from textual.app import App
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Button, DataTable, Input, Label


class Counter(Widget):
    """A widget of the program."""

    count = reactive(0)

    class Changed(Message):
        def __init__(self, count):
            super().__init__()
            self.count = count

    def render(self):
        return f"count {self.count}"

    def watch_count(self, count):
        self.post_message(self.Changed(count))


class Question(ModalScreen):
    def compose(self):
        yield Label("sure?")


class Sample(App):
    CSS = "Counter { height: 3; color: red; } #box { layout: horizontal; }"
    BINDINGS = [("a", "add", "Add")]

    def __init__(self):
        super().__init__()
        self.seen = []

    def compose(self):
        with Vertical(id="box"):
            yield Counter()
            yield Input(placeholder="type")
            yield Button("press", id="press")
        yield DataTable()

    def action_add(self):
        self.query_one(Counter).count += 1

    def on_counter_changed(self, message):
        self.seen.append(message.count)

    @on(Button.Pressed, "#press")
    def pressed(self):
        self.seen.append("pressed")
        self.later()

    @work
    async def later(self):
        self.seen.append("worked")


async def drive(app):
    async with app.run_test() as pilot:
        app.query_one(Button).focus()
        await pilot.press("a", "a", "enter")
        await pilot.pause()
        await app.workers.wait_for_complete()
        table = app.query_one(DataTable)
        table.add_columns("x", "y")
        table.add_row(1, 2)
        assert table.row_count == 1 and app.query_one(Counter).styles.color == textual.color.Color.parse("red")
        await app.push_screen(Question())
        await pilot.pause()
        assert isinstance(app.screen, Question)
    return app.seen


def hold():
    app = Sample()
    assert asyncio.run(drive(app)) == [0, 1, 2, "pressed", "worked"], app.seen
    return (
        app,
        Sample(),
        Counter(),
        {textual.color.Color(1, 2, 3): "colour"},
        Strip.blank(3),
        textual.css.query.NoMatches,
    )


def use(held):
    app, fresh, counter, table, strip, error = held
    assert asyncio.run(drive(fresh)) == [0, 1, 2, "pressed", "worked"] and asyncio.run(drive(Sample()))[-1] == "worked"
    assert table[textual.color.Color(1, 2, 3)] == "colour" and strip.cell_length == 3 and strip.crop(1).cell_length == 2
    assert (
        isinstance(app, App)
        and isinstance(counter, Widget)
        and counter.render() == "count 0"
        and app.seen[:3] == [0, 1, 2]
    )
    assert error is textual.css.query.NoMatches and issubclass(Counter.Changed, Message)
    assert (
        textual.color.Color.parse("#ff0000").hex == "#FF0000" and Counter.Changed.handler_name == "on_counter_changed"
    )
