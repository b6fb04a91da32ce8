/**
 * Fits the four amplitudes of a configuration to a sweep. The terms are linear in them, so it is one small weighted
 * least-squares problem; the weight of a point is the tolerance asked of it, and rates rounded to whole calls widen it.
 */
import { termShares, type TermAmplitudes } from './kpti.ts';
import type { MachineShape } from './machine-shape.ts';

export interface FitPoint {
  readonly touchedBytes: number;
  readonly callsPerSecondOff: number;
  readonly callsPerSecondOn: number;
}

/** Relative tolerance applies above one percent of loss, the absolute one (percentage points) below. */
export interface Tolerance {
  readonly relative: number;
  readonly points: number;
}

export function toleranceOf(lossPercent: number, tolerance: Tolerance): number {
  return Math.abs(lossPercent) < 1
    ? Math.max(tolerance.points, tolerance.relative * Math.abs(lossPercent))
    : tolerance.relative * Math.abs(lossPercent);
}

export function fitAmplitudes(points: readonly FitPoint[], machine: MachineShape, tolerance: Tolerance): TermAmplitudes {
  const size = 4;
  const normal = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const point of points) {
    const shares = termShares(point.touchedBytes, machine);
    const basis = [1 / machine.ghz, shares.level1 / machine.ghz, shares.level2, shares.reach];
    const addedNs = 1e9 / point.callsPerSecondOn - 1e9 / point.callsPerSecondOff;
    const loss = (addedNs * point.callsPerSecondOff) / 1e7;
    const rounding = (200 * 0.5) / point.callsPerSecondOn;
    const errorNs = ((toleranceOf(loss, tolerance) + rounding) * 1e7) / point.callsPerSecondOff;
    const weight = 1 / errorNs ** 2;
    for (let i = 0; i < size; i++) {
      const row = normal[i]!;
      for (let j = 0; j < size; j++) row[j]! += weight * basis[i]! * basis[j]!;
      row[size]! += weight * basis[i]! * addedNs;
    }
  }
  // A touch of ridge keeps the far terms finite when a shortened sweep does not reach them.
  for (let i = 0; i < size; i++) normal[i]![i]! *= 1 + 1e-9;
  const [entryCycles, level1Cycles, level2Ns, reachNs] = solve(normal);
  return { entryCycles: entryCycles!, level1Cycles: level1Cycles!, level2Ns: level2Ns!, reachNs: reachNs! };
}

/** Gaussian elimination with pivots on an augmented matrix; a column without a pivot gives 0. */
function solve(matrix: number[][]): number[] {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row;
    }
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    const head = matrix[column]!;
    if (Math.abs(head[column]!) < 1e-30) continue;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = matrix[row]![column]! / head[column]!;
      for (let k = column; k <= size; k++) matrix[row]![k]! -= factor * head[k]!;
    }
  }
  return matrix.map((row, i) => (Math.abs(row[i]!) < 1e-30 ? 0 : row[size]! / row[i]!));
}
