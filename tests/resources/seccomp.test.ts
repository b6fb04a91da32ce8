/** Seccomp profiles: the same programs under the same profiles, by Belljar and by runc. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { hasRunc, isRoot, makeBundle, type Run, run } from './bundle.ts';
import { dockerSeccomp } from './docker-seccomp.ts';

const options = { skip: isRoot ? false : 'needs root' };
const withProfile = (questions: readonly string[], seccomp: unknown) =>
  makeBundle(questions, (config) => {
    if (seccomp !== undefined) config.linux.seccomp = seccomp;
  });

/** Both runs' lines are equal; belljar's run. */
function both(bundle: string): Run {
  const ours = run('belljar', bundle);
  if (hasRunc) {
    const theirs = run('runc', bundle);
    deepEqual(ours.lines, theirs.lines, ours.stderr + theirs.stderr);
    equal(ours.status ?? ours.signal, theirs.status ?? theirs.signal);
  }
  return ours;
}

test("a profile like Docker's refuses what it should, by name and by argument", options, () => {
  const { lines, status, stderr } = both(
    withProfile(
      [
        'getppid',
        'mount',
        'personality:0x0',
        'personality:0x4',
        'personality:0xffffffff',
        'vsock',
        'unix',
        'clone3',
        'newuser',
        'swapon',
        'beyond',
      ],
      dockerSeccomp,
    ),
  );
  deepEqual(lines, [
    'getppid=0',
    'mount=-EPERM',
    'personality=0',
    'personality=-EPERM',
    'personality=0',
    'vsock=-EPERM',
    'unix=0',
    'clone3=-ENOSYS',
    'newuser=-EPERM',
    'swapon=-EPERM',
    'beyond=-ENOSYS',
  ]);
  equal(status, 0, stderr);
});

const act = (action: string, more: object = {}) => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['swapon'], action, ...more }],
});

test('all actions end as they do on Linux', options, () => {
  deepEqual(both(withProfile(['swapon', 'getppid'], act('SCMP_ACT_ERRNO', { errnoRet: 95 }))).lines, ['swapon=-EOPNOTSUPP', 'getppid=0']);
  deepEqual(both(withProfile(['swapon', 'getppid'], act('SCMP_ACT_LOG'))).lines.length, 2);
  deepEqual(both(withProfile(['swapon', 'getppid'], act('SCMP_ACT_TRACE'))).lines, ['swapon=-ENOSYS', 'getppid=0']);
  const trapped = both(withProfile(['catch', 'swapon', 'getppid'], act('SCMP_ACT_TRAP'))).lines;
  equal(trapped[1], 'trapped=31 1 167 0');
  const died = [128 + 31, 'SIGSYS'];
  for (const action of ['SCMP_ACT_TRAP', 'SCMP_ACT_KILL', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_KILL_PROCESS']) {
    const killed = run('belljar', withProfile(['getppid', 'swapon', 'getppid'], act(action)));
    deepEqual(killed.lines, ['getppid=0'], action);
    ok(died.includes(killed.status as number) || died.includes(killed.signal as string), `${action}: ${killed.status} ${killed.signal}`);
  }
});

test('the filter is in place before the first instruction, and shows', options, () => {
  const bundle = withProfile(['file:/proc/self/status'], act('SCMP_ACT_ERRNO'));
  for (const runtime of hasRunc ? (['belljar', 'runc'] as const) : (['belljar'] as const)) {
    const status = run(runtime, bundle).lines[0]?.split('|') ?? [];
    ok(status.includes('Seccomp:\t2') && status.includes('Seccomp_filters:\t1'), runtime);
  }
});

test('NOTIFY is refused with the reason', options, () => {
  const { status, stderr } = run('belljar', withProfile(['getppid'], act('SCMP_ACT_NOTIFY')));
  equal(status, 1);
  ok(
    /^belljar: config\.json: linux\.seccomp\.syscalls\[0\]\.action: SCMP_ACT_NOTIFY hands calls to a program of the host.*\n$/.test(stderr),
    stderr,
  );
});
