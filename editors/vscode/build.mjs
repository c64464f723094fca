// Bundles the extension (`dist/extension.js`), the page of the graph (`dist/graph.js`) and, with `--tests`,
// the unit tests (`out/unit/*.test.js`).
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';

const common = { bundle: true, sourcemap: true, logLevel: 'warning' };
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };

await build({ ...node, entryPoints: ['src/extension.ts'], outdir: 'dist', external: ['vscode'], minify: true });
await build({ ...common, entryPoints: { graph: 'webview/main.ts' }, outdir: 'dist', platform: 'browser', format: 'iife', target: 'es2022' });

if (process.argv.includes('--tests')) {
  const tests = readdirSync('test/unit').filter((name) => name.endsWith('.test.ts'));
  await build({ ...node, entryPoints: tests.map((name) => `test/unit/${name}`), outdir: 'out/unit' });
}
