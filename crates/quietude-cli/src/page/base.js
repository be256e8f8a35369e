// What all of the script uses: the data, elements, and times as text.
//
// The parts of the script are one function, in the order of `html.rs`. They build elements
// and set their text; they never read text of the document as markup. Times are
// milliseconds: those of bars are relative to the start of the page, all others count from
// 1970-01-01T00:00:00Z.

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
