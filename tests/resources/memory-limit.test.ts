/** Out of memory in a sandbox: the host kills the guest that took too much, and its container lives on, as on Linux. Needs root. */
import { equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Cgroup, openCgroup } from '#runtime/cgroup/cgroup.ts';
import { readHierarchies } from '#runtime/cgroup/hierarchy.ts';

const belljar = fileURLToPath(new URL('../../belljar', import.meta.url));
const root = process.geteuid?.() === 0 && readHierarchies().mounts.size > 0;
const options = { skip: root ? false : 'needs root and cgroups' };
const made: Cgroup[] = [];
let count = 0;

function limited(limit: number): Cgroup {
  const cgroup = openCgroup({ cgroupsPath: `/belljar-oom-${process.pid}-${count++}`, id: 'x', systemd: false, rootless: false });
  made.push(cgroup);
  cgroup.create({ memory: { limit, swap: limit } });
  return cgroup;
}
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const cgroup of made) cgroup.remove();
});

/** `command` in a sandbox that is in the cgroup from before its start. */
function sandbox(cgroup: Cgroup, ...command: string[]): { child: ChildProcess; done: Promise<{ output: string; status: number | null }> } {
  const child = spawn('/bin/sh', ['-c', 'read go; exec "$@"', 'sh', belljar, 'do', '--', ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (data: Buffer) => (output += data));
  child.stderr?.on('data', (data: Buffer) => (output += data));
  cgroup.addProcess(child.pid as number);
  child.stdin?.write('go\n');
  return { child, done: new Promise((resolve) => child.once('close', (status) => resolve({ output, status }))) };
}

const hog = `
import os, signal, sys, time
brother = os.fork()
if brother == 0:
    time.sleep(100)
child = os.fork()
if child == 0:
    kept = []
    while True:
        kept.append(bytearray(b'x') * (1 << 20))
pid, status = os.waitpid(child, 0)
print('hog', os.WIFSIGNALED(status) and os.WTERMSIG(status))
os.kill(brother, 0)
print('brother', os.waitpid(brother, os.WNOHANG))
again = os.fork()
if again == 0:
    os.execv('/bin/echo', ['echo', 'still starting programs'])
os.waitpid(again, 0)
os.kill(brother, signal.SIGKILL)
print('events', dict(line.split() for line in open('/sys/fs/cgroup/memory.events')))
`;

test('a guest beyond the limit dies by SIGKILL, and its parent, its brother and the sandbox live on', options, async () => {
  const cgroup = limited(160 << 20);
  const { output, status } = await sandbox(cgroup, '/usr/bin/python3', '-uc', hog).done;
  match(output, /^hog 9$/m);
  match(output, /^brother \(0, 0\)$/m);
  match(output, /^still starting programs$/m);
  equal(status, 0, output);
  equal(cgroup.oomKills(), 1);
});

test('when init itself takes too much the sandbox ends as killed by SIGKILL', options, async () => {
  const cgroup = limited(160 << 20);
  const { child, done } = sandbox(cgroup, '/usr/bin/python3', '-c', "kept = []\nwhile True: kept.append(bytearray(b'x') * (1 << 20))");
  const { output } = await done;
  equal(child.signalCode, 'SIGKILL', output);
  ok(cgroup.oomKills() >= 1);
});

test('the host is to kill stubs before the kernel and the waiter, and guests order themselves among each other', options, async () => {
  const cgroup = limited(512 << 20);
  const script = 'echo 500 > /proc/self/oom_score_adj; sleep 100 & echo 0 > /proc/$$/oom_score_adj; exec sleep 101';
  const { child } = sandbox(cgroup, '/bin/sh', '-c', script);
  const read = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1').trim();
  // Processes come and go while the shell and the two programs start.
  const scoresOf = (pids: readonly number[]) =>
    pids.flatMap((pid) => {
      try {
        return [Number(read(pid, 'oom_score_adj'))];
      } catch {
        return [];
      }
    });
  const isStub = (pid: number): boolean => {
    try {
      return read(pid, 'comm') === 'stub';
    } catch {
      return false;
    }
  };
  let scores: number[] = [];
  for (let i = 0; i < 200 && (scores.length < 4 || new Set(scores).size < 2); i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    scores = scoresOf(cgroup.processes().filter(isStub));
  }
  const others = cgroup.processes().filter((pid) => !isStub(pid));
  equal(others.length, 2);
  const own = others.map((pid) => Number(read(pid, 'oom_score_adj')));
  ok(Math.min(...scores) >= Math.max(...own) + 900, `${scores} over ${own}`);
  equal(new Set(scores).size, 2, 'the one that asked for it comes first');
  child.kill('SIGKILL');
});
