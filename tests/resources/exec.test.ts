/** What holds for a container's first process holds for those that `exec` adds: filter, limits, counts. Needs root. */
import { deepEqual, equal } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { belljar, isRoot, makeBundle } from './bundle.ts';

const options = { skip: isRoot ? false : 'needs root' };
const id = `exec-${process.pid}`;
function call(stdout: 'pipe' | 'ignore', ...args: string[]): { status: number | null; lines: string[]; stderr: string } {
  const result = spawnSync(belljar, args, { encoding: 'utf8', stdio: ['ignore', stdout, stdout], timeout: 120_000 });
  return { status: result.status, lines: (result.stdout ?? '').split('\n').filter((line) => line !== ''), stderr: result.stderr ?? '' };
}
after(() => {
  if (isRoot) call('ignore', 'delete', '--force', id);
});

test('an exec is under the filter and the limits of its container', options, () => {
  const bundle = makeBundle(['wait'], (config) => {
    config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['swapon'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }] };
    config.linux.resources = { pids: { limit: 4 } };
  });
  equal(call('ignore', 'create', '--bundle', bundle, id).status, 0);
  equal(call('ignore', 'start', id).status, 0);
  const { lines, stderr } = call('pipe', 'exec', id, '/probe', 'swapon', 'file:/proc/self/cgroup', 'forks');
  deepEqual(lines, ['swapon=-EOPNOTSUPP', 'file=0::/', 'forks=2 EAGAIN', 'forks-after=yes'], stderr);
  equal(call('ignore', 'update', '--pids-limit', '2', id).status, 0);
  equal(call('pipe', 'exec', id, '/probe', 'ids').lines[0], 'ids=0:0');
});
