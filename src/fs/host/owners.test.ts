import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { gidInside, gidOnHost, type OwnerMap, uidInside, uidOnHost } from './owners.ts';

const EINVAL = 22;

test('without a map ids are the same on both sides', () => {
  deepEqual([uidInside(null, 5), gidInside(null, 5), uidOnHost(null, 5), gidOnHost(null, -1)], [5, 5, 5, -1]);
});

test('ids that the sandbox has not got read as root', () => {
  const map: OwnerMap = { overflowUid: 65534, overflowGid: 65534, uids: null, gids: null };
  deepEqual([uidInside(map, 65534), uidInside(map, 1000), uidOnHost(map, 0)], [0, 1000, 0]);
});

test('a map shifts there and back, and what is outside of it is nobody', () => {
  const map: OwnerMap = {
    overflowUid: -1,
    overflowGid: -1,
    uids: [
      { inside: 0, host: 100000, count: 1000 },
      { inside: 1000, host: 500, count: 1 },
    ],
    gids: [{ inside: 0, host: 200000, count: 10 }],
  };
  deepEqual(
    [0, 999, 1000].map((uid) => uidOnHost(map, uid)),
    [100000, 100999, 500],
  );
  deepEqual(
    [100000, 100999, 500].map((uid) => uidInside(map, uid)),
    [0, 999, 1000],
  );
  deepEqual(
    [0, 99999, 101000].map((uid) => uidInside(map, uid)),
    [65534, 65534, 65534],
  );
  equal(uidOnHost(map, 1001), -EINVAL);
  equal(uidOnHost(map, -1), -1);
  equal(gidOnHost(map, 3), 200003);
  equal(gidInside(map, 200010), 65534);
});
