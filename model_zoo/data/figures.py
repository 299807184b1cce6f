"""Who stands in drawn scenes: a dog, children, a skier, a surfer. (x, y) is where they touch the ground."""

from collections.abc import Callable, Sequence

from model_zoo.data.canvas import Canvas, Point, moved

DOG = (  # from the nape along the back, round the rump, the belly, the chest
    (38, -58), (20, -64), (-10, -62), (-40, -63), (-60, -56), (-68, -40), (-64, -24), (-50, -20),
    (-38, -30), (-10, -24), (16, -20), (34, -20), (46, -30), (50, -46),
)  # fmt: skip
HEAD = ((34, -62), (40, -82), (54, -92), (70, -88), (78, -76), (96, -72), (100, -64), (92, -56), (74, -55), (58, -46))
EAR = ((46, -88), (56, -90), (60, -76), (54, -58), (44, -60), (42, -76))
FAR_LEGS = ((-46, -34), (-38, -12), (-47, 14)), ((36, -34), (40, -10), (34, 14))
NEAR_LEGS = ((-56, -36), (-50, -12), (-60, 14), (-54, 14)), ((42, -36), (46, -12), (44, 14), (50, 14))
FUR, FUR_SHADE, FUR_LIGHT = "#2a2624", "#151312", "#544d48"
SIZE = 1.5  # of the dog
JUMPING = (  # strokes from joint to joint, with their width: legs, body, arms
    (((-2, -34), (-20, -22), (-24, -2)), 9), (((2, -34), (20, -26), (32, -12)), 9), (((0, -36), (0, -68)), 17),
    (((0, -68), (-22, -84), (-30, -104)), 7), (((0, -68), (22, -86), (34, -102)), 7),
)  # fmt: skip
RUNNING = (
    (((0, -34), (18, -24), (16, -2)), 9), (((0, -34), (-14, -20), (-32, -18)), 9), (((0, -36), (8, -66)), 17),
    (((8, -66), (26, -52), (40, -62)), 7), (((8, -66), (-12, -56), (-20, -40)), 7),
)  # fmt: skip
DARK = "#2a1626"


def dog(canvas: Canvas, x: float, y: float) -> None:
    def place(points: Sequence[Point]) -> list[Point]:
        return moved(points, x, y - 14 * SIZE, SIZE)

    for far in FAR_LEGS:
        canvas.stroke(place(far), 10 * SIZE, FUR_SHADE)
    canvas.stroke(place([(-62, -50), (-78, -62), (-84, -80), (-80, -92)]), 7.5 * SIZE, FUR)
    canvas.smooth(place(DOG), FUR)
    for near in NEAR_LEGS:
        canvas.stroke(place(near), 11 * SIZE, FUR)
    belly, back = place([(-10, -26), (-8, -57)])
    canvas.soft(*belly, 54 * SIZE, 7 * SIZE, FUR_SHADE, 0.5)
    canvas.soft(*back, 54 * SIZE, 6 * SIZE, FUR_LIGHT, 0.8)
    _head(canvas, place)


def _head(canvas: Canvas, place: Callable[[Sequence[Point]], list[Point]]) -> None:
    canvas.smooth(place(HEAD), FUR)
    muzzle, nose, eye, mouth = place([(93, -62), (99, -70), (74, -78), (84, -61)])
    canvas.soft(*muzzle, 10 * SIZE, 5 * SIZE, FUR_LIGHT, 0.9)
    canvas.smooth(place(EAR), FUR_SHADE)
    canvas.stroke(place([(36, -60), (46, -46), (57, -44)]), 5 * SIZE, "#c0332b")
    canvas.oval(*nose, 4.5 * SIZE, 3.7 * SIZE, "#0b0a0a")
    canvas.oval(*eye, 3.2 * SIZE, 3.4 * SIZE, "#8a5a2b")
    canvas.oval(*eye, 1.9 * SIZE, 2.2 * SIZE, "#0b0a0a")
    canvas.oval(eye[0] + 1.5, eye[1] - 2, 1.4, 1.4, "#ffffff")
    canvas.stroke([mouth, (mouth[0] + 10 * SIZE, mouth[1] - 1)], 2, "#8d857e")


def child(
    canvas: Canvas, limbs: Sequence[tuple[Sequence[Point], float]], x: float, y: float, size: float, *,
    mirrored: bool = False,
) -> None:  # fmt: skip
    side = -size if mirrored else size
    for points, width in limbs:
        canvas.stroke([(x + side * across, y + size * down) for across, down in points], width * size, DARK)
    neck = limbs[2][0][-1]
    canvas.oval(x + side * neck[0] * 1.2, y + size * (neck[1] - 22), 13 * size, 14 * size, DARK)


def skier(canvas: Canvas, x: float, y: float) -> None:
    def at(*points: Point) -> list[Point]:
        return moved(points, x, y, 1.15)

    canvas.stroke(at((-52, -6), (46, 14), (60, 10)), 4.5, "#f2b51d")
    canvas.stroke(at((-46, -12), (54, 6), (68, 1)), 4.5, "#d99a10")
    canvas.stroke(at((-10, -50), (16, -34), (4, -4)), 15, "#27344d")
    canvas.stroke(at((-4, -48), (24, -32), (14, 0)), 14, "#1c2740")
    canvas.stroke(at((-10, -54), (8, -92)), 27, "#d7263d")
    canvas.soft(x - 8, y - 78, 8, 24, "#8f1226", 0.6)
    canvas.stroke(at((58, 8), (34, -66)), 2.4, "#30343c")
    canvas.stroke(at((-50, -32), (26, -62)), 2.4, "#30343c")
    canvas.stroke(at((8, -90), (14, -66), (34, -66)), 11, "#b81d31")
    canvas.oval(*at((36, -66))[0], 7, 7, "#20242c")
    canvas.oval(*at((16, -112))[0], 15, 15, "#f0c9a4")
    canvas.smooth(at((2, -112), (6, -126), (20, -128), (30, -118), (16, -117)), "#1f5fa8")
    canvas.stroke(at((20, -113), (30, -112)), 7, "#22262f")


def surfer(canvas: Canvas, x: float, y: float) -> None:
    board = [(-74, 12), (-40, -2), (30, -8), (70, -16), (76, -12), (40, 8), (-30, 18)]
    canvas.smooth(moved(board, x, y), "#f7f3e3")
    canvas.stroke(moved([(-62, 12), (64, -11)], x, y), 3, "#e2572f")
    skin, suit = "#d9a072", "#20262e"
    canvas.stroke(moved([(-4, -44), (-34, -26), (-30, 0)], x, y), 14, suit)
    canvas.stroke(moved([(2, -44), (30, -32), (26, -8)], x, y), 14, suit)
    canvas.stroke(moved([(-2, -46), (14, -84)], x, y), 24, suit)
    canvas.stroke(moved([(14, -84), (44, -78), (66, -92)], x, y), 9, suit)
    canvas.stroke(moved([(12, -84), (-20, -82), (-44, -100)], x, y), 9, suit)
    for hand in ((68, -93), (-46, -101)):
        canvas.oval(*moved([hand], x, y)[0], 5.5, 5.5, skin)
    canvas.oval(x + 24, y - 106, 13, 14, skin)
    canvas.smooth(moved([(10, -106), (12, -120), (26, -124), (37, -114), (24, -113), (14, -98)], x, y), "#4b3220")
