"""Write docs/reference/openapi.json from the gateway itself; with --check, say whether it is in step."""

import json
import sys
from pathlib import Path

from bulkpress_core.settings import Settings
from upload_gateway.bootstrap import gateway

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "openapi.json"


def page() -> str:
    """The document as the code has it now."""
    return json.dumps(gateway(Settings()).openapi(), ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write the document, or compare it; return the exit code."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print("docs: docs/reference/openapi.json is out of step with the gateway: run `make docs-reference`")
    return 1


if __name__ == "__main__":
    sys.exit(main())
