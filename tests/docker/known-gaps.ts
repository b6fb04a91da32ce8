/**
 * Cases that do not pass under Belljar yet, and why. They run and are reported as such; one that passes fails the suite, so that
 * the list cannot outlive its reasons.
 */
export interface KnownGap {
  readonly reason: string;
  readonly issue: number;
}

export const knownGaps: Readonly<Record<string, KnownGap>> = {};
