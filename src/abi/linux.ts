/** Small call families: kcmp, pidfd, reboot, syslog, personality. */

export const KCMP_FILE = 0;
export const KCMP_VM = 1;
export const KCMP_FILES = 2;
export const KCMP_FS = 3;
export const KCMP_SIGHAND = 4;
export const KCMP_IO = 5;
export const KCMP_SYSVSEM = 6;
export const KCMP_EPOLL_TFD = 7;

export const LINUX_REBOOT_MAGIC1 = 0xfee1dead;
export const LINUX_REBOOT_MAGIC2 = 672274793;
export const LINUX_REBOOT_MAGIC2A = 85072278;
export const LINUX_REBOOT_MAGIC2B = 369367448;
export const LINUX_REBOOT_MAGIC2C = 537993216;
export const LINUX_REBOOT_CMD_RESTART = 0x01234567;
export const LINUX_REBOOT_CMD_HALT = 0xcdef0123;
export const LINUX_REBOOT_CMD_CAD_ON = 0x89abcdef;
export const LINUX_REBOOT_CMD_CAD_OFF = 0x00000000;
export const LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc;
export const LINUX_REBOOT_CMD_RESTART2 = 0xa1b2c3d4;
export const LINUX_REBOOT_CMD_SW_SUSPEND = 0xd000fce2;
export const LINUX_REBOOT_CMD_KEXEC = 0x45584543;
export const UNAME26 = 0x20000;

export const ADDR_NO_RANDOMIZE = 0x40000;

export const MMAP_PAGE_ZERO = 0x100000;

export const ADDR_COMPAT_LAYOUT = 0x200000;

export const READ_IMPLIES_EXEC = 0x400000;

export const ADDR_LIMIT_32BIT = 0x800000;

export const SHORT_INODE = 0x1000000;

export const WHOLE_SECONDS = 0x2000000;

export const STICKY_TIMEOUTS = 0x4000000;

export const ADDR_LIMIT_3GB = 0x8000000;

export const PER_CLEAR_ON_SETID = 0x740000;
export const PER_LINUX = 0;
export const PER_LINUX_32BIT = 0x800000;
export const PER_LINUX32 = 8;
export const PER_LINUX32_3GB = 0x8000008;
export const PER_MASK = 255;

export const PIDFD_NONBLOCK = 0x800;
export const PIDFD_THREAD = 0x80;
export const PIDFD_SIGNAL_THREAD = 1;
export const PIDFD_SIGNAL_THREAD_GROUP = 2;
export const PIDFD_SIGNAL_PROCESS_GROUP = 4;
export const PIDFD_SELF_THREAD = -10000;
export const PIDFD_SELF_THREAD_GROUP = -10001;
export const SYSLOG_ACTION_CLOSE = 0;
export const SYSLOG_ACTION_OPEN = 1;
export const SYSLOG_ACTION_READ = 2;
export const SYSLOG_ACTION_READ_ALL = 3;
export const SYSLOG_ACTION_READ_CLEAR = 4;
export const SYSLOG_ACTION_CLEAR = 5;
export const SYSLOG_ACTION_CONSOLE_OFF = 6;
export const SYSLOG_ACTION_CONSOLE_ON = 7;
export const SYSLOG_ACTION_CONSOLE_LEVEL = 8;
export const SYSLOG_ACTION_SIZE_UNREAD = 9;
export const SYSLOG_ACTION_SIZE_BUFFER = 10;
