# Makes /data inside the benchmark's root file system: a C project, a git tree of 5,000 files, a tar of 10,000. Fed to sh -eu by run.ts.
export HOME=/root GIT_CONFIG_NOSYSTEM=1
mkdir -p /data/project /data/tree /tmp
cd /data/project
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    {
        echo '#include <stdio.h>'
        echo '#include <string.h>'
        for k in 1 2 3 4 5 6 7 8 9; do
            echo "int f${i}_$k(int x) { char b[64]; snprintf(b, sizeof b, \"%d\", x * $k); return (int)strlen(b) + x; }"
        done
    } > part$i.c
done
{
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "int f${i}_1(int);"; done
    echo 'int main(void) { return f1_1(1) + f12_1(2) > 100; }'
} > main.c
printf 'OBJ = $(patsubst %%.c,%%.o,$(wildcard *.c))\nprog: $(OBJ)\n\tgcc -o $@ $^\n%%.o: %%.c\n\tgcc -O2 -c -o $@ $<\nclean:\n\trm -f *.o prog\n' > Makefile
cd /data/tree
python3 - <<'P'
import os
for d in range(100):
    os.makedirs(f'd{d % 10}/e{d}', exist_ok=True)
    for f in range(50): open(f'd{d % 10}/e{d}/file{f}', 'w').write(f'{d} {f}\n' * 20)
os.makedirs('/tmp/files', exist_ok=True)
for d in range(100):
    os.makedirs(f'/tmp/files/{d}', exist_ok=True)
    for f in range(100): open(f'/tmp/files/{d}/{f}', 'w').write('content\n' * (f % 50))
P
git config --global user.email bench@example.invalid
git config --global user.name bench
git config --global --add safe.directory '*'
git init -q .
git add .
git commit -q -m tree
tar cf /data/files.tar -C /tmp files
rm -rf /tmp/files
