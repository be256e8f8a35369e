// The rows, and their bars: those of a window, and the union of those that cover an entity.

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
