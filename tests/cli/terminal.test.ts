/** On a terminal a command behaves as if it had been run directly: each scenario is typed natively, then in the jar, and compared. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { belljar } from './sandbox.ts';

type Step = ['expect', string] | ['send', string] | ['resize', number, number] | ['pause', number] | ['kill-kernel'];
interface Script {
  command: readonly string[];
  steps: readonly Step[];
  env?: Record<string, string>;
}
interface Outcome {
  output: string;
  status: number;
  missed: string | null;
  sane: boolean;
}

const typist = fileURLToPath(new URL('on_terminal.py', import.meta.url));

function type(script: Script): Outcome {
  const result = spawnSync('python3', [typist], {
    input: JSON.stringify({ ...script, rows: 30, columns: 90, timeout: 15 }),
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env['PATH'], TERM: 'xterm', LC_ALL: 'C', BELLJAR_FRESH: '1' },
    cwd: '/',
  });
  strictEqual(result.status, 0, result.stderr);
  return JSON.parse(result.stdout) as Outcome;
}

const inJar = (command: readonly string[]): string[] => [belljar, 'do', '--', ...command];

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_Z = '\x1a';
const CTRL_BACKSLASH = '\x1c';

const scenarios: Record<string, Script> = {
  'window size': { command: ['stty', 'size'], steps: [] },
  modes: { command: ['stty', '-a'], steps: [] },
  'the name of the terminal is a terminal': {
    command: ['sh', '-c', 'test -t 0 && test -t 1 && test -t 2 && test -c "$(tty)" && echo yes'],
    steps: [],
  },
  'Ctrl-C ends the command by SIGINT': {
    command: ['sh', '-c', 'echo go; exec sleep 100'],
    steps: [
      ['expect', 'go'],
      ['pause', 0.4],
      ['send', CTRL_C],
    ],
  },
  'Ctrl-\\ ends it by SIGQUIT': {
    command: ['sh', '-c', 'ulimit -c 0; echo go; exec sleep 100'],
    steps: [
      ['expect', 'go'],
      ['pause', 0.4],
      ['send', CTRL_BACKSLASH],
    ],
  },
  "line editing and end of file are the terminal's": {
    command: ['cat'],
    steps: [
      ['pause', 0.5],
      ['send', 'ax\x7fbc\n'],
      ['expect', 'abc'],
      ['send', CTRL_D],
    ],
  },
  'a resize arrives as SIGWINCH': {
    command: ['bash', '--norc', '-c', 'trap "stty size; exit 0" WINCH; echo go; while :; do sleep 0.1; done'],
    steps: [
      ['expect', 'go'],
      ['pause', 0.3],
      ['resize', 11, 22],
      ['expect', '11 22'],
    ],
  },
  'raw mode, key by key': {
    command: [
      'bash',
      '--norc',
      '-c',
      'read -rsn1 -p "key? " k; echo "[$k]"; stty -icanon -echo min 1; echo ready; head -c 3 | od -An -tx1; stty sane',
    ],
    steps: [
      ['expect', 'key? '],
      ['send', 'q'],
      ['expect', '[q]'],
      ['expect', 'ready'],
      ['send', 'a\rb'],
    ],
  },
  'a shell with job control inside': {
    command: ['bash', '--norc', '-i'],
    env: { PS1: 'P> ' },
    steps: [
      ['expect', 'P> '],
      ['send', 'sleep 100\r'],
      ['pause', 0.5],
      ['send', CTRL_Z],
      ['expect', 'Stopped'],
      ['expect', 'P> '],
      ['send', 'jobs\r'],
      ['expect', 'Stopped'],
      ['expect', 'P> '],
      ['send', 'fg\r'],
      ['pause', 0.5],
      ['send', CTRL_C],
      ['expect', 'P> '],
      ['send', 'exit 3\r'],
    ],
  },
};

for (const [name, script] of Object.entries(scenarios)) {
  test(name, { timeout: 60_000 }, () => {
    const native = type(script);
    strictEqual(native.missed, null, `natively: ${native.output}`);
    deepStrictEqual(type({ ...script, command: inJar(script.command) }), native);
  });
}

/** The caller's shell, with a job in it that is the command itself or the command in a sandbox. */
function shellJob(prefix: string): Outcome {
  return type({
    command: ['bash', '--norc', '-i'],
    env: { PS1: 'P> ' },
    steps: [
      ['expect', 'P> '],
      ['send', `${prefix}sh -c 'echo g""o; exec sleep 100'\r`],
      ['expect', 'go'],
      ['pause', 0.4],
      ['send', CTRL_Z],
      ['expect', 'Stopped'],
      ['expect', 'P> '],
      ['send', 'fg\r'],
      ['pause', 0.4],
      ['send', CTRL_C],
      ['expect', 'P> '],
      ['send', 'echo "status $?"\r'],
      ['expect', 'status 130'],
      ['send', 'exit 5\r'],
    ],
  });
}

test("Ctrl-Z stops the sandbox as a job of the caller's shell; fg and Ctrl-C reach it", { timeout: 60_000 }, () => {
  for (const outcome of [shellJob(''), shellJob(`${belljar} do -- `)]) {
    strictEqual(outcome.missed, null, outcome.output);
    strictEqual(outcome.status, 5 << 8);
  }
});

test('a job in the background that reads the terminal stops, and gets its line in the foreground', { timeout: 60_000 }, () => {
  for (const prefix of ['', `${belljar} do -- `]) {
    const outcome = type({
      command: ['bash', '--norc', '-i'],
      env: { PS1: 'P> ' },
      steps: [
        ['expect', 'P> '],
        ['send', `${prefix}cat &\r`],
        ['expect', 'P> '],
        ['pause', 0.8],
        ['send', '\r'],
        ['expect', 'Stopped'],
        ['expect', 'P> '],
        ['send', 'fg\r'],
        ['pause', 0.4],
        ['send', 'line\r'],
        ['expect', 'line'],
        ['expect', 'line'],
        ['send', CTRL_D],
        ['expect', 'P> '],
        ['send', 'exit 5\r'],
      ],
    });
    strictEqual(outcome.missed, null, outcome.output);
    strictEqual(outcome.status, 5 << 8);
  }
});

test('the terminal is usable again when the sandbox is killed while a program has it in raw mode', { timeout: 60_000 }, () => {
  const outcome = type({
    command: inJar(['sh', '-c', 'stty raw -echo; echo go; exec sleep 100']),
    steps: [['expect', 'go'], ['pause', 0.3], ['kill-kernel']],
  });
  strictEqual(outcome.missed, null, outcome.output);
  ok(outcome.output.includes('belljar: the sandbox was killed by signal 9'), outcome.output);
  strictEqual(outcome.status, 125 << 8);
  strictEqual(outcome.sane, true);
});
