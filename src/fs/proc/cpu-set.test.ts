import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { cpuList, cpuMask } from './cpu-set.ts';

test('lists of CPUs', () => {
  equal(cpuList([]), '');
  equal(cpuList([0]), '0');
  equal(cpuList([0, 1]), '0-1');
  equal(cpuList([0, 1, 3, 7, 8, 9]), '0-1,3,7-9');
});

test('masks of CPUs are as wide as the machine', () => {
  equal(cpuMask([0, 1], 2), '3');
  equal(cpuMask([7], 8), '80');
  equal(cpuMask([0], 32), '00000001');
  equal(cpuMask([0, 35], 36), '8,00000001');
  equal(cpuMask([31], 64), '00000000,80000000');
  equal(cpuMask([99], 2), '0');
});
