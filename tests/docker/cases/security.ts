/** Privileges, devices and limits that docker run sets. */
import type { DockerCase } from './case.ts';
import { privilegedUnderRunc } from './machine.ts';

const caps = "grep -E '^Cap(Prm|Eff|Bnd|Amb)' /proc/self/status";

export const securityCases: readonly DockerCase[] = [
  {
    name: 'the default capabilities',
    script: `run --rm busybox sh -c "${caps}"`,
    expect: 'CapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\n',
  },
  {
    name: "an ordinary user's capabilities",
    script: `run --rm -u app busybox sh -c "${caps}"`,
    expect: 'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\n',
  },
  {
    name: 'run --cap-drop ALL --cap-add',
    script: `run --rm --cap-drop ALL --cap-add NET_BIND_SERVICE --cap-add CHOWN busybox sh -c "${caps}"`,
    expect: 'CapPrm:\t0000000000000401\nCapEff:\t0000000000000401\nCapBnd:\t0000000000000401\nCapAmb:\t0000000000000000\n',
  },
  { name: 'run --cap-drop is felt', script: "run --rm --cap-drop CHOWN busybox sh -c 'touch /f; chown 5 /f; echo $?'", expect: '1\n' },
  {
    name: 'run --cap-add is felt',
    script: "run --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined busybox sh -c 'mount -t tmpfs none /tmp && echo mounted'",
    expect: 'mounted\n',
  },
  { name: 'mount is refused by default', script: "run --rm busybox sh -c 'mount -t tmpfs none /tmp; echo $?'", expect: '1\n' },
  {
    name: 'run --security-opt no-new-privileges',
    script:
      'for o in no-new-privileges no-new-privileges:false; do run --rm --security-opt $o busybox grep NoNewPrivs /proc/self/status; done',
    expect: 'NoNewPrivs:\t1\nNoNewPrivs:\t0\n',
  },
  {
    name: 'run --security-opt seccomp=FILE: errno',
    script: "run --rm --security-opt seccomp=$SECCOMP/no-mkdir.json busybox sh -c 'mkdir /d; echo $?; grep ^Seccomp: /proc/self/status'",
    expect: '1\nSeccomp:\t2\n',
  },
  {
    name: 'run --security-opt seccomp=FILE: an argument decides',
    script:
      'run --rm --security-opt seccomp=$SECCOMP/no-kill-12.json busybox sh -c \'trap "echo usr1" USR1; kill -USR1 $$; kill -USR2 $$; echo $?\'',
    expect: 'usr1\n1\n',
  },
  {
    name: 'run --security-opt seccomp=FILE: kill',
    script: "run --rm --security-opt seccomp=$SECCOMP/kill-mkdir.json busybox sh -c 'mkdir /d; echo $?'",
    expect: '159\n',
  },
  {
    name: 'run --security-opt seccomp=unconfined',
    script: 'run --rm --security-opt seccomp=unconfined busybox grep ^Seccomp: /proc/self/status',
    expect: 'Seccomp:\t0\n',
  },
  {
    name: 'masked and read-only paths',
    script:
      "run --rm busybox sh -c 'for f in keys timer_list; do cat /proc/$f 2>/dev/null | wc -c; done; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/panic; echo $?'",
    expect: '0\n0\n0\n1\n',
  },
  {
    name: 'the usual devices',
    script:
      'run --rm busybox sh -c \'cd /dev; ls | grep -v core; stat -c "%n %t:%T %a" null zero full random urandom tty; for l in fd stdin stdout stderr ptmx; do readlink $l; done\'',
    expect:
      'fd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\nnull 1:3 666\nzero 1:5 666\nfull 1:7 666\nrandom 1:8 666\nurandom 1:9 666\ntty 5:0 666\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n',
  },
  {
    name: 'run --device',
    script:
      "run --rm --device /dev/null:/dev/mynull --device /dev/zero:/dev/z:r busybox sh -c 'echo x >/dev/mynull && echo ok; head -c 3 /dev/z | wc -c; echo x >/dev/z; echo $?'",
    expect: 'ok\n3\n0\n',
  },
  {
    name: 'run --device: one that a sandbox has no use for',
    script: 'run --rm --device /dev/kmsg busybox true; echo $?',
    expect: '0\n',
    belljar: { stdout: '125\n', stderr: /\/dev\/kmsg/, why: 'a device of the host is the host' },
  },
  {
    name: 'run --device: not there',
    script: 'run --rm --device /dev/no-such busybox true 2>/dev/null; echo $?',
    expect: '127\n',
  },
  {
    name: 'run --privileged',
    script: `run --rm --privileged busybox sh -c "${caps} | sed -E 's/(0000003fffffffff|000001ffffffffff)/all/'; grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status; mount -t tmpfs none /tmp && echo mounted; mkdir /tmp/d; mount --bind /etc /tmp/d; ls /tmp/d/passwd; hostname changed; hostname"`,
    expect:
      'CapPrm:\tall\nCapEff:\tall\nCapBnd:\tall\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\nmounted\n/tmp/d/passwd\nchanged\n',
    runcCannot: privilegedUnderRunc,
  },
  {
    name: 'mknod is in the default capabilities',
    script: "run --rm busybox sh -c 'mknod /n c 1 3 && echo x >/n && stat -c %t:%T /n'",
    expect: '1:3\n',
  },
  { name: 'run --userns host', script: "run --rm --userns host busybox cat /proc/self/uid_map | tr -s ' '", expect: ' 0 0 4294967295\n' },
  {
    name: 'run --cgroupns private and host',
    script: "for c in private host; do run --rm --cgroupns $c busybox sh -c 'sed -n s/^0:://p /proc/self/cgroup' | sed 's,/.*/,/,'; done",
    expect: '/\n/ID\n',
  },
];
