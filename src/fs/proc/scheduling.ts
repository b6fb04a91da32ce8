/** /proc/PID/limits, sched, schedstat, syscall, wchan, oom_score, io: how a process runs and what holds it up. */
import { RLIM_INFINITY } from '#abi/resource.ts';
import { syscalls } from '#abi/syscalls.ts';
import type { Task } from '#kernel/task.ts';
import { processText, statusKilobytes, threadText } from './host-process.ts';

const LIMIT_NAMES: readonly (readonly [string, string])[] = [
  ['Max cpu time', 'seconds'],
  ['Max file size', 'bytes'],
  ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'],
  ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'],
  ['Max processes', 'processes'],
  ['Max open files', 'files'],
  ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'],
  ['Max nice priority', ''],
  ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
];

export function limits(task: Task): string {
  const show = (value: number) => (value >= RLIM_INFINITY ? 'unlimited' : String(value)).padEnd(20);
  let text = `${'Limit'.padEnd(25)} ${'Soft Limit'.padEnd(20)} ${'Hard Limit'.padEnd(20)} ${'Units'.padEnd(10)}\n`;
  LIMIT_NAMES.forEach(([name, unit], resource) => {
    const { limits } = task.group;
    text += `${name.padEnd(25)} ${show(limits.soft(resource))} ${show(limits.hard(resource))} ${unit === '' ? '' : unit.padEnd(10)}\n`;
  });
  return text;
}

/** The host's scheduler runs the thread: its file, under the guest's names. */
export function sched(task: Task): string {
  const text = threadText(task, 'sched');
  return `${task.comm} (${task.tid}, #threads: ${task.group.threads.length})${text.slice(text.indexOf('\n'))}`;
}
export function schedstat(task: Task): string {
  return threadText(task, 'schedstat') || '0 0 0\n';
}

const RSP = 15;
const RIP = 16;

/** proc_pid_syscall(5). */
export function syscall(task: Task): string {
  if (task.exiting) return '-1 0x0 0x0\n';
  if (task.blocking === null && task.kernel.current !== task) return 'running\n';
  const { regs } = task.thread;
  const hexed = (value: number) => `0x${value < 0 ? (2 ** 64 + value).toString(16) : value.toString(16)}`;
  return `${task.callNr} ${task.callArgs.map(hexed).join(' ')} ${hexed(regs.get(RSP))} ${hexed(regs.get(RIP))}\n`;
}

type Name = keyof typeof syscalls;
/** The function of Linux in which each call sleeps, which ps and people know; for reads and the like it depends on the file. */
const SLEEPS: readonly (readonly [string, readonly Name[]])[] = [
  ['futex_do_wait', ['futex', 'futex_wait', 'futex_waitv']],
  ['do_wait', ['wait4', 'waitid']],
  ['do_sys_poll', ['poll', 'ppoll']],
  ['do_select', ['select', 'pselect6']],
  ['ep_poll', ['epoll_wait', 'epoll_pwait', 'epoll_pwait2']],
  ['hrtimer_nanosleep', ['nanosleep', 'clock_nanosleep']],
  ['sigsuspend', ['rt_sigsuspend']],
  ['do_sigtimedwait', ['rt_sigtimedwait']],
  ['__do_sys_pause', ['pause']],
  ['kernel_clone', ['vfork', 'clone', 'clone3']],
  ['inet_csk_accept', ['accept', 'accept4']],
  ['__skb_wait_for_more_packets', ['recvfrom', 'recvmsg', 'recvmmsg']],
  ['sock_alloc_send_pskb', ['sendto', 'sendmsg', 'sendmmsg']],
  ['fcntl_setlk', ['fcntl', 'flock']],
  ['do_semtimedop', ['semop', 'semtimedop']],
  ['do_msgrcv', ['msgrcv']],
  ['do_msgsnd', ['msgsnd']],
  ['read_events', ['io_getevents', 'io_pgetevents']],
];
const sleepNames = new Map<number, string>(SLEEPS.flatMap(([name, calls]) => calls.map((call) => [syscalls[call].number, name] as const)));

export function wchan(task: Task): string {
  if (task.exiting) return '0';
  if (task.group.stop.stopped) return 'do_signal_stop';
  if (task.blocking === null) return '0';
  const known = sleepNames.get(task.callNr);
  if (known !== undefined) return known;
  const file = task.files.get(task.callArgs[0] ?? -1);
  const text = file === null || typeof file === 'number' ? '' : file.describe();
  if (text.startsWith('pipe:')) return task.callNr === syscalls.write.number ? 'anon_pipe_write' : 'anon_pipe_read';
  if (text.startsWith('socket:')) return task.callNr === syscalls.write.number ? 'sock_write_iter' : 'sock_read_iter';
  return 'wait_woken';
}

export function children(task: Task): string {
  return task.isLeader ? task.group.children.map((child) => `${child.pid} `).join('') : '';
}

/** How likely the OOM killer picks it, by Linux's sum: pages used of all pages in thousandths, shifted by the adjustment, two thirds of it. */
export function oomScore(task: Task): string {
  const { oomScoreAdj } = task.group;
  if (oomScoreAdj === -1000 || task.exiting) return '0\n';
  const host = processText(task, 'status');
  const used = statusKilobytes(host, 'VmRSS') + statusKilobytes(host, 'VmSwap') + statusKilobytes(host, 'VmPTE');
  const total = task.kernel.memory().total / 1024;
  const badness = Math.trunc(used / 4) + Math.trunc(((total / 4) * oomScoreAdj) / 1000);
  return `${Math.max(0, Math.trunc(((1000 + Math.trunc((badness * 1000) / Math.max(total / 4, 1))) * 2) / 3))}\n`;
}

/** proc_pid_io(5): calls and bytes as this kernel counts them. It does the device I/O itself, for all, so that is nobody's. */
export function io(task: Task): string {
  const { io } = task.group;
  return `rchar: ${io.readBytes}\nwchar: ${io.writtenBytes}\nsyscr: ${io.reads}\nsyscw: ${io.writes}\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n`;
}
