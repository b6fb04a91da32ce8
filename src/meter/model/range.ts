/** An estimate: the value believed, and the bounds the truth should lie between. low <= likely <= high. */
export interface Range {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

export const zeroRange: Range = { low: 0, likely: 0, high: 0 };

export function exactly(value: number): Range {
  return { low: value, likely: value, high: value };
}

export function add(...ranges: readonly Range[]): Range {
  let low = 0;
  let likely = 0;
  let high = 0;
  for (const range of ranges) {
    low += range.low;
    likely += range.likely;
    high += range.high;
  }
  return { low, likely, high };
}

/** Multiplies by a factor that is not negative. */
export function scale(range: Range, factor: number): Range {
  return { low: range.low * factor, likely: range.likely * factor, high: range.high * factor };
}

/** value, give or take a relative spread: spread(10, 0.5) is 5, 10, 15. Negative values keep low below high. */
export function spread(value: number, relative: number): Range {
  const width = Math.abs(value) * relative;
  return { low: value - width, likely: value, high: value + width };
}
