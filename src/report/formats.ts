/** The formats of a report, by the name that --format takes. */
import { csvReport } from './csv.ts';
import { htmlReport } from './html.ts';
import { markdownReport } from './markdown.ts';
import type { MeterReport } from './meter-report.ts';
import { svgChart } from './svg.ts';
import { textReport } from './text.ts';

export const formats = ['text', 'json', 'csv', 'markdown', 'html', 'svg', 'png'] as const;
export type Format = (typeof formats)[number];

export async function render(report: MeterReport, format: Format, columns: number): Promise<string | Uint8Array> {
  switch (format) {
    case 'text':
      return textReport(report, columns);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'csv':
      return csvReport(report);
    case 'markdown':
      return markdownReport(report);
    case 'html':
      return htmlReport(report);
    case 'svg':
      return svgChart(report);
    case 'png': {
      // A native library that only this format needs.
      const { Resvg } = await import('@resvg/resvg-js');
      return new Resvg(svgChart(report), { fitTo: { mode: 'width', value: 1600 }, background: '#ffffff' }).render().asPng();
    }
    default:
      return format satisfies never;
  }
}
