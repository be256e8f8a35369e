// Tests of the JSON Schema: it accepts every document that the program reads, and refuses
// those whose structure the program refuses.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import Ajv from "ajv/dist/2020.js";

const ROOT = process.env.QUIETUDE_ROOT;
const read = (path) => readFileSync(join(ROOT, path), "utf8");
const fleet = JSON.parse(read("tests/data/fleet.json"));
let accepts = null;

before(() => {
  const ajv = new Ajv({ allowUnionTypes: true, strictRequired: false });
  accepts = ajv.compile(JSON.parse(read("crates/quietude-cli/quietude.schema.json")));
});

/// What the program says about a text: null if it reads it, or its message.
function refusal(text) {
  return new Promise((done) => {
    const args = ["check", "--file", "-", "--entity", "db-7", "--at", "2026-11-26T21:15:00Z"];
    const child = execFile(process.env.QUIETUDE, args, { maxBuffer: 1 << 24 }, (error, _, stderr) => {
      // 1 means that the entity is not silenced.
      done(error && error.code !== 1 ? stderr : null);
    });
    child.stdin.on("error", () => {});
    child.stdin.end(text);
  });
}

/// The answers about many documents, four at a time.
async function refusals(documents) {
  const answers = [];
  let next = 0;
  const work = async () => {
    while (next < documents.length) {
      const index = next++;
      answers[index] = await refusal(JSON.stringify(documents[index]));
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return answers;
}

const why = () => JSON.stringify(accepts.errors?.slice(0, 3));

test("schema_is_what_the_command_prints", async () => {
  const printed = await new Promise((done) => execFile(process.env.QUIETUDE, ["schema"], (_, out) => done(out)));
  assert.equal(printed, read("crates/quietude-cli/quietude.schema.json"));
});

test("schema_accepts_every_document_that_is_read", async () => {
  const texts = [read("tests/data/fleet.json")];
  // The documents of the page on the format.
  for (const [, text] of read("src/docs/document.md").matchAll(/from_json\(r#"([\s\S]*?)"#\)/g)) texts.push(text);
  assert.ok(texts.length >= 6, String(texts.length));
  // The schedules of the tests of calendars.
  const schedules = read("tests/data/calendars.jsonl").trim().split("\n").map((line) => JSON.parse(line).schedule).filter(Boolean);
  const windows = schedules.map((schedule, i) => ({ id: `w-${i}`, schedule, scope: "everything" }));
  assert.ok(windows.length > 80, String(windows.length));
  for (const window of windows) texts.push(JSON.stringify({ version: 1, windows: [window] }));
  // The corpus of the fuzzer, as far as the program reads it.
  const corpus = "fuzz/corpus/document";
  for (const name of readdirSync(join(ROOT, corpus))) {
    const text = read(join(corpus, name));
    if (await refusal(text) === null) texts.push(text);
  }
  for (const text of texts) {
    let document = null;
    try {
      document = JSON.parse(text);
    } catch {
      continue; // It is YAML.
    }
    assert.ok(accepts(document), `${text.slice(0, 300)}: ${why()}`);
  }
});

/// Every place in a value: the list of keys to it.
function* places(value, path = []) {
  yield path;
  if (value === null || typeof value !== "object") return;
  for (const key of Object.keys(value)) yield* places(value[key], [...path, key]);
}

function changed(document, path, change) {
  const copy = structuredClone(document);
  let parent = copy;
  for (const key of path.slice(0, -1)) parent = parent[key];
  change(parent, path.at(-1));
  return copy;
}

/// Documents that differ from that of the tests in one place. Places that are alike, such
/// as the same field of two windows with the same kind of schedule, are taken once.
function mutations() {
  const seen = new Set(), found = [];
  const { calendars, schedules, topology } = fleet;
  const small = { ...topology, entities: topology.entities.slice(0, 12), groups: topology.groups.slice(0, 3) };
  const documents = fleet.windows.map((window) => ({ version: 1, calendars, schedules, windows: [window], topology: small }));
  const values = { null: null, integer: 5, fraction: 1.5, text: "x", truth: true, list: [], object: {} };
  for (const document of documents) {
    const kind = document.windows[0].schedule.kind;
    for (const path of places(document)) {
      if (!path.length) continue;
      // Names in the tables of names do not matter.
      const like = path.map((key) => /^\d+$/.test(key) ? "#" : key).join(".");
      const add = (what, change) => {
        const key = `${path[0] === "windows" ? kind : ""} ${like} ${what}`;
        if (seen.has(key)) return;
        seen.add(key);
        found.push({ what: `${path.join(".")} ${what}`, document: changed(document, path, change) });
      };
      add("removed", (parent, key) => Array.isArray(parent) ? parent.splice(key, 1) : delete parent[key]);
      for (const name in values) add(name, (parent, key) => { parent[key] = values[name]; });
      const value = path.reduce((inner, key) => inner[key], document);
      if (value !== null && typeof value === "object" && !Array.isArray(value)) {
        add("with another field", (parent, key) => { parent[key] = { ...value, another: 1 }; });
      }
    }
  }
  return found;
}

/// What no schema can see: names that are defined elsewhere, values against each other, and
/// the grammars of rules and cron expressions.
const BEYOND = [
  /is not defined; `(calendars|schedules)` has/,
  /is not a time zone of the tz database/,
  /timezone: is missing; `(start|from)` is a local time/,
  /span.to: `from` is of each month, and this is of each year/,
  /schedule.rrule(.DTSTART: has no zone|: "x" is not a content line)/,
  /duration_ms: is missing; give it, or `duration`, or DTEND in the text/,
  /"x" is not a duration such as/,
  /schedule.cron: "x" has 1 fields/,
];

test("schema_refuses_what_the_program_refuses_for_its_structure", { timeout: 300000 }, async (context) => {
  const all = mutations();
  const answers = await refusals(all.map((one) => one.document));
  const wrong = [];
  let refused = 0, beyond = 0;
  all.forEach(({ what, document }, index) => {
    const is = accepts(document), reader = answers[index];
    // No false alarm: what the program reads, the schema accepts.
    if (reader === null && !is) wrong.push(`${what}: read, but the schema refuses it: ${why()}`);
    if (reader !== null && !is) refused += 1;
    if (reader !== null && is) {
      beyond += 1;
      if (!BEYOND.some((known) => known.test(reader))) wrong.push(`${what}: the schema accepts it: ${reader.split("\n")[0]}`);
    }
  });
  context.diagnostic(`${all.length} documents: ${refused} refused by both, ${beyond} by the program alone`);
  assert.deepEqual(wrong.slice(0, 40), []);
  assert.ok(all.length > 1000 && refused > all.length / 2 && beyond < all.length / 10, `${all.length} ${refused} ${beyond}`);
});
