import csv
import math

import pytest

from sims_core.base.csv_files import read_csv, write_csv
from sims_core.base.errors import SimsError

FORMULAS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'x", "'=1", "''"]


def test_no_cell_of_text_begins_a_formula_and_each_comes_back(tmp_path):
    path = tmp_path / "t.csv"
    rows = [[text, -1.5, -2] for text in [*FORMULAS, "plain", "a=b", ""]]
    write_csv(path, ["=name", "score", "count"], rows)
    with path.open(newline="") as file:
        stored = list(csv.reader(file))
    assert not [line for line in stored if line[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert stored[1] == ["'=1+1", "-1.5", "-2"]
    table = read_csv(path, "evaluate")
    assert table.texts("=name") == [row[0] for row in rows]
    assert table.numbers("score") == [-1.5] * len(rows)


def test_an_empty_cell_is_no_number(tmp_path):
    write_csv(tmp_path / "t.csv", ["name", "score"], [["x", math.nan], ["y", 1 / 3]])
    first, second = read_csv(tmp_path / "t.csv", "evaluate").numbers("score")
    assert math.isnan(first)
    assert second == 0.33333333


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no rows"),
        (b"a,b\n", "has no rows"),
        (b"a,b\n1\n", "line 2 has 1 cells, its header 2"),
        (b"a,a\n1,2\n", "has two columns of one name"),
        (b'a,b\n1,"2', "is no CSV file"),
        (b"a,b\n1,\xe9\n", "is no UTF-8 text"),
        (b"a,b\n1," + b"9" * 200_000 + b"\n", "is no CSV file, found field larger than field limit"),
        (b"a;b\n1;2\n", "has no column 'b'"),
        (b"a,b\n1,x\n", "column 'b' holds what is no number, found 'x'"),
        (b"a,b\n1,nan\n", "column 'b' holds what is no number, found 'nan'"),
        (b"a,b\n1,-1e400\n", "column 'b' holds what is no number, found '-1e400'"),
    ],
)
def test_damaged_files_are_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(SimsError, match=f"t.csv: {message}.*run stage 'evaluate' again"):
        read_csv(tmp_path / "t.csv", "evaluate").numbers("b")
