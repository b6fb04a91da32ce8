/**
 * Writes src/abi/layouts.gen.ts from gen/layouts.ts: for each struct its size, offsets, an interface, and compiled
 * encode and decode functions. `node gen/layouts-gen.ts` writes, `--check` compares.
 */
import { layouts, type Layout } from './layouts.ts';
import { emit } from './emit.ts';

export interface Member {
  name: string;
  /** The scalar type, 'char', 'pad', or the name of a struct. */
  type: string;
  /** Elements of an array, or 0 for a single value. */
  count: number;
  offset: number;
  /** Bytes, of the whole array. */
  size: number;
  /** C member, '' for none. */
  c: string;
}

export interface Placed {
  layout: Layout;
  members: Member[];
  size: number;
  align: number;
}

const scalars: Record<string, number> = {
  u8: 1,
  s8: 1,
  char: 1,
  pad: 1,
  u16: 2,
  s16: 2,
  be16: 2,
  u32: 4,
  s32: 4,
  be32: 4,
  u64: 8,
  s64: 8,
  h64: 8,
};

/** Gives every field its offset by C's rules. Structs must be declared before they are used. */
export function place(all: readonly Layout[]): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  for (const layout of all) {
    let offset = 0;
    let align = 1;
    const members = layout.fields.map(([name, text, c]): Member => {
      const [, type = '', digits] = /^(\w+)(?:\[(\d+)\])?$/.exec(text) ?? [];
      const count = digits === undefined ? 0 : Number(digits);
      const inner = placed.get(type);
      const unit = inner?.size ?? scalars[type];
      if (unit === undefined) throw new Error(`${layout.name}.${name}: unknown type ${text}`);
      const natural = layout.packed ? 1 : (inner?.align ?? unit);
      offset = Math.ceil(offset / natural) * natural;
      align = Math.max(align, natural);
      const member = { name, type, count, offset, size: unit * Math.max(count, 1), c: c ?? name };
      offset += member.size;
      return member;
    });
    const size = Math.max(Math.ceil(offset / align) * align, layout.size ?? 0);
    placed.set(layout.name, { layout, members, size, align });
  }
  return placed;
}

const TYPED_ARRAY = new Set(['u8']);

const at = (offset: number): string => (offset === 0 ? 'at' : `at + ${offset}`);

function propertyType(member: Member): string {
  if (member.type === 'char') return 'string';
  if (member.count > 0) return TYPED_ARRAY.has(member.type) ? 'Uint8Array' : 'number[]';
  return member.type in scalars ? 'number' : member.type;
}

function initial(member: Member): string {
  if (member.type === 'char') return "''";
  if (member.count > 0) {
    return TYPED_ARRAY.has(member.type) ? `new Uint8Array(${member.count})` : `[${new Array(member.count).fill('0').join(', ')}]`;
  }
  return member.type in scalars ? '0' : `new${member.type}()`;
}

const accessors: Record<string, string> = {
  u8: 'Uint8',
  s8: 'Int8',
  u16: 'Uint16',
  s16: 'Int16',
  u32: 'Uint32',
  s32: 'Int32',
  be16: 'Uint16',
  be32: 'Uint32',
};

function setScalar(type: string, offset: number, value: string): string {
  if (type === 'u64') return `setU64(view, ${at(offset)}, ${value});`;
  if (type === 's64') return `setI64(view, ${at(offset)}, ${value});`;
  const order = type.startsWith('be') ? ', false' : type.endsWith('8') ? '' : ', true';
  return `view.set${accessors[type]}(${at(offset)}, ${value}${order});`;
}

function getScalar(type: string, offset: number): string {
  if (type === 'u64') return `getU64(view, ${at(offset)})`;
  if (type === 's64') return `getI64(view, ${at(offset)})`;
  const order = type.startsWith('be') ? ', false' : type.endsWith('8') ? '' : ', true';
  return `view.get${accessors[type]}(${at(offset)}${order})`;
}

function encodeMember(member: Member): string[] {
  const value = `from.${member.name}`;
  const { type, offset, count } = member;
  if (type === 'char') return [`setChars(view, ${at(offset)}, ${count}, ${value});`];
  if (type === 'h64') {
    return [`view.setUint32(${at(offset)}, ${value}_lo, true);`, `view.setUint32(${at(offset + 4)}, ${value}_hi, true);`];
  }
  if (!(type in scalars)) return [`encode${type}(view, ${at(offset)}, ${value});`];
  if (count === 0) return [setScalar(type, offset, value)];
  if (type === 'u8') return [`setBytes(view, ${at(offset)}, ${count}, ${value});`];
  const unit = scalars[type] ?? 0;
  return Array.from({ length: count }, (_, i) => setScalar(type, offset + i * unit, `${value}[${i}] ?? 0`));
}

function decodeMember(member: Member): string[] {
  const target = `into.${member.name}`;
  const { type, offset, count } = member;
  if (type === 'char') return [`${target} = getChars(view, ${at(offset)}, ${count});`];
  if (type === 'h64') {
    return [`${target}_lo = view.getUint32(${at(offset)}, true);`, `${target}_hi = view.getUint32(${at(offset + 4)}, true);`];
  }
  if (!(type in scalars)) return [`decode${type}(view, ${at(offset)}, ${target});`];
  if (count === 0) return [`${target} = ${getScalar(type, offset)};`];
  if (type === 'u8') return [`getBytes(view, ${at(offset)}, ${count}, ${target});`];
  const unit = scalars[type] ?? 0;
  return Array.from({ length: count }, (_, i) => `${target}[${i}] = ${getScalar(type, offset + i * unit)};`);
}

/** Runs of bytes that no member covers, padding members included. */
function gaps({ members, size }: Placed): [from: number, length: number][] {
  const result: [number, number][] = [];
  let end = 0;
  for (const member of members) {
    if (member.type === 'pad') continue;
    if (member.offset > end) result.push([end, member.offset - end]);
    end = member.offset + member.size;
  }
  if (size > end) result.push([end, size - end]);
  return result;
}

function code(placed: Placed): string {
  const { name } = placed.layout;
  const members = placed.members.filter((member) => member.type !== 'pad');
  const properties = members.flatMap((member) =>
    member.type === 'h64' && member.count === 0
      ? [`${member.name}_lo: number;`, `${member.name}_hi: number;`]
      : [`${member.name}: ${propertyType(member)};`],
  );
  const zeros = members.flatMap((member) =>
    member.type === 'h64' ? [`${member.name}_lo: 0`, `${member.name}_hi: 0`] : [`${member.name}: ${initial(member)}`],
  );
  const offsets = members.map((member) => `OFF_${member.name}: ${member.offset},`);
  const body = (lines: string[]): string => lines.map((line) => `  ${line}`).join('\n');
  const title = placed.layout.c === '' ? '' : `/** ${placed.layout.c} */\n`;
  return `${title}export interface ${name} {
${body(properties)}
}
export const ${name} = {
  SIZE: ${placed.size},
${body(offsets)}
} as const;
export function new${name}(): ${name} {
  return { ${zeros.join(', ')} };
}
export function encode${name}(view: DataView, at: number, from: ${name}): void {
${body([...members.flatMap(encodeMember), ...gaps(placed).map(([from, length]) => `zero(view, ${at(from)}, ${length});`)])}
}
export function decode${name}(view: DataView, at: number, into: ${name}): ${name} {
${body(members.flatMap(decodeMember))}
  return into;
}
`;
}

export function generate(): string {
  const header = `/**
 * Made by gen/layouts-gen.ts from gen/layouts.ts; do not edit. For each struct: SIZE and OFF_ of its fields, an interface,
 * new (all zero), encode (padding is zeroed) and decode (fills an object that the caller owns, and returns it).
 */
import { getBytes, getChars, getI64, getU64, setBytes, setChars, setI64, setU64, zero } from './codec.ts';
`;
  return `${header}\n${[...place(layouts).values()].map(code).join('\n')}`;
}

if (import.meta.main) {
  emit(new URL('../src/abi/layouts.gen.ts', import.meta.url), generate());
}
