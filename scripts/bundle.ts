/**
 * Bundles the program into one script, build/belljar.js, that start.cjs runs from V8's code cache. See docs/adr/0002-start-path.md.
 */
import { copyFileSync, renameSync, rmSync } from 'node:fs';
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
  outfile: 'build/new/belljar.js',
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
// By renaming, so that whoever starts meanwhile reads the old files or the new; a cache of other sources is refused by V8.
rmSync('build/belljar.cache', { force: true });
copyFileSync('scripts/start.cjs', 'build/new/start.cjs');
for (const name of ['belljar.js.map', 'belljar.js', 'start.cjs']) renameSync(`build/new/${name}`, `build/${name}`);
