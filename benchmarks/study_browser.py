"""A timed study in headless Chromium: for how long pictures were shown."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from sims_core.study.design import PAGE, Study

CHROMIUM = "/usr/bin/chromium"
_ANSWERS = "Object.entries(localStorage).filter(([key]) => key.includes('answers')).map(([, text]) => text)[0]"


def measured_frames_off(study: Study) -> dict[int, NDArray[np.float64]]:
    """Answer all trials of the first sheet; return by exposure in ms how many frames longer each was shown."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{(study.folder / PAGE / 'index.html').as_uri()}?sheet=0")
        for text in ("I agree", "Continue", "Start"):
            page.get_by_role("button", name=text, exact=True).click()
        for place in range(1, len(study.sheet(0)) + 1):
            page.locator(".count", has_text=f"{place} of ").wait_for()
            page.locator(".choices button:enabled").first.wait_for()
            page.keyboard.press("ArrowLeft")
        page.get_by_text("Thank you!").wait_for()
        lines = str(page.evaluate(_ANSWERS)).splitlines()
        browser.close()
    found: dict[int, list[float]] = defaultdict(list)
    for answer in map(json.loads, lines):
        off_ms = answer["measured_ms"] - answer["exposure_ms"]
        found[answer["exposure_ms"]].append(off_ms * answer["refresh_hz"] / 1000)
    return {exposure_ms: np.array(values) for exposure_ms, values in found.items()}
