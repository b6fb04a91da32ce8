/**
 * What metering costs the metered: a program at about 100,000 calls/s on one CPU, run plain, counted, and counted with
 * the mix sampled, in turn. Prints the median slowdown of each and its spread. Bar: counting under 1 %.
 *
 *   node bench/meter-overhead.ts [rounds]
 */
import { spawn } from 'node:child_process';
import { benchPath } from '#meter/calibrate/bench-process.ts';
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
