"""Reading files: line numbers, broken rows, wrong encodings, and memory that does not grow with the file."""

import tracemalloc
from pathlib import Path

import pytest
from rapport_cli.importing import rows
from rapport_cli.importing.mapping import FileFormat, MappingError, load
from rapport_cli.importing.run import _batches

COMMA = FileFormat()


def file_of(folder: Path, content: str | bytes) -> Path:
    file = folder / "rows.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_rows_have_the_number_of_their_last_line(tmp_path: Path) -> None:
    file = file_of(tmp_path, 'ID , text\r\n1,"two\nlines"\r\n\r\n2,plain\r\n3\r\n4,a,b\r\n')
    assert list(rows.read(file, COMMA, {"ID", "text"})) == [
        (3, {"ID": "1", "text": "two\nlines"}), (5, {"ID": "2", "text": "plain"}), (6, None), (7, None),
    ]  # fmt: skip


def test_a_byte_order_mark_is_not_part_of_the_first_name(tmp_path: Path) -> None:
    assert list(rows.read(file_of(tmp_path, b"\xef\xbb\xbfid\n7\n"), COMMA, {"id"})) == [(2, {"id": "7"})]


def test_missing_and_double_columns_are_named(tmp_path: Path) -> None:
    file = file_of(tmp_path, "id,id,name\n1,2,x\n")
    with pytest.raises(MappingError, match=r"no column city, state; it has: id, id, name"):
        list(rows.read(file, COMMA, {"name", "state", "city"}))
    with pytest.raises(MappingError, match="more than one column id"):
        list(rows.read(file, COMMA, {"id"}))
    with pytest.raises(MappingError, match="no column id"):
        list(rows.read(file_of(tmp_path, ""), COMMA, {"id"}))


def test_a_wrong_encoding_is_told_with_the_line_until_which_it_was_right(tmp_path: Path) -> None:
    many = "id\n" + "1\n" * 20_000
    file = file_of(tmp_path, many.encode() + "投诉\n".encode("gb18030"))
    with pytest.raises(rows.UnreadableFile, match=r"rows.csv is not utf-8-sig text \(after line 1\d{4}\)"):
        list(rows.read(file, COMMA, {"id"}))
    assert len(list(rows.read(file, FileFormat(encoding="gb18030"), {"id"}))) == 20_001


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for read in (rows.digest, rows.count_lines, lambda path: list(rows.read(path, COMMA, set()))):
        with pytest.raises(rows.UnreadableFile, match="cannot be read"):
            read(tmp_path / "none.csv")


def test_a_field_without_end_is_no_reason_to_read_on_for_ever(tmp_path: Path) -> None:
    with pytest.raises(rows.UnreadableFile, match="not a delimited file"):
        list(rows.read(file_of(tmp_path, 'id\n"' + "x" * 3_000_000), COMMA, {"id"}))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """200,000 rows are mapped and batched; the peak is that of a few batches, not of the file."""
    mapping = load("airport-survey")
    file = tmp_path / "large.csv"
    with file.open("w") as out:
        out.write("RESPNUM,NETPRO  \n")
        out.writelines(f"{number},{number % 12}\n" for number in range(200_000))
    peaks = []
    tracemalloc.start()
    try:
        for number, batch in enumerate(_batches(file, mapping, after=1)):
            assert len(batch) == 500
            if number in {20, 399}:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    early, late = peaks
    assert late < early * 1.2 < 8_000_000
