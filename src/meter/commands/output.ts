/** Writes a finished report to a file or to standard output. */
import { writeFileSync } from 'node:fs';
import { formats, render, type Format } from '#report/formats.ts';
import type { MeterReport } from '#report/meter-report.ts';
import { MeterError } from '../meter-error.ts';

export interface OutputOptions {
  readonly format: string;
  readonly output?: string;
}

export async function writeReport(report: MeterReport, options: OutputOptions): Promise<void> {
  await writeText(await render(report, options.format as Format, process.stdout.columns ?? 80), options.output);
}

export async function writeText(content: string | Uint8Array, output: string | undefined): Promise<void> {
  if (output === undefined || output === '-') {
    await new Promise<void>((resolve) => {
      process.stdout.write(content, () => resolve());
    });
    return;
  }
  try {
    writeFileSync(output, content);
  } catch (error) {
    throw new MeterError('cannot-write', `Cannot write ${output}: ${(error as Error).message}`, 'Choose another --output.');
  }
}

export function isFormat(name: string): name is Format {
  return (formats as readonly string[]).includes(name);
}
