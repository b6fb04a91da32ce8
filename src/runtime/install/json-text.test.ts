import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JsonNode, type JsonObject, JsonTextError, memberOf, parseJsonText, withMember, withoutMember } from './json-text.ts';

function plain(node: JsonNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.items.map(plain);
  const object: Record<string, unknown> = {};
  // Not by assignment: __proto__ is a key like any other here.
  for (const { key, value } of node.members) Object.defineProperty(object, key, { value: plain(value), enumerable: true });
  return object;
}

const object = (text: string): JsonObject => {
  const node = parseJsonText(text);
  ok(node.kind === 'object');
  return node;
};

test('agrees with JSON.parse on every JSON text, however it is laid out', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t', 4), (value, indent) => {
      const text = `\n ${JSON.stringify(value, null, indent)}\r\n`;
      strictEqual(JSON.stringify(plain(parseJsonText(text))), JSON.stringify(JSON.parse(text)));
    }),
  );
});

test('agrees with JSON.parse on what is not JSON', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    'true',
    'nul',
    '1',
    '-',
    '01',
    '1.',
    '1e',
    ' ',
    '\n',
    '\u0001',
    '//',
    "'",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const accepts = (parse: (text: string) => unknown): boolean => {
        try {
          parse(text);
          return true;
        } catch (error) {
          ok(error instanceof SyntaxError || error instanceof JsonTextError, String(error));
          return false;
        }
      };
      strictEqual(accepts(parseJsonText), accepts(JSON.parse) && !/twice/.test(messageOf(text)));
    }),
    { numRuns: 2000 },
  );
});

function messageOf(text: string): string {
  try {
    parseJsonText(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const mistakes: [text: string, message: string][] = [
  ['', 'line 1, column 1: the end of the file where a value should be'],
  ['{\n  "a": 1,\n}', 'line 2, column 9: a comma with nothing after it before }'],
  ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: "\\"" where , or } should be'],
  ["{'a': 1}", 'line 1, column 2: "\'" where a key in double quotes or } should be'],
  ['{"a" 1}', 'line 1, column 6: "1" where : should be'],
  ['{"a": }', 'line 1, column 7: "}" where a value should be'],
  ['{"a": 1, // note\n "b": 2}', 'line 1, column 10: "/" where a key in double quotes should be'],
  ['{"a": "x\n"}', 'line 1, column 7: this string does not end'],
  ['{"a": 1', 'line 1, column 8: the end of the file where , or } should be'],
  ['{"a": 01}', 'line 1, column 7: "0" where a value should be'],
  ['{"a": "\\x"}', 'line 1, column 8: an escape that JSON does not know'],
  ['{"a": 1, "a": 2}', 'line 1, column 10: the key "a" is there twice'],
  ['{} {}', 'line 1, column 4: "{" after the end of the value'],
  ['['.repeat(100_000), 'line 1, column 202: nested more than 200 deep'],
];
for (const [text, message] of mistakes) {
  test(`says where: ${JSON.stringify(text.slice(0, 40))}`, () => throws(() => parseJsonText(text), { message }));
}

const edits: [name: string, before: string, after: string][] = [
  ['an empty object', '{}', '{\n  "k": [\n    1\n  ]\n}'],
  ['tabs', '{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"k": [\n\t\t1\n\t]\n}\n'],
  ['four spaces and CRLF', '{\r\n    "a": 1\r\n}\r\n', '{\r\n    "a": 1,\r\n    "k": [\r\n        1\r\n    ]\r\n}\r\n'],
  ['one line', '{"a": 1, "b": [2, 3]}', '{"a": 1, "b": [2, 3], "k": [1]}'],
  ['a member that is there', '{\n  "k": "old",\n  "a": 1e400\n}', '{\n  "k": [\n    1\n  ],\n  "a": 1e400\n}'],
  ['odd spacing stays', '{ "a" :1\n ,"b":  {}\n}', '{ "a" :1\n ,"b":  {},\n  "k": [\n    1\n  ]\n}'],
];
for (const [name, before, after] of edits) {
  test(`withMember: ${name}`, () => strictEqual(withMember(before, object(before), 'k', [1]), after));
}

test('a member set and removed leaves the text as it was', () => {
  const key = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.jsonValue(), { minKeys: 1 }),
      key,
      fc.jsonValue(),
      fc.constantFrom(undefined, 2, '\t'),
      (value, name, set, indent) => {
        fc.pre(!Object.hasOwn(value, name));
        const before = JSON.stringify(value, null, indent);
        const changed = withMember(before, object(before), name, set);
        ok(memberOf(object(changed), name));
        strictEqual(JSON.stringify(plain(memberOf(object(changed), name)!.value)), JSON.stringify(set));
        strictEqual(withoutMember(changed, object(changed), name), before);
      },
    ),
  );
});

test('withoutMember: first, middle, last, only, absent', () => {
  const remove = (text: string, key: string): string => withoutMember(text, object(text), key);
  const three = '{\n  "a": 1,\n  "b": {"x": 1},\n  "c": 3\n}\n';
  deepStrictEqual(
    ['a', 'b', 'c', 'd'].map((key) => remove(three, key)),
    ['{\n  "b": {"x": 1},\n  "c": 3\n}\n', '{\n  "a": 1,\n  "c": 3\n}\n', '{\n  "a": 1,\n  "b": {"x": 1}\n}\n', three],
  );
  strictEqual(remove('{ "a": 1 }', 'a'), '{}');
});
