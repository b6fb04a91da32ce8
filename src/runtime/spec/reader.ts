/**
 * Typed reading of JSON of unknown shape. Every mismatch is one `Failure` that says which field, what was found and
 * what is wanted. Strings come out as Latin-1 byte strings of their UTF-8 form, which is what guests get.
 */
import { Failure } from '../failure.ts';

const MAX_ITEMS = 100_000;

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`;
}

export function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** One value in the document, with its path. */
export class Field {
  readonly value: unknown;
  readonly path: string;
  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  fail(want: string): never {
    throw new Failure(
      'bundle',
      `config.json: ${utf8Bytes(this.path || 'the document')}: want ${want}, found ${utf8Bytes(describe(this.value))}`,
    );
  }
  get missing(): boolean {
    return this.value === undefined || this.value === null;
  }
  /** A member; of something missing, a missing one. */
  at(name: string): Field {
    const path = this.path ? `${this.path}.${name}` : name;
    if (this.missing) return new Field(undefined, path);
    if (typeof this.value !== 'object' || Array.isArray(this.value)) return this.fail('an object');
    return new Field(Object.hasOwn(this.value as object, name) ? (this.value as Record<string, unknown>)[name] : undefined, path);
  }
  /** Members of an object that is a map; none if missing. */
  entries(): [string, Field][] {
    if (this.missing) return [];
    if (typeof this.value !== 'object' || Array.isArray(this.value)) return this.fail('an object');
    const all = Object.entries(this.value as object);
    if (all.length > MAX_ITEMS) this.fail(`at most ${MAX_ITEMS} members`);
    return all.map(([name, value]) => [utf8Bytes(name), new Field(value, `${this.path}.${name}`)]);
  }
  /** Items of an array; none if missing. */
  items(): Field[] {
    if (this.missing) return [];
    if (!Array.isArray(this.value)) return this.fail('an array');
    if (this.value.length > MAX_ITEMS) this.fail(`at most ${MAX_ITEMS} items`);
    return this.value.map((item, i) => new Field(item, `${this.path}[${i}]`));
  }
  string(): string {
    if (typeof this.value !== 'string') return this.fail('a string');
    if (this.value.includes('\0')) return this.fail('a string without NUL');
    return utf8Bytes(this.value);
  }
  stringOr(missing: string): string {
    return this.missing ? missing : this.string();
  }
  /** A string that is a path from the root. */
  absolutePath(): string {
    const path = this.string();
    if (!path.startsWith('/')) this.fail('a path that starts with /');
    return path;
  }
  booleanOr(missing: boolean): boolean {
    if (this.missing) return missing;
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }
  /** An integer in [min, max]. */
  integer(min: number, max: number): number {
    if (typeof this.value !== 'number' || !Number.isInteger(this.value) || this.value < min || this.value > max)
      return this.fail(`an integer from ${min} to ${max}`);
    return this.value;
  }
  integerOr(missing: number, min: number, max: number): number {
    return this.missing ? missing : this.integer(min, max);
  }
  oneOf<T extends string>(...wanted: readonly T[]): T {
    const found = wanted.find((w) => w === this.value);
    return found ?? this.fail(`one of ${wanted.join(', ')}`);
  }
}
