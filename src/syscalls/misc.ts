/** The machine and its names: uname(2), sysinfo(2), getrandom(2), sethostname(2), reboot(2), syslog(2), membarrier(2), personality(2), rseq(2). */
import { CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYSLOG } from '#abi/capability.ts';
import { EFAULT, EINVAL, ENOSYS, EPERM } from '#abi/errno.ts';
import {
  LINUX_REBOOT_CMD_CAD_OFF,
  LINUX_REBOOT_CMD_CAD_ON,
  LINUX_REBOOT_CMD_HALT,
  LINUX_REBOOT_CMD_POWER_OFF,
  LINUX_REBOOT_CMD_RESTART,
  LINUX_REBOOT_CMD_RESTART2,
  LINUX_REBOOT_MAGIC1,
  LINUX_REBOOT_MAGIC2,
  LINUX_REBOOT_MAGIC2A,
  LINUX_REBOOT_MAGIC2B,
  LINUX_REBOOT_MAGIC2C,
  SYSLOG_ACTION_READ_ALL,
  SYSLOG_ACTION_SIZE_BUFFER,
  SYSLOG_ACTION_SIZE_UNREAD,
} from '#abi/linux.ts';
import { UTS_LEN } from '#abi/limits.ts';
import {
  MEMBARRIER_CMD_FLAG_CPU,
  MEMBARRIER_CMD_GLOBAL,
  MEMBARRIER_CMD_GLOBAL_EXPEDITED,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED,
  MEMBARRIER_CMD_QUERY,
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
} from '#abi/membarrier.ts';
import { GRND_INSECURE, GRND_NONBLOCK, GRND_RANDOM } from '#abi/random.ts';
import { SIGHUP, SIGINT } from '#abi/signal.ts';
import { exitGroup, killedStatus } from '#kernel/process/exit.ts';
import { ANSWERED } from '#kernel/result.ts';
import type { Task } from '#kernel/task.ts';
import { ownerOf } from '#kernel/user-namespace.ts';
import { UTS_MACHINE, UTS_RELEASE, UTS_SYSNAME, UTS_VERSION } from '#kernel/uts.ts';
import type { MemoryMap } from '#mm/memory-map.ts';
import type { Handlers } from './handler.ts';

const UTS_FIELD = UTS_LEN + 1;
const SYSINFO_SIZE = 112;
const SI_LOAD_SHIFT = 65536;
const SYS_membarrier = 324;
const MAX_RANDOM = 33554431;
const SYS_getrandom = 318;
const randomPiece = new Uint8Array(65536);

function setName(task: Task, addr: number, length: number): string | number {
  if (!task.creds.capableIn(ownerOf(task.ns.uts), CAP_SYS_ADMIN)) return -EPERM;
  if (length < 0 || length > UTS_LEN) return -EINVAL;
  if (!task.mem.in(addr, length)) return -EFAULT;
  return Buffer.from(task.mem.bytes.subarray(0, length)).toString('latin1').replace(/\0.*$/s, '');
}

const registered = new WeakSet<MemoryMap>();
const MEMBARRIER_KNOWN =
  MEMBARRIER_CMD_GLOBAL |
  MEMBARRIER_CMD_GLOBAL_EXPEDITED |
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |
  MEMBARRIER_CMD_PRIVATE_EXPEDITED |
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;

/** Kernel memory as struct sysinfo wants it, in bytes. */
function fillSysinfo(task: Task): void {
  const { kernel, mem } = task;
  const { view } = mem;
  mem.bytes.fill(0, 0, SYSINFO_SIZE);
  const u64 = (at: number, value: number) => {
    view.setUint32(at, value >>> 0, true);
    view.setUint32(at + 4, Math.floor(value / 4294967296), true);
  };
  const memory = kernel.memory();
  const bytesOf = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(memory.text)?.[1] ?? 0) * 1024;
  u64(0, Math.ceil((kernel.now() - kernel.bootNs) / 1e9) + (kernel.timeOffsets?.boottime.sec ?? 0));
  kernel.hostInfo.loadAverages().forEach((load, index) => u64(8 + index * 8, Math.round(load * SI_LOAD_SHIFT)));
  u64(32, memory.total);
  u64(40, memory.free);
  u64(48, bytesOf('Shmem'));
  u64(56, bytesOf('Buffers'));
  u64(64, bytesOf('SwapTotal'));
  u64(72, bytesOf('SwapFree'));
  view.setUint16(80, Math.min(kernel.pids.tasks.size, 65535), true);
  view.setUint32(104, 1, true);
}

export const handlers = {
  uname(task, addr) {
    const { mem, ns } = task;
    const fields = [UTS_SYSNAME, ns.uts.hostname, UTS_RELEASE, UTS_VERSION, UTS_MACHINE, ns.uts.domainname];
    mem.bytes.fill(0, 0, fields.length * UTS_FIELD);
    fields.forEach((field, index) => {
      for (let i = 0; i < field.length && i < UTS_LEN; i += 1) mem.bytes[index * UTS_FIELD + i] = field.charCodeAt(i);
    });
    return mem.out(addr, fields.length * UTS_FIELD);
  },
  sethostname(task, addr, length) {
    const name = setName(task, addr, length);
    if (typeof name === 'number') return name;
    task.ns.uts.hostname = name;
    return 0;
  },
  setdomainname(task, addr, length) {
    const name = setName(task, addr, length);
    if (typeof name === 'number') return name;
    task.ns.uts.domainname = name;
    return 0;
  },
  sysinfo(task, addr) {
    fillSysinfo(task);
    return task.mem.out(addr, SYSINFO_SIZE);
  },

  getrandom(task, addr, size, flags) {
    if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) !== 0) return -EINVAL;
    if ((flags & (GRND_RANDOM | GRND_INSECURE)) === (GRND_RANDOM | GRND_INSECURE)) return -EINVAL;
    const io = task.mem.io(addr, Math.min(size, MAX_RANDOM));
    let done = 0;
    while (io.remaining > 0) {
      const step = Math.min(io.remaining, randomPiece.length);
      // Not node:crypto, which takes 10 ms to load.
      task.kernel.platform.host.call(SYS_getrandom, randomPiece, step, 0);
      const n = io.put(randomPiece, 0, step);
      if (n < 0) return done > 0 ? done : n;
      done += n;
      if (n < step) break;
    }
    return done;
  },

  /** In a container: halting and restarting end init, as in a pid namespace. */
  reboot(task, magic1, magic2, command) {
    const second = [LINUX_REBOOT_MAGIC2, LINUX_REBOOT_MAGIC2A, LINUX_REBOOT_MAGIC2B, LINUX_REBOOT_MAGIC2C];
    if (!task.creds.capableIn(ownerOf(task.ns.pid), CAP_SYS_BOOT)) return -EPERM;
    if (magic1 !== LINUX_REBOOT_MAGIC1 || !second.includes(magic2)) return -EINVAL;
    const init = task.ns.pid.init ?? task.kernel.init;
    switch (command) {
      case LINUX_REBOOT_CMD_CAD_ON:
      case LINUX_REBOOT_CMD_CAD_OFF:
        return -EINVAL;
      case LINUX_REBOOT_CMD_RESTART:
      case LINUX_REBOOT_CMD_RESTART2:
      case LINUX_REBOOT_CMD_HALT:
      case LINUX_REBOOT_CMD_POWER_OFF: {
        const restarts = command === LINUX_REBOOT_CMD_RESTART || command === LINUX_REBOOT_CMD_RESTART2;
        const [first] = init?.liveThreads ?? [];
        if (first !== undefined) exitGroup(first, killedStatus(restarts ? SIGHUP : SIGINT));
        return task.exiting ? ANSWERED : 0;
      }
      default:
        return -EINVAL;
    }
  },
  /** The host's log is not the container's: an empty one is shown. */
  syslog(task, action, _addr, length) {
    if (action < 0 || action > SYSLOG_ACTION_SIZE_BUFFER) return -EINVAL;
    if (action !== SYSLOG_ACTION_READ_ALL && action !== SYSLOG_ACTION_SIZE_BUFFER && !task.capable(CAP_SYSLOG)) return -EPERM;
    const EMPTY_LOG = 262144;
    if (action === SYSLOG_ACTION_SIZE_BUFFER) return EMPTY_LOG;
    return action === SYSLOG_ACTION_SIZE_UNREAD || length >= 0 ? 0 : -EINVAL;
  },

  /** All barriers are the host's global one; no SYNC_CORE, no RSEQ. */
  membarrier(task, command, flags, _cpu) {
    if ((flags & ~MEMBARRIER_CMD_FLAG_CPU) !== 0 || flags !== 0) return -EINVAL;
    const { host } = task.kernel.platform;
    switch (command) {
      case MEMBARRIER_CMD_QUERY: {
        const there = host.call(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
        return there < 0 || (there & MEMBARRIER_CMD_GLOBAL) === 0 ? -ENOSYS : MEMBARRIER_KNOWN;
      }
      case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
        return 0;
      case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
        registered.add(task.mm);
        return 0;
      case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
        if (!registered.has(task.mm)) return -EPERM;
        return task.group.threads.length === 1 ? 0 : host.call(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
      case MEMBARRIER_CMD_GLOBAL:
      case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
        return host.call(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
      default:
        return -EINVAL;
    }
  },
  personality(task, persona) {
    const old = task.personality;
    if (persona !== 0xffffffff) task.personality = persona;
    return old;
  },
  /** Refused: C libraries fall back. A registration would need the host's help at each preemption. */
  rseq: () => -ENOSYS,
} satisfies Handlers;
