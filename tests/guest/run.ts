/**
 * Runs every family of guest tests natively and in the jar, one sandbox for a family, and compares case by case: a case whose
 * verdict or reason differs from Linux fails. A case that this machine cannot run natively is skipped, with its reason.
 *
 *   node --test tests/guest/run.ts            all families
 *   node tests/guest/run.ts FAMILY [CASE...]  one family, some cases
 *   GUEST_NATIVE=1                            natively only
 * The verdicts are left in build/guest/results.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, test } from 'node:test';
import { fail } from 'node:assert/strict';
import { buildFamily, families, guestBuild } from './build.ts';
import { jarIsThere, runJar, runNative, type Outcome } from './jar.ts';

/** What one case said: its verdict, and its lines if it was not `ok`. */
interface Verdict {
  verdict: 'ok' | 'not ok' | 'skip';
  lines: string[];
}

const nativeOnly = process.env['GUEST_NATIVE'] === '1';
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('-') && !argument.endsWith('.ts'));
const chosen = named.length > 0 ? named.slice(0, 1) : families();
const onlyCases = named.slice(1);
const timeoutMs = 120_000;
const tally: Record<string, Record<string, { native: string; jar: string }>> = {};

for (const family of chosen) {
  test(`guest ${basename(family, '.c')}`, { timeout: 3 * timeoutMs }, async (t) => {
    const program = await buildFamily(family);
    const listing = await runNative([program, '-l']);
    const names = listing.stdout
      .trim()
      .split('\n')
      .filter((name) => onlyCases.length === 0 || onlyCases.includes(name));
    // "/" is there and readable in both worlds; each case works in a directory of its own.
    const options = { cwd: '/', timeoutMs };
    const native = await runNative([program, ...onlyCases], options);
    const nativeVerdicts = parse(native.stdout);
    const jarred = nativeOnly || !jarIsThere() ? null : await runJar([program, ...onlyCases], options);
    const jarVerdicts = jarred === null ? null : parse(jarred.stdout);
    const rows: Record<string, { native: string; jar: string }> = {};
    tally[family] = rows;
    for (const name of names) {
      const expected = nativeVerdicts.get(name);
      const found = jarVerdicts?.get(name);
      rows[name] = { native: expected?.verdict ?? 'missing', jar: jarVerdicts === null ? 'not run' : (found?.verdict ?? 'missing') };
      await t.test(name, (step) => {
        if (expected === undefined) fail(`natively: ${ending(native)}`);
        // A case that the machine itself cannot pass says nothing about the jar, but must not be silent.
        if (expected.verdict === 'not ok') fail(`natively:\n${expected.lines.join('\n')}`);
        if (expected.verdict === 'skip') return step.skip(expected.lines.join('; '));
        if (jarVerdicts === null || jarred === null) return nativeOnly ? undefined : step.skip('no ./belljar yet');
        if (found === undefined) fail(`in the jar: no verdict; ${ending(jarred)}`);
        if (found.verdict !== 'ok') fail(`in the jar:\n${found.lines.join('\n')}`);
      });
    }
  });
}

after(() => {
  mkdirSync(guestBuild, { recursive: true });
  if (onlyCases.length === 0) writeFileSync(`${guestBuild}/results.json`, `${JSON.stringify(tally, null, 1)}\n`);
  process.stdout.write('\n');
  for (const [family, rows] of Object.entries(tally)) {
    const all = Object.values(rows);
    const count = (verdict: string): number => all.filter((row) => row.jar === verdict).length;
    process.stdout.write(
      `# ${family}: ${all.length} cases, natively ok ${all.filter((row) => row.native === 'ok').length}; ` +
        `jar ok ${count('ok')}, not ok ${count('not ok')}, missing ${count('missing')}, skipped ${count('skip')}\n`,
    );
  }
});

function parse(text: string): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const line of text.split('\n')) {
    const match = /^(ok|not ok|skip) ([a-z0-9_]+)(: .*)?$/.exec(line);
    if (match === null) continue;
    const [, verdict, name] = match as unknown as [string, Verdict['verdict'], string];
    const entry = verdicts.get(name) ?? { verdict, lines: [] };
    // A failed check of a child process comes before the case's own verdict; it weighs more than an `ok`.
    if (verdict !== 'ok') {
      if (entry.verdict === 'ok' || verdict === 'not ok') entry.verdict = verdict;
      entry.lines.push(line);
    }
    verdicts.set(name, entry);
  }
  return verdicts;
}

function ending(outcome: Outcome): string {
  const how = outcome.timedOut ? 'timed out' : outcome.signal !== null ? `signal ${outcome.signal}` : `status ${outcome.status}`;
  const noise = outcome.stderr.split('\n').slice(-12).join('\n');
  return `the program ended with ${how} after ${Math.round(outcome.milliseconds)} ms${noise === '' ? '' : `\n${noise}`}`;
}
