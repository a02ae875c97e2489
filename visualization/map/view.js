// What the map knows: the packed tables, the view of the plane, colours, and where names fit.

const KINDS = {
  "|u1": Uint8Array, "<u2": Uint16Array, "<i2": Int16Array, "<u4": Uint32Array, "<f4": Float32Array,
};
const FONT = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", ' +
  '"Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif';
const CLINIC = 0, CENTRE = 1, SECONDARY = 2, TERTIARY = 3;
const RADIUS = [3.6, 7, 10.5, 13.5]; // of a tier's mark at the first view, pixels
const LOAD_STEP = 0.02, NO_BEDS = 255, RING_END = 65535;
// Crowding from blue (empty) over pale to orange and brown; told apart without red and green.
const RAMP = [
  [0.0, [24, 84, 150]], [0.35, [86, 150, 200]], [0.65, [178, 208, 226]], [0.8, [246, 226, 184]],
  [0.95, [244, 165, 70]], [1.15, [214, 96, 28]], [1.5, [128, 40, 8]],
];
const RAMP_END = 1.5;

// Heading and arrays of a packed table (frame.py says how it is packed).
function unpack(content) {
  if (!content || !content.byteLength) return null;
  const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength).slice();
  const long = new DataView(bytes.buffer).getUint32(0, true);
  const table = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + long)));
  let at = 4 + long;
  for (const [name, kind, size] of table.arrays) {
    table[name] = new KINDS[kind](bytes.buffer, at, size);
    at += Math.ceil(table[name].byteLength / 4) * 4;
  }
  return table;
}

function rampColour(load) {
  const last = RAMP.length - 1;
  if (load >= RAMP[last][0]) return `rgb(${RAMP[last][1]})`;
  let step = 0;
  while (load >= RAMP[step + 1][0]) step++;
  const [low, from] = RAMP[step], [high, to] = RAMP[step + 1];
  const share = (load - low) / (high - low);
  return `rgb(${from.map((value, i) => Math.round(value + share * (to[i] - value)))})`;
}

const LOAD_COLOURS = Array.from({ length: 256 }, (_, byte) => rampColour(byte * LOAD_STEP));

// The part of the plane that is seen: a point of it (km) stands at `x, y` pixels.
class View {
  constructor() {
    this.scale = 1; // pixels a kilometre
    this.fitted = 1; // the same when all is seen
    this.east = 0; // km in the middle of the map
    this.north = 0;
    this.width = 1;
    this.height = 1;
    this.base = 1; // size of marks and letters, by the size of the map
  }

  x(east) { return this.width / 2 + (east - this.east) * this.scale; }
  y(north) { return this.height / 2 - (north - this.north) * this.scale; }
  get zoom() { return this.scale / this.fitted; }

  fit(low, high, margin) {
    const wide = Math.max(high[0] - low[0], 1), tall = Math.max(high[1] - low[1], 1);
    const across = (this.width - margin[1] - margin[3]) / wide;
    this.scale = this.fitted = Math.min(across, (this.height - margin[0] - margin[2]) / tall);
    this.east = (low[0] + high[0]) / 2 + (margin[1] - margin[3]) / 2 / this.scale;
    this.north = (low[1] + high[1]) / 2 + (margin[0] - margin[2]) / 2 / this.scale;
  }

  // Zoom so that the point under the pointer stays there.
  zoomAt(factor, x, y) {
    const scale = Math.min(Math.max(this.scale * factor, this.fitted * 0.6), this.fitted * 60);
    const east = this.east + (x - this.width / 2) / this.scale;
    const north = this.north - (y - this.height / 2) / this.scale;
    this.scale = scale;
    this.east = east - (x - this.width / 2) / scale;
    this.north = north + (y - this.height / 2) / scale;
  }

  pan(dx, dy) {
    this.east -= dx / this.scale;
    this.north += dy / this.scale;
  }
}

// Corners of all that the first view shows.
function extent(...points) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const flat of points) {
    for (let i = 0; i < flat.length; i++) {
      low[i % 2] = Math.min(low[i % 2], flat[i]);
      high[i % 2] = Math.max(high[i % 2], flat[i]);
    }
  }
  return [low, high];
}

// Marks above the clinics pushed apart on the screen, no further than needed: x, y by facility.
function parted(layout, view) {
  const n = layout.tier.length, at = new Float32Array(2 * n), marked = [];
  const grown = growth(view);
  for (let i = 0; i < n; i++) {
    at[2 * i] = view.x(layout.site[2 * i]);
    at[2 * i + 1] = view.y(layout.site[2 * i + 1]);
    if (layout.tier[i] > CLINIC) marked.push(i);
  }
  if (marked.length > 500) return at;
  for (let round = 0; round < 24; round++) {
    let moved = false;
    for (let a = 0; a < marked.length; a++) {
      for (let b = a + 1; b < marked.length; b++) {
        const i = marked[a], j = marked[b];
        const room = (RADIUS[layout.tier[i]] + RADIUS[layout.tier[j]]) * grown * 0.95;
        let dx = at[2 * j] - at[2 * i], dy = at[2 * j + 1] - at[2 * i + 1];
        if (Math.abs(dx) >= room || Math.abs(dy) >= room) continue;
        let far = Math.hypot(dx, dy);
        if (far >= room) continue;
        if (far < 0.01) [dx, dy, far] = [Math.cos(2.4 * b), Math.sin(2.4 * b), 1];
        const push = (room - far) / 2 / far;
        at[2 * i] -= dx * push; at[2 * i + 1] -= dy * push;
        at[2 * j] += dx * push; at[2 * j + 1] += dy * push;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return at;
}

// Marks are larger on a large map, and grow a little when one looks closer.
function growth(view) {
  return view.base * Math.min(Math.sqrt(Math.max(view.zoom, 1)) * 0.55 + 0.45, 1.9);
}

// Of a tier's mark, pixels; clinics shrink where they would hide each other.
function radiusOf(tier, layout, view) {
  const radius = RADIUS[tier] * growth(view);
  return tier === CLINIC ? Math.min(radius, Math.max(0.45 * layout.gap_km * view.scale, 2.2)) : radius;
}

// Names that fit: each by the first free side of its mark, the most important first. Important
// ones that find none stand further off, on a leader.
function placeLabels(labels, taken, width, height, measure) {
  const boxes = taken.slice(), placed = [];
  for (const label of labels) {
    const wide = Math.max(...label.lines.map((line) => measure(label.font, line))) + 4;
    const tall = label.lines.length * label.size * 1.2;
    for (const [dx, dy] of sides(label.radius + 3, wide, tall, label.far)) {
      const box = [label.x + dx, label.y + dy, label.x + dx + wide, label.y + dy + tall];
      if (box[0] < 2 || box[1] < 2 || box[2] > width - 2 || box[3] > height - 2) continue;
      if (boxes.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) continue;
      boxes.push(box);
      placed.push({ ...label, box });
      break;
    }
  }
  return placed;
}

// Corners of a name's box from its mark: beside it, and round it at growing distances.
function sides(r, wide, tall, far) {
  const near = [
    [r, -tall / 2], [-r - wide, -tall / 2], [-wide / 2, r], [-wide / 2, -r - tall],
    [r * 0.7, r * 0.5], [-r * 0.7 - wide, r * 0.5],
    [r * 0.7, -r * 0.5 - tall], [-r * 0.7 - wide, -r * 0.5 - tall],
  ];
  if (!far) return near;
  for (let off = 28; off <= 148; off += 24) {
    for (let turn = 0; turn < 16; turn++) {
      const east = Math.cos((turn * Math.PI) / 8), south = Math.sin((turn * Math.PI) / 8);
      near.push([(r + off) * east + (east - 1) * wide / 2, (r + off) * south + (south - 1) * tall / 2]);
    }
  }
  return near;
}

// A name in lines of so many letters, broken between words or, in Chinese, anywhere.
function wrapped(text, language, most) {
  if (text.length <= most) return [text];
  if (language === "zh") {
    const half = Math.ceil(text.length / Math.ceil(text.length / most));
    return text.match(new RegExp(`.{1,${half}}`, "gu"));
  }
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length + 1 > most) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines;
}

// The largest of 1, 2, 5, 10, 20, ... that is not above a value.
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map((k) => k * power).find((k) => k <= value * (1 + 1e-9));
}
