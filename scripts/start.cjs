/*
 * Starts the bundle beside it from V8's code cache, which saves parsing and compiling it: 20 ms become 4. Without a
 * cache, or with one of another V8, it is compiled as usual. With a descriptor (a path, for the command line) in BELLJAR_TRAIN the cache is written there
 * at the end, when V8 has compiled what a start needs.
 */
'use strict';
const { closeSync, openSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const { Script } = require('node:vm');

function read(name) {
  try {
    return readFileSync(`${__dirname}/${name}`);
  } catch {
    return undefined;
  }
}

/** Gives a buffer's memory back now: with the collector it would stay, 3 MB, for the life of the sandbox. */
function free(bytes) {
  bytes?.buffer.transfer(0);
}

// The command line has a bundle of its own, without the kernel: it starts in half the time.
const bundle = process.env.BELLJAR_SANDBOX ? 'belljar' : 'cli';
const bytes = read(`${bundle}.js`);
// The file is a function expression already: wrapping it here would copy it once more.
const source = bytes.latin1Slice();
free(bytes);
const cachedData = process.env.BELLJAR_TRAIN ? undefined : read(`${bundle}.cache`);
const script = new Script(source, { filename: `${__dirname}/${bundle}.js`, cachedData });
free(cachedData);
if (process.env.BELLJAR_TRAIN) {
  globalThis.belljarTrained = () => {
    const { BELLJAR_TRAIN } = process.env;
    if (process.env.BELLJAR_SANDBOX) writeSync(Number(BELLJAR_TRAIN), script.createCachedData());
    else writeFileSync(BELLJAR_TRAIN, script.createCachedData());
  };
}

// Positions in the bundle mean nothing to a reader: a bug is reported with those of the sources. The map is opened now, since later
// there is no way to its path, and read when first needed.
let mapFd = -1;
try {
  mapFd = openSync(`${__dirname}/${bundle}.js.map`, 'r');
} catch {}
let map;
Error.prepareStackTrace = (error, sites) => {
  try {
    if (!map && mapFd >= 0) {
      const { SourceMap } = require('node:module');
      map = new SourceMap(JSON.parse(readFileSync(mapFd, 'utf8')));
      closeSync(mapFd);
    }
  } catch {
    mapFd = -1;
  }
  const lines = sites.map((site) => {
    const entry = map && site.getFileName() === `${__dirname}/${bundle}.js` ? map.findEntry(site.getLineNumber() - 1, site.getColumnNumber() - 1) : undefined;
    if (!entry || !entry.originalSource) return `\n    at ${site}`;
    const name = site.getFunctionName() ?? site.getMethodName();
    const place = `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return `\n    at ${name ? `${name} (${place})` : place}`;
  });
  return `${error}${lines.join('')}`;
};

script.runInThisContext()(require, `${__dirname}/${bundle}.js`, __dirname);
