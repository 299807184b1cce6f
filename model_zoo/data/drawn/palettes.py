"""Colours for drawn materials. Every palette serves several, and any material may get any: colour tells little."""

from __future__ import annotations

import numpy as np

from model_zoo.data.drawn.fields import Array

Palette = np.ndarray  # (4, 3): dark, middle, light, and the colour that `tint` shifts towards; in [0, 1]
SHADES = 256
TINTED = 0.45  # how far `tint` may shift a colour
OWN = 0.8  # of the pictures of a material have one of its usual palettes; the others have any

PALETTES = {
    "grey": ("#26282b", "#7d8083", "#d8dadb", "#8c8577"),
    "slate": ("#1c2430", "#5a6b7d", "#b9c6d2", "#6e6a80"),
    "brown": ("#2e1c10", "#805636", "#cfa677", "#6b3d24"),
    "tan": ("#5a452c", "#b6925f", "#ecd9b0", "#a3743f"),
    "cream": ("#8a7f70", "#d3c8b5", "#faf5ea", "#b9a583"),
    "rust": ("#3b150c", "#9a4428", "#dd9166", "#6e2f21"),
    "green": ("#10240f", "#47742c", "#a7c46a", "#86812c"),
    "olive": ("#23230f", "#6d6a34", "#c3bd7c", "#7c5a2c"),
    "autumn": ("#3a1408", "#b5601c", "#edb544", "#8c2f17"),
    "blue": ("#0b1d38", "#2f6394", "#a4cbe6", "#2c7d80"),
    "teal": ("#08272a", "#2b7474", "#9fd3c7", "#4b6f48"),
    "charcoal": ("#0d0d0f", "#3a3a3e", "#8b8a8c", "#4a3d36"),
    "rose": ("#3c1a22", "#a8636b", "#ecc0ba", "#8d5a7a"),
    "violet": ("#1f1533", "#675089", "#bfaed6", "#7d4566"),
}
USUAL = {
    "brick": ("rust", "brown", "tan", "grey", "cream", "autumn"),
    "fabric": ("blue", "rose", "violet", "green", "cream", "charcoal", "rust", "grey"),
    "fur": ("brown", "tan", "charcoal", "cream", "grey", "autumn"),
    "gravel": ("grey", "slate", "tan", "brown", "rose", "charcoal"),
    "leaves": ("green", "olive", "autumn", "brown", "rust", "teal"),
    "marble": ("cream", "grey", "green", "charcoal", "rose", "slate"),
    "metal": ("grey", "slate", "charcoal", "rust", "tan", "blue"),
    "sand": ("tan", "cream", "grey", "brown", "autumn", "charcoal"),
    "water": ("blue", "teal", "slate", "grey", "green", "olive"),
    "wood": ("brown", "tan", "rust", "grey", "olive", "charcoal", "cream"),
}


def palette(material: str, generator: np.random.Generator) -> Palette:
    """Choose a palette for a material and vary it a little."""
    usual = generator.random() < OWN
    name = str(generator.choice(USUAL[material] if usual else tuple(PALETTES)))
    rows = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in PALETTES[name]])
    rows = rows + generator.normal(0, 0.035, rows.shape) + generator.normal(0, 0.03, (1, 3))
    grey = rows.mean(1, keepdims=True)
    return (grey + (rows - grey) * generator.uniform(0.35, 1.0)).clip(0, 1).astype(np.float32)


def colours(tones: Palette, tone: Array, tint: Array | None = None) -> np.ndarray:
    """Colour each place (H, W) by its tone; gives (H, W, 3)."""
    at = np.linspace(0, 1, SHADES, dtype=np.float32)[:, None]
    dark, middle, light, other = tones
    table = np.where(at < 0.5, dark + (middle - dark) * 2 * at, middle + (light - middle) * (2 * at - 1))
    shade = (np.clip(tone, 0, 1) * (SHADES - 1)).astype(np.int32)
    coloured = table.take(shade, axis=0)
    if tint is not None:
        towards = (other * (0.4 + 1.2 * at) - table).take(shade, axis=0)
        coloured += towards * (TINTED * np.clip(tint, 0, 1))[..., None]
    return coloured.astype(np.float32)
