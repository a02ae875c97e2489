// Names on the map: which are written, in how many lines, and the title.

const NAMES_FROM = [9, 2.2, 0, 0]; // of zoom, by tier
const MOST_NAMES = 90;

// Hospitals from the first view on, settlements by their size, centres and clinics closer by.
function labelsOf(map, at) {
  const { view, layout, language } = map;
  const labels = [], taken = [[0, 0, 240, 50], [view.width - 260, 0, view.width, 44],
    [view.width - 44, 0, view.width, 150]];
  for (let i = 0; i < layout.tier.length; i++) {
    const tier = layout.tier[i], x = at[2 * i], y = at[2 * i + 1], radius = radiusOf(tier, layout, view);
    if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
    if (tier > CLINIC) taken.push([x - radius, y - radius, x + radius, y + radius]);
    const chosen = map.selected.kind === "facility" && map.selected.row === i;
    if (view.zoom < NAMES_FROM[tier] && !chosen) continue;
    const size = Math.round((tier >= SECONDARY ? 13 : 12) * view.base);
    labels.push({ lines: facilityLines(map, i), x, y, radius, size, ink: INK, far: tier >= SECONDARY,
      rank: 1e12 * (chosen ? 9 : tier) + i, font: `${tier >= SECONDARY ? 600 : 400} ${size}px ${FONT}` });
  }
  const size = Math.round(12 * view.base);
  for (let i = 0; i < layout.population.length; i++) {
    const x = view.x(layout.home[2 * i]), y = view.y(layout.home[2 * i + 1]);
    if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
    labels.push({ lines: [layout.settlements[language][i]], x, y, size, ink: "#5C4F33",
      radius: homeRadius(layout, view, i) * 0.72, rank: 1.5e12 + layout.population[i],
      far: layout.population[i] === layout.largest, font: `400 ${size}px ${FONT}` });
  }
  labels.sort((a, b) => b.rank - a.rank);
  const measure = (font, text) => {
    const known = font + text;
    if (!map.widths.has(known)) {
      map.context.font = font;
      map.widths.set(known, map.context.measureText(text).width);
    }
    return map.widths.get(known);
  };
  return placeLabels(labels.slice(0, MOST_NAMES), taken, view.width, view.height, measure);
}

// A facility's name; of one far away also which way and how far.
function facilityLines(map, i) {
  const { layout, language, words } = map;
  const lines = wrapped(layout.facilities[language][i], language, language === "zh" ? 14 : 26);
  if (layout.beyond[i]) {
    const far = layout.minutes[i] > 0 ? words.far.replace("{n}", Math.round(layout.minutes[i])) : "";
    lines.push(`${arrow(layout.bearing[i])} ${far}`);
  }
  return lines;
}

function arrow(bearing) {
  return "→↗↑↖←↙↓↘"[((Math.round(bearing / (Math.PI / 4)) % 8) + 8) % 8];
}

// The region and the date, in the corner.
function paintTitle(context, map) {
  if (!map.frame) return;
  const day = new Date(`${map.frame.date}T00:00:00Z`);
  const date = day.toLocaleDateString(map.language === "zh" ? "zh-CN" : "en-GB",
    { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const parts = [[map.layout.region[map.language], 600, 15, 19], [date, 400, 13, 39]];
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const [text, weight, size, y] of parts) {
    context.font = `${weight} ${size}px ${FONT}`;
    context.lineWidth = 4;
    context.strokeStyle = "rgba(255, 255, 255, 0.85)";
    context.strokeText(text, 12, y);
    context.fillStyle = INK;
    context.fillText(text, 12, y);
  }
}
