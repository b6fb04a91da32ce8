/** An error of the meter: a stable code, what happened, and what to do next. The command line prints it as two lines. */
export class MeterError extends Error {
  readonly code: string;
  readonly next: string;

  constructor(code: string, message: string, next: string) {
    super(message);
    this.name = 'MeterError';
    this.code = code;
    this.next = next;
  }
}
