"""What is no PDF is told at the door in the engine's own words, and no sooner than the engine would."""

from bulkpress_core.domain.sniffing import EMPTY, HEAD_BYTES, MARK, NOT_A_PDF, refused_by
from bulkpress_engine import opening
from bulkpress_engine.errors import EmptyFileError, NotAPdfError


def test_the_door_and_the_engine_agree_on_what_is_a_pdf() -> None:
    assert (HEAD_BYTES, MARK) == (opening.HEADER_WITHIN_BYTES, opening.HEADER)
    for outcome, error in ((EMPTY, EmptyFileError()), (NOT_A_PDF, NotAPdfError())):
        assert (outcome.reason, outcome.detail) == (error.code, str(error))


def test_the_mark_may_stand_anywhere_in_the_head() -> None:
    assert refused_by(b"junk %PDF-1.4") is None
    assert refused_by(b" " * (HEAD_BYTES - len(MARK)) + MARK) is None
    assert refused_by(b" " * (HEAD_BYTES - len(MARK) + 1) + MARK) is NOT_A_PDF
    assert refused_by(b"") is EMPTY
