/** File types, modes and statx masks of stat.h. */

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o60000;
export const S_IFDIR = 0o40000;
export const S_IFCHR = 0o20000;
export const S_IFIFO = 0o10000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IRWXU = 0o700;
export const S_IRUSR = 0o400;
export const S_IWUSR = 0o200;
export const S_IXUSR = 0o100;
export const S_IRWXG = 0o70;
export const S_IRGRP = 0o40;
export const S_IWGRP = 0o20;
export const S_IXGRP = 0o10;
export const S_IRWXO = 0o7;
export const S_IROTH = 0o4;
export const S_IWOTH = 0o2;
export const S_IXOTH = 0o1;

export const STATX_TYPE = 0x00000001;
export const STATX_MODE = 0x00000002;
export const STATX_NLINK = 0x00000004;
export const STATX_UID = 0x00000008;
export const STATX_GID = 0x00000010;
export const STATX_ATIME = 0x00000020;
export const STATX_MTIME = 0x00000040;
export const STATX_CTIME = 0x00000080;
export const STATX_INO = 0x00000100;
export const STATX_SIZE = 0x00000200;
export const STATX_BLOCKS = 0x00000400;
export const STATX_BASIC_STATS = 0x000007ff;
export const STATX_BTIME = 0x00000800;
export const STATX_MNT_ID = 0x00001000;
export const STATX_DIOALIGN = 0x00002000;
export const STATX__RESERVED = 0x80000000;
export const STATX_ALL = 0x00000fff;
export const STATX_ATTR_COMPRESSED = 0x00000004;
export const STATX_ATTR_IMMUTABLE = 0x00000010;
export const STATX_ATTR_APPEND = 0x00000020;
export const STATX_ATTR_NODUMP = 0x00000040;
export const STATX_ATTR_ENCRYPTED = 0x00000800;
export const STATX_ATTR_AUTOMOUNT = 0x00001000;
export const STATX_ATTR_MOUNT_ROOT = 0x00002000;
export const STATX_ATTR_VERITY = 0x00100000;
export const STATX_ATTR_DAX = 0x00200000;

export const STATX_MNT_ID_UNIQUE = 0x00004000;
export const STATX_SUBVOL = 0x00008000;
export const STATX_WRITE_ATOMIC = 0x00010000;
export const STATX_DIO_READ_ALIGN = 0x00020000;
export const STATX_ATTR_WRITE_ATOMIC = 0x00400000;
export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;

/** Device numbers as in stat(2) and mknod(2). Linux uses 12 bits of major and 20 of minor, spread over 32 bits. */
export function major(dev: number): number {
  return (dev >>> 8) & 0xfff;
}

export function minor(dev: number): number {
  return (dev & 0xff) | ((dev >>> 12) & 0xfff00);
}

export function makedev(majorNumber: number, minorNumber: number): number {
  return ((minorNumber & 0xff) | ((majorNumber & 0xfff) << 8) | ((minorNumber & 0xfff00) << 12)) >>> 0;
}

export function isReg(mode: number): boolean {
  return (mode & S_IFMT) === S_IFREG;
}
export function isDir(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}
export function isLnk(mode: number): boolean {
  return (mode & S_IFMT) === S_IFLNK;
}
export function isChr(mode: number): boolean {
  return (mode & S_IFMT) === S_IFCHR;
}
export function isBlk(mode: number): boolean {
  return (mode & S_IFMT) === S_IFBLK;
}
export function isFifo(mode: number): boolean {
  return (mode & S_IFMT) === S_IFIFO;
}
export function isSock(mode: number): boolean {
  return (mode & S_IFMT) === S_IFSOCK;
}
