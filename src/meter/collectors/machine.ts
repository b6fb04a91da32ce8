/**
 * The machine and its state: clock, caches, TLB, kernel, mitigations, and whether KPTI is on, off, or impossible here,
 * in words. Parsers are pure; `readMachine` reads the files.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { MachineShape } from '../model/machine-shape.ts';
import { sweepMachine } from '../model/published.ts';

export type KptiState = 'on' | 'off' | 'not-needed' | 'unknown';

export interface Machine {
  readonly model: string;
  readonly vendor: string;
  readonly family: number;
  readonly modelNumber: number;
  readonly kernel: string;
  readonly cpus: number;
  readonly shape: MachineShape;
  readonly ghzSource: string;
  readonly tlbSource: string;
  readonly cacheSource: string;
  readonly pcid: boolean;
  readonly hugePages: string;
  readonly kpti: KptiState;
  /** One or two sentences. */
  readonly kptiWords: string;
  readonly mitigations: Readonly<Record<string, string>>;
}

export function readMachine(read: (path: string) => string = readOr): Machine {
  const cpu = parseCpuinfo(read('/proc/cpuinfo'));
  const mitigations = readMitigations(read);
  const khz = Number(read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq'));
  const ghz = khz > 0 ? khz / 1e6 : cpu.mhz > 0 ? cpu.mhz / 1e3 : sweepMachine.ghz;
  const caches = parseCaches((path) => read(`/sys/devices/system/cpu/cpu0/cache/${path}`));
  const tlb = tlbEntriesOf(cpu.vendor, cpu.family, cpu.modelNumber);
  const state = kptiState({
    meltdown: mitigations['meltdown'] ?? '',
    flags: cpu.flags,
    vendor: cpu.vendor,
    commandLine: read('/proc/cmdline'),
    ptiEnabled: read('/sys/kernel/debug/x86/pti_enabled'),
  });
  return {
    model: cpu.model,
    vendor: cpu.vendor,
    family: cpu.family,
    modelNumber: cpu.modelNumber,
    kernel: read('/proc/sys/kernel/osrelease').trim() || release(),
    cpus: cpu.cpus,
    shape: {
      ghz,
      level1Bytes: caches.level1 || sweepMachine.level1Bytes,
      level2Bytes: caches.level2 || sweepMachine.level2Bytes,
      tlbEntries: tlb ?? sweepMachine.tlbEntries,
    },
    ghzSource: khz > 0 ? 'cpufreq' : cpu.mhz > 0 ? '/proc/cpuinfo' : 'assumed',
    cacheSource: caches.level2 > 0 ? 'sysfs' : 'assumed: sysfs does not say',
    tlbSource: tlb === null ? 'assumed (unknown CPU)' : 'table of CPU families',
    pcid: cpu.flags.has('pcid'),
    hugePages: /\[(\w+)\]/.exec(read('/sys/kernel/mm/transparent_hugepage/enabled'))?.[1] ?? 'unknown',
    kpti: state.state,
    kptiWords: state.words,
    mitigations,
  };
}

export interface CpuInfo {
  readonly vendor: string;
  readonly model: string;
  readonly family: number;
  readonly modelNumber: number;
  readonly mhz: number;
  readonly cpus: number;
  readonly flags: ReadonlySet<string>;
}

export function parseCpuinfo(text: string): CpuInfo {
  const field = (name: string): string => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return {
    vendor: field('vendor_id'),
    model: field('model name') || 'unknown CPU',
    family: Number(field('cpu family')),
    modelNumber: Number(field('model')),
    mhz: Number(field('cpu MHz')),
    cpus: (text.match(/^processor\s*:/gm) ?? []).length,
    flags: new Set(field('flags').split(/\s+/).filter(Boolean)),
  };
}

export interface KptiFacts {
  /** The file vulnerabilities/meltdown; empty before 4.15 (and its backports). */
  readonly meltdown: string;
  readonly flags: ReadonlySet<string>;
  readonly vendor: string;
  readonly commandLine: string;
  /** RHEL's switch: "1", "0", or empty where there is none. */
  readonly ptiEnabled: string;
}

export function kptiState(facts: KptiFacts): { state: KptiState; words: string } {
  const meltdown = facts.meltdown.trim();
  const asked = /(?:^|\s)(nopti|pti=\w+|mitigations=off|kpti=\w+)(?=\s|$)/.exec(facts.commandLine)?.[1];
  const by = asked ? ` The kernel was booted with ${asked}.` : '';
  const switchable = facts.ptiEnabled.trim() !== '' ? ' It can be switched in /sys/kernel/debug/x86/pti_enabled.' : '';
  if (facts.ptiEnabled.trim() === '0') return { state: 'off', words: `KPTI is built in and switched off.${switchable}${by}` };
  if (/Mitigation: .*PTI/.test(meltdown) || facts.flags.has('pti') || facts.flags.has('kaiser') || facts.ptiEnabled.trim() === '1') {
    const pcid = facts.flags.has('pcid') && !/(?:^|\s)nopcid(?=\s|$)/.test(facts.commandLine);
    const forced = facts.vendor === 'AuthenticAMD' ? ' AMD CPUs are not affected by Meltdown: it is forced, and could be off.' : '';
    const guest = facts.flags.has('hypervisor')
      ? ' This is a virtual machine: what an entry costs is also the work of its hypervisor, which only a calibration sees.'
      : '';
    return {
      state: 'on',
      words: `KPTI is on, ${pcid ? 'with' : 'without'} PCID: the rates were counted while paying for it.${switchable}${by}${forced}${guest}`,
    };
  }
  if (meltdown === 'Not affected') {
    return {
      state: 'not-needed',
      words: `This CPU is not affected by Meltdown, so KPTI is off and not needed (pti=on would force it).${by}`,
    };
  }
  if (meltdown.startsWith('Vulnerable')) {
    return { state: 'off', words: `This CPU is affected by Meltdown and KPTI is off: it is possible here.${by}` };
  }
  const said = meltdown === '' ? 'no vulnerabilities/meltdown, no pti flag' : `it says "${meltdown}"`;
  return { state: 'unknown', words: `The kernel does not say whether KPTI is on (${said}).${by}` };
}

export function parseCaches(read: (path: string) => string): { level1: number; level2: number } {
  const result = { level1: 0, level2: 0 };
  for (let index = 0; index < 6; index++) {
    const type = read(`index${index}/type`).trim();
    const level = Number(read(`index${index}/level`));
    const bytes = parseSize(read(`index${index}/size`));
    if (type === 'Data' && level === 1) result.level1 = bytes;
    if (type !== 'Instruction' && level === 2) result.level2 = bytes;
  }
  return result;
}

/** "1024K" is 1048576. */
function parseSize(text: string): number {
  const match = /^(\d+)([KM]?)/.exec(text.trim());
  if (!match) return 0;
  return Number(match[1]) * (match[2] === 'K' ? 1024 : match[2] === 'M' ? 2 ** 20 : 1);
}

/** Second-level TLB entries for 4 KiB pages, by family. Null where the table does not know. */
export function tlbEntriesOf(vendor: string, family: number, model: number): number | null {
  if (vendor === 'GenuineIntel' && family === 6) {
    if ([0x3c, 0x3f, 0x45, 0x46].includes(model)) return 1024;
    if ([0x3d, 0x47, 0x4f, 0x56, 0x4e, 0x5e, 0x55, 0x8e, 0x9e, 0xa5, 0xa6].includes(model)) return 1536;
    if ([0x6a, 0x6c, 0x7d, 0x7e, 0x97, 0x9a, 0x8f, 0xb7, 0xba, 0xbf, 0xcf, 0xad, 0xae].includes(model)) return 2048;
  }
  if (vendor === 'AuthenticAMD') {
    if (family === 0x17) return model >= 0x30 ? 2048 : 1536;
    if (family === 0x19) return (model >= 0x10 && model <= 0x1f) || model >= 0x60 ? 3072 : 2048;
    if (family === 0x1a) return 4096;
  }
  return null;
}

function readMitigations(read: (path: string) => string): Record<string, string> {
  const root = '/sys/devices/system/cpu/vulnerabilities';
  const result: Record<string, string> = {};
  let names: string[] = ['meltdown', 'spectre_v1', 'spectre_v2'];
  try {
    names = readdirSync(root).sort();
  } catch {
    // No such directory before 4.15: the fixed names give nothing either, and the report says "unknown".
  }
  for (const name of names) {
    const text = read(`${root}/${name}`).trim();
    if (text) result[name] = text;
  }
  return result;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
