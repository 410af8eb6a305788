"""Shares on the command line: `10%`, `10 %`, `0.1`."""

import math

import click


class ShareType(click.ParamType[float]):
    """A share from 0 to below 1; wrong ones are usage errors."""

    name = "share"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share as a fraction."""
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = math.nan
        if not 0 <= share < 1:
            self.fail(f"{value!r} is no share of a file's size such as 10% or 0.1", param, ctx)
        return share
