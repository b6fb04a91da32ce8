/** CPUs that a task may run on: what it chose (sched_setaffinity) of what the container may use. */
import type { Task } from './task.ts';

/** Numbers as 32-bit words of a mask, as many as the machine's CPUs need. */
function toWords(cpus: readonly number[], count: number): number[] {
  const words = new Array<number>(Math.ceil(count / 32)).fill(0);
  for (const cpu of cpus) words[cpu >> 5] = ((words[cpu >> 5] as number) | (1 << (cpu & 31))) >>> 0;
  return words;
}

/** What the container may use. */
export function containerCpuWords(task: Task): number[] {
  const { kernel } = task;
  return toWords(kernel.limits.cpus, kernel.cpuCount);
}

/** A task's mask. A choice of which nothing is left, since the container's CPUs were changed, counts for nothing, as on Linux. */
export function affinityWords(task: Task): number[] {
  const all = containerCpuWords(task);
  const chosen = all.map((word, i) => (word & (task.affinity[i] ?? 0)) >>> 0);
  return chosen.some((word) => word !== 0) ? chosen : all;
}

export function affinityCpus(task: Task): number[] {
  const words = affinityWords(task);
  const cpus: number[] = [];
  for (let cpu = 0; cpu < words.length * 32; cpu += 1) if ((((words[cpu >> 5] as number) >>> (cpu & 31)) & 1) === 1) cpus.push(cpu);
  return cpus;
}
