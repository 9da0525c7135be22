"""The command line.

A command is read from its module only when it is called: `serve` stays small for as long as it
runs.
"""

import errno
import sys
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click
import psycopg

from rubrica.errors import Refused

COMMANDS = {
    "serve": "running:serve",
    "worker": "running:worker",
    "migrate": "running:migrate",
    "import": "importing:import_",
    "watch": "watching:watch",
    "undo": "undoing:undo",
    "recipes": "recipes:recipes",
    "export": "exporting:export",
    "campaign": "campaigning:campaign",
    "accounts": "accounts:accounts",
    "keys": "accounts:keys",
    "doctor": "doctor:doctor",
}
"""Where each command stands, in this package."""


class Commands(click.Group):
    """Commands that are refused in one line, without a traceback: exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order in which they are met."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Read a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        return getattr(import_module(f"{__name__}.{module}"), name)

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out what was asked for; say a refusal in one line."""
        for stream in (sys.stdout, sys.stderr):  # a terminal may lack the letters of a name
            with suppress(ValueError):
                if isinstance(stream, TextIOWrapper):
                    stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except Refused as refusal:
            raise click.ClickException(one_line(refusal.detail)) from refusal
        except psycopg.OperationalError as error:
            message = f"The database cannot be used: {one_line(str(error))}"
            raise click.ClickException(message) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # such as `| head`: click ends in silence
                raise
            raise click.ClickException(one_line(str(error))) from error


def one_line(text: str) -> str:
    """Fold a text into one line."""
    return " ".join(text.split())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Rubrica, a self-hosted contact book for messaging.

    Every command reads the same settings: environment variables that begin with RUBRICA_.
    Exit codes: 0 done, 1 refused, 2 wrongly called, 3 done but for some rows.
    """
