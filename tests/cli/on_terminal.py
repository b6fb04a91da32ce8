"""Runs a command on a pseudoterminal and types into it. Reads a JSON script on stdin:
{"command": [...], "env": {...}, "rows": 30, "columns": 100, "steps": [["expect", TEXT] | ["send", TEXT] | ["resize", R, C] | ["kill", SIGNAL, PATTERN]], "timeout": S}
Prints JSON: {"output": TEXT, "status": wait status or -1, "missed": first text that did not come, or null, "sane": bool}.
"sane": at the end the terminal is in canonical mode with echo, as it was at the start."""
import fcntl, json, os, select, signal, struct, sys, termios, time

script = json.load(sys.stdin)

def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

master, slave = os.openpty()
resize(master, script.get('rows', 24), script.get('columns', 80))
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execvpe(script['command'][0], script['command'], {**os.environ, **script.get('env', {})})

output = b''
mark = 0
missed = None
deadline = time.monotonic() + script.get('timeout', 20)

def read_some(seconds):
    global output
    ready, _, _ = select.select([master], [], [], seconds)
    if ready:
        try:
            output += os.read(master, 65536)
        except OSError:
            return False
    return True

for step in script['steps']:
    if step[0] == 'expect':
        wanted = step[1].encode()
        while wanted not in output[mark:] and time.monotonic() < deadline:
            read_some(0.1)
        at = output.find(wanted, mark)
        if at < 0:
            missed = step[1]
            break
        mark = at + len(wanted)
    elif step[0] == 'send':
        os.write(master, step[1].encode())
    elif step[0] == 'resize':
        resize(master, step[1], step[2])
    elif step[0] == 'pause':
        end = time.monotonic() + step[1]
        while time.monotonic() < end:
            read_some(0.05)
    elif step[0] == 'kill-kernel':
        # The sandbox's Node: the only child of the waiter, which is the command itself.
        child = int(open(f'/proc/{pid}/task/{pid}/children').read().split()[0])
        os.kill(child, signal.SIGKILL)

status = -1
while time.monotonic() < deadline:
    read_some(0.02)
    done, wait = os.waitpid(pid, os.WNOHANG)
    if done:
        status = wait
        break
if status == -1:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
while read_some(0.05) and select.select([master], [], [], 0)[0]:
    pass
local = termios.tcgetattr(slave)[3]
sane = bool(local & termios.ICANON) and bool(local & termios.ECHO)
print(json.dumps({'output': output.decode('latin1'), 'status': status, 'missed': missed, 'sane': sane}))
