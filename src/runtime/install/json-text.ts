/**
 * JSON as a text with places: strict parsing (RFC 8259) that says where an error is, and edits of an object's members that leave
 * every other character as it was. For configuration files of others, whose order, spacing and unknown keys are not ours to change.
 */

export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: JsonNode;
}

/** `start` and `end` (exclusive) are offsets in the text. */
export type JsonNode =
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number; readonly value: string | number | boolean | null };

export type JsonObject = JsonNode & { kind: 'object' };

export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
  readonly line: number;
  readonly column: number;
  constructor(text: string, offset: number, what: string) {
    const before = text.slice(0, offset).split('\n');
    const line = before.length;
    const column = (before.at(-1) ?? '').length + 1;
    super(`line ${line}, column ${column}: ${what}`);
    this.line = line;
    this.column = column;
  }
}

const MAX_DEPTH = 200;

export function parseJsonText(text: string): JsonNode {
  const scanner = new Scanner(text);
  scanner.skipSpace();
  const node = scanner.value(0);
  scanner.skipSpace();
  if (scanner.at < text.length) throw new JsonTextError(text, scanner.at, `${scanner.seen()} after the end of the value`);
  return node;
}

class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) this.fail(`nested more than ${MAX_DEPTH} deep`);
    const start = this.at;
    switch (this.text[start]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return { kind: 'scalar', start, value: this.string(), end: this.at };
      default:
        return this.word();
    }
  }

  skipSpace(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? 'end')) this.at++;
  }

  /** What stands here, for messages. */
  seen(): string {
    const char = this.text[this.at];
    return char === undefined ? 'the end of the file' : char === '\n' || char === '\r' ? 'the end of the line' : JSON.stringify(char);
  }

  private fail(what: string, at = this.at): never {
    throw new JsonTextError(this.text, at, what);
  }

  private object(depth: number): JsonNode {
    const start = this.at++;
    const members: JsonMember[] = [];
    const seen = new Set<string>();
    this.skipSpace();
    while (this.text[this.at] !== '}') {
      const keyStart = this.at;
      if (this.text[keyStart] !== '"') this.fail(`${this.seen()} where a key in double quotes${members.length ? '' : ' or }'} should be`);
      const key = this.string();
      if (seen.has(key)) this.fail(`the key ${JSON.stringify(key)} is there twice`, keyStart);
      seen.add(key);
      this.skipSpace();
      if (this.text[this.at] !== ':') this.fail(`${this.seen()} where : should be`);
      this.at++;
      this.skipSpace();
      members.push({ key, keyStart, value: this.value(depth + 1) });
      if (!this.comma('}')) break;
    }
    return { kind: 'object', start, members, end: ++this.at };
  }

  private array(depth: number): JsonNode {
    const start = this.at++;
    const items: JsonNode[] = [];
    this.skipSpace();
    while (this.text[this.at] !== ']') {
      items.push(this.value(depth + 1));
      if (!this.comma(']')) break;
    }
    return { kind: 'array', start, items, end: ++this.at };
  }

  /** After a member or item: true past a comma with more to come, false at the closing bracket. */
  private comma(close: string): boolean {
    this.skipSpace();
    if (this.text[this.at] === close) return false;
    if (this.text[this.at] !== ',') this.fail(`${this.seen()} where , or ${close} should be`);
    const comma = this.at++;
    this.skipSpace();
    if (this.text[this.at] === close) this.fail(`a comma with nothing after it before ${close}`, comma);
    return true;
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined || char === '\n') this.fail('this string does not end', start);
      if (char < ' ') this.fail('a control character in a string');
      this.at++;
      if (char === '"') break;
      if (char !== '\\') continue;
      const sequence = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(this.text.slice(this.at, this.at + 5));
      if (sequence === null) this.fail('an escape that JSON does not know', this.at - 1);
      this.at += sequence[0].length;
    }
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private word(): JsonNode {
    const start = this.at;
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/.exec(this.text.slice(start, start + 400));
    if (word === null) this.fail(`${this.seen()} where a value should be`);
    this.at += word[0].length;
    return { kind: 'scalar', start, end: this.at, value: JSON.parse(word[0]) as number | boolean | null };
  }
}

export function memberOf(object: JsonObject, key: string): JsonMember | undefined {
  return object.members.find((member) => member.key === key);
}

/** The text with `object`'s member `key` set to `value`, in the style of its surroundings. */
export function withMember(text: string, object: JsonObject, key: string, value: unknown): string {
  const old = memberOf(object, key);
  const unit = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const first = object.members[0];
  const outer = indentAt(text, object.start);
  const inner = first !== undefined && onItsOwnLine(text, first.keyStart) ? indentAt(text, first.keyStart) : outer + unit;
  const oneLine = first !== undefined && !text.slice(object.start, object.end).includes('\n');
  const written = oneLine ? JSON.stringify(value) : JSON.stringify(value, null, unit).replaceAll('\n', newline + inner);
  if (old !== undefined) return text.slice(0, old.value.start) + written + text.slice(old.value.end);
  const member = `${JSON.stringify(key)}: ${written}`;
  const last = object.members.at(-1);
  if (last === undefined) return `${text.slice(0, object.start)}{${newline}${inner}${member}${newline}${outer}}${text.slice(object.end)}`;
  const glue = oneLine ? ', ' : `,${newline}${inner}`;
  return text.slice(0, last.value.end) + glue + member + text.slice(last.value.end);
}

/** The text without `object`'s member `key`. */
export function withoutMember(text: string, object: JsonObject, key: string): string {
  const index = object.members.findIndex((member) => member.key === key);
  const member = object.members[index];
  if (member === undefined) return text;
  const before = object.members[index - 1];
  const after = object.members[index + 1];
  if (before !== undefined) return text.slice(0, before.value.end) + text.slice(member.value.end);
  if (after !== undefined) return text.slice(0, member.keyStart) + text.slice(after.keyStart);
  return `${text.slice(0, object.start)}{}${text.slice(object.end)}`;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** White space at the start of the line that `offset` is in. */
function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? '';
}

function onItsOwnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}
