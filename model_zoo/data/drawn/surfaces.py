"""Ten surfaces as functions of the place: how high, how light, how glossy. None of them knows a colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model_zoo.data.drawn.fields import Array, Fields, step, wave


@dataclass(frozen=True)
class Surface:
    """What a material is like at each place (H, W): `tone` 0 … 1 picks the palette's dark, middle or light colour.

    `relief` says how much the light sees of `height`; `gloss` how much it mirrors; `tint` 0 … 1 shifts the hue.
    """

    height: Array
    tone: Array
    relief: float = 1.0
    gloss: float = 0.0
    tint: Array | None = None


Draw = Callable[[Fields, Array, Array, np.random.Generator], Surface]


def wood(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Year rings cut lengthways, fibres, a knot or two, and sometimes boards."""
    bend = f.sum(0.25 * x, 0.7 * y, 3)
    rings = g.uniform(1.2, 3.5) * (y + g.uniform(0.5, 1.8) * bend)
    for _ in range(g.integers(0, 3)):
        kx, ky, strength = g.uniform(-2, 2), g.uniform(-2, 2), g.uniform(0.8, 2.0)
        rings = rings + strength * np.exp(-(((x - kx) / 0.7) ** 2) - ((y - ky) / 0.3) ** 2)
    boards = g.random() < 0.45
    width = g.uniform(0.9, 1.8)
    board = np.floor(y / width).astype(np.int32) if boards else np.zeros(y.shape, np.int32)
    lift = f.number(board, np.zeros_like(board))
    grain = wave(rings + 5 * lift)
    fibres = f.sum(0.8 * x + 9 * lift, g.uniform(10, 18) * y, 2, start=4)
    tone = 0.2 + 0.35 * grain**1.5 + 0.35 * fibres + (0.25 * (lift - 0.5) if boards else 0)
    height = 0.05 * grain + 0.10 * fibres
    if boards:
        seam = step(0.05, 0.0, np.abs(y / width - np.round(y / width)) * width)
        tone, height = tone * (1 - 0.7 * seam), height - 0.25 * seam
    return Surface(height, tone, relief=0.7, gloss=g.uniform(0, 0.35))


def marble(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Clouds of stone, crossed by thin veins that a warp has bent."""
    wx, wy = f.sum(0.5 * x, 0.5 * y, 4), f.sum(0.5 * x + 7, 0.5 * y, 4, start=5)
    bend = g.uniform(1.5, 3.5)
    clouds = f.sum(0.5 * x + bend * wx, 0.5 * y + bend * wy, 5)
    veins = f.ridges(0.35 * x + bend * wx, 0.35 * y + 0.6 * bend * wy, 4, start=3)
    thin = np.clip(veins, 0, 1) ** g.uniform(5, 12)
    sign = 1 if g.random() < 0.3 else -1
    tone = (0.35 if sign > 0 else 0.7) + 0.5 * (clouds - 0.5) + sign * g.uniform(0.35, 0.7) * thin
    return Surface(0.02 * clouds, tone, relief=0.3, gloss=g.uniform(0.1, 0.6), tint=clouds)


def brick(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Rows of bricks, each a little different, in mortar."""
    long, bond = g.uniform(1.6, 3.2), g.choice([0.5, 0.5, 0.33, 0.0])
    rough = g.uniform(0.02, 0.1)
    y = 1.6 * y + rough * (f.sum(3 * x, 3 * y, 2) - 0.5)
    x = 1.6 * x + rough * (f.sum(3 * x + 5, 3 * y, 2, start=3) - 0.5)
    row = np.floor(y).astype(np.int32)
    along = x / long + bond * row
    column = np.floor(along).astype(np.int32)
    edge = np.minimum(np.minimum(y - row, row + 1 - y), long * np.minimum(along - column, column + 1 - along))
    gap = g.uniform(0.03, 0.09)
    solid = step(gap, gap + g.uniform(0.04, 0.12), edge)
    own = f.number(row, column)
    grit = f.sum(6 * x, 6 * y, 3, start=5)
    mortar = g.uniform(0.1, 0.95)
    face = 0.45 + g.uniform(0.2, 0.5) * (own - 0.5) + 0.4 * (grit - 0.5)
    tone = solid * face + (1 - solid) * (mortar + 0.2 * (grit - 0.5))
    return Surface(g.uniform(0.08, 0.2) * solid + 0.05 * grit, tone, relief=1.0, tint=own * solid)


def fabric(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Threads over and under each other, stripes or checks woven in, and folds."""
    threads = g.uniform(3.5, 7)
    folds = f.sum(0.35 * x, 0.35 * y, 2)
    u, v = threads * x + 0.8 * folds, threads * y + 0.5 * f.value(0.8 * x, 0.8 * y, 3)
    shift = g.choice([1, 1, 2, 3])
    across, along = np.floor(u), np.floor(v)
    over = ((across + shift * along) % (2 if shift == 1 else 4)) < (1 if shift == 1 else 2)
    round_u, round_v = np.sin(np.pi * (u - across)), np.sin(np.pi * (v - along))
    weave = np.where(over, 0.55 + 0.45 * round_u * (0.4 + 0.6 * round_v), 0.35 + 0.45 * round_v * (0.4 + 0.6 * round_u))
    tone = 0.3 + 0.3 * weave + 0.12 * (f.value(2.2 * u, 0.4 * v, 6) - 0.5)
    if g.random() < 0.5:
        period, wide = g.uniform(3, 9), g.uniform(0.25, 0.6)
        bars = ((u / period) % 1 < wide).astype(np.float32)
        if g.random() < 0.5:
            bars = 0.5 * bars + 0.5 * ((v / period) % 1 < wide)
        tone = tone + g.uniform(0.15, 0.4) * (bars - 0.5)
    return Surface(0.07 * weave + g.uniform(0.3, 1.2) * folds, tone, relief=0.9)


def water(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Waves that run in a few near directions, bent by each other, mirroring the sky."""
    bend = g.uniform(0.3, 1.0)
    wx, wy = x + bend * f.sum(0.6 * x, 0.6 * y, 3), y + bend * f.sum(0.6 * x + 3, 0.6 * y, 3, start=4)
    height = np.zeros_like(x)
    for _ in range(4):
        angle, length = g.normal(0, 0.5), g.uniform(0.5, 1.8)
        height += length * wave((wx * np.sin(angle) + wy * np.cos(angle)) / length + g.random()) ** 2 / 5
    height += 0.35 * f.ridges(wx, 1.8 * wy, 3, start=8) * 0.4
    slope = np.gradient(height, axis=0)
    tone = 0.35 + 0.3 * height + 0.35 * slope / (np.abs(slope).mean() * 3 + 1e-6)
    return Surface(height, np.clip(tone, 0, 1), relief=0.45, gloss=g.uniform(0.5, 1.2))


def sand(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Grains, blown into ripples that fork, or trodden into dents."""
    dunes = f.sum(0.5 * x, 0.5 * y, 3)
    ripple = wave(g.uniform(0.8, 1.8) * (y + 1.3 * dunes + 0.25 * f.value(1.5 * x, y, 4)))
    dents = f.sum(1.1 * x, 1.1 * y, 3, start=5)
    blown = g.uniform(0, 1)
    grains = 0.5 * f.value(19 * x, 19 * y, 9) + 0.5 * f.value(34 * x, 34 * y, 10)
    height = 0.22 * blown * ripple**1.4 + 0.5 * (1 - blown) * dents + 0.03 * grains
    tone = 0.5 + 0.15 * blown * (ripple - 0.5) + 0.55 * (grains - 0.5) + 0.2 * (dunes - 0.5)
    return Surface(height, tone, relief=0.9, tint=grains)


def gravel(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Stones of two sizes, each with its own shade, dark between them."""
    x, y = x + 0.12 * f.sum(3 * x, 3 * y, 2, start=5), y + 0.12 * f.sum(3 * x + 4, 3 * y, 2, start=7)
    size = g.uniform(1.2, 2.2)
    coarse = f.cells(size * x, size * y)
    fine = f.cells(2.3 * size * x + 11, 2.3 * size * y + 5)
    stone = step(0.02, 0.35, coarse.next - coarse.near)
    pebble = step(0.02, 0.35, fine.next - fine.near)
    big = f.number(coarse.row, coarse.column, 1) < g.uniform(0.4, 0.95)
    own = np.where(big, f.number(coarse.row, coarse.column), f.number(fine.row, fine.column))
    body = np.where(big, stone, 0.6 * pebble)
    grit = f.sum(7 * x, 7 * y, 2, start=9)
    tone = body * (0.3 + 0.55 * own + 0.3 * (grit - 0.5)) + 0.12 * (1 - body)
    return Surface(0.35 * np.sqrt(body) + 0.03 * grit, tone, relief=0.8, gloss=g.uniform(0, 0.25), tint=own)


def leaves(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Leaves lying over leaves, each turned its own way, with a rib and side veins."""
    slim, veins = g.uniform(0.18, 0.36), g.uniform(5, 9)
    height, tone = 0.1 * f.sum(2 * x, 2 * y, 3), 0.15 + 0.15 * f.sum(3 * x, 3 * y, 2)
    tint = np.zeros_like(x)
    for layer in range(5):
        size = g.uniform(0.75, 1.15)
        turn = g.uniform(0, np.pi)
        lx = size * (np.cos(turn) * x - np.sin(turn) * y) + g.uniform(0, 60)
        ly = size * (np.sin(turn) * x + np.cos(turn) * y) + g.uniform(0, 60)
        column, row = np.floor(lx).astype(np.int32), np.floor(ly).astype(np.int32)
        angle = 2 * np.pi * f.number(row, column, 2 + layer)
        dx, dy = lx - column - 0.5, ly - row - 0.5
        along, aside = np.cos(angle) * dx + np.sin(angle) * dy, np.cos(angle) * dy - np.sin(angle) * dx
        t = np.clip(along / 0.92 + 0.5, 0, 1)
        outline = slim * np.sin(np.pi * t**0.8) * (1 + 0.06 * np.sin(40 * t))
        blade = step(0.0, 0.05, outline - np.abs(aside))
        own = f.number(row, column, 9 + layer)
        side = np.abs(((along - 0.8 * np.abs(aside)) * veins) % 1 - 0.5)
        rib = step(0.035, 0.0, np.abs(aside)) + 0.5 * step(0.25, 0.0, side)
        dome = 1 - (np.abs(aside) / (outline + 1e-3)) ** 2
        shade = 0.3 + 0.45 * own + 0.18 * rib + 0.1 * (f.value(4 * lx, 4 * ly, layer) - 0.5)
        tone = tone * (1 - blade) + blade * shade
        height = height * (1 - blade) + blade * (0.12 * layer + 0.12 * dome - 0.03 * rib + 0.15 * own * along)
        tint = tint * (1 - blade) + blade * own
    return Surface(height, tone, relief=0.7, gloss=g.uniform(0, 0.4), tint=tint)


def metal(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Brushed, corrugated or chequered sheet, riveted, that mirrors bands of light, scratched, perhaps rusty."""
    brush = f.sum(0.35 * x, g.uniform(14, 24) * y, 2, start=6)
    finish = g.integers(3)
    bumps = np.zeros_like(x)
    if finish == 1:
        bumps = 0.2 * wave(g.uniform(0.8, 1.6) * y)
    elif finish == 2:
        bumps = 0.12 * _chequers(1.5 * x, 1.5 * y)
    if finish != 2:
        bumps = bumps + _rivets(x, y, g.uniform(1.3, 2.2), g.uniform(0.3, 0.55))
    bands = wave(0.5 * y + 0.6 * x + 0.8 * f.value(0.3 * x, 0.3 * y, 2) + 4 * bumps)
    scratches = step(0.93, 0.99, f.ridges(0.3 * x + 0.2 * y, 5 * y - x, 1, start=11))
    tone = 0.25 + 0.45 * bands**1.5 + 0.3 * (brush - 0.5) + 0.25 * scratches
    rust = step(0.62, 0.75, f.sum(0.8 * x, 0.8 * y, 4, start=8)) * (g.random() < 0.4)
    tone = tone * (1 - 0.6 * rust) + 0.25 * rust * f.sum(6 * x, 6 * y, 2)
    return Surface(bumps + 0.02 * brush, tone, relief=0.8, gloss=g.uniform(0.5, 1.1), tint=rust)


def fur(f: Fields, x: Array, y: Array, g: np.random.Generator) -> Surface:
    """Hair that lies along a slowly turning flow, in tufts, with patches of another shade."""
    flow = g.uniform(0.6, 1.5) * (f.sum(0.35 * x, 0.35 * y, 2) - 0.5)
    bent = y + 2.2 * flow + 0.12 * np.sin(2.5 * x + 5 * f.value(0.8 * x, 0.8 * y, 3))
    tufts = f.sum(0.9 * x, 3.2 * bent, 3, start=4)
    hair = f.sum(1.6 * x + 2 * tufts, g.uniform(11, 18) * bent, 2, gain=0.7, start=7)
    patches = step(0.42, 0.6, f.sum(0.45 * x, 0.45 * y, 3, start=10)) if g.random() < 0.5 else 0.5
    tone = 0.1 + 0.75 * hair * (0.45 + 0.8 * tufts) + 0.25 * (patches - 0.5)
    return Surface(0.30 * tufts + 0.14 * hair, tone, relief=0.9, gloss=g.uniform(0, 0.2))


def _rivets(x: Array, y: Array, sheet: float, apart: float) -> Array:
    """Seams where sheets of metal meet, each between two rows of rivets."""
    seam = x - sheet * np.round(x / sheet)
    along = y - apart * np.round(y / apart)
    head = 1 - ((np.abs(seam) - 0.14) ** 2 + along**2) / 0.07**2
    return 0.12 * np.sqrt(np.clip(head, 0, 1)) - 0.15 * step(0.03, 0.0, np.abs(seam))


def _chequers(x: Array, y: Array) -> Array:
    """Short bars in a square grid, every other one turned by a right angle, as on steel floors."""
    column, row = np.floor(x), np.floor(y)
    dx, dy = x - column - 0.5, y - row - 0.5
    turned = (column + row) % 2 == 0
    along, aside = np.where(turned, dx, dy), np.where(turned, dy, dx)
    return step(1.0, 0.6, np.sqrt((along / 0.46) ** 2 + (aside / 0.14) ** 2))


SURFACES: dict[str, Draw] = {
    draw.__name__: draw for draw in (brick, fabric, fur, gravel, leaves, marble, metal, sand, water, wood)
}
