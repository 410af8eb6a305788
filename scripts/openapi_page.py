"""Write docs/reference/openapi.json from the gateway itself; with --check, say whether it is in step."""

import json
import sys
from pathlib import Path

from bulkpress_core.settings import Settings
from scripts.made_pages import write_or_check
from upload_gateway.bootstrap import gateway

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "openapi.json"


def page() -> str:
    """The document as the code has it now."""
    return json.dumps(gateway(Settings()).openapi(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check({PAGE: page()}, command="make docs-reference"))
