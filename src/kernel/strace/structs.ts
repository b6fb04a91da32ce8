/** Structs in the form strace(1) gives them. Each takes a view on a copy of the guest's bytes and an offset. */
import { exitSignalOf } from './wait-status.ts';
import { signalName, SIGCHLD, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SI_TIMER, SI_USER, SI_QUEUE, SI_TKILL } from '#abi/signal.ts';
import { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX } from '#abi/socket.ts';
import { major, minor, S_IFBLK, S_IFCHR, S_IFMT } from '#abi/stat.ts';
import * as layouts from '#abi/layouts.gen.ts';
import { flags, hex, names, oneOf } from './names.ts';
import { quote } from './guest.ts';

export interface StructFormat {
  readonly size: number;
  format(view: DataView, at: number): string;
}

export const octal = (mode: number): string => (mode === 0 ? '000' : `0${mode.toString(8)}`);

export function fileMode(mode: number): string {
  const type = mode & S_IFMT;
  const permissions = octal(mode & 0o7777);
  return type === 0 ? permissions : `${oneOf(names.fileType, type)}|${permissions}`;
}

/** The members of a set that is written as two words: [INT CHLD], or ~[...] of what is missing when most are there. */
export function signalSet(lo: number, hi: number): string {
  const has = (signal: number): boolean => ((signal <= 32 ? lo >>> (signal - 1) : hi >>> (signal - 33)) & 1) === 1;
  const all = Array.from({ length: 64 }, (_, i) => i + 1);
  const members = all.filter(has);
  const short = (list: number[]): string => `[${list.map((signal) => signalName(signal).replace(/^SIG/, '')).join(' ')}]`;
  return members.length > 42 ? `~${short(all.filter((signal) => !has(signal)))}` : short(members);
}

function deviceNumber(dev: number): string {
  return `makedev(${hex(major(dev))}, ${hex(minor(dev))})`;
}

function ipv4(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}

function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16));
  const text = groups.join(':');
  const zeros = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].sort((a, b) => b[0].length - a[0].length)[0];
  if (zeros === undefined) return text;
  const before = text.slice(0, zeros.index);
  const after = text.slice(zeros.index + zeros[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}

/** A socket address of `length` bytes, as much of it as its family needs. */
export function sockaddr(view: DataView, length: number): string {
  if (length < 2) return '{}';
  const family = view.getUint16(0, true);
  if (family === AF_UNIX) {
    const bytes = new Uint8Array(view.buffer, 2, length - 2);
    if (bytes.length === 0) return '{sa_family=AF_UNIX}';
    if (bytes[0] === 0) return `{sa_family=AF_UNIX, sun_path=@${quote(bytes.subarray(1))}}`;
    const end = bytes.indexOf(0);
    return `{sa_family=AF_UNIX, sun_path=${quote(end < 0 ? bytes : bytes.subarray(0, end))}}`;
  }
  if (family === AF_INET && length >= layouts.SockaddrIn.SIZE) {
    const { sin_port, sin_addr } = layouts.decodeSockaddrIn(view, 0, layouts.newSockaddrIn());
    return `{sa_family=AF_INET, sin_port=htons(${sin_port}), sin_addr=inet_addr("${ipv4(sin_addr)}")}`;
  }
  if (family === AF_INET6 && length >= layouts.SockaddrIn6.SIZE) {
    const a = layouts.decodeSockaddrIn6(view, 0, layouts.newSockaddrIn6());
    return (
      `{sa_family=AF_INET6, sin6_port=htons(${a.sin6_port}), sin6_flowinfo=htonl(${a.sin6_flowinfo}), ` +
      `inet_pton(AF_INET6, "${ipv6(a.sin6_addr)}", &sin6_addr), sin6_scope_id=${a.sin6_scope_id}}`
    );
  }
  if (family === AF_NETLINK && length >= layouts.SockaddrNl.SIZE) {
    const { nl_pid, nl_groups } = layouts.decodeSockaddrNl(view, 0, layouts.newSockaddrNl());
    return `{sa_family=AF_NETLINK, nl_pid=${nl_pid}, nl_groups=${nl_groups.toString(16).padStart(8, '0')}}`;
  }
  return `{sa_family=${oneOf(names.family, family)}, sa_data=${quote(new Uint8Array(view.buffer, 2, length - 2))}}`;
}

const seconds = (view: DataView, at: number, unit: string): string => {
  const { tv_sec, tv_nsec } = layouts.decodeTimespec(view, at, layouts.newTimespec());
  return `{tv_sec=${tv_sec}, tv_${unit}=${tv_nsec}}`;
};
const timespec: StructFormat = { size: 16, format: (view, at) => seconds(view, at, 'nsec') };
const timeval: StructFormat = { size: 16, format: (view, at) => seconds(view, at, 'usec') };

function interval(part: StructFormat): StructFormat {
  return { size: 32, format: (view, at) => `{it_interval=${part.format(view, at)}, it_value=${part.format(view, at + 16)}}` };
}

function limit(value: number): string {
  if (value === 2 ** 64) return 'RLIM64_INFINITY';
  return value > 1024 && value % 1024 === 0 ? `${value / 1024}*1024` : String(value);
}

/** How a handler is written: SIG_DFL, SIG_IGN or its address. */
const handler = (address: number): string => (address === 0 ? 'SIG_DFL' : address === 1 ? 'SIG_IGN' : hex(address));

function siginfo(view: DataView, at: number): string {
  const signo = view.getInt32(at, true);
  const code = view.getInt32(at + 8, true);
  const pair = `si_pid=${view.getInt32(at + 16, true)}, si_uid=${view.getUint32(at + 20, true)}`;
  const address = `si_addr=${hex(view.getUint32(at + 16, true) + view.getUint32(at + 20, true) * 2 ** 32)}`;
  let codeName = names.siCode.byValue.get(code);
  let rest = '';
  if (signo === SIGCHLD && code > 0) {
    codeName = oneOf(names.cldCode, code);
    const status = view.getInt32(at + 24, true);
    rest = `${pair}, si_status=${code === 1 ? status : exitSignalOf(status)}`;
  } else if ([SIGSEGV, SIGBUS, SIGILL, SIGFPE].includes(signo) && code > 0 && code !== 0x80) {
    if (signo === SIGSEGV) codeName = oneOf(names.segvCode, code);
    rest = address;
  } else if (code === SI_TIMER) {
    rest = `si_timerid=${hex(view.getUint32(at + 16, true))}, si_overrun=${view.getInt32(at + 20, true)}`;
  } else if (code === SI_USER || code === SI_TKILL) {
    rest = pair;
  } else if (code === SI_QUEUE) {
    rest = `${pair}, si_value={sival_int=${view.getInt32(at + 24, true)}}`;
  }
  return `{si_signo=${signalName(signo)}, si_code=${codeName ?? code}${rest === '' ? '' : `, ${rest}`}}`;
}

export const structs = {
  timespec,
  timeval,
  itimerspec: interval(timespec),
  itimerval: interval(timeval),
  timespecPair: {
    size: 32,
    format(view: DataView, at: number): string {
      const one = (from: number): string => {
        const nsec = view.getUint32(from + 8, true);
        return nsec === 0x3fffffff ? 'UTIME_NOW' : nsec === 0x3ffffffe ? 'UTIME_OMIT' : timespec.format(view, from);
      };
      return `[${one(at)}, ${one(at + 16)}]`;
    },
  },
  timevalPair: { size: 32, format: (view: DataView, at: number) => `[${timeval.format(view, at)}, ${timeval.format(view, at + 16)}]` },
  utimbuf: {
    size: layouts.Utimbuf.SIZE,
    format(view: DataView, at: number): string {
      const { actime, modtime } = layouts.decodeUtimbuf(view, at, layouts.newUtimbuf());
      return `{actime=${actime}, modtime=${modtime}}`;
    },
  },
  stat: {
    size: layouts.Stat.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeStat(view, at, layouts.newStat());
      const type = s.st_mode & S_IFMT;
      const what = type === S_IFCHR || type === S_IFBLK ? `st_rdev=${deviceNumber(s.st_rdev)}` : `st_size=${s.st_size}`;
      return `{st_mode=${fileMode(s.st_mode)}, ${what}, ...}`;
    },
  },
  statx: {
    size: layouts.Statx.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeStatx(view, at, layouts.newStatx());
      return `{stx_mask=${flags(names.statx, s.stx_mask)}, stx_attributes=${hex(s.stx_attributes_lo)}, stx_mode=${fileMode(s.stx_mode)}, stx_size=${s.stx_size}, ...}`;
    },
  },
  statfs: {
    size: layouts.Statfs.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeStatfs(view, at, layouts.newStatfs());
      return (
        `{f_type=${hex(s.f_type)}, f_bsize=${s.f_bsize}, f_blocks=${s.f_blocks}, f_bfree=${s.f_bfree}, f_bavail=${s.f_bavail}, ` +
        `f_files=${s.f_files}, f_ffree=${s.f_ffree}, f_namelen=${s.f_namelen}, f_frsize=${s.f_frsize}, f_flags=${hex(s.f_flags)}}`
      );
    },
  },
  utsname: {
    size: layouts.Utsname.SIZE,
    format(view: DataView, at: number): string {
      const u = layouts.decodeUtsname(view, at, layouts.newUtsname());
      return `{sysname="${u.sysname}", nodename="${u.nodename}", release="${u.release}", ...}`;
    },
  },
  sysinfo: {
    size: layouts.Sysinfo.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeSysinfo(view, at, layouts.newSysinfo());
      return `{uptime=${s.uptime}, loads=[${s.loads.join(', ')}], totalram=${s.totalram}, freeram=${s.freeram}, procs=${s.procs}, mem_unit=${s.mem_unit}, ...}`;
    },
  },
  rusage: {
    size: layouts.Rusage.SIZE,
    format: (view: DataView, at: number) => `{ru_utime=${timeval.format(view, at)}, ru_stime=${timeval.format(view, at + 16)}, ...}`,
  },
  tms: {
    size: layouts.Tms.SIZE,
    format(view: DataView, at: number): string {
      const t = layouts.decodeTms(view, at, layouts.newTms());
      return `{tms_utime=${t.tms_utime}, tms_stime=${t.tms_stime}, tms_cutime=${t.tms_cutime}, tms_cstime=${t.tms_cstime}}`;
    },
  },
  rlimit: {
    size: layouts.Rlimit.SIZE,
    format(view: DataView, at: number): string {
      const { rlim_cur, rlim_max } = layouts.decodeRlimit(view, at, layouts.newRlimit());
      return `{rlim_cur=${limit(rlim_cur)}, rlim_max=${limit(rlim_max)}}`;
    },
  },
  sigaction: {
    size: layouts.Sigaction.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeSigaction(view, at, layouts.newSigaction());
      const restorer = (s.sa_flags & 0x04000000) === 0 ? '' : `, sa_restorer=${hex(s.sa_restorer)}`;
      return `{sa_handler=${handler(s.sa_handler)}, sa_mask=${signalSet(s.sa_mask_lo, s.sa_mask_hi)}, sa_flags=${flags(names.sigAction, s.sa_flags)}${restorer}}`;
    },
  },
  sigset: { size: 8, format: (view: DataView, at: number) => signalSet(view.getUint32(at, true), view.getUint32(at + 4, true)) },
  siginfo: { size: layouts.Siginfo.SIZE, format: siginfo },
  stack: {
    size: layouts.StackT.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeStackT(view, at, layouts.newStackT());
      return `{ss_sp=${s.ss_sp === 0 ? 'NULL' : hex(s.ss_sp)}, ss_flags=${flags(names.sigStack, s.ss_flags)}, ss_size=${s.ss_size}}`;
    },
  },
  sigevent: {
    size: layouts.Sigevent.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeSigevent(view, at, layouts.newSigevent());
      return `{sigev_signo=${signalName(s.sigev_signo)}, sigev_notify=${oneOf(names.sigEvent, s.sigev_notify)}}`;
    },
  },
  epollEvent: {
    size: layouts.EpollEvent.SIZE,
    format(view: DataView, at: number): string {
      const e = layouts.decodeEpollEvent(view, at, layouts.newEpollEvent());
      return `{events=${flags(names.epollEvents, e.events)}, data={u32=${e.data_lo}, u64=${e.data_lo + e.data_hi * 2 ** 32}}}`;
    },
  },
  openHow: {
    size: layouts.OpenHow.SIZE,
    format(view: DataView, at: number): string {
      const h = layouts.decodeOpenHow(view, at, layouts.newOpenHow());
      return `{flags=${openFlags(h.flags_lo)}, mode=${octal(h.mode)}, resolve=${flags(names.resolve, h.resolve_lo)}}`;
    },
  },
  cloneArgs: {
    size: 64,
    format(view: DataView, at: number): string {
      const field = (offset: number): number => view.getUint32(at + offset, true) + view.getUint32(at + offset + 4, true) * 2 ** 32;
      return (
        `{flags=${flags(names.clone, field(0))}, child_tid=${hex(field(16))}, parent_tid=${hex(field(24))}, ` +
        `exit_signal=${field(32) === 0 ? 0 : signalName(field(32))}, stack=${field(40) === 0 ? 'NULL' : hex(field(40))}, stack_size=${hex(field(48))}, tls=${hex(field(56))}}`
      );
    },
  },
  schedParam: { size: 4, format: (view: DataView, at: number) => `[${view.getInt32(at, true)}]` },
  flock: {
    size: layouts.Flock.SIZE,
    format(view: DataView, at: number): string {
      const l = layouts.decodeFlock(view, at, layouts.newFlock());
      return `{l_type=${oneOf(names.lockType, l.l_type)}, l_whence=${oneOf(names.whence, l.l_whence)}, l_start=${l.l_start}, l_len=${l.l_len}}`;
    },
  },
  winsize: {
    size: layouts.Winsize.SIZE,
    format(view: DataView, at: number): string {
      const w = layouts.decodeWinsize(view, at, layouts.newWinsize());
      return `{ws_row=${w.ws_row}, ws_col=${w.ws_col}, ws_xpixel=${w.ws_xpixel}, ws_ypixel=${w.ws_ypixel}}`;
    },
  },
  termios: {
    size: layouts.Termios.SIZE,
    format(view: DataView, at: number): string {
      const t = layouts.decodeTermios(view, at, layouts.newTermios());
      return `{c_iflag=${hex(t.c_iflag)}, c_oflag=${hex(t.c_oflag)}, c_cflag=${hex(t.c_cflag)}, c_lflag=${hex(t.c_lflag)}, ...}`;
    },
  },
  sembuf: {
    size: layouts.Sembuf.SIZE,
    format(view: DataView, at: number): string {
      const s = layouts.decodeSembuf(view, at, layouts.newSembuf());
      return `{sem_num=${s.sem_num}, sem_op=${s.sem_op}, sem_flg=${hex(s.sem_flg & 0xffff)}}`;
    },
  },
} as const satisfies Record<string, StructFormat>;

/** Open flags: the access mode is a number of its own. */
export function openFlags(value: number): string {
  const mode = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'][value & 3] ?? '';
  const rest = flags(names.open, (value & ~3) >>> 0, '');
  return rest === '' ? mode : `${mode}|${rest}`;
}
