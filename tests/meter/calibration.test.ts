/** From calibration files to the model's inputs: runtimes to added costs, two files to the measured curve. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Calibration } from '#meter/calibrate/calibration.ts';
import { compare } from '#meter/calibrate/compare.ts';
import { inputsFor, readMeasured, sandboxFrom } from '#meter/inputs.ts';
import { noFactors } from '#meter/model/factors.ts';
import { predict } from '#meter/model/predict.ts';
import { sweepMachine, sweepPoints, sweepStrideBytes, sweepWorkingSetBytes } from '#meter/model/published.ts';

const timing = (ns: number) => ({ ns, agreement: 0.01, repeats: 3 });
const base: Calibration = {
  schema: 'belljar-calibration/1',
  measuredAt: '2026-01-02T03:04:05Z',
  machine: 'a machine',
  kernel: '6.1',
  ghz: 3.5,
  kpti: 'off',
  kptiWords: '',
  sweep: [],
  noisy: [],
  runtimes: [
    {
      name: 'native',
      version: '',
      failures: {},
      classes: {
        trivial: timing(100),
        'file-data': timing(200),
        'file-data-64k': timing(3000),
        pipe: timing(150),
        fork: timing(50_000),
        exec: timing(500_000),
        'context-switch': timing(1000),
        'page-fault': timing(1000),
      },
    },
    {
      name: 'belljar',
      version: '',
      failures: {},
      classes: {
        trivial: timing(1100),
        'file-data': timing(5200),
        'file-data-64k': timing(33_000),
        pipe: timing(2150),
        fork: timing(1_050_000),
        exec: timing(3_500_000),
        'context-switch': timing(15_000),
        'page-fault': timing(1100),
      },
    },
  ],
};

test('the cost of a class is the runtime less native; exec leaves out its fork, a switch its calls', () => {
  const costs = sandboxFrom(base, 'belljar')!;
  assert.equal(costs.addedNs.trivial.likely, 1000);
  assert.equal(costs.addedNs.exec.likely, 2_000_000);
  assert.equal(costs.switchNs.likely, 14_000 - 2 * 2000);
  assert.equal(costs.dataByteNs.likely, (30_000 - 5000) / 61_440);
  assert.match(costs.source, /assumed: .*file-metadata/);
  for (const range of [...Object.values(costs.addedNs), costs.switchNs, costs.dataByteNs, costs.pageFaultNs]) {
    assert.ok(range.low >= 0 && range.low <= range.likely && range.likely <= range.high);
  }
  assert.equal(sandboxFrom(base, 'runsc'), null);
});

test('a workload of trivial calls loses what they were measured to cost', () => {
  const inputs = inputsFor(null, { calibration: base, comparison: null });
  const [p] = predict(
    { ...noFactors, syscallsPerSecond: 100_000, contextSwitchesPerSecond: 0, pageFaultsPerSecond: 0, mix: { trivial: 1 } },
    inputs,
    ['belljar'],
  );
  assert.ok(Math.abs(p!.lossPercent.likely - 10) < 1e-9);
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
  const inputs = inputsFor(null, { calibration: null, comparison });
  assert.equal(inputs.kptiSpread, 0.15);
  assert.ok(Math.abs(inputs.amplitudes['kpti-pcid'].entryCycles - 535) < 5);
  const [p] = predict(
    { ...noFactors, syscallsPerSecond: 381_542, contextSwitchesPerSecond: 0, pageFaultsPerSecond: 0, touchedBytes: 384 * sweepStrideBytes },
    inputs,
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
  assert.throws(() => readMeasured(write('{"schema":"belljar-calibration/2"}')), { code: 'bad-calibration' });
  assert.throws(() => readMeasured([join(directory, 'none')]), { code: 'no-calibration' });
  assert.equal(readMeasured(write(JSON.stringify(base))).calibration!.machine, 'a machine');
  rmSync(directory, { recursive: true });
});
