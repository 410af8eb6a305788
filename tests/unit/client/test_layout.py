"""Where results go: the tree is kept, nothing is overwritten that was an input, no two results share a name."""

from pathlib import Path

import pytest

from bulkpress_client.batch.layout import LayoutError, lay_out


def made(*paths: Path) -> None:
    """Make each file, with its folders."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF-1.7")


def placed(inputs: list[Path], out: Path) -> dict[str, str]:
    """Source and target of each file, both from the folder that all is in."""
    return {
        one.source.relative_to(out.parent).as_posix(): one.target.relative_to(out.parent).as_posix()
        for one in lay_out(inputs, out)
    }


def test_one_file_goes_into_the_file_named(tmp_path: Path) -> None:
    made(tmp_path / "a.pdf")
    assert placed([tmp_path / "a.pdf"], tmp_path / "b.pdf") == {"a.pdf": "b.pdf"}


def test_one_file_goes_into_a_folder_that_is_there(tmp_path: Path) -> None:
    made(tmp_path / "a.pdf")
    (tmp_path / "out").mkdir()
    assert placed([tmp_path / "a.pdf"], tmp_path / "out") == {"a.pdf": "out/a.pdf"}


def test_one_file_goes_into_a_folder_that_a_slash_announces(tmp_path: Path) -> None:
    made(tmp_path / "a.pdf")
    [work] = lay_out([tmp_path / "a.pdf"], tmp_path / "out", out_is_folder=True)
    assert work.target == tmp_path / "out" / "a.pdf"


def test_a_folder_keeps_its_tree_and_only_its_pdfs_count(tmp_path: Path) -> None:
    made(*(tmp_path / "in" / name for name in ("a.pdf", "deep/er/b.PDF", "notes.txt")))
    found = placed([tmp_path / "in"], tmp_path / "out")
    assert found == {"in/a.pdf": "out/a.pdf", "in/deep/er/b.PDF": "out/deep/er/b.PDF"}


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    made(tmp_path / "scan.dat", tmp_path / "b.pdf")
    found = placed([tmp_path / "scan.dat", tmp_path / "b.pdf"], tmp_path / "out")
    assert found == {"scan.dat": "out/scan.dat", "b.pdf": "out/b.pdf"}


def test_names_that_meet_are_numbered_also_when_only_their_case_differs(tmp_path: Path) -> None:
    made(*(tmp_path / folder / name for folder, name in (("1", "a.pdf"), ("2", "a.pdf"), ("3", "A.pdf"))))
    found = placed([tmp_path / "1", tmp_path / "2", tmp_path / "3"], tmp_path / "out")
    assert list(found.values()) == ["out/a.pdf", "out/a (2).pdf", "out/A (3).pdf"]


def test_a_file_named_twice_is_pressed_once(tmp_path: Path) -> None:
    made(tmp_path / "in" / "a.pdf")
    assert len(lay_out([tmp_path / "in" / "a.pdf", tmp_path / "in"], tmp_path / "out")) == 1


def test_results_of_a_former_run_inside_the_input_folder_are_no_input(tmp_path: Path) -> None:
    made(tmp_path / "in" / "a.pdf", tmp_path / "in" / "out" / "a.pdf")
    work = lay_out([tmp_path / "in"], tmp_path / "in" / "out")
    assert [one.source for one in work] == [tmp_path / "in" / "a.pdf"]


@pytest.mark.parametrize("out", ["a.pdf", "./x/../a.pdf", "link.pdf"])
def test_an_input_is_never_overwritten(tmp_path: Path, out: str) -> None:
    made(tmp_path / "a.pdf")
    (tmp_path / "x").mkdir()
    (tmp_path / "link.pdf").hardlink_to(tmp_path / "a.pdf")
    with pytest.raises(LayoutError, match="would be overwritten"):
        lay_out([tmp_path / "a.pdf"], tmp_path / out)


def test_a_folder_is_not_pressed_into_itself(tmp_path: Path) -> None:
    made(tmp_path / "in" / "a.pdf")
    with pytest.raises(LayoutError):
        lay_out([tmp_path / "in"], tmp_path / "in")


def test_several_inputs_do_not_go_into_a_file(tmp_path: Path) -> None:
    made(tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "out.pdf")
    with pytest.raises(LayoutError, match="name a folder"):
        lay_out([tmp_path / "a.pdf", tmp_path / "b.pdf"], tmp_path / "out.pdf")


def test_a_folder_without_pdfs_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(LayoutError, match="no PDF was found"):
        lay_out([tmp_path / "in"], tmp_path / "out")
