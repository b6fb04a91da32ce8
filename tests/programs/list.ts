// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell scripts
/**
 * The programs that must run, each as one or several command lines with the same inputs natively and in the jar. Commands work in
 * a scratch directory that is removed and made anew before each run ($W); `normal` takes out what rightly differs (pids, times).
 */
import { existsSync } from 'node:fs';

export interface ProgramCase {
  /** The program, by which results are summed up: busybox, bash, git, ... */
  readonly program: string;
  readonly name: string;
  /** Run by /bin/sh in the scratch directory. */
  readonly script: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly normal?: (text: string) => string;
  /** In the group `long`, which is selected by PROGRAMS=long or PROGRAMS=all. */
  readonly long?: boolean;
  /** Why this machine cannot run it, or null. */
  readonly missing?: string | null;
}

const numbers = (text: string): string => text.replace(/\d+(\.\d+)?/g, 'N').replace(/ +/g, ' ');
const needs = (path: string): string | null => (existsSync(path) ? null : `${path} is not installed (tests/programs/setup.sh)`);

/** Tests of CPython's that want an Internet socket, which the sandbox does not have yet. */
const internet = /TestSendfile\.|WakeupFDTests\.test_(invalid_socket|set_wakeup_fd_socket_result)/;
const python = '/usr/bin/python3';
const node = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path)) ?? '/usr/bin/node';
const tree = 'mkdir -p t/a t/b; for i in 1 2 3 4 5 6 7 8 9; do echo "line $i of many" > t/a/f$i; seq $i 50 > t/b/g$i; done';

function each(program: string, scripts: Readonly<Record<string, string>>, more: Partial<ProgramCase> = {}): ProgramCase[] {
  return Object.entries(scripts).map(([name, script]) => ({ program, name, script, ...more }));
}

export const programs: readonly ProgramCase[] = [
  ...each(
    'busybox',
    {
      applets:
        'busybox seq 1 20 | busybox sort -rn | busybox head -3; echo x | busybox md5sum; busybox uname -s; busybox awk "BEGIN{print 6*7}"',
      shell: `busybox sh -c '${tree}; busybox find t -type f | busybox sort | busybox xargs busybox wc -l | busybox tail -1; busybox tar cf x.tar t; busybox tar tf x.tar | busybox wc -l'`,
    },
    { missing: needs('/bin/busybox') },
  ),
  ...each('dash', {
    control:
      'dash -c \'f() { return 3; }; f; echo $?; for i in a b; do echo $i; done; case xy in x*) echo yes;; esac; (exit 4); echo $?; trap "echo bye" EXIT\'',
    here: "dash -c 'cat <<E\nhere $((1+2))\nE\n'; dash -c 'sleep 0.1 & wait; echo waited'; dash -c 'kill -9 $$'; echo $?",
  }),
  ...each('bash', {
    features:
      'bash -c \'a=(1 2 3); declare -A m=([k]=v); echo ${a[@]} ${m[k]} ${#a[@]}; [[ abc =~ b(.) ]] && echo ${BASH_REMATCH[1]}; printf "%05d\\n" 42; echo {1..5}\'',
    processes:
      "bash -c 'diff <(seq 3) <(seq 4); echo $?; coproc cat; echo hi >&${COPROC[1]}; read -u ${COPROC[0]} x; echo $x; time true' 2>/dev/null; bash -c 'set -o pipefail; false | true; echo $?'",
    jobs: "bash -m -c 'sleep 2 & sleep 30 & kill -STOP %2; sleep 0.1; jobs -s | wc -l; kill -CONT %2; kill %2; wait %2; echo $?; wait %1; echo $?' 2>/dev/null",
    signals: 'bash -c \'trap "echo usr1" USR1; kill -USR1 $$; (sleep 0.1; kill -USR1 $$) & wait $!; wait; echo end\'',
  }),
  ...each('coreutils', {
    text: 'seq 100 | shuf --random-source=/bin/ls | sort -n | uniq | tail -2; printf "b\\na\\n" | sort; echo abc | tr a-c A-C; seq 10 | paste -sd+; echo a:b | cut -d: -f2; seq 5 | tac; nl /etc/hostname | wc -l; seq 3 | split -l1 - p; ls',
    files: `${tree}; cp -a t u; diff -r t u && echo same; mv u v; ln -s v w; readlink w; stat -c "%F %s %a" v/a/f1; touch -d @1000 z; stat -c %Y z; chmod 4711 z; ls -l z | cut -c1-10; mkdir -p d/e/f; rmdir -p d/e/f; dd if=/dev/zero of=y bs=1k count=5 2>/dev/null; du -b y; truncate -s 100 y; wc -c < y; rm -r v; ls`,
    sums: 'seq 10000 > s; md5sum s; sha256sum s; cksum s; base64 s | sha1sum; b2sum s; od -c s | head -2; expr 6 \\* 7; factor 1234567; test -f s; echo $?; timeout 0.2 sleep 5; echo $?; env -i A=1 env; nproc; id -u; whoami; basename /a/b.c .c',
  }),
  ...each('findutils', {
    find: `${tree}; find t -name "f[1-3]" -printf "%p %s\\n" | sort; find t -type f -size -100c | wc -l; find t -type f -print0 | xargs -0 -n5 -P2 cat | wc -l; find t -name g1 -delete; find t -newer t/a/f1 | wc -l >/dev/null; find t -empty; find t -perm 644 | wc -l`,
  }),
  ...each('text tools', {
    grep: `${tree}; grep -rn "line [3-5]" t | sort; grep -c 4 t/b/g1; grep -P "\\d{2}$" t/b/g9 | head -2; grep -q nothing t/a/f1; echo $?`,
    sed: `seq 10 > s; sed -n "2,4p;s/7/seven/p" s; sed -i "s/^/x/" s; head -2 s; sed "1!G;h;\\$!d" s | head -1`,
    gawk: `seq 100 | gawk '{s+=$1; a[$1%3]++} END {print s, a[0], a[1]; print strftime("%Y", 0, 1), toupper("x"), substr("hello", 2, 3)}'; gawk 'BEGIN { "echo cmd" | getline x; print x; print "z" | "cat"; close("cat"); printf "%.3f\\n", sin(1) }'`,
    diff: 'seq 10 > a; seq 2 11 > b; diff a b; diff -u a b | tail -n +3; cmp a b; echo $?; sdiff -s a b; diff3 a b a | head -3',
  }),
  ...each('archives', {
    tar: `${tree}; tar cf x.tar t; mkdir o; tar xf x.tar -C o; diff -r t o/t && echo same; tar czf x.tgz t; tar tzf x.tgz | wc -l; tar cJf x.txz t; tar xJf x.txz -C o; ls o`,
    gzip: 'seq 100000 > s; gzip -9 -k s; gzip -l s.gz | tail -1 | tr -s " " | cut -d" " -f2-; gzip -dc s.gz | cmp - s && echo same; xz -k -T2 s; xz -dc s.xz | md5sum; zcat s.gz | tail -1',
  }),
  ...each('procps', {
    ps: 'ps -o pid,comm 2>&1 | head -1; ps -p $$ -o comm=; ps aux | head -1; ps -ef | head -1; sleep 5 & p=$!; ps -o stat= -p $p | cut -c1; kill $p; pgrep -c nosuchprocess; pidof nosuch; echo $?',
  }),
  ...each(
    'procps',
    {
      top: 'TERM=dumb top -b -n1 | sed -n "1p;2p;7p"; free; vmstat 1 2; uptime; w -h; cat /proc/loadavg',
    },
    { normal: (text) => numbers(text.replace(/ up .*?, +\d+ users?/g, ' up').replace(/^ +/gm, '')) },
  ),
  ...each(
    'python',
    {
      basics: `${python} -c 'import sys, json, hashlib, decimal, re; print(sys.version_info[:2], json.dumps({"a": [1, None]}), hashlib.sha256(b"x").hexdigest(), decimal.Decimal(2).sqrt())'`,
      subprocess: `${python} -c '
import subprocess, os
print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True))
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE); print(p.communicate(b"x" * 200000)[0].count(b"x"), p.returncode)
try: subprocess.run(["sleep", "5"], timeout=0.2)
except subprocess.TimeoutExpired as e: print("timeout")
print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode, os.waitstatus_to_exitcode(os.system("exit 5")))'`,
      threading: `${python} -c '
import threading, queue, time
q = queue.Queue(); out = []
def work():
    while (i := q.get()) is not None: out.append(i * i); q.task_done()
    q.task_done()
ts = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in ts]; [q.put(i) for i in range(500)]; [q.put(None) for _ in ts]; [t.join() for t in ts]; print(sum(out))
e = threading.Event(); threading.Timer(0.05, e.set).start(); print(e.wait(5), threading.Lock().acquire(timeout=1))
b = threading.Barrier(3); r = []
[threading.Thread(target=lambda: (b.wait(), r.append(1))).start() for _ in range(3)]; time.sleep(0.3); print(len(r))'`,
      multiprocessing: `cat > m.py <<'E'
import multiprocessing as mp, os, sys
def f(x): return x * x
def g(q, n): q.put(n)
if __name__ == "__main__":
    for how in ("fork", "spawn", "forkserver"):
        c = mp.get_context(how)
        with c.Pool(3) as p: print(how, p.map(f, range(10)))
        q = c.Queue(); ps = [c.Process(target=g, args=(q, i)) for i in range(3)]
        [p.start() for p in ps]; print(sorted(q.get() for _ in ps)); [p.join() for p in ps]; print([p.exitcode for p in ps])
        v = c.Value("i", 7); print(v.value)
E
${python} m.py`,
      asyncio: `${python} -c '
import asyncio
async def main():
    p = await asyncio.create_subprocess_exec("sh", "-c", "sleep 0.05; echo hi; exit 2", stdout=asyncio.subprocess.PIPE)
    print((await p.communicate())[0], p.returncode)
    async def serve(r, w): w.write((await r.readline()).upper()); await w.drain(); w.close()
    s = await asyncio.start_unix_server(serve, "sock"); r, w = await asyncio.open_unix_connection("sock"); w.write(b"hello\\n"); print(await r.read())
    try: await asyncio.wait_for(asyncio.sleep(5), 0.05)
    except asyncio.TimeoutError: print("timeout")
    print(await asyncio.gather(*(asyncio.sleep(0.01, i) for i in range(5)), asyncio.to_thread(lambda: "thread")))
asyncio.run(main())'`,
      mmap: `${python} -c '
import mmap, os, sqlite3, tempfile, pty, select, signal, fcntl, shutil
f = open("m", "w+b"); f.truncate(8192); m = mmap.mmap(f.fileno(), 0); m[0:5] = b"hello"; m.flush(); print(open("m","rb").read(5)); a = mmap.mmap(-1, 4096)
pid = os.fork()
if pid == 0: a[0] = 9; os._exit(0)
os.waitpid(pid, 0); print(a[0])
d = sqlite3.connect("d.db"); d.execute("create table t(a)"); d.executemany("insert into t values(?)", [(i,) for i in range(1000)]); d.commit(); print(d.execute("select sum(a), count(*) from t").fetchone()); d.execute("pragma journal_mode=wal"); d.execute("insert into t values(5)"); d.commit(); print(sorted(x for x in os.listdir(".") if x.startswith("d.db")))
p, fd = pty.fork()
if p == 0: os.execvp("sh", ["sh", "-c", "tty | cut -c1-9; stty size; echo done"])
o = b""
try:
    while True: o += os.read(fd, 1000)
except OSError as e: print(e.errno)
print(o, os.waitpid(p, 0)[1])'`,
    },
    { missing: needs(python) },
  ),
  ...each('perl', {
    perl: `perl -e 'use strict; use POSIX; my %h = map { $_ => $_**2 } 1..5; print join(",", map { "$_=$h{$_}" } sort keys %h), "\\n"; open(my $p, "-|", "echo piped; exit 3"); print <$p>; close $p; print $?>>8, "\\n"; local $SIG{ALRM} = sub { print "alarm\\n" }; alarm 1; pause(); my $pid = fork; if (!$pid) { exit 7 } waitpid $pid, 0; print $?>>8, "\\n"; printf "%s\\n", join " ", sort { $b <=> $a } 3, 10, 2; opendir my $d, "/etc/apt"; print scalar(grep !/^\\./, readdir $d) > 0, "\\n";'`,
  }),
  ...each(
    'git',
    {
      git: `export GIT_AUTHOR_DATE="2020-01-01T00:00:00Z" GIT_COMMITTER_DATE="2020-01-01T00:00:00Z" HOME=$PWD GIT_CONFIG_NOSYSTEM=1; git config --global user.email a@b; git config --global user.name n; git config --global init.defaultBranch main; git init -q r; cd r; ${tree}; git add .; git commit -qm one; echo more >> t/a/f1; git diff --stat; git commit -qam two; git log --format="%h %s"; git checkout -qb side; git mv t/a/f2 t/a/f22; git commit -qm three; git checkout -q main; git merge -q side -m m; git gc -q; git fsck 2>/dev/null; git clone -q . ../c; cd ../c; git log --oneline | wc -l; git status --short | wc -l; git blame -s t/a/f1; git stash list; git tag v1; git describe; git archive HEAD | tar t | wc -l`,
    },
    { timeoutMs: 120_000 },
  ),
  ...each(
    'gcc and make',
    {
      make: `mkdir src; for i in 1 2 3 4 5; do echo "int f$i(int x) { return x * $i; }" > src/f$i.c; done; printf '#include <stdio.h>\\nint f1(int), f2(int), f3(int), f4(int), f5(int);\\nint main(void) { printf("%%d\\\\n", f1(1) + f2(2) + f3(3) + f4(4) + f5(5)); return 7; }\\n' > src/main.c; printf 'OBJ = $(patsubst %%.c,%%.o,$(wildcard src/*.c))\\nprog: $(OBJ)\\n\\tgcc -o $@ $^\\n%%.o: %%.c\\n\\tgcc -O2 -g -c -o $@ $<\\n' > Makefile; make -j2 2>&1 | sort; ./prog; echo $?; make; touch src/f1.c; make | wc -l; echo 'int main(void) { return x; }' > bad.c; gcc bad.c 2>&1 | head -2; gcc -static -o st src/*.c && ./st; ldd prog | wc -l`,
    },
    { timeoutMs: 120_000 },
  ),
  ...each(
    'node',
    {
      node: `${node} -e '
const fs = require("fs"), cp = require("child_process"), { Worker } = require("worker_threads");
fs.writeFileSync("f", "x".repeat(100000)); console.log(fs.statSync("f").size, fs.readdirSync(".").length);
console.log(cp.execSync("echo sync; exit 0").toString().trim(), cp.spawnSync("sh", ["-c", "exit 4"]).status);
const w = new Worker("const {parentPort, workerData} = require(\\"worker_threads\\"); parentPort.postMessage(workerData * 2)", { eval: true, workerData: 21 });
w.on("message", (m) => console.log("worker", m)); w.on("exit", async () => {
  await fs.promises.rename("f", "g"); await new Promise((done) => fs.createReadStream("g").on("data", () => 0).on("end", done)); console.log("read");
  const c = cp.spawn("cat"); c.stdout.on("data", (d) => console.log("cat", d.toString())); c.on("close", (s) => { console.log("closed", s); process.exit(3); }); c.stdin.end("hello");
});' | sort; echo $?`,
      sockets: `${node} -e 'const net = require("net"); const s = net.createServer((c) => c.pipe(c)).listen("s.sock", () => { const c = net.connect("s.sock"); c.end("echo"); c.on("data", (d) => console.log(String(d))); c.on("close", () => s.close(() => console.log("done"))); }); setTimeout(() => console.log("timer"), 300); process.on("SIGUSR2", () => console.log("usr2")); process.kill(process.pid, "SIGUSR2");'`,
    },
    { missing: needs(node), timeoutMs: 60_000 },
  ),
  ...each(
    'go',
    {
      gron: `echo '{"a":[1,{"b":null}],"c":"d"}' | gron; echo '{"a":[1,2]}' | gron | gron --ungron; seq 2000 | sed 's/.*/{"n":&}/' | gron --stream | tail -2; gron /nosuch; echo $?`,
    },
    { missing: needs('/usr/bin/gron') },
  ),
  ...each(
    'java',
    {
      threads: `cat > T.java <<'E'
import java.util.*; import java.util.concurrent.*; import java.util.stream.*;
public class T { public static void main(String[] a) throws Exception {
  ExecutorService e = Executors.newFixedThreadPool(8); List<Future<Long>> f = new ArrayList<>();
  for (int i = 0; i < 32; i++) { final int n = i; f.add(e.submit(() -> LongStream.range(0, 100000).map(x -> x ^ n).sum())); }
  long s = 0; for (Future<Long> x : f) s += x.get(); System.out.println(s); e.shutdown();
  long total = 0; for (int i = 0; i < 3000; i++) { byte[][] b = new byte[64][]; for (int k = 0; k < 64; k++) b[k] = new byte[8192]; total += b.length; } System.out.println(total);
  Process p = new ProcessBuilder("sh", "-c", "echo from child; exit 5").redirectErrorStream(true).start(); System.out.println(new String(p.getInputStream().readAllBytes()).trim() + " " + p.waitFor());
  Thread t = new Thread(() -> { try { Thread.sleep(10000); } catch (InterruptedException x) { System.out.println("interrupted"); } }); t.start(); t.interrupt(); t.join();
  try { Object o = null; o.hashCode(); } catch (NullPointerException x) { System.out.println("npe"); }
  System.out.println(IntStream.range(0, 1000).parallel().sum()); System.exit(6); } }
E
javac T.java && java -Xmx512m T; echo $?; java -Xmx512m -XX:+UseG1GC T; echo $?`,
    },
    { missing: needs('/usr/bin/javac'), timeoutMs: 180_000 },
  ),
  ...each('sqlite3', {
    sqlite: `sqlite3 x.db "create table t(a integer primary key, b text); with recursive c(x) as (select 1 union all select x+1 from c where x<5000) insert into t select x, hex(x) from c; create index i on t(b); select count(*), sum(a), max(b) from t; pragma integrity_check; pragma journal_mode=wal; begin; update t set b='z' where a<10; commit; select count(*) from t where b='z'; vacuum;"; (sqlite3 x.db "select 1" & sqlite3 x.db "insert into t(b) values('q')" & wait) | sort; ls`,
  }),
  ...each(
    'tmux',
    {
      tmux: 'tmux -L guest -f /dev/null new-session -d -x 80 -y 24 "sh"; sleep 1; tmux -L guest send-keys "echo in\\$((1+1))tmux; stty size" Enter; sleep 1; tmux -L guest capture-pane -p | grep -E "^(in2tmux|[0-9]+ [0-9]+)"; tmux -L guest split-window -h sh; tmux -L guest list-panes | wc -l; tmux -L guest kill-server; echo $?',
    },
    { missing: needs('/usr/bin/tmux'), timeoutMs: 30_000 },
  ),
  ...[
    'cpu',
    'fork',
    'futex',
    'pipe',
    'signal',
    'vm',
    'mmap',
    'timer',
    'poll',
    'epoll',
    'dentry',
    'link',
    'rename',
    'switch',
    'clone',
    'pthread',
  ].map(
    (stressor): ProgramCase => ({
      program: 'stress-ng',
      name: stressor,
      script: `stress-ng --${stressor} 2 ${stressor === 'vm' ? '--vm-bytes 32m' : ''} --timeout 3 --verify --no-rand-seed --temp-path . 2>&1; echo status $?`,
      normal: (text) => (text.match(/status \d+|fail:.*|unsuccessful.*|\berror\b.*/g) ?? []).join('\n'),
      long: true,
      timeoutMs: 60_000,
      missing: needs('/usr/bin/stress-ng'),
    }),
  ),
  ...[
    'test_os',
    'test_signal',
    'test_subprocess',
    'test_threading',
    'test_select',
    'test_fcntl',
    'test_mmap',
    'test_tempfile',
    'test_shutil',
  ].map(
    (module): ProgramCase => ({
      program: 'cpython tests',
      name: module,
      script: `TMPDIR=$PWD ${python} -m test.${module} -v 2>&1; true`,
      // One line for each test with its verdict; the order is the same in both.
      normal: (text) =>
        (text.match(/^test\w+ \(.*?\)[^\n]*?\.\.\. .*$/gm) ?? [])
          .filter((line) => !internet.test(line))
          .map((line) => line.replace(/ \.\.\. (?:.*\b)?(ok|FAIL|ERROR|skipped)\b.*$/, ' $1'))
          .sort()
          .join('\n'),
      long: true,
      timeoutMs: 400_000,
      missing: needs('/usr/lib/python3.11/test/test_os.py'),
    }),
  ),
];
