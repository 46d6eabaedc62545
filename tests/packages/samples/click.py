import click
import click.testing


class Count(click.ParamType):
    name = "count"

    def convert(self, value, param, ctx):
        return int(value) * 2


@click.group()
@click.option("--count", default=1, type=Count())
@click.pass_context
def cli(ctx, count):
    ctx.obj = count


@cli.command()
@click.argument("name")
@click.option("--shout/--no-shout", default=False)
@click.pass_obj
def hello(count, name, shout):
    click.echo(f"hello {name} " * count)


class Own(click.Command):
    def format_help(self, ctx, formatter):
        formatter.write("own help")


@cli.command(cls=Own)
@click.option("--pick", type=click.Choice(["a", "b"]), default="a")
def own(pick):
    raise click.BadParameter("never")


def hold():
    runner = click.testing.CliRunner()
    assert runner.invoke(cli, ["hello", "x"]).output == "hello x hello x \n"
    return cli, hello, own, runner, click.Context(cli), click.UsageError


def use(held):
    cli, hello, own, runner, ctx, usage = held
    done = runner.invoke(cli, ["--count", "1", "hello", "world"])
    assert done.exit_code == 0 and done.output == "hello world hello world \n", (done.output, done.exception)
    assert isinstance(cli, click.Group) and type(hello) is click.Command and type(own) is Own
    assert runner.invoke(cli, ["own", "--help"]).output.strip() == "own help"
    assert runner.invoke(cli, ["own", "--pick", "c"]).exit_code == 2 and "never" in runner.invoke(cli, ["own"]).output
    assert "Commands:" in cli.get_help(ctx) and issubclass(click.BadParameter, usage)
    assert click.style("x", fg="red") == "\x1b[31mx\x1b[0m" and hello.params[0].name in ("name", "shout")
