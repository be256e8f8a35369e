// The tooltip and the explanation.

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
