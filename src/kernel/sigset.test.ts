import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SigInfo, PendingSignals, sigInfo } from './pending-signals.ts';
import {
  type SigSet,
  sigsetAnd,
  sigsetEmpty,
  sigsetHas,
  sigsetMinus,
  sigsetNot,
  sigsetOf,
  sigsetOr,
  sigsetWith,
  sigsetWithout,
} from './sigset.ts';

const signal = fc.integer({ min: 1, max: 64 });
const signals = fc.uniqueArray(signal);
const members = (set: SigSet) => Array.from({ length: 64 }, (_, i) => i + 1).filter((one) => sigsetHas(set, one));
const sorted = (list: Iterable<number>) => [...new Set(list)].sort((a, b) => a - b);

test('sigset operations are those of sets of 1 to 64', () => {
  fc.assert(
    fc.property(signals, signals, signal, (a, b, one) => {
      const [x, y] = [sigsetOf(...a), sigsetOf(...b)];
      deepEqual(members(x), sorted(a));
      deepEqual(members(sigsetOr(x, y)), sorted([...a, ...b]));
      deepEqual(members(sigsetAnd(x, y)), sorted(a.filter((s) => b.includes(s))));
      deepEqual(members(sigsetMinus(x, y)), sorted(a.filter((s) => !b.includes(s))));
      deepEqual(members(sigsetWith(x, one)), sorted([...a, one]));
      deepEqual(members(sigsetWithout(x, one)), sorted(a.filter((s) => s !== one)));
      deepEqual(members(sigsetNot(x)).length, 64 - a.length);
      equal(sigsetEmpty(x), a.length === 0);
    }),
  );
});

const SYNCHRONOUS = [11, 7, 4, 5, 8, 31];

/** The same by a plain list. */
class Model {
  list: SigInfo[] = [];
  add(info: SigInfo): void {
    if (info.signal < 32 && this.list.some((other) => other.signal === info.signal)) return;
    this.list.push(info);
  }
  take(blocked: number[]): SigInfo | null {
    const rank = (info: SigInfo) => (SYNCHRONOUS.includes(info.signal) ? info.signal : info.signal + 100);
    const ready = this.list.filter((info) => !blocked.includes(info.signal)).sort((a, b) => rank(a) - rank(b));
    const [first] = ready;
    if (first === undefined) return null;
    this.list = this.list.filter((info) => info !== first);
    return first;
  }
}

test('pending signals: standard ones once, real-time ones queued, faults first, then by number', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), signal }),
    fc.record({ kind: fc.constant('take' as const), blocked: signals }),
    fc.record({ kind: fc.constant('flush' as const), blocked: signals }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pending = new PendingSignals();
      const model = new Model();
      for (const one of steps) {
        if (one.kind === 'add') {
          const info = sigInfo(one.signal, 0);
          pending.add(info);
          model.add(info);
        } else if (one.kind === 'take') equal(pending.take(sigsetOf(...one.blocked)), model.take(one.blocked));
        else {
          pending.flush(sigsetOf(...one.blocked));
          model.list = model.list.filter((info) => !one.blocked.includes(info.signal));
        }
        deepEqual(members(pending.set), sorted(model.list.map((info) => info.signal)));
        deepEqual([...pending.queue], model.list);
      }
    }),
  );
});
