"""The name under which a download is saved."""

import re
from urllib.parse import quote

NOT_IN_PLAIN_NAMES = re.compile(r'[\x00-\x1f\x7f"%*/:;<>?\\|]')  # ends the quoted string, or is refused by file systems
ATTR_CHARS = "!#$&+^`|"  # what RFC 5987, 3.2.1 allows beside letters, digits and what `quote` always keeps: - . _ ~


def content_disposition(name: str) -> str:
    """The Content-Disposition that saves a download as `name` (RFC 6266), with an ASCII name for old clients."""
    plain = NOT_IN_PLAIN_NAMES.sub("_", name.encode("ascii", "replace").decode())
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=ATTR_CHARS)}"
