"""typed.py STEP... -- COMMAND...: runs a command on a terminal of its own and types into it. Steps: expect:TEXT waits for TEXT in the
output, send:TEXT types (C escapes are understood), resize:ROWS,COLUMNS, pause:SECONDS. Prints what the terminal showed, without
carriage returns; exit status is the command's. A text that does not come within 20 s: status 99, and what was missed."""
import codecs, fcntl, os, pty, select, struct, sys, termios, time

split = sys.argv.index('--')
steps, command = sys.argv[1:split], sys.argv[split + 1:]
pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

resize(24, 80)
output, mark, ended = b'', 0, False

def read_some(seconds):
    global output, ended
    if ended:
        time.sleep(seconds)
    elif select.select([master], [], [], seconds)[0]:
        try:
            output += os.read(master, 65536)
        except OSError:
            ended = True

def finish(status):
    sys.stdout.write(output.decode('utf-8', 'replace').replace('\r', ''))
    sys.exit(status)

deadline = time.monotonic() + 20
for step in steps:
    kind, _, text = step.partition(':')
    if kind == 'expect':
        wanted = text.encode()
        while wanted not in output[mark:]:
            if ended or time.monotonic() > deadline:
                output += f'\n(missed: {text})\n'.encode()
                os.kill(pid, 9)
                finish(99)
            read_some(0.05)
        mark = output.index(wanted, mark) + len(wanted)
    elif kind == 'send':
        os.write(master, codecs.decode(text, 'unicode_escape').encode('latin1'))
    elif kind == 'resize':
        resize(*map(int, text.split(',')))
    elif kind == 'pause':
        end = time.monotonic() + float(text)
        while time.monotonic() < end:
            read_some(0.05)
while True:
    read_some(0.05)
    done, wait = os.waitpid(pid, os.WNOHANG)
    if done:
        break
    if time.monotonic() > deadline:
        os.kill(pid, 9)
        output += b'\n(did not end)\n'
        finish(99)
while not ended and select.select([master], [], [], 0.1)[0]:
    read_some(0)
finish(os.waitstatus_to_exitcode(wait))
