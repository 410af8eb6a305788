"""Writing a document's objects ourselves: in object streams larger than qpdf's, and in no more bytes than they need.

gathering   which objects there are, and how each is spelt      spelling   their spelling, shortened and renumbered
file        the file: streams, object streams, cross-references
"""

from bulkpress_engine.writing.file import write_packed
from bulkpress_engine.writing.gathering import TooManyObjectsError

__all__ = ["TooManyObjectsError", "write_packed"]
