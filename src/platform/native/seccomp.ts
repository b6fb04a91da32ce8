/**
 * The seccomp filters of stub threads, as classic BPF.
 *
 * The guest filter is the boundary to the host. The instruction pointer check only sends the guest's own `syscall`
 * instructions to the kernel; a guest can jump into the stub's text with any registers, so every call allowed here is
 * harmless with any arguments that pass. Both halves of each argument are tested.
 * The mm filter is the second wall: the mm thread obeys only the read-only command page, and should that page's words
 * ever be torn or forged, what it can do stays inside guest memory and its own control pages.
 */
import { ARCH_GET_GS, ARCH_SET_FS, ARCH_SET_GS, CMD_SIZE, GUEST_END, PROC_BASE, RES_OFFSET, TEXT_BASE, TEXT_SIZE } from './layout.ts';
import { CLONE_FORK_FLAGS, CLONE_THREAD_FLAGS, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, Sys } from './sys.ts';

const LOAD = 0x20;
const JEQ = 0x15;
const JGT = 0x25;
const JGE = 0x35;
const JA = 0x05;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const TRAP = 0x00030000;
const ARCH_X86_64 = 0xc000003e;

const HI = 4294967296;
const GUEST_END_HI = GUEST_END / HI;
/** Lengths below 2^36 added to an address below GUEST_END stay below the stub. */
const LENGTH_END_HI = 0x10;

type Target = string | null;
interface Instruction {
  code: number;
  k: number;
  yes: Target;
  no: Target;
}

/** Assembles forward jumps to labels; `null` falls through. */
class Program {
  readonly #list: Instruction[] = [];
  readonly #labels = new Map<string, number>();

  load(offset: number): this {
    return this.#add(LOAD, offset, null, null);
  }
  /** Jumps to `yes` if equal, else to `no`. */
  equal(k: number, yes: Target, no: Target): this {
    return this.#add(JEQ, k, yes, no);
  }
  above(k: number, yes: Target, no: Target): this {
    return this.#add(JGT, k, yes, no);
  }
  atLeast(k: number, yes: Target, no: Target): this {
    return this.#add(JGE, k, yes, no);
  }
  jump(to: string): this {
    return this.#add(JA, 0, to, null);
  }
  label(name: string): this {
    this.#labels.set(name, this.#list.length);
    return this;
  }
  answer(k: number): this {
    return this.#add(RETURN, k, null, null);
  }

  #add(code: number, k: number, yes: Target, no: Target): this {
    this.#list.push({ code, k, yes, no });
    return this;
  }

  assemble(): Uint8Array {
    const out = new Uint8Array(this.#list.length * 8);
    const view = new DataView(out.buffer);
    this.#list.forEach((x, i) => {
      const distance = (to: Target): number => {
        if (to === null) return 0;
        const at = this.#labels.get(to);
        if (at === undefined || at <= i || (x.code !== JA && at - i - 1 > 255)) throw new Error(`seccomp: bad jump to ${to}`);
        return at - i - 1;
      };
      view.setUint16(i * 8, x.code, true);
      if (x.code === JA) {
        view.setUint32(i * 8 + 4, distance(x.yes), true);
      } else {
        view.setUint8(i * 8 + 2, distance(x.yes));
        view.setUint8(i * 8 + 3, distance(x.no));
        view.setUint32(i * 8 + 4, x.k >>> 0, true);
      }
    });
    return out;
  }
}

const lo = (arg: number): number => 16 + 8 * arg;
const hi = (arg: number): number => 20 + 8 * arg;

/** Instruction pointer first: the host's filter cache then has nothing to precompute, and guest code leaves at once. */
function prologue(p: Program): Program {
  return p
    .load(12)
    .equal(TEXT_BASE / HI, null, 'trap')
    .load(8)
    .atLeast(TEXT_SIZE, 'trap', null)
    .load(4)
    .equal(ARCH_X86_64, null, 'trap')
    .load(0);
}

function epilogue(p: Program): Uint8Array {
  return p.label('trap').answer(TRAP).label('allow').answer(ALLOW).assemble();
}

/** Traps unless [argument a, + argument n) lies in guest memory. */
function guestRange(p: Program, a: number, n: number): Program {
  return p.load(hi(a)).atLeast(GUEST_END_HI, 'trap', null).load(hi(n)).atLeast(LENGTH_END_HI, 'trap', null);
}

function futex(p: Program): Program {
  // FUTEX_WAIT and FUTEX_WAKE.
  return p.label('futex').load(hi(1)).equal(0, null, 'trap').load(lo(1)).above(1, 'trap', 'allow');
}

/** Setting FS or GS base, reading GS base: the thread's own registers and memory, whatever the address. */
function archPrctl(p: Program): Program {
  return p
    .label('archPrctl')
    .load(hi(0))
    .equal(0, null, 'trap')
    .load(lo(0))
    .equal(ARCH_SET_FS, 'allow', null)
    .equal(ARCH_SET_GS, 'allow', null)
    .equal(ARCH_GET_GS, 'allow', 'trap');
}

function small(p: Program, arg: number, max: number): Program {
  return p.load(hi(arg)).equal(0, null, 'trap').load(lo(arg)).above(max, 'trap', null);
}

export function guestFilter(): Uint8Array {
  const p = prologue(new Program())
    .equal(Sys.sched_yield, 'allow', null)
    .equal(Sys.futex, 'futex', null)
    .equal(Sys.rt_sigreturn, 'allow', null)
    .equal(Sys.mmap, 'mmap', null)
    .equal(Sys.munmap, 'munmap', null)
    .equal(Sys.madvise, 'madvise', null)
    .equal(Sys.mprotect, 'mprotect', null)
    .equal(Sys.exit, 'allow', null)
    .equal(Sys.arch_prctl, 'archPrctl', null)
    .equal(Sys.exit_group, 'allow', 'trap');
  futex(p);
  archPrctl(p);
  guestRange(p.label('munmap'), 0, 1).jump('allow');
  small(guestRange(p.label('mprotect'), 0, 1), 2, 7).jump('allow');
  guestRange(p.label('madvise'), 0, 1).load(hi(2)).equal(0, null, 'trap').load(lo(2)).equal(4, 'allow', null).equal(8, 'allow', 'trap');
  small(guestRange(p.label('mmap'), 0, 1), 2, 7)
    .load(hi(3))
    .equal(0, null, 'trap')
    .load(lo(3))
    .equal(MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, 'allow', 'trap');
  return epilogue(p);
}

export function mmFilter(): Uint8Array {
  const p = prologue(new Program());
  const plain = [
    Sys.sched_yield,
    Sys.rt_sigreturn,
    Sys.exit,
    Sys.exit_group,
    Sys.getpid,
    Sys.recvmsg,
    Sys.close,
    Sys.close_range,
    Sys.sigaltstack,
    Sys.rt_sigprocmask,
    Sys.seccomp,
    Sys.mlock,
    Sys.munlock,
    Sys.msync,
  ];
  p.equal(Sys.futex, 'futex', null)
    .equal(Sys.mmap, 'mmap', null)
    .equal(Sys.munmap, 'range', null)
    .equal(Sys.mprotect, 'range', null)
    .equal(Sys.madvise, 'range', null)
    .equal(Sys.mremap, 'mremap', null)
    .equal(Sys.clone, 'clone', null)
    .equal(Sys.arch_prctl, 'archPrctl', null);
  for (const nr of plain) p.equal(nr, 'allow', null);
  p.jump('trap');
  futex(p);
  archPrctl(p);
  p.label('clone')
    .load(hi(0))
    .equal(0, null, 'trap')
    .load(lo(0))
    .equal(CLONE_THREAD_FLAGS, 'allow', null)
    .equal(CLONE_FORK_FLAGS, 'allow', 'trap');
  guestRange(guestRange(p.label('mremap'), 0, 1), 4, 2).jump('allow');
  // The process's own results and contexts lie above its command page; the command page itself is only ever read.
  const own = PROC_BASE % HI;
  const ownPages = (name: string): void => {
    p.label(name)
      .equal(PROC_BASE / HI, null, 'trap')
      .load(hi(1))
      .equal(0, null, 'trap')
      .load(lo(1))
      .above(0x2000_0000, 'trap', null)
      .load(lo(0))
      .atLeast(0x4000_0000, 'trap', null)
      .atLeast(own + RES_OFFSET, 'allow', null);
  };
  p.label('range').load(hi(1)).atLeast(LENGTH_END_HI, 'trap', null).load(hi(0)).atLeast(GUEST_END_HI, 'own', 'allow');
  ownPages('own');
  p.jump('trap');
  p.label('mmap').load(hi(1)).atLeast(LENGTH_END_HI, 'trap', null).load(hi(0)).atLeast(GUEST_END_HI, 'ownMap', 'allow');
  ownPages('ownMap');
  p.equal(own, null, 'trap')
    .load(lo(1))
    .equal(CMD_SIZE, null, 'trap')
    .load(hi(2))
    .equal(0, null, 'trap')
    .load(lo(2))
    .equal(1, 'allow', 'trap');
  return epilogue(p);
}
