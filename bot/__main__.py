"""The command line: `potluck` and `python -m bot`."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
import uvloop
from pydantic import ValidationError

from bot.config import BotSettings
from datanets.logs import set_up

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def potluck() -> None:
    """Potluck: a chat community that makes its own language models."""


@app.command()
def demo(
    tour: Annotated[bool, typer.Option("--tour", help="Walk the whole loop without a browser")] = False,
) -> None:
    """Open the playground with everything on this machine: SQLite, local files, one worker, real weights."""
    settings = _settings()
    # The terminal belongs to whoever tries this; what the parts have to say goes beside the others' logs.
    set_up(settings.secrets, file=settings.data_dir / "logs" / "bot.log")
    from bot.demo import processes, start

    if tour:
        outcome: list[bool] = []

        async def walk() -> None:
            outcome.append(await start.tour(settings, typer.echo))

        _until_told(walk())
        raise typer.Exit(0 if outcome == [True] else 1)
    if not processes.is_free(settings.port, settings.host):
        typer.echo(f"Port {settings.port} is taken. Try: PORT={settings.port + 1} make demo", err=True)
        raise typer.Exit(1)
    _until_told(start.demo(settings, typer.echo))


@app.command()
def bot(
    playground: Annotated[bool, typer.Option(help="Open the local page too")] = False,
) -> None:
    """Serve every platform whose token is set."""
    settings = _settings()
    from bot.app import enabled, run

    if playground:
        settings = settings.model_copy(update={"playground": True})
    if not enabled(settings):
        typer.echo(
            "No platform is switched on. Set POTLUCK_DISCORD_TOKEN or POTLUCK_TELEGRAM_TOKEN, "
            "or try the playground: potluck bot --playground",
            err=True,
        )
        raise typer.Exit(1)
    _until_told(run(settings))


@app.command()
def worker() -> None:
    """Train and serve models on this machine, or hand the training to a Ray cluster."""
    _become("workers")


@app.command()
def migrate() -> None:
    """Bring the database to its newest form."""
    settings = _settings()
    from datanets.core import Core
    from migrations.upgrade import prepare

    async def bring() -> None:
        core = Core.open(settings)
        await prepare(core.db, core.engine)
        await core.close()

    asyncio.run(bring())
    typer.echo("The database is in its newest form.")


@app.command()
def doctor() -> None:
    """Check tokens, rights, database, engine and model files, and say what to do."""
    settings = _settings("ERROR")
    from bot.doctor import examine

    findings = asyncio.run(examine(settings))
    for finding in findings:
        mark = "ok  " if finding.is_well else "FIX " if finding.is_needed else "--  "
        typer.echo(f"{mark} {finding.part}: {finding.found}")
        if finding.advice:
            typer.echo(f"       {finding.advice}")
    raise typer.Exit(0 if all(finding.is_well or not finding.is_needed for finding in findings) else 1)


@app.command()
def index(
    believe: Annotated[bool, typer.Option(help="Drop pages even where most seem to be gone")] = False,
) -> None:
    """Fetch what changed in the GitBook and put it into the index now."""
    settings = _settings("ERROR")
    from bot.indexing import lines, refresh

    books = asyncio.run(refresh(settings, believe=believe))
    for line in lines(books):
        typer.echo(line)
    raise typer.Exit(1 if any(one.problem for one in books) else 0)


@app.command()
def fetch(base: Annotated[str, typer.Argument(help="A base of the catalog, e.g. qwen3-0.6b")]) -> None:
    """Bring a base model to this machine, at its pinned revision."""
    _become("workers.bases", base)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def export(context: typer.Context) -> None:
    """Write a model with its card, or a release with its dataset card, into a folder."""
    _become("workers.export", *context.args)


def main() -> None:
    """Run the command line."""
    app()


def _settings(level: str = "INFO") -> BotSettings:
    try:
        settings = BotSettings()
    except ValidationError as error:
        for wrong in error.errors():
            name = ".".join(str(part) for part in wrong["loc"]).upper()
            typer.echo(f"The setting POTLUCK_{name} cannot be used: {wrong['msg']}", err=True)
        raise typer.Exit(2) from None
    set_up(settings.secrets, level=level)
    return settings


def _become(module: str, *arguments: str) -> None:
    """Replace this process: the rooms with torch are never imported here."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own interpreter


def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run until the work ends or somebody presses Ctrl-C; a second one does not wait for anything."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, task)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    # The same loop, written in C: every answer takes less of the processor.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def _stop(task: "asyncio.Task[None]") -> None:
    if task.cancelling():
        os._exit(130)
    task.cancel()


if __name__ == "__main__":
    main()
