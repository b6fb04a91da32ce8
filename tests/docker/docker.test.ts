/**
 * Docker with Belljar as a runtime, beside runc: each case is a script of docker commands that runs under both, by a dockerd of the
 * test's own, and what it prints is compared. DOCKER=long runs all cases (some 12 minutes), else those of the short group; DOCKER_CASES=TEXT[,TEXT] selects cases by name; DOCKER_RUNTIMES=runc runs them
 * under runc alone, which checks the cases themselves; DOCKER_RUNTIMES=belljar holds Belljar to what the cases expect.
 */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { belljar, isRoot } from '../cli/sandbox.ts';
import type { DockerCase } from './cases/case.ts';
import { engineCases } from './cases/engines.ts';
import { execCases } from './cases/exec.ts';
import { fileCases } from './cases/files.ts';
import { lifeCases } from './cases/life.ts';
import { resourceCases } from './cases/resources.ts';
import { runCases } from './cases/run.ts';
import { securityCases } from './cases/security.ts';
import { shortCases } from './cases/short.ts';
import { streamCases } from './cases/streams.ts';
import { Daemon } from './daemon.ts';
import { knownGaps } from './known-gaps.ts';
import { writeProfiles } from './profiles.ts';
import { type CaseOutput, runCase } from './run-case.ts';

const allCases = [...runCases, ...securityCases, ...resourceCases, ...execCases, ...streamCases, ...lifeCases, ...fileCases];
const wanted = (process.env['DOCKER_CASES'] ?? '').split(',').filter((text) => text !== '');
const isLong = process.env['DOCKER'] === 'long';
const cases = allCases.filter(({ name }) =>
  wanted.length === 0 ? isLong || shortCases.has(name) : wanted.some((text) => name.includes(text)),
);
for (const name of shortCases)
  ok(
    allCases.some((item) => item.name === name),
    `${name}: no such case`,
  );
const runtimes = (process.env['DOCKER_RUNTIMES'] ?? 'runc,belljar').split(',');

let daemon: Daemon;
before(async () => {
  ok(isRoot, 'the docker tests need root: run npm test as root');
  daemon = await Daemon.start({ belljar: { path: belljar } });
  writeProfiles(join(daemon.host.directory, 'seccomp'));
});
after(async () => {
  await daemon?.[Symbol.asyncDispose]();
});

/** One line for each case on standard error, which the test runner passes on: the suite takes minutes. */
let done = 0;
function progress(item: DockerCase, text: string): void {
  process.stderr.write(`docker [${++done}/${cases.length}] ${item.name}: ${text}\n`);
}

function compare(item: DockerCase, underRunc: CaseOutput | undefined, found: CaseOutput): void {
  ok(found.status !== null, `took too long:\n${shown(found)}`);
  if (item.belljar !== undefined) {
    strictEqual(found.stdout, item.belljar.stdout, shown(found));
    match(found.stderr, item.belljar.stderr);
    return;
  }
  if (underRunc === undefined) return strictEqual(found.stdout, item.expect, shown(found));
  const common = ({ status, stdout, stderr }: CaseOutput): object => ({ status, stdout, ...(item.ownWords ? {} : { stderr }) });
  deepStrictEqual(common(found), common(underRunc));
  if (item.ownWords !== undefined) match(found.stderr, item.ownWords);
}

const shown = (output: CaseOutput): string => `--- stdout\n${output.stdout}--- stderr\n${output.stderr}`;

function checkRunc(item: DockerCase, output: CaseOutput): void {
  ok(output.status !== null, `runc: took too long:\n${shown(output)}`);
  strictEqual(output.stdout, item.expect, `runc: ${shown(output)}`);
  if (item.ownWords !== undefined) match(output.stderr, item.ownWords);
}

/** The error of `check`, or null. */
function problemOf(check: () => void): unknown {
  try {
    check();
    return null;
  } catch (error) {
    return error;
  }
}

for (const item of cases) {
  test(item.name, { timeout: 200_000 }, async () => {
    const runcCannot = item.runcCannot?.() ?? null;
    const chosen = runtimes.filter((runtime) => runtime !== 'runc' || runcCannot === null);
    const { outputs, left } = await runCase(daemon, item, chosen);
    const underRunc = outputs.get('runc');
    const underBelljar = outputs.get('belljar');
    const times = [...outputs].map(([runtime, output]) => `${runtime} ${(output.milliseconds / 1000).toFixed(1)} s`).join(', ');
    const note = runcCannot === null || !runtimes.includes('runc') ? '' : ` (without runc: ${runcCannot})`;

    const problem =
      problemOf(() => underRunc && checkRunc(item, underRunc)) ??
      problemOf(() => underBelljar && compare(item, underRunc, underBelljar)) ??
      problemOf(() => deepStrictEqual(left, [], 'something is left'));
    const gap = underBelljar === undefined ? undefined : knownGaps[item.name];
    if (gap === undefined) {
      progress(item, `${times}${note}${problem === null ? '' : ', FAILED'}`);
      if (problem !== null) throw problem;
      return;
    }
    progress(
      item,
      `${times}${note}, ${problem === null ? 'a known gap that has CLOSED' : `known gap (issue ${gap.issue}): ${gap.reason}`}`,
    );
    if (underRunc !== undefined) checkRunc(item, underRunc);
    ok(problem !== null, 'passes now: take it out of known-gaps.ts');
  });
}

test('every known gap names a case', () => {
  const names = new Set([...allCases, ...engineCases].map((item) => item.name));
  strictEqual(names.size, allCases.length + engineCases.length, 'two cases have one name');
  deepStrictEqual(
    Object.keys(knownGaps).filter((name) => !names.has(name)),
    [],
  );
});
