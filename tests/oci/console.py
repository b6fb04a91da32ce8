"""The receiving end of --console-socket, as runc's recvtty: console.py PATH. Takes one terminal, types each line of standard
input into it, and copies what it shows to standard output until it hangs up."""
import array, os, select, socket, sys

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(1)
print('listening', flush=True)
connection, _ = listener.accept()
name, ancillary, _, _ = connection.recvmsg(256, socket.CMSG_LEN(4))
fds = array.array('i')
fds.frombytes(ancillary[0][2][:4])
master = fds[0]
print('terminal ' + name.decode(), flush=True)
connection.close()
wanted = [master, 0]
while True:
    ready, _, _ = select.select(wanted, [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if typed:
            os.write(master, typed)
        else:
            wanted.remove(0)
    if master in ready:
        try:
            shown = os.read(master, 4096)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
