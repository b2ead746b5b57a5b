from sims_core.base.errors import SimsError


def test_a_message_is_one_printable_line_of_bounded_length():
    error = SimsError("a\udcff.png", "x" * 5000, expected="\x1b[2J", found="two\nlines", remedy="mend it")
    text = str(error)
    assert text.isprintable()
    assert text.startswith("a\\udcff.png: xxx")
    assert text.endswith("..., expected \\x1b[2J, found two lines; mend it")
    assert len(text) < 500


def test_letters_of_any_language_stay():
    assert str(SimsError("straße/λ.png", "ist kein Bild")) == "straße/λ.png: ist kein Bild"
