"""In the place of a container engine's shim: shim.py BELLJAR ROOT BUNDLE ID creates and starts a container, waits as its
subreaper for the process in the pid file, deletes it, and prints {"output", "status", "killedBy"} as JSON."""
import ctypes, json, os, subprocess, sys, tempfile

belljar, root, bundle, name = sys.argv[1:5]
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
with tempfile.TemporaryFile() as out, tempfile.NamedTemporaryFile() as pid_file:
    command = [belljar, '--root', root]
    subprocess.run([*command, 'create', '--bundle', bundle, '--pid-file', pid_file.name, name], stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=True)
    subprocess.run([*command, 'start', name], check=True)
    pid = int(open(pid_file.name).read())
    _, status = os.waitpid(pid, 0)
    subprocess.run([*command, 'delete', name], check=True)
    out.seek(0)
    text = out.read().decode('latin1')
killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
print(json.dumps({'output': text, 'status': os.WEXITSTATUS(status) if killed == 0 else -1, 'killedBy': killed}))
