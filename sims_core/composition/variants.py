"""Several canvases of one layout: which candidate each component shows in which variant.

Variant 0 shows the best candidate of every component. The others go on to further candidates, drawn without
replacement with the probabilities softmax(score / temperature), so that a component shows no photo again before
it has shown all of its photos.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sims_core.base.seeding import random_stream
from sims_core.formats.bank import photo_of
from sims_core.formats.matches import ComponentMatches


def variant_matches(
    matches: Sequence[ComponentMatches], scene_id: str, variant: int, temperature: float, seed: int
) -> list[ComponentMatches]:
    """Return the matches with the candidate that a variant shows as the first one of each component.

    A pure function: each component has a stream of its own, and what a variant shows does not depend on how many
    variants there are.

    Args:
        matches: Of one layout.
        scene_id: Its id.
        variant: 0 for the best candidates.
        temperature: In units of the score; 0 goes on by rank.
        seed: The project's seed.
    """
    if variant == 0:
        return list(matches)
    chosen = []
    for match in matches:
        if not match.segment_ids:
            chosen.append(match)
            continue
        stream = random_stream(seed, "compose", "variants", scene_id, match.component)
        order = candidate_order(match.segment_ids, match.scores, temperature, stream)
        chosen.append(preferring(match, order[variant % len(order)]))
    return chosen


def candidate_order(
    segment_ids: Sequence[str], scores: Sequence[float], temperature: float, stream: np.random.Generator
) -> list[int]:
    """Return the order in which candidates are shown: the best one, then drawn ones, one of each photo.

    Args:
        segment_ids: Best first, at least one.
        scores: Of each.
        temperature: See `variant_matches`.
        stream: Where the numbers come from.
    """
    first_of_photo: dict[str, int] = {}
    for index, segment_id in enumerate(segment_ids):
        first_of_photo.setdefault(photo_of(segment_id), index)
    best, *others = first_of_photo.values()
    # Adding Gumbel noise and sorting draws without replacement, with the probabilities of a softmax.
    noise = stream.gumbel(size=len(segment_ids))
    keys = np.asarray(scores, dtype=np.float64) + temperature * noise
    return [best, *sorted(others, key=lambda index: (-keys[index], index))]


def preferring(match: ComponentMatches, index: int) -> ComponentMatches:
    """Return a component's matches with one candidate before all others, which keep their order."""
    order = [index, *(other for other in range(len(match.segment_ids)) if other != index)]
    return replace(
        match,
        segment_ids=[match.segment_ids[i] for i in order],
        scores=[match.scores[i] for i in order],
        mask_ious=[match.mask_ious[i] for i in order],
        context_ious=[match.context_ious[i] for i in order],
    )


def pinned(matches: Sequence[ComponentMatches], pins: Mapping[int, str]) -> list[ComponentMatches]:
    """Return the matches with each pinned segment before all other candidates of its component.

    One that retrieval did not propose has NaN for its scores.
    """
    shown = []
    for match in matches:
        segment_id = pins.get(match.component)
        if segment_id is None:
            shown.append(match)
        elif segment_id in match.segment_ids:
            shown.append(preferring(match, match.segment_ids.index(segment_id)))
        else:
            shown.append(
                replace(
                    match,
                    segment_ids=[segment_id, *match.segment_ids],
                    scores=[math.nan, *match.scores],
                    mask_ious=[math.nan, *match.mask_ious],
                    context_ious=[math.nan, *match.context_ious],
                )
            )
    return shown
