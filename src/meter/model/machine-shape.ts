/** What the model must know of a machine: its clock, and how much memory its caches and its TLB reach. */
export interface MachineShape {
  readonly ghz: number;
  /** Data cache of the first level, of one core. */
  readonly level1Bytes: number;
  /** Second-level cache of one core: the published knee. */
  readonly level2Bytes: number;
  /** Entries of the second-level TLB for 4 KiB pages. */
  readonly tlbEntries: number;
}

export function tlbReachBytes(machine: MachineShape): number {
  return machine.tlbEntries * 4096;
}
