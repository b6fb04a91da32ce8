/** From calibration files to the model's inputs: runtimes to added costs, two files to the measured curve. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Calibration, CurvePoint, RuntimeCosts } from '#meter/calibrate/calibration.ts';
import { compare } from '#meter/calibrate/compare.ts';
import { inputsFor, readMeasured, sandboxFrom } from '#meter/inputs.ts';
import { noFactors, type Factors } from '#meter/model/factors.ts';
import { predict } from '#meter/model/predict.ts';
import { sweepMachine, sweepPoints, sweepStrideBytes, sweepWorkingSetBytes } from '#meter/model/published.ts';
import { addedBy } from '#meter/model/sandbox.ts';
import type { ShapeMix } from '#meter/model/shapes.ts';

const timing = (ns: number) => ({ ns, agreement: 0.01, repeats: 3 });
/** A shape whose first turn takes `first` and every other one `each`. */
const curve = (each: number, first = each): CurvePoint[] => [1, 2, 4, 1024].map((turns) => ({ turns, ns: first + (turns - 1) * each }));
const runtime = (name: string, curves: Record<string, CurvePoint[]>): RuntimeCosts => ({
  name,
  version: '',
  failures: {},
  classes: Object.fromEntries(Object.entries(curves).map(([shape, points]) => [shape, timing(points.at(-1)!.ns / 1024)])),
  curves,
});
const base: Calibration = {
  schema: 'belljar-calibration/2',
  measuredAt: '2026-01-02T03:04:05Z',
  machine: 'a machine',
  kernel: '6.1',
  ghz: 3.5,
  kpti: 'off',
  kptiWords: '',
  sweep: [],
  noisy: [],
  runtimes: [
    runtime('native', {
      trivial: curve(100),
      'file-data': curve(200),
      'file-data-64k': curve(3000),
      pipe: curve(300),
      exec: curve(500_000),
      'context-switch': curve(2000),
      sparse: curve(300_100),
      'page-fault': curve(2_048_000),
    }),
    runtime('belljar', {
      trivial: curve(1100, 1_000_100),
      'file-data': curve(5200, 2_005_200),
      'file-data-64k': curve(33_000),
      pipe: curve(4300),
      exec: curve(3_500_000),
      'context-switch': curve(30_000),
      sparse: curve(401_100),
      'page-fault': curve(2_252_800),
    }),
  ],
};
const inputs = inputsFor(null, { calibration: base, comparison: null });
const quiet = { ...noFactors, contextSwitchesPerSecond: 0, pageFaultsPerSecond: 0, busyCpus: 1 };
const likely = (factors: Factors): number => predict(factors, inputs, ['belljar'])[0]!.lossPercent.likely;
const only = (shape: string, share = 1, paused = 0): ShapeMix => ({ turns: { [shape]: share }, bytes: {}, entries: 1, paused });

test('the cost of a shape is the runtime less native, less entering the kernel, less the other shapes it uses', () => {
  const costs = sandboxFrom(base, 'belljar')!;
  assert.equal(costs.entry.slopeNs, 1000);
  assert.equal(costs.shapes['file-data']!.slopeNs, 4000);
  assert.equal(costs.shapes.exec!.slopeNs, 3_000_000);
  // Two pipes of two calls each, and two switches.
  assert.equal(costs.shapes['context-switch']!.slopeNs, (28_000 - 4 * 1000 - 2 * 2000) / 2);
  assert.equal(costs.shapes['page-fault']!.slopeNs, 100);
  assert.equal(costs.readByteNs, (30_000 - 5000) / 61_440);
  assert.match(costs.source, /assumed: .*file-metadata/);
  assert.equal(sandboxFrom(base, 'runsc'), null);
});

test('a new sandbox costs its first turns, a warm one does not', () => {
  const { entry } = sandboxFrom(base, 'belljar')!;
  assert.equal(addedBy(entry, 1, true), 1_000_000);
  assert.equal(addedBy(entry, 101, true), 1_000_000 + 100 * 1000);
  assert.equal(addedBy(entry, 10_000, true), 1_000_000 + 9999 * 1000);
  assert.equal(addedBy(entry, 101, false), 101_000);
  assert.equal(addedBy({ turns: [], addedNs: [], slopeNs: 5 }, 3, true), 15);
});

test('a service of trivial calls loses what they were measured to cost; a command also the warming up', () => {
  const service = { ...quiet, syscallsPerSecond: 100_000, shapes: only('trivial') };
  assert.ok(Math.abs(likely(service) - 10) < 1e-9);
  assert.ok(Math.abs(likely({ ...service, commandSeconds: 0.5 }) - 10.2) < 0.01);
  assert.ok(Math.abs(likely({ ...quiet, syscallsPerSecond: 100_000, mix: { trivial: 1 } }) - 10) < 0.5);
});

test('calls after a pause pay for waking the kernel, whether the pauses were seen or follow from the rate', () => {
  const service = { ...quiet, syscallsPerSecond: 1000 };
  assert.ok(Math.abs(likely({ ...service, shapes: only('trivial', 1, 0.5) }) - (0.1 + 0.5 * 10)) < 1e-9);
  const guessed = likely({ ...service, shapes: { ...only('trivial'), paused: null } });
  assert.ok(guessed > 0.1 + 9 && guessed < 0.1 + 10, `${guessed}`);
  assert.ok(likely({ ...quiet, syscallsPerSecond: 1e6, shapes: { ...only('trivial'), paused: null } }) < 100.01);
});

test('a byte beyond the measured size costs, one below costs less', () => {
  const read = (bytes: number): number =>
    likely({ ...quiet, syscallsPerSecond: 10_000, shapes: { ...only('file-data'), bytes: { 'file-data': bytes } } });
  assert.ok(Math.abs(read(4096) - (1 + 4)) < 1e-9);
  assert.ok(Math.abs(read(65_536) - (1 + 4 + (10_000 * 25_000) / 1e7)) < 1e-9);
  assert.ok(read(1) < read(2048) && read(2048) < read(4096));
});

test('a gain stays below zero at both ends where the sandbox is the faster', () => {
  const faster = { ...inputs, sandbox: { ...inputs.sandbox, entry: { turns: [], addedNs: [], slopeNs: -500 } } };
  const [p] = predict({ ...quiet, syscallsPerSecond: 1e5, shapes: only('trivial') }, faster, ['belljar']);
  const { low, likely: middle, high } = p!.lossPercent;
  assert.ok(low < middle && middle < high && high < 0, `${low} ${middle} ${high}`);
});

test('rates counted under KPTI are not corrected for the sandbox: its costs were measured under it too', () => {
  const factors = { ...quiet, syscallsPerSecond: 300_000, shapes: only('trivial') };
  const [under] = predict(factors, { ...inputs, measuredUnder: 'kpti-nopcid' }, ['belljar']);
  assert.equal(under!.lossPercent.likely, likely(factors));
  const kpti = (measuredUnder: 'none' | 'kpti-nopcid') =>
    predict(factors, { ...inputs, measuredUnder }, ['kpti-nopcid'])[0]!.lossPercent.likely;
  assert.ok(kpti('kpti-nopcid') > kpti('none') * 1.1);
});

/** The published sweep as if this meter had measured it. */
function published(kpti: string, rate: (p: (typeof sweepPoints)[number]) => number): Calibration {
  return {
    ...base,
    kpti,
    runtimes: [],
    sweep: sweepPoints.map((p) => ({ reads: p.reads, workingSetBytes: sweepWorkingSetBytes, hugePages: false, ...timing(1e9 / rate(p)) })),
  };
}

test('two calibrations, KPTI off and on, give the published curve back, and the predictor takes it', () => {
  const comparison = compare(
    published('off', (p) => p.callsPerSecondOff),
    published('kpti-pcid', (p) => p.callsPerSecondPcid),
    sweepMachine,
  );
  assert.equal(comparison.configuration, 'kpti-pcid');
  assert.ok(Math.abs(comparison.points[0]!.lossPercent - 237.2) < 0.1);
  const measured = inputsFor(null, { calibration: null, comparison });
  assert.equal(measured.kptiSpread, 0.15);
  assert.ok(Math.abs(measured.amplitudes['kpti-pcid'].entryCycles - 535) < 5);
  const [p] = predict(
    { ...noFactors, syscallsPerSecond: 381_542, contextSwitchesPerSecond: 0, pageFaultsPerSecond: 0, touchedBytes: 384 * sweepStrideBytes },
    measured,
    ['kpti-pcid'],
  );
  assert.ok(Math.abs(p!.lossPercent.likely - 5.83) < 0.3);
});

test('two kernels that do not differ in KPTI give the predictor nothing', () => {
  const comparison = compare(
    published('off', (p) => p.callsPerSecondOff),
    published('off', (p) => p.callsPerSecondOff),
    sweepMachine,
  );
  assert.equal(comparison.configuration, null);
  assert.ok(comparison.points.every((p) => p.lossPercent === 0));
  assert.equal(inputsFor(null, { calibration: null, comparison }).kptiSpread, 0.5);
});

test('files that are no calibration are refused in words', () => {
  const directory = mkdtempSync(join(tmpdir(), 'meter-cal-'));
  const write = (text: string): string[] => {
    writeFileSync(join(directory, 'f'), text);
    return [join(directory, 'f')];
  };
  assert.throws(() => readMeasured(write('{')), { code: 'bad-calibration' });
  assert.throws(() => readMeasured(write('null')), { code: 'bad-calibration' });
  assert.throws(() => readMeasured(write('{"schema":"belljar-calibration/1"}')), { code: 'bad-calibration' });
  assert.throws(() => readMeasured([join(directory, 'none')]), { code: 'no-calibration' });
  assert.equal(readMeasured(write(JSON.stringify(base))).calibration!.machine, 'a machine');
  rmSync(directory, { recursive: true });
});
