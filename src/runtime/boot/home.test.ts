import { strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { homeOf } from './home.ts';

test('homeOf: the first line of the uid; broken lines are passed over', () => {
  const passwd =
    '# comment\nroot:x:0:0:root:/root:/bin/sh\nbroken:x:5\nodd:x:abc:0::/odd:\na:x:5:5::/a:/bin/sh\nb:x:5:5::/b:/bin/sh\nnone:x:6:6:::\n';
  strictEqual(homeOf(passwd, 0), '/root');
  strictEqual(homeOf(passwd, 5), '/a');
  strictEqual(homeOf(passwd, 6), '');
  strictEqual(homeOf(passwd, 7), null);
  strictEqual(homeOf('', 0), null);
});
