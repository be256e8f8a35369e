// What is in view: scale, rows, axis, and the filter.

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
