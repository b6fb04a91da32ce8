/** The live page against a real server that counts this machine, in a real browser; and /metrics and the server's refusals. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'puppeteer-core';
import { containerIdOf } from '#meter/serve/containers.ts';
import { Hub, specOf } from '#meter/serve/hub.ts';
import { startServer } from '#meter/serve/server.ts';
import { chromium, openPage, startBrowser } from './browser.ts';

const skip = chromium ? false : 'no Chromium here';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env['SCREENSHOTS'];
let hub: Hub;
let server: Server;
let address: string;
let browser: Browser;

before(async () => {
  hub = new Hub({ calibration: null, comparison: null }, [{ kind: 'pid', pid: process.pid }], 0.25);
  server = await startServer(hub, { host: '127.0.0.1', port: 0 });
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (chromium) browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
  hub.close();
});

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1200, 390]) {
    test(`the live page, ${theme}, ${width} pixels wide`, { skip }, async () => {
      const { page, errors, requests } = await openPage(browser, `${address}/`, width, theme);
      await page.waitForFunction("document.querySelector('#rate-chart .u-over') && document.querySelector('#cpus').textContent !== '-'");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.deepEqual(errors, []);
      assert.deepEqual(
        requests.filter((url) => !url.startsWith(address) && !url.startsWith('data:')),
        [],
      );
      assert.match(String(await page.evaluate("document.querySelector('#status').textContent")), /whole system/);
      assert.ok(Number(await page.evaluate("document.querySelectorAll('#picture ~ figure path').length")) >= 4);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      assert.ok(Number(overflow) <= 0, `the page is ${overflow} pixels too wide`);
      await page.evaluate(axe);
      // uPlot's legend is a table of its own making, without headers for its one row.
      const faults = await page.evaluate(
        "axe.run({ exclude: [['.uplot']] }).then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))",
      );
      assert.deepEqual(faults, []);
      if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: join(shots, `live-${theme}-${width}.png`), fullPage: true });
      }
      await page.close();
    });
  }
}

test('the picker changes what is watched, by keyboard alone', { skip }, async () => {
  const { page, errors } = await openPage(browser, `${address}/`, 1200, 'light');
  await page.waitForFunction(`document.querySelector('option[value="pid:${process.pid}"]')`);
  await page.focus('#target');
  // A list forgets what was typed a second ago, and a busy machine types slowly: again, then.
  const chosen = (): Promise<unknown> => page.evaluate("document.querySelector('#target').value");
  for (let i = 0; i < 10 && (await chosen()) !== `pid:${process.pid}`; i++) {
    await page.keyboard.type(`${process.pid}`);
    await new Promise((resolve) => setTimeout(resolve, 1200));
  }
  assert.equal(await chosen(), `pid:${process.pid}`);
  await page.waitForFunction(`document.querySelector('#status').textContent.includes('process ${process.pid}')`, { timeout: 10_000 });
  assert.deepEqual(errors, []);
  await page.close();
});

test('/metrics parses, and counters never fall', async () => {
  const read = async () => {
    const text = await (await fetch(`${address}/metrics`)).text();
    for (const line of text.split('\n'))
      assert.match(line, /^$|^# (HELP|TYPE) |^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+$/);
    return Number(/belljar_meter_target_syscalls_total\{target="system"\} (\S+)/.exec(text)?.[1]);
  };
  const first = await read();
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.ok((await read()) >= first);
});

test('a page elsewhere cannot read the server under another name', async () => {
  const status = await new Promise((resolve) => {
    const { port } = server.address() as AddressInfo;
    httpRequest({ host: '127.0.0.1', port, path: '/metrics', headers: { host: 'evil.example' } }, (r) => {
      r.resume();
      resolve(r.statusCode);
    }).end();
  });
  assert.equal(status, 403);
  assert.equal((await fetch(`${address}/nothing`)).status, 404);
  assert.equal((await fetch(`${address}/`, { method: 'POST' })).status, 405);
  assert.equal((await fetch(`${address}/api/live?target=pid:999999999`)).status, 404);
  assert.equal((await fetch(`${address}/api/live?target=cgroup:/etc`)).status, 400);
});

test('targets by name, and only those', () => {
  assert.deepEqual(specOf('pid:12'), { kind: 'pid', pid: 12 });
  assert.equal(specOf('pid:0'), null);
  assert.equal(specOf('container:../x'), null);
  assert.equal(specOf('command:rm'), null);
});

test('containers are found in the cgroups of Docker, containerd, Podman and runc', () => {
  const id = 'a'.repeat(64);
  assert.equal(containerIdOf(`0::/system.slice/docker-${id}.scope\n`), 'a'.repeat(12));
  assert.equal(containerIdOf(`4:memory:/docker/${id}\n`), 'a'.repeat(12));
  assert.equal(containerIdOf(`0::/kubepods.slice/cri-containerd-${id}.scope`), 'a'.repeat(12));
  assert.equal(containerIdOf(`0::/machine.slice/libpod-${id}.scope/container`), 'a'.repeat(12));
  assert.equal(containerIdOf('0::/belljar/web-1\n'), 'web-1');
  assert.equal(containerIdOf('0::/user.slice/session-1.scope\n'), null);
});
