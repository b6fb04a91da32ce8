/**
 * The workloads of `meter verify --set`: what people really run, each a shell line over inputs made once below a
 * directory. One whose program is missing is left out and named.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Workload {
  readonly name: string;
  readonly needs: readonly string[];
  /** Runs of the line in one go: a tenth of a second would show the sandbox's warming up, not its calls. */
  readonly times: number;
  readonly line: (inputs: string) => string;
}

export const workloads: readonly Workload[] = [
  { name: 'gzip, 16 MB', times: 1, needs: ['gzip'], line: (d) => `gzip -c ${d}/text > /dev/null` },
  { name: 'xz, 4 MB', times: 8, needs: ['xz', 'head'], line: (d) => `head -c 4000000 ${d}/text | xz -T1 -3 > /dev/null` },
  {
    name: 'sha256sum, 16 MB, 4 times',
    times: 5,
    needs: ['sha256sum'],
    line: (d) => `sha256sum ${d}/text ${d}/text ${d}/text ${d}/text > /dev/null`,
  },
  { name: 'compile one C file', times: 2, needs: ['gcc'], line: (d) => `gcc -O2 -c ${d}/program.c -o /tmp/meter-verify.o` },
  {
    name: 'python start-up, 5 times',
    times: 2,
    needs: ['python3'],
    line: () => 'for i in 1 2 3 4 5; do python3 -c "import json, re, argparse"; done',
  },
  {
    name: 'sqlite, 100,000 inserts',
    times: 4,
    needs: ['sqlite3'],
    line: (d) => `rm -f /dev/shm/meter-verify.db; sqlite3 /dev/shm/meter-verify.db < ${d}/rows.sql > /dev/null`,
  },
  {
    name: 'sqlite, 100 transactions',
    times: 8,
    needs: ['sqlite3'],
    line: (d) => `rm -f /dev/shm/meter-verify.db; sqlite3 /dev/shm/meter-verify.db < ${d}/transactions.sql > /dev/null`,
  },
  { name: 'find /usr/share', times: 3, needs: ['find'], line: () => 'find /usr/share -type f -newer /etc/passwd > /dev/null' },
  { name: 'ls -lR /usr/lib', times: 2, needs: ['ls'], line: () => 'ls -lR /usr/lib > /dev/null' },
  {
    name: 'sort 200,000 lines by a key, 2 times',
    times: 1,
    needs: ['sort'],
    line: (d) => `for i in 1 2; do LC_ALL=C sort -k2,2 -k4,4n ${d}/lines > /dev/null; done`,
  },
  { name: 'tar of /usr/include', times: 4, needs: ['tar', 'cat'], line: () => 'tar cf - /usr/include 2> /dev/null | cat > /dev/null' },
  { name: 'grep -r in /usr/include', times: 4, needs: ['grep'], line: () => 'grep -rc pthread_create /usr/include > /dev/null' },
  {
    name: 'awk, 800,000 lines',
    times: 3,
    needs: ['awk'],
    line: (d) => `awk '{ n[$1 % 1000] += NF } END { print length(n) }' ${d}/lines ${d}/lines ${d}/lines ${d}/lines > /dev/null`,
  },
  {
    name: 'perl, word count, 400,000 lines',
    times: 5,
    needs: ['perl'],
    line: (d) => `perl -ne '$n{$_}++ for split; END { print scalar(%n) }' ${d}/lines ${d}/lines > /dev/null`,
  },
  { name: 'JVM start-up', times: 10, needs: ['java'], line: () => 'java -Xshare:auto -version 2> /dev/null' },
  {
    name: 'node, start-up and JSON',
    times: 5,
    needs: ['node'],
    line: () => `node -e 'let x = []; for (let i = 0; i < 2e5; i++) x.push({ i }); JSON.parse(JSON.stringify(x))'`,
  },
  {
    name: 'pipe-heavy: three dd, 512 bytes',
    times: 10,
    needs: ['dd'],
    line: () => 'dd if=/dev/zero bs=512 count=20000 2> /dev/null | dd bs=512 2> /dev/null | dd bs=512 of=/dev/null 2> /dev/null',
  },
  {
    name: 'fork-heavy: 200 x /bin/true',
    times: 4,
    needs: ['true'],
    line: () => 'i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i + 1)); done',
  },
  {
    name: 'one-byte reads: dd, 200,000',
    times: 8,
    needs: ['dd'],
    line: () => 'dd if=/dev/zero of=/dev/null bs=1 count=200000 2> /dev/null',
  },
];

/** Not in the set, and why: said with every table. */
export const leftOut: readonly string[] = [
  'redis, nginx (they need a network, which the sandbox set does not set up: meter them natively or under runc)',
];

/** Where programs come from: the system's, not what a user's PATH puts before them (wrappers that start ten programs more). */
const searchPath = '/usr/local/bin:/usr/bin:/bin';

/** The shell's words for the line, as often as it says. */
export function scriptOf(workload: Workload, inputs: string): string {
  const line = workload.line(inputs);
  const body = workload.times === 1 ? line : `t=0; while [ $t -lt ${workload.times} ]; do ${line}; t=$((t + 1)); done`;
  return `PATH=${searchPath}; export PATH; ${body}`;
}

/** Everything the lines read, the same on every run. */
export function makeInputs(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const words = ['kernel', 'call', 'page', 'fault', 'switch', 'table', 'memory', 'file', 'node', 'task', 'wait', 'queue'];
  let state = 12345;
  const random = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state;
  };
  const lines: string[] = [];
  for (let i = 0; i < 200_000; i++) lines.push(`${random()} ${words[random() % 12]} ${words[(random() >> 8) % 12]} ${random() % 1000}`);
  const text = `${lines.join('\n')}\n`;
  writeFileSync(join(directory, 'lines'), text);
  writeFileSync(join(directory, 'text'), text.repeat(Math.ceil(16e6 / text.length)).slice(0, 16_000_000));
  const rows = lines
    .slice(0, 100_000)
    .map((l, i) => `INSERT INTO t VALUES (${i}, '${l}');`)
    .join('\n');
  writeFileSync(
    join(directory, 'rows.sql'),
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\nBEGIN;\n${rows}\nCOMMIT;\nSELECT count(*), max(v) FROM t;\nSELECT v FROM t WHERE v LIKE '%wait%' ORDER BY v LIMIT 10;\n`,
  );
  writeFileSync(
    join(directory, 'transactions.sql'),
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\n${lines
      .slice(0, 100)
      .map((l, i) => `INSERT INTO t VALUES (${i}, '${l}');`)
      .join('\n')}\n`,
  );
  const functions = Array.from(
    { length: 300 },
    (_, i) => `static int f${i}(int x) { int s = x; for (int i = 0; i < x; i++) s += (s << ${i % 7}) ^ (i * ${i + 3}); return s; }`,
  );
  writeFileSync(
    join(directory, 'program.c'),
    `#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n${functions.join('\n')}\nint main(int c, char **v) { int s = c; ${functions.map((_, i) => `s ^= f${i}(s & 63);`).join(' ')} printf("%d %s\\n", s, v[0]); return 0; }\n`,
  );
}

export function missingProgram(workload: Workload): string | null {
  for (const name of workload.needs) {
    const found = searchPath.split(':').some((directory) => {
      try {
        accessSync(join(directory, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
    if (!found) return name;
  }
  return null;
}
