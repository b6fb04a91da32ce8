/** Runs the C compiler on a program made of one-line static asserts and says which lines fail, and how. */
import { spawnSync } from 'node:child_process';

export interface AssertLine {
  /** What the line is about, for messages. */
  name: string;
  /** A C declaration on one line. */
  code: string;
}

export interface AssertResult {
  failed: { name: string; message: string }[];
  /** Lines that mention a name the headers do not define. */
  undeclared: string[];
}

export function haveCompiler(): boolean {
  return spawnSync('cc', ['--version']).status === 0;
}

export function checkAsserts(prelude: string, lines: AssertLine[]): AssertResult {
  const offset = prelude.split('\n').length;
  const source = `${prelude}\n${lines.map((line) => line.code).join('\n')}\n`;
  const run = spawnSync('cc', ['-std=gnu11', '-w', '-fsyntax-only', '-fmax-errors=0', '-x', 'c', '-'], {
    input: source,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 << 20,
  });
  const result: AssertResult = { failed: [], undeclared: [] };
  const seen = new Set<string>();
  for (const match of run.stderr.matchAll(/^<stdin>:(\d+):\d+: error: (.*)$/gm)) {
    const line = lines[Number(match[1]) - 1 - offset];
    const message = match[2] ?? '';
    if (line === undefined) {
      throw new Error(`The prelude does not compile: ${message}\n${run.stderr.slice(0, 2000)}`);
    }
    if (seen.has(line.name)) continue;
    seen.add(line.name);
    if (/undeclared|has no member|invalid use of undefined|storage size/.test(message)) {
      result.undeclared.push(line.name);
    } else {
      result.failed.push({ name: line.name, message });
    }
  }
  if (run.status !== 0 && seen.size === 0) {
    throw new Error(`The C compiler failed:\n${run.stderr.slice(0, 2000)}`);
  }
  return result;
}
