/** /proc/sys: the settings that programs read, and the few that a sandbox may change for itself. */
import { EACCES, EINVAL, EPERM } from '#abi/errno.ts';
import { CAP_SYS_ADMIN } from '#abi/capability.ts';
import { UTS_RELEASE, UTS_VERSION } from '#kernel/uts.ts';
import type { Kernel } from '#kernel/kernel.ts';
import type { Task } from '#kernel/task.ts';
import { DevPts } from '../tty/devpts.ts';
import { LEASE_BREAK_SECONDS } from '../vfs/leases.ts';
import { PROTECTION_DEFAULTS } from '../vfs/protections.ts';
import { attribute, directory, type Generate, type PseudoEntry } from '../pseudo/pseudo.ts';

/** All settings that can be changed, by path, with what each takes. */
const known = new Map<string, (text: string) => boolean>();

/** A value that only shows. */
function fixed(name: string, value: string | number | Generate): PseudoEntry {
  return attribute(name, typeof value === 'function' ? value : () => `${value}\n`);
}

/** A value of the sandbox that a privileged task may set; kept by the kernel, `check` says what is allowed. */
function setting(key: string, initial: string, check: (text: string) => boolean): PseudoEntry {
  known.set(key, check);
  return attribute(
    key.slice(key.lastIndexOf('/') + 1),
    (task) => `${task.kernel.sysctls.get(key) ?? initial}\n`,
    0o644,
    (task, text) => {
      if (!task.capable(CAP_SYS_ADMIN)) return -EPERM;
      const value = text.trim();
      if (!check(value)) return -EINVAL;
      task.kernel.sysctls.set(key, asShown(value));
      return text.length;
    },
  );
}
/** Settings that are kept and shown, with Linux's defaults: what they tune is the host's business, or not done here. */
function kept(directoryName: string, values: Readonly<Record<string, string>>): PseudoEntry[] {
  return Object.entries(values).map(([key, initial]) => setting(`${directoryName}/${key}`, initial, numbers));
}
/** Written to make something happen now; reads are refused. */
function trigger(name: string, check: (text: string) => boolean): PseudoEntry {
  const accept = (task: Task, text: string): number => (!task.capable(CAP_SYS_ADMIN) ? -EPERM : check(text.trim()) ? text.length : -EINVAL);
  return attribute(name, () => -EACCES, 0o200, accept);
}
/** Several numbers are shown with tabs between them. */
const asShown = (value: string) => (numbers(value) ? value.replace(/\s+/g, '\t') : value);
const number = (text: string) => /^-?\d{1,15}$/.test(text);
const numbers = (text: string) => text.length < 256 && /^-?\d{1,15}(\s+-?\d{1,15})*$/.test(text);

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

const KERNEL_KEPT = {
  acct: '4\t2\t30',
  auto_msgmni: '0',
  core_pipe_limit: '0',
  dmesg_restrict: '0',
  hung_task_timeout_secs: '120',
  io_uring_disabled: '2',
  kptr_restrict: '0',
  numa_balancing: '0',
  panic_on_oops: '0',
  panic_on_warn: '0',
  'print-fatal-signals': '0',
  sched_rr_timeslice_ms: '100',
  sched_rt_period_us: '1000000',
  sched_rt_runtime_us: '950000',
  sysctl_writes_strict: '1',
  sysrq: '0',
  unknown_nmi_panic: '0',
};
const VM_KEPT = {
  admin_reserve_kbytes: '8192',
  dirty_background_bytes: '0',
  dirty_background_ratio: '10',
  dirty_bytes: '0',
  dirty_expire_centisecs: '3000',
  dirty_ratio: '20',
  dirty_writeback_centisecs: '500',
  hugetlb_shm_group: '0',
  laptop_mode: '0',
  legacy_va_layout: '0',
  max_map_count: '65530',
  min_free_kbytes: '67584',
  mmap_min_addr: '65536',
  nr_overcommit_hugepages: '0',
  oom_dump_tasks: '1',
  oom_kill_allocating_task: '0',
  overcommit_kbytes: '0',
  'page-cluster': '3',
  panic_on_oom: '0',
  stat_interval: '1',
  unprivileged_userfaultfd: '0',
  user_reserve_kbytes: '131072',
  vfs_cache_pressure: '100',
  watermark_scale_factor: '10',
  zone_reclaim_mode: '0',
};
const USER_KEPT = {
  max_cgroup_namespaces: '65536',
  max_fanotify_groups: '128',
  max_fanotify_marks: '1048576',
  max_inotify_instances: '128',
  max_inotify_watches: '1048576',
  max_ipc_namespaces: '65536',
  max_mnt_namespaces: '65536',
  max_net_namespaces: '65536',
  max_time_namespaces: '65536',
  max_uts_namespaces: '65536',
};

const kernelEntries: readonly PseudoEntry[] = [
  ...kept('kernel', KERNEL_KEPT),
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
  directory('pty', [setting('kernel/pty/max', '4096', number), fixed('nr', openPtys), setting('kernel/pty/reserve', '1024', number)]),
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
  setting('fs/dir-notify-enable', '1', number),
  fixed('inode-nr', '0\t0'),
  fixed('inode-state', '0\t0\t0\t0\t0\t0\t0'),
  setting('fs/leases-enable', '1', number),
  directory('inotify', [
    setting('fs/inotify/max_queued_events', '16384', number),
    setting('fs/inotify/max_user_instances', '128', number),
    setting('fs/inotify/max_user_watches', '1048576', number),
  ]),
  setting('fs/lease-break-time', String(LEASE_BREAK_SECONDS), (text) => /^\d{1,6}$/.test(text)),
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
  ...(['fifos', 'hardlinks', 'regular', 'symlinks'] as const).map((which) =>
    setting(`fs/protected_${which}`, PROTECTION_DEFAULTS[which], (text) => (which.endsWith('links') ? /^[01]$/ : /^[012]$/).test(text)),
  ),
  setting('fs/suid_dumpable', '0', (text) => /^[012]$/.test(text)),
];

const vmEntries: readonly PseudoEntry[] = [
  ...kept('vm', VM_KEPT),
  trigger('compact_memory', (text) => text === '1'),
  trigger('drop_caches', (text) => /^[1-7]$/.test(text)),
  fixed('nr_hugepages', 0),
  setting('vm/overcommit_memory', '0', number),
  setting('vm/overcommit_ratio', '50', number),
  setting('vm/swappiness', '60', number),
];

/** Settings of the network by path below net/, with Linux's defaults; network code reads them by `sysctl`. */
const NET: Readonly<Record<string, string>> = {
  'core/default_qdisc': 'fq_codel',
  'core/netdev_max_backlog': '1000',
  'core/optmem_max': '131072',
  'core/rmem_default': '212992',
  'core/rmem_max': '212992',
  'core/somaxconn': '4096',
  'core/wmem_default': '212992',
  'core/wmem_max': '212992',
  'ipv4/icmp_echo_ignore_all': '0',
  'ipv4/ip_default_ttl': '64',
  'ipv4/ip_forward': '0',
  'ipv4/ip_local_port_range': '32768\t60999',
  'ipv4/ip_local_reserved_ports': '',
  'ipv4/ip_nonlocal_bind': '0',
  'ipv4/ip_unprivileged_port_start': '1024',
  'ipv4/ping_group_range': '1\t0',
  'ipv4/tcp_allowed_congestion_control': 'reno cubic',
  'ipv4/tcp_available_congestion_control': 'reno cubic',
  'ipv4/tcp_congestion_control': 'cubic',
  'ipv4/tcp_ecn': '2',
  'ipv4/tcp_fastopen': '1',
  'ipv4/tcp_fin_timeout': '60',
  'ipv4/tcp_keepalive_intvl': '75',
  'ipv4/tcp_keepalive_probes': '9',
  'ipv4/tcp_keepalive_time': '7200',
  'ipv4/tcp_max_syn_backlog': '512',
  'ipv4/tcp_moderate_rcvbuf': '1',
  'ipv4/tcp_mtu_probing': '0',
  'ipv4/tcp_no_metrics_save': '0',
  'ipv4/tcp_retries1': '3',
  'ipv4/tcp_retries2': '15',
  'ipv4/tcp_rmem': '4096\t131072\t6291456',
  'ipv4/tcp_sack': '1',
  'ipv4/tcp_slow_start_after_idle': '1',
  'ipv4/tcp_syn_retries': '6',
  'ipv4/tcp_synack_retries': '5',
  'ipv4/tcp_syncookies': '1',
  'ipv4/tcp_timestamps': '1',
  'ipv4/tcp_tw_reuse': '2',
  'ipv4/tcp_window_scaling': '1',
  'ipv4/tcp_wmem': '4096\t16384\t4194304',
  'unix/max_dgram_qlen': '512',
};

const netEntries: readonly PseudoEntry[] = ['core', 'ipv4', 'unix'].map((group) =>
  directory(
    group,
    Object.entries(NET)
      .filter(([path]) => path.startsWith(`${group}/`))
      // What holds numbers takes numbers; names and lists take what is written.
      .map(([path, initial]) => setting(`net/${path}`, initial, /^[\d\t]+$/.test(initial) ? numbers : (text) => text.length < 128)),
  ),
);

/** A setting below net/ as it is now: "net/ipv4/ip_local_port_range". */
export function sysctl(kernel: Kernel, path: string): string {
  return kernel.sysctls.get(path) ?? NET[path.slice(4)] ?? '';
}

/** sysctl(8): names are written with dots or slashes. */
function sysctlPath(name: string): string {
  return name.includes('/') ? name : name.replaceAll('.', '/');
}
const isName = (path: string): path is 'kernel/hostname' | 'kernel/domainname' =>
  path === 'kernel/hostname' || path === 'kernel/domainname';

/** Whether a container may ask for a setting: 'host': it is the machine's, in no namespace; 'value': not with this value; 'unknown': there is none. */
export function checkSysctl(name: string, value: string): 'good' | 'host' | 'value' | 'unknown' {
  const path = sysctlPath(name);
  if (isName(path)) return /^[\x21-\x7e]{1,64}$/.test(value) ? 'good' : 'value';
  if (!NAMESPACED.test(path)) return 'host';
  const check = known.get(path);
  return check === undefined ? 'unknown' : check(value.trim()) ? 'good' : 'value';
}

/** Settings of an IPC or network namespace; all others are the machine's. */
const NAMESPACED = /^(net\/|fs\/mqueue\/|kernel\/(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$)/;

/** Sets what a container asks for. What nothing here has is counted as refused: `checkSysctl` has warned of it. */
export function applySysctls(task: Task, wanted: Readonly<Record<string, string>>): void {
  const { kernel } = task;
  for (const [name, value] of Object.entries(wanted)) {
    const path = sysctlPath(name);
    if (isName(path)) task.ns.uts[path === 'kernel/hostname' ? 'hostname' : 'domainname'] = value;
    else if (known.has(path)) kernel.sysctls.set(path, asShown(value.trim()));
    else kernel.counters.refused(`sysctl ${name}`);
  }
}

/** Pseudoterminals in all instances of devpts that the task can see. */
function openPtys(task: Task): string {
  let count = 0;
  const seen = new Set<object>();
  for (const { superBlock } of task.ns.mount.mounts()) {
    if (!(superBlock instanceof DevPts) || seen.has(superBlock)) continue;
    seen.add(superBlock);
    count += superBlock.count;
  }
  return `${count}\n`;
}

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
  directory('user', [...kept('user', USER_KEPT), fixed('max_pid_namespaces', 0), fixed('max_user_namespaces', 0)]),
  directory('vm', vmEntries),
];

export function sysctlTree(): readonly PseudoEntry[] {
  return tree;
}
