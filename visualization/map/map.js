// The map as a widget: it draws when a frame comes or somebody moves it, and says what was chosen.

class RegionMap {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.view = new View();
    this.moved = false; // by hand; until then the map fits itself to its frame
    this.hovered = "";
    this.widths = new Map();
    this.layers = {};
    this.read = 0;
    this.build();
    this.readLayout();
    this.readChosen();
    this.readWords();
    const on = { region: "readLayout", frame: "readFrame", flows: "readChosen",
      selected: "readChosen", words: "readWords", language: "readWords" };
    this.listening = Object.entries(on).map(([name, method]) => {
      const listener = () => { this[method](); this.ask(); };
      model.on(`change:${name}`, listener);
      return [`change:${name}`, listener];
    });
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.root);
    this.resize();
  }

  build() {
    const make = (tag, parent, name) => {
      const element = document.createElement(tag);
      element.className = name;
      return parent.appendChild(element);
    };
    this.root.classList.add("fj-region-map");
    this.canvas = make("canvas", this.root, "fj-map-canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.tip = make("div", this.root, "fj-map-tip");
    this.tip.hidden = true;
    this.tools = make("div", this.root, "fj-map-tools");
    const button = (name, sign, act) => {
      const made = make("button", this.tools, `fj-map-${name}`);
      made.type = "button";
      made.textContent = sign;
      made.addEventListener("click", act);
      return made;
    };
    this.buttons = {
      zoom_in: button("zoom-in", "+", () => this.zoom(1.5)),
      zoom_out: button("zoom-out", "−", () => this.zoom(1 / 1.5)),
      whole: button("whole", "⤢", () => this.fit()),
      picture: button("picture", "⤓", () => this.save()),
    };
    this.search = make("input", this.root, "fj-map-search");
    this.search.type = "search";
    this.list = make("datalist", this.root, "");
    this.list.id = `fj-map-names-${Math.random().toString(36).slice(2)}`;
    this.search.setAttribute("list", this.list.id);
    this.search.addEventListener("change", () => this.find(this.search.value));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.release(event));
    this.canvas.addEventListener("pointercancel", () => { this.held = null; });
    this.canvas.addEventListener("pointerleave", () => this.hover(""));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("dblclick", (event) => this.zoom(2, event.offsetX, event.offsetY));
  }

  readLayout() {
    const layout = unpack(this.model.get("region"));
    this.layout = layout;
    if (!layout) return;
    layout.number = ++this.read;
    layout.largest = Math.max(...layout.population, 1);
    const [low, high] = extent(layout.place, layout.home);
    const rim = layout.land_km;
    const shore = [low[0] - rim, low[1] - rim, high[0] + rim, high[1] + rim];
    layout.all = extent(shore, layout.site);
    this.widest = 0;
    this.moved = false;
    this.readFrame(); // it may have come first
    if (this.words) this.readWords();
    if (this.rows) this.fit();
  }

  readFrame() {
    this.frame = unpack(this.model.get("frame"));
    if (this.frame && this.layout && this.frame.load.length !== this.layout.tier.length) {
      this.frame = null; // of another region; its layout is on the way
    }
    if (this.frame) this.widest = Math.max(this.widest || 0, ...this.frame.flow_visits);
    if (this.hovered) this.tip.replaceChildren(...this.tipLines(this.hovered));
  }

  readChosen() {
    const [kind, row] = this.model.get("selected").split(":");
    this.selected = { kind, row: row === undefined ? -1 : Number(row) };
    this.chosen = this.selected.kind ? unpack(this.model.get("flows")) : null;
  }

  readWords() {
    this.words = this.model.get("words");
    this.language = this.model.get("language");
    const numbers = new Intl.NumberFormat(this.language === "zh" ? "zh-CN" : "en-GB");
    this.format = (value) => numbers.format(value >= 10 ? Math.round(value) : Number(value.toFixed(1)));
    for (const [name, element] of Object.entries(this.buttons)) {
      element.title = this.words[name];
      element.setAttribute("aria-label", this.words[name]);
    }
    this.search.placeholder = this.words.search;
    this.search.setAttribute("aria-label", this.words.search);
    this.canvas.setAttribute("aria-label", this.words.map);
    if (this.layout) {
      this.list.replaceChildren(...["facilities", "settlements"].flatMap((kind) =>
        this.layout[kind][this.language].map((name) => new Option(name, name))));
    }
    if (this.rows) this.resize();
  }

  resize() {
    const width = this.root.clientWidth, height = this.root.clientHeight;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.ratio = ratio;
    const base = (this.view.base = Math.min(Math.max(Math.min(width, height) / 620, 0.95), 1.4));
    this.rows = keyRows(this.context, this.words, width / base);
    this.height = height;
    this.view.width = width;
    this.view.height = Math.max(height - base * keyHeight(this.rows), 60);
    if (this.moved) this.ask();
    else this.fit();
  }

  fit() {
    this.moved = false;
    if (this.layout) this.view.fit(...this.layout.all, [48, 52, 12, 20]);
    this.ask();
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    this.moved = true;
    this.view.zoomAt(factor, x, y);
    this.ask();
  }

  // Draw once before the next picture of the screen, however much has happened.
  ask() {
    if (this.asked || !this.context) return;
    this.asked = requestAnimationFrame(() => { this.asked = 0; this.paint(); });
  }

  paint() {
    const { context, view, layout, frame } = this;
    if (!layout) return;
    const began = performance.now();
    const at = (this.at = this.positions());
    const { width, height, east, north, scale } = view;
    const seen = [width, height, east, north, scale, this.language, layout.number].join();
    const home = this.selected.kind === "settlement" ? this.selected.row : -1;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.layer("land", `${seen} ${home}`, (ground) => {
      paintLand(ground, view, layout);
      paintHomes(ground, view, layout, home);
    });
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    if (frame) {
      const widest = Math.max(this.widest, 1);
      paintFlows(context, view, layout, frame, at, widest, this.chosen ? 0.12 : 0.62);
      const least = this.selected.kind === "patient" ? 3 : THINNEST;
      paintFlows(context, view, layout, this.chosen, at, widest, 0.85, least);
    }
    paintMarks(context, view, layout, frame, at, this.ratio);
    if (this.selected.kind === "facility") paintRing(context, view, layout, at, this.selected.row);
    context.restore();
    const days = frame ? Math.max(frame.days, 1) : 1;
    const texts = [seen, this.model.get("selected"), frame && frame.date, this.widest, days];
    this.layer("names", texts.join(), (above) => {
      paintLabels(above, labelsOf(this, at));
      paintTitle(above, this);
      paintKey(above, view, this.height, layout, this.rows, this.words, this.widest, days, this.format);
    });
    this.root.dataset.paints = Number(this.root.dataset.paints || 0) + 1;
    this.root.dataset.paintMs = (performance.now() - began).toFixed(2);
    this.root.dataset.day = frame ? frame.day : "";
  }

  // What changes seldom is kept as a picture of its own and laid on as a whole.
  layer(name, state, draw) {
    const { canvas, ratio, context } = this;
    const kept = (this.layers[name] ??= { canvas: document.createElement("canvas") });
    if (kept.state !== state || kept.canvas.width !== canvas.width || kept.canvas.height !== canvas.height) {
      kept.canvas.width = canvas.width; // which also clears it
      kept.canvas.height = canvas.height;
      const above = kept.canvas.getContext("2d");
      above.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(above);
      kept.state = state;
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(kept.canvas, 0, 0);
    context.restore();
  }

  // Where marks stand on the screen; a pan moves them all alike.
  positions() {
    const { view, layout } = this;
    const x = view.x(0), y = view.y(0);
    if (this.stood && this.stood.layout === layout && this.stood.scale === view.scale) {
      const { at, x: oldX, y: oldY } = this.stood;
      const moved = new Float32Array(at.length);
      for (let i = 0; i < at.length; i += 2) {
        moved[i] = at[i] + x - oldX;
        moved[i + 1] = at[i + 1] + y - oldY;
      }
      return moved;
    }
    const at = parted(layout, view);
    this.stood = { at, x, y, scale: view.scale, layout };
    return at;
  }

  // What lies under the pointer: the highest tier first, then the settlement.
  under(x, y) {
    const { layout, view, at } = this;
    if (!layout || !at || y > view.height) return "";
    let best = "", rank = -1;
    for (let i = 0; i < layout.tier.length; i++) {
      const far = Math.hypot(at[2 * i] - x, at[2 * i + 1] - y);
      const room = Math.max(radiusOf(layout.tier[i], layout, view), 6) + 2;
      if (far <= room && layout.tier[i] + 1 - far / room > rank) {
        best = `facility:${i}`;
        rank = layout.tier[i] + 1 - far / room;
      }
    }
    if (best) return best;
    for (let i = 0; i < layout.population.length; i++) {
      const far = Math.hypot(view.x(layout.home[2 * i]) - x, view.y(layout.home[2 * i + 1]) - y);
      if (far <= homeRadius(layout, view, i)) return `settlement:${i}`;
    }
    return "";
  }

  hover(key, x = 0, y = 0) {
    this.canvas.style.cursor = this.held ? "grabbing" : key ? "pointer" : "grab";
    this.tip.hidden = !key;
    if (!key) { this.hovered = ""; return; }
    if (key !== this.hovered) this.tip.replaceChildren(...this.tipLines(key));
    this.hovered = key;
    const left = Math.min(x + 14, this.view.width - this.tip.offsetWidth - 6);
    const top = y + 18 + this.tip.offsetHeight > this.height ? y - this.tip.offsetHeight - 10 : y + 18;
    this.tip.style.transform = `translate(${Math.max(left, 4)}px, ${Math.max(top, 4)}px)`;
  }

  tipLines(key) {
    const { layout, frame, words, format } = this;
    const [kind, row] = key.split(":"), i = Number(row);
    const table = kind === "facility" ? "facilities" : "settlements";
    const lines = [[layout[table][this.language][i], "fj-map-name"]];
    if (kind === "settlement") {
      lines.push([words.residents.replace("{n}", format(layout.population[i])), ""]);
    } else {
      lines.push([words.tiers[layout.tier[i]], "fj-map-tier"]);
      if (frame) {
        const people = (n) => format(n * layout.scale);
        const visits = (frame.visits[i] * layout.scale) / Math.max(frame.days, 1);
        lines.push([words.load.replace("{n}", Math.round(frame.load[i] * LOAD_STEP * 100)), ""]);
        lines.push([words.visits.replace("{n}", format(visits)), ""]);
        if (frame.in_line[i]) lines.push([words.waiting.replace("{n}", people(frame.in_line[i])), ""]);
        if (frame.occupancy[i] !== NO_BEDS) lines.push([words.beds.replace("{n}", frame.occupancy[i]), ""]);
      }
    }
    return lines.map(([text, name]) => {
      const line = document.createElement("div");
      line.textContent = text;
      if (name) line.className = name;
      return line;
    });
  }

  select(key) {
    this.model.set("selected", key);
    this.model.save_changes();
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted || !this.layout) return;
    for (const exact of [true, false]) {
      for (const [kind, table] of [["facility", "facilities"], ["settlement", "settlements"]]) {
        const { en, zh } = this.layout[table];
        const fits = (name) => (exact ? name.toLowerCase() === wanted : name.toLowerCase().includes(wanted));
        const row = en.findIndex((name, i) => fits(name) || fits(zh[i]));
        if (row < 0) continue;
        this.show(kind, row);
        this.select(`${kind}:${row}`);
        return;
      }
    }
  }

  // Bring what was found into view.
  show(kind, row) {
    const points = kind === "facility" ? this.layout.site : this.layout.home;
    const x = this.view.x(points[2 * row]), y = this.view.y(points[2 * row + 1]);
    const inside = x > 40 && y > 40 && x < this.view.width - 40 && y < this.view.height - 40;
    if (inside) return;
    this.moved = true;
    [this.view.east, this.view.north] = [points[2 * row], points[2 * row + 1]];
    this.ask();
  }

  wheel(event) {
    event.preventDefault();
    const turn = Math.max(-120, Math.min(120, event.deltaY * (event.deltaMode ? 30 : 1)));
    this.zoom(Math.exp(-turn / 400), event.offsetX, event.offsetY);
  }

  press(event) {
    this.held = { x: event.offsetX, y: event.offsetY, far: 0 };
    this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const { offsetX: x, offsetY: y } = event;
    if (!this.held) { this.hover(this.under(x, y), x, y); return; }
    const dx = x - this.held.x, dy = y - this.held.y;
    this.held = { x, y, far: this.held.far + Math.hypot(dx, dy) };
    if (this.held.far < 4) return;
    this.hover("");
    this.moved = true;
    this.view.pan(dx, dy);
    this.ask();
  }

  release(event) {
    const far = this.held ? this.held.far : Infinity;
    this.held = null;
    if (far < 4) this.select(this.under(event.offsetX, event.offsetY));
  }

  key(event) {
    const step = 60;
    const acts = {
      "+": () => this.zoom(1.3), "=": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3),
      "0": () => this.fit(), Escape: () => this.select(""),
      ArrowLeft: () => this.slide(step, 0), ArrowRight: () => this.slide(-step, 0),
      ArrowUp: () => this.slide(0, step), ArrowDown: () => this.slide(0, -step),
      Enter: () => this.select(this.under(this.view.width / 2, this.view.height / 2)),
    };
    if (!(event.key in acts) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    acts[event.key]();
  }

  slide(dx, dy) {
    this.moved = true;
    this.view.pan(dx, dy);
    this.ask();
  }

  save() {
    this.paint();
    this.canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${this.words.file}-${this.frame ? this.frame.date : ""}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }

  close() {
    for (const [name, listener] of this.listening) this.model.off(name, listener);
    this.watcher.disconnect();
    cancelAnimationFrame(this.asked);
  }
}

function render({ model, el }) {
  const map = new RegionMap(model, el);
  el.regionMap = map; // where tests ask which pixel a facility stands on
  return () => map.close();
}

export default { render };
