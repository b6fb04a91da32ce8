/**
 * What metering costs the metered. First the counter alone: this thread's calls with it on and off, a millisecond each, in
 * pairs, so that even a busy machine treats both alike. Then a whole program at about 100,000 calls/s on one CPU, run plain,
 * counted, and counted with the mix sampled, in turn. Prints medians and quartiles. Bar: counting under 1 %.
 *
 *   node bench/meter-overhead.ts [rounds]
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { benchPath } from '#meter/calibrate/bench-process.ts';
import { PerfType } from '#meter/collectors/perf-counter.ts';
import { findSyscallTracepoint } from '#meter/collectors/tracepoint.ts';
import { nativeMeter, OpenBit } from '#meter/native-meter.ts';
import { Session } from '#meter/session.ts';
import { resolveTarget } from '#meter/target.ts';
import { median } from '#meter/verify/statistics.ts';

const rounds = Number(process.argv[2] ?? 15);
const turnMs = 400;
const bytes = 1 << 20;

async function callsPerSecond(reads: number, metered: 'plain' | 'counted' | 'sampled'): Promise<number> {
  const child = spawn(benchPath, ['sweep', `${reads}`, `${bytes}`, '0', `${turnMs}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const session =
    metered === 'plain'
      ? null
      : new Session(resolveTarget({ kind: 'pid', pid: child.pid! }), { workingSet: false, mix: metered === 'sampled' });
  const timer = setInterval(() => session?.adaptSampling(), 100);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  session?.tick();
  session?.close();
  // By the program's own CPU time: what others do on this machine meanwhile then matters less.
  const [operations = Number.NaN, , , cpuNs = Number.NaN] = output.split(' ').map(Number);
  return (operations / cpuNs) * 1e9;
}

function counterAlone(pairs: number): void {
  const native = nativeMeter();
  const tracepoint = findSyscallTracepoint();
  if (typeof native === 'string' || tracepoint.kind !== 'ok') throw new Error('the tracepoint cannot be counted here');
  const fd = native.perfOpen(PerfType.tracepoint, tracepoint.value.id, 0, -1, 0, OpenBit.disabled);
  const calls = 1000;
  const added: number[] = [];
  const times = { off: [] as number[], on: [] as number[] };
  const loop = (on: 0 | 1): number => {
    native.perfSteer(fd, on);
    return native.callLoop(calls) / calls;
  };
  for (let i = 0; i < pairs; i++) {
    // Which comes first alternates too.
    const [off, on] = i % 2 === 0 ? [loop(0), loop(1)] : [loop(1), loop(0)].reverse();
    times.off.push(off!);
    times.on.push(on!);
    added.push(on! - off!);
  }
  closeSync(fd);
  added.sort((a, b) => a - b);
  const share = (ns: number): string => ((ns * 100_000) / 1e7).toFixed(2);
  const [low, middle, high] = [added[pairs >> 2]!, median(added), added[(pairs * 3) >> 2]!];
  console.log(
    `a counter adds ${middle.toFixed(0)} ns to a call of ${median(times.off).toFixed(0)} ns (quartiles ${low.toFixed(0)} to ${high.toFixed(0)}, ${pairs} pairs; ` +
      `fastest against fastest ${(Math.min(...times.on) - Math.min(...times.off)).toFixed(0)}): ` +
      `${share(middle)} % of the time at 100,000 calls/s (${share(low)} to ${share(high)})`,
  );
}

counterAlone(1000);
let reads = 1024;
for (let i = 0; i < 6; i++) {
  const rate = await callsPerSecond(reads, 'plain');
  reads = Math.max(1, Math.round((reads * rate) / 100_000));
}
const rates = { plain: [] as number[], counted: [] as number[], sampled: [] as number[] };
for (let i = 0; i < rounds; i++) {
  for (const kind of ['plain', 'counted', 'sampled'] as const) rates[kind].push(await callsPerSecond(reads, kind));
}
const plain = median(rates.plain);
console.log(`${reads} reads between calls: ${(plain / 1000).toFixed(1)}k calls/s unmetered, ${rounds} rounds in turn`);
for (const kind of ['counted', 'sampled'] as const) {
  const ratios = rates[kind].map((rate, i) => (rates.plain[i]! / rate - 1) * 100).sort((a, b) => a - b);
  const fastest = (Math.max(...rates.plain) / Math.max(...rates[kind]) - 1) * 100;
  console.log(
    `${kind.padEnd(8)} ${median(ratios).toFixed(2)} % slower (quartiles ${ratios[ratios.length >> 2]!.toFixed(2)} to ${ratios[(ratios.length * 3) >> 2]!.toFixed(2)}); fastest against fastest ${fastest.toFixed(2)} %`,
  );
}
