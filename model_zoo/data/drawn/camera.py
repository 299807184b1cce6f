"""A drawn material as a camera sees it: from somewhere, in some light, with things lying about, and not quite sharp."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from model_zoo.data.drawn.fields import Array, Fields, step
from model_zoo.data.drawn.palettes import Palette, colours, palette
from model_zoo.data.drawn.surfaces import SURFACES, Surface

CLASSES = tuple(SURFACES)
DIFFICULTY = 0.25  # scales clutter, noise, blur, haze and shadow together; 0 gives clean pictures
THINGS = 2.4  # lie on a picture on average
SCRAPS = 0.4  # of them are of another material
FINER = 2  # samples a pixel and direction
DRAWING = 1  # of the drawing itself: another number, other pictures


def draw(label: int, index: int, seed: int, size: int, difficulty: float = DIFFICULTY) -> np.ndarray:
    """Draw picture `index` of class `label` as uint8 (3, size, size). The same scene at every size."""
    generator = np.random.default_rng((DRAWING, seed, label, index))
    u, v = _frame(size * FINER)
    picture = _material(label, generator, u, v, size * FINER)  # (H, W, 3) in [0, 1]
    for _ in range(generator.poisson(THINGS * difficulty)):
        _lay(picture, label, generator, u, v)
    picture = picture.reshape(size, FINER, size, FINER, 3).mean((1, 3))
    picture = _taken(picture, generator, difficulty)
    return (picture * 255 + 0.5).clip(0, 255).astype(np.uint8).transpose(2, 0, 1)


def _frame(count: int) -> tuple[Array, Array]:
    """Give the coordinates of a square of samples, −1 … 1 to the right and down."""
    line = ((np.arange(count, dtype=np.float32) + 0.5) / count * 2 - 1).astype(np.float32)
    right, down = np.meshgrid(line, line)
    return right, down


def _material(label: int, generator: np.random.Generator, u: Array, v: Array, count: int) -> np.ndarray:
    x, y = _ground(generator, u, v)
    name = CLASSES[label]
    surface = SURFACES[name](Fields(generator), x, y, generator)
    return _lit(surface, palette(name, generator), generator, count)


def _ground(generator: np.random.Generator, u: Array, v: Array) -> tuple[Array, Array]:
    """Give where each sample of the picture lies on the surface: turned, tilted, nearer or farther, somewhere on it."""
    turn, tilt = generator.uniform(0, 2 * np.pi), generator.uniform(0, 0.45)
    view = generator.normal(0, 0.35)  # most pictures are taken upright
    depth = 1 + tilt * (u * np.sin(turn) + v * np.cos(turn))
    reach = 2.0 * 2 ** generator.uniform(-0.8, 0.8)
    if generator.random() < 0.5:
        view += generator.choice([np.pi / 2, np.pi, generator.uniform(0, 2 * np.pi)])
    x = reach * (np.cos(view) * u - np.sin(view) * v) / depth
    y = reach * (np.sin(view) * u + np.cos(view) * v) / depth
    return x.astype(np.float32), y.astype(np.float32)


def _lit(surface: Surface, tones: Palette, generator: np.random.Generator, count: int) -> np.ndarray:
    """Light the surface by a lamp or the sun from the side, and by the sky from all sides."""
    azimuth, elevation = generator.uniform(0, 2 * np.pi), generator.uniform(0.35, 1.2)
    down, right = np.gradient(surface.height * (surface.relief * count / 5))
    length = np.sqrt(1 + right**2 + down**2)
    lamp = np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)
    facing = (-right * lamp[0] - down * lamp[1] + lamp[2]) / length
    sky = generator.uniform(0.3, 0.6)
    light = sky + (1.25 - sky) * np.clip(facing, 0, None) / (0.35 + 0.65 * lamp[2])
    picture = colours(tones, surface.tone, surface.tint) * light[..., None].astype(np.float32)
    if surface.gloss > 0:
        half = np.array([lamp[0], lamp[1], lamp[2] + 1]) / np.sqrt(2 + 2 * lamp[2])
        mirror = np.clip((-right * half[0] - down * half[1] + half[2]) / length, 0, 1) ** 30
        picture = picture + (0.5 * surface.gloss * mirror)[..., None].astype(np.float32)
    return picture


def _lay(picture: np.ndarray, label: int, generator: np.random.Generator, u: Array, v: Array) -> None:
    """Lay a thing on the picture, in place: a disc, a stick, or a scrap of another material, with a soft shadow."""
    turn, cx, cy = generator.uniform(0, np.pi), *generator.uniform(-1, 1, 2)
    long, wide = generator.uniform(0.15, 0.7), generator.uniform(0.06, 0.4)
    power = generator.choice([2.0, 2.0, 6.0])  # an ellipse, or nearly a rectangle
    scrap, other = generator.random() < SCRAPS, int(label + generator.integers(1, len(CLASSES))) % len(CLASSES)
    paint = palette(CLASSES[other], generator)[generator.integers(4)]
    inner = np.random.default_rng(generator.integers(2**63))
    window = _window(cx, cy, long + wide + 0.15, u.shape[0])
    part, u, v = picture[window], u[window], v[window]
    if part.size == 0 or min(part.shape[:2]) < 2:
        return
    inside = _inside(u - cx - 0.05, v - cy - 0.07, turn, long, wide, power)
    part *= 1 - 0.45 * step(-0.12 / wide / 2, 0.12 / wide / 2, inside)[..., None]
    inside = _inside(u - cx, v - cy, turn, long, wide, power)
    thing = _material(other, inner, u, v, picture.shape[0]) if scrap else paint * (0.75 + 0.35 * inside[..., None])
    part += step(-0.02 / wide, 0.02 / wide, inside)[..., None] * (thing - part)


def _inside(u: Array, v: Array, turn: float, long: float, wide: float, power: float) -> Array:
    """Give 1 in the middle of a thing, 0 at its edge, negative outside."""
    along, aside = np.cos(turn) * u + np.sin(turn) * v, np.cos(turn) * v - np.sin(turn) * u
    return (1 - (np.abs(along / long) ** power + np.abs(aside / wide) ** power) ** (1 / power)).astype(np.float32)


def _window(cx: float, cy: float, reach: float, count: int) -> tuple[slice, slice]:
    low, high = (np.array([cy, cx]) - reach + 1) / 2 * count, (np.array([cy, cx]) + reach + 1) / 2 * count
    (top, left), (bottom, right) = low.clip(0, count).astype(int), np.ceil(high).clip(0, count).astype(int)
    return slice(top, bottom), slice(left, right)


def _taken(picture: np.ndarray, generator: np.random.Generator, difficulty: float) -> np.ndarray:
    """Take the picture: cast shadow, haze, blur, exposure, white balance, vignette and the noise of the sensor."""
    size = picture.shape[0]
    u, v = _frame(size)
    turn, edge = generator.uniform(0, 2 * np.pi), generator.uniform(-0.6, 0.9)
    dark = generator.uniform(0, 0.65) * min(difficulty, 1.5) * (generator.random() < 0.5)
    shade = 1 - dark * step(edge - 0.1, edge + 0.1, np.cos(turn) * u + np.sin(turn) * v)
    shade = shade * (1 - generator.uniform(0, 0.3) * (u * u + v * v))
    balance = np.exp(generator.normal(0, 0.10, 3) * (0.5 + 0.5 * difficulty))
    exposure = np.exp(generator.normal(0, 0.22))
    picture = picture * (shade[..., None] * balance * exposure)
    haze = generator.beta(1.2, 4) * 0.7 * min(difficulty, 1.3)
    picture = picture * (1 - haze) + haze * generator.uniform(0.25, 0.85)
    spread = difficulty * generator.gamma(1.2, 0.008) * size  # a share of the picture's width
    picture = gaussian_filter(picture, (spread, spread, 0))
    curve = generator.uniform(0.8, 1.25)
    noise = difficulty * generator.gamma(1.5, 0.012)
    # Last of all, for how many numbers it draws depends on the size.
    grain = generator.normal(0, noise, (size, size, 1)) + generator.normal(0, 0.5 * noise, picture.shape)
    return np.clip(picture, 0, 1) ** curve + grain
