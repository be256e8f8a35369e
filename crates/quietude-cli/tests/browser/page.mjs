// What the tests of the page share: the program, the browser, and pixels.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const ROOT = process.env.QUIETUDE_ROOT;
const FOLDER = mkdtempSync(join(tmpdir(), "quietude-page-"));
let pages = 0;
export const FLEET = "tests/data/fleet.json";
/// Two weeks around the end of summer time in Europe and in New York.
export const AT = "2026-10-25T09:00:00Z";
export const ZONE = "Europe/Paris";
export const FROM = Date.parse("2026-10-24T00:00:00+02:00");
export const TO = Date.parse("2026-11-07T00:00:00+01:00");

/// Runs the program in the repository; returns its output.
export function quietude(args, input = "") {
  return execFileSync(process.env.QUIETUDE, args, {
    cwd: ROOT, input, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "inherit"],
  });
}

/// Writes a document to a file.
export function documentFile(name, document) {
  const file = join(FOLDER, name);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/// Writes the page of a document; returns its file.
export function pageOf(file, args = []) {
  pages += 1;
  const out = join(FOLDER, `page-${pages}.html`);
  quietude(["page", "--file", file, "--out", out, "--at", AT, "--timezone", ZONE, ...args]);
  return out;
}

let browser = null;
let scratch = null;

export async function start() {
  browser = await chromium.launch({
    executablePath: process.env.QUIETUDE_CHROMIUM,
    args: ["--no-sandbox", "--force-color-profile=srgb", "--hide-scrollbars"],
  });
  scratch = await browser.newPage();
}

export async function stop() {
  await browser.close();
  rmSync(FOLDER, { recursive: true });
}

/// Opens a file. `page.loaded` has the addresses that were asked for, `page.said` what
/// the console shows, errors included.
export async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.loaded = [];
  page.said = [];
  page.on("request", (request) => page.loaded.push(request.url()));
  page.on("console", (message) => page.said.push(message.text()));
  page.on("pageerror", (error) => page.said.push(String(error)));
  page.on("dialog", (dialog) => { page.said.push(dialog.message()); dialog.dismiss(); });
  if (options.init) await page.addInitScript(options.init);
  await page.goto(`file://${file}`);
  await page.waitForSelector(".row, #empty:not([hidden])");
  await settle(page);
  return page;
}

/// Records the tasks of a page.
export async function startTrace(page) {
  await browser.startTracing(page, { categories: ["toplevel", "blink.user_timing", "__metadata"] });
}

/// The tasks of the page's own thread: the processor time of each in milliseconds, which
/// does not depend on other programs, and the mark `test: ..` that came last before it.
export async function stopTrace() {
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const threads = new Set(traceEvents
    .filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain").map((event) => `${event.pid} ${event.tid}`));
  const marks = traceEvents.filter((event) => String(event.name).startsWith("test: ")).sort((a, b) => a.ts - b.ts);
  return traceEvents
    .filter((event) => event.ph === "X" && /RunTask$/.test(event.name) && threads.has(`${event.pid} ${event.tid}`))
    .map((event) => {
      const mark = marks.filter((mark) => mark.ts <= event.ts).at(-1);
      return [Math.round((event.tdur ?? event.dur) / 1000), mark ? mark.name.slice(6) : "load"];
    });
}

/// Waits until what was asked for is drawn.
export async function settle(page) {
  await page.evaluate(() => new Promise((done) => {
    const look = () => document.querySelector("#scroll[aria-busy=true]") ? requestAnimationFrame(look) : done();
    requestAnimationFrame(() => requestAnimationFrame(look));
  }));
}

/// The pixels of some lines of the window: for each line a list of [red, green, blue].
export async function pixels(page, lines) {
  const shot = (await page.screenshot()).toString("base64");
  return scratch.evaluate(async ([shot, lines]) => {
    const bytes = Uint8Array.from(atob(shot), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    return lines.map((y) => {
      const found = context.getImageData(0, y, picture.width, 1).data, line = [];
      for (let i = 0; i < found.length; i += 4) line.push([found[i], found[i + 1], found[i + 2]]);
      return line;
    });
  }, [shot, lines]);
}

/// Whether a pixel has the colour of a bar: all else is white or nearly grey.
export const isBar = ([red, green, blue]) => Math.max(red, green, blue) - Math.min(red, green, blue) > 60;

/// The place of the bars of each row in view.
export function rowsInView(page) {
  return page.evaluate(() => {
    const view = document.getElementById("scroll").getBoundingClientRect();
    return [...document.querySelectorAll(".row")].map((row) => {
      const box = row.querySelector(".bars svg").getBoundingClientRect();
      const id = row.querySelector(".name b").textContent;
      return { id, index: Number(row.dataset.index), left: box.left, top: box.top, width: box.width };
    }).filter((row) => row.top >= view.top && row.top + 32 <= view.bottom).sort((a, b) => a.index - b.index);
  });
}

/// What the program says about entities at instants: a list of booleans for each.
export function silenced(file, entities, instants) {
  const lines = entities.map((entity) => JSON.stringify({ entity, at_ms: instants }));
  return quietude(["eval", "--file", file], `${lines.join("\n")}\n`).trim().split("\n").map((line) => JSON.parse(line).silenced);
}

/// The contrast of two colours, as WCAG 2 defines it.
export function contrast(one, other) {
  const light = (colour) => {
    const parts = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const [a, b] = [light(one), light(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
