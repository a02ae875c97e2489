// The key below the map: crowding, tiers, flows, people waiting. It is part of the picture.

const KEY_ROW = 22, KEY_GAP = 16, RAMP_WIDE = 132;
const WAITING_SHOWN = 50; // people at the circle of the key

function keyHeight(rows) {
  return 18 + rows.length * KEY_ROW; // the ramp's numbers stand below it
}

function keyText(context, text, x, y, colour = INK, size = 12) {
  context.font = `${size}px ${FONT}`;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function keyRamp(context, item, x, y) {
  keyText(context, item.text, x, y);
  const left = x + item.lead, from = y - 6;
  const ramp = context.createLinearGradient(left, 0, left + item.wide, 0);
  for (const [load, colour] of RAMP) ramp.addColorStop(load / RAMP_END, `rgb(${colour})`);
  context.fillStyle = ramp;
  context.fillRect(left, from, item.wide, 11);
  context.strokeStyle = "rgba(34, 48, 60, 0.35)";
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, from + 0.5, item.wide - 1, 10);
  context.textAlign = "center";
  for (const load of [0, 0.5, 1, 1.5]) {
    const tick = left + (load / RAMP_END) * item.wide;
    context.fillStyle = INK;
    context.fillRect(Math.min(Math.max(tick - 0.5, left), left + item.wide - 1), from + 11, 1, 3);
    keyText(context, `${load * 100}%${load === RAMP_END ? "+" : ""}`, tick, from + 20, GREY, 11);
  }
  context.textAlign = "left";
}

function keyTier(context, item, x, y) {
  context.beginPath();
  outline(context, item.tier, x + 8, y, Math.max(RADIUS[item.tier] * 0.62, 3.6));
  context.fillStyle = PAPER;
  context.fill();
  context.strokeStyle = INK;
  context.lineWidth = 1.3;
  context.stroke();
  keyText(context, item.text, x + item.lead, y);
}

function keyFlow(context, item, x, y, width) {
  context.strokeStyle = `rgba(${item.colour}, 0.75)`;
  context.lineWidth = width;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(x + 4, y);
  context.lineTo(x + 24, y);
  context.stroke();
  keyText(context, item.text, x + item.lead, y);
}

function keyWaiting(context, item, x, y) {
  context.beginPath();
  context.arc(x + 9, y, haloRadius(WAITING_SHOWN, 0), 0, 2 * Math.PI);
  context.fillStyle = "rgba(214, 96, 28, 0.20)";
  context.fill();
  context.strokeStyle = "rgba(160, 62, 10, 0.55)";
  context.lineWidth = 1;
  context.stroke();
  keyText(context, item.text, x + item.lead, y);
}

// The entries of the key from the left, in as many rows as they need.
function keyRows(context, words, width) {
  const wide = (text) => context.measureText(text).width;
  context.font = `12px ${FONT}`;
  const size = words.a_day.replace("{n}", "000"); // of the flows drawn here
  const ramp = wide(words.crowding) + 18;
  const items = [
    { name: "ramp", text: words.crowding, lead: ramp, more: RAMP_WIDE + 18,
      wide: Math.max(Math.min(RAMP_WIDE, width - ramp - 36), 90) },
    ...words.tiers.map((text, tier) => ({ name: "tier", text, tier, lead: 22, more: wide(text) })),
    { name: "flow", text: words.to_primary, colour: TO_PRIMARY, lead: 32, more: wide(words.to_primary) },
    { name: "flow", text: words.to_hospital, colour: TO_HOSPITAL, lead: 32,
      more: wide(`${words.to_hospital} ${size}`), sized: true },
    { name: "waiting", text: words.waiting.replace("{n}", WAITING_SHOWN), lead: 24,
      more: wide(words.waiting.replace("{n}", "000")) },
  ];
  const rows = [[]];
  let used = 12;
  for (const item of items) {
    const room = item.lead + item.more;
    const together = item.tier === CLINIC ? items.filter((one) => one.name === "tier") : [item];
    const needed = together.reduce((sum, one) => sum + one.lead + one.more + KEY_GAP, -KEY_GAP);
    if (used + needed + 8 > width && rows.at(-1).length) {
      rows.push([]);
      used = 12;
    }
    rows.at(-1).push({ ...item, x: used });
    used += room + KEY_GAP;
  }
  return rows;
}

function paintKey(context, view, height, layout, rows, words, widest, days, format) {
  const shown = widest > 0 ? nice((widest * layout.scale) / days) : 0;
  const width = shown ? Math.max(WIDEST * ((shown * days) / layout.scale / widest), THINNEST) : 3;
  context.fillStyle = PAPER;
  context.fillRect(0, view.height, view.width, height - view.height);
  context.fillStyle = "#DCE2E8";
  context.fillRect(0, view.height, view.width, 1);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.translate(0, view.height);
  context.scale(view.base, view.base);
  rows.forEach((row, at) => {
    const y = 14 + at * KEY_ROW + (at ? 8 : 0);
    for (const item of row) {
      if (item.name === "ramp") keyRamp(context, item, item.x, y);
      if (item.name === "tier") keyTier(context, item, item.x, y);
      if (item.name === "waiting") keyWaiting(context, item, item.x, y);
      if (item.name !== "flow") continue;
      const size = item.sized && shown ? ` ${words.a_day.replace("{n}", format(shown))}` : "";
      keyFlow(context, { ...item, text: item.text + size }, item.x, y, width);
    }
  });
}
