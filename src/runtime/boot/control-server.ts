/** The kernel's end of a container's control requests (container/protocol.ts): one more descriptor in its loop. */
import { EPOLLIN } from '#abi/poll.ts';
import { SIGKILL } from '#abi/signal.ts';
import type { Kernel } from '#kernel/kernel.ts';
import { sendFromOutside } from '#kernel/signal/send.ts';
import { MAX_DESCRIPTORS, MAX_EXEC_REQUEST, MAX_REQUEST, type Request } from '../container/protocol.ts';
import { Failure } from '../failure.ts';
import { EnteredProcess, type ExecRequest } from './entered.ts';
import { listProcesses } from './listing.ts';

const SYS_close = 3;
const SYS_sendto = 44;
const SYS_accept4 = 288;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOCK_NONBLOCK_CLOEXEC = 0o2004000;
const MAX_CONNECTIONS = 1024;

const text = new Uint8Array(MAX_REQUEST);
const fds = new Int32Array(1 + MAX_DESCRIPTORS);

interface Connection {
  readonly fd: number;
  process: EnteredProcess | null;
}

/** Lets the init process run, `pid` being its number on the host; `done` gets what prevented it, or null. */
export type Start = (pid: number, done: (failure: string | null) => void) => void;

export class ControlServer {
  readonly #kernel: Kernel;
  readonly #listener: number;
  #start: Start | null;
  readonly #connections = new Set<Connection>();

  constructor(kernel: Kernel, listener: number, start: Start) {
    this.#kernel = kernel;
    this.#listener = listener;
    this.#start = start;
    kernel.platform.watch(listener, EPOLLIN, () => this.#accept());
  }

  close(): void {
    this.#kernel.platform.unwatch(this.#listener);
    for (const connection of [...this.#connections]) this.#drop(connection);
  }

  #accept(): void {
    const { platform } = this.#kernel;
    for (;;) {
      const fd = platform.host.call(SYS_accept4, this.#listener, 0, 0, SOCK_NONBLOCK_CLOEXEC);
      if (fd < 0) return;
      const connection: Connection = { fd, process: null };
      if (this.#connections.size >= MAX_CONNECTIONS) {
        platform.host.call(SYS_close, fd);
        continue;
      }
      this.#connections.add(connection);
      platform.watch(fd, EPOLLIN, () => this.#receive(connection));
    }
  }

  #drop(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    const { platform } = this.#kernel;
    platform.unwatch(connection.fd);
    platform.host.call(SYS_close, connection.fd);
  }

  #receive(connection: Connection): void {
    const { host } = this.#kernel.platform;
    while (this.#connections.has(connection)) {
      const n = host.receive(connection.fd, text, fds, MSG_DONTWAIT);
      if (n === -11) return; // EAGAIN
      if (n <= 0) {
        // Who held the process on the host is gone, so it goes too.
        connection.process?.signal(SIGKILL, false);
        this.#drop(connection);
        return;
      }
      const passed = [...fds.subarray(1, 1 + (fds[0] ?? 0))];
      this.#answer(connection, Buffer.from(text.subarray(0, n)).toString('latin1'), passed);
    }
  }

  #answer(connection: Connection, message: string, passed: number[]): void {
    let answer: string | null;
    try {
      const text = this.#handle(connection, JSON.parse(message) as Request, passed);
      answer = text === null ? null : `+${text}`;
    } catch (error) {
      if (!(error instanceof Failure || error instanceof SyntaxError)) throw error;
      answer = `-${error.message}`;
    }
    for (const fd of passed) this.#kernel.platform.host.call(SYS_close, fd);
    if (answer !== null) this.#send(connection, answer);
  }

  #send(connection: Connection, answer: string): void {
    const bytes = Buffer.from(answer, 'latin1');
    this.#kernel.platform.host.call(SYS_sendto, connection.fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
  }

  /** The text of the answer; null: it comes later. Takes out of `passed` what it keeps open. */
  #handle(connection: Connection, request: Request, passed: number[]): string | null {
    const kernel = this.#kernel;
    switch (request.do) {
      case 'start':
        if (this.#start === null) throw new Failure('state', 'the container has been started before');
        this.#begin(connection, request.pid ?? 0);
        return null;
      case 'kill':
        if (kernel.init === null) return '';
        if (request.all) for (const group of [...kernel.pids.groups.values()]) sendFromOutside(group, request.signal);
        else sendFromOutside(kernel.init, request.signal);
        return '';
      case 'exec':
        return this.#exec(connection, passed);
      case 'signal':
        connection.process?.signal(request.signal, request.terminal);
        return '';
      case 'ps':
        return JSON.stringify(listProcesses(kernel));
      default:
        request satisfies never;
        throw new Failure('internal', 'a request that this kernel does not know: the container is of another version of Belljar');
    }
  }

  #begin(connection: Connection, pid: number): void {
    const start = this.#start as Start;
    this.#start = null;
    start(pid, (failure) => {
      this.#send(connection, failure === null ? '+' : `-${failure}`);
    });
  }

  #exec(connection: Connection, passed: number[]): string {
    if (this.#start !== null) throw new Failure('state', 'the container has not been started');
    const request = this.#readRequest(passed[0] ?? -1);
    const { host } = this.#kernel.platform;
    host.call(SYS_close, passed.shift() ?? -1);
    const process = new EnteredProcess(this.#kernel, request, passed.splice(0));
    connection.process = process;
    process.group.exitWait.add({
      onWake: () => {
        this.#send(connection, `=${process.group.exitStatus}`);
        process.closeTerminal();
        connection.process = null;
        return false;
      },
    });
    return String(process.group.pid);
  }

  #readRequest(fd: number): ExecRequest {
    const { host } = this.#kernel.platform;
    let bytes = new Uint8Array(1 << 16);
    let n = host.read(fd, bytes, 0, bytes.length, 0);
    if (n === bytes.length) {
      bytes = new Uint8Array(MAX_EXEC_REQUEST);
      n = host.read(fd, bytes, 0, bytes.length, 0);
    }
    if (n <= 0) throw new Failure('internal', `the request to start a process cannot be read (${n})`);
    return JSON.parse(Buffer.from(bytes.subarray(0, n)).toString('latin1')) as ExecRequest;
  }
}
