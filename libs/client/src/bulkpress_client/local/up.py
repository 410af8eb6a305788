"""`bulkpress up`: run the whole system on this machine until told to stop."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import click

from bulkpress_client import settings
from bulkpress_client.local.errors import LocalStackError
from bulkpress_client.local.options import LOOPBACK, PORTS, StackOptions
from bulkpress_client.local.stack import LocalStack

PORT = click.IntRange(0, 65535)
WATCH_S = 0.5
HOME = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".bulkpress"),
    envvar="BULKPRESS_HOME",
    show_default=True,
    show_envvar=True,
    help="Folder for logs, data and the record of what runs.",
)


def _port_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every port; 0 takes a free one."""
    for name, use in reversed(list(PORTS.items())):
        command = click.option(
            use.option,
            f"{name.replace('-', '_')}_port",
            type=PORT,
            default=use.default,
            envvar=use.variable,
            show_default=True,
            show_envvar=True,
            help=f"For {use.purpose}.",
        )(command)
    return command


@click.command("up")
@HOME
@_port_options
@click.option("--gateway-host", default=LOOPBACK, envvar="BULKPRESS_GATEWAY_HOST", show_default=True, show_envvar=True)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 256),
    envvar="BULKPRESS_CONCURRENCY",
    show_envvar=True,
    help="Files of bulk jobs pressed at once; 2, if not given. The other lanes press one at a time.",
)
def command(*, home: Path, gateway_host: str, concurrency: int | None, **ports: int) -> None:
    """Run the whole system: gateway, a worker for each lane, scheduler, Flower, and Valkey beneath them.

    Ctrl-C stops every process it has started; so does `bulkpress down`, also after a crash. Valkey is not started when
    CELERY_BROKER_URL names a Redis. Files are kept in the home's folder `store` unless BULKPRESS_STORE says otherwise.
    """
    chosen = {name.removesuffix("_port").replace("_", "-"): port for name, port in ports.items()}
    options = StackOptions(home.absolute(), chosen, gateway_host, concurrency)
    stack = LocalStack(options, settings.inherited(), tell=lambda word: click.echo(f"  {word}", err=True))
    _stop_on_signals(stack)
    try:
        with stack:
            _print_addresses(stack)
            while True:
                stack.check()
                time.sleep(WATCH_S)
    except LocalStackError as error:
        raise click.ClickException(str(error)) from error
    except SystemExit:
        click.echo("Stopped.", err=True)
        raise


def _stop_on_signals(stack: LocalStack) -> None:
    """Ctrl-C, SIGTERM and a closed terminal stop the system; once more, and what is not done yet is killed."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stack.stopping:
            stack.hurry()
        else:
            raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _print_addresses(stack: LocalStack) -> None:
    addresses = stack.addresses
    click.echo(f"Bulkpress runs. API {addresses['gateway']}/api/compress   description {addresses['gateway']}/docs")
    click.echo(f"  Flower      {addresses['flower']}")
    for name in ("gateway", *(name for name in addresses if name.startswith("worker")), "scheduler"):
        click.echo(f"  {f'{name} metrics':18} {addresses[name]}/metrics")
    if "redis" in addresses:
        click.echo(f"  Valkey      {addresses['redis']}")
    click.echo(f"  logs        {stack.home / 'logs'}")
    click.echo("Ctrl-C stops everything.")
