/** Headless Chromium for the page tests: opens a page with every console error and request recorded. Null without one. */
import { existsSync } from 'node:fs';
import { launch, type Browser, type Page } from 'puppeteer-core';

const candidates = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const chromium = candidates.find((path) => path !== '' && existsSync(path)) ?? null;

export async function startBrowser(): Promise<Browser> {
  if (!chromium) throw new Error('no Chromium');
  return launch({ executablePath: chromium, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

export interface Watched {
  readonly page: Page;
  readonly errors: string[];
  readonly requests: string[];
}

export async function openPage(browser: Browser, url: string, width: number, theme: 'light' | 'dark'): Promise<Watched> {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url, { waitUntil: 'load' });
  return { page, errors, requests };
}
