/**
 * Bundles the programs into one script each, build/belljar.js and build/cli.js, that start.cjs runs from V8's code cache. See docs/adr/0002-start-path.md.
 */
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';

/**
 * What commander needs of two of Node's modules that take 5 ms to load: child_process only for subcommands that are programs
 * of their own, which we have none of, and util for one function.
 */
const shims: Readonly<Record<string, string>> = {
  'node:child_process': 'export default {};',
  'node:util': String.raw`export const stripVTControlCharacters = (text) => text.replace(/\x1b\[[0-9;]*m/g, '');`,
};
const withShims: Plugin = {
  name: 'shims',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:(child_process|util)$/ }, ({ path, importer }) =>
      importer.includes('/commander/') ? { path, namespace: 'shim' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'shim' }, ({ path }) => ({ contents: shims[path] ?? '' }));
  },
};

/**
 * Makes the name spaces of `import * as` when they are first looked at. esbuild defines a getter for each name, which for the
 * constants of src/abi, wanted by traces alone, takes a start 5 ms.
 */
function lazyNamespaces(text: string): string {
  const lazy = `var __lazy = (make) => {
  var target = {}, made = false;
  var all = () => (made || ((made = true), Object.assign(target, make())), target);
  return new Proxy(target, {
    get: (_, name) => all()[name],
    has: (_, name) => name in all(),
    ownKeys: () => Reflect.ownKeys(all()),
    getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(all(), name),
  });
};
`.replaceAll('\n', ' ');
  const changed = text.replace(
    /^var (\w+) = \{\};\n__export\(\1, (\{\n(?: {2}\w+: \(\) => \w+,?\n)+\})\);/gm,
    (_, name: string, members: string) => {
      const object = members.replace(/^( {2}\w+): \(\) => (\w+)/gm, '$1: $2');
      // As many lines as before: the source map counts them.
      return `var ${name} =\n__lazy(() => (${object}));`;
    },
  );
  return changed.replace('const __url', `${lazy.trim()} const __url`);
}

/** The sandbox process's program, and the command line's, which needs nothing of the kernel. */
const bundles = { belljar: 'src/cli/sandbox-main.ts', cli: 'src/cli/main.ts' };

for (const [name, entry] of Object.entries(bundles)) {
  const outfile = `build/new/${name}.js`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    charset: 'ascii',
    define: { 'import.meta.url': '__url' },
    banner: { js: "(function (require, __filename, __dirname) { 'use strict'; const __url = `file://${__filename}`;" },
    footer: { js: '})' },
    sourcemap: 'external',
    sourcesContent: false,
    plugins: [withShims],
    logLevel: 'warning',
  });
  writeFileSync(outfile, lazyNamespaces(readFileSync(outfile, 'latin1')), 'latin1');
}
// By renaming, so that whoever starts meanwhile reads the old files or the new; a cache of other sources is refused by V8.
copyFileSync('scripts/start.cjs', 'build/new/start.cjs');
for (const name of Object.keys(bundles)) {
  rmSync(`build/${name}.cache`, { force: true });
  for (const file of [`${name}.js.map`, `${name}.js`]) renameSync(`build/new/${file}`, `build/${file}`);
}
renameSync('build/new/start.cjs', 'build/start.cjs');
