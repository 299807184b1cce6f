"""What the map of embeddings needs of geometry, in JavaScript: decoding, nearness by a grid, what a lasso holds."""

CANVAS_GEOMETRY = r"""
function decode(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Kind(bytes.buffer);
}

// Points (n, 2) sorted into square cells, so that whoever asks for a neighbourhood looks at few of them.
class Grid {
  constructor(xy, side) {
    this.xy = xy; this.side = side; this.cells = new Map();
    for (let i = 0; i < xy.length / 2; i++) {
      const key = this.key(xy[2 * i], xy[2 * i + 1]);
      if (this.cells.has(key)) this.cells.get(key).push(i); else this.cells.set(key, [i]);
    }
  }
  key(x, y) { return Math.floor(x / this.side) * 65536 + Math.floor(y / this.side); }
  distance(i, x, y) { return Math.hypot(this.xy[2 * i] - x, this.xy[2 * i + 1] - y); }

  nearest(x, y, reach) {
    let best = -1, least = reach;
    const steps = Math.ceil(reach / this.side);
    for (let a = -steps; a <= steps; a++) for (let b = -steps; b <= steps; b++)
      for (const i of this.cells.get(this.key(x + a * this.side, y + b * this.side)) ?? []) {
        const far = this.distance(i, x, y);
        if (far < least) { best = i; least = far; }
      }
    return best;
  }

  around(i, count) {
    const x = this.xy[2 * i], y = this.xy[2 * i + 1], all = [...Array(this.xy.length / 2).keys()];
    const far = all.map((j) => this.distance(j, x, y));
    return all.sort((a, b) => far[a] - far[b]).slice(0, count);
  }

  // The nearest point that lies more in the direction (dx, dy) than beside it.
  towards(i, dx, dy) {
    const x = this.xy[2 * i], y = this.xy[2 * i + 1];
    let best = i, least = Infinity;
    for (let j = 0; j < this.xy.length / 2; j++) {
      const a = this.xy[2 * j] - x, b = this.xy[2 * j + 1] - y;
      const along = a * dx + b * dy, beside = Math.abs(a * dy) + Math.abs(b * dx);
      const cost = along + 2 * beside;
      if (along > 0 && beside <= along && cost < least) { best = j; least = cost; }
    }
    return best;
  }
}

function inside(x, y, path) {
  let odd = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [a, b] = path[i], [c, d] = path[j];
    if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) odd = !odd;
  }
  return odd;
}

function trace(context, shape, x, y, r) {
  if (r < 2.6) { context.rect(x - r, y - r, 2 * r, 2 * r); return; }  // too small for any shape, and much quicker
  if (shape === 0) { context.moveTo(x + r, y); context.arc(x, y, r, 0, 7); return; }
  if (shape === 1) { context.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r); return; }
  const corners = shape === 2 ? [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]] : [[0, -1.2], [1.2, 0.9], [-1.2, 0.9]];
  corners.forEach(([a, b], k) => context[k ? "lineTo" : "moveTo"](x + a * r, y + b * r));
  context.closePath();
}
"""
