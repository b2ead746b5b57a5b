"""Trained networks as functions of arrays; each works at the size it was trained on, whatever comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sims_core.determinism import fixed_threads
from sims_core.images import resize_nearest, resize_photo
from sims_core.networks.ordering_net import OrderingNet, front_margin, pair_picture
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, palette_planes, photo_pixels, photo_planes
from sims_core.networks.transform_net import TransformNet, encode_segment
from sims_core.networks.unet import UNet
from sims_core.segments import Box, box_slices
from sims_core.training.models import ModelCard, load_model
from sims_core.window import joint_window, to_frame
from sims_core.working_canvas import resize_canvas

# Segments that a network sees at once: bounds the memory, whatever their number.
_BATCH_SIZE = 16


class TransformPredictor:
    """A trained transformation network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/transform; see `load_model` for errors."""
        self._network, self.card = load_model(folder, TransformNet)
        self._num_categories = len(self.card.categories)

    def predict(
        self,
        segments: NDArray[np.uint8],
        segment_masks: NDArray[np.bool_],
        target_masks: NDArray[np.bool_],
        layout: NDArray[np.uint8],
    ) -> NDArray[np.float32]:
        """Align N segments with their places in one layout.

        Args:
            segments: (N, H, W, 3) uint8 RGB, full frame.
            segment_masks: (N, H, W) bool.
            target_masks: (N, H, W) bool, the places.
            layout: (H, W) uint8 ids, 255 = void.

        Returns:
            (N, 2, 3) float32: normalised output coordinates -> normalised input coordinates
            (`align_corners=False`), at any resolution.
        """
        windows = [joint_window(*pair) for pair in zip(segment_masks, target_masks, strict=True)]
        frame = (layout.shape[0], layout.shape[1])
        thetas = np.zeros((len(segments), 2, 3), dtype=np.float32)
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            for part in _parts(len(segments)):
                views = windows[part]
                found = self._network(
                    encode_segment(
                        _photos(_views(segments[part], views), self.card),
                        _labels(_views(segment_masks[part], views), self.card),
                    ),
                    mask_plane(_labels(_views(target_masks[part], views), self.card)),
                    one_hot(_labels([layout[box_slices(view)] for view in views], self.card), self._num_categories),
                )
                thetas[part] = [to_frame(theta, view, frame) for theta, view in zip(found.numpy(), views, strict=True)]
        return thetas


class OrderingPredictor:
    """A trained ordering network and the class prior: the log-odds of the two are added."""

    def __init__(self, folder: Path, log_odds: NDArray[np.float32]) -> None:
        """Load data/models/ordering; see `load_model` for errors.

        Args:
            folder: Of the model.
            log_odds: (C, C) of the class prior.
        """
        self._prior = torch.from_numpy(log_odds)
        self._network, self.card = load_model(folder, OrderingNet)
        self._palette = torch.from_numpy(self.card.categories.palette)

    def predict(
        self,
        masks_a: NDArray[np.bool_],
        masks_b: NDArray[np.bool_],
        layout: NDArray[np.uint8],
        categories_a: NDArray[np.int64],
        categories_b: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Say for N pairs of segments of one layout which is in front.

        Args:
            masks_a: (N, H, W) bool.
            masks_b: (N, H, W) bool.
            layout: (H, W) uint8 ids, 255 = void.
            categories_a: (N,) category ids.
            categories_b: (N,) category ids.

        Returns:
            (N,) float32: the probability that b is in front; 0.5 for two segments of one category.
        """
        windows = [joint_window(*pair) for pair in zip(masks_a, masks_b, strict=True)]
        probabilities = [np.zeros(0, dtype=np.float32)]
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            for part in _parts(len(masks_a)):
                views = windows[part]
                ids_a = torch.as_tensor(np.asarray(categories_a[part], dtype=np.int64))
                ids_b = torch.as_tensor(np.asarray(categories_b[part], dtype=np.int64))
                seen_a, seen_b = (_labels(_views(masks[part], views), self.card) for masks in (masks_a, masks_b))
                layouts = _labels([layout[box_slices(view)] for view in views], self.card)
                pair = pair_picture(seen_a, seen_b, ids_a, ids_b, self._palette)
                logits = self._network(pair, palette_planes(layouts, self._palette))
                margin = front_margin(logits, ids_a, ids_b) + self._prior[ids_a, ids_b]
                probabilities.append(torch.sigmoid(margin).numpy())
        return np.concatenate(probabilities)


class SynthesisPredictor:
    """A trained synthesis network."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/synthesis; see `load_model` for errors."""
        self._network, self.card = load_model(folder, SynthesisNet)

    def synthesize(
        self, canvas: NDArray[np.uint8], known: NDArray[np.bool_], layout: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """Turn one canvas into a photograph.

        Args:
            canvas: (H, W, 3) uint8 RGB; black = nothing there, white = elided.
            known: (H, W) bool, True where the canvas carries photo content.
            layout: (H, W) uint8 ids, 255 = void.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        pixels, mask = resize_canvas(canvas, known, self.card.height_px, self.card.width_px)
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            made = self._network(
                photo_planes(torch.from_numpy(pixels)[None]),
                mask_plane(torch.from_numpy(mask)[None]),
                one_hot(_labels([layout], self.card), len(self.card.categories)),
            )
        return resize_photo(np.ascontiguousarray(photo_pixels(made.image)[0].numpy()), *layout.shape)


class SegmenterPredictor:
    """The trained segmenter of the evaluation."""

    def __init__(self, folder: Path) -> None:
        """Load data/models/segmenter; see `load_model` for errors."""
        self._network, self.card = load_model(folder, UNet)

    def predict(self, pictures: NDArray[np.uint8]) -> tuple[NDArray[np.int64], Tensor]:
        """Label B pictures.

        Args:
            pictures: (B, H, W, 3) uint8 RGB.

        Returns:
            (B, H, W) int64 category ids, and (B, F) float64: the deepest features averaged over the picture.
        """
        planes = photo_planes(_photos(pictures, self.card))
        with torch.inference_mode(), fixed_threads(self.card.num_threads):
            logits, features = self._network.with_features(planes)
        return resize_nearest(logits.argmax(dim=1).numpy(), *pictures.shape[1:3]), features.double().clone()


def _parts(num_items: int) -> Iterator[slice]:
    return (slice(start, start + _BATCH_SIZE) for start in range(0, num_items, _BATCH_SIZE))


def _views(arrays: NDArray[Any], windows: Sequence[Box]) -> list[NDArray[Any]]:
    """The window of each of N arrays."""
    return [array[box_slices(window)] for array, window in zip(arrays, windows, strict=True)]


def _photos(pictures: Iterable[NDArray[np.uint8]], card: ModelCard) -> Tensor:
    """(N, H, W, 3) at the network's size."""
    resized = np.stack([resize_photo(picture, card.height_px, card.width_px) for picture in pictures])
    return torch.from_numpy(np.ascontiguousarray(resized))


def _labels(arrays: Iterable[NDArray[Any]], card: ModelCard) -> Tensor:
    """(N, H, W) labels or masks at the network's size."""
    return torch.from_numpy(np.stack([resize_nearest(array, card.height_px, card.width_px) for array in arrays]))
