"""Drawn scenes to show to a network that speaks of pictures: a dog on a lawn, a ball on a beach. Pillow only.

The same scene every time.
"""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

from PIL import Image

from model_zoo.data import figures
from model_zoo.data.canvas import Canvas, Point, curve, moved

WIDTH, HEIGHT = 480, 360
HORIZON = 60  # px from the top, of the lawn


@dataclass(frozen=True)
class Scene:
    """A scene by its title; its main thing stands `at` a share of the width where nobody says otherwise."""

    title: str
    paint: Callable[[Canvas, float], None]
    at: float


def draw(name: str, at: float | None = None) -> Image.Image:
    """Paint the scene `name`, 480 × 360 px, its main thing at a share of the width from 0 to 1.

    Raises ValueError for a scene that nobody has drawn.
    """
    if name not in SCENES:
        raise ValueError(f"There is no scene “{name}”; there are {', '.join(SCENES)}.")
    scene, canvas = SCENES[name], Canvas(WIDTH, HEIGHT)
    scene.paint(canvas, WIDTH * (scene.at if at is None else at))
    return canvas.finished()


def png(name: str, at: float | None = None) -> bytes:
    """Paint the scene as the content of a PNG file."""
    stream = io.BytesIO()
    draw(name, at).save(stream, "PNG")
    return stream.getvalue()


# --- what several scenes have


def _sun(canvas: Canvas, x: float, y: float, size: float, colour: str, glow: str) -> None:
    for reach, opacity in ((5.0, 0.25), (2.6, 0.4), (1.6, 0.5)):
        canvas.soft(x, y, size * reach, size * reach, glow, opacity)
    canvas.oval(x, y, size, size, colour)


def _cloud(canvas: Canvas, x: float, y: float, size: float) -> None:
    for across, down, reach in ((-1.5, 0.2, 0.8), (-0.6, -0.2, 1.0), (0.5, -0.35, 1.1), (1.5, 0.15, 0.8), (0, 0.35, 1)):
        canvas.soft(x + across * size, y + down * size, reach * size, 0.62 * reach * size, "#ffffff", 0.85)


def _pine(canvas: Canvas, x: float, y: float, high: float, dark: str, snow: str = "") -> None:
    canvas.shape(moved([(-0.04, 0), (0.04, 0), (0.04, -0.2), (-0.04, -0.2)], x, y, high), "#5a4331")
    for tier, wide in ((0.12, 0.27), (0.36, 0.21), (0.6, 0.15)):
        canvas.shape(moved([(-wide, -tier), (wide, -tier), (0, -tier - 0.42)], x, y, high), dark)
        if snow:
            points = [(-wide * 0.5, -tier - 0.21), (0, -tier - 0.42), (wide * 0.5, -tier - 0.21), (0, -tier - 0.27)]
            canvas.shape(moved(points, x, y, high), snow)


# --- a dog on a lawn


def _dog_on_a_lawn(canvas: Canvas, x: float) -> None:
    canvas.fade(0, HORIZON + 2, "#6fb2e8", "#cfe7f8")
    _sun(canvas, 408, 34, 18, "#fff6c8", "#fff1a8")
    _cloud(canvas, 130, 34, 17)
    _trees(canvas)
    canvas.fade(HORIZON, HEIGHT, "#8cc152", "#62a83c", "#3f8a2c")
    _grass(canvas, random.Random(1), HORIZON + 5, HEIGHT)
    canvas.soft(x + 4, 318, 128, 14, "#1f4d16", 0.75)
    figures.dog(canvas, x, 318)
    _grass(canvas, random.Random(2), 322, 336, reach=(x - 130, x + 140), count=170)


def _trees(canvas: Canvas) -> None:
    scatter = random.Random(4)
    for place in range(26):
        x, high = place * 20 + scatter.uniform(-6, 6), scatter.uniform(14, 32)
        tone = scatter.choice(["#3d7a3a", "#4b8b45", "#35693a", "#579a4d"])
        canvas.oval(x, HORIZON + 2 - high / 2, 17, high * 0.75, tone)
    canvas.soft(240, HORIZON - 4, 300, 20, "#dcefe6", 0.3)


def _grass(
    canvas: Canvas, scatter: random.Random, top: float, bottom: float, *, reach: Point = (0, WIDTH), count: int = 2200
) -> None:
    """Let blades grow: the nearer the longer."""
    for row in sorted(scatter.uniform(0, 1) for _ in range(count)):
        x, y = scatter.uniform(*reach), top + (bottom - top) * row
        near = (y - HORIZON) / (HEIGHT - HORIZON)
        high, lean = 3 + 13 * near * scatter.uniform(0.5, 1), scatter.uniform(-4, 4) * near
        colour = scatter.choice(["#7cbb4a", "#579e36", "#478d2f", "#93c95c", "#397c27"])
        canvas.hair([(x, y), (x + lean, y - high)], 2, colour)


# --- a red ball on a beach


def _ball_on_a_beach(canvas: Canvas, x: float) -> None:
    canvas.fade(0, 130, "#3f97d8", "#a9d8f3", "#e4f4fb")
    _cloud(canvas, 350, 52, 22)
    _cloud(canvas, 90, 80, 14)
    canvas.fade(128, 214, "#1f6f9f", "#2f97b8", "#79cfd2")
    _waves(canvas, random.Random(3))
    canvas.fade(210, HEIGHT, "#d8bd8a", "#ecd5a3", "#e2c48d")
    wet = [(0, 222), (90, 214), (190, 224), (300, 213), (400, 222), (480, 214), (560, 190), (-80, 190)]
    canvas.smooth(wet, "#84d2d2")
    foam = [*curve(wet)[: 8 * 5]]
    canvas.stroke(foam, 4, "#fbfdfb")
    _sand(canvas, random.Random(5))
    canvas.soft(x + 34, 318, 62, 12, "#7c6235", 0.7)
    _ball(canvas, x, 272, 52)


def _waves(canvas: Canvas, scatter: random.Random) -> None:
    for _ in range(130):
        y = 132 + 78 * scatter.random() ** 1.3
        near = (y - 128) / 80
        x, long = scatter.uniform(0, WIDTH), 6 + 34 * near
        colour = scatter.choice(["#bfe9ec", "#e8f8f8", "#1d6f98", "#57b5c6"])
        canvas.hair([(x, y), (x + long, y + 1)], 1 + round(3 * near), colour)


def _sand(canvas: Canvas, scatter: random.Random) -> None:
    for _ in range(2200):
        y = 232 + 126 * scatter.random() ** 0.8
        x, size = scatter.uniform(0, WIDTH), 0.4 + (y - 225) / 190
        canvas.oval(x, y, size, size * 0.6, scatter.choice(["#c9a86c", "#f4e2b8", "#b9975c", "#e9d2a0"]))


def _ball(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.oval(x, y, size, size, "#cf2222")
    canvas.soft(x + size * 0.28, y + size * 0.36, size * 0.62, size * 0.55, "#7d0d10", 0.75)
    canvas.soft(x - size * 0.3, y - size * 0.34, size * 0.42, size * 0.36, "#ff8a78", 0.8)
    canvas.soft(x - size * 0.38, y - size * 0.44, size * 0.14, size * 0.1, "#ffffff", 0.95)


# --- children at sunset


def _children_at_sunset(canvas: Canvas, x: float) -> None:
    canvas.fade(0, 300, "#43386b", "#a4506f", "#ec7f55", "#fbb35e", "#ffe08f")
    _sun(canvas, 240, 222, 46, "#fff3c4", "#ffd27a")
    for y, wide in ((70, 90), (104, 130), (140, 100)):
        canvas.soft(110 + 2.1 * y, y, wide, 5, "#f8b48a", 0.6)
        canvas.soft(430 - 2.4 * y, y + 16, wide, 4, "#7c3f63", 0.5)
    far = [(-40, 270), (60, 244), (150, 262), (260, 248), (370, 266), (520, 240), (540, 400), (-60, 400)]
    canvas.smooth(far, "#7d3d4f")
    near = [(-40, 306), (110, 284), (240, 296), (360, 284), (520, 304), (540, 420), (-60, 420)]
    canvas.smooth(near, figures.DARK)
    scatter = random.Random(6)
    for _ in range(420):
        foot, high = scatter.uniform(0, WIDTH), scatter.uniform(4, 12)
        canvas.hair([(foot, 300), (foot + scatter.uniform(-3, 3), 293 - high)], 2, figures.DARK)
    figures.child(canvas, figures.JUMPING, x, 276, 1.0)
    figures.child(canvas, figures.RUNNING, x - 116, 292, 0.92)
    figures.child(canvas, figures.RUNNING, x + 118, 292, 0.84, mirrored=True)
    canvas.oval(x + 44, 138, 11, 11, figures.DARK)


# --- a skier on a snowy slope


def _skier_in_snow(canvas: Canvas, x: float) -> None:
    canvas.fade(0, 260, "#2f7fcb", "#7fb8e6", "#cfe6f6")
    peaks = [(-20, 250), (70, 120), (120, 168), (200, 66), (270, 160), (330, 108), (420, 190), (520, 130), (520, 270)]
    canvas.shape(peaks, "#8fa9c4")
    for x_, y, wide in ((70, 120, 26), (200, 66, 36), (330, 108, 26)):
        snow = [(x_, y), (x_ + wide, y + 1.5 * wide), (x_ + wide * 0.3, y + wide), (x_ - wide * 0.2, y + 1.5 * wide)]
        canvas.shape([*snow, (x_ - wide * 0.7, y + wide * 0.98)], "#f6fafd")
    canvas.soft(240, 236, 330, 44, "#eaf4fb", 0.6)
    scatter = random.Random(7)
    for place in range(22):
        foot = 22 * place + scatter.uniform(-8, 8)
        _pine(canvas, foot, 236 + 0.06 * foot, scatter.uniform(34, 62), "#2f5a4c", "#e8f1f5")
    canvas.smooth([(-60, 236), (120, 228), (300, 254), (540, 262), (560, 420), (-80, 420)], "#f4f8fc")
    for y, wide, tone in ((300, 200, "#d8e6f3"), (342, 260, "#cadcee"), (268, 150, "#e4eef7")):
        canvas.soft(WIDTH - 1.1 * y + 120, y, wide, 9, tone, 0.9)
    for offset in (0, 9):
        canvas.stroke([(-10, 262 + offset), (x - 90, 278 + offset), (x - 10, 310 + offset)], 2.2, "#b9cfe4")
    canvas.soft(x + 6, 322, 66, 7, "#9db7d2", 0.8)
    figures.skier(canvas, x, 312)
    for _ in range(90):
        far = scatter.random()
        canvas.oval(x - 22 - 88 * far, 312 - 40 * far * scatter.random() + scatter.uniform(-8, 8), 1.6, 1.6, "#ffffff")


# --- a surfer on a wave


def _surfer_on_a_wave(canvas: Canvas, x: float) -> None:
    canvas.fade(0, 120, "#6fb6e6", "#b9def3", "#e9f5fa")
    canvas.fade(116, HEIGHT, "#2a7f9e", "#1f6d91", "#155a7d")
    wall = [(-60, 330), (-40, 150), (40, 84), (130, 64), (210, 84), (280, 132), (360, 164), (520, 190), (540, 340)]
    canvas.smooth(wall, "#1d86a5")
    for step in range(26):  # the water that is drawn up the wall
        start = -30 + 21 * step
        line = [(start + 150 * t, 330 - 250 * t**1.5 + 0.24 * max(0.0, start) * t) for t in (0, 0.25, 0.5, 0.75, 1)]
        held = [(px, max(py, 70 + 0.33 * abs(px - 130))) for px, py in line]
        canvas.hair(held, 3, ("#2f9cb6", "#17718f", "#58bcc9")[step % 3])
    _foam(canvas, random.Random(8))
    canvas.soft(x - 70, 270, 80, 9, "#e6f6f8", 0.9)
    canvas.soft(x - 118, 262, 50, 14, "#e6f6f8", 0.5)
    figures.surfer(canvas, x, 256)
    canvas.fade(326, HEIGHT, "#1a6486", "#114d6d")
    scatter = random.Random(9)
    for _ in range(120):
        left, y = scatter.uniform(0, WIDTH), scatter.uniform(300, HEIGHT)
        tone = scatter.choice(["#3d93ad", "#bfe3ea", "#0f4864"])
        canvas.hair([(left, y), (left + 26, y + 2)], 3, tone)


def _foam(canvas: Canvas, scatter: random.Random) -> None:
    """Let the crest break to the left, and spray rise from it."""
    for _ in range(330):
        along = scatter.random()
        x, y = -20 + 260 * along, 150 - 92 * sin(pi * min(1.0, 0.25 + 0.62 * along))
        spread = 26 * (1 - along) + 8
        angle, far = scatter.uniform(0, 2 * pi), spread * scatter.random() ** 0.5
        size = scatter.uniform(2, 9) * (1.1 - 0.6 * along)
        tone = scatter.choice(["#ffffff", "#eef8fa", "#d5edf2"])
        canvas.oval(x + far * cos(angle), y + far * sin(angle) * 1.1, size, size * 0.8, tone)


SCENES = {
    "dog": Scene("A dog on a lawn", _dog_on_a_lawn, 0.46),
    "ball": Scene("A red ball on a beach", _ball_on_a_beach, 0.5),
    "children": Scene("Children at sunset", _children_at_sunset, 0.5),
    "skier": Scene("A skier in the snow", _skier_in_snow, 0.55),
    "surfer": Scene("A surfer on a wave", _surfer_on_a_wave, 0.6),
}
