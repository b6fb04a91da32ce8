/** Parts of config.json's `linux` that only the sandbox's kernel carries out: time offsets, id mappings, propagation of the root. */
import { MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '#abi/mount.ts';
import { checkSysctl } from '#fs/proc/sysctl.ts';
import type { IdRange } from '#fs/host/owners.ts';
import type { TimeOffsets } from '#kernel/kernel.ts';
import type { Field } from './reader.ts';

export interface LinuxExtras {
  readonly timeOffsets: TimeOffsets | null;
  /** null: the same ids inside and outside. */
  readonly uids: readonly IdRange[] | null;
  readonly gids: readonly IdRange[] | null;
  /** MS_PRIVATE and its like, with MS_REC or not; 0: as it is. */
  readonly rootPropagation: number;
}

const propagations: Readonly<Record<string, number>> = {
  private: MS_PRIVATE,
  slave: MS_SLAVE,
  shared: MS_SHARED,
  unbindable: MS_UNBINDABLE,
};
const NSEC = 1_000_000_000;
/** A hundred years and more: Linux's own bound is that no clock may overflow. */
const MAX_OFFSET = 2 ** 32;
const MAX_ID = 0xfffffffe;
/** As many lines as Linux takes. */
const MAX_RANGES = 340;

export function parseLinuxExtras(linux: Field): LinuxExtras {
  const namespaces = new Set(
    linux
      .at('namespaces')
      .items()
      .map((namespace) => namespace.at('type').value),
  );
  const uidMappings = linux.at('uidMappings');
  const gidMappings = linux.at('gidMappings');
  const uids = parseRanges(uidMappings);
  const gids = parseRanges(gidMappings);
  for (const [field, ranges, other] of [
    [uidMappings, uids, gids],
    [gidMappings, gids, uids],
  ] as const) {
    if (ranges !== null && !namespaces.has('user')) field.fail('no mapping, since linux.namespaces has no user namespace');
    if (ranges === null && other !== null) field.fail('a mapping, as for the other kind of ids');
  }
  return {
    timeOffsets: parseTimeOffsets(linux.at('timeOffsets'), namespaces.has('time')),
    uids,
    gids,
    rootPropagation: parsePropagation(linux.at('rootfsPropagation')),
  };
}

function parseRanges(field: Field): IdRange[] | null {
  const items = field.items();
  if (items.length === 0) return null;
  if (items.length > MAX_RANGES) field.fail(`at most ${MAX_RANGES} ranges`);
  const ranges = items.map((item) => {
    const range = {
      inside: item.at('containerID').integer(0, MAX_ID),
      host: item.at('hostID').integer(0, MAX_ID),
      count: item.at('size').integer(1, MAX_ID + 1),
    };
    if (range.inside + range.count > MAX_ID + 1 || range.host + range.count > MAX_ID + 1)
      item.at('size').fail('a range that ends below 2^32 - 1');
    return range;
  });
  const apart = (a: IdRange, b: IdRange, side: 'inside' | 'host') => a[side] + a.count <= b[side] || b[side] + b.count <= a[side];
  for (const [i, a] of ranges.entries())
    for (const b of ranges.slice(i + 1)) if (!apart(a, b, 'inside') || !apart(a, b, 'host')) field.fail('ranges that do not overlap');
  // Everything onto itself changes nothing.
  return ranges.every(({ inside, host }) => inside === host) && ranges.some(({ inside, count }) => inside === 0 && count >= 65536)
    ? null
    : ranges;
}

function parseTimeOffsets(field: Field, hasNamespace: boolean): TimeOffsets | null {
  if (field.entries().length === 0) return null;
  if (!hasNamespace) field.fail('nothing, since linux.namespaces has no time namespace');
  for (const [name, clock] of field.entries())
    if (name !== 'monotonic' && name !== 'boottime') clock.fail('nothing: clocks are monotonic and boottime');
  const offset = (name: string) => {
    const clock = field.at(name);
    return { sec: clock.at('secs').integerOr(0, -MAX_OFFSET, MAX_OFFSET), nsec: clock.at('nanosecs').integerOr(0, 0, NSEC - 1) };
  };
  return { monotonic: offset('monotonic'), boottime: offset('boottime') };
}

function parsePropagation(field: Field): number {
  const text = field.stringOr('');
  if (text === '') return 0;
  const name = text in propagations ? text : text.startsWith('r') ? text.slice(1) : text;
  const type = Object.hasOwn(propagations, name)
    ? (propagations[name] as number)
    : field.fail('one of private, slave, shared, unbindable, or with an r before it');
  return type | (name === text ? 0 : MS_REC);
}

/** linux.sysctl: a warning for each name that the sandbox's kernel has not got. What is the host's, or a bad value, is a Failure. */
export function checkSysctls(field: Field): string[] {
  const warnings: string[] = [];
  for (const [name, value] of field.entries()) {
    const answer = checkSysctl(name, value.string());
    if (answer === 'value') value.fail('a value that this setting takes');
    else if (answer === 'host') value.fail("nothing: the setting is not part of a namespace, so it would be the host machine's");
    else if (answer === 'unknown') warnings.push(`config.json: ${value.path} is not applied: the sandbox's kernel has no such setting`);
  }
  return warnings;
}
