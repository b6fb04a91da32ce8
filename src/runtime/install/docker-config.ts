/** Docker's daemon.json (dockerd(8), "runtimes"): a runtime added or removed in its text, everything else untouched. */
import { Failure } from '../failure.ts';
import { type JsonNode, type JsonObject, JsonTextError, memberOf, parseJsonText, withMember, withoutMember } from './json-text.ts';

export interface RuntimeEntry {
  readonly path: string;
  readonly runtimeArgs: readonly string[];
}

/** Names that dockerd keeps for itself. */
const reserved = /^(?:runc|io\.containerd\..*)$/;

export function checkName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name))
    throw new Failure('usage', `--name ${name}: want letters, digits and _ . - , at most 64, a letter or digit first`);
  if (reserved.test(name))
    throw new Failure('usage', `--name ${name}: Docker keeps that name for itself; choose another, or leave --name out`);
}

/** The text with the runtime, or null if it is there already. `file` is for messages. */
export function addRuntime(text: string, file: string, name: string, entry: RuntimeEntry, force: boolean): string | null {
  const { body, prefix } = withoutMark(text);
  const config = parse(body.trim() === '' ? '{}\n' : body, file);
  const runtimes = runtimesOf(config, file);
  const wanted = { path: entry.path, ...(entry.runtimeArgs.length > 0 ? { runtimeArgs: entry.runtimeArgs } : {}) };
  if (runtimes === null) return prefix + withMember(config.text, config.root, 'runtimes', { [name]: wanted });
  const old = memberOf(runtimes, name);
  if (old !== undefined) {
    const value = plain(old.value);
    if (same(value, wanted)) return null;
    const path = pathOf(old.value);
    if (!force && !isBelljar(path))
      throw new Failure(
        'usage',
        `${file} has a runtime ${name} already (${path ?? 'without a path'}): choose another --name, or replace it with --force`,
      );
  }
  return prefix + withMember(config.text, runtimes, name, wanted);
}

/** The text without the runtime, or null if there is none of that name. */
export function removeRuntime(text: string, file: string, name: string): string | null {
  const { body, prefix } = withoutMark(text);
  if (body.trim() === '') return null;
  const config = parse(body, file);
  const runtimes = runtimesOf(config, file);
  const old = runtimes && memberOf(runtimes, name);
  if (!runtimes || !old) return null;
  const path = pathOf(old.value);
  if (!isBelljar(path))
    throw new Failure('usage', `${file}: the runtime ${name} is ${path ?? 'without a path'}, not Belljar: it is left as it is`);
  const preset = memberOf(config.root, 'default-runtime');
  if (preset?.value.kind === 'scalar' && preset.value.value === name)
    throw new Failure('usage', `${file}: "default-runtime" is ${name}, so dockerd would not start without it: change that first`);
  if (runtimes.members.length === 1) return prefix + withoutMember(config.text, config.root, 'runtimes');
  return prefix + withoutMember(config.text, runtimes, name);
}

interface Parsed {
  readonly text: string;
  readonly root: JsonObject;
}

/** Docker allows a byte order mark before the text. */
function withoutMark(text: string): { prefix: string; body: string } {
  return text.startsWith('\ufeff') ? { prefix: '\ufeff', body: text.slice(1) } : { prefix: '', body: text };
}

function parse(text: string, file: string): Parsed {
  let root: JsonNode;
  try {
    root = parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw new Failure('usage', `${file} is not JSON: ${error.message}; nothing was changed`);
  }
  if (root.kind !== 'object') throw new Failure('usage', `${file}: want an object, { ... }, as the whole; nothing was changed`);
  return { text, root };
}

function runtimesOf(config: Parsed, file: string): JsonObject | null {
  const member = memberOf(config.root, 'runtimes');
  if (member === undefined) return null;
  if (member.value.kind !== 'object') throw new Failure('usage', `${file}: "runtimes" is not an object; nothing was changed`);
  return member.value;
}

function pathOf(entry: JsonNode): string | null {
  const value = entry.kind === 'object' ? memberOf(entry, 'path')?.value : undefined;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : null;
}

const isBelljar = (path: string | null): boolean => path !== null && /(?:^|\/)belljar$/.test(path);

function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'array':
      return node.items.map(plain);
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, plain(value)]));
    default:
      return node satisfies never;
  }
}

/** Equal but for the order of keys. */
function same(a: unknown, b: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}
