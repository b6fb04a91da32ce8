/** The line discipline: canonical editing against a model, and what holds for any input in any mode. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SIGINT, SIGQUIT, SIGTSTP } from '#abi/signal.ts';
import { ECHO, ICANON, ICRNL, IEXTEN, ISIG, IXON, ONLCR, OPOST } from '#abi/termios.ts';
import { ByteQueue } from './byte-queue.ts';
import { LineDiscipline } from './line-discipline.ts';
import { Termios } from './termios.ts';

const [INTR, BS, WERASE, KILL, EOF, LNEXT, NL, CR] = [3, 127, 23, 21, 4, 22, 10, 13] as const;

function make(change: (termios: Termios) => void = () => {}) {
  const termios = new Termios();
  change(termios);
  const output = new ByteQueue(16384);
  const signals: number[] = [];
  const line = new LineDiscipline(termios, output, { signal: (signal) => signals.push(signal), flow() {}, flushed() {} });
  const type = (keys: Iterable<number>) => {
    for (const key of keys) if (line.room > 0) line.receive(key);
  };
  const shown = () => {
    const bytes = new Uint8Array(output.length);
    output.copyOut(bytes, 0, bytes.length);
    output.drop(bytes.length);
    return Buffer.from(bytes).toString('latin1');
  };
  const read = (length = 5000) => {
    const bytes = new Uint8Array(length);
    return Buffer.from(bytes.subarray(0, line.read(bytes, 0, length))).toString('latin1');
  };
  return { line, termios, output, signals, type, shown, read };
}
const keys = (text: string) => Buffer.from(text, 'latin1');

/** What canonical mode makes of keys without signals, flow control and reprint: the lines. */
function modelLines(typed: readonly number[]): number[][] {
  const lines: number[][] = [];
  let line: number[] = [];
  let literal = false;
  for (const raw of typed) {
    if (literal) {
      literal = false;
      line.push(raw);
      continue;
    }
    const key = raw === CR ? NL : raw;
    if (key === BS) line.pop();
    else if (key === KILL) line = [];
    else if (key === LNEXT) literal = true;
    else if (key === WERASE) {
      const isWord = (c: number | undefined) => c !== undefined && /\w/.test(String.fromCharCode(c));
      while (line.length > 0 && !isWord(line.at(-1))) line.pop();
      while (line.length > 0 && isWord(line.at(-1))) line.pop();
    } else if (key === NL || key === EOF) {
      if (key === NL) line.push(NL);
      lines.push(line);
      line = [];
    } else line.push(key);
  }
  return lines;
}

test('canonical editing agrees with a model', () => {
  const key = fc.oneof(fc.constantFrom(97, 98, 95, 32, 46, 9, 1), fc.constantFrom(BS, WERASE, KILL, LNEXT, EOF, NL, CR));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 120 }), (typed) => {
      const tty = make();
      tty.type(typed);
      const lines = modelLines(typed);
      for (const line of lines) {
        assert.equal(tty.line.readable(5000), true);
        assert.equal(tty.read(), Buffer.from(line).toString('latin1'));
      }
      assert.equal(tty.line.readable(5000), false);
    }),
    { numRuns: 500 },
  );
});

test('raw mode passes every byte, in order, and never more than it has room for', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 6 }), (chunks) => {
      const tty = make((termios) => {
        termios.iflag = termios.oflag = termios.lflag = 0;
      });
      const kept: number[] = [];
      for (const chunk of chunks) {
        const room = tty.line.room;
        tty.type(chunk);
        kept.push(...chunk.subarray(0, room));
      }
      const bytes = new Uint8Array(5000);
      assert.deepEqual([...bytes.subarray(0, tty.line.read(bytes, 0, 5000))], kept);
      assert.equal(tty.output.length, 0);
    }),
  );
});

test('any bytes in any modes leave counts consistent and the output bounded', () => {
  const flags = fc.record({ iflag: fc.nat(0x7fff), oflag: fc.nat(0x1fff), lflag: fc.nat(0x1ffff) });
  fc.assert(
    fc.property(fc.array(fc.tuple(flags, fc.uint8Array({ maxLength: 300 }), fc.nat(200)), { maxLength: 20 }), (steps) => {
      const tty = make();
      for (const [modes, typed, length] of steps) {
        const old = tty.termios.copy();
        Object.assign(tty.termios, modes);
        tty.line.modesChanged(old);
        tty.type(typed);
        const before = tty.line.pending;
        const took = tty.line.read(new Uint8Array(length), 0, length);
        assert.ok(took <= Math.min(length, before));
        assert.ok(tty.line.pending >= 0 && tty.line.pending <= 4096);
        assert.ok(tty.line.available <= tty.line.pending);
        assert.ok(tty.output.length <= tty.output.capacity);
      }
    }),
    { numRuns: 300 },
  );
});

test('a full line takes no more but its end', () => {
  const tty = make((termios) => {
    termios.lflag &= ~ECHO;
  });
  tty.type(new Uint8Array(5000).fill(97));
  assert.equal(tty.line.pending, 4095);
  tty.type([NL]);
  assert.equal(tty.read(), `${'a'.repeat(4095)}\n`);
});

test('signal keys flush, echo and signal; without ISIG they are bytes', () => {
  const tty = make();
  tty.type(keys('abc'));
  tty.shown();
  tty.type([INTR, 28, 26]);
  assert.deepEqual(tty.signals, [SIGINT, SIGQUIT, SIGTSTP]);
  assert.equal(tty.shown(), '^Z');
  tty.type(keys('\n'));
  assert.equal(tty.read(), '\n');
  const raw = make((termios) => {
    termios.lflag = ICANON | IEXTEN;
  });
  raw.type([INTR, NL]);
  assert.equal(raw.read(), '\x03\n');
});

test('stopped output keeps back echo and refuses writes until it starts', () => {
  const tty = make((termios) => {
    termios.iflag = ICRNL | IXON;
    termios.lflag = ICANON | ECHO | ISIG;
    termios.oflag = OPOST | ONLCR;
  });
  tty.type([19]);
  assert.equal(tty.line.write(keys('x'), 0, 1), 0);
  tty.type(keys('ab'));
  assert.equal(tty.shown(), '');
  tty.type([17]);
  assert.equal(tty.shown(), 'ab');
});

test('turning canonical mode on makes a line of what is there', () => {
  const tty = make((termios) => {
    termios.lflag = 0;
  });
  tty.type(keys('abc'));
  const old = tty.termios.copy();
  tty.termios.lflag = ICANON;
  tty.line.modesChanged(old);
  assert.equal(tty.line.readable(10), true);
  assert.equal(tty.read(), 'abc');
  assert.equal(tty.line.readable(10), false);
});
