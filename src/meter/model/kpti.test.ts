/** The model against everything published: the sweep (also with each point left out of the fit) and the anchors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitAmplitudes, toleranceOf, type Tolerance } from './fit.ts';
import { noFactors, type Factors } from './factors.ts';
import { addedNsPerEntry, publishedAmplitudes, type KptiConfiguration } from './kpti.ts';
import { predict } from './predict.ts';
import {
  fiveThousandAnchor,
  getppidAnchors,
  lossPercent,
  mysqlAnchor,
  pageFaultAnchor,
  sweepMachine,
  sweepPoints,
  sweepStrideBytes,
  sweepWorkingSetBytes,
  type SweepPoint,
} from './published.ts';
import { publishedInputs } from './reference.ts';

const cases: { configuration: KptiConfiguration; on: (p: SweepPoint) => number; tolerance: Tolerance }[] = [
  { configuration: 'kpti-pcid', on: (p) => p.callsPerSecondPcid, tolerance: { relative: 0.15, points: 0.15 } },
  { configuration: 'kpti-nopcid', on: (p) => p.callsPerSecondNoPcid, tolerance: { relative: 0.25, points: 0.15 } },
];

function one(factors: Partial<Factors>, configuration: KptiConfiguration | 'kpti-pcid-hugepages') {
  return predict({ ...noFactors, contextSwitchesPerSecond: 0, pageFaultsPerSecond: 0, ...factors }, publishedInputs, [configuration])[0]!;
}

for (const { configuration, on, tolerance } of cases) {
  for (const point of sweepPoints) {
    const measured = lossPercent(point.callsPerSecondOff, on(point));
    const allowed = toleranceOf(measured, tolerance);
    const factors = {
      syscallsPerSecond: point.callsPerSecondOff,
      touchedBytes: point.reads * sweepStrideBytes,
      workingSetBytes: sweepWorkingSetBytes,
    };
    test(`${configuration}: the sweep at ${point.reads} reads`, () => {
      const { lossPercent: loss } = one(factors, configuration);
      assert.ok(Math.abs(loss.likely - measured) <= allowed, `${loss.likely} against ${measured}`);
      assert.ok(loss.low <= measured + 0.15 && measured <= loss.high + 0.15, 'inside the range');
    });
    test(`${configuration}: the sweep at ${point.reads} reads, touched bytes not given`, () => {
      const { lossPercent: loss } = one({ ...factors, touchedBytes: null }, configuration);
      assert.ok(Math.abs(loss.likely - measured) <= allowed, `${loss.likely} against ${measured}`);
    });
    test(`${configuration}: ${point.reads} reads predicted from the other points alone`, () => {
      const others = sweepPoints
        .filter((other) => other !== point)
        .map((other) => ({
          touchedBytes: other.reads * sweepStrideBytes,
          callsPerSecondOff: other.callsPerSecondOff,
          callsPerSecondOn: on(other),
        }));
      const fitted = fitAmplitudes(others, sweepMachine, tolerance);
      const predicted = (addedNsPerEntry(fitted, point.reads * sweepStrideBytes, sweepMachine) * point.callsPerSecondOff) / 1e7;
      assert.ok(Math.abs(predicted - measured) <= allowed, `${predicted} against ${measured}`);
    });
  }
  test(`${configuration}: the amplitudes in use are those of the fit`, () => {
    const points = sweepPoints.map((p) => ({
      touchedBytes: p.reads * sweepStrideBytes,
      callsPerSecondOff: p.callsPerSecondOff,
      callsPerSecondOn: on(p),
    }));
    const fitted = fitAmplitudes(points, sweepMachine, tolerance);
    for (const [name, value] of Object.entries(publishedAmplitudes[configuration])) {
      const again = fitted[name as keyof typeof fitted];
      assert.ok(Math.abs(value - again) <= 0.02 * Math.abs(again), `${name}: ${value}, fitted ${again}`);
    }
  });
}

test('a page fault costs what was published', () => {
  for (const [configuration, added] of [
    ['kpti-pcid', pageFaultAnchor.addedPcidNs],
    ['kpti-nopcid', pageFaultAnchor.addedNoPcidNs],
  ] as const) {
    const rate = 1e9 / pageFaultAnchor.baseNs;
    const { factors } = one({ syscallsPerSecond: 0, pageFaultsPerSecond: rate, workingSetBytes: sweepWorkingSetBytes }, configuration);
    assert.ok(Math.abs(factors['faults']!.likely - (added / pageFaultAnchor.baseNs) * 100) < 0.01);
  }
});

for (const anchor of getppidAnchors) {
  test(`getppid on ${anchor.machine} lies inside the spread between machines`, () => {
    for (const [configuration, on] of [
      ['kpti-pcid', anchor.pcid],
      ['kpti-nopcid', anchor.noPcid],
    ] as const) {
      if (on === null) continue;
      const rate = (sweepMachine.ghz * 1e9) / anchor.off;
      const { factors } = one({ syscallsPerSecond: rate, touchedBytes: 0 }, configuration);
      const measured = (on / anchor.off - 1) * 100;
      const calls = factors['calls']!;
      assert.ok(calls.low <= measured && measured <= calls.high, `${measured} in ${JSON.stringify(calls)}`);
    }
  });
}

test('5,000 calls/s over 100 MB: dear without PCID, cheap with it, a gain with huge pages', () => {
  const factors = { syscallsPerSecond: fiveThousandAnchor.callsPerSecond, workingSetBytes: sweepWorkingSetBytes };
  assert.ok(Math.abs(one(factors, 'kpti-nopcid').lossPercent.likely - fiveThousandAnchor.noPcid) <= 0.25 * fiveThousandAnchor.noPcid);
  const pcid = one(factors, 'kpti-pcid').lossPercent;
  assert.ok(pcid.low <= fiveThousandAnchor.pcid && fiveThousandAnchor.pcid <= pcid.high);
  assert.ok(Math.abs(one(factors, 'kpti-pcid-hugepages').lossPercent.likely - fiveThousandAnchor.pcidHugePages) <= 0.5);
});

test('MySQL: TLB walks before KPTI put the published loss of walks inside the pattern range', () => {
  const { factors } = one(
    { syscallsPerSecond: 100_000, workingSetBytes: 1e9, tlbWalkPercent: mysqlAnchor.walkPercentBefore },
    'kpti-nopcid',
  );
  assert.ok(factors['pattern']!.high >= 9.9 && factors['pattern']!.likely > 0);
});

test('the clock scales what the core does and leaves what memory does', () => {
  const slow = { ...sweepMachine, ghz: sweepMachine.ghz / 2 };
  const amplitudes = publishedAmplitudes['kpti-nopcid'];
  assert.equal(addedNsPerEntry(amplitudes, 0, slow), 2 * addedNsPerEntry(amplitudes, 0, sweepMachine));
  const far = 4 * 2 ** 20;
  assert.ok(addedNsPerEntry(amplitudes, far, slow) < 1.25 * addedNsPerEntry(amplitudes, far, sweepMachine));
});

test('rates that were counted under KPTI are taken back before they are charged again', () => {
  const point = sweepPoints[3]!;
  const factors = { ...noFactors, contextSwitchesPerSecond: 0, pageFaultsPerSecond: 0, touchedBytes: point.reads * 64 };
  const before = predict({ ...factors, syscallsPerSecond: point.callsPerSecondOff }, publishedInputs)[0]!;
  const under = predict(
    { ...factors, syscallsPerSecond: point.callsPerSecondPcid },
    { ...publishedInputs, measuredUnder: 'kpti-pcid' },
  )[0]!;
  assert.ok(Math.abs(before.lossPercent.likely - under.lossPercent.likely) < 0.03 * before.lossPercent.likely);
});

test('a factor that is missing widens the range and never narrows it', () => {
  const full: Factors = {
    ...noFactors,
    syscallsPerSecond: 20_000,
    contextSwitchesPerSecond: 1000,
    pageFaultsPerSecond: 500,
    workingSetBytes: 50e6,
    mix: { 'file-data': 1 },
  };
  const width = (f: Factors, i: number): number => {
    const { low, high } = predict(f, publishedInputs)[i]!.lossPercent;
    return high - low;
  };
  for (let i = 0; i < 4; i++) {
    for (const name of ['syscallsPerSecond', 'contextSwitchesPerSecond', 'pageFaultsPerSecond', 'workingSetBytes', 'mix'] as const) {
      assert.ok(width({ ...full, [name]: null }, i) >= width(full, i) - 1e-9, `${name} of configuration ${i}`);
    }
  }
});
