/**
 * Bundles the program into one script, build/belljar.js, that start.cjs runs from V8's code cache. See docs/adr/0002-start-path.md.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';

/** commander starts other programs only for stand-alone subcommands, which we have none of; loading child_process takes 3 ms. */
const withoutChildProcess: Plugin = {
  name: 'without-child-process',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:child_process$/ }, () => ({ path: 'child_process', namespace: 'empty' }));
    bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'build/belljar.js',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  charset: 'ascii',
  define: { 'import.meta.url': '__url' },
  banner: { js: 'const __url = `file://${__filename}`;' },
  sourcemap: 'external',
  sourcesContent: false,
  plugins: [withoutChildProcess],
  logLevel: 'warning',
});
// A cache of other sources would be refused at every start.
rmSync('build/belljar.cache', { force: true });
copyFileSync('scripts/start.cjs', 'build/start.cjs');
