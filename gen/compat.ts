/** Writes docs/compat.md from the system call table. `node gen/compat.ts` writes, `--check` compares. */
import { rows, type NamedRow, type Support } from '#abi/syscalls.ts';
import { emit } from './emit.ts';

const words: Record<Support, string> = {
  full: 'as on Linux, as far as a process can tell',
  partial: 'works, with the gap that the note states',
  refused: 'refused by decision, with the answer that the note states',
  none: 'not implemented: ENOSYS',
};

const byNumber = (a: NamedRow, b: NamedRow): number => a.number - b.number;

function line(row: NamedRow): string {
  const note = row.note.replaceAll('|', '\\|');
  return `| ${row.number} | ${row.name} | ${row.support} | ${note} |`;
}

export function compatPage(all: readonly NamedRow[]): string {
  const kinds = Object.keys(words) as Support[];
  const counts = kinds.map((kind) => `| ${kind} | ${all.filter((row) => row.support === kind).length} | ${words[kind]} |`);
  return `# System calls

Made from the system call table (\`src/abi/syscalls.ts\`) by \`gen/compat.ts\`; do not edit. Every number that Linux 6.x knows on
x86-64 has a row. Numbers beyond the table, the i386 and the x32 entry are answered with ENOSYS and counted.

| support | calls | meaning |
|---|---|---|
${counts.join('\n')}
| all | ${all.length} | |

| number | name | support | note |
|---|---|---|---|
${[...all].sort(byNumber).map(line).join('\n')}
`;
}

if (import.meta.main) {
  emit(new URL('../docs/compat.md', import.meta.url), compatPage(rows));
}
