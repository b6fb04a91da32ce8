/** Sets of CPUs as Linux's files write them. */

/** A list: "0-1,4". `cpus` rises. */
export function cpuList(cpus: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < cpus.length; ) {
    let end = i;
    while (cpus[end + 1] === (cpus[end] as number) + 1) end += 1;
    ranges.push(end === i ? String(cpus[i]) : `${cpus[i]}-${cpus[end]}`);
    i = end + 1;
  }
  return ranges.join(',');
}

/** A mask: hexadecimal, in comma-separated words of 32; the highest word is as wide as `count` CPUs need. */
export function cpuMask(cpus: readonly number[], count: number): string {
  const words = new Array<number>(Math.ceil(count / 32)).fill(0);
  for (const cpu of cpus) if (cpu < count) words[cpu >> 5] = ((words[cpu >> 5] as number) | (1 << (cpu & 31))) >>> 0;
  const topDigits = Math.ceil((((count - 1) % 32) + 1) / 4);
  return words
    .reverse()
    .map((word, i) => word.toString(16).padStart(i === 0 ? topDigits : 8, '0'))
    .join(',');
}
