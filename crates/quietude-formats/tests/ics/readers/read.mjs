// read.mjs FILE FROM TO: the occurrences of a calendar in a range of epoch seconds, as read
// by ical.js: lines of window id, start and end.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const [path, from, to] = process.argv.slice(2);
const [start, end] = [Number(from), Number(to)];
const root = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
for (const zone of root.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(new ICAL.Timezone(zone));
}
const epoch = (time) => time.toUnixTime();
const rows = new Set();
for (const component of root.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(component);
  const id = component.getFirstPropertyValue("x-quietude-window-id") ?? event.uid;
  const add = (details) => {
    const [a, b] = [epoch(details.startDate), epoch(details.endDate)];
    if (a < end && b > start) rows.add(`${id}\t${a}\t${b}`);
  };
  if (!event.isRecurring()) {
    add(event);
    continue;
  }
  const iterator = event.iterator();
  for (let next = iterator.next(); next; next = iterator.next()) {
    if (epoch(next) >= end) break;
    add(event.getOccurrenceDetails(next));
  }
}
for (const row of [...rows].sort()) console.log(row);
