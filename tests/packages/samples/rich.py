import io

import rich
import rich.box
import rich.console
import rich.progress
import rich.style
import rich.table
import rich.text


class Badge:
    def __rich_console__(self, console, options):
        yield rich.text.Text("badge", style="bold")


def hold():
    table = rich.table.Table("a", "b", box=rich.box.ASCII)
    table.add_row("1", rich.text.Text("2", style="bold"))
    console = rich.console.Console(file=io.StringIO(), width=40, force_terminal=False, color_system=None)
    console.print(table, Badge())
    progress = rich.progress.Progress(console=console, disable=True)
    task = progress.add_task("work", total=10)
    style = rich.style.Style.parse("bold red")
    return (
        console,
        table,
        rich.text.Text.from_markup("[red]x[/red]"),
        progress,
        task,
        {style: "style"},
        rich.get_console(),
    )


def use(held):
    console, table, text, progress, task, styles, shared = held
    console.print(table, text, Badge(), {"a": [1, 2]})
    assert console.file.getvalue().count("badge") == 2 and type(console) is rich.console.Console and text.plain == "x"
    progress.update(task, advance=4)
    assert progress.tasks[0].completed == 4 and styles[rich.style.Style.parse("bold red")] == "style"
    assert shared is rich.get_console() and rich.style.Style(bold=True) + rich.style.Style(
        italic=True
    ) == rich.style.Style.parse("bold italic")
    table.add_row("3", "4")
    console.rule("end")
    with console.capture() as captured:
        console.print("[b]bold[/b]")
    assert captured.get() == "bold\n" and table.row_count == 2
