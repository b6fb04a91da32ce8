/**
 * Job control state of a thread group: being stopped, stopped, and what waitid(2) has yet to report.
 *
 * A stop signal sets `signal` and asks every thread to stop; each one stops at its next return to the guest
 * (`Task.state` Stopped) and counts itself in. When all are in, `stopped` is set, the stop becomes reportable, and the
 * parent gets SIGCHLD with CLD_STOPPED. SIGCONT and SIGKILL end it.
 */
export class StopState {
  /** The signal that stops the group; 0 when it runs. */
  signal = 0;
  /** Every thread has stopped. */
  stopped = false;
  /** wait WUNTRACED/WSTOPPED has not taken the stop yet; the status is `signal`. */
  stopReport = false;
  /** wait WCONTINUED has not taken the continuation yet. */
  continueReport = false;
}
