"""Write docs/reference/settings.md from the settings themselves; with --check, say whether it is in step."""

import sys
from pathlib import Path

from bulkpress_core.settings import Settings
from scripts.made_pages import write_or_check

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"
HEAD = """# Settings

Every service reads these from the environment, once, when it starts. A value that cannot be used ends the service with
a message that names the variable. This page is made from the code by `make docs-reference`.

| variable | default | what it sets |
|---|---|---|
"""


def page() -> str:
    """The page as the code has it now."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        rows.append(f"| `{name.upper()}` | {'' if shown is None else f'`{shown}`'} | {field.description or ''} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check({PAGE: page()}, command="make docs-reference"))
