/**
 * Every format of a fixed report against its file in tests/meter/golden; `UPDATE_GOLDEN=1 node --test` writes them anew,
 * to be read before they are committed. And the JSON against its schema, for measurements and what-ifs.
 */
import { Ajv } from 'ajv';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { noFactors } from '#meter/model/factors.ts';
import { publishedInputs } from '#meter/model/reference.ts';
import { formats, render } from '#report/formats.ts';
import { whatIfReport } from '#report/meter-report.ts';
import { hostileReport, sampleReport } from './sample-report.ts';

const golden = fileURLToPath(new URL('golden/', import.meta.url));
const schema = JSON.parse(readFileSync(new URL('../../docs/meter-schema.json', import.meta.url), 'utf8')) as object;
const endings: Readonly<Record<string, string>> = { text: 'txt', markdown: 'md' };

for (const format of formats) {
  if (format === 'png') continue;
  test(`the ${format} format is as it was`, async () => {
    const made = await render(sampleReport(), format, 80);
    const file = `${golden}report.${endings[format] ?? format}`;
    if (process.env['UPDATE_GOLDEN']) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, made);
    }
    assert.equal(made, readFileSync(file, 'utf8'));
  });
}

test('the SVG file needs no custom properties, which converters do not know', async () => {
  assert.doesNotMatch(String(await render(sampleReport(), 'svg', 80)), /var\(/);
});

test('the PNG is one, with the picture in it', async () => {
  const made = Buffer.from(await render(sampleReport(), 'png', 80));
  assert.equal(made.subarray(1, 4).toString(), 'PNG');
  assert.equal(made.readUInt32BE(16), 1600);
  assert.ok(made.length > 20_000);
});

for (const [name, report] of [
  ['a measurement', sampleReport()],
  ['one with hostile names', hostileReport()],
  ['a what-if', whatIfReport({ ...noFactors, syscallsPerSecond: 50_000 }, null, publishedInputs)],
  ['a what-if without anything', whatIfReport(noFactors, null, publishedInputs)],
] as const) {
  test(`the JSON of ${name} keeps to docs/meter-schema.json`, async () => {
    const ajv = new Ajv({ allErrors: true, strict: false, formats: { 'date-time': true } });
    const valid = ajv.validate(schema, JSON.parse(String(await render(report, 'json', 80))));
    assert.ok(valid, JSON.stringify(ajv.errors));
  });
}

test('the parts of each prediction sum to its total', () => {
  for (const p of sampleReport().predictions) {
    for (const bound of ['low', 'likely', 'high'] as const) {
      const sum = Object.values(p.factors).reduce((total, range) => total + range[bound], 0);
      assert.ok(Math.abs(sum - p.lossPercent[bound]) < 1e-9);
    }
    assert.ok(p.lossPercent.low <= p.lossPercent.likely && p.lossPercent.likely <= p.lossPercent.high);
  }
});

test('names that a workload chose do not break CSV or Markdown', async () => {
  const csv = String(await render(hostileReport(), 'csv', 80));
  assert.match(csv, /"<\/title>[\s\S]*?""globalThis\.hit=1""/);
  const markdown = String(await render(hostileReport(), 'markdown', 80));
  assert.doesNotMatch(markdown, /[^\\]<script>/);
  assert.doesNotMatch(markdown, /^# x/m);
  const svg = String(await render(hostileReport(), 'svg', 80));
  assert.doesNotMatch(svg, /<script|\u0007/);
});
