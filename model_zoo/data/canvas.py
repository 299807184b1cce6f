"""A small canvas to paint scenes on: fades, curves, strokes with round ends, blurred light and shade. Pillow only."""

from collections.abc import Sequence

from PIL import Image, ImageColor, ImageDraw, ImageFilter

FINER = 2  # times finer than the finished picture, while it is painted
Point = tuple[float, float]


class Canvas:
    """What a scene is painted on, `FINER` times finer than the picture that it gives.

    Coordinates are pixels of the finished picture, from the left and from the top.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * FINER, height * FINER))
        self.pen = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        return self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def fade(self, top: float, bottom: float, *colours: str) -> None:
        """Fill from side to side, fading from the first colour at `top` to the last at `bottom`."""
        column = Image.new("RGB", (1, len(colours)))
        for row, colour in enumerate(colours):
            column.putpixel((0, row), ImageColor.getrgb(colour))
        high, edge = round((bottom - top) * FINER), 0.5  # from the middle of the first pixel to that of the last
        band = column.resize((1, high), Image.Resampling.BILINEAR, box=(0, edge, 1, len(colours) - edge))
        self.image.paste(band.resize((self.width * FINER, high)), (0, round(top * FINER)))

    def shape(self, points: Sequence[Point], colour: str) -> None:
        self.pen.polygon([(x * FINER, y * FINER) for x, y in points], fill=colour)

    def smooth(self, points: Sequence[Point], colour: str) -> None:
        """Fill a closed curve through the points."""
        self.shape(curve(points), colour)

    def oval(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        """Fill an oval around (x, y) that reaches `wide` and `high` to each side."""
        self.pen.ellipse([FINER * (x - wide), FINER * (y - high), FINER * (x + wide), FINER * (y + high)], fill=colour)

    def stroke(self, points: Sequence[Point], width: float, colour: str) -> None:
        """Draw a line with round ends and corners."""
        self.pen.line([(x * FINER, y * FINER) for x, y in points], fill=colour, width=round(width * FINER))
        for x, y in points:
            self.oval(x, y, width / 2, width / 2, colour)

    def hair(self, points: Sequence[Point], width: int, colour: str) -> None:
        """Draw a thin line, `width` in the finer pixels: a blade of grass, a ripple."""
        self.pen.line([(x * FINER, y * FINER) for x, y in points], colour, width)

    def soft(self, x: float, y: float, wide: float, high: float, colour: str, opacity: float) -> None:
        """Lay a blurred oval over what is there: light, shade, haze."""
        half, blur = (wide * FINER, high * FINER), min(wide, high) * FINER / 2.5
        room = round(2 * blur)
        size = round(2 * half[0]) + 2 * room, round(2 * half[1]) + 2 * room
        small = max(1, min(size) // 60)  # a blurred thing loses nothing when it is blurred small
        mask = Image.new("L", (size[0] // small + 1, size[1] // small + 1))
        box = [room / small, room / small, (room + 2 * half[0]) / small, (room + 2 * half[1]) / small]
        ImageDraw.Draw(mask).ellipse(box, fill=round(255 * opacity))
        mask = mask.filter(ImageFilter.GaussianBlur(blur / small)).resize(size, Image.Resampling.BICUBIC)
        self.image.paste(colour, (round(x * FINER - size[0] / 2), round(y * FINER - size[1] / 2)), mask)


def curve(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """Give a closed curve through the points (Catmull & Rom 1974)."""
    found: list[Point] = []
    count = len(points)
    for place in range(count):
        a, b, c, d = (points[(place + offset) % count] for offset in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2 for axis in (0, 1))
            found.append((x, y))
    return found


def moved(points: Sequence[Point], x: float, y: float, scale: float = 1.0) -> list[Point]:
    """Give points around (0, 0) as points around (x, y), `scale` times as large."""
    return [(x + scale * across, y + scale * down) for across, down in points]
