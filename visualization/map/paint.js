// The strokes: land, roads, settlements, flows, marks, names and the key below the map.

const INK = "#22303C", GREY = "#6B7680", PAPER = "#FFFFFF";
const GROUND = "#E9EDEF", SHORE = "#CBD3D6", LAND = "#FAF9F5", ROAD = "#D9D2C3";
const SKIN = "rgba(226, 214, 188, 0.55)", RIM = "rgba(160, 142, 108, 0.8)";
const TO_PRIMARY = "26, 122, 110", TO_HOSPITAL = "112, 48, 96"; // of flows, red green blue
const WIDEST = 9, THINNEST = 0.8, BEND = 0.14;
const CLINIC_HALOS_FROM = 2.5; // of zoom

// The land: the inside of rings of places, with a rounded rim along their edges.
function paintLand(context, view, layout) {
  context.fillStyle = GROUND;
  context.fillRect(0, 0, view.width, view.height);
  const point = (i) => [view.x(layout.place[2 * i]), view.y(layout.place[2 * i + 1])];
  const inner = new Path2D(), rim = new Path2D();
  let first = true;
  for (const i of layout.land) {
    if (i === RING_END) inner.closePath();
    else if (first) inner.moveTo(...point(i));
    else inner.lineTo(...point(i));
    first = i === RING_END;
  }
  for (let i = 0; i < layout.shore.length; i += 2) {
    rim.moveTo(...point(layout.shore[i]));
    rim.lineTo(...point(layout.shore[i + 1]));
  }
  context.lineCap = context.lineJoin = "round";
  for (const [colour, wider] of [[SHORE, 3], [LAND, 0]]) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 2 * layout.land_km * view.scale + wider;
    context.stroke(rim);
    context.fill(inner, "evenodd");
  }
  context.strokeStyle = ROAD;
  context.lineWidth = 2 * Math.min(growth(view), 1.5);
  context.lineCap = "round";
  context.beginPath();
  for (let i = 0; i < layout.roads.length; i += 4) {
    context.moveTo(view.x(layout.roads[i]), view.y(layout.roads[i + 1]));
    context.lineTo(view.x(layout.roads[i + 2]), view.y(layout.roads[i + 3]));
  }
  context.stroke();
}

function homeRadius(layout, view, row) {
  const share = Math.sqrt(layout.population[row] / layout.largest);
  return Math.max(4, 26 * share) * Math.min(growth(view), 1.6);
}

function paintHomes(context, view, layout, chosen) {
  for (let i = 0; i < layout.population.length; i++) {
    const x = view.x(layout.home[2 * i]), y = view.y(layout.home[2 * i + 1]);
    context.beginPath();
    context.arc(x, y, homeRadius(layout, view, i), 0, 2 * Math.PI);
    context.fillStyle = SKIN;
    context.fill();
    context.lineWidth = chosen === i ? 3 : 1;
    context.strokeStyle = chosen === i ? INK : RIM;
    context.stroke();
  }
}

function paintFlows(context, view, layout, table, at, widest, strength, thinnest = THINNEST) {
  if (!table) return;
  context.lineCap = "round";
  for (let i = 0; i < table.flow_to.length; i++) {
    const facility = table.flow_to[i], home = table.flow_from[i];
    const x0 = view.x(layout.home[2 * home]), y0 = view.y(layout.home[2 * home + 1]);
    const x1 = at[2 * facility], y1 = at[2 * facility + 1];
    const colour = layout.tier[facility] <= CENTRE ? TO_PRIMARY : TO_HOSPITAL;
    const width = Math.max((WIDEST * table.flow_visits[i]) / widest, thinnest);
    context.strokeStyle = `rgba(${colour}, ${strength})`;
    context.lineWidth = view.base * Math.min(width, WIDEST * 1.5);
    context.beginPath();
    context.moveTo(x0, y0);
    context.quadraticCurveTo(
      (x0 + x1) / 2 - (y1 - y0) * BEND, (y0 + y1) / 2 + (x1 - x0) * BEND, x1, y1,
    );
    context.stroke();
  }
}

// Circle, square, diamond, triangle: a tier is told by its shape as well as by its size.
function outline(context, tier, x, y, radius) {
  context.moveTo(x + radius, y);
  if (tier === CLINIC) {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (tier === CENTRE) {
    const side = radius * 0.86;
    context.rect(x - side, y - side, 2 * side, 2 * side);
  } else if (tier === SECONDARY) {
    context.lineTo(x, y + radius); context.lineTo(x - radius, y); context.lineTo(x, y - radius);
    context.closePath();
  } else {
    const low = y + radius * 0.68;
    context.moveTo(x, y - radius * 1.06);
    context.lineTo(x + radius * 1.08, low); context.lineTo(x - radius * 1.08, low);
    context.closePath();
  }
}

// Clinics are stamped, so that thousands of them cost little: one stamp for each colour and size.
const stamps = new Map();

function stamp(load, radius, ratio) {
  const step = Math.min(Math.round(load / 4) * 4, 252);
  const known = `${step} ${radius} ${ratio}`;
  if (stamps.has(known)) return stamps.get(known);
  if (stamps.size > 800) stamps.clear();
  const made = document.createElement("canvas"), side = Math.ceil((2 * radius + 2) * ratio);
  made.width = made.height = side;
  const context = made.getContext("2d");
  context.beginPath();
  context.arc(side / 2, side / 2, radius * ratio, 0, 2 * Math.PI);
  context.fillStyle = LOAD_COLOURS[step];
  context.fill();
  context.lineWidth = 0.9 * ratio;
  context.strokeStyle = "rgba(34, 48, 60, 0.8)";
  context.stroke();
  stamps.set(known, made);
  return made;
}

function paintClinics(context, view, layout, frame, at, ratio) {
  const radius = Math.round(radiusOf(CLINIC, layout, view) * 4) / 4;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (let i = 0; i < layout.tier.length; i++) {
    if (layout.tier[i] !== CLINIC) continue;
    const x = at[2 * i], y = at[2 * i + 1];
    if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
    const mark = stamp(frame ? frame.load[i] : 0, radius, ratio);
    context.drawImage(mark, Math.round(x * ratio - mark.width / 2), Math.round(y * ratio - mark.width / 2));
  }
  context.restore();
}

// At clinics of a sample one patient in line stands for many: a noise that is left out at first.
function paintHalos(context, view, layout, frame, at) {
  context.fillStyle = "rgba(214, 96, 28, 0.20)";
  context.strokeStyle = "rgba(160, 62, 10, 0.55)";
  context.lineWidth = 1;
  for (let i = 0; i < layout.tier.length; i++) {
    const waiting = frame.in_line[i] * layout.scale;
    if (!waiting || (layout.tier[i] === CLINIC && view.zoom < CLINIC_HALOS_FROM)) continue;
    context.beginPath();
    const radius = haloRadius(waiting, radiusOf(layout.tier[i], layout, view));
    context.arc(at[2 * i], at[2 * i + 1], radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

function haloRadius(waiting, inner) {
  return inner + 2 + Math.min(2.2 * Math.sqrt(waiting / 10), 26);
}

function paintMarks(context, view, layout, frame, at, ratio) {
  if (frame) paintHalos(context, view, layout, frame, at);
  paintClinics(context, view, layout, frame, at, ratio);
  context.lineJoin = "round";
  for (let tier = CENTRE; tier <= TERTIARY; tier++) {
    for (let i = 0; i < layout.tier.length; i++) {
      if (layout.tier[i] !== tier) continue;
      context.beginPath();
      outline(context, tier, at[2 * i], at[2 * i + 1], radiusOf(tier, layout, view));
      context.lineWidth = 4;
      context.strokeStyle = PAPER;
      context.stroke();
      context.fillStyle = frame ? LOAD_COLOURS[frame.load[i]] : PAPER;
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = INK;
      context.stroke();
    }
  }
}

function paintRing(context, view, layout, at, row) {
  context.beginPath();
  context.arc(at[2 * row], at[2 * row + 1], radiusOf(layout.tier[row], layout, view) + 6, 0, 2 * Math.PI);
  context.lineWidth = 3;
  context.strokeStyle = INK;
  context.stroke();
}

function paintLabels(context, placed) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.lineJoin = "round";
  for (const label of placed) paintLeader(context, label);
  for (const label of placed) {
    context.font = label.font;
    label.lines.forEach((line, i) => {
      const left = label.box[0] + 2, middle = label.box[1] + label.size * 1.2 * (i + 0.5);
      context.lineWidth = 3.5;
      context.strokeStyle = "rgba(255, 255, 255, 0.9)";
      context.strokeText(line, left, middle);
      context.fillStyle = label.ink;
      context.fillText(line, left, middle);
    });
  }
}

// From the mark to the nearest point of its name, where the two do not touch.
function paintLeader(context, label) {
  const x = Math.min(Math.max(label.x, label.box[0]), label.box[2]);
  const y = Math.min(Math.max(label.y, label.box[1] + 2), label.box[3] - 2);
  const far = Math.hypot(x - label.x, y - label.y);
  if (far < label.radius + 12) return;
  context.beginPath();
  context.moveTo(label.x + ((x - label.x) * label.radius) / far, label.y + ((y - label.y) * label.radius) / far);
  context.lineTo(x, y);
  context.lineWidth = 3;
  context.strokeStyle = "rgba(255, 255, 255, 0.85)";
  context.stroke();
  context.lineWidth = 1.1;
  context.strokeStyle = INK;
  context.stroke();
}
