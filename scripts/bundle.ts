/** Bundles the program into one file, build/belljar.mjs: one read and one parse at start instead of some hundred. */
import { build } from 'esbuild';

await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'build/belljar.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  keepNames: false,
  sourcemap: 'linked',
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
