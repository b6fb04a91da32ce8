/** The HTML report in a real browser: both themes, wide and narrow, nothing fetched, no errors, no accessibility faults. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { htmlReport } from '#report/html.ts';
import { chromium, openPage, startBrowser } from './browser.ts';
import { hostileReport, sampleReport } from './sample-report.ts';

const skip = chromium ? false : 'no Chromium here';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'meter-html-'));
/** Where screenshots are kept to be looked at; they are not compared. */
const shots = process.env['SCREENSHOTS'];
let browser: Browser;

before(async () => {
  if (chromium) browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true });
});

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1200, 390]) {
    test(`the report, ${theme}, ${width} pixels wide`, { skip }, async () => {
      const file = join(directory, `${theme}-${width}.html`);
      writeFileSync(file, htmlReport(sampleReport()));
      const { page, errors, requests } = await openPage(browser, `file://${file}`, width, theme);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        requests.filter((url) => !url.startsWith('file://') && !url.startsWith('data:')),
        [],
      );
      assert.equal(requests.filter((url) => url.startsWith('file://')).length, 1);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      assert.ok(Number(overflow) <= 0, `the page is ${overflow} pixels too wide`);
      // The page's own policy keeps scripts out; the debugger's are let in only for this check.
      await page.evaluate(axe);
      const faults = await page.evaluate(
        "axe.run(document).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))",
      );
      assert.deepEqual(faults, []);
      if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: join(shots, `report-${theme}-${width}.png`), fullPage: true });
      }
      await page.close();
    });
  }
}

test('every scrolling table and fold is reached by keyboard', { skip }, async () => {
  const file = join(directory, 'keyboard.html');
  writeFileSync(file, htmlReport(sampleReport()));
  const { page } = await openPage(browser, `file://${file}`, 1200, 'light');
  const wanted = Number(await page.evaluate("document.querySelectorAll('.scroll:not(details .scroll), summary').length"));
  const seen = new Set<string>();
  for (let i = 0; i < wanted; i++) {
    await page.keyboard.press('Tab');
    seen.add(String(await page.evaluate('[...document.querySelectorAll("*")].indexOf(document.activeElement)')));
  }
  assert.equal(seen.size, wanted);
  await page.close();
});

test('names that a workload chose cannot become markup', { skip }, async () => {
  const file = join(directory, 'hostile.html');
  writeFileSync(file, htmlReport(hostileReport()));
  const { page, errors } = await openPage(browser, `file://${file}`, 800, 'light');
  assert.deepEqual(errors, []);
  assert.equal(await page.evaluate("document.querySelectorAll('img, script, iframe').length"), 0);
  assert.equal(await page.evaluate('globalThis.hit'), undefined);
  await page.close();
});
