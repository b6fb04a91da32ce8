/** The sandbox's kernel counts its calls exactly: --report as JSON, --debug for people; one that cannot be written is said first. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { KernelReport } from '#kernel/report.ts';

const belljar = fileURLToPath(new URL('../../belljar', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'meter-kernel-'));
after(() => rmSync(directory, { recursive: true }));

function run(options: string[], command: string[]) {
  return spawnSync(belljar, ['do', ...options, '--', ...command], { encoding: 'utf8', timeout: 60_000 });
}

function reportOf(count: number): KernelReport {
  const file = join(directory, `${count}.json`);
  const { status, stderr } = run(['--report', file], ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', `count=${count}`, 'status=none']);
  assert.equal(status, 0, stderr);
  return JSON.parse(readFileSync(file, 'utf8')) as KernelReport;
}

test('two thousand calls more are two thousand calls more in the report', () => {
  const [few, many] = [reportOf(1000), reportOf(3000)];
  for (const name of ['read', 'write']) {
    const of = (report: KernelReport) => report.calls.find((c) => c.name === name)!;
    assert.equal(of(many).calls - of(few).calls, 2000, name);
    assert.ok(of(many).ns! > 0 && of(many).ns! / 1e9 < many.seconds);
  }
  assert.equal(many.syscalls - few.syscalls, 4000);
  assert.equal(
    many.calls.reduce((sum, c) => sum + c.calls, 0),
    many.syscalls,
  );
  assert.equal(many.forks, 1);
});

test('--debug says the same for people, refused calls last', () => {
  const { status, stderr } = run(
    ['--debug'],
    ['python3', '-c', 'import socket\ntry: socket.socket(socket.AF_VSOCK)\nexcept OSError: pass'],
  );
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^belljar: \d+ system calls in [\d.]+ s, \d+ slept, \d+ tasks\n {2}/m);
  assert.match(stderr, /^ +\d+ {2}mmap +[\d.]+ ms +[\d.]+ us each$/m);
  assert.match(stderr, /refused or unknown:\n[\s\S]* socket /);
});

test('a report that cannot be written is said before anything runs', () => {
  const { status, stdout, stderr } = run(['--report', '/nosuch/report.json'], ['echo', 'ran']);
  assert.notEqual(status, 0);
  assert.equal(stdout, '');
  assert.match(stderr, /^belljar: --report \/nosuch\/report\.json: ENOENT\n$/);
});
