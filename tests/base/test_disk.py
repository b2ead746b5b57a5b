import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sims_core.base.disk import check_writable, disk_errors
from sims_core.base.errors import SimsError
from sims_core.base.files import atomic_file
from tests.support.project import ROOT, environment
from tests.support.small_dataset import label_map, photo, save


def test_places_that_cannot_be_written_are_known_before_long_work(tmp_path, monkeypatch):
    check_writable(tmp_path / "new/folders/a.png", "")
    (tmp_path / "file").write_text("")
    with pytest.raises(SimsError, match=r"file/b/a.png: cannot be written, found .*/file is a file; name another"):
        check_writable(tmp_path / "file/b/a.png", "name another")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SimsError, match=r"new/a.png: cannot be written, found .* is read-only; name another"):
        check_writable(tmp_path / "new/a.png", "name another")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "a.png: cannot be read or written, found No space"),
        (PermissionError(errno.EACCES, "Permission denied", "x/bank"), "x/bank: cannot be read or written, found Perm"),
    ],
)  # fmt: skip
def test_what_a_disk_refuses_is_one_line(error, message):
    with pytest.raises(SimsError, match=message), disk_errors(Path("a.png"), "make room"):
        raise error


def test_a_name_that_is_too_long(tmp_path):
    path = tmp_path / ("a" * 300)
    with pytest.raises(SimsError, match="File name too long"), disk_errors(path, ""), atomic_file(path) as new:
        new.write_text("")


def test_a_read_only_mount(tmp_path):
    """Init names the place and leaves the parameters alone; with a place for the class table it works."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("needs leave to mount")
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    shutil.copy(ROOT / "presets/demo.yaml", tmp_path / "params.yaml")
    for number in range(6):
        save(tmp_path / f"mine/images/{number}.jpg", photo(number))
        save(tmp_path / f"mine/masks/{number}.png", np.minimum(label_map(number), 2))
    sims = f"{sys.executable} -m sims_core.cli data init mine"
    read_only = "mount --bind mine mine && mount -o remount,ro,bind mine"
    script = f"{read_only} && {sims}; cmp params.yaml presets/demo.yaml && {sims} --classes a.yaml"
    command = ["unshare", "-m", "sh", "-c", script]
    result = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    errors = [line for line in result.stderr.splitlines() if line.startswith("error")]
    assert errors == [
        f"error: mine/classes.yaml: cannot be written, found {tmp_path}/mine is read-only; "
        "name another place for the class table: --classes classes.yaml"
    ]
    assert "Traceback" not in result.stderr
    assert (result.returncode, (tmp_path / "a.yaml").is_file()) == (0, True)
