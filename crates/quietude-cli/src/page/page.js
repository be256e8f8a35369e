// The behaviour of the page. It builds elements and sets their text; it never reads
// text of the document as markup. Times are milliseconds: those of bars are relative
// to the start of the page, all others count from 1970-01-01T00:00:00Z.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const DAY = 86400000, HOUR = 3600000, MINUTE = 60000;
  const ROW = 32, BAR_TOP = 8, BAR_HEIGHT = 16, MIN_WIDTH = 2;
  // Flags of a bar, as the program writes them.
  const MERGED = 1, BEGAN_EARLIER = 2, MAY_GO_ON = 4, NEVER_ENDS = 8;
  const EFFECTS = ["notifications", "monitoring"];
  const $ = (id) => document.getElementById(id);
  const scroll = $("scroll"), content = $("content"), panel = $("panel"), tip = $("tip");
  const length = data.to - data.from;

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function shape(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    return made;
  }

  // Times as text.

  const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (n) => String(n).padStart(2, "0");

  // The index of the last element that is not greater than `t`, or -1.
  function last(count, value, t) {
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value(middle) <= t) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // The offset of the zone at an instant; null where this page does not have it.
  function offset(t) {
    if (t < data.offsets_from || t >= data.offsets_to) return null;
    return data.offsets[last(data.offsets.length, (i) => data.offsets[i][0], t)][1];
  }

  function clock(date) {
    const seconds = date.getUTCSeconds(), ms = date.getUTCMilliseconds();
    let text = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
    if (seconds || ms) text += `:${two(seconds)}`;
    if (ms) text += `.${String(ms).padStart(3, "0")}`;
    return text;
  }

  // `Tue 24 Nov 2026 22:00 +01:00`, in the zone of the page, or in UTC.
  function time(t) {
    const by = offset(t);
    const date = new Date(t + (by || 0));
    const day = `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
    const seconds = Math.abs(by) / 1000;
    const shift = by === null ? "UTC" : (by < 0 ? "-" : "+") + two(Math.floor(seconds / 3600)) + ":" + two(Math.floor(seconds / 60) % 60);
    return `${day} ${clock(date)} ${shift}`;
  }

  // A duration in its two largest units.
  function duration(ms) {
    const units = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [1000, "s"], [1, "ms"]];
    const first = Math.max(0, units.findIndex(([size]) => size <= ms));
    const parts = [];
    for (const [size, unit] of units.slice(first, first + 2)) {
      if (ms >= size || !parts.length) parts.push(`${Math.floor(ms / size)} ${unit}`);
      ms %= size;
    }
    return parts.join(" ");
  }

  function untilText(bar) {
    if (bar.flags & NEVER_ENDS) return "without an end";
    return `until ${time(bar.end)}${bar.flags & MAY_GO_ON ? " at least" : ""}`;
  }

  function sinceText(bar) {
    return `${bar.flags & BEGAN_EARLIER ? "from before" : "from"} ${time(bar.start)}`;
  }

  // Rows and their bars. A list of bars is flat: start, end, flags, effect.

  const windows = data.windows.map((window) => {
    const text = [window.id, window.name, window.schedule, window.scope, ...window.tags.flat()];
    return { window, id: window.id, detail: window.name || window.schedule, text, words: null, flat: null };
  });
  const entities = data.entities.map(([id, set, about]) =>
    ({ set: data.sets[set], id, detail: about, text: [id, about], words: null, flat: null }));

  function bars(row) {
    if (!row.flat) row.flat = row.window ? ofWindow(row.window) : ofSet(row.set);
    return row.flat;
  }

  function ofWindow(window) {
    if (!window.flat) {
      const flat = window.flat = [];
      for (let i = 0; i < window.bars.length; i += 3) {
        flat.push(window.bars[i], window.bars[i + 1], window.bars[i + 2], window.effect);
      }
    }
    return window.flat;
  }

  // The union of the windows that cover an entity: the stronger effect at each time.
  // Entities that the same windows cover share it.
  function ofSet(set) {
    if (set.flat) return set.flat;
    const keys = [], flagged = [], merged = [];
    for (const entry of set.covered) {
      const flat = ofWindow(data.windows[entry[0]]);
      for (let i = 0; i < flat.length; i += 4) {
        // All that happens at one time counts together, and so touching bars join.
        keys.push(flat[i] * 4 + 2 + flat[i + 3], flat[i + 1] * 4 + flat[i + 3]);
        if (flat[i + 2] & MERGED) merged.push(i, flat);
        if (flat[i + 2] & ~MERGED) flagged.push(flat[i], flat[i + 1], flat[i + 2]);
      }
    }
    const sorted = Float64Array.from(keys).sort(), active = [0, 0], flat = [];
    let effect = -1, start = 0;
    for (let i = 0; i < sorted.length; i++) {
      const at = Math.floor(sorted[i] / 4), kind = sorted[i] - at * 4;
      active[kind & 1] += kind & 2 ? 1 : -1;
      if (i + 1 < sorted.length && Math.floor(sorted[i + 1] / 4) === at) continue;
      const next = active[1] ? 1 : active[0] ? 0 : -1;
      if (next === effect) continue;
      if (effect >= 0) flat.push(start, at, 0, effect);
      effect = next;
      start = at;
    }
    for (let i = 0; i < flagged.length; i += 3) {
      for (let j = 0; j < flat.length; j += 4) {
        if (flat[j] === flagged[i]) flat[j + 2] |= flagged[i + 2] & BEGAN_EARLIER;
        if (flat[j + 1] === flagged[i + 1]) flat[j + 2] |= flagged[i + 2] & (MAY_GO_ON | NEVER_ENDS);
      }
    }
    for (let i = 0; i < merged.length; i += 2) {
      const from = merged[i + 1][merged[i]], to = merged[i + 1][merged[i] + 1];
      let j = 4 * Math.max(0, last(flat.length / 4, (k) => flat[4 * k], from));
      // A bar that is longer than the merged one is of another window.
      for (; j < flat.length && flat[j] < to; j += 4) {
        if (flat[j] >= from && flat[j + 1] <= to) flat[j + 2] |= MERGED;
      }
    }
    return set.flat = flat;
  }

  // Whether a row has a bar; without the union, which takes time.
  function hasBars(row) {
    if (row.window) return row.window.bars.length > 0;
    return row.set.covered.some(([index]) => data.windows[index].bars.length > 0);
  }

  function bar(row, index) {
    const flat = bars(row), i = 4 * index;
    if (i < 0 || i >= flat.length) return null;
    return { index, start: data.from + flat[i], end: data.from + flat[i + 1], flags: flat[i + 2], effect: flat[i + 3] };
  }

  // The bar of a row that contains an instant, or else the one that begins last before it.
  function barAt(row, t) {
    const flat = bars(row);
    return bar(row, last(flat.length / 4, (i) => flat[4 * i], t - data.from));
  }

  const within = (found, t) => found !== null && t >= found.start && t < found.end;

  // The end of the silence that a bar belongs to, over changes of its effect.
  function silenceEnd(row, from) {
    let found = from;
    for (let next = bar(row, found.index + 1); next && next.start === found.end; next = bar(row, next.index + 1)) {
      found = next;
    }
    return found;
  }

  function activeIn(row, t) {
    return row.set.covered.filter((entry) => within(barAt(windows[entry[0]], t), t)).map((entry) => data.windows[entry[0]]);
  }

  // State.

  let rows = windows, shown = windows, scale = 0, chosen = 0, picked = null, opener = null, explained = null;
  let labelWidth = 270, viewWidth = 1, viewHeight = 1;

  const place = (t) => Math.round((t - data.from) * scale);
  const instant = (x) => data.from + x / scale;
  const minScale = () => viewWidth / length;
  const maxScale = () => Math.max(minScale(), Math.min(15e6 / length, 1e-3));

  function setScale(wanted, anchor, at) {
    const next = Math.min(Math.max(wanted, minScale()), maxScale());
    const x = at === undefined ? viewWidth / 2 : at;
    const t = anchor === undefined ? instant(scroll.scrollLeft + x) : anchor;
    scale = next;
    size();
    scroll.scrollLeft = (t - data.from) * scale - x;
    draw();
  }

  function size() {
    content.style.width = `${labelWidth + Math.max(viewWidth, Math.round(length * scale))}px`;
    content.style.height = `${Math.max(shown.length * ROW, 1)}px`;
  }

  function measure() {
    const fitted = scale <= minScale() * 1.0001;
    labelWidth = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--label")) || 270;
    viewWidth = Math.max(1, scroll.clientWidth - labelWidth);
    viewHeight = Math.max(1, scroll.clientHeight);
    for (const id of ["under", "over"]) {
      $(id).setAttribute("width", viewWidth);
      $(id).setAttribute("height", viewHeight + 46);
    }
    $("axis").style.width = `${viewWidth}px`;
    scale = fitted ? minScale() : Math.min(Math.max(scale, minScale()), maxScale());
    size();
    draw();
  }

  // Drawing: only what is in view.

  function paths(row, from, to, x, least) {
    const flat = bars(row), drawn = { notifications: "", monitoring: "", merged: "" };
    const first = Math.max(0, last(flat.length / 4, (i) => flat[4 * i], from - data.from));
    const box = (start, end, name) => {
      drawn[name] += `M${start} ${BAR_TOP}h${end - start}v${BAR_HEIGHT}h${start - end}z`;
    };
    let start = 0, end = -1, name = "";
    for (let i = 4 * first; i < flat.length && flat[i] < to - data.from; i += 4) {
      const left = Math.max(x(data.from + flat[i]), x(from) - 4);
      const right = Math.min(Math.max(x(data.from + flat[i + 1]), left + least), x(to) + 4);
      if (right <= left) continue;
      const kind = flat[i + 2] & MERGED ? "merged" : EFFECTS[flat[i + 3]];
      // Bars that would overlap on the screen are drawn as one.
      if (kind === name && left < end) {
        end = Math.max(end, right);
        continue;
      }
      if (name) box(start, end, name);
      [start, end, name] = [left, right, kind];
    }
    if (name) box(start, end, name);
    return drawn;
  }

  const pool = new Map();

  function makeRow(row, index) {
    const made = element("div", `row${index % 2 ? " odd" : ""}`);
    made.setAttribute("role", "row");
    made.setAttribute("aria-rowindex", index + 1);
    made.style.top = `${index * ROW}px`;
    made.dataset.index = index;
    const name = element("div", "name");
    name.setAttribute("role", "rowheader");
    name.append(element("b", "", row.id), element("i", "", row.detail));
    const cell = element("div", "bars");
    cell.setAttribute("role", "gridcell");
    cell.id = `cell-${index}`;
    cell.append(shape("svg", { "aria-hidden": "true", height: ROW }));
    made.append(name, cell);
    return made;
  }

  function drawRow(made, row, index) {
    const cell = made.lastChild, svg = cell.firstChild, left = scroll.scrollLeft;
    const view = `${left} ${scale} ${viewWidth} ${index === chosen ? picked : ""}`;
    if (made.view === view && made.classList.contains("chosen") === (index === chosen)) return;
    made.view = view;
    const from = data.from + left / scale, to = Math.min(data.to, data.from + (left + viewWidth) / scale);
    const drawn = paths(row, from, to, (t) => place(t) - left, MIN_WIDTH);
    svg.setAttribute("width", viewWidth);
    svg.replaceChildren();
    for (const name in drawn) if (drawn[name]) svg.append(shape("path", { class: name, d: drawn[name] }));
    const zone = row.window && row.window.zone !== null && row.window.zone !== data.zone ? data.zones[row.window.zone] : null;
    if (zone && zone.changes.length) {
      const d = zone.changes.map(([t]) => `M${place(t) - left} 2v5`).join("");
      svg.append(shape("path", { class: "zone-change", d }));
    }
    const isChosen = index === chosen;
    made.classList.toggle("chosen", isChosen);
    cell.setAttribute("aria-label", rowLabel(row, isChosen ? picked : null));
    const found = isChosen && picked !== null ? bar(row, picked) : null;
    if (found) {
      const x = place(found.start) - left, right = Math.max(place(found.end) - left, x + MIN_WIDTH);
      svg.append(shape("rect", { class: "picked", x: x - 1, y: BAR_TOP - 2, width: right - x + 2, height: BAR_HEIGHT + 4 }));
    }
  }

  function rowLabel(row, index) {
    const count = bars(row).length / 4, about = `${row.id}, ${row.detail}`;
    if (!count) return `${about}: no silence in these days`;
    const found = index === null ? null : bar(row, index);
    if (!found) return `${about}: ${count} ${count === 1 ? "silence" : "silences"} in these days`;
    return `${about}: silence ${index + 1} of ${count}, ${sinceText(found)} ${untilText(found)}`;
  }

  let frame = 0;
  function draw() {
    if (frame) return;
    frame = requestAnimationFrame(drawNow);
    scroll.setAttribute("aria-busy", true);
  }

  function drawNow() {
    frame = 0;
    const begun = performance.now();
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - 2);
    const end = Math.min(shown.length, Math.ceil((scroll.scrollTop + viewHeight) / ROW) + 2);
    for (const [index, made] of pool) {
      if (index < first || index >= end || made.row !== shown[index]) {
        made.remove();
        pool.delete(index);
      }
    }
    for (let index = first; index < end; index++) {
      let made = pool.get(index);
      if (!made) {
        made = makeRow(shown[index], index);
        made.row = shown[index];
        pool.set(index, made);
        content.append(made);
      }
      drawRow(made, shown[index], index);
      // The rest follows in the next frame, so that no task is long.
      if (index + 1 < end && performance.now() - begun > 40) {
        draw();
        break;
      }
    }
    scroll.setAttribute("aria-busy", frame > 0);
    drawAxis();
    if (pool.has(chosen)) scroll.setAttribute("aria-activedescendant", `cell-${chosen}`);
    else scroll.removeAttribute("aria-activedescendant");
  }

  // The days in view whose labels have room: each day, Mondays, or first days of months.
  function labelledDays() {
    const width = DAY * scale;
    if (width >= 46) return data.days;
    if (width * 7 >= 70) return data.days.filter(([, weekday]) => weekday === "Mon");
    return data.days.filter(([, , day]) => day === "1");
  }

  function dayLabel([, weekday, day, month], width) {
    return width >= 110 ? `${weekday} ${day} ${month}` : width >= 46 ? `${weekday} ${day}` : `${day} ${month.slice(0, 3)}`;
  }

  // Instants at which the clock shows a multiple of `hours`, within the view.
  function hourTicks(from, to, hours) {
    const ticks = [];
    const first = Math.floor(from / (HOUR / 2)) * (HOUR / 2);
    for (let t = first; t < to; t += HOUR / 2) {
      const date = new Date(t + (offset(t) || 0));
      if (!date.getUTCMinutes() && date.getUTCHours() % hours === 0 && date.getUTCHours()) ticks.push([t, clock(date)]);
    }
    return ticks;
  }

  function drawAxis() {
    const left = scroll.scrollLeft, axis = $("axis"), height = viewHeight + 46;
    const from = instant(left), to = Math.min(data.to, instant(left + viewWidth));
    const x = (t) => place(t) - left;
    const line = (t, top) => `M${x(t) + 0.5} ${top}V${height}`;
    axis.replaceChildren();
    const label = (className, at, text) => {
      const made = element("span", className, text);
      made.style.left = `${at}px`;
      axis.append(made);
    };
    const days = labelledDays(), width = DAY * scale;
    let grid = "", sticky = null;
    for (const day of days) {
      if (day[0] < from) {
        sticky = day;
        continue;
      }
      if (day[0] >= to) break;
      grid += line(day[0], 4);
      label("major", x(day[0]), dayLabel(day, width));
    }
    // The day in which the view begins, unless the next label is too near.
    const next = days.find((day) => day[0] >= from);
    if (sticky && width >= 46 && (!next || x(next[0]) > 120)) label("major", 0, dayLabel(sticky, width));
    const hours = [1, 3, 6, 12].find((n) => HOUR * n * scale >= 52);
    if (hours) {
      for (const [t, text] of hourTicks(from, to, hours)) {
        grid += line(t, 28);
        label("minor", x(t), text);
      }
    }
    $("under").querySelector(".grid").setAttribute("d", grid);
    let weekend = "";
    for (let i = 0; i < data.days.length; i++) {
      const start = data.days[i][0], end = i + 1 < data.days.length ? data.days[i + 1][0] : data.to;
      if (end <= from || start >= to || !data.days[i][1].startsWith("S")) continue;
      const [a, b] = [Math.max(0, x(start)), Math.min(viewWidth, x(end))];
      weekend += `M${a} 46h${b - a}V${height}H${a}z`;
    }
    $("under").querySelector(".weekend").setAttribute("d", weekend);
    const inView = (t) => t >= from && t < to;
    const changes = data.zones[data.zone].changes.filter(([t]) => inView(t));
    const now = inView(data.at) ? line(data.at, 24) : "";
    $("over").querySelector(".change").setAttribute("d", changes.map(([t]) => line(t, 24)).join(""));
    $("over").querySelector(".now").setAttribute("d", now);
    for (const [t, text, sign] of changes) {
      label("flag change", x(t) + 2, sign);
      axis.lastChild.title = text;
    }
    if (now) label("flag now", x(data.at) + 2, "now");
  }

  // Filter.

  function filter() {
    const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean), only = $("only").checked;
    shown = rows.filter((row) => {
      if (words.length) {
        if (row.words === null) row.words = row.text.filter(Boolean).join("\n").toLowerCase();
        if (!words.every((word) => row.words.includes(word))) return false;
      }
      return !only || hasBars(row);
    });
    chosen = 0;
    picked = null;
    const kind = rows === windows ? ["window", "windows"] : ["entity", "entities"];
    const total = `${rows.length.toLocaleString("en")} ${kind[rows.length === 1 ? 0 : 1]}`;
    $("count").textContent = shown.length === rows.length ? total : `${shown.length.toLocaleString("en")} of ${total}`;
    $("empty").textContent = rows.length ? "No row has all of these words." : "The document has none.";
    $("empty").hidden = shown.length > 0;
    scroll.setAttribute("aria-rowcount", shown.length);
    scroll.scrollTop = 0;
    size();
    draw();
  }

  // The tooltip: which window, and until when.

  function describe(row, t, found) {
    if (!within(found, t)) {
      const next = bar(row, found ? found.index + 1 : 0);
      return [row.id, "not silenced here", next ? `next ${time(next.start)}` : "no silence later on this page"];
    }
    const lines = [row.id];
    if (row.window && row.window.name) lines.push(row.window.name);
    if (row.set) {
      const by = activeIn(row, t);
      lines.push(`by ${by.slice(0, 8).map((window) => window.id).join(", ")}${by.length > 8 ? ` and ${by.length - 8} more` : ""}`);
    }
    if (found.flags & MERGED) {
      lines.push(`in part, ${sinceText(found)}`, untilText(found), "several silences, too short to show each");
      return lines;
    }
    const end = row.set ? silenceEnd(row, found) : found;
    lines.push(found.effect ? "monitoring suspended" : "notifications muted", sinceText(found), untilText(end));
    if (end.end !== found.end) lines.push(`this effect ${untilText(found)}`);
    if (!(found.flags & (NEVER_ENDS | MAY_GO_ON | BEGAN_EARLIER))) lines.push(`for ${duration(found.end - found.start)}`);
    return lines;
  }

  function showTip(lines, x, y) {
    tip.replaceChildren(...lines.map((line) => element("div", "", line)));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 4))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 10) : y + 18}px`;
  }

  // The row and the instant below the pointer; short bars are easier to hit by two pixels.
  function below(event) {
    const made = event.target.closest ? event.target.closest(".row") : null;
    if (!made) return null;
    const index = Number(made.dataset.index), row = shown[index];
    const x = event.clientX - scroll.getBoundingClientRect().left - labelWidth;
    if (x < 0) return { index, row, t: null, found: null };
    let t = instant(x + scroll.scrollLeft + 0.5), found = barAt(row, t);
    for (const by of [-1, 1, -2, 2]) {
      if (within(found, t)) break;
      const near = barAt(row, instant(x + scroll.scrollLeft + 0.5 + by));
      const left = near ? place(near.start) - scroll.scrollLeft : 0;
      if (near && x + 0.5 >= left - 2 && x + 0.5 <= Math.max(place(near.end) - scroll.scrollLeft, left + MIN_WIDTH) + 2) {
        t = Math.min(Math.max(t, near.start), near.end - 1);
        found = near;
      }
    }
    return { index, row, t, found };
  }

  // The explanation.

  function facts(lines) {
    const list = element("dl");
    for (const [key, value] of lines) list.append(element("dt", "", key), element("dd", "", value));
    return list;
  }

  function open(title, parts) {
    if (panel.hidden) opener = document.activeElement;
    $("panel-title").textContent = title;
    $("panel-text").replaceChildren(...parts);
    panel.hidden = false;
    panel.scrollTop = 0;
    tip.hidden = true;
    panel.focus();
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    (opener && opener.isConnected ? opener : scroll).focus();
  }

  const title = (window) => window.name ? `${window.id} "${window.name}"` : window.id;

  function explainWindow(row, t, found) {
    const window = row.window, parts = [];
    if (within(found, t)) {
      const lines = [["from", sinceText(found).replace(/^from /, "")], ["until", untilText(found).replace(/^until /, "")]];
      if (!(found.flags & (NEVER_ENDS | MAY_GO_ON | BEGAN_EARLIER | MERGED))) lines.push(["for", duration(found.end - found.start)]);
      parts.push(element("h3", "", found.flags & MERGED ? "several silences" : "this silence"), facts(lines));
    }
    parts.push(element("h3", "", "window"), facts([["schedule", window.schedule], ["effect", EFFECTS[window.effect]], ["scope", window.scope], ...window.tags.map(([key, value]) => [`tag ${key}`, value])]));
    parts.push(element("h3", "", `at ${time(data.at)}`), facts(window.facts));
    const covered = entities.filter((entity) => entity.set.covered.some((entry) => entry[0] === window.index));
    parts.push(element("h3", "", `silences ${covered.length.toLocaleString("en")} known ${covered.length === 1 ? "entity" : "entities"}`));
    const names = covered.slice(0, 200).map((entity) => entity.id).join(", ");
    parts.push(element("p", "", covered.length > 200 ? `${names} and ${covered.length - 200} more` : names));
    open(title(window), parts);
  }

  function explainEntity(row, t) {
    const parts = [], found = barAt(row, t), set = row.set;
    const is = within(found, t) && !(found.flags & MERGED);
    const end = is ? silenceEnd(row, found) : null;
    let first = `is not silenced at ${time(t)}`;
    if (is) first = `is silenced (${EFFECTS[found.effect]}) at ${time(t)} ${untilText(end)}`;
    else if (within(found, t)) first = `is silenced in part around ${time(t)}`;
    parts.push(element("p", "", `${row.id} ${first}`));
    const sections = new Map();
    const add = (heading, index, lines) => {
      if (!sections.has(heading)) sections.set(heading, []);
      const window = data.windows[index];
      sections.get(heading).push(element("h4", "", title(window)),
        facts([["schedule", `${window.schedule}; ${EFFECTS[window.effect]}`], ...lines]));
    };
    for (const [index, via] of set.covered) {
      const of = windows[index], at = barAt(of, t), lines = [];
      if (within(at, t)) {
        if (via) lines.push(["through", via]);
        lines.push([at.flags & MERGED ? "in part" : "occurs", `${sinceText(at)} ${untilText(at)}`]);
        add("silenced by", index, lines);
        continue;
      }
      const next = bar(of, at ? at.index + 1 : 0);
      lines.push(["state", t === data.at ? data.windows[index].state : "not active"]);
      if (at) lines.push(["ended", time(at.end)]);
      if (next) lines.push(["begins", time(next.start)]);
      else lines.push(["begins", "not on this page"]);
      add("covered, but not now, by", index, lines);
    }
    for (const [index, types] of set.types) add("covered for other alert types by", index, [["types", types]]);
    for (const [index, fails] of set.near) add("not covered, because of one test, by", index, [["scope", data.windows[index].scope], ["fails", fails]]);
    for (const index of set.named) add("not covered by, though named in", index, [["scope", data.windows[index].scope]]);
    for (const heading of HEADINGS) if (sections.has(heading)) parts.push(element("h3", "", heading), ...sections.get(heading));
    if (set.omitted) parts.push(element("p", "", `and ${set.omitted} more that do not cover it`));
    open(row.id, parts);
  }

  const HEADINGS = ["silenced by", "covered, but not now, by", "covered for other alert types by", "not covered, because of one test, by", "not covered by, though named in"];

  function explain(index, t, found) {
    const row = shown[index];
    if (!row) return;
    explained = index;
    if (row.window) explainWindow(row, t === null ? data.at : t, t === null ? null : found);
    else explainEntity(row, t === null ? data.at : t);
  }

  // Keyboard.

  function choose(index, barIndex) {
    chosen = Math.min(Math.max(index, 0), Math.max(0, shown.length - 1));
    picked = barIndex;
    const row = shown[chosen];
    if (!row) return;
    const top = chosen * ROW;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top + ROW > scroll.scrollTop + viewHeight) scroll.scrollTop = top + ROW - viewHeight;
    const found = picked === null ? null : bar(row, picked);
    tip.hidden = true;
    if (found) {
      const x = place(found.start) - scroll.scrollLeft, right = place(found.end) - scroll.scrollLeft;
      if (x < 0 || Math.min(right, x + viewWidth) > viewWidth) scroll.scrollLeft = place(Math.max(found.start, data.from)) - 40;
      const box = scroll.getBoundingClientRect();
      const t = Math.max(found.start, data.from);
      showTip(describe(row, t, found), box.left + labelWidth + Math.max(0, place(t) - scroll.scrollLeft), box.top + top - scroll.scrollTop + BAR_TOP);
    }
    $("say").textContent = rowLabel(row, picked);
    draw();
  }

  function step(by) {
    const row = shown[chosen];
    if (!row) return;
    const count = bars(row).length / 4;
    if (!count) return choose(chosen, null);
    if (picked !== null) return choose(chosen, Math.min(Math.max(picked + by, 0), count - 1));
    // The first step chooses the silence that is next to now.
    const near = barAt(row, data.at);
    const index = near ? near.index : -1;
    choose(chosen, Math.min(Math.max(within(near, data.at) || by < 0 ? index : index + 1, 0), count - 1));
  }

  function goToNow() {
    scroll.scrollLeft = place(data.at) - viewWidth / 2;
    draw();
  }

  function onGridKey(event) {
    const page = Math.max(1, Math.floor(viewHeight / ROW) - 1);
    switch (event.key) {
      case "ArrowDown": choose(chosen + 1, null); break;
      case "ArrowUp": choose(chosen - 1, null); break;
      case "PageDown": choose(chosen + page, null); break;
      case "PageUp": choose(chosen - page, null); break;
      case "Home": choose(0, null); break;
      case "End": choose(shown.length - 1, null); break;
      case "ArrowRight": step(1); break;
      case "ArrowLeft": step(-1); break;
      case "Enter": case " ": {
        const found = picked === null || !shown[chosen] ? null : bar(shown[chosen], picked);
        explain(chosen, found ? Math.max(found.start, data.from) : null, found);
        break;
      }
      default: return;
    }
    event.preventDefault();
  }

  function onKey(event) {
    if (event.key === "Escape") {
      if (!panel.hidden) close();
      tip.hidden = true;
      return;
    }
    const isTyping = event.target.matches("input[type=search]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      "+": () => setScale(scale * 1.6), "=": () => setScale(scale * 1.6), "-": () => setScale(scale / 1.6),
      "0": () => setScale(0), "n": goToNow, "/": () => $("filter").focus(),
    };
    if (actions[event.key]) {
      actions[event.key]();
      event.preventDefault();
    }
  }

  // Print: all rows that the filter shows, over all days, as a table.

  function preparePrint() {
    const table = $("print"), wide = 10000;
    if (!table.hidden) return;
    const x = (t) => Math.round(Math.min(Math.max((t - data.from) / length, 0), 1) * wide);
    const lines = (className, list) => shape("path", {
      class: className, "vector-effect": "non-scaling-stroke", d: list.map((t) => `M${x(t)} 0V${ROW}`).join(""),
    });
    const every = Math.ceil(data.days.length / 16);
    const marks = (svg) => svg.append(
      lines("grid", data.days.map(([t]) => t)), lines("change", data.zones[data.zone].changes.map(([t]) => t)),
      lines("now", data.at >= data.from && data.at < data.to ? [data.at] : []));
    const canvas = () => shape("svg", { viewBox: `0 0 ${wide} ${ROW}`, preserveAspectRatio: "none" });
    const head = element("thead"), headRow = element("tr"), axis = element("td"), body = element("tbody");
    data.days.forEach(([t, weekday, day, month], i) => {
      if (i % every) return;
      const made = element("span", "", i === 0 || day === "1" || every > 1 ? `${day} ${month.slice(0, 3)}` : `${weekday} ${day}`);
      made.style.left = `${x(t) / wide * 100}%`;
      axis.append(made);
    });
    headRow.append(element("th", "", rows === windows ? "window" : "entity"), axis);
    head.append(headRow);
    for (const row of shown) {
      const tr = element("tr"), th = element("th", "", row.id), td = element("td"), svg = canvas();
      th.append(element("small", "", row.detail));
      marks(svg);
      const drawn = paths(row, data.from, data.to, x, 15);
      for (const name in drawn) if (drawn[name]) svg.append(shape("path", { class: name, d: drawn[name], "vector-effect": "non-scaling-stroke" }));
      td.append(svg);
      tr.append(th, td);
      body.append(tr);
    }
    table.replaceChildren(head, body);
    table.hidden = false;
  }

  function endPrint() {
    $("print").hidden = true;
    $("print").replaceChildren();
  }

  // Start.

  data.windows.forEach((window, index) => { window.index = index; });
  $("title").textContent = data.title;
  $("span").textContent = data.span;
  for (const note of data.notes) $("notes").append(element("li", "", note));
  for (const [, text] of data.zones[data.zone].changes) $("notes").append(element("li", "", text));

  scroll.addEventListener("scroll", () => { tip.hidden = true; draw(); }, { passive: true });
  scroll.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const x = event.clientX - scroll.getBoundingClientRect().left - labelWidth;
    setScale(scale * (event.deltaY < 0 ? 1.25 : 0.8), undefined, Math.min(Math.max(x, 0), viewWidth));
  }, { passive: false });
  scroll.addEventListener("mousemove", (event) => {
    const at = below(event);
    if (!at) tip.hidden = true;
    else if (at.t === null) showTip([at.row.id, at.row.detail], event.clientX, event.clientY);
    else showTip(describe(at.row, at.t, at.found), event.clientX, event.clientY);
  });
  scroll.addEventListener("mouseleave", () => { tip.hidden = true; });
  scroll.addEventListener("click", (event) => {
    const at = below(event);
    if (!at) return;
    const isHit = at.t !== null && within(at.found, at.t);
    choose(at.index, isHit ? at.found.index : null);
    explain(at.index, at.t, at.found);
  });
  scroll.addEventListener("keydown", onGridKey);
  scroll.addEventListener("focus", () => {
    if (shown[chosen]) $("say").textContent = rowLabel(shown[chosen], picked);
  });
  document.addEventListener("keydown", onKey);
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("filter").addEventListener("input", filter);
  $("filter").addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { scroll.focus(); event.preventDefault(); }
  });
  $("only").addEventListener("change", filter);
  for (const choice of document.getElementsByName("rows")) {
    choice.addEventListener("change", () => { rows = choice.value === "windows" ? windows : entities; filter(); });
  }
  $("in").addEventListener("click", () => setScale(scale * 1.6));
  $("out").addEventListener("click", () => setScale(scale / 1.6));
  $("all").addEventListener("click", () => setScale(0));
  $("now").addEventListener("click", goToNow);
  $("close").addEventListener("click", close);
  addEventListener("beforeprint", preparePrint);
  addEventListener("afterprint", endPrint);
  new ResizeObserver(measure).observe(scroll);
  measure();
  filter();
})();
