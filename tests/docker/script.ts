/** A shell script of docker, ctr or podman commands: run with a limit, and its output made comparable. */
import { spawn } from 'node:child_process';

export interface ScriptOutput {
  /** Of the last command; null when the script was ended for taking too long. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const limitMs = 60_000;

export function runScript(script: string, env: Record<string, string>): Promise<ScriptOutput> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: '/', detached: true });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }, limitMs);
    child.on('exit', (status) => {
      clearTimeout(timer);
      // A client that the script left in the background may hold the pipes; what it says later is of no interest.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ status: late ? null : status, stdout, stderr });
      }, 20);
    });
  });
}

/** Without what differs between two runs: the given texts become words, ids of containers ID. */
export function normal(text: string, words: Readonly<Record<string, string>>): string {
  // Docker's command may or may not still be waiting when the daemon refuses.
  let plain = text.replace(/^time=\S+ level=error msg="error waiting for container: context canceled"\n/gm, '');
  for (const [word, own] of Object.entries(words)) plain = plain.replaceAll(own, word);
  return plain.replace(/\b[0-9a-f]{64}\b/g, 'ID').replace(/\b[0-9a-f]{12}\b/g, 'ID');
}

/** wait_for COMMAND: repeats it until it succeeds, 15 s at most. typed, inside: see cases/case.ts. */
export const commonPrelude = `
wait_for() {
  attempts=0
  until "$@" >/dev/null 2>&1; do
    attempts=$((attempts + 1))
    [ $attempts -lt 100 ] || { echo "(waited in vain for: $*)"; return 1; }
    sleep 0.15
  done
}
typed() { python3 "$TYPED" "$@"; }
inside() { nsenter -t "$HOST_PID" -m -n -p -- "$@"; }
`;
