// Keyboard, print, and the beginning.

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
