import re

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.text_files import MOST_YAML_BYTES, parse_json, parse_yaml, read_json, read_text, read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcde", "bcdef", strict=True)
)


@pytest.mark.parametrize(
    ("content", "text"), [(b"a\nb", "a\nb"), (b"\xef\xbb\xbfa", "a"), ("ä".encode(), "ä"), (b"", "")]
)
def test_text_is_utf8_with_or_without_a_byte_order_mark(tmp_path, content, text):
    (tmp_path / "x").write_bytes(content)
    assert read_text(tmp_path / "x") == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"caf\xe9", "is no UTF-8 text, found byte 0xe9 at place 3; save it as UTF-8"),
        ("a: 1".encode("utf-16"), "is no UTF-8 text, found byte 0xff at place 0"),
        (b"PK\x05\x06", "is no text, found character '\\x05' at place 2"),
        (b"a\0b", "is no text, found character '\\x00' at place 1"),
        (b"x" * 11, "is too large, expected at most 10 bytes, found 11"),
    ],
)
def test_other_texts_are_refused(tmp_path, content, message):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(SimsError, match=re.escape(f"x: {message}")):
        read_text(tmp_path / "x", most_bytes=10)


def test_a_folder_in_the_place_of_a_file_is_said_in_one_line(tmp_path):
    with pytest.raises(SimsError, match="cannot be read, found Is a directory"):
        read_text(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not valid JSON, found Expecting value"),
        ('{"a": 1, "b": 2, "a": 3}', "is not valid JSON, found key 'a' twice"),
        ('{"a": [1, {"b": NaN}]}', "'a.1.b' is nan, no finite number"),
        ("[1e400]", "'0' is inf, no finite number"),
        ("-Infinity", "'the content' is -inf, no finite number"),
        ("[" + "9" * 5000 + "]", "is not valid JSON, found Exceeds the limit"),
        (f'{{"a": {2**63}}}', "'a' is a number of more than 64 bits"),
        ("[" * 100_000 + "]" * 100_000, "is nested too deeply, expected at most 64 levels"),
        ("[" * 65 + "]" * 65, "is nested too deeply, expected at most 64 levels"),
        ('{"a": "x\\u0000"}', "'a' holds '\\\\x00', which is no text"),
        ('["\\ud800"]', "'0' holds '\\\\ud800', which is no text"),
        ('{"\\u001b": 1}', "holds '\\\\x1b', which is no text"),
    ],
)
def test_json_beyond_its_bounds_is_refused_by_place(text, message):
    with pytest.raises(SimsError, match="^x.json: .*" + re.escape(message.replace("\\\\", "\\"))) as caught:
        parse_json("x.json", text)
    assert len(str(caught.value)) < 600


def test_json_within_its_bounds_is_read_as_it_is():
    text = '{"a": [1, -2.5, "😀 \\ud83d\\ude00\\n", null, true], "b": {}, "c": -9223372036854775807}'
    assert parse_json("x", text) == {"a": [1, -2.5, "😀 😀\n", None, True], "b": {}, "c": 1 - 2**63}
    nested = "[" * 64 + "]" * 64
    assert str(parse_json("x", nested)) == nested


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not valid YAML, found"),
        ("a: 1\na: 2\n", 'is not valid YAML, found while constructing a mapping in "<unicode string>", line 1'),
        ("a: {b: .nan}", "'a.b' is nan, no finite number"),
        ("a: [.inf]", "'a.0' is inf, no finite number"),
        ("a: 0x" + "f" * 5000, "'a' is a number of more than 64 bits"),
        ("a: " + "9" * 5000, "is not valid YAML, found Exceeds the limit"),
        ("a: 2026-02-30", "is not valid YAML, found day is out of range"),
        ("a: !!int x", "is not valid YAML, found invalid literal"),
        ("a: !!python/object/apply:os.getcwd []", "is not valid YAML, found could not determine a constructor"),
        ("a: " + "[" * 100_000, "is nested too deeply"),
        (BOMB, "has aliases that stand for too much, found 1.23e+06 values"),
        ("a: &a [*a]", "has aliases that stand for too much"),
        ("a: *b", "is not valid YAML, found found undefined alias"),
        ('a: "\\0"', "'a' holds '\\x00', which is no text"),
    ],
)
def test_yaml_beyond_its_bounds_is_refused_by_place(text, message):
    with pytest.raises(SimsError, match="^x.yaml: " + re.escape(message)) as caught:
        parse_yaml("x.yaml", text)
    assert len(str(caught.value)) < 600


def test_yaml_is_that_of_dvc_and_aliases_stand_for_what_they_name():
    assert parse_yaml("x", "a: 1e-4\nb: no\nc: &c {d: 1}\ne: *c\n") == {
        "a": 0.0001,
        "b": "no",
        "c": {"d": 1},
        "e": {"d": 1},
    }
    assert parse_yaml("x", "") is None


def test_a_large_yaml_file_is_refused_before_it_is_parsed(tmp_path):
    (tmp_path / "x.yaml").write_text("#" * (MOST_YAML_BYTES + 1))
    with pytest.raises(SimsError, match=r"x\.yaml: is too large"):
        read_yaml(tmp_path / "x.yaml")


def test_the_remedy_of_the_caller_ends_every_message(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(SimsError, match=r"; run it again$"):
        read_json(tmp_path / "x.json", "run it again")
