// The key below the map: crowding, tiers, flows, people waiting. It is part of the picture.

function keyText(context, text, x, y, colour = GREY, size = 12) {
  context.font = `${size}px ${FONT}`;
  context.fillStyle = colour;
  context.fillText(text, x, y);
  return context.measureText(text).width;
}

function keyRamp(context, words, x, y, wide) {
  keyText(context, words.crowding, x, y + 9, INK);
  const from = y + 20;
  const ramp = context.createLinearGradient(x, 0, x + wide, 0);
  for (const [load, colour] of RAMP) ramp.addColorStop(load / RAMP_END, `rgb(${colour})`);
  context.fillStyle = ramp;
  context.fillRect(x, from, wide, 11);
  context.strokeStyle = "rgba(34, 48, 60, 0.35)";
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, from + 0.5, wide - 1, 10);
  context.textAlign = "center";
  for (const load of [0, 0.5, 1, 1.5]) {
    const tick = x + (load / RAMP_END) * wide;
    context.fillStyle = INK;
    context.fillRect(Math.min(Math.max(tick - 0.5, x), x + wide - 1), from + 11, 1, 3);
    keyText(context, `${load * 100}%${load === RAMP_END ? "+" : ""}`, tick, from + 22, GREY, 11);
  }
  context.textAlign = "left";
}

function keyTiers(context, words, x, y, step) {
  words.tiers.forEach((name, tier) => {
    const left = x + (tier % 2) * step, middle = y + 12 + Math.floor(tier / 2) * 24;
    context.beginPath();
    outline(context, tier, left + 9, middle, Math.max(RADIUS[tier] * 0.66, 3.6));
    context.fillStyle = PAPER;
    context.fill();
    context.strokeStyle = INK;
    context.lineWidth = 1.3;
    context.stroke();
    keyText(context, name, left + 24, middle, INK);
  });
}

function keyFlows(context, words, layout, widest, days, x, y, format) {
  const shown = widest > 0 ? nice((widest * layout.scale) / days) : 0;
  const width = shown ? Math.max(WIDEST * ((shown * days) / layout.scale / widest), THINNEST) : 3;
  [[TO_PRIMARY, words.to_primary], [TO_HOSPITAL, words.to_hospital]].forEach(([colour, text], i) => {
    const middle = y + 12 + i * 24;
    context.strokeStyle = `rgba(${colour}, 0.75)`;
    context.lineWidth = width;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(x + 4, middle);
    context.lineTo(x + 28, middle);
    context.stroke();
    const size = shown ? words.a_day.replace("{n}", format(shown)) : "";
    keyText(context, `${text} ${size}`, x + 38, middle, INK);
  });
}

function keyWaiting(context, words, x, y, format) {
  for (const [i, waiting] of [20, 200].entries()) {
    const middle = y + 12 + i * 24, radius = Math.min(haloRadius(waiting, 2) * 0.8, 13);
    context.beginPath();
    context.arc(x + 13, middle, radius, 0, 2 * Math.PI);
    context.fillStyle = "rgba(214, 96, 28, 0.20)";
    context.fill();
    context.strokeStyle = "rgba(160, 62, 10, 0.55)";
    context.lineWidth = 1;
    context.stroke();
    keyText(context, words.waiting.replace("{n}", format(waiting)), x + 32, middle, INK);
  }
}

// The blocks of the key from the left, as many as have room in one or two rows.
function keyRows(context, words, width) {
  context.font = `12px ${FONT}`;
  const wide = (texts) => Math.max(...texts.map((text) => context.measureText(text).width));
  const step = wide(words.tiers) + 40;
  const blocks = [
    { name: "ramp", width: Math.max(wide([words.crowding]), 150) },
    { name: "tiers", width: 2 * step - 16, step },
    { name: "flows", width: wide([words.to_primary, words.to_hospital]) + 38 +
      wide([words.a_day.replace("{n}", "000")]) + 6 },
    { name: "waiting", width: wide([words.waiting.replace("{n}", "000")]) + 32 },
  ];
  const rows = [[]];
  let used = 12;
  for (const block of blocks) {
    if (used + block.width + 12 > width && rows.at(-1).length) {
      rows.push([]);
      used = 12;
    }
    rows.at(-1).push({ ...block, x: used });
    used += block.width + 26;
  }
  return rows;
}

function paintKey(context, view, height, layout, rows, words, widest, days, format) {
  const base = view.base;
  context.fillStyle = PAPER;
  context.fillRect(0, view.height, view.width, height - view.height);
  context.fillStyle = "#DCE2E8";
  context.fillRect(0, view.height, view.width, 1);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.translate(0, view.height);
  context.scale(base, base);
  rows.forEach((row, at) => {
    const y = 8 + at * KEY_HEIGHT;
    for (const block of row) {
      if (block.name === "ramp") keyRamp(context, words, block.x, y, block.width);
      if (block.name === "tiers") keyTiers(context, words, block.x, y, block.step);
      if (block.name === "flows") {
        keyFlows(context, words, layout, widest, days, block.x, y, format);
      }
      if (block.name === "waiting") keyWaiting(context, words, block.x, y, format);
    }
  });
}
