import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { parseHostStat, statusField, statusKilobytes } from './host-stat.ts';

test('a name with parentheses and spaces does not shift the fields', () => {
  const rest = 'S 1 2 3 0 -1 4194304 110 111 12 13 14 15 16 17 20 0 1 0 22 23 24 25 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0';
  const wanted = { minorFaults: 110, majorFaults: 12, userTicks: 14, systemTicks: 15, resident: 24, processor: 1 };
  deepEqual(parseHostStat(`7 (stub) ${rest}\n`), wanted);
  deepEqual(parseHostStat(`7 (a ) R (b) ${rest}\n`), wanted);
});

test('the file of a process that is gone counts as nothing', () => {
  equal(parseHostStat('').resident, 0);
});

test('status fields by whole names', () => {
  const text = 'Name:\tstub\nVmRSS:\t    1776 kB\nRssAnon:\t     116 kB\nThreads:\t2\n';
  equal(statusField(text, 'Name'), 'stub');
  equal(statusKilobytes(text, 'VmRSS'), 1776);
  equal(statusKilobytes(text, 'RssAnon'), 116);
  equal(statusField(text, 'RSS'), null);
  equal(statusKilobytes(text, 'VmSwap'), 0);
  equal(statusField('Threads:\t2', 'Threads'), '2');
});
