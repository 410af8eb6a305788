"""Hooks for schemathesis, the OpenAPI fuzzer: what it cannot see of what its requests say on the wire."""

import re
from collections.abc import Mapping
from uuid import uuid4

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData

from bulkpress_core.domain.compression import NO, YES
from upload_gateway import option_schema
from upload_gateway.idempotency import KEY

FORM, FILES, HEADER = "multipart/form-data", "files", "Idempotency-Key"
FLAGS = frozenset(name for name, schema in option_schema.ALL.items() if schema["type"] == "boolean")


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext,
    failure: BaseException,
    case: schemathesis.Case,
    _response: schemathesis.Response,
) -> bool:
    """Whether a failure counts: the server cannot refuse a form for a type that its text does not have."""
    body = case.body
    is_form = case.media_type == FORM and isinstance(failure, AcceptedNegativeData)
    return not (is_form and isinstance(body, dict) and _is_sound_as_text(body))


@schemathesis.hook
def map_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> schemathesis.Case:
    """The case under a key of its own, if it has one that is valid.

    The fuzzer gives all cases the same key: a form of the same length as one that was accepted before is answered with
    that one's job, unread, which says nothing of whether it would be accepted.
    """
    if case.headers and re.match(KEY, case.headers.get(HEADER, "")):
        case.headers[HEADER] = uuid4().hex
    return case


def _is_sound_as_text(form: Mapping[str, object]) -> bool:
    """Whether a form has a value of another type than its schema asks for, which is sent as one of that type would be.

    One value for the array of files becomes one part, as an array of one does (RFC 7578, 4.3), and the number 0 for a
    flag the text `0`, which is no for the server as `false` is.
    """
    lone_file = not isinstance(form.get(FILES, []), list)
    spelled = (str(form[name]).lower() for name in FLAGS & form.keys() if not isinstance(form[name], bool))
    return lone_file or any(text in YES | NO for text in spelled)
