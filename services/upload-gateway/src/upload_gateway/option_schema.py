"""The options of a job as OpenAPI describes them (JSON Schema), for forms and for JSON bodies."""

from typing import Any

from bulkpress_core.domain.compression import MAX_IMAGE_DPI, MAX_PASSWORD_CHARS, MIN_IMAGE_DPI, SIZE
from bulkpress_core.domain.options import MAX_URL_CHARS, MIN_EXPIRES_IN_S, WEBHOOK_URL

POLICY = {"type": "string", "enum": ["keep", "refuse", "compress"], "default": "keep"}

COMPRESSION: dict[str, Any] = {
    "compression_level": {"type": "string", "enum": ["low", "medium", "high"], "default": "medium"},
    "image_quality": {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "description": "JPEG quality; without it, the level decides.",
    },
    "max_image_dpi": {
        "type": "integer",
        "minimum": MIN_IMAGE_DPI,
        "maximum": MAX_IMAGE_DPI,
        "description": "Pixels per inch that finer images are brought down to; without it, the level decides.",
    },
    "target_size": {
        "type": "string",
        "pattern": f"^({SIZE.pattern})?$",
        "description": "The most a result may have, in bytes or as 10MB or 1.5MiB. The finest quality that meets it is "
        "found; where none does, `reason` and `message` say what comes closest. Not together with image_quality.",
    },
    "grayscale": {"type": "boolean", "default": False, "description": "Make all colours gray."},
    "linearize": {"type": "boolean", "default": False, "description": "Fast web view (ISO 32000-2, annex F)."},
    "strip_metadata": {
        "type": "boolean",
        "default": False,
        "description": "Remove document information, XMP and what programs and cameras left in the file.",
    },
    "on_signed": POLICY
    | {"description": "Signed documents: keep them as they are, refuse them, or break their signatures."},
    "pdfa": POLICY | {"description": "PDF/A documents: keep them conforming, refuse them, or drop the conformance."},
    "password": {
        "type": "string",
        "format": "password",
        "maxLength": MAX_PASSWORD_CHARS,
        "description": "Opens encrypted files, which stay encrypted. Kept encrypted, as long as the job.",
    },
}
JOB: dict[str, Any] = {
    "keep_names": {
        "type": "boolean",
        "default": True,
        "description": "Call results as their sources were called; otherwise by their numbers.",
    },
    "webhook_url": {
        "type": "string",
        "pattern": f"^({WEBHOOK_URL.pattern})?$",
        "maxLength": MAX_URL_CHARS,
        "description": "Told when the job is finished and when a file fails (Standard Webhooks).",
    },
    "expires_in": {
        "type": "integer",
        "minimum": MIN_EXPIRES_IN_S,
        "description": "Seconds after which the job and its files are deleted.",
    },
}
ALL: dict[str, Any] = COMPRESSION | JOB
CONTRADICTIONS: dict[str, Any] = {"dependentSchemas": {"target_size": {"properties": {"image_quality": False}}}}
FILE_SETTINGS: dict[str, Any] = {
    "type": "object",
    "patternProperties": {
        "^(0|[1-9][0-9]{0,8})$": {
            "type": "object",
            "properties": COMPRESSION,
            "additionalProperties": False,
            **CONTRADICTIONS,
        }
    },
    "additionalProperties": False,
    "description": "Settings of single files instead of the job's, by their numbers, which count from 0 in the order "
    "sent: a JSON object, sent before the files it speaks of. 409 where there is no such file, or it came before.",
}
