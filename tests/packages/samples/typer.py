import enum
import typing

import typer
import typer.core
import typer.testing


class Colour(enum.Enum):
    red = "r"
    blue = "b"


class Group(typer.core.TyperGroup):
    """A group of the program: its commands are listed backwards."""

    def list_commands(self, ctx):
        return sorted(super().list_commands(ctx), reverse=True)


app, inner = typer.Typer(cls=Group, add_completion=False), typer.Typer(help="what lies below")
app.add_typer(inner, name="inner")


def upper(value):
    return [item.upper() for item in value]


@app.callback()
def main(ctx: typer.Context, times: int = 1):
    ctx.obj = times


@app.command()
def greet(
    ctx: typer.Context,
    name: str,
    colour: typing.Annotated[Colour, typer.Option("--colour", "-c", help="which")] = Colour.red,
    tags: typing.Annotated[list[str], typer.Option("--tag", callback=upper)] = (),
):
    typer.echo(f"{name} {colour.name} {tags} " * ctx.obj)


@inner.command("fail")
def fail(code: typing.Annotated[int, typer.Argument(min=1)]):
    raise typer.Exit(code)


def hold():
    runner = typer.testing.CliRunner()
    done = runner.invoke(app, ["greet", "x", "-c", "b", "--tag", "t"])
    assert done.exit_code == 0 and done.output.strip() == "x blue ['T']", done.output
    return (
        runner,
        typer.main.get_command(app),
        typer.Option("d", help="h"),
        typer.Exit,
        {typer.Context: "context"},
        typer.colors.RED,
    )


def use(held):
    runner, command, option, leave, table, red = held
    done = runner.invoke(app, ["--times", "2", "greet", "y"])
    assert done.exit_code == 0 and done.output.strip() == "y red [] y red []", (done.output, done.exception)
    assert runner.invoke(app, ["inner", "3"]).exit_code in (2, 3) and runner.invoke(app, ["greet"]).exit_code == 2
    assert (
        runner.invoke(app, ["greet", "x", "-c", "green"]).exit_code == 2
        and "what lies below" in runner.invoke(app, ["--help"]).output
    )
    assert (
        type(command) is Group
        and isinstance(command, typer.core.TyperGroup)
        and command.list_commands(None) == ["inner", "greet"]
    )
    assert type(option) is typer.models.OptionInfo and table[typer.Context] == "context" and leave is typer.Exit

    late = typer.Typer()

    @late.command()
    def later(n: int = option, *, quiet: bool = False):
        typer.secho(str(n), fg=red)

    assert runner.invoke(late, ["--d", "7"]).exit_code == 2 and isinstance(late, type(app))
