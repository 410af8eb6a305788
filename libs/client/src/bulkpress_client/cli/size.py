"""Sizes on the command line: `10MB`, `1.5 GiB`."""

import click

from bulkpress_client.words import byte_count


class SizeType(click.ParamType[int]):
    """A size of at least a byte; wrong ones are usage errors."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The size in bytes."""
        if isinstance(value, int):
            return value
        try:
            count = byte_count(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if count < 1:
            self.fail(f"{value!r} is less than a byte", param, ctx)
        return count
