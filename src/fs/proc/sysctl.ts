/** /proc/sys: the settings that programs read, and the few that a sandbox may change for itself. */
import { EINVAL, EPERM } from '#abi/errno.ts';
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import { UTS_RELEASE, UTS_VERSION } from '#kernel/uts.ts';
import type { Task } from '#kernel/task.ts';
import { attribute, directory, type Generate, type PseudoEntry } from '../pseudo/pseudo.ts';

/** A value that only shows. */
function fixed(name: string, value: string | number | Generate): PseudoEntry {
  return attribute(name, typeof value === 'function' ? value : () => `${value}\n`);
}

/** A value of the sandbox that a privileged task may set; kept by the kernel, `check` says what is allowed. */
function setting(key: string, initial: string, check: (text: string) => boolean): PseudoEntry {
  return attribute(
    key.slice(key.lastIndexOf('/') + 1),
    (task) => `${task.kernel.sysctls.get(key) ?? initial}\n`,
    0o644,
    (task, text) => {
      if (!task.capable(CAP_SYS_ADMIN)) return -EPERM;
      const value = text.trim();
      if (!check(value)) return -EINVAL;
      task.kernel.sysctls.set(key, value);
      return text.length;
    },
  );
}
const number = (text: string) => /^-?\d{1,15}$/.test(text);
const numbers = (text: string) => /^(-?\d{1,15}\s*)+$/.test(text);

function name(which: 'hostname' | 'domainname'): PseudoEntry {
  return attribute(
    which,
    (task) => `${task.ns.uts[which]}\n`,
    0o644,
    (task, text) => {
      if (!task.capable(CAP_SYS_ADMIN)) return -EPERM;
      task.ns.uts[which] = text.trim().slice(0, 64);
      return text.length;
    },
  );
}

function randomUuid(): string {
  return `${crypto.randomUUID()}\n`;
}
/** Made when first read: loading WebCrypto takes a start 5 ms. */
let bootId = '';

const kernelEntries: readonly PseudoEntry[] = [
  fixed('cap_last_cap', 40),
  setting('kernel/core_pattern', 'core', (text) => text.length < 128),
  setting('kernel/core_uses_pid', '0', number),
  name('domainname'),
  name('hostname'),
  setting('kernel/msgmax', '8192', number),
  setting('kernel/msgmnb', '16384', number),
  setting('kernel/msgmni', '32000', number),
  fixed('ngroups_max', 65536),
  fixed('osrelease', UTS_RELEASE),
  fixed('ostype', 'Linux'),
  fixed('overflowgid', 65534),
  fixed('overflowuid', 65534),
  setting('kernel/panic', '0', number),
  fixed('perf_event_paranoid', 4),
  fixed('pid_max', (task) => `${task.kernel.pids.max}\n`),
  setting('kernel/printk', '4\t4\t1\t7', numbers),
  directory('random', [
    fixed('boot_id', () => (bootId ||= randomUuid())),
    fixed('entropy_avail', 256),
    fixed('poolsize', 256),
    fixed('urandom_min_reseed_secs', 60),
    fixed('uuid', () => randomUuid()),
    fixed('write_wakeup_threshold', 256),
  ]),
  fixed('randomize_va_space', 2),
  directory('seccomp', [
    fixed('actions_avail', 'kill_process kill_thread trap errno user_notif trace log allow'),
    fixed('actions_logged', 'kill_process kill_thread trap errno user_notif trace log'),
  ]),
  setting('kernel/sem', '32000\t1024000000\t500\t32000', numbers),
  setting('kernel/shmall', '18446744073692774399', (text) => /^\d{1,20}$/.test(text)),
  setting('kernel/shmmax', '18446744073692774399', (text) => /^\d{1,20}$/.test(text)),
  setting('kernel/shmmni', '4096', number),
  setting('kernel/shm_rmid_forced', '0', number),
  fixed('tainted', 0),
  fixed('threads-max', (task) => `${task.kernel.pids.maxTasks}\n`),
  fixed('unprivileged_bpf_disabled', 2),
  fixed('version', UTS_VERSION),
  directory('yama', [fixed('ptrace_scope', 1)]),
];

const fsEntries: readonly PseudoEntry[] = [
  fixed('aio-max-nr', 65536),
  fixed('aio-nr', 0),
  fixed('dentry-state', '0\t0\t45\t0\t0\t0'),
  directory('epoll', [fixed('max_user_watches', 1048576)]),
  fixed('file-max', 1048576),
  fixed('file-nr', (task) => `${openFiles(task)}\t0\t1048576\n`),
  fixed('inode-nr', '0\t0'),
  directory('inotify', [
    setting('fs/inotify/max_queued_events', '16384', number),
    setting('fs/inotify/max_user_instances', '128', number),
    setting('fs/inotify/max_user_watches', '1048576', number),
  ]),
  fixed('lease-break-time', 45),
  directory('mqueue', [
    setting('fs/mqueue/msg_default', '10', number),
    setting('fs/mqueue/msg_max', '10', number),
    setting('fs/mqueue/msgsize_default', '8192', number),
    setting('fs/mqueue/msgsize_max', '8192', number),
    setting('fs/mqueue/queues_max', '256', number),
  ]),
  fixed('mount-max', 100000),
  fixed('nr_open', 1048576),
  fixed('overflowgid', 65534),
  fixed('overflowuid', 65534),
  setting('fs/pipe-max-size', '1048576', number),
  fixed('pipe-user-pages-hard', 0),
  fixed('pipe-user-pages-soft', 16384),
  fixed('protected_fifos', 0),
  fixed('protected_hardlinks', 0),
  fixed('protected_regular', 0),
  fixed('protected_symlinks', 0),
  fixed('suid_dumpable', 0),
];

const vmEntries: readonly PseudoEntry[] = [
  fixed('dirty_background_ratio', 10),
  fixed('dirty_ratio', 20),
  fixed('max_map_count', 65530),
  fixed('min_free_kbytes', 67584),
  fixed('mmap_min_addr', 65536),
  fixed('nr_hugepages', 0),
  setting('vm/overcommit_memory', '0', number),
  setting('vm/overcommit_ratio', '50', number),
  fixed('page-cluster', 3),
  setting('vm/swappiness', '60', number),
  fixed('vfs_cache_pressure', 100),
];

const netEntries: readonly PseudoEntry[] = [
  directory('core', [
    setting('net/core/rmem_default', '212992', number),
    setting('net/core/rmem_max', '212992', number),
    setting('net/core/somaxconn', '4096', number),
    setting('net/core/wmem_default', '212992', number),
    setting('net/core/wmem_max', '212992', number),
  ]),
  directory('unix', [setting('net/unix/max_dgram_qlen', '10', number)]),
];

function openFiles(task: Task): number {
  const tables = new Set([...task.kernel.pids.tasks.values()].map((other) => other.files));
  let count = 0;
  for (const table of tables) count += table.count;
  return count;
}

const tree: readonly PseudoEntry[] = [
  directory('debug', []),
  directory('dev', []),
  directory('fs', fsEntries),
  directory('kernel', kernelEntries),
  directory('net', netEntries),
  directory('user', [fixed('max_user_namespaces', 0), fixed('max_mnt_namespaces', 65536), fixed('max_pid_namespaces', 0)]),
  directory('vm', vmEntries),
];

export function sysctlTree(): readonly PseudoEntry[] {
  return tree;
}

