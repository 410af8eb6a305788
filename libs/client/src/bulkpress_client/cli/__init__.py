"""The `bulkpress` command. Each subcommand is a module of its own, imported only when it is called."""

import importlib

import click

COMMANDS = {
    "compress": "bulkpress_client.cli.compress",
    "analyze": "bulkpress_client.cli.analyze",
    "submit": "bulkpress_client.cli.submit",
    "jobs": "bulkpress_client.cli.jobs",
    "watch": "bulkpress_client.cli.watch",
    "download": "bulkpress_client.cli.download",
    "cancel": "bulkpress_client.cli.cancel",
    "retry": "bulkpress_client.cli.retry",
    "doctor": "bulkpress_client.cli.doctor",
    "up": "bulkpress_client.local.up",
    "down": "bulkpress_client.local.down",
    "keys": "bulkpress_client.local.keys",
}


class LazyGroup(click.Group):
    """A group whose commands are found by name in COMMANDS: `compress` need not load what `up` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command, imported now; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        try:
            command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        except ModuleNotFoundError as error:
            return _unavailable(cmd_name, error.name or "")
        return command


def _unavailable(name: str, package: str) -> click.Command:
    """A command that says what to install: a client alone does not bring along what runs the whole system."""
    advice = f"needs the package {package}: install bulkpress-client[local] and the services"

    def refuse() -> None:
        raise click.ClickException(f"`bulkpress {name}` {advice}")

    return click.Command(name, callback=refuse, short_help=f"({advice})")


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bulkpress-client", prog_name="bulkpress")
def main() -> None:
    """Bulkpress compresses PDFs in bulk: same looks and behaviour, fewer bytes."""
