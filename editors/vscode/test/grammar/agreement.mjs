// Holds the TextMate grammar against the parser of the language server: in every Ko file there is, both must say the same
// of every character: comment, string, escape, number, function, call, label and so on. Run by
// `cargo xtask test --only grammar`, which installs the packages first.

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const textmate = require("vscode-textmate");
const oniguruma = require("vscode-oniguruma");

const extension = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const root = path.resolve(extension, "../..");

/** What the innermost of these scopes says of a character; what is not here is not compared. */
const CLASSES = {
  "comment.line.double-slash.ko": "comment",
  "comment.block.ko": "comment",
  "string.quoted.double.ko": "string",
  "string.quoted.raw.ko": "raw string",
  "constant.character.escape.ko": "escape",
  "invalid.illegal.escape.ko": "bad escape",
  "constant.numeric.integer.ko": "integer",
  "constant.numeric.float.ko": "float",
  "constant.language.boolean.ko": "boolean",
  "entity.name.function.ko": "function",
  "entity.name.function.call.ko": "call",
  "entity.name.namespace.ko": "alias",
  "keyword.control.import.ko": "import",
  "keyword.control.as.ko": "as",
  "keyword.control.return.ko": "return",
  "variable.parameter.ko": "parameter",
  "variable.other.label.ko": "label",
  "variable.other.order.ko": "label",
  "variable.other.property.ko": "field",
  "variable.other.ko": "name",
};

/** What the lexer decides, and so is compared even in files with syntax errors. */
const LEXICAL = new Set(["comment", "string", "raw string", "escape", "bad escape"]);

/** Ko files below a folder. */
function collect(folder, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!/^(\..*|node_modules|target|out|dist)$/.test(entry.name)) collect(file, found);
    } else if (entry.name.endsWith(".ko")) {
      found.push(file);
    }
  }
  return found;
}

function sources() {
  const found = collect(root);
  for (const name of ["conformance", "examples"]) {
    const folder = path.join(root, "../shared", name);
    if (existsSync(folder)) collect(folder, found);
    else process.stderr.write(`SKIPPED: put the ${name} of Ko at ${folder}\n`);
  }
  return found.sort();
}

/** What the parser makes of the files. */
function parse(files) {
  const cargo = process.env.CARGO ?? "cargo";
  const args = ["run", "--quiet", "--package", "ko-syntax", "--example", "spans"];
  const run = spawnSync(cargo, args, {
    cwd: root,
    input: files.join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (run.status !== 0) throw new Error(`cargo ${args.join(" ")} failed: ${run.error ?? run.status}`);
  const answers = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  if (answers.length !== files.length) throw new Error(`${answers.length} answers on ${files.length} files`);
  return answers;
}

async function load() {
  const wasm = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const file = path.join(extension, "syntaxes/ko.tmLanguage.json");
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(file, "utf8"), file),
  });
  return registry.loadGrammar("source.ko");
}

/** For every line, the class of every character, as the TextMate grammar sees it. */
function colour(grammar, lines) {
  let stack = textmate.INITIAL;
  return lines.map((line) => {
    const classes = new Array(line.length).fill("");
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const { startIndex, endIndex, scopes } of result.tokens) {
      const scope = scopes.findLast((scope) => scope in CLASSES);
      if (scope) classes.fill(CLASSES[scope], startIndex, endIndex);
    }
    return classes;
  });
}

/** The same, as the parser sees it. */
function expect(spans, lines) {
  const classes = lines.map((line) => new Array(line.length).fill(""));
  for (const [name, line, from, to] of spans) classes[line].fill(name, from, to);
  return classes;
}

const grammar = await load();
const files = sources();
const differences = [];
const compared = {};
for (const { file, errors, spans } of parse(files)) {
  const lines = readFileSync(file, "utf8").split("\n").map((line) => line.replace(/\r$/, ""));
  const [actual, expected] = [colour(grammar, lines), expect(spans, lines)];
  const matters = (name) => errors === 0 || LEXICAL.has(name);
  for (const [name] of spans) if (matters(name)) compared[name] = (compared[name] ?? 0) + 1;
  lines.forEach((line, number) => {
    for (let at = 0; at < line.length; at++) {
      const [want, have] = [expected[number][at], actual[number][at]];
      if (want === have || /\s/.test(line[at]) || !(matters(want) || matters(have))) continue;
      // A run of the same difference is one.
      let end = at + 1;
      while (end < line.length && expected[number][end] === want && actual[number][end] === have) end++;
      const place = `${path.relative(root, file)}:${number + 1}:${at + 1}`;
      differences.push(
        `${place}: \`${line.slice(at, end)}\` is ${want || "nothing"} for the parser, ${have || "nothing"} for the TextMate grammar`,
      );
      at = end - 1;
    }
  });
}

for (const name of new Set(Object.values(CLASSES))) {
  if (!(compared[name] > 0)) differences.push(`no file has a ${name}: the comparison is worth nothing`);
}
if (differences.length > 0) {
  console.error(differences.join("\n"));
  console.error(`\n${differences.length} differences in ${files.length} files`);
  process.exit(1);
}
const total = Object.values(compared).reduce((sum, count) => sum + count, 0);
console.log(`✓ the TextMate grammar and the parser agree on ${total} parts of ${files.length} files`);
