/*
 * Starts the bundle beside it from V8's code cache, which saves parsing and compiling it: 20 ms become 4. Without a
 * cache, or with one of another V8, it is compiled as usual. With a descriptor in BELLJAR_TRAIN the cache is written there
 * at the end, when V8 has compiled what a start needs.
 */
'use strict';
const { closeSync, openSync, readFileSync, writeSync } = require('node:fs');
const { Script } = require('node:vm');

function read(name, encoding) {
  try {
    return readFileSync(`${__dirname}/${name}`, encoding);
  } catch {
    return undefined;
  }
}

const source = read('belljar.js', 'latin1');
const script = new Script(`(function (require, __filename, __dirname) {'use strict';${source}\n})`, {
  filename: `${__dirname}/belljar.js`,
  cachedData: process.env.BELLJAR_TRAIN ? undefined : read('belljar.cache'),
});
if (process.env.BELLJAR_TRAIN) {
  globalThis.belljarTrained = () => {
    writeSync(Number(process.env.BELLJAR_TRAIN), script.createCachedData());
  };
}

// Positions in the bundle mean nothing to a reader: a bug is reported with those of the sources. The map is opened now, since later
// there is no way to its path, and read when first needed.
let mapFd = -1;
try {
  mapFd = openSync(`${__dirname}/belljar.js.map`, 'r');
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
    const entry = map && site.getFileName() === `${__dirname}/belljar.js` ? map.findEntry(site.getLineNumber() - 1, site.getColumnNumber() - 1) : undefined;
    if (!entry || !entry.originalSource) return `\n    at ${site}`;
    const name = site.getFunctionName() ?? site.getMethodName();
    const place = `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return `\n    at ${name ? `${name} (${place})` : place}`;
  });
  return `${error}${lines.join('')}`;
};

script.runInThisContext()(require, `${__dirname}/belljar.js`, __dirname);
