"""Write charts/bulkpress/README.md: what the chart is, and a table of its values, from the comments in values.yaml."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.made_pages import write_or_check

CHART = Path(__file__).resolve().parent.parent / "charts" / "bulkpress"
PAGE = CHART / "README.md"
MARK = "# -- "
HEAD = """# The chart `bulkpress`

Installs [Bulkpress](../../README.md) on Kubernetes 1.31 or newer: [how to](../../docs/how-to/kubernetes.md). Unknown
values, and values that contradict each other, are refused with what to do instead. `ci/` has complete examples. The
table is made from `values.yaml` by `make docs-chart`.

| value | default | what it sets |
|---|---|---|
"""


def page() -> str:
    """The page as values.yaml has it now."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    rows = _rows(yaml.compose(text), text.splitlines(), ())
    return HEAD + "".join(f"| `{name}` | `{default}` | {said} |\n" for name, default, said in rows)


def _rows(node: Any, lines: list[str], path: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Name, default and description of every value below a mapping; one that is described is not taken apart."""
    for key, value in node.value:
        name = (*path, key.value)
        said = _description(lines, key.start_mark.line)
        if isinstance(value, yaml.MappingNode) and value.value and not said:
            yield from _rows(value, lines, name)
        else:
            yield ".".join(name), _default(value).replace("|", r"\|"), said.replace("|", r"\|")


def _description(lines: list[str], line: int) -> str:
    above = lines[line - 1].strip()
    return above.removeprefix(MARK) if above.startswith(MARK) else ""


def _default(node: yaml.Node) -> str:
    loader = yaml.SafeLoader("")
    value = loader.construct_object(node, deep=True)
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(write_or_check({PAGE: page()}, command="make docs-chart"))
