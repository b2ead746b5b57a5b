import numpy as np

from sims_core.base.versions import package_versions, running_code


def test_versions_name_what_computes():
    assert package_versions()["numpy"] == running_code()["numpy"] == np.__version__


def test_the_digest_is_of_the_files(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("a = 1\n")
    monkeypatch.setattr("sims_core.base.versions._LIBRARY", tmp_path)

    def digest():
        running_code.cache_clear()
        return running_code()["sims_core"]

    first = digest()
    assert digest() == first
    (tmp_path / "a.py").write_text("a = 2\n")
    assert digest() != first
    running_code.cache_clear()
