/** The kernel's end of the control messages (control.ts): signals from outside reach guests, stops and the end reach the waiter. */
import { SI_USER, SIGCONT } from '#abi/signal.ts';
import { EPOLLIN } from '#abi/poll.ts';
import type { HostTerminal } from '#fs/tty/host-terminal.ts';
import type { Kernel } from '#kernel/kernel.ts';
import { sigInfo } from '#kernel/pending-signals.ts';
import { sendFromOutside, sendToPgrp } from '#kernel/signal/send.ts';
import { CONTROL_RECORD, controlWord, encodeControl, ToKernel, ToWaiter } from '../control.ts';
import type { SandboxSpec } from '../sandbox-spec.ts';

export class ControlChannel {
  readonly #kernel: Kernel;
  readonly #fd: number;
  readonly #terminal: HostTerminal | null;
  readonly #record = new Uint8Array(CONTROL_RECORD);

  constructor(kernel: Kernel, spec: SandboxSpec, terminal: HostTerminal | null) {
    this.#kernel = kernel;
    this.#fd = spec.controlFd;
    this.#terminal = terminal;
    if (terminal !== null) terminal.wantsInput = () => this.#send(ToWaiter.WantsInput, 0);
    kernel.initStopped = (signal) => this.#send(ToWaiter.Stopped, signal);
    if (this.#fd >= 0) kernel.platform.watch(this.#fd, EPOLLIN, () => this.#receive());
  }

  /** Everything is ready but the first instruction, which waits for `belljar start`. */
  created(): void {
    this.#send(ToWaiter.Created, 0);
  }

  close(): void {
    if (this.#fd >= 0) this.#kernel.platform.unwatch(this.#fd);
  }

  #receive(): void {
    const SYS_recvfrom = 45;
    const MSG_DONTWAIT = 0x40;
    for (;;) {
      const n = this.#kernel.platform.host.call(SYS_recvfrom, this.#fd, this.#record, CONTROL_RECORD, MSG_DONTWAIT, 0, 0);
      if (n !== CONTROL_RECORD) return;
      this.#handle(controlWord(this.#record, 0), controlWord(this.#record, 1), controlWord(this.#record, 2));
    }
  }

  #handle(type: number, a: number, b: number): void {
    const { init } = this.#kernel;
    if (init === null || init.zombie) return;
    if (type === ToKernel.Signal && a >= 1 && a <= 64) {
      const foreground = init.session.terminal?.foregroundGroup ?? init.processGroup;
      if (b === 1) sendToPgrp(foreground, sigInfo(a, SI_USER));
      else sendFromOutside(init, a);
    } else if (type === ToKernel.Foreground && this.#terminal !== null) this.#terminal.hostForeground = a === 1;
    else if (type === ToKernel.Continued) sendToPgrp(init.processGroup, sigInfo(SIGCONT, SI_USER));
  }

  #send(type: number, a: number): void {
    const SYS_sendto = 44;
    const MSG_DONTWAIT = 0x40;
    if (this.#fd >= 0)
      this.#kernel.platform.host.call(SYS_sendto, this.#fd, encodeControl(this.#record, type, a), CONTROL_RECORD, MSG_DONTWAIT, 0, 0);
  }
}
