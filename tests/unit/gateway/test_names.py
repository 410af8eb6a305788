"""File names: shown as sent, never dangerous."""

import re

import pytest

from upload_gateway.names import MAX_NAME_BYTES, MAX_PATH_BYTES, EntryNames, shown_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht 日本語 🙂.pdf", "Übersicht 日本語 🙂.pdf"),
        ("C:\\x\\y.pdf", "y.pdf"),
        ("/etc/passwd", "passwd"),
        ("../../up.pdf", "up.pdf"),
        ("folder/sub\\mixed.pdf", "folder/sub/mixed.pdf"),
        ("2024/Mai/Übersicht.pdf", "2024/Mai/Übersicht.pdf"),
        ("./a//b/./c.pdf", "a/b/c.pdf"),
        ("a/../b/c.pdf", "c.pdf"),
        ("a/ .. /c.pdf", "c.pdf"),
        ("a/.\u202e./c.pdf", "c.pdf"),  # `..` once what is not shown is gone
        ("\\\\server\\share\\c.pdf", "c.pdf"),
        ("c:relative\\to.pdf", "to.pdf"),
        ("a\x00/b\r\n.pdf", "a/b.pdf"),
        ("a\x00b\r\nc\x7f.pdf", "abc.pdf"),
        ("exe\u202efdp.pdf", "exefdp.pdf"),  # a right-to-left override would show it as exefdp reversed
        ("  padded.pdf ", "padded.pdf"),
        ("\u0645\u06cc\u200c\u062e.pdf", "\u0645\u06cc\u200c\u062e.pdf"),  # Persian needs its zero-width non-joiner
        ("", "file-8.pdf"),
        ("..", "file-8.pdf"),
        ("folder/", "file-8.pdf"),
        ("\ud800", "file-8.pdf"),  # a lone surrogate cannot be written as UTF-8
        ("noending", "noending"),
    ],
)
def test_a_name_is_shown_without_roots_and_control_characters(sent: str, shown: str) -> None:
    assert shown_name(sent, 7) == shown


@pytest.mark.parametrize("letter", ["x", "é", "語", "🙂"])
def test_a_long_name_is_cut_at_a_character_and_keeps_its_ending(letter: str) -> None:
    shown = shown_name(letter * 400 + ".pdf", 0)
    assert MAX_NAME_BYTES - 4 < len(shown.encode()) <= MAX_NAME_BYTES
    assert re.fullmatch(f"{letter}+\\.pdf", shown)


def test_equal_names_are_told_apart_also_where_only_case_or_unicode_form_differ() -> None:
    names = EntryNames()
    taken = [
        names.take(name) for name in ("a.pdf", "a.pdf", "A.PDF", "\u00e9.pdf", "e\u0301.pdf", "a (2).pdf", "b", "b")
    ]
    assert taken == ["a.pdf", "a (2).pdf", "A (3).PDF", "\u00e9.pdf", "e\u0301 (2).pdf", "a (2) (2).pdf", "b", "b (2)"]


def test_an_entry_name_never_leaves_its_folder_nor_is_refused_by_a_file_system() -> None:
    names = EntryNames("report.csv")
    bad = ("/abs.pdf", "..", "../x.pdf", "c:\\d.pdf", 'q?"<>|*.pdf', "trailing. ", "report.csv", ".", "-", "a./b /c")
    for sent in (*bad, "NUL", "con.pdf", "x/Aux/lpt1.pdf", "//", "a//../b.pdf"):
        taken = names.take(sent)
        assert not taken.startswith("/"), taken
        assert taken != "report.csv"
        for part in taken.split("/"):
            assert not re.search(r'[<>:"\\|?*]', part), taken
            assert part.strip("."), taken
            assert not part.endswith((".", " ")), taken
            assert not re.match(r"(?i)(con|nul|aux|lpt1)(\.|$)", part), taken


def test_the_tree_is_kept_and_names_count_in_their_folder_only() -> None:
    names = EntryNames()
    sent = ("a/x.pdf", "b/x.pdf", "a/x.pdf", "A/X.pdf", "x.pdf")
    assert [names.take(name) for name in sent] == ["a/x.pdf", "b/x.pdf", "a/x (2).pdf", "A/X (3).pdf", "x.pdf"]


def test_no_file_is_called_as_a_folder_is() -> None:
    names = EntryNames()
    sent = ("a", "a/1.pdf", "a/2.pdf", "b/1.pdf", "B", "a/1.pdf")
    assert [names.take(name) for name in sent] == [
        "a",
        "a (2)/1.pdf",
        "a (2)/2.pdf",
        "b/1.pdf",
        "B (2)",
        "a (2)/1 (2).pdf",
    ]


def test_of_a_path_that_is_too_long_the_end_stays() -> None:
    shown = shown_name("/".join(["ordner" * 20] * 40 + ["a.pdf"])[6:], 0)
    assert shown.endswith("ordner/a.pdf")
    assert MAX_PATH_BYTES - 130 < len(shown.encode()) <= MAX_PATH_BYTES


def test_a_hundred_thousand_equal_names_get_numbers_in_a_moment() -> None:
    names = EntryNames()
    taken = {names.take("scan.pdf") for _ in range(100_000)}
    assert len(taken) == 100_000
    assert "scan (100000).pdf" in taken
