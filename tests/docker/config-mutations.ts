/** A valid config.json made wrong: at a place of it, by something that may stand in a JSON text. For property tests. */
import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

export interface Mutation {
  readonly path: Path;
  readonly act: 'replace' | 'remove' | 'rename' | 'repeat';
  readonly value: Json;
}

/** Every place in `value`, the whole of it first. */
function places(value: Json, at: Path = []): Path[] {
  const below = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  const key = (name: string): string | number => (Array.isArray(value) ? Number(name) : name);
  return [at, ...below.flatMap(([name, each]) => places(each as Json, [...at, key(name)]))];
}

const oddValues: Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  4294967295,
  4294967296,
  '',
  ' ',
  '/',
  '.',
  '..',
  '../../..',
  '/no/such',
  'no-such',
  '-1',
  'x'.repeat(5000),
  'a\nb',
  '\u0000',
  '\ud800',
  '\u00e9',
  'a/../b',
  '$(id)',
  [],
  {},
  [[]],
  [null],
  [''],
  { '': '' },
  { path: null },
  ['/bin/true', 7],
];

/** Arbitrary mutations of `config`, one to three at a time. */
export function mutations(config: object): fc.Arbitrary<Mutation[]> {
  const one = fc.record({
    path: fc.constantFrom(...places(config as Json)),
    act: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename', 'repeat' as const),
    value: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...oddValues) },
      { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
    ),
  });
  return fc.array(one, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<Mutation[]>;
}

export function mutate(config: object, list: readonly Mutation[]): Json {
  let whole = structuredClone(config) as Json;
  for (const { path, act, value } of list) {
    const last = path.at(-1);
    if (last === undefined) {
      if (act === 'replace') whole = value;
      continue;
    }
    // An earlier mutation may have taken the place away.
    let parent: Json = whole;
    for (const step of path.slice(0, -1)) parent = (parent as Record<string | number, Json> | null)?.[step] ?? null;
    if (parent === null || typeof parent !== 'object') continue;
    const holder = parent as Record<string | number, Json>;
    if (act === 'replace') holder[last] = value;
    else if (act === 'repeat' && Array.isArray(parent)) parent.push(...structuredClone(parent));
    else if (act === 'rename' && typeof last === 'string') {
      holder[`${last}x`] = holder[last] ?? null;
      delete holder[last];
    } else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete holder[last];
  }
  return whole;
}
