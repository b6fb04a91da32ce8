/** Runs each `sh` block of docs/docker.md and docs/kubernetes.md, in order, as root on a host where Docker and containerd have their usual places. */
import { ok, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRoot, root } from '../cli/sandbox.ts';
import { OwnHost } from './own-host.ts';

/** Where daemons keep things: in memory, so that the machine's own are neither seen nor touched. */
const places = ['/etc/docker', '/etc/containerd', '/var/lib/docker', '/var/lib/containerd', '/var/lib/containers'];

function blocks(page: string): string[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
}

/** What a page takes for granted: daemons that run. */
const daemons: Readonly<Record<string, string>> = {
  'docker.md': 'dockerd >/run/dockerd.log 2>&1 & for i in $(seq 300); do docker version >/dev/null 2>&1 && break; sleep 0.1; done',
  'kubernetes.md': 'containerd >/run/containerd.log 2>&1 & for i in $(seq 300); do ctr version >/dev/null 2>&1 && break; sleep 0.1; done',
};

for (const [page, start] of Object.entries(daemons)) {
  test(`docs/${page}`, { timeout: 10 * 60_000 }, async () => {
    ok(isRoot, 'the docs tests need root: run npm test as root');
    const commands = blocks(page);
    ok(commands.length > 2, `${page} has no sh blocks`);
    await using host = await OwnHost.start();
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C', BELLJAR_FRESH: '1' };
    for (const place of places) {
      const made = host.run(['sh', '-c', `mkdir -p ${place} && mount -t tmpfs docs ${place}`]);
      strictEqual(made.status, 0, made.stderr);
    }
    // The pages write to build/; a layer over the project's directory keeps that out of it.
    const over = `upperdir=${host.data}/upper,workdir=${host.data}/work,lowerdir=${root}`;
    const laid = host.run(['sh', '-c', `mkdir ${host.data}/upper ${host.data}/work && mount -t overlay -o ${over} docs ${root}`]);
    strictEqual(laid.status, 0, laid.stderr);
    strictEqual(host.run(['sh', '-c', `(${start}) </dev/null >/dev/null 2>&1`], { env }).status, 0);
    for (const [index, block] of commands.entries()) {
      const result = host.run(['sh', '-euc', `cd ${root}\n${block}`], { env, timeoutMs: 120_000 });
      process.stderr.write(`docs: ${page}: block ${index + 1}/${commands.length}: status ${result.status}\n`);
      strictEqual(result.status, 0, `${block}\n--- stdout\n${result.stdout}--- stderr\n${result.stderr}`);
    }
  });
}
