/**
 * Made by gen/layouts-gen.ts from gen/layouts.ts; do not edit. For each struct: SIZE and OFF_ of its fields, an interface,
 * new (all zero), encode (padding is zeroed) and decode (fills an object that the caller owns, and returns it).
 */
import { getBytes, getChars, getI64, getU64, setBytes, setChars, setI64, setU64, zero } from './codec.ts';

/** struct __kernel_timespec */
export interface Timespec {
  tv_sec: number;
  tv_nsec: number;
}
export const Timespec = {
  SIZE: 16,
  OFF_tv_sec: 0,
  OFF_tv_nsec: 8,
} as const;
export function newTimespec(): Timespec {
  return { tv_sec: 0, tv_nsec: 0 };
}
export function encodeTimespec(view: DataView, at: number, from: Timespec): void {
  setI64(view, at, from.tv_sec);
  setI64(view, at + 8, from.tv_nsec);
}
export function decodeTimespec(view: DataView, at: number, into: Timespec): Timespec {
  into.tv_sec = getI64(view, at);
  into.tv_nsec = getI64(view, at + 8);
  return into;
}

/** struct __kernel_old_timeval */
export interface Timeval {
  tv_sec: number;
  tv_usec: number;
}
export const Timeval = {
  SIZE: 16,
  OFF_tv_sec: 0,
  OFF_tv_usec: 8,
} as const;
export function newTimeval(): Timeval {
  return { tv_sec: 0, tv_usec: 0 };
}
export function encodeTimeval(view: DataView, at: number, from: Timeval): void {
  setI64(view, at, from.tv_sec);
  setI64(view, at + 8, from.tv_usec);
}
export function decodeTimeval(view: DataView, at: number, into: Timeval): Timeval {
  into.tv_sec = getI64(view, at);
  into.tv_usec = getI64(view, at + 8);
  return into;
}

/** struct __kernel_itimerspec */
export interface Itimerspec {
  it_interval: Timespec;
  it_value: Timespec;
}
export const Itimerspec = {
  SIZE: 32,
  OFF_it_interval: 0,
  OFF_it_value: 16,
} as const;
export function newItimerspec(): Itimerspec {
  return { it_interval: newTimespec(), it_value: newTimespec() };
}
export function encodeItimerspec(view: DataView, at: number, from: Itimerspec): void {
  encodeTimespec(view, at, from.it_interval);
  encodeTimespec(view, at + 16, from.it_value);
}
export function decodeItimerspec(view: DataView, at: number, into: Itimerspec): Itimerspec {
  decodeTimespec(view, at, into.it_interval);
  decodeTimespec(view, at + 16, into.it_value);
  return into;
}

/** struct itimerval */
export interface Itimerval {
  it_interval: Timeval;
  it_value: Timeval;
}
export const Itimerval = {
  SIZE: 32,
  OFF_it_interval: 0,
  OFF_it_value: 16,
} as const;
export function newItimerval(): Itimerval {
  return { it_interval: newTimeval(), it_value: newTimeval() };
}
export function encodeItimerval(view: DataView, at: number, from: Itimerval): void {
  encodeTimeval(view, at, from.it_interval);
  encodeTimeval(view, at + 16, from.it_value);
}
export function decodeItimerval(view: DataView, at: number, into: Itimerval): Itimerval {
  decodeTimeval(view, at, into.it_interval);
  decodeTimeval(view, at + 16, into.it_value);
  return into;
}

/** struct timezone */
export interface Timezone {
  tz_minuteswest: number;
  tz_dsttime: number;
}
export const Timezone = {
  SIZE: 8,
  OFF_tz_minuteswest: 0,
  OFF_tz_dsttime: 4,
} as const;
export function newTimezone(): Timezone {
  return { tz_minuteswest: 0, tz_dsttime: 0 };
}
export function encodeTimezone(view: DataView, at: number, from: Timezone): void {
  view.setInt32(at, from.tz_minuteswest, true);
  view.setInt32(at + 4, from.tz_dsttime, true);
}
export function decodeTimezone(view: DataView, at: number, into: Timezone): Timezone {
  into.tz_minuteswest = view.getInt32(at, true);
  into.tz_dsttime = view.getInt32(at + 4, true);
  return into;
}

/** struct tms */
export interface Tms {
  tms_utime: number;
  tms_stime: number;
  tms_cutime: number;
  tms_cstime: number;
}
export const Tms = {
  SIZE: 32,
  OFF_tms_utime: 0,
  OFF_tms_stime: 8,
  OFF_tms_cutime: 16,
  OFF_tms_cstime: 24,
} as const;
export function newTms(): Tms {
  return { tms_utime: 0, tms_stime: 0, tms_cutime: 0, tms_cstime: 0 };
}
export function encodeTms(view: DataView, at: number, from: Tms): void {
  setI64(view, at, from.tms_utime);
  setI64(view, at + 8, from.tms_stime);
  setI64(view, at + 16, from.tms_cutime);
  setI64(view, at + 24, from.tms_cstime);
}
export function decodeTms(view: DataView, at: number, into: Tms): Tms {
  into.tms_utime = getI64(view, at);
  into.tms_stime = getI64(view, at + 8);
  into.tms_cutime = getI64(view, at + 16);
  into.tms_cstime = getI64(view, at + 24);
  return into;
}

/** struct utimbuf */
export interface Utimbuf {
  actime: number;
  modtime: number;
}
export const Utimbuf = {
  SIZE: 16,
  OFF_actime: 0,
  OFF_modtime: 8,
} as const;
export function newUtimbuf(): Utimbuf {
  return { actime: 0, modtime: 0 };
}
export function encodeUtimbuf(view: DataView, at: number, from: Utimbuf): void {
  setI64(view, at, from.actime);
  setI64(view, at + 8, from.modtime);
}
export function decodeUtimbuf(view: DataView, at: number, into: Utimbuf): Utimbuf {
  into.actime = getI64(view, at);
  into.modtime = getI64(view, at + 8);
  return into;
}

/** struct __kernel_timex */
export interface Timex {
  modes: number;
  offset: number;
  freq: number;
  maxerror: number;
  esterror: number;
  status: number;
  constant: number;
  precision: number;
  tolerance: number;
  time_sec: number;
  time_usec: number;
  tick: number;
  ppsfreq: number;
  jitter: number;
  shift: number;
  stabil: number;
  jitcnt: number;
  calcnt: number;
  errcnt: number;
  stbcnt: number;
  tai: number;
}
export const Timex = {
  SIZE: 208,
  OFF_modes: 0,
  OFF_offset: 8,
  OFF_freq: 16,
  OFF_maxerror: 24,
  OFF_esterror: 32,
  OFF_status: 40,
  OFF_constant: 48,
  OFF_precision: 56,
  OFF_tolerance: 64,
  OFF_time_sec: 72,
  OFF_time_usec: 80,
  OFF_tick: 88,
  OFF_ppsfreq: 96,
  OFF_jitter: 104,
  OFF_shift: 112,
  OFF_stabil: 120,
  OFF_jitcnt: 128,
  OFF_calcnt: 136,
  OFF_errcnt: 144,
  OFF_stbcnt: 152,
  OFF_tai: 160,
} as const;
export function newTimex(): Timex {
  return { modes: 0, offset: 0, freq: 0, maxerror: 0, esterror: 0, status: 0, constant: 0, precision: 0, tolerance: 0, time_sec: 0, time_usec: 0, tick: 0, ppsfreq: 0, jitter: 0, shift: 0, stabil: 0, jitcnt: 0, calcnt: 0, errcnt: 0, stbcnt: 0, tai: 0 };
}
export function encodeTimex(view: DataView, at: number, from: Timex): void {
  view.setUint32(at, from.modes, true);
  setI64(view, at + 8, from.offset);
  setI64(view, at + 16, from.freq);
  setI64(view, at + 24, from.maxerror);
  setI64(view, at + 32, from.esterror);
  view.setInt32(at + 40, from.status, true);
  setI64(view, at + 48, from.constant);
  setI64(view, at + 56, from.precision);
  setI64(view, at + 64, from.tolerance);
  setI64(view, at + 72, from.time_sec);
  setI64(view, at + 80, from.time_usec);
  setI64(view, at + 88, from.tick);
  setI64(view, at + 96, from.ppsfreq);
  setI64(view, at + 104, from.jitter);
  view.setInt32(at + 112, from.shift, true);
  setI64(view, at + 120, from.stabil);
  setI64(view, at + 128, from.jitcnt);
  setI64(view, at + 136, from.calcnt);
  setI64(view, at + 144, from.errcnt);
  setI64(view, at + 152, from.stbcnt);
  view.setInt32(at + 160, from.tai, true);
  zero(view, at + 4, 4);
  zero(view, at + 44, 4);
  zero(view, at + 116, 4);
  zero(view, at + 164, 44);
}
export function decodeTimex(view: DataView, at: number, into: Timex): Timex {
  into.modes = view.getUint32(at, true);
  into.offset = getI64(view, at + 8);
  into.freq = getI64(view, at + 16);
  into.maxerror = getI64(view, at + 24);
  into.esterror = getI64(view, at + 32);
  into.status = view.getInt32(at + 40, true);
  into.constant = getI64(view, at + 48);
  into.precision = getI64(view, at + 56);
  into.tolerance = getI64(view, at + 64);
  into.time_sec = getI64(view, at + 72);
  into.time_usec = getI64(view, at + 80);
  into.tick = getI64(view, at + 88);
  into.ppsfreq = getI64(view, at + 96);
  into.jitter = getI64(view, at + 104);
  into.shift = view.getInt32(at + 112, true);
  into.stabil = getI64(view, at + 120);
  into.jitcnt = getI64(view, at + 128);
  into.calcnt = getI64(view, at + 136);
  into.errcnt = getI64(view, at + 144);
  into.stbcnt = getI64(view, at + 152);
  into.tai = view.getInt32(at + 160, true);
  return into;
}

/** struct stat */
export interface Stat {
  st_dev: number;
  st_ino: number;
  st_nlink: number;
  st_mode: number;
  st_uid: number;
  st_gid: number;
  st_rdev: number;
  st_size: number;
  st_blksize: number;
  st_blocks: number;
  st_atime: number;
  st_atime_nsec: number;
  st_mtime: number;
  st_mtime_nsec: number;
  st_ctime: number;
  st_ctime_nsec: number;
}
export const Stat = {
  SIZE: 144,
  OFF_st_dev: 0,
  OFF_st_ino: 8,
  OFF_st_nlink: 16,
  OFF_st_mode: 24,
  OFF_st_uid: 28,
  OFF_st_gid: 32,
  OFF_st_rdev: 40,
  OFF_st_size: 48,
  OFF_st_blksize: 56,
  OFF_st_blocks: 64,
  OFF_st_atime: 72,
  OFF_st_atime_nsec: 80,
  OFF_st_mtime: 88,
  OFF_st_mtime_nsec: 96,
  OFF_st_ctime: 104,
  OFF_st_ctime_nsec: 112,
} as const;
export function newStat(): Stat {
  return { st_dev: 0, st_ino: 0, st_nlink: 0, st_mode: 0, st_uid: 0, st_gid: 0, st_rdev: 0, st_size: 0, st_blksize: 0, st_blocks: 0, st_atime: 0, st_atime_nsec: 0, st_mtime: 0, st_mtime_nsec: 0, st_ctime: 0, st_ctime_nsec: 0 };
}
export function encodeStat(view: DataView, at: number, from: Stat): void {
  setU64(view, at, from.st_dev);
  setU64(view, at + 8, from.st_ino);
  setU64(view, at + 16, from.st_nlink);
  view.setUint32(at + 24, from.st_mode, true);
  view.setUint32(at + 28, from.st_uid, true);
  view.setUint32(at + 32, from.st_gid, true);
  setU64(view, at + 40, from.st_rdev);
  setI64(view, at + 48, from.st_size);
  setI64(view, at + 56, from.st_blksize);
  setI64(view, at + 64, from.st_blocks);
  setI64(view, at + 72, from.st_atime);
  setU64(view, at + 80, from.st_atime_nsec);
  setI64(view, at + 88, from.st_mtime);
  setU64(view, at + 96, from.st_mtime_nsec);
  setI64(view, at + 104, from.st_ctime);
  setU64(view, at + 112, from.st_ctime_nsec);
  zero(view, at + 36, 4);
  zero(view, at + 120, 24);
}
export function decodeStat(view: DataView, at: number, into: Stat): Stat {
  into.st_dev = getU64(view, at);
  into.st_ino = getU64(view, at + 8);
  into.st_nlink = getU64(view, at + 16);
  into.st_mode = view.getUint32(at + 24, true);
  into.st_uid = view.getUint32(at + 28, true);
  into.st_gid = view.getUint32(at + 32, true);
  into.st_rdev = getU64(view, at + 40);
  into.st_size = getI64(view, at + 48);
  into.st_blksize = getI64(view, at + 56);
  into.st_blocks = getI64(view, at + 64);
  into.st_atime = getI64(view, at + 72);
  into.st_atime_nsec = getU64(view, at + 80);
  into.st_mtime = getI64(view, at + 88);
  into.st_mtime_nsec = getU64(view, at + 96);
  into.st_ctime = getI64(view, at + 104);
  into.st_ctime_nsec = getU64(view, at + 112);
  return into;
}

/** struct statx_timestamp */
export interface StatxTimestamp {
  tv_sec: number;
  tv_nsec: number;
}
export const StatxTimestamp = {
  SIZE: 16,
  OFF_tv_sec: 0,
  OFF_tv_nsec: 8,
} as const;
export function newStatxTimestamp(): StatxTimestamp {
  return { tv_sec: 0, tv_nsec: 0 };
}
export function encodeStatxTimestamp(view: DataView, at: number, from: StatxTimestamp): void {
  setI64(view, at, from.tv_sec);
  view.setUint32(at + 8, from.tv_nsec, true);
  zero(view, at + 12, 4);
}
export function decodeStatxTimestamp(view: DataView, at: number, into: StatxTimestamp): StatxTimestamp {
  into.tv_sec = getI64(view, at);
  into.tv_nsec = view.getUint32(at + 8, true);
  return into;
}

/** struct statx */
export interface Statx {
  stx_mask: number;
  stx_blksize: number;
  stx_attributes_lo: number;
  stx_attributes_hi: number;
  stx_nlink: number;
  stx_uid: number;
  stx_gid: number;
  stx_mode: number;
  stx_ino: number;
  stx_size: number;
  stx_blocks: number;
  stx_attributes_mask_lo: number;
  stx_attributes_mask_hi: number;
  stx_atime: StatxTimestamp;
  stx_btime: StatxTimestamp;
  stx_ctime: StatxTimestamp;
  stx_mtime: StatxTimestamp;
  stx_rdev_major: number;
  stx_rdev_minor: number;
  stx_dev_major: number;
  stx_dev_minor: number;
  stx_mnt_id: number;
  stx_dio_mem_align: number;
  stx_dio_offset_align: number;
  stx_subvol: number;
  stx_atomic_write_unit_min: number;
  stx_atomic_write_unit_max: number;
  stx_atomic_write_segments_max: number;
  stx_dio_read_offset_align: number;
  stx_atomic_write_unit_max_opt: number;
}
export const Statx = {
  SIZE: 256,
  OFF_stx_mask: 0,
  OFF_stx_blksize: 4,
  OFF_stx_attributes: 8,
  OFF_stx_nlink: 16,
  OFF_stx_uid: 20,
  OFF_stx_gid: 24,
  OFF_stx_mode: 28,
  OFF_stx_ino: 32,
  OFF_stx_size: 40,
  OFF_stx_blocks: 48,
  OFF_stx_attributes_mask: 56,
  OFF_stx_atime: 64,
  OFF_stx_btime: 80,
  OFF_stx_ctime: 96,
  OFF_stx_mtime: 112,
  OFF_stx_rdev_major: 128,
  OFF_stx_rdev_minor: 132,
  OFF_stx_dev_major: 136,
  OFF_stx_dev_minor: 140,
  OFF_stx_mnt_id: 144,
  OFF_stx_dio_mem_align: 152,
  OFF_stx_dio_offset_align: 156,
  OFF_stx_subvol: 160,
  OFF_stx_atomic_write_unit_min: 168,
  OFF_stx_atomic_write_unit_max: 172,
  OFF_stx_atomic_write_segments_max: 176,
  OFF_stx_dio_read_offset_align: 180,
  OFF_stx_atomic_write_unit_max_opt: 184,
} as const;
export function newStatx(): Statx {
  return { stx_mask: 0, stx_blksize: 0, stx_attributes_lo: 0, stx_attributes_hi: 0, stx_nlink: 0, stx_uid: 0, stx_gid: 0, stx_mode: 0, stx_ino: 0, stx_size: 0, stx_blocks: 0, stx_attributes_mask_lo: 0, stx_attributes_mask_hi: 0, stx_atime: newStatxTimestamp(), stx_btime: newStatxTimestamp(), stx_ctime: newStatxTimestamp(), stx_mtime: newStatxTimestamp(), stx_rdev_major: 0, stx_rdev_minor: 0, stx_dev_major: 0, stx_dev_minor: 0, stx_mnt_id: 0, stx_dio_mem_align: 0, stx_dio_offset_align: 0, stx_subvol: 0, stx_atomic_write_unit_min: 0, stx_atomic_write_unit_max: 0, stx_atomic_write_segments_max: 0, stx_dio_read_offset_align: 0, stx_atomic_write_unit_max_opt: 0 };
}
export function encodeStatx(view: DataView, at: number, from: Statx): void {
  view.setUint32(at, from.stx_mask, true);
  view.setUint32(at + 4, from.stx_blksize, true);
  view.setUint32(at + 8, from.stx_attributes_lo, true);
  view.setUint32(at + 12, from.stx_attributes_hi, true);
  view.setUint32(at + 16, from.stx_nlink, true);
  view.setUint32(at + 20, from.stx_uid, true);
  view.setUint32(at + 24, from.stx_gid, true);
  view.setUint16(at + 28, from.stx_mode, true);
  setU64(view, at + 32, from.stx_ino);
  setU64(view, at + 40, from.stx_size);
  setU64(view, at + 48, from.stx_blocks);
  view.setUint32(at + 56, from.stx_attributes_mask_lo, true);
  view.setUint32(at + 60, from.stx_attributes_mask_hi, true);
  encodeStatxTimestamp(view, at + 64, from.stx_atime);
  encodeStatxTimestamp(view, at + 80, from.stx_btime);
  encodeStatxTimestamp(view, at + 96, from.stx_ctime);
  encodeStatxTimestamp(view, at + 112, from.stx_mtime);
  view.setUint32(at + 128, from.stx_rdev_major, true);
  view.setUint32(at + 132, from.stx_rdev_minor, true);
  view.setUint32(at + 136, from.stx_dev_major, true);
  view.setUint32(at + 140, from.stx_dev_minor, true);
  setU64(view, at + 144, from.stx_mnt_id);
  view.setUint32(at + 152, from.stx_dio_mem_align, true);
  view.setUint32(at + 156, from.stx_dio_offset_align, true);
  setU64(view, at + 160, from.stx_subvol);
  view.setUint32(at + 168, from.stx_atomic_write_unit_min, true);
  view.setUint32(at + 172, from.stx_atomic_write_unit_max, true);
  view.setUint32(at + 176, from.stx_atomic_write_segments_max, true);
  view.setUint32(at + 180, from.stx_dio_read_offset_align, true);
  view.setUint32(at + 184, from.stx_atomic_write_unit_max_opt, true);
  zero(view, at + 30, 2);
  zero(view, at + 188, 68);
}
export function decodeStatx(view: DataView, at: number, into: Statx): Statx {
  into.stx_mask = view.getUint32(at, true);
  into.stx_blksize = view.getUint32(at + 4, true);
  into.stx_attributes_lo = view.getUint32(at + 8, true);
  into.stx_attributes_hi = view.getUint32(at + 12, true);
  into.stx_nlink = view.getUint32(at + 16, true);
  into.stx_uid = view.getUint32(at + 20, true);
  into.stx_gid = view.getUint32(at + 24, true);
  into.stx_mode = view.getUint16(at + 28, true);
  into.stx_ino = getU64(view, at + 32);
  into.stx_size = getU64(view, at + 40);
  into.stx_blocks = getU64(view, at + 48);
  into.stx_attributes_mask_lo = view.getUint32(at + 56, true);
  into.stx_attributes_mask_hi = view.getUint32(at + 60, true);
  decodeStatxTimestamp(view, at + 64, into.stx_atime);
  decodeStatxTimestamp(view, at + 80, into.stx_btime);
  decodeStatxTimestamp(view, at + 96, into.stx_ctime);
  decodeStatxTimestamp(view, at + 112, into.stx_mtime);
  into.stx_rdev_major = view.getUint32(at + 128, true);
  into.stx_rdev_minor = view.getUint32(at + 132, true);
  into.stx_dev_major = view.getUint32(at + 136, true);
  into.stx_dev_minor = view.getUint32(at + 140, true);
  into.stx_mnt_id = getU64(view, at + 144);
  into.stx_dio_mem_align = view.getUint32(at + 152, true);
  into.stx_dio_offset_align = view.getUint32(at + 156, true);
  into.stx_subvol = getU64(view, at + 160);
  into.stx_atomic_write_unit_min = view.getUint32(at + 168, true);
  into.stx_atomic_write_unit_max = view.getUint32(at + 172, true);
  into.stx_atomic_write_segments_max = view.getUint32(at + 176, true);
  into.stx_dio_read_offset_align = view.getUint32(at + 180, true);
  into.stx_atomic_write_unit_max_opt = view.getUint32(at + 184, true);
  return into;
}

/** struct statfs */
export interface Statfs {
  f_type: number;
  f_bsize: number;
  f_blocks: number;
  f_bfree: number;
  f_bavail: number;
  f_files: number;
  f_ffree: number;
  f_fsid_lo: number;
  f_fsid_hi: number;
  f_namelen: number;
  f_frsize: number;
  f_flags: number;
}
export const Statfs = {
  SIZE: 120,
  OFF_f_type: 0,
  OFF_f_bsize: 8,
  OFF_f_blocks: 16,
  OFF_f_bfree: 24,
  OFF_f_bavail: 32,
  OFF_f_files: 40,
  OFF_f_ffree: 48,
  OFF_f_fsid: 56,
  OFF_f_namelen: 64,
  OFF_f_frsize: 72,
  OFF_f_flags: 80,
} as const;
export function newStatfs(): Statfs {
  return { f_type: 0, f_bsize: 0, f_blocks: 0, f_bfree: 0, f_bavail: 0, f_files: 0, f_ffree: 0, f_fsid_lo: 0, f_fsid_hi: 0, f_namelen: 0, f_frsize: 0, f_flags: 0 };
}
export function encodeStatfs(view: DataView, at: number, from: Statfs): void {
  setU64(view, at, from.f_type);
  setU64(view, at + 8, from.f_bsize);
  setU64(view, at + 16, from.f_blocks);
  setU64(view, at + 24, from.f_bfree);
  setU64(view, at + 32, from.f_bavail);
  setU64(view, at + 40, from.f_files);
  setU64(view, at + 48, from.f_ffree);
  view.setUint32(at + 56, from.f_fsid_lo, true);
  view.setUint32(at + 60, from.f_fsid_hi, true);
  setU64(view, at + 64, from.f_namelen);
  setU64(view, at + 72, from.f_frsize);
  setU64(view, at + 80, from.f_flags);
  zero(view, at + 88, 32);
}
export function decodeStatfs(view: DataView, at: number, into: Statfs): Statfs {
  into.f_type = getU64(view, at);
  into.f_bsize = getU64(view, at + 8);
  into.f_blocks = getU64(view, at + 16);
  into.f_bfree = getU64(view, at + 24);
  into.f_bavail = getU64(view, at + 32);
  into.f_files = getU64(view, at + 40);
  into.f_ffree = getU64(view, at + 48);
  into.f_fsid_lo = view.getUint32(at + 56, true);
  into.f_fsid_hi = view.getUint32(at + 60, true);
  into.f_namelen = getU64(view, at + 64);
  into.f_frsize = getU64(view, at + 72);
  into.f_flags = getU64(view, at + 80);
  return into;
}

export interface Ustat {
  f_tfree: number;
  f_tinode: number;
  f_fname: string;
  f_fpack: string;
}
export const Ustat = {
  SIZE: 32,
  OFF_f_tfree: 0,
  OFF_f_tinode: 8,
  OFF_f_fname: 16,
  OFF_f_fpack: 22,
} as const;
export function newUstat(): Ustat {
  return { f_tfree: 0, f_tinode: 0, f_fname: '', f_fpack: '' };
}
export function encodeUstat(view: DataView, at: number, from: Ustat): void {
  view.setInt32(at, from.f_tfree, true);
  setU64(view, at + 8, from.f_tinode);
  setChars(view, at + 16, 6, from.f_fname);
  setChars(view, at + 22, 6, from.f_fpack);
  zero(view, at + 4, 4);
  zero(view, at + 28, 4);
}
export function decodeUstat(view: DataView, at: number, into: Ustat): Ustat {
  into.f_tfree = view.getInt32(at, true);
  into.f_tinode = getU64(view, at + 8);
  into.f_fname = getChars(view, at + 16, 6);
  into.f_fpack = getChars(view, at + 22, 6);
  return into;
}

/** struct dirent64 */
export interface Dirent64 {
  d_ino: number;
  d_off: number;
  d_reclen: number;
  d_type: number;
  d_name: number;
}
export const Dirent64 = {
  SIZE: 24,
  OFF_d_ino: 0,
  OFF_d_off: 8,
  OFF_d_reclen: 16,
  OFF_d_type: 18,
  OFF_d_name: 19,
} as const;
export function newDirent64(): Dirent64 {
  return { d_ino: 0, d_off: 0, d_reclen: 0, d_type: 0, d_name: 0 };
}
export function encodeDirent64(view: DataView, at: number, from: Dirent64): void {
  setU64(view, at, from.d_ino);
  setI64(view, at + 8, from.d_off);
  view.setUint16(at + 16, from.d_reclen, true);
  view.setUint8(at + 18, from.d_type);
  view.setUint8(at + 19, from.d_name);
  zero(view, at + 20, 4);
}
export function decodeDirent64(view: DataView, at: number, into: Dirent64): Dirent64 {
  into.d_ino = getU64(view, at);
  into.d_off = getI64(view, at + 8);
  into.d_reclen = view.getUint16(at + 16, true);
  into.d_type = view.getUint8(at + 18);
  into.d_name = view.getUint8(at + 19);
  return into;
}

export interface Dirent {
  d_ino: number;
  d_off: number;
  d_reclen: number;
}
export const Dirent = {
  SIZE: 24,
  OFF_d_ino: 0,
  OFF_d_off: 8,
  OFF_d_reclen: 16,
} as const;
export function newDirent(): Dirent {
  return { d_ino: 0, d_off: 0, d_reclen: 0 };
}
export function encodeDirent(view: DataView, at: number, from: Dirent): void {
  setU64(view, at, from.d_ino);
  setI64(view, at + 8, from.d_off);
  view.setUint16(at + 16, from.d_reclen, true);
  zero(view, at + 18, 6);
}
export function decodeDirent(view: DataView, at: number, into: Dirent): Dirent {
  into.d_ino = getU64(view, at);
  into.d_off = getI64(view, at + 8);
  into.d_reclen = view.getUint16(at + 16, true);
  return into;
}

/** struct flock */
export interface Flock {
  l_type: number;
  l_whence: number;
  l_start: number;
  l_len: number;
  l_pid: number;
}
export const Flock = {
  SIZE: 32,
  OFF_l_type: 0,
  OFF_l_whence: 2,
  OFF_l_start: 8,
  OFF_l_len: 16,
  OFF_l_pid: 24,
} as const;
export function newFlock(): Flock {
  return { l_type: 0, l_whence: 0, l_start: 0, l_len: 0, l_pid: 0 };
}
export function encodeFlock(view: DataView, at: number, from: Flock): void {
  view.setInt16(at, from.l_type, true);
  view.setInt16(at + 2, from.l_whence, true);
  setI64(view, at + 8, from.l_start);
  setI64(view, at + 16, from.l_len);
  view.setInt32(at + 24, from.l_pid, true);
  zero(view, at + 4, 4);
  zero(view, at + 28, 4);
}
export function decodeFlock(view: DataView, at: number, into: Flock): Flock {
  into.l_type = view.getInt16(at, true);
  into.l_whence = view.getInt16(at + 2, true);
  into.l_start = getI64(view, at + 8);
  into.l_len = getI64(view, at + 16);
  into.l_pid = view.getInt32(at + 24, true);
  return into;
}

/** struct f_owner_ex */
export interface FOwnerEx {
  type: number;
  pid: number;
}
export const FOwnerEx = {
  SIZE: 8,
  OFF_type: 0,
  OFF_pid: 4,
} as const;
export function newFOwnerEx(): FOwnerEx {
  return { type: 0, pid: 0 };
}
export function encodeFOwnerEx(view: DataView, at: number, from: FOwnerEx): void {
  view.setInt32(at, from.type, true);
  view.setInt32(at + 4, from.pid, true);
}
export function decodeFOwnerEx(view: DataView, at: number, into: FOwnerEx): FOwnerEx {
  into.type = view.getInt32(at, true);
  into.pid = view.getInt32(at + 4, true);
  return into;
}

/** struct open_how */
export interface OpenHow {
  flags_lo: number;
  flags_hi: number;
  mode: number;
  resolve_lo: number;
  resolve_hi: number;
}
export const OpenHow = {
  SIZE: 24,
  OFF_flags: 0,
  OFF_mode: 8,
  OFF_resolve: 16,
} as const;
export function newOpenHow(): OpenHow {
  return { flags_lo: 0, flags_hi: 0, mode: 0, resolve_lo: 0, resolve_hi: 0 };
}
export function encodeOpenHow(view: DataView, at: number, from: OpenHow): void {
  view.setUint32(at, from.flags_lo, true);
  view.setUint32(at + 4, from.flags_hi, true);
  setU64(view, at + 8, from.mode);
  view.setUint32(at + 16, from.resolve_lo, true);
  view.setUint32(at + 20, from.resolve_hi, true);
}
export function decodeOpenHow(view: DataView, at: number, into: OpenHow): OpenHow {
  into.flags_lo = view.getUint32(at, true);
  into.flags_hi = view.getUint32(at + 4, true);
  into.mode = getU64(view, at + 8);
  into.resolve_lo = view.getUint32(at + 16, true);
  into.resolve_hi = view.getUint32(at + 20, true);
  return into;
}

/** struct file_handle */
export interface FileHandle {
  handle_bytes: number;
  handle_type: number;
}
export const FileHandle = {
  SIZE: 8,
  OFF_handle_bytes: 0,
  OFF_handle_type: 4,
} as const;
export function newFileHandle(): FileHandle {
  return { handle_bytes: 0, handle_type: 0 };
}
export function encodeFileHandle(view: DataView, at: number, from: FileHandle): void {
  view.setUint32(at, from.handle_bytes, true);
  view.setInt32(at + 4, from.handle_type, true);
}
export function decodeFileHandle(view: DataView, at: number, into: FileHandle): FileHandle {
  into.handle_bytes = view.getUint32(at, true);
  into.handle_type = view.getInt32(at + 4, true);
  return into;
}

/** struct inotify_event */
export interface InotifyEvent {
  wd: number;
  mask: number;
  cookie: number;
  len: number;
}
export const InotifyEvent = {
  SIZE: 16,
  OFF_wd: 0,
  OFF_mask: 4,
  OFF_cookie: 8,
  OFF_len: 12,
} as const;
export function newInotifyEvent(): InotifyEvent {
  return { wd: 0, mask: 0, cookie: 0, len: 0 };
}
export function encodeInotifyEvent(view: DataView, at: number, from: InotifyEvent): void {
  view.setInt32(at, from.wd, true);
  view.setUint32(at + 4, from.mask, true);
  view.setUint32(at + 8, from.cookie, true);
  view.setUint32(at + 12, from.len, true);
}
export function decodeInotifyEvent(view: DataView, at: number, into: InotifyEvent): InotifyEvent {
  into.wd = view.getInt32(at, true);
  into.mask = view.getUint32(at + 4, true);
  into.cookie = view.getUint32(at + 8, true);
  into.len = view.getUint32(at + 12, true);
  return into;
}

export interface XattrArgs {
  value: number;
  size: number;
  flags: number;
}
export const XattrArgs = {
  SIZE: 16,
  OFF_value: 0,
  OFF_size: 8,
  OFF_flags: 12,
} as const;
export function newXattrArgs(): XattrArgs {
  return { value: 0, size: 0, flags: 0 };
}
export function encodeXattrArgs(view: DataView, at: number, from: XattrArgs): void {
  setU64(view, at, from.value);
  view.setUint32(at + 8, from.size, true);
  view.setUint32(at + 12, from.flags, true);
}
export function decodeXattrArgs(view: DataView, at: number, into: XattrArgs): XattrArgs {
  into.value = getU64(view, at);
  into.size = view.getUint32(at + 8, true);
  into.flags = view.getUint32(at + 12, true);
  return into;
}

export interface FileAttr {
  fa_xflags_lo: number;
  fa_xflags_hi: number;
  fa_extsize: number;
  fa_nextents: number;
  fa_projid: number;
  fa_cowextsize: number;
}
export const FileAttr = {
  SIZE: 24,
  OFF_fa_xflags: 0,
  OFF_fa_extsize: 8,
  OFF_fa_nextents: 12,
  OFF_fa_projid: 16,
  OFF_fa_cowextsize: 20,
} as const;
export function newFileAttr(): FileAttr {
  return { fa_xflags_lo: 0, fa_xflags_hi: 0, fa_extsize: 0, fa_nextents: 0, fa_projid: 0, fa_cowextsize: 0 };
}
export function encodeFileAttr(view: DataView, at: number, from: FileAttr): void {
  view.setUint32(at, from.fa_xflags_lo, true);
  view.setUint32(at + 4, from.fa_xflags_hi, true);
  view.setUint32(at + 8, from.fa_extsize, true);
  view.setUint32(at + 12, from.fa_nextents, true);
  view.setUint32(at + 16, from.fa_projid, true);
  view.setUint32(at + 20, from.fa_cowextsize, true);
}
export function decodeFileAttr(view: DataView, at: number, into: FileAttr): FileAttr {
  into.fa_xflags_lo = view.getUint32(at, true);
  into.fa_xflags_hi = view.getUint32(at + 4, true);
  into.fa_extsize = view.getUint32(at + 8, true);
  into.fa_nextents = view.getUint32(at + 12, true);
  into.fa_projid = view.getUint32(at + 16, true);
  into.fa_cowextsize = view.getUint32(at + 20, true);
  return into;
}

/** struct fsxattr */
export interface Fsxattr {
  fsx_xflags: number;
  fsx_extsize: number;
  fsx_nextents: number;
  fsx_projid: number;
  fsx_cowextsize: number;
}
export const Fsxattr = {
  SIZE: 28,
  OFF_fsx_xflags: 0,
  OFF_fsx_extsize: 4,
  OFF_fsx_nextents: 8,
  OFF_fsx_projid: 12,
  OFF_fsx_cowextsize: 16,
} as const;
export function newFsxattr(): Fsxattr {
  return { fsx_xflags: 0, fsx_extsize: 0, fsx_nextents: 0, fsx_projid: 0, fsx_cowextsize: 0 };
}
export function encodeFsxattr(view: DataView, at: number, from: Fsxattr): void {
  view.setUint32(at, from.fsx_xflags, true);
  view.setUint32(at + 4, from.fsx_extsize, true);
  view.setUint32(at + 8, from.fsx_nextents, true);
  view.setUint32(at + 12, from.fsx_projid, true);
  view.setUint32(at + 16, from.fsx_cowextsize, true);
  zero(view, at + 20, 8);
}
export function decodeFsxattr(view: DataView, at: number, into: Fsxattr): Fsxattr {
  into.fsx_xflags = view.getUint32(at, true);
  into.fsx_extsize = view.getUint32(at + 4, true);
  into.fsx_nextents = view.getUint32(at + 8, true);
  into.fsx_projid = view.getUint32(at + 12, true);
  into.fsx_cowextsize = view.getUint32(at + 16, true);
  return into;
}

/** struct file_clone_range */
export interface FileCloneRange {
  src_fd: number;
  src_offset: number;
  src_length: number;
  dest_offset: number;
}
export const FileCloneRange = {
  SIZE: 32,
  OFF_src_fd: 0,
  OFF_src_offset: 8,
  OFF_src_length: 16,
  OFF_dest_offset: 24,
} as const;
export function newFileCloneRange(): FileCloneRange {
  return { src_fd: 0, src_offset: 0, src_length: 0, dest_offset: 0 };
}
export function encodeFileCloneRange(view: DataView, at: number, from: FileCloneRange): void {
  setI64(view, at, from.src_fd);
  setU64(view, at + 8, from.src_offset);
  setU64(view, at + 16, from.src_length);
  setU64(view, at + 24, from.dest_offset);
}
export function decodeFileCloneRange(view: DataView, at: number, into: FileCloneRange): FileCloneRange {
  into.src_fd = getI64(view, at);
  into.src_offset = getU64(view, at + 8);
  into.src_length = getU64(view, at + 16);
  into.dest_offset = getU64(view, at + 24);
  return into;
}

export interface CachestatRange {
  off: number;
  len: number;
}
export const CachestatRange = {
  SIZE: 16,
  OFF_off: 0,
  OFF_len: 8,
} as const;
export function newCachestatRange(): CachestatRange {
  return { off: 0, len: 0 };
}
export function encodeCachestatRange(view: DataView, at: number, from: CachestatRange): void {
  setU64(view, at, from.off);
  setU64(view, at + 8, from.len);
}
export function decodeCachestatRange(view: DataView, at: number, into: CachestatRange): CachestatRange {
  into.off = getU64(view, at);
  into.len = getU64(view, at + 8);
  return into;
}

export interface Cachestat {
  nr_cache: number;
  nr_dirty: number;
  nr_writeback: number;
  nr_evicted: number;
  nr_recently_evicted: number;
}
export const Cachestat = {
  SIZE: 40,
  OFF_nr_cache: 0,
  OFF_nr_dirty: 8,
  OFF_nr_writeback: 16,
  OFF_nr_evicted: 24,
  OFF_nr_recently_evicted: 32,
} as const;
export function newCachestat(): Cachestat {
  return { nr_cache: 0, nr_dirty: 0, nr_writeback: 0, nr_evicted: 0, nr_recently_evicted: 0 };
}
export function encodeCachestat(view: DataView, at: number, from: Cachestat): void {
  setU64(view, at, from.nr_cache);
  setU64(view, at + 8, from.nr_dirty);
  setU64(view, at + 16, from.nr_writeback);
  setU64(view, at + 24, from.nr_evicted);
  setU64(view, at + 32, from.nr_recently_evicted);
}
export function decodeCachestat(view: DataView, at: number, into: Cachestat): Cachestat {
  into.nr_cache = getU64(view, at);
  into.nr_dirty = getU64(view, at + 8);
  into.nr_writeback = getU64(view, at + 16);
  into.nr_evicted = getU64(view, at + 24);
  into.nr_recently_evicted = getU64(view, at + 32);
  return into;
}

/** struct iovec */
export interface Iovec {
  iov_base: number;
  iov_len: number;
}
export const Iovec = {
  SIZE: 16,
  OFF_iov_base: 0,
  OFF_iov_len: 8,
} as const;
export function newIovec(): Iovec {
  return { iov_base: 0, iov_len: 0 };
}
export function encodeIovec(view: DataView, at: number, from: Iovec): void {
  setU64(view, at, from.iov_base);
  setU64(view, at + 8, from.iov_len);
}
export function decodeIovec(view: DataView, at: number, into: Iovec): Iovec {
  into.iov_base = getU64(view, at);
  into.iov_len = getU64(view, at + 8);
  return into;
}

/** struct mount_attr */
export interface MountAttr {
  attr_set_lo: number;
  attr_set_hi: number;
  attr_clr_lo: number;
  attr_clr_hi: number;
  propagation_lo: number;
  propagation_hi: number;
  userns_fd: number;
}
export const MountAttr = {
  SIZE: 32,
  OFF_attr_set: 0,
  OFF_attr_clr: 8,
  OFF_propagation: 16,
  OFF_userns_fd: 24,
} as const;
export function newMountAttr(): MountAttr {
  return { attr_set_lo: 0, attr_set_hi: 0, attr_clr_lo: 0, attr_clr_hi: 0, propagation_lo: 0, propagation_hi: 0, userns_fd: 0 };
}
export function encodeMountAttr(view: DataView, at: number, from: MountAttr): void {
  view.setUint32(at, from.attr_set_lo, true);
  view.setUint32(at + 4, from.attr_set_hi, true);
  view.setUint32(at + 8, from.attr_clr_lo, true);
  view.setUint32(at + 12, from.attr_clr_hi, true);
  view.setUint32(at + 16, from.propagation_lo, true);
  view.setUint32(at + 20, from.propagation_hi, true);
  setU64(view, at + 24, from.userns_fd);
}
export function decodeMountAttr(view: DataView, at: number, into: MountAttr): MountAttr {
  into.attr_set_lo = view.getUint32(at, true);
  into.attr_set_hi = view.getUint32(at + 4, true);
  into.attr_clr_lo = view.getUint32(at + 8, true);
  into.attr_clr_hi = view.getUint32(at + 12, true);
  into.propagation_lo = view.getUint32(at + 16, true);
  into.propagation_hi = view.getUint32(at + 20, true);
  into.userns_fd = getU64(view, at + 24);
  return into;
}

export interface MntIdReq {
  size: number;
  spare: number;
  mnt_id: number;
  param_lo: number;
  param_hi: number;
  mnt_ns_id: number;
}
export const MntIdReq = {
  SIZE: 32,
  OFF_size: 0,
  OFF_spare: 4,
  OFF_mnt_id: 8,
  OFF_param: 16,
  OFF_mnt_ns_id: 24,
} as const;
export function newMntIdReq(): MntIdReq {
  return { size: 0, spare: 0, mnt_id: 0, param_lo: 0, param_hi: 0, mnt_ns_id: 0 };
}
export function encodeMntIdReq(view: DataView, at: number, from: MntIdReq): void {
  view.setUint32(at, from.size, true);
  view.setUint32(at + 4, from.spare, true);
  setU64(view, at + 8, from.mnt_id);
  view.setUint32(at + 16, from.param_lo, true);
  view.setUint32(at + 20, from.param_hi, true);
  setU64(view, at + 24, from.mnt_ns_id);
}
export function decodeMntIdReq(view: DataView, at: number, into: MntIdReq): MntIdReq {
  into.size = view.getUint32(at, true);
  into.spare = view.getUint32(at + 4, true);
  into.mnt_id = getU64(view, at + 8);
  into.param_lo = view.getUint32(at + 16, true);
  into.param_hi = view.getUint32(at + 20, true);
  into.mnt_ns_id = getU64(view, at + 24);
  return into;
}

export interface Statmount {
  size: number;
  mnt_opts: number;
  mask_lo: number;
  mask_hi: number;
  sb_dev_major: number;
  sb_dev_minor: number;
  sb_magic: number;
  sb_flags: number;
  fs_type: number;
  mnt_id: number;
  mnt_parent_id: number;
  mnt_id_old: number;
  mnt_parent_id_old: number;
  mnt_attr_lo: number;
  mnt_attr_hi: number;
  mnt_propagation_lo: number;
  mnt_propagation_hi: number;
  mnt_peer_group: number;
  mnt_master: number;
  propagate_from: number;
  mnt_root: number;
  mnt_point: number;
  mnt_ns_id: number;
  fs_subtype: number;
  sb_source: number;
  opt_num: number;
  opt_array: number;
  opt_sec_num: number;
  opt_sec_array: number;
  supported_mask_lo: number;
  supported_mask_hi: number;
  mnt_uidmap_num: number;
  mnt_uidmap: number;
  mnt_gidmap_num: number;
  mnt_gidmap: number;
}
export const Statmount = {
  SIZE: 512,
  OFF_size: 0,
  OFF_mnt_opts: 4,
  OFF_mask: 8,
  OFF_sb_dev_major: 16,
  OFF_sb_dev_minor: 20,
  OFF_sb_magic: 24,
  OFF_sb_flags: 32,
  OFF_fs_type: 36,
  OFF_mnt_id: 40,
  OFF_mnt_parent_id: 48,
  OFF_mnt_id_old: 56,
  OFF_mnt_parent_id_old: 60,
  OFF_mnt_attr: 64,
  OFF_mnt_propagation: 72,
  OFF_mnt_peer_group: 80,
  OFF_mnt_master: 88,
  OFF_propagate_from: 96,
  OFF_mnt_root: 104,
  OFF_mnt_point: 108,
  OFF_mnt_ns_id: 112,
  OFF_fs_subtype: 120,
  OFF_sb_source: 124,
  OFF_opt_num: 128,
  OFF_opt_array: 132,
  OFF_opt_sec_num: 136,
  OFF_opt_sec_array: 140,
  OFF_supported_mask: 144,
  OFF_mnt_uidmap_num: 152,
  OFF_mnt_uidmap: 156,
  OFF_mnt_gidmap_num: 160,
  OFF_mnt_gidmap: 164,
} as const;
export function newStatmount(): Statmount {
  return { size: 0, mnt_opts: 0, mask_lo: 0, mask_hi: 0, sb_dev_major: 0, sb_dev_minor: 0, sb_magic: 0, sb_flags: 0, fs_type: 0, mnt_id: 0, mnt_parent_id: 0, mnt_id_old: 0, mnt_parent_id_old: 0, mnt_attr_lo: 0, mnt_attr_hi: 0, mnt_propagation_lo: 0, mnt_propagation_hi: 0, mnt_peer_group: 0, mnt_master: 0, propagate_from: 0, mnt_root: 0, mnt_point: 0, mnt_ns_id: 0, fs_subtype: 0, sb_source: 0, opt_num: 0, opt_array: 0, opt_sec_num: 0, opt_sec_array: 0, supported_mask_lo: 0, supported_mask_hi: 0, mnt_uidmap_num: 0, mnt_uidmap: 0, mnt_gidmap_num: 0, mnt_gidmap: 0 };
}
export function encodeStatmount(view: DataView, at: number, from: Statmount): void {
  view.setUint32(at, from.size, true);
  view.setUint32(at + 4, from.mnt_opts, true);
  view.setUint32(at + 8, from.mask_lo, true);
  view.setUint32(at + 12, from.mask_hi, true);
  view.setUint32(at + 16, from.sb_dev_major, true);
  view.setUint32(at + 20, from.sb_dev_minor, true);
  setU64(view, at + 24, from.sb_magic);
  view.setUint32(at + 32, from.sb_flags, true);
  view.setUint32(at + 36, from.fs_type, true);
  setU64(view, at + 40, from.mnt_id);
  setU64(view, at + 48, from.mnt_parent_id);
  view.setUint32(at + 56, from.mnt_id_old, true);
  view.setUint32(at + 60, from.mnt_parent_id_old, true);
  view.setUint32(at + 64, from.mnt_attr_lo, true);
  view.setUint32(at + 68, from.mnt_attr_hi, true);
  view.setUint32(at + 72, from.mnt_propagation_lo, true);
  view.setUint32(at + 76, from.mnt_propagation_hi, true);
  setU64(view, at + 80, from.mnt_peer_group);
  setU64(view, at + 88, from.mnt_master);
  setU64(view, at + 96, from.propagate_from);
  view.setUint32(at + 104, from.mnt_root, true);
  view.setUint32(at + 108, from.mnt_point, true);
  setU64(view, at + 112, from.mnt_ns_id);
  view.setUint32(at + 120, from.fs_subtype, true);
  view.setUint32(at + 124, from.sb_source, true);
  view.setUint32(at + 128, from.opt_num, true);
  view.setUint32(at + 132, from.opt_array, true);
  view.setUint32(at + 136, from.opt_sec_num, true);
  view.setUint32(at + 140, from.opt_sec_array, true);
  view.setUint32(at + 144, from.supported_mask_lo, true);
  view.setUint32(at + 148, from.supported_mask_hi, true);
  view.setUint32(at + 152, from.mnt_uidmap_num, true);
  view.setUint32(at + 156, from.mnt_uidmap, true);
  view.setUint32(at + 160, from.mnt_gidmap_num, true);
  view.setUint32(at + 164, from.mnt_gidmap, true);
  zero(view, at + 168, 344);
}
export function decodeStatmount(view: DataView, at: number, into: Statmount): Statmount {
  into.size = view.getUint32(at, true);
  into.mnt_opts = view.getUint32(at + 4, true);
  into.mask_lo = view.getUint32(at + 8, true);
  into.mask_hi = view.getUint32(at + 12, true);
  into.sb_dev_major = view.getUint32(at + 16, true);
  into.sb_dev_minor = view.getUint32(at + 20, true);
  into.sb_magic = getU64(view, at + 24);
  into.sb_flags = view.getUint32(at + 32, true);
  into.fs_type = view.getUint32(at + 36, true);
  into.mnt_id = getU64(view, at + 40);
  into.mnt_parent_id = getU64(view, at + 48);
  into.mnt_id_old = view.getUint32(at + 56, true);
  into.mnt_parent_id_old = view.getUint32(at + 60, true);
  into.mnt_attr_lo = view.getUint32(at + 64, true);
  into.mnt_attr_hi = view.getUint32(at + 68, true);
  into.mnt_propagation_lo = view.getUint32(at + 72, true);
  into.mnt_propagation_hi = view.getUint32(at + 76, true);
  into.mnt_peer_group = getU64(view, at + 80);
  into.mnt_master = getU64(view, at + 88);
  into.propagate_from = getU64(view, at + 96);
  into.mnt_root = view.getUint32(at + 104, true);
  into.mnt_point = view.getUint32(at + 108, true);
  into.mnt_ns_id = getU64(view, at + 112);
  into.fs_subtype = view.getUint32(at + 120, true);
  into.sb_source = view.getUint32(at + 124, true);
  into.opt_num = view.getUint32(at + 128, true);
  into.opt_array = view.getUint32(at + 132, true);
  into.opt_sec_num = view.getUint32(at + 136, true);
  into.opt_sec_array = view.getUint32(at + 140, true);
  into.supported_mask_lo = view.getUint32(at + 144, true);
  into.supported_mask_hi = view.getUint32(at + 148, true);
  into.mnt_uidmap_num = view.getUint32(at + 152, true);
  into.mnt_uidmap = view.getUint32(at + 156, true);
  into.mnt_gidmap_num = view.getUint32(at + 160, true);
  into.mnt_gidmap = view.getUint32(at + 164, true);
  return into;
}

/** struct rlimit64 */
export interface Rlimit {
  rlim_cur: number;
  rlim_max: number;
}
export const Rlimit = {
  SIZE: 16,
  OFF_rlim_cur: 0,
  OFF_rlim_max: 8,
} as const;
export function newRlimit(): Rlimit {
  return { rlim_cur: 0, rlim_max: 0 };
}
export function encodeRlimit(view: DataView, at: number, from: Rlimit): void {
  setU64(view, at, from.rlim_cur);
  setU64(view, at + 8, from.rlim_max);
}
export function decodeRlimit(view: DataView, at: number, into: Rlimit): Rlimit {
  into.rlim_cur = getU64(view, at);
  into.rlim_max = getU64(view, at + 8);
  return into;
}

/** struct rusage */
export interface Rusage {
  ru_utime: Timeval;
  ru_stime: Timeval;
  ru_maxrss: number;
  ru_ixrss: number;
  ru_idrss: number;
  ru_isrss: number;
  ru_minflt: number;
  ru_majflt: number;
  ru_nswap: number;
  ru_inblock: number;
  ru_oublock: number;
  ru_msgsnd: number;
  ru_msgrcv: number;
  ru_nsignals: number;
  ru_nvcsw: number;
  ru_nivcsw: number;
}
export const Rusage = {
  SIZE: 144,
  OFF_ru_utime: 0,
  OFF_ru_stime: 16,
  OFF_ru_maxrss: 32,
  OFF_ru_ixrss: 40,
  OFF_ru_idrss: 48,
  OFF_ru_isrss: 56,
  OFF_ru_minflt: 64,
  OFF_ru_majflt: 72,
  OFF_ru_nswap: 80,
  OFF_ru_inblock: 88,
  OFF_ru_oublock: 96,
  OFF_ru_msgsnd: 104,
  OFF_ru_msgrcv: 112,
  OFF_ru_nsignals: 120,
  OFF_ru_nvcsw: 128,
  OFF_ru_nivcsw: 136,
} as const;
export function newRusage(): Rusage {
  return { ru_utime: newTimeval(), ru_stime: newTimeval(), ru_maxrss: 0, ru_ixrss: 0, ru_idrss: 0, ru_isrss: 0, ru_minflt: 0, ru_majflt: 0, ru_nswap: 0, ru_inblock: 0, ru_oublock: 0, ru_msgsnd: 0, ru_msgrcv: 0, ru_nsignals: 0, ru_nvcsw: 0, ru_nivcsw: 0 };
}
export function encodeRusage(view: DataView, at: number, from: Rusage): void {
  encodeTimeval(view, at, from.ru_utime);
  encodeTimeval(view, at + 16, from.ru_stime);
  setI64(view, at + 32, from.ru_maxrss);
  setI64(view, at + 40, from.ru_ixrss);
  setI64(view, at + 48, from.ru_idrss);
  setI64(view, at + 56, from.ru_isrss);
  setI64(view, at + 64, from.ru_minflt);
  setI64(view, at + 72, from.ru_majflt);
  setI64(view, at + 80, from.ru_nswap);
  setI64(view, at + 88, from.ru_inblock);
  setI64(view, at + 96, from.ru_oublock);
  setI64(view, at + 104, from.ru_msgsnd);
  setI64(view, at + 112, from.ru_msgrcv);
  setI64(view, at + 120, from.ru_nsignals);
  setI64(view, at + 128, from.ru_nvcsw);
  setI64(view, at + 136, from.ru_nivcsw);
}
export function decodeRusage(view: DataView, at: number, into: Rusage): Rusage {
  decodeTimeval(view, at, into.ru_utime);
  decodeTimeval(view, at + 16, into.ru_stime);
  into.ru_maxrss = getI64(view, at + 32);
  into.ru_ixrss = getI64(view, at + 40);
  into.ru_idrss = getI64(view, at + 48);
  into.ru_isrss = getI64(view, at + 56);
  into.ru_minflt = getI64(view, at + 64);
  into.ru_majflt = getI64(view, at + 72);
  into.ru_nswap = getI64(view, at + 80);
  into.ru_inblock = getI64(view, at + 88);
  into.ru_oublock = getI64(view, at + 96);
  into.ru_msgsnd = getI64(view, at + 104);
  into.ru_msgrcv = getI64(view, at + 112);
  into.ru_nsignals = getI64(view, at + 120);
  into.ru_nvcsw = getI64(view, at + 128);
  into.ru_nivcsw = getI64(view, at + 136);
  return into;
}

/** struct sysinfo */
export interface Sysinfo {
  uptime: number;
  loads: number[];
  totalram: number;
  freeram: number;
  sharedram: number;
  bufferram: number;
  totalswap: number;
  freeswap: number;
  procs: number;
  totalhigh: number;
  freehigh: number;
  mem_unit: number;
}
export const Sysinfo = {
  SIZE: 112,
  OFF_uptime: 0,
  OFF_loads: 8,
  OFF_totalram: 32,
  OFF_freeram: 40,
  OFF_sharedram: 48,
  OFF_bufferram: 56,
  OFF_totalswap: 64,
  OFF_freeswap: 72,
  OFF_procs: 80,
  OFF_totalhigh: 88,
  OFF_freehigh: 96,
  OFF_mem_unit: 104,
} as const;
export function newSysinfo(): Sysinfo {
  return { uptime: 0, loads: [0, 0, 0], totalram: 0, freeram: 0, sharedram: 0, bufferram: 0, totalswap: 0, freeswap: 0, procs: 0, totalhigh: 0, freehigh: 0, mem_unit: 0 };
}
export function encodeSysinfo(view: DataView, at: number, from: Sysinfo): void {
  setI64(view, at, from.uptime);
  setU64(view, at + 8, from.loads[0] ?? 0);
  setU64(view, at + 16, from.loads[1] ?? 0);
  setU64(view, at + 24, from.loads[2] ?? 0);
  setU64(view, at + 32, from.totalram);
  setU64(view, at + 40, from.freeram);
  setU64(view, at + 48, from.sharedram);
  setU64(view, at + 56, from.bufferram);
  setU64(view, at + 64, from.totalswap);
  setU64(view, at + 72, from.freeswap);
  view.setUint16(at + 80, from.procs, true);
  setU64(view, at + 88, from.totalhigh);
  setU64(view, at + 96, from.freehigh);
  view.setUint32(at + 104, from.mem_unit, true);
  zero(view, at + 82, 6);
  zero(view, at + 108, 4);
}
export function decodeSysinfo(view: DataView, at: number, into: Sysinfo): Sysinfo {
  into.uptime = getI64(view, at);
  into.loads[0] = getU64(view, at + 8);
  into.loads[1] = getU64(view, at + 16);
  into.loads[2] = getU64(view, at + 24);
  into.totalram = getU64(view, at + 32);
  into.freeram = getU64(view, at + 40);
  into.sharedram = getU64(view, at + 48);
  into.bufferram = getU64(view, at + 56);
  into.totalswap = getU64(view, at + 64);
  into.freeswap = getU64(view, at + 72);
  into.procs = view.getUint16(at + 80, true);
  into.totalhigh = getU64(view, at + 88);
  into.freehigh = getU64(view, at + 96);
  into.mem_unit = view.getUint32(at + 104, true);
  return into;
}

/** struct new_utsname */
export interface Utsname {
  sysname: string;
  nodename: string;
  release: string;
  version: string;
  machine: string;
  domainname: string;
}
export const Utsname = {
  SIZE: 390,
  OFF_sysname: 0,
  OFF_nodename: 65,
  OFF_release: 130,
  OFF_version: 195,
  OFF_machine: 260,
  OFF_domainname: 325,
} as const;
export function newUtsname(): Utsname {
  return { sysname: '', nodename: '', release: '', version: '', machine: '', domainname: '' };
}
export function encodeUtsname(view: DataView, at: number, from: Utsname): void {
  setChars(view, at, 65, from.sysname);
  setChars(view, at + 65, 65, from.nodename);
  setChars(view, at + 130, 65, from.release);
  setChars(view, at + 195, 65, from.version);
  setChars(view, at + 260, 65, from.machine);
  setChars(view, at + 325, 65, from.domainname);
}
export function decodeUtsname(view: DataView, at: number, into: Utsname): Utsname {
  into.sysname = getChars(view, at, 65);
  into.nodename = getChars(view, at + 65, 65);
  into.release = getChars(view, at + 130, 65);
  into.version = getChars(view, at + 195, 65);
  into.machine = getChars(view, at + 260, 65);
  into.domainname = getChars(view, at + 325, 65);
  return into;
}

/** struct clone_args */
export interface CloneArgs {
  flags_lo: number;
  flags_hi: number;
  pidfd: number;
  child_tid: number;
  parent_tid: number;
  exit_signal: number;
  stack: number;
  stack_size: number;
  tls: number;
  set_tid: number;
  set_tid_size: number;
  cgroup: number;
}
export const CloneArgs = {
  SIZE: 88,
  OFF_flags: 0,
  OFF_pidfd: 8,
  OFF_child_tid: 16,
  OFF_parent_tid: 24,
  OFF_exit_signal: 32,
  OFF_stack: 40,
  OFF_stack_size: 48,
  OFF_tls: 56,
  OFF_set_tid: 64,
  OFF_set_tid_size: 72,
  OFF_cgroup: 80,
} as const;
export function newCloneArgs(): CloneArgs {
  return { flags_lo: 0, flags_hi: 0, pidfd: 0, child_tid: 0, parent_tid: 0, exit_signal: 0, stack: 0, stack_size: 0, tls: 0, set_tid: 0, set_tid_size: 0, cgroup: 0 };
}
export function encodeCloneArgs(view: DataView, at: number, from: CloneArgs): void {
  view.setUint32(at, from.flags_lo, true);
  view.setUint32(at + 4, from.flags_hi, true);
  setU64(view, at + 8, from.pidfd);
  setU64(view, at + 16, from.child_tid);
  setU64(view, at + 24, from.parent_tid);
  setU64(view, at + 32, from.exit_signal);
  setU64(view, at + 40, from.stack);
  setU64(view, at + 48, from.stack_size);
  setU64(view, at + 56, from.tls);
  setU64(view, at + 64, from.set_tid);
  setU64(view, at + 72, from.set_tid_size);
  setU64(view, at + 80, from.cgroup);
}
export function decodeCloneArgs(view: DataView, at: number, into: CloneArgs): CloneArgs {
  into.flags_lo = view.getUint32(at, true);
  into.flags_hi = view.getUint32(at + 4, true);
  into.pidfd = getU64(view, at + 8);
  into.child_tid = getU64(view, at + 16);
  into.parent_tid = getU64(view, at + 24);
  into.exit_signal = getU64(view, at + 32);
  into.stack = getU64(view, at + 40);
  into.stack_size = getU64(view, at + 48);
  into.tls = getU64(view, at + 56);
  into.set_tid = getU64(view, at + 64);
  into.set_tid_size = getU64(view, at + 72);
  into.cgroup = getU64(view, at + 80);
  return into;
}

/** struct sched_param */
export interface SchedParam {
  sched_priority: number;
}
export const SchedParam = {
  SIZE: 4,
  OFF_sched_priority: 0,
} as const;
export function newSchedParam(): SchedParam {
  return { sched_priority: 0 };
}
export function encodeSchedParam(view: DataView, at: number, from: SchedParam): void {
  view.setInt32(at, from.sched_priority, true);
}
export function decodeSchedParam(view: DataView, at: number, into: SchedParam): SchedParam {
  into.sched_priority = view.getInt32(at, true);
  return into;
}

/** struct sched_attr */
export interface SchedAttr {
  size: number;
  sched_policy: number;
  sched_flags: number;
  sched_nice: number;
  sched_priority: number;
  sched_runtime: number;
  sched_deadline: number;
  sched_period: number;
  sched_util_min: number;
  sched_util_max: number;
}
export const SchedAttr = {
  SIZE: 56,
  OFF_size: 0,
  OFF_sched_policy: 4,
  OFF_sched_flags: 8,
  OFF_sched_nice: 16,
  OFF_sched_priority: 20,
  OFF_sched_runtime: 24,
  OFF_sched_deadline: 32,
  OFF_sched_period: 40,
  OFF_sched_util_min: 48,
  OFF_sched_util_max: 52,
} as const;
export function newSchedAttr(): SchedAttr {
  return { size: 0, sched_policy: 0, sched_flags: 0, sched_nice: 0, sched_priority: 0, sched_runtime: 0, sched_deadline: 0, sched_period: 0, sched_util_min: 0, sched_util_max: 0 };
}
export function encodeSchedAttr(view: DataView, at: number, from: SchedAttr): void {
  view.setUint32(at, from.size, true);
  view.setUint32(at + 4, from.sched_policy, true);
  setU64(view, at + 8, from.sched_flags);
  view.setInt32(at + 16, from.sched_nice, true);
  view.setUint32(at + 20, from.sched_priority, true);
  setU64(view, at + 24, from.sched_runtime);
  setU64(view, at + 32, from.sched_deadline);
  setU64(view, at + 40, from.sched_period);
  view.setUint32(at + 48, from.sched_util_min, true);
  view.setUint32(at + 52, from.sched_util_max, true);
}
export function decodeSchedAttr(view: DataView, at: number, into: SchedAttr): SchedAttr {
  into.size = view.getUint32(at, true);
  into.sched_policy = view.getUint32(at + 4, true);
  into.sched_flags = getU64(view, at + 8);
  into.sched_nice = view.getInt32(at + 16, true);
  into.sched_priority = view.getUint32(at + 20, true);
  into.sched_runtime = getU64(view, at + 24);
  into.sched_deadline = getU64(view, at + 32);
  into.sched_period = getU64(view, at + 40);
  into.sched_util_min = view.getUint32(at + 48, true);
  into.sched_util_max = view.getUint32(at + 52, true);
  return into;
}

/** struct __user_cap_header_struct */
export interface CapHeader {
  version: number;
  pid: number;
}
export const CapHeader = {
  SIZE: 8,
  OFF_version: 0,
  OFF_pid: 4,
} as const;
export function newCapHeader(): CapHeader {
  return { version: 0, pid: 0 };
}
export function encodeCapHeader(view: DataView, at: number, from: CapHeader): void {
  view.setUint32(at, from.version, true);
  view.setInt32(at + 4, from.pid, true);
}
export function decodeCapHeader(view: DataView, at: number, into: CapHeader): CapHeader {
  into.version = view.getUint32(at, true);
  into.pid = view.getInt32(at + 4, true);
  return into;
}

/** struct __user_cap_data_struct */
export interface CapData {
  effective: number;
  permitted: number;
  inheritable: number;
}
export const CapData = {
  SIZE: 12,
  OFF_effective: 0,
  OFF_permitted: 4,
  OFF_inheritable: 8,
} as const;
export function newCapData(): CapData {
  return { effective: 0, permitted: 0, inheritable: 0 };
}
export function encodeCapData(view: DataView, at: number, from: CapData): void {
  view.setUint32(at, from.effective, true);
  view.setUint32(at + 4, from.permitted, true);
  view.setUint32(at + 8, from.inheritable, true);
}
export function decodeCapData(view: DataView, at: number, into: CapData): CapData {
  into.effective = view.getUint32(at, true);
  into.permitted = view.getUint32(at + 4, true);
  into.inheritable = view.getUint32(at + 8, true);
  return into;
}

/** struct vfs_ns_cap_data */
export interface VfsCapData {
  magic_etc: number;
  permitted_lo: number;
  inheritable_lo: number;
  permitted_hi: number;
  inheritable_hi: number;
  rootid: number;
}
export const VfsCapData = {
  SIZE: 24,
  OFF_magic_etc: 0,
  OFF_permitted_lo: 4,
  OFF_inheritable_lo: 8,
  OFF_permitted_hi: 12,
  OFF_inheritable_hi: 16,
  OFF_rootid: 20,
} as const;
export function newVfsCapData(): VfsCapData {
  return { magic_etc: 0, permitted_lo: 0, inheritable_lo: 0, permitted_hi: 0, inheritable_hi: 0, rootid: 0 };
}
export function encodeVfsCapData(view: DataView, at: number, from: VfsCapData): void {
  view.setUint32(at, from.magic_etc, true);
  view.setUint32(at + 4, from.permitted_lo, true);
  view.setUint32(at + 8, from.inheritable_lo, true);
  view.setUint32(at + 12, from.permitted_hi, true);
  view.setUint32(at + 16, from.inheritable_hi, true);
  view.setUint32(at + 20, from.rootid, true);
}
export function decodeVfsCapData(view: DataView, at: number, into: VfsCapData): VfsCapData {
  into.magic_etc = view.getUint32(at, true);
  into.permitted_lo = view.getUint32(at + 4, true);
  into.inheritable_lo = view.getUint32(at + 8, true);
  into.permitted_hi = view.getUint32(at + 12, true);
  into.inheritable_hi = view.getUint32(at + 16, true);
  into.rootid = view.getUint32(at + 20, true);
  return into;
}

/** struct robust_list_head */
export interface RobustListHead {
  list: number;
  futex_offset: number;
  list_op_pending: number;
}
export const RobustListHead = {
  SIZE: 24,
  OFF_list: 0,
  OFF_futex_offset: 8,
  OFF_list_op_pending: 16,
} as const;
export function newRobustListHead(): RobustListHead {
  return { list: 0, futex_offset: 0, list_op_pending: 0 };
}
export function encodeRobustListHead(view: DataView, at: number, from: RobustListHead): void {
  setU64(view, at, from.list);
  setI64(view, at + 8, from.futex_offset);
  setU64(view, at + 16, from.list_op_pending);
}
export function decodeRobustListHead(view: DataView, at: number, into: RobustListHead): RobustListHead {
  into.list = getU64(view, at);
  into.futex_offset = getI64(view, at + 8);
  into.list_op_pending = getU64(view, at + 16);
  return into;
}

/** struct futex_waitv */
export interface FutexWaitv {
  val_lo: number;
  val_hi: number;
  uaddr: number;
  flags: number;
}
export const FutexWaitv = {
  SIZE: 24,
  OFF_val: 0,
  OFF_uaddr: 8,
  OFF_flags: 16,
} as const;
export function newFutexWaitv(): FutexWaitv {
  return { val_lo: 0, val_hi: 0, uaddr: 0, flags: 0 };
}
export function encodeFutexWaitv(view: DataView, at: number, from: FutexWaitv): void {
  view.setUint32(at, from.val_lo, true);
  view.setUint32(at + 4, from.val_hi, true);
  setU64(view, at + 8, from.uaddr);
  view.setUint32(at + 16, from.flags, true);
  zero(view, at + 20, 4);
}
export function decodeFutexWaitv(view: DataView, at: number, into: FutexWaitv): FutexWaitv {
  into.val_lo = view.getUint32(at, true);
  into.val_hi = view.getUint32(at + 4, true);
  into.uaddr = getU64(view, at + 8);
  into.flags = view.getUint32(at + 16, true);
  return into;
}

/** struct rseq */
export interface Rseq {
  cpu_id_start: number;
  cpu_id: number;
  rseq_cs: number;
  flags: number;
}
export const Rseq = {
  SIZE: 32,
  OFF_cpu_id_start: 0,
  OFF_cpu_id: 4,
  OFF_rseq_cs: 8,
  OFF_flags: 16,
} as const;
export function newRseq(): Rseq {
  return { cpu_id_start: 0, cpu_id: 0, rseq_cs: 0, flags: 0 };
}
export function encodeRseq(view: DataView, at: number, from: Rseq): void {
  view.setUint32(at, from.cpu_id_start, true);
  view.setUint32(at + 4, from.cpu_id, true);
  setU64(view, at + 8, from.rseq_cs);
  view.setUint32(at + 16, from.flags, true);
  zero(view, at + 20, 12);
}
export function decodeRseq(view: DataView, at: number, into: Rseq): Rseq {
  into.cpu_id_start = view.getUint32(at, true);
  into.cpu_id = view.getUint32(at + 4, true);
  into.rseq_cs = getU64(view, at + 8);
  into.flags = view.getUint32(at + 16, true);
  return into;
}

/** struct rseq_cs */
export interface RseqCs {
  version: number;
  flags: number;
  start_ip: number;
  post_commit_offset: number;
  abort_ip: number;
}
export const RseqCs = {
  SIZE: 32,
  OFF_version: 0,
  OFF_flags: 4,
  OFF_start_ip: 8,
  OFF_post_commit_offset: 16,
  OFF_abort_ip: 24,
} as const;
export function newRseqCs(): RseqCs {
  return { version: 0, flags: 0, start_ip: 0, post_commit_offset: 0, abort_ip: 0 };
}
export function encodeRseqCs(view: DataView, at: number, from: RseqCs): void {
  view.setUint32(at, from.version, true);
  view.setUint32(at + 4, from.flags, true);
  setU64(view, at + 8, from.start_ip);
  setU64(view, at + 16, from.post_commit_offset);
  setU64(view, at + 24, from.abort_ip);
}
export function decodeRseqCs(view: DataView, at: number, into: RseqCs): RseqCs {
  into.version = view.getUint32(at, true);
  into.flags = view.getUint32(at + 4, true);
  into.start_ip = getU64(view, at + 8);
  into.post_commit_offset = getU64(view, at + 16);
  into.abort_ip = getU64(view, at + 24);
  return into;
}

/** struct user_regs_struct */
export interface UserRegs {
  r15_lo: number;
  r15_hi: number;
  r14_lo: number;
  r14_hi: number;
  r13_lo: number;
  r13_hi: number;
  r12_lo: number;
  r12_hi: number;
  rbp_lo: number;
  rbp_hi: number;
  rbx_lo: number;
  rbx_hi: number;
  r11_lo: number;
  r11_hi: number;
  r10_lo: number;
  r10_hi: number;
  r9_lo: number;
  r9_hi: number;
  r8_lo: number;
  r8_hi: number;
  rax_lo: number;
  rax_hi: number;
  rcx_lo: number;
  rcx_hi: number;
  rdx_lo: number;
  rdx_hi: number;
  rsi_lo: number;
  rsi_hi: number;
  rdi_lo: number;
  rdi_hi: number;
  orig_rax_lo: number;
  orig_rax_hi: number;
  rip_lo: number;
  rip_hi: number;
  cs_lo: number;
  cs_hi: number;
  eflags_lo: number;
  eflags_hi: number;
  rsp_lo: number;
  rsp_hi: number;
  ss_lo: number;
  ss_hi: number;
  fs_base_lo: number;
  fs_base_hi: number;
  gs_base_lo: number;
  gs_base_hi: number;
  ds_lo: number;
  ds_hi: number;
  es_lo: number;
  es_hi: number;
  fs_lo: number;
  fs_hi: number;
  gs_lo: number;
  gs_hi: number;
}
export const UserRegs = {
  SIZE: 216,
  OFF_r15: 0,
  OFF_r14: 8,
  OFF_r13: 16,
  OFF_r12: 24,
  OFF_rbp: 32,
  OFF_rbx: 40,
  OFF_r11: 48,
  OFF_r10: 56,
  OFF_r9: 64,
  OFF_r8: 72,
  OFF_rax: 80,
  OFF_rcx: 88,
  OFF_rdx: 96,
  OFF_rsi: 104,
  OFF_rdi: 112,
  OFF_orig_rax: 120,
  OFF_rip: 128,
  OFF_cs: 136,
  OFF_eflags: 144,
  OFF_rsp: 152,
  OFF_ss: 160,
  OFF_fs_base: 168,
  OFF_gs_base: 176,
  OFF_ds: 184,
  OFF_es: 192,
  OFF_fs: 200,
  OFF_gs: 208,
} as const;
export function newUserRegs(): UserRegs {
  return { r15_lo: 0, r15_hi: 0, r14_lo: 0, r14_hi: 0, r13_lo: 0, r13_hi: 0, r12_lo: 0, r12_hi: 0, rbp_lo: 0, rbp_hi: 0, rbx_lo: 0, rbx_hi: 0, r11_lo: 0, r11_hi: 0, r10_lo: 0, r10_hi: 0, r9_lo: 0, r9_hi: 0, r8_lo: 0, r8_hi: 0, rax_lo: 0, rax_hi: 0, rcx_lo: 0, rcx_hi: 0, rdx_lo: 0, rdx_hi: 0, rsi_lo: 0, rsi_hi: 0, rdi_lo: 0, rdi_hi: 0, orig_rax_lo: 0, orig_rax_hi: 0, rip_lo: 0, rip_hi: 0, cs_lo: 0, cs_hi: 0, eflags_lo: 0, eflags_hi: 0, rsp_lo: 0, rsp_hi: 0, ss_lo: 0, ss_hi: 0, fs_base_lo: 0, fs_base_hi: 0, gs_base_lo: 0, gs_base_hi: 0, ds_lo: 0, ds_hi: 0, es_lo: 0, es_hi: 0, fs_lo: 0, fs_hi: 0, gs_lo: 0, gs_hi: 0 };
}
export function encodeUserRegs(view: DataView, at: number, from: UserRegs): void {
  view.setUint32(at, from.r15_lo, true);
  view.setUint32(at + 4, from.r15_hi, true);
  view.setUint32(at + 8, from.r14_lo, true);
  view.setUint32(at + 12, from.r14_hi, true);
  view.setUint32(at + 16, from.r13_lo, true);
  view.setUint32(at + 20, from.r13_hi, true);
  view.setUint32(at + 24, from.r12_lo, true);
  view.setUint32(at + 28, from.r12_hi, true);
  view.setUint32(at + 32, from.rbp_lo, true);
  view.setUint32(at + 36, from.rbp_hi, true);
  view.setUint32(at + 40, from.rbx_lo, true);
  view.setUint32(at + 44, from.rbx_hi, true);
  view.setUint32(at + 48, from.r11_lo, true);
  view.setUint32(at + 52, from.r11_hi, true);
  view.setUint32(at + 56, from.r10_lo, true);
  view.setUint32(at + 60, from.r10_hi, true);
  view.setUint32(at + 64, from.r9_lo, true);
  view.setUint32(at + 68, from.r9_hi, true);
  view.setUint32(at + 72, from.r8_lo, true);
  view.setUint32(at + 76, from.r8_hi, true);
  view.setUint32(at + 80, from.rax_lo, true);
  view.setUint32(at + 84, from.rax_hi, true);
  view.setUint32(at + 88, from.rcx_lo, true);
  view.setUint32(at + 92, from.rcx_hi, true);
  view.setUint32(at + 96, from.rdx_lo, true);
  view.setUint32(at + 100, from.rdx_hi, true);
  view.setUint32(at + 104, from.rsi_lo, true);
  view.setUint32(at + 108, from.rsi_hi, true);
  view.setUint32(at + 112, from.rdi_lo, true);
  view.setUint32(at + 116, from.rdi_hi, true);
  view.setUint32(at + 120, from.orig_rax_lo, true);
  view.setUint32(at + 124, from.orig_rax_hi, true);
  view.setUint32(at + 128, from.rip_lo, true);
  view.setUint32(at + 132, from.rip_hi, true);
  view.setUint32(at + 136, from.cs_lo, true);
  view.setUint32(at + 140, from.cs_hi, true);
  view.setUint32(at + 144, from.eflags_lo, true);
  view.setUint32(at + 148, from.eflags_hi, true);
  view.setUint32(at + 152, from.rsp_lo, true);
  view.setUint32(at + 156, from.rsp_hi, true);
  view.setUint32(at + 160, from.ss_lo, true);
  view.setUint32(at + 164, from.ss_hi, true);
  view.setUint32(at + 168, from.fs_base_lo, true);
  view.setUint32(at + 172, from.fs_base_hi, true);
  view.setUint32(at + 176, from.gs_base_lo, true);
  view.setUint32(at + 180, from.gs_base_hi, true);
  view.setUint32(at + 184, from.ds_lo, true);
  view.setUint32(at + 188, from.ds_hi, true);
  view.setUint32(at + 192, from.es_lo, true);
  view.setUint32(at + 196, from.es_hi, true);
  view.setUint32(at + 200, from.fs_lo, true);
  view.setUint32(at + 204, from.fs_hi, true);
  view.setUint32(at + 208, from.gs_lo, true);
  view.setUint32(at + 212, from.gs_hi, true);
}
export function decodeUserRegs(view: DataView, at: number, into: UserRegs): UserRegs {
  into.r15_lo = view.getUint32(at, true);
  into.r15_hi = view.getUint32(at + 4, true);
  into.r14_lo = view.getUint32(at + 8, true);
  into.r14_hi = view.getUint32(at + 12, true);
  into.r13_lo = view.getUint32(at + 16, true);
  into.r13_hi = view.getUint32(at + 20, true);
  into.r12_lo = view.getUint32(at + 24, true);
  into.r12_hi = view.getUint32(at + 28, true);
  into.rbp_lo = view.getUint32(at + 32, true);
  into.rbp_hi = view.getUint32(at + 36, true);
  into.rbx_lo = view.getUint32(at + 40, true);
  into.rbx_hi = view.getUint32(at + 44, true);
  into.r11_lo = view.getUint32(at + 48, true);
  into.r11_hi = view.getUint32(at + 52, true);
  into.r10_lo = view.getUint32(at + 56, true);
  into.r10_hi = view.getUint32(at + 60, true);
  into.r9_lo = view.getUint32(at + 64, true);
  into.r9_hi = view.getUint32(at + 68, true);
  into.r8_lo = view.getUint32(at + 72, true);
  into.r8_hi = view.getUint32(at + 76, true);
  into.rax_lo = view.getUint32(at + 80, true);
  into.rax_hi = view.getUint32(at + 84, true);
  into.rcx_lo = view.getUint32(at + 88, true);
  into.rcx_hi = view.getUint32(at + 92, true);
  into.rdx_lo = view.getUint32(at + 96, true);
  into.rdx_hi = view.getUint32(at + 100, true);
  into.rsi_lo = view.getUint32(at + 104, true);
  into.rsi_hi = view.getUint32(at + 108, true);
  into.rdi_lo = view.getUint32(at + 112, true);
  into.rdi_hi = view.getUint32(at + 116, true);
  into.orig_rax_lo = view.getUint32(at + 120, true);
  into.orig_rax_hi = view.getUint32(at + 124, true);
  into.rip_lo = view.getUint32(at + 128, true);
  into.rip_hi = view.getUint32(at + 132, true);
  into.cs_lo = view.getUint32(at + 136, true);
  into.cs_hi = view.getUint32(at + 140, true);
  into.eflags_lo = view.getUint32(at + 144, true);
  into.eflags_hi = view.getUint32(at + 148, true);
  into.rsp_lo = view.getUint32(at + 152, true);
  into.rsp_hi = view.getUint32(at + 156, true);
  into.ss_lo = view.getUint32(at + 160, true);
  into.ss_hi = view.getUint32(at + 164, true);
  into.fs_base_lo = view.getUint32(at + 168, true);
  into.fs_base_hi = view.getUint32(at + 172, true);
  into.gs_base_lo = view.getUint32(at + 176, true);
  into.gs_base_hi = view.getUint32(at + 180, true);
  into.ds_lo = view.getUint32(at + 184, true);
  into.ds_hi = view.getUint32(at + 188, true);
  into.es_lo = view.getUint32(at + 192, true);
  into.es_hi = view.getUint32(at + 196, true);
  into.fs_lo = view.getUint32(at + 200, true);
  into.fs_hi = view.getUint32(at + 204, true);
  into.gs_lo = view.getUint32(at + 208, true);
  into.gs_hi = view.getUint32(at + 212, true);
  return into;
}

/** struct sock_filter */
export interface SockFilter {
  code: number;
  jt: number;
  jf: number;
  k: number;
}
export const SockFilter = {
  SIZE: 8,
  OFF_code: 0,
  OFF_jt: 2,
  OFF_jf: 3,
  OFF_k: 4,
} as const;
export function newSockFilter(): SockFilter {
  return { code: 0, jt: 0, jf: 0, k: 0 };
}
export function encodeSockFilter(view: DataView, at: number, from: SockFilter): void {
  view.setUint16(at, from.code, true);
  view.setUint8(at + 2, from.jt);
  view.setUint8(at + 3, from.jf);
  view.setUint32(at + 4, from.k, true);
}
export function decodeSockFilter(view: DataView, at: number, into: SockFilter): SockFilter {
  into.code = view.getUint16(at, true);
  into.jt = view.getUint8(at + 2);
  into.jf = view.getUint8(at + 3);
  into.k = view.getUint32(at + 4, true);
  return into;
}

/** struct sock_fprog */
export interface SockFprog {
  len: number;
  filter: number;
}
export const SockFprog = {
  SIZE: 16,
  OFF_len: 0,
  OFF_filter: 8,
} as const;
export function newSockFprog(): SockFprog {
  return { len: 0, filter: 0 };
}
export function encodeSockFprog(view: DataView, at: number, from: SockFprog): void {
  view.setUint16(at, from.len, true);
  setU64(view, at + 8, from.filter);
  zero(view, at + 2, 6);
}
export function decodeSockFprog(view: DataView, at: number, into: SockFprog): SockFprog {
  into.len = view.getUint16(at, true);
  into.filter = getU64(view, at + 8);
  return into;
}

/** struct seccomp_data */
export interface SeccompData {
  nr: number;
  arch: number;
  instruction_pointer_lo: number;
  instruction_pointer_hi: number;
  arg0_lo: number;
  arg0_hi: number;
  arg1_lo: number;
  arg1_hi: number;
  arg2_lo: number;
  arg2_hi: number;
  arg3_lo: number;
  arg3_hi: number;
  arg4_lo: number;
  arg4_hi: number;
  arg5_lo: number;
  arg5_hi: number;
}
export const SeccompData = {
  SIZE: 64,
  OFF_nr: 0,
  OFF_arch: 4,
  OFF_instruction_pointer: 8,
  OFF_arg0: 16,
  OFF_arg1: 24,
  OFF_arg2: 32,
  OFF_arg3: 40,
  OFF_arg4: 48,
  OFF_arg5: 56,
} as const;
export function newSeccompData(): SeccompData {
  return { nr: 0, arch: 0, instruction_pointer_lo: 0, instruction_pointer_hi: 0, arg0_lo: 0, arg0_hi: 0, arg1_lo: 0, arg1_hi: 0, arg2_lo: 0, arg2_hi: 0, arg3_lo: 0, arg3_hi: 0, arg4_lo: 0, arg4_hi: 0, arg5_lo: 0, arg5_hi: 0 };
}
export function encodeSeccompData(view: DataView, at: number, from: SeccompData): void {
  view.setInt32(at, from.nr, true);
  view.setUint32(at + 4, from.arch, true);
  view.setUint32(at + 8, from.instruction_pointer_lo, true);
  view.setUint32(at + 12, from.instruction_pointer_hi, true);
  view.setUint32(at + 16, from.arg0_lo, true);
  view.setUint32(at + 20, from.arg0_hi, true);
  view.setUint32(at + 24, from.arg1_lo, true);
  view.setUint32(at + 28, from.arg1_hi, true);
  view.setUint32(at + 32, from.arg2_lo, true);
  view.setUint32(at + 36, from.arg2_hi, true);
  view.setUint32(at + 40, from.arg3_lo, true);
  view.setUint32(at + 44, from.arg3_hi, true);
  view.setUint32(at + 48, from.arg4_lo, true);
  view.setUint32(at + 52, from.arg4_hi, true);
  view.setUint32(at + 56, from.arg5_lo, true);
  view.setUint32(at + 60, from.arg5_hi, true);
}
export function decodeSeccompData(view: DataView, at: number, into: SeccompData): SeccompData {
  into.nr = view.getInt32(at, true);
  into.arch = view.getUint32(at + 4, true);
  into.instruction_pointer_lo = view.getUint32(at + 8, true);
  into.instruction_pointer_hi = view.getUint32(at + 12, true);
  into.arg0_lo = view.getUint32(at + 16, true);
  into.arg0_hi = view.getUint32(at + 20, true);
  into.arg1_lo = view.getUint32(at + 24, true);
  into.arg1_hi = view.getUint32(at + 28, true);
  into.arg2_lo = view.getUint32(at + 32, true);
  into.arg2_hi = view.getUint32(at + 36, true);
  into.arg3_lo = view.getUint32(at + 40, true);
  into.arg3_hi = view.getUint32(at + 44, true);
  into.arg4_lo = view.getUint32(at + 48, true);
  into.arg4_hi = view.getUint32(at + 52, true);
  into.arg5_lo = view.getUint32(at + 56, true);
  into.arg5_hi = view.getUint32(at + 60, true);
  return into;
}

/** struct seccomp_notif */
export interface SeccompNotif {
  id: number;
  pid: number;
  flags: number;
  data: SeccompData;
}
export const SeccompNotif = {
  SIZE: 80,
  OFF_id: 0,
  OFF_pid: 8,
  OFF_flags: 12,
  OFF_data: 16,
} as const;
export function newSeccompNotif(): SeccompNotif {
  return { id: 0, pid: 0, flags: 0, data: newSeccompData() };
}
export function encodeSeccompNotif(view: DataView, at: number, from: SeccompNotif): void {
  setU64(view, at, from.id);
  view.setUint32(at + 8, from.pid, true);
  view.setUint32(at + 12, from.flags, true);
  encodeSeccompData(view, at + 16, from.data);
}
export function decodeSeccompNotif(view: DataView, at: number, into: SeccompNotif): SeccompNotif {
  into.id = getU64(view, at);
  into.pid = view.getUint32(at + 8, true);
  into.flags = view.getUint32(at + 12, true);
  decodeSeccompData(view, at + 16, into.data);
  return into;
}

/** struct seccomp_notif_resp */
export interface SeccompNotifResp {
  id: number;
  val: number;
  error: number;
  flags: number;
}
export const SeccompNotifResp = {
  SIZE: 24,
  OFF_id: 0,
  OFF_val: 8,
  OFF_error: 16,
  OFF_flags: 20,
} as const;
export function newSeccompNotifResp(): SeccompNotifResp {
  return { id: 0, val: 0, error: 0, flags: 0 };
}
export function encodeSeccompNotifResp(view: DataView, at: number, from: SeccompNotifResp): void {
  setU64(view, at, from.id);
  setI64(view, at + 8, from.val);
  view.setInt32(at + 16, from.error, true);
  view.setUint32(at + 20, from.flags, true);
}
export function decodeSeccompNotifResp(view: DataView, at: number, into: SeccompNotifResp): SeccompNotifResp {
  into.id = getU64(view, at);
  into.val = getI64(view, at + 8);
  into.error = view.getInt32(at + 16, true);
  into.flags = view.getUint32(at + 20, true);
  return into;
}

/** struct seccomp_notif_addfd */
export interface SeccompNotifAddfd {
  id: number;
  flags: number;
  srcfd: number;
  newfd: number;
  newfd_flags: number;
}
export const SeccompNotifAddfd = {
  SIZE: 24,
  OFF_id: 0,
  OFF_flags: 8,
  OFF_srcfd: 12,
  OFF_newfd: 16,
  OFF_newfd_flags: 20,
} as const;
export function newSeccompNotifAddfd(): SeccompNotifAddfd {
  return { id: 0, flags: 0, srcfd: 0, newfd: 0, newfd_flags: 0 };
}
export function encodeSeccompNotifAddfd(view: DataView, at: number, from: SeccompNotifAddfd): void {
  setU64(view, at, from.id);
  view.setUint32(at + 8, from.flags, true);
  view.setUint32(at + 12, from.srcfd, true);
  view.setUint32(at + 16, from.newfd, true);
  view.setUint32(at + 20, from.newfd_flags, true);
}
export function decodeSeccompNotifAddfd(view: DataView, at: number, into: SeccompNotifAddfd): SeccompNotifAddfd {
  into.id = getU64(view, at);
  into.flags = view.getUint32(at + 8, true);
  into.srcfd = view.getUint32(at + 12, true);
  into.newfd = view.getUint32(at + 16, true);
  into.newfd_flags = view.getUint32(at + 20, true);
  return into;
}

/** struct seccomp_notif_sizes */
export interface SeccompNotifSizes {
  seccomp_notif: number;
  seccomp_notif_resp: number;
  seccomp_data: number;
}
export const SeccompNotifSizes = {
  SIZE: 6,
  OFF_seccomp_notif: 0,
  OFF_seccomp_notif_resp: 2,
  OFF_seccomp_data: 4,
} as const;
export function newSeccompNotifSizes(): SeccompNotifSizes {
  return { seccomp_notif: 0, seccomp_notif_resp: 0, seccomp_data: 0 };
}
export function encodeSeccompNotifSizes(view: DataView, at: number, from: SeccompNotifSizes): void {
  view.setUint16(at, from.seccomp_notif, true);
  view.setUint16(at + 2, from.seccomp_notif_resp, true);
  view.setUint16(at + 4, from.seccomp_data, true);
}
export function decodeSeccompNotifSizes(view: DataView, at: number, into: SeccompNotifSizes): SeccompNotifSizes {
  into.seccomp_notif = view.getUint16(at, true);
  into.seccomp_notif_resp = view.getUint16(at + 2, true);
  into.seccomp_data = view.getUint16(at + 4, true);
  return into;
}

/** struct sigaction */
export interface Sigaction {
  sa_handler: number;
  sa_flags: number;
  sa_restorer: number;
  sa_mask_lo: number;
  sa_mask_hi: number;
}
export const Sigaction = {
  SIZE: 32,
  OFF_sa_handler: 0,
  OFF_sa_flags: 8,
  OFF_sa_restorer: 16,
  OFF_sa_mask: 24,
} as const;
export function newSigaction(): Sigaction {
  return { sa_handler: 0, sa_flags: 0, sa_restorer: 0, sa_mask_lo: 0, sa_mask_hi: 0 };
}
export function encodeSigaction(view: DataView, at: number, from: Sigaction): void {
  setU64(view, at, from.sa_handler);
  setU64(view, at + 8, from.sa_flags);
  setU64(view, at + 16, from.sa_restorer);
  view.setUint32(at + 24, from.sa_mask_lo, true);
  view.setUint32(at + 28, from.sa_mask_hi, true);
}
export function decodeSigaction(view: DataView, at: number, into: Sigaction): Sigaction {
  into.sa_handler = getU64(view, at);
  into.sa_flags = getU64(view, at + 8);
  into.sa_restorer = getU64(view, at + 16);
  into.sa_mask_lo = view.getUint32(at + 24, true);
  into.sa_mask_hi = view.getUint32(at + 28, true);
  return into;
}

/** stack_t */
export interface StackT {
  ss_sp: number;
  ss_flags: number;
  ss_size: number;
}
export const StackT = {
  SIZE: 24,
  OFF_ss_sp: 0,
  OFF_ss_flags: 8,
  OFF_ss_size: 16,
} as const;
export function newStackT(): StackT {
  return { ss_sp: 0, ss_flags: 0, ss_size: 0 };
}
export function encodeStackT(view: DataView, at: number, from: StackT): void {
  setU64(view, at, from.ss_sp);
  view.setUint32(at + 8, from.ss_flags, true);
  setU64(view, at + 16, from.ss_size);
  zero(view, at + 12, 4);
}
export function decodeStackT(view: DataView, at: number, into: StackT): StackT {
  into.ss_sp = getU64(view, at);
  into.ss_flags = view.getUint32(at + 8, true);
  into.ss_size = getU64(view, at + 16);
  return into;
}

/** siginfo_t */
export interface Siginfo {
  si_signo: number;
  si_errno: number;
  si_code: number;
  fields: Uint8Array;
}
export const Siginfo = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_fields: 16,
} as const;
export function newSiginfo(): Siginfo {
  return { si_signo: 0, si_errno: 0, si_code: 0, fields: new Uint8Array(112) };
}
export function encodeSiginfo(view: DataView, at: number, from: Siginfo): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  setBytes(view, at + 16, 112, from.fields);
  zero(view, at + 12, 4);
}
export function decodeSiginfo(view: DataView, at: number, into: Siginfo): Siginfo {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  getBytes(view, at + 16, 112, into.fields);
  return into;
}

/** siginfo_t */
export interface SiginfoKill {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_pid: number;
  si_uid: number;
}
export const SiginfoKill = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_pid: 16,
  OFF_si_uid: 20,
} as const;
export function newSiginfoKill(): SiginfoKill {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_pid: 0, si_uid: 0 };
}
export function encodeSiginfoKill(view: DataView, at: number, from: SiginfoKill): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  view.setInt32(at + 16, from.si_pid, true);
  view.setUint32(at + 20, from.si_uid, true);
  zero(view, at + 12, 4);
  zero(view, at + 24, 104);
}
export function decodeSiginfoKill(view: DataView, at: number, into: SiginfoKill): SiginfoKill {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_pid = view.getInt32(at + 16, true);
  into.si_uid = view.getUint32(at + 20, true);
  return into;
}

/** siginfo_t */
export interface SiginfoRt {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_pid: number;
  si_uid: number;
  si_value_lo: number;
  si_value_hi: number;
}
export const SiginfoRt = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_pid: 16,
  OFF_si_uid: 20,
  OFF_si_value: 24,
} as const;
export function newSiginfoRt(): SiginfoRt {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_pid: 0, si_uid: 0, si_value_lo: 0, si_value_hi: 0 };
}
export function encodeSiginfoRt(view: DataView, at: number, from: SiginfoRt): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  view.setInt32(at + 16, from.si_pid, true);
  view.setUint32(at + 20, from.si_uid, true);
  view.setUint32(at + 24, from.si_value_lo, true);
  view.setUint32(at + 28, from.si_value_hi, true);
  zero(view, at + 12, 4);
  zero(view, at + 32, 96);
}
export function decodeSiginfoRt(view: DataView, at: number, into: SiginfoRt): SiginfoRt {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_pid = view.getInt32(at + 16, true);
  into.si_uid = view.getUint32(at + 20, true);
  into.si_value_lo = view.getUint32(at + 24, true);
  into.si_value_hi = view.getUint32(at + 28, true);
  return into;
}

/** siginfo_t */
export interface SiginfoTimer {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_tid: number;
  si_overrun: number;
  si_value_lo: number;
  si_value_hi: number;
}
export const SiginfoTimer = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_tid: 16,
  OFF_si_overrun: 20,
  OFF_si_value: 24,
} as const;
export function newSiginfoTimer(): SiginfoTimer {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_tid: 0, si_overrun: 0, si_value_lo: 0, si_value_hi: 0 };
}
export function encodeSiginfoTimer(view: DataView, at: number, from: SiginfoTimer): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  view.setInt32(at + 16, from.si_tid, true);
  view.setInt32(at + 20, from.si_overrun, true);
  view.setUint32(at + 24, from.si_value_lo, true);
  view.setUint32(at + 28, from.si_value_hi, true);
  zero(view, at + 12, 4);
  zero(view, at + 32, 96);
}
export function decodeSiginfoTimer(view: DataView, at: number, into: SiginfoTimer): SiginfoTimer {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_tid = view.getInt32(at + 16, true);
  into.si_overrun = view.getInt32(at + 20, true);
  into.si_value_lo = view.getUint32(at + 24, true);
  into.si_value_hi = view.getUint32(at + 28, true);
  return into;
}

/** siginfo_t */
export interface SiginfoChld {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_pid: number;
  si_uid: number;
  si_status: number;
  si_utime: number;
  si_stime: number;
}
export const SiginfoChld = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_pid: 16,
  OFF_si_uid: 20,
  OFF_si_status: 24,
  OFF_si_utime: 32,
  OFF_si_stime: 40,
} as const;
export function newSiginfoChld(): SiginfoChld {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_pid: 0, si_uid: 0, si_status: 0, si_utime: 0, si_stime: 0 };
}
export function encodeSiginfoChld(view: DataView, at: number, from: SiginfoChld): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  view.setInt32(at + 16, from.si_pid, true);
  view.setUint32(at + 20, from.si_uid, true);
  view.setInt32(at + 24, from.si_status, true);
  setI64(view, at + 32, from.si_utime);
  setI64(view, at + 40, from.si_stime);
  zero(view, at + 12, 4);
  zero(view, at + 28, 4);
  zero(view, at + 48, 80);
}
export function decodeSiginfoChld(view: DataView, at: number, into: SiginfoChld): SiginfoChld {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_pid = view.getInt32(at + 16, true);
  into.si_uid = view.getUint32(at + 20, true);
  into.si_status = view.getInt32(at + 24, true);
  into.si_utime = getI64(view, at + 32);
  into.si_stime = getI64(view, at + 40);
  return into;
}

/** siginfo_t */
export interface SiginfoFault {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_addr: number;
  si_addr_lsb: number;
  si_lower: number;
  si_upper: number;
}
export const SiginfoFault = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_addr: 16,
  OFF_si_addr_lsb: 24,
  OFF_si_lower: 32,
  OFF_si_upper: 40,
} as const;
export function newSiginfoFault(): SiginfoFault {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_addr: 0, si_addr_lsb: 0, si_lower: 0, si_upper: 0 };
}
export function encodeSiginfoFault(view: DataView, at: number, from: SiginfoFault): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  setU64(view, at + 16, from.si_addr);
  view.setInt16(at + 24, from.si_addr_lsb, true);
  setU64(view, at + 32, from.si_lower);
  setU64(view, at + 40, from.si_upper);
  zero(view, at + 12, 4);
  zero(view, at + 26, 6);
  zero(view, at + 48, 80);
}
export function decodeSiginfoFault(view: DataView, at: number, into: SiginfoFault): SiginfoFault {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_addr = getU64(view, at + 16);
  into.si_addr_lsb = view.getInt16(at + 24, true);
  into.si_lower = getU64(view, at + 32);
  into.si_upper = getU64(view, at + 40);
  return into;
}

/** siginfo_t */
export interface SiginfoPoll {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_band: number;
  si_fd: number;
}
export const SiginfoPoll = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_band: 16,
  OFF_si_fd: 24,
} as const;
export function newSiginfoPoll(): SiginfoPoll {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_band: 0, si_fd: 0 };
}
export function encodeSiginfoPoll(view: DataView, at: number, from: SiginfoPoll): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  setI64(view, at + 16, from.si_band);
  view.setInt32(at + 24, from.si_fd, true);
  zero(view, at + 12, 4);
  zero(view, at + 28, 100);
}
export function decodeSiginfoPoll(view: DataView, at: number, into: SiginfoPoll): SiginfoPoll {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_band = getI64(view, at + 16);
  into.si_fd = view.getInt32(at + 24, true);
  return into;
}

/** siginfo_t */
export interface SiginfoSys {
  si_signo: number;
  si_errno: number;
  si_code: number;
  si_call_addr: number;
  si_syscall: number;
  si_arch: number;
}
export const SiginfoSys = {
  SIZE: 128,
  OFF_si_signo: 0,
  OFF_si_errno: 4,
  OFF_si_code: 8,
  OFF_si_call_addr: 16,
  OFF_si_syscall: 24,
  OFF_si_arch: 28,
} as const;
export function newSiginfoSys(): SiginfoSys {
  return { si_signo: 0, si_errno: 0, si_code: 0, si_call_addr: 0, si_syscall: 0, si_arch: 0 };
}
export function encodeSiginfoSys(view: DataView, at: number, from: SiginfoSys): void {
  view.setInt32(at, from.si_signo, true);
  view.setInt32(at + 4, from.si_errno, true);
  view.setInt32(at + 8, from.si_code, true);
  setU64(view, at + 16, from.si_call_addr);
  view.setInt32(at + 24, from.si_syscall, true);
  view.setUint32(at + 28, from.si_arch, true);
  zero(view, at + 12, 4);
  zero(view, at + 32, 96);
}
export function decodeSiginfoSys(view: DataView, at: number, into: SiginfoSys): SiginfoSys {
  into.si_signo = view.getInt32(at, true);
  into.si_errno = view.getInt32(at + 4, true);
  into.si_code = view.getInt32(at + 8, true);
  into.si_call_addr = getU64(view, at + 16);
  into.si_syscall = view.getInt32(at + 24, true);
  into.si_arch = view.getUint32(at + 28, true);
  return into;
}

/** struct sigcontext */
export interface Sigcontext {
  r8_lo: number;
  r8_hi: number;
  r9_lo: number;
  r9_hi: number;
  r10_lo: number;
  r10_hi: number;
  r11_lo: number;
  r11_hi: number;
  r12_lo: number;
  r12_hi: number;
  r13_lo: number;
  r13_hi: number;
  r14_lo: number;
  r14_hi: number;
  r15_lo: number;
  r15_hi: number;
  rdi_lo: number;
  rdi_hi: number;
  rsi_lo: number;
  rsi_hi: number;
  rbp_lo: number;
  rbp_hi: number;
  rbx_lo: number;
  rbx_hi: number;
  rdx_lo: number;
  rdx_hi: number;
  rax_lo: number;
  rax_hi: number;
  rcx_lo: number;
  rcx_hi: number;
  rsp_lo: number;
  rsp_hi: number;
  rip_lo: number;
  rip_hi: number;
  eflags_lo: number;
  eflags_hi: number;
  cs: number;
  gs: number;
  fs: number;
  ss: number;
  err_lo: number;
  err_hi: number;
  trapno_lo: number;
  trapno_hi: number;
  oldmask_lo: number;
  oldmask_hi: number;
  cr2_lo: number;
  cr2_hi: number;
  fpstate: number;
}
export const Sigcontext = {
  SIZE: 256,
  OFF_r8: 0,
  OFF_r9: 8,
  OFF_r10: 16,
  OFF_r11: 24,
  OFF_r12: 32,
  OFF_r13: 40,
  OFF_r14: 48,
  OFF_r15: 56,
  OFF_rdi: 64,
  OFF_rsi: 72,
  OFF_rbp: 80,
  OFF_rbx: 88,
  OFF_rdx: 96,
  OFF_rax: 104,
  OFF_rcx: 112,
  OFF_rsp: 120,
  OFF_rip: 128,
  OFF_eflags: 136,
  OFF_cs: 144,
  OFF_gs: 146,
  OFF_fs: 148,
  OFF_ss: 150,
  OFF_err: 152,
  OFF_trapno: 160,
  OFF_oldmask: 168,
  OFF_cr2: 176,
  OFF_fpstate: 184,
} as const;
export function newSigcontext(): Sigcontext {
  return { r8_lo: 0, r8_hi: 0, r9_lo: 0, r9_hi: 0, r10_lo: 0, r10_hi: 0, r11_lo: 0, r11_hi: 0, r12_lo: 0, r12_hi: 0, r13_lo: 0, r13_hi: 0, r14_lo: 0, r14_hi: 0, r15_lo: 0, r15_hi: 0, rdi_lo: 0, rdi_hi: 0, rsi_lo: 0, rsi_hi: 0, rbp_lo: 0, rbp_hi: 0, rbx_lo: 0, rbx_hi: 0, rdx_lo: 0, rdx_hi: 0, rax_lo: 0, rax_hi: 0, rcx_lo: 0, rcx_hi: 0, rsp_lo: 0, rsp_hi: 0, rip_lo: 0, rip_hi: 0, eflags_lo: 0, eflags_hi: 0, cs: 0, gs: 0, fs: 0, ss: 0, err_lo: 0, err_hi: 0, trapno_lo: 0, trapno_hi: 0, oldmask_lo: 0, oldmask_hi: 0, cr2_lo: 0, cr2_hi: 0, fpstate: 0 };
}
export function encodeSigcontext(view: DataView, at: number, from: Sigcontext): void {
  view.setUint32(at, from.r8_lo, true);
  view.setUint32(at + 4, from.r8_hi, true);
  view.setUint32(at + 8, from.r9_lo, true);
  view.setUint32(at + 12, from.r9_hi, true);
  view.setUint32(at + 16, from.r10_lo, true);
  view.setUint32(at + 20, from.r10_hi, true);
  view.setUint32(at + 24, from.r11_lo, true);
  view.setUint32(at + 28, from.r11_hi, true);
  view.setUint32(at + 32, from.r12_lo, true);
  view.setUint32(at + 36, from.r12_hi, true);
  view.setUint32(at + 40, from.r13_lo, true);
  view.setUint32(at + 44, from.r13_hi, true);
  view.setUint32(at + 48, from.r14_lo, true);
  view.setUint32(at + 52, from.r14_hi, true);
  view.setUint32(at + 56, from.r15_lo, true);
  view.setUint32(at + 60, from.r15_hi, true);
  view.setUint32(at + 64, from.rdi_lo, true);
  view.setUint32(at + 68, from.rdi_hi, true);
  view.setUint32(at + 72, from.rsi_lo, true);
  view.setUint32(at + 76, from.rsi_hi, true);
  view.setUint32(at + 80, from.rbp_lo, true);
  view.setUint32(at + 84, from.rbp_hi, true);
  view.setUint32(at + 88, from.rbx_lo, true);
  view.setUint32(at + 92, from.rbx_hi, true);
  view.setUint32(at + 96, from.rdx_lo, true);
  view.setUint32(at + 100, from.rdx_hi, true);
  view.setUint32(at + 104, from.rax_lo, true);
  view.setUint32(at + 108, from.rax_hi, true);
  view.setUint32(at + 112, from.rcx_lo, true);
  view.setUint32(at + 116, from.rcx_hi, true);
  view.setUint32(at + 120, from.rsp_lo, true);
  view.setUint32(at + 124, from.rsp_hi, true);
  view.setUint32(at + 128, from.rip_lo, true);
  view.setUint32(at + 132, from.rip_hi, true);
  view.setUint32(at + 136, from.eflags_lo, true);
  view.setUint32(at + 140, from.eflags_hi, true);
  view.setUint16(at + 144, from.cs, true);
  view.setUint16(at + 146, from.gs, true);
  view.setUint16(at + 148, from.fs, true);
  view.setUint16(at + 150, from.ss, true);
  view.setUint32(at + 152, from.err_lo, true);
  view.setUint32(at + 156, from.err_hi, true);
  view.setUint32(at + 160, from.trapno_lo, true);
  view.setUint32(at + 164, from.trapno_hi, true);
  view.setUint32(at + 168, from.oldmask_lo, true);
  view.setUint32(at + 172, from.oldmask_hi, true);
  view.setUint32(at + 176, from.cr2_lo, true);
  view.setUint32(at + 180, from.cr2_hi, true);
  setU64(view, at + 184, from.fpstate);
  zero(view, at + 192, 64);
}
export function decodeSigcontext(view: DataView, at: number, into: Sigcontext): Sigcontext {
  into.r8_lo = view.getUint32(at, true);
  into.r8_hi = view.getUint32(at + 4, true);
  into.r9_lo = view.getUint32(at + 8, true);
  into.r9_hi = view.getUint32(at + 12, true);
  into.r10_lo = view.getUint32(at + 16, true);
  into.r10_hi = view.getUint32(at + 20, true);
  into.r11_lo = view.getUint32(at + 24, true);
  into.r11_hi = view.getUint32(at + 28, true);
  into.r12_lo = view.getUint32(at + 32, true);
  into.r12_hi = view.getUint32(at + 36, true);
  into.r13_lo = view.getUint32(at + 40, true);
  into.r13_hi = view.getUint32(at + 44, true);
  into.r14_lo = view.getUint32(at + 48, true);
  into.r14_hi = view.getUint32(at + 52, true);
  into.r15_lo = view.getUint32(at + 56, true);
  into.r15_hi = view.getUint32(at + 60, true);
  into.rdi_lo = view.getUint32(at + 64, true);
  into.rdi_hi = view.getUint32(at + 68, true);
  into.rsi_lo = view.getUint32(at + 72, true);
  into.rsi_hi = view.getUint32(at + 76, true);
  into.rbp_lo = view.getUint32(at + 80, true);
  into.rbp_hi = view.getUint32(at + 84, true);
  into.rbx_lo = view.getUint32(at + 88, true);
  into.rbx_hi = view.getUint32(at + 92, true);
  into.rdx_lo = view.getUint32(at + 96, true);
  into.rdx_hi = view.getUint32(at + 100, true);
  into.rax_lo = view.getUint32(at + 104, true);
  into.rax_hi = view.getUint32(at + 108, true);
  into.rcx_lo = view.getUint32(at + 112, true);
  into.rcx_hi = view.getUint32(at + 116, true);
  into.rsp_lo = view.getUint32(at + 120, true);
  into.rsp_hi = view.getUint32(at + 124, true);
  into.rip_lo = view.getUint32(at + 128, true);
  into.rip_hi = view.getUint32(at + 132, true);
  into.eflags_lo = view.getUint32(at + 136, true);
  into.eflags_hi = view.getUint32(at + 140, true);
  into.cs = view.getUint16(at + 144, true);
  into.gs = view.getUint16(at + 146, true);
  into.fs = view.getUint16(at + 148, true);
  into.ss = view.getUint16(at + 150, true);
  into.err_lo = view.getUint32(at + 152, true);
  into.err_hi = view.getUint32(at + 156, true);
  into.trapno_lo = view.getUint32(at + 160, true);
  into.trapno_hi = view.getUint32(at + 164, true);
  into.oldmask_lo = view.getUint32(at + 168, true);
  into.oldmask_hi = view.getUint32(at + 172, true);
  into.cr2_lo = view.getUint32(at + 176, true);
  into.cr2_hi = view.getUint32(at + 180, true);
  into.fpstate = getU64(view, at + 184);
  return into;
}

/** struct ucontext */
export interface Ucontext {
  uc_flags_lo: number;
  uc_flags_hi: number;
  uc_link: number;
  uc_stack: StackT;
  uc_mcontext: Sigcontext;
  uc_sigmask_lo: number;
  uc_sigmask_hi: number;
}
export const Ucontext = {
  SIZE: 304,
  OFF_uc_flags: 0,
  OFF_uc_link: 8,
  OFF_uc_stack: 16,
  OFF_uc_mcontext: 40,
  OFF_uc_sigmask: 296,
} as const;
export function newUcontext(): Ucontext {
  return { uc_flags_lo: 0, uc_flags_hi: 0, uc_link: 0, uc_stack: newStackT(), uc_mcontext: newSigcontext(), uc_sigmask_lo: 0, uc_sigmask_hi: 0 };
}
export function encodeUcontext(view: DataView, at: number, from: Ucontext): void {
  view.setUint32(at, from.uc_flags_lo, true);
  view.setUint32(at + 4, from.uc_flags_hi, true);
  setU64(view, at + 8, from.uc_link);
  encodeStackT(view, at + 16, from.uc_stack);
  encodeSigcontext(view, at + 40, from.uc_mcontext);
  view.setUint32(at + 296, from.uc_sigmask_lo, true);
  view.setUint32(at + 300, from.uc_sigmask_hi, true);
}
export function decodeUcontext(view: DataView, at: number, into: Ucontext): Ucontext {
  into.uc_flags_lo = view.getUint32(at, true);
  into.uc_flags_hi = view.getUint32(at + 4, true);
  into.uc_link = getU64(view, at + 8);
  decodeStackT(view, at + 16, into.uc_stack);
  decodeSigcontext(view, at + 40, into.uc_mcontext);
  into.uc_sigmask_lo = view.getUint32(at + 296, true);
  into.uc_sigmask_hi = view.getUint32(at + 300, true);
  return into;
}

/** struct _fpx_sw_bytes */
export interface FpxSwBytes {
  magic1: number;
  extended_size: number;
  xfeatures_lo: number;
  xfeatures_hi: number;
  xstate_size: number;
}
export const FpxSwBytes = {
  SIZE: 48,
  OFF_magic1: 0,
  OFF_extended_size: 4,
  OFF_xfeatures: 8,
  OFF_xstate_size: 16,
} as const;
export function newFpxSwBytes(): FpxSwBytes {
  return { magic1: 0, extended_size: 0, xfeatures_lo: 0, xfeatures_hi: 0, xstate_size: 0 };
}
export function encodeFpxSwBytes(view: DataView, at: number, from: FpxSwBytes): void {
  view.setUint32(at, from.magic1, true);
  view.setUint32(at + 4, from.extended_size, true);
  view.setUint32(at + 8, from.xfeatures_lo, true);
  view.setUint32(at + 12, from.xfeatures_hi, true);
  view.setUint32(at + 16, from.xstate_size, true);
  zero(view, at + 20, 28);
}
export function decodeFpxSwBytes(view: DataView, at: number, into: FpxSwBytes): FpxSwBytes {
  into.magic1 = view.getUint32(at, true);
  into.extended_size = view.getUint32(at + 4, true);
  into.xfeatures_lo = view.getUint32(at + 8, true);
  into.xfeatures_hi = view.getUint32(at + 12, true);
  into.xstate_size = view.getUint32(at + 16, true);
  return into;
}

/** struct sigevent */
export interface Sigevent {
  sigev_value_lo: number;
  sigev_value_hi: number;
  sigev_signo: number;
  sigev_notify: number;
  sigev_notify_thread_id: number;
}
export const Sigevent = {
  SIZE: 64,
  OFF_sigev_value: 0,
  OFF_sigev_signo: 8,
  OFF_sigev_notify: 12,
  OFF_sigev_notify_thread_id: 16,
} as const;
export function newSigevent(): Sigevent {
  return { sigev_value_lo: 0, sigev_value_hi: 0, sigev_signo: 0, sigev_notify: 0, sigev_notify_thread_id: 0 };
}
export function encodeSigevent(view: DataView, at: number, from: Sigevent): void {
  view.setUint32(at, from.sigev_value_lo, true);
  view.setUint32(at + 4, from.sigev_value_hi, true);
  view.setInt32(at + 8, from.sigev_signo, true);
  view.setInt32(at + 12, from.sigev_notify, true);
  view.setInt32(at + 16, from.sigev_notify_thread_id, true);
  zero(view, at + 20, 44);
}
export function decodeSigevent(view: DataView, at: number, into: Sigevent): Sigevent {
  into.sigev_value_lo = view.getUint32(at, true);
  into.sigev_value_hi = view.getUint32(at + 4, true);
  into.sigev_signo = view.getInt32(at + 8, true);
  into.sigev_notify = view.getInt32(at + 12, true);
  into.sigev_notify_thread_id = view.getInt32(at + 16, true);
  return into;
}

/** struct signalfd_siginfo */
export interface SignalfdSiginfo {
  ssi_signo: number;
  ssi_errno: number;
  ssi_code: number;
  ssi_pid: number;
  ssi_uid: number;
  ssi_fd: number;
  ssi_tid: number;
  ssi_band: number;
  ssi_overrun: number;
  ssi_trapno: number;
  ssi_status: number;
  ssi_int: number;
  ssi_ptr_lo: number;
  ssi_ptr_hi: number;
  ssi_utime: number;
  ssi_stime: number;
  ssi_addr: number;
  ssi_addr_lsb: number;
  ssi_syscall: number;
  ssi_call_addr: number;
  ssi_arch: number;
}
export const SignalfdSiginfo = {
  SIZE: 128,
  OFF_ssi_signo: 0,
  OFF_ssi_errno: 4,
  OFF_ssi_code: 8,
  OFF_ssi_pid: 12,
  OFF_ssi_uid: 16,
  OFF_ssi_fd: 20,
  OFF_ssi_tid: 24,
  OFF_ssi_band: 28,
  OFF_ssi_overrun: 32,
  OFF_ssi_trapno: 36,
  OFF_ssi_status: 40,
  OFF_ssi_int: 44,
  OFF_ssi_ptr: 48,
  OFF_ssi_utime: 56,
  OFF_ssi_stime: 64,
  OFF_ssi_addr: 72,
  OFF_ssi_addr_lsb: 80,
  OFF_ssi_syscall: 84,
  OFF_ssi_call_addr: 88,
  OFF_ssi_arch: 96,
} as const;
export function newSignalfdSiginfo(): SignalfdSiginfo {
  return { ssi_signo: 0, ssi_errno: 0, ssi_code: 0, ssi_pid: 0, ssi_uid: 0, ssi_fd: 0, ssi_tid: 0, ssi_band: 0, ssi_overrun: 0, ssi_trapno: 0, ssi_status: 0, ssi_int: 0, ssi_ptr_lo: 0, ssi_ptr_hi: 0, ssi_utime: 0, ssi_stime: 0, ssi_addr: 0, ssi_addr_lsb: 0, ssi_syscall: 0, ssi_call_addr: 0, ssi_arch: 0 };
}
export function encodeSignalfdSiginfo(view: DataView, at: number, from: SignalfdSiginfo): void {
  view.setUint32(at, from.ssi_signo, true);
  view.setInt32(at + 4, from.ssi_errno, true);
  view.setInt32(at + 8, from.ssi_code, true);
  view.setUint32(at + 12, from.ssi_pid, true);
  view.setUint32(at + 16, from.ssi_uid, true);
  view.setInt32(at + 20, from.ssi_fd, true);
  view.setUint32(at + 24, from.ssi_tid, true);
  view.setUint32(at + 28, from.ssi_band, true);
  view.setUint32(at + 32, from.ssi_overrun, true);
  view.setUint32(at + 36, from.ssi_trapno, true);
  view.setInt32(at + 40, from.ssi_status, true);
  view.setInt32(at + 44, from.ssi_int, true);
  view.setUint32(at + 48, from.ssi_ptr_lo, true);
  view.setUint32(at + 52, from.ssi_ptr_hi, true);
  setU64(view, at + 56, from.ssi_utime);
  setU64(view, at + 64, from.ssi_stime);
  setU64(view, at + 72, from.ssi_addr);
  view.setUint16(at + 80, from.ssi_addr_lsb, true);
  view.setInt32(at + 84, from.ssi_syscall, true);
  setU64(view, at + 88, from.ssi_call_addr);
  view.setUint32(at + 96, from.ssi_arch, true);
  zero(view, at + 82, 2);
  zero(view, at + 100, 28);
}
export function decodeSignalfdSiginfo(view: DataView, at: number, into: SignalfdSiginfo): SignalfdSiginfo {
  into.ssi_signo = view.getUint32(at, true);
  into.ssi_errno = view.getInt32(at + 4, true);
  into.ssi_code = view.getInt32(at + 8, true);
  into.ssi_pid = view.getUint32(at + 12, true);
  into.ssi_uid = view.getUint32(at + 16, true);
  into.ssi_fd = view.getInt32(at + 20, true);
  into.ssi_tid = view.getUint32(at + 24, true);
  into.ssi_band = view.getUint32(at + 28, true);
  into.ssi_overrun = view.getUint32(at + 32, true);
  into.ssi_trapno = view.getUint32(at + 36, true);
  into.ssi_status = view.getInt32(at + 40, true);
  into.ssi_int = view.getInt32(at + 44, true);
  into.ssi_ptr_lo = view.getUint32(at + 48, true);
  into.ssi_ptr_hi = view.getUint32(at + 52, true);
  into.ssi_utime = getU64(view, at + 56);
  into.ssi_stime = getU64(view, at + 64);
  into.ssi_addr = getU64(view, at + 72);
  into.ssi_addr_lsb = view.getUint16(at + 80, true);
  into.ssi_syscall = view.getInt32(at + 84, true);
  into.ssi_call_addr = getU64(view, at + 88);
  into.ssi_arch = view.getUint32(at + 96, true);
  return into;
}

/** struct pollfd */
export interface Pollfd {
  fd: number;
  events: number;
  revents: number;
}
export const Pollfd = {
  SIZE: 8,
  OFF_fd: 0,
  OFF_events: 4,
  OFF_revents: 6,
} as const;
export function newPollfd(): Pollfd {
  return { fd: 0, events: 0, revents: 0 };
}
export function encodePollfd(view: DataView, at: number, from: Pollfd): void {
  view.setInt32(at, from.fd, true);
  view.setUint16(at + 4, from.events, true);
  view.setUint16(at + 6, from.revents, true);
}
export function decodePollfd(view: DataView, at: number, into: Pollfd): Pollfd {
  into.fd = view.getInt32(at, true);
  into.events = view.getUint16(at + 4, true);
  into.revents = view.getUint16(at + 6, true);
  return into;
}

/** struct epoll_event */
export interface EpollEvent {
  events: number;
  data_lo: number;
  data_hi: number;
}
export const EpollEvent = {
  SIZE: 12,
  OFF_events: 0,
  OFF_data: 4,
} as const;
export function newEpollEvent(): EpollEvent {
  return { events: 0, data_lo: 0, data_hi: 0 };
}
export function encodeEpollEvent(view: DataView, at: number, from: EpollEvent): void {
  view.setUint32(at, from.events, true);
  view.setUint32(at + 4, from.data_lo, true);
  view.setUint32(at + 8, from.data_hi, true);
}
export function decodeEpollEvent(view: DataView, at: number, into: EpollEvent): EpollEvent {
  into.events = view.getUint32(at, true);
  into.data_lo = view.getUint32(at + 4, true);
  into.data_hi = view.getUint32(at + 8, true);
  return into;
}

/** struct termios */
export interface Termios {
  c_iflag: number;
  c_oflag: number;
  c_cflag: number;
  c_lflag: number;
  c_line: number;
  c_cc: Uint8Array;
}
export const Termios = {
  SIZE: 36,
  OFF_c_iflag: 0,
  OFF_c_oflag: 4,
  OFF_c_cflag: 8,
  OFF_c_lflag: 12,
  OFF_c_line: 16,
  OFF_c_cc: 17,
} as const;
export function newTermios(): Termios {
  return { c_iflag: 0, c_oflag: 0, c_cflag: 0, c_lflag: 0, c_line: 0, c_cc: new Uint8Array(19) };
}
export function encodeTermios(view: DataView, at: number, from: Termios): void {
  view.setUint32(at, from.c_iflag, true);
  view.setUint32(at + 4, from.c_oflag, true);
  view.setUint32(at + 8, from.c_cflag, true);
  view.setUint32(at + 12, from.c_lflag, true);
  view.setUint8(at + 16, from.c_line);
  setBytes(view, at + 17, 19, from.c_cc);
}
export function decodeTermios(view: DataView, at: number, into: Termios): Termios {
  into.c_iflag = view.getUint32(at, true);
  into.c_oflag = view.getUint32(at + 4, true);
  into.c_cflag = view.getUint32(at + 8, true);
  into.c_lflag = view.getUint32(at + 12, true);
  into.c_line = view.getUint8(at + 16);
  getBytes(view, at + 17, 19, into.c_cc);
  return into;
}

/** struct termios2 */
export interface Termios2 {
  c_iflag: number;
  c_oflag: number;
  c_cflag: number;
  c_lflag: number;
  c_line: number;
  c_cc: Uint8Array;
  c_ispeed: number;
  c_ospeed: number;
}
export const Termios2 = {
  SIZE: 44,
  OFF_c_iflag: 0,
  OFF_c_oflag: 4,
  OFF_c_cflag: 8,
  OFF_c_lflag: 12,
  OFF_c_line: 16,
  OFF_c_cc: 17,
  OFF_c_ispeed: 36,
  OFF_c_ospeed: 40,
} as const;
export function newTermios2(): Termios2 {
  return { c_iflag: 0, c_oflag: 0, c_cflag: 0, c_lflag: 0, c_line: 0, c_cc: new Uint8Array(19), c_ispeed: 0, c_ospeed: 0 };
}
export function encodeTermios2(view: DataView, at: number, from: Termios2): void {
  view.setUint32(at, from.c_iflag, true);
  view.setUint32(at + 4, from.c_oflag, true);
  view.setUint32(at + 8, from.c_cflag, true);
  view.setUint32(at + 12, from.c_lflag, true);
  view.setUint8(at + 16, from.c_line);
  setBytes(view, at + 17, 19, from.c_cc);
  view.setUint32(at + 36, from.c_ispeed, true);
  view.setUint32(at + 40, from.c_ospeed, true);
}
export function decodeTermios2(view: DataView, at: number, into: Termios2): Termios2 {
  into.c_iflag = view.getUint32(at, true);
  into.c_oflag = view.getUint32(at + 4, true);
  into.c_cflag = view.getUint32(at + 8, true);
  into.c_lflag = view.getUint32(at + 12, true);
  into.c_line = view.getUint8(at + 16);
  getBytes(view, at + 17, 19, into.c_cc);
  into.c_ispeed = view.getUint32(at + 36, true);
  into.c_ospeed = view.getUint32(at + 40, true);
  return into;
}

/** struct termio */
export interface Termio {
  c_iflag: number;
  c_oflag: number;
  c_cflag: number;
  c_lflag: number;
  c_line: number;
  c_cc: Uint8Array;
}
export const Termio = {
  SIZE: 18,
  OFF_c_iflag: 0,
  OFF_c_oflag: 2,
  OFF_c_cflag: 4,
  OFF_c_lflag: 6,
  OFF_c_line: 8,
  OFF_c_cc: 9,
} as const;
export function newTermio(): Termio {
  return { c_iflag: 0, c_oflag: 0, c_cflag: 0, c_lflag: 0, c_line: 0, c_cc: new Uint8Array(8) };
}
export function encodeTermio(view: DataView, at: number, from: Termio): void {
  view.setUint16(at, from.c_iflag, true);
  view.setUint16(at + 2, from.c_oflag, true);
  view.setUint16(at + 4, from.c_cflag, true);
  view.setUint16(at + 6, from.c_lflag, true);
  view.setUint8(at + 8, from.c_line);
  setBytes(view, at + 9, 8, from.c_cc);
  zero(view, at + 17, 1);
}
export function decodeTermio(view: DataView, at: number, into: Termio): Termio {
  into.c_iflag = view.getUint16(at, true);
  into.c_oflag = view.getUint16(at + 2, true);
  into.c_cflag = view.getUint16(at + 4, true);
  into.c_lflag = view.getUint16(at + 6, true);
  into.c_line = view.getUint8(at + 8);
  getBytes(view, at + 9, 8, into.c_cc);
  return into;
}

/** struct winsize */
export interface Winsize {
  ws_row: number;
  ws_col: number;
  ws_xpixel: number;
  ws_ypixel: number;
}
export const Winsize = {
  SIZE: 8,
  OFF_ws_row: 0,
  OFF_ws_col: 2,
  OFF_ws_xpixel: 4,
  OFF_ws_ypixel: 6,
} as const;
export function newWinsize(): Winsize {
  return { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
}
export function encodeWinsize(view: DataView, at: number, from: Winsize): void {
  view.setUint16(at, from.ws_row, true);
  view.setUint16(at + 2, from.ws_col, true);
  view.setUint16(at + 4, from.ws_xpixel, true);
  view.setUint16(at + 6, from.ws_ypixel, true);
}
export function decodeWinsize(view: DataView, at: number, into: Winsize): Winsize {
  into.ws_row = view.getUint16(at, true);
  into.ws_col = view.getUint16(at + 2, true);
  into.ws_xpixel = view.getUint16(at + 4, true);
  into.ws_ypixel = view.getUint16(at + 6, true);
  return into;
}

/** struct msghdr */
export interface Msghdr {
  msg_name: number;
  msg_namelen: number;
  msg_iov: number;
  msg_iovlen: number;
  msg_control: number;
  msg_controllen: number;
  msg_flags: number;
}
export const Msghdr = {
  SIZE: 56,
  OFF_msg_name: 0,
  OFF_msg_namelen: 8,
  OFF_msg_iov: 16,
  OFF_msg_iovlen: 24,
  OFF_msg_control: 32,
  OFF_msg_controllen: 40,
  OFF_msg_flags: 48,
} as const;
export function newMsghdr(): Msghdr {
  return { msg_name: 0, msg_namelen: 0, msg_iov: 0, msg_iovlen: 0, msg_control: 0, msg_controllen: 0, msg_flags: 0 };
}
export function encodeMsghdr(view: DataView, at: number, from: Msghdr): void {
  setU64(view, at, from.msg_name);
  view.setUint32(at + 8, from.msg_namelen, true);
  setU64(view, at + 16, from.msg_iov);
  setU64(view, at + 24, from.msg_iovlen);
  setU64(view, at + 32, from.msg_control);
  setU64(view, at + 40, from.msg_controllen);
  view.setUint32(at + 48, from.msg_flags, true);
  zero(view, at + 12, 4);
  zero(view, at + 52, 4);
}
export function decodeMsghdr(view: DataView, at: number, into: Msghdr): Msghdr {
  into.msg_name = getU64(view, at);
  into.msg_namelen = view.getUint32(at + 8, true);
  into.msg_iov = getU64(view, at + 16);
  into.msg_iovlen = getU64(view, at + 24);
  into.msg_control = getU64(view, at + 32);
  into.msg_controllen = getU64(view, at + 40);
  into.msg_flags = view.getUint32(at + 48, true);
  return into;
}

/** struct mmsghdr */
export interface Mmsghdr {
  msg_hdr: Msghdr;
  msg_len: number;
}
export const Mmsghdr = {
  SIZE: 64,
  OFF_msg_hdr: 0,
  OFF_msg_len: 56,
} as const;
export function newMmsghdr(): Mmsghdr {
  return { msg_hdr: newMsghdr(), msg_len: 0 };
}
export function encodeMmsghdr(view: DataView, at: number, from: Mmsghdr): void {
  encodeMsghdr(view, at, from.msg_hdr);
  view.setUint32(at + 56, from.msg_len, true);
  zero(view, at + 60, 4);
}
export function decodeMmsghdr(view: DataView, at: number, into: Mmsghdr): Mmsghdr {
  decodeMsghdr(view, at, into.msg_hdr);
  into.msg_len = view.getUint32(at + 56, true);
  return into;
}

/** struct cmsghdr */
export interface Cmsghdr {
  cmsg_len: number;
  cmsg_level: number;
  cmsg_type: number;
}
export const Cmsghdr = {
  SIZE: 16,
  OFF_cmsg_len: 0,
  OFF_cmsg_level: 8,
  OFF_cmsg_type: 12,
} as const;
export function newCmsghdr(): Cmsghdr {
  return { cmsg_len: 0, cmsg_level: 0, cmsg_type: 0 };
}
export function encodeCmsghdr(view: DataView, at: number, from: Cmsghdr): void {
  setU64(view, at, from.cmsg_len);
  view.setInt32(at + 8, from.cmsg_level, true);
  view.setInt32(at + 12, from.cmsg_type, true);
}
export function decodeCmsghdr(view: DataView, at: number, into: Cmsghdr): Cmsghdr {
  into.cmsg_len = getU64(view, at);
  into.cmsg_level = view.getInt32(at + 8, true);
  into.cmsg_type = view.getInt32(at + 12, true);
  return into;
}

/** struct sockaddr_un */
export interface SockaddrUn {
  sun_family: number;
  sun_path: Uint8Array;
}
export const SockaddrUn = {
  SIZE: 110,
  OFF_sun_family: 0,
  OFF_sun_path: 2,
} as const;
export function newSockaddrUn(): SockaddrUn {
  return { sun_family: 0, sun_path: new Uint8Array(108) };
}
export function encodeSockaddrUn(view: DataView, at: number, from: SockaddrUn): void {
  view.setUint16(at, from.sun_family, true);
  setBytes(view, at + 2, 108, from.sun_path);
}
export function decodeSockaddrUn(view: DataView, at: number, into: SockaddrUn): SockaddrUn {
  into.sun_family = view.getUint16(at, true);
  getBytes(view, at + 2, 108, into.sun_path);
  return into;
}

/** struct sockaddr_in */
export interface SockaddrIn {
  sin_family: number;
  sin_port: number;
  sin_addr: number;
}
export const SockaddrIn = {
  SIZE: 16,
  OFF_sin_family: 0,
  OFF_sin_port: 2,
  OFF_sin_addr: 4,
} as const;
export function newSockaddrIn(): SockaddrIn {
  return { sin_family: 0, sin_port: 0, sin_addr: 0 };
}
export function encodeSockaddrIn(view: DataView, at: number, from: SockaddrIn): void {
  view.setUint16(at, from.sin_family, true);
  view.setUint16(at + 2, from.sin_port, false);
  view.setUint32(at + 4, from.sin_addr, false);
  zero(view, at + 8, 8);
}
export function decodeSockaddrIn(view: DataView, at: number, into: SockaddrIn): SockaddrIn {
  into.sin_family = view.getUint16(at, true);
  into.sin_port = view.getUint16(at + 2, false);
  into.sin_addr = view.getUint32(at + 4, false);
  return into;
}

/** struct sockaddr_in6 */
export interface SockaddrIn6 {
  sin6_family: number;
  sin6_port: number;
  sin6_flowinfo: number;
  sin6_addr: Uint8Array;
  sin6_scope_id: number;
}
export const SockaddrIn6 = {
  SIZE: 28,
  OFF_sin6_family: 0,
  OFF_sin6_port: 2,
  OFF_sin6_flowinfo: 4,
  OFF_sin6_addr: 8,
  OFF_sin6_scope_id: 24,
} as const;
export function newSockaddrIn6(): SockaddrIn6 {
  return { sin6_family: 0, sin6_port: 0, sin6_flowinfo: 0, sin6_addr: new Uint8Array(16), sin6_scope_id: 0 };
}
export function encodeSockaddrIn6(view: DataView, at: number, from: SockaddrIn6): void {
  view.setUint16(at, from.sin6_family, true);
  view.setUint16(at + 2, from.sin6_port, false);
  view.setUint32(at + 4, from.sin6_flowinfo, false);
  setBytes(view, at + 8, 16, from.sin6_addr);
  view.setUint32(at + 24, from.sin6_scope_id, true);
}
export function decodeSockaddrIn6(view: DataView, at: number, into: SockaddrIn6): SockaddrIn6 {
  into.sin6_family = view.getUint16(at, true);
  into.sin6_port = view.getUint16(at + 2, false);
  into.sin6_flowinfo = view.getUint32(at + 4, false);
  getBytes(view, at + 8, 16, into.sin6_addr);
  into.sin6_scope_id = view.getUint32(at + 24, true);
  return into;
}

/** struct sockaddr_nl */
export interface SockaddrNl {
  nl_family: number;
  nl_pid: number;
  nl_groups: number;
}
export const SockaddrNl = {
  SIZE: 12,
  OFF_nl_family: 0,
  OFF_nl_pid: 4,
  OFF_nl_groups: 8,
} as const;
export function newSockaddrNl(): SockaddrNl {
  return { nl_family: 0, nl_pid: 0, nl_groups: 0 };
}
export function encodeSockaddrNl(view: DataView, at: number, from: SockaddrNl): void {
  view.setUint16(at, from.nl_family, true);
  view.setUint32(at + 4, from.nl_pid, true);
  view.setUint32(at + 8, from.nl_groups, true);
  zero(view, at + 2, 2);
}
export function decodeSockaddrNl(view: DataView, at: number, into: SockaddrNl): SockaddrNl {
  into.nl_family = view.getUint16(at, true);
  into.nl_pid = view.getUint32(at + 4, true);
  into.nl_groups = view.getUint32(at + 8, true);
  return into;
}

/** struct sockaddr_ll */
export interface SockaddrLl {
  sll_family: number;
  sll_protocol: number;
  sll_ifindex: number;
  sll_hatype: number;
  sll_pkttype: number;
  sll_halen: number;
  sll_addr: Uint8Array;
}
export const SockaddrLl = {
  SIZE: 20,
  OFF_sll_family: 0,
  OFF_sll_protocol: 2,
  OFF_sll_ifindex: 4,
  OFF_sll_hatype: 8,
  OFF_sll_pkttype: 10,
  OFF_sll_halen: 11,
  OFF_sll_addr: 12,
} as const;
export function newSockaddrLl(): SockaddrLl {
  return { sll_family: 0, sll_protocol: 0, sll_ifindex: 0, sll_hatype: 0, sll_pkttype: 0, sll_halen: 0, sll_addr: new Uint8Array(8) };
}
export function encodeSockaddrLl(view: DataView, at: number, from: SockaddrLl): void {
  view.setUint16(at, from.sll_family, true);
  view.setUint16(at + 2, from.sll_protocol, false);
  view.setInt32(at + 4, from.sll_ifindex, true);
  view.setUint16(at + 8, from.sll_hatype, true);
  view.setUint8(at + 10, from.sll_pkttype);
  view.setUint8(at + 11, from.sll_halen);
  setBytes(view, at + 12, 8, from.sll_addr);
}
export function decodeSockaddrLl(view: DataView, at: number, into: SockaddrLl): SockaddrLl {
  into.sll_family = view.getUint16(at, true);
  into.sll_protocol = view.getUint16(at + 2, false);
  into.sll_ifindex = view.getInt32(at + 4, true);
  into.sll_hatype = view.getUint16(at + 8, true);
  into.sll_pkttype = view.getUint8(at + 10);
  into.sll_halen = view.getUint8(at + 11);
  getBytes(view, at + 12, 8, into.sll_addr);
  return into;
}

/** struct ucred */
export interface Ucred {
  pid: number;
  uid: number;
  gid: number;
}
export const Ucred = {
  SIZE: 12,
  OFF_pid: 0,
  OFF_uid: 4,
  OFF_gid: 8,
} as const;
export function newUcred(): Ucred {
  return { pid: 0, uid: 0, gid: 0 };
}
export function encodeUcred(view: DataView, at: number, from: Ucred): void {
  view.setInt32(at, from.pid, true);
  view.setUint32(at + 4, from.uid, true);
  view.setUint32(at + 8, from.gid, true);
}
export function decodeUcred(view: DataView, at: number, into: Ucred): Ucred {
  into.pid = view.getInt32(at, true);
  into.uid = view.getUint32(at + 4, true);
  into.gid = view.getUint32(at + 8, true);
  return into;
}

/** struct linger */
export interface Linger {
  l_onoff: number;
  l_linger: number;
}
export const Linger = {
  SIZE: 8,
  OFF_l_onoff: 0,
  OFF_l_linger: 4,
} as const;
export function newLinger(): Linger {
  return { l_onoff: 0, l_linger: 0 };
}
export function encodeLinger(view: DataView, at: number, from: Linger): void {
  view.setInt32(at, from.l_onoff, true);
  view.setInt32(at + 4, from.l_linger, true);
}
export function decodeLinger(view: DataView, at: number, into: Linger): Linger {
  into.l_onoff = view.getInt32(at, true);
  into.l_linger = view.getInt32(at + 4, true);
  return into;
}

/** struct ip_mreqn */
export interface IpMreqn {
  imr_multiaddr: number;
  imr_address: number;
  imr_ifindex: number;
}
export const IpMreqn = {
  SIZE: 12,
  OFF_imr_multiaddr: 0,
  OFF_imr_address: 4,
  OFF_imr_ifindex: 8,
} as const;
export function newIpMreqn(): IpMreqn {
  return { imr_multiaddr: 0, imr_address: 0, imr_ifindex: 0 };
}
export function encodeIpMreqn(view: DataView, at: number, from: IpMreqn): void {
  view.setUint32(at, from.imr_multiaddr, false);
  view.setUint32(at + 4, from.imr_address, false);
  view.setInt32(at + 8, from.imr_ifindex, true);
}
export function decodeIpMreqn(view: DataView, at: number, into: IpMreqn): IpMreqn {
  into.imr_multiaddr = view.getUint32(at, false);
  into.imr_address = view.getUint32(at + 4, false);
  into.imr_ifindex = view.getInt32(at + 8, true);
  return into;
}

/** struct in_pktinfo */
export interface InPktinfo {
  ipi_ifindex: number;
  ipi_spec_dst: number;
  ipi_addr: number;
}
export const InPktinfo = {
  SIZE: 12,
  OFF_ipi_ifindex: 0,
  OFF_ipi_spec_dst: 4,
  OFF_ipi_addr: 8,
} as const;
export function newInPktinfo(): InPktinfo {
  return { ipi_ifindex: 0, ipi_spec_dst: 0, ipi_addr: 0 };
}
export function encodeInPktinfo(view: DataView, at: number, from: InPktinfo): void {
  view.setInt32(at, from.ipi_ifindex, true);
  view.setUint32(at + 4, from.ipi_spec_dst, false);
  view.setUint32(at + 8, from.ipi_addr, false);
}
export function decodeInPktinfo(view: DataView, at: number, into: InPktinfo): InPktinfo {
  into.ipi_ifindex = view.getInt32(at, true);
  into.ipi_spec_dst = view.getUint32(at + 4, false);
  into.ipi_addr = view.getUint32(at + 8, false);
  return into;
}

/** struct in6_pktinfo */
export interface In6Pktinfo {
  ipi6_addr: Uint8Array;
  ipi6_ifindex: number;
}
export const In6Pktinfo = {
  SIZE: 20,
  OFF_ipi6_addr: 0,
  OFF_ipi6_ifindex: 16,
} as const;
export function newIn6Pktinfo(): In6Pktinfo {
  return { ipi6_addr: new Uint8Array(16), ipi6_ifindex: 0 };
}
export function encodeIn6Pktinfo(view: DataView, at: number, from: In6Pktinfo): void {
  setBytes(view, at, 16, from.ipi6_addr);
  view.setUint32(at + 16, from.ipi6_ifindex, true);
}
export function decodeIn6Pktinfo(view: DataView, at: number, into: In6Pktinfo): In6Pktinfo {
  getBytes(view, at, 16, into.ipi6_addr);
  into.ipi6_ifindex = view.getUint32(at + 16, true);
  return into;
}

/** struct ipv6_mreq */
export interface Ipv6Mreq {
  ipv6mr_multiaddr: Uint8Array;
  ipv6mr_interface: number;
}
export const Ipv6Mreq = {
  SIZE: 20,
  OFF_ipv6mr_multiaddr: 0,
  OFF_ipv6mr_interface: 16,
} as const;
export function newIpv6Mreq(): Ipv6Mreq {
  return { ipv6mr_multiaddr: new Uint8Array(16), ipv6mr_interface: 0 };
}
export function encodeIpv6Mreq(view: DataView, at: number, from: Ipv6Mreq): void {
  setBytes(view, at, 16, from.ipv6mr_multiaddr);
  view.setUint32(at + 16, from.ipv6mr_interface, true);
}
export function decodeIpv6Mreq(view: DataView, at: number, into: Ipv6Mreq): Ipv6Mreq {
  getBytes(view, at, 16, into.ipv6mr_multiaddr);
  into.ipv6mr_interface = view.getUint32(at + 16, true);
  return into;
}

/** struct ifreq */
export interface Ifreq {
  ifr_name: string;
  ifr_ifru: Uint8Array;
}
export const Ifreq = {
  SIZE: 40,
  OFF_ifr_name: 0,
  OFF_ifr_ifru: 16,
} as const;
export function newIfreq(): Ifreq {
  return { ifr_name: '', ifr_ifru: new Uint8Array(24) };
}
export function encodeIfreq(view: DataView, at: number, from: Ifreq): void {
  setChars(view, at, 16, from.ifr_name);
  setBytes(view, at + 16, 24, from.ifr_ifru);
}
export function decodeIfreq(view: DataView, at: number, into: Ifreq): Ifreq {
  into.ifr_name = getChars(view, at, 16);
  getBytes(view, at + 16, 24, into.ifr_ifru);
  return into;
}

/** struct ifconf */
export interface Ifconf {
  ifc_len: number;
  ifc_buf: number;
}
export const Ifconf = {
  SIZE: 16,
  OFF_ifc_len: 0,
  OFF_ifc_buf: 8,
} as const;
export function newIfconf(): Ifconf {
  return { ifc_len: 0, ifc_buf: 0 };
}
export function encodeIfconf(view: DataView, at: number, from: Ifconf): void {
  view.setInt32(at, from.ifc_len, true);
  setU64(view, at + 8, from.ifc_buf);
  zero(view, at + 4, 4);
}
export function decodeIfconf(view: DataView, at: number, into: Ifconf): Ifconf {
  into.ifc_len = view.getInt32(at, true);
  into.ifc_buf = getU64(view, at + 8);
  return into;
}

/** struct nlmsghdr */
export interface Nlmsghdr {
  nlmsg_len: number;
  nlmsg_type: number;
  nlmsg_flags: number;
  nlmsg_seq: number;
  nlmsg_pid: number;
}
export const Nlmsghdr = {
  SIZE: 16,
  OFF_nlmsg_len: 0,
  OFF_nlmsg_type: 4,
  OFF_nlmsg_flags: 6,
  OFF_nlmsg_seq: 8,
  OFF_nlmsg_pid: 12,
} as const;
export function newNlmsghdr(): Nlmsghdr {
  return { nlmsg_len: 0, nlmsg_type: 0, nlmsg_flags: 0, nlmsg_seq: 0, nlmsg_pid: 0 };
}
export function encodeNlmsghdr(view: DataView, at: number, from: Nlmsghdr): void {
  view.setUint32(at, from.nlmsg_len, true);
  view.setUint16(at + 4, from.nlmsg_type, true);
  view.setUint16(at + 6, from.nlmsg_flags, true);
  view.setUint32(at + 8, from.nlmsg_seq, true);
  view.setUint32(at + 12, from.nlmsg_pid, true);
}
export function decodeNlmsghdr(view: DataView, at: number, into: Nlmsghdr): Nlmsghdr {
  into.nlmsg_len = view.getUint32(at, true);
  into.nlmsg_type = view.getUint16(at + 4, true);
  into.nlmsg_flags = view.getUint16(at + 6, true);
  into.nlmsg_seq = view.getUint32(at + 8, true);
  into.nlmsg_pid = view.getUint32(at + 12, true);
  return into;
}

/** struct nlmsgerr */
export interface Nlmsgerr {
  error: number;
  msg: Nlmsghdr;
}
export const Nlmsgerr = {
  SIZE: 20,
  OFF_error: 0,
  OFF_msg: 4,
} as const;
export function newNlmsgerr(): Nlmsgerr {
  return { error: 0, msg: newNlmsghdr() };
}
export function encodeNlmsgerr(view: DataView, at: number, from: Nlmsgerr): void {
  view.setInt32(at, from.error, true);
  encodeNlmsghdr(view, at + 4, from.msg);
}
export function decodeNlmsgerr(view: DataView, at: number, into: Nlmsgerr): Nlmsgerr {
  into.error = view.getInt32(at, true);
  decodeNlmsghdr(view, at + 4, into.msg);
  return into;
}

/** struct nlattr */
export interface Nlattr {
  nla_len: number;
  nla_type: number;
}
export const Nlattr = {
  SIZE: 4,
  OFF_nla_len: 0,
  OFF_nla_type: 2,
} as const;
export function newNlattr(): Nlattr {
  return { nla_len: 0, nla_type: 0 };
}
export function encodeNlattr(view: DataView, at: number, from: Nlattr): void {
  view.setUint16(at, from.nla_len, true);
  view.setUint16(at + 2, from.nla_type, true);
}
export function decodeNlattr(view: DataView, at: number, into: Nlattr): Nlattr {
  into.nla_len = view.getUint16(at, true);
  into.nla_type = view.getUint16(at + 2, true);
  return into;
}

/** struct rtgenmsg */
export interface Rtgenmsg {
  rtgen_family: number;
}
export const Rtgenmsg = {
  SIZE: 1,
  OFF_rtgen_family: 0,
} as const;
export function newRtgenmsg(): Rtgenmsg {
  return { rtgen_family: 0 };
}
export function encodeRtgenmsg(view: DataView, at: number, from: Rtgenmsg): void {
  view.setUint8(at, from.rtgen_family);
}
export function decodeRtgenmsg(view: DataView, at: number, into: Rtgenmsg): Rtgenmsg {
  into.rtgen_family = view.getUint8(at);
  return into;
}

/** struct ifinfomsg */
export interface Ifinfomsg {
  ifi_family: number;
  ifi_type: number;
  ifi_index: number;
  ifi_flags: number;
  ifi_change: number;
}
export const Ifinfomsg = {
  SIZE: 16,
  OFF_ifi_family: 0,
  OFF_ifi_type: 2,
  OFF_ifi_index: 4,
  OFF_ifi_flags: 8,
  OFF_ifi_change: 12,
} as const;
export function newIfinfomsg(): Ifinfomsg {
  return { ifi_family: 0, ifi_type: 0, ifi_index: 0, ifi_flags: 0, ifi_change: 0 };
}
export function encodeIfinfomsg(view: DataView, at: number, from: Ifinfomsg): void {
  view.setUint8(at, from.ifi_family);
  view.setUint16(at + 2, from.ifi_type, true);
  view.setInt32(at + 4, from.ifi_index, true);
  view.setUint32(at + 8, from.ifi_flags, true);
  view.setUint32(at + 12, from.ifi_change, true);
  zero(view, at + 1, 1);
}
export function decodeIfinfomsg(view: DataView, at: number, into: Ifinfomsg): Ifinfomsg {
  into.ifi_family = view.getUint8(at);
  into.ifi_type = view.getUint16(at + 2, true);
  into.ifi_index = view.getInt32(at + 4, true);
  into.ifi_flags = view.getUint32(at + 8, true);
  into.ifi_change = view.getUint32(at + 12, true);
  return into;
}

/** struct ifaddrmsg */
export interface Ifaddrmsg {
  ifa_family: number;
  ifa_prefixlen: number;
  ifa_flags: number;
  ifa_scope: number;
  ifa_index: number;
}
export const Ifaddrmsg = {
  SIZE: 8,
  OFF_ifa_family: 0,
  OFF_ifa_prefixlen: 1,
  OFF_ifa_flags: 2,
  OFF_ifa_scope: 3,
  OFF_ifa_index: 4,
} as const;
export function newIfaddrmsg(): Ifaddrmsg {
  return { ifa_family: 0, ifa_prefixlen: 0, ifa_flags: 0, ifa_scope: 0, ifa_index: 0 };
}
export function encodeIfaddrmsg(view: DataView, at: number, from: Ifaddrmsg): void {
  view.setUint8(at, from.ifa_family);
  view.setUint8(at + 1, from.ifa_prefixlen);
  view.setUint8(at + 2, from.ifa_flags);
  view.setUint8(at + 3, from.ifa_scope);
  view.setUint32(at + 4, from.ifa_index, true);
}
export function decodeIfaddrmsg(view: DataView, at: number, into: Ifaddrmsg): Ifaddrmsg {
  into.ifa_family = view.getUint8(at);
  into.ifa_prefixlen = view.getUint8(at + 1);
  into.ifa_flags = view.getUint8(at + 2);
  into.ifa_scope = view.getUint8(at + 3);
  into.ifa_index = view.getUint32(at + 4, true);
  return into;
}

/** struct ifa_cacheinfo */
export interface IfaCacheinfo {
  ifa_prefered: number;
  ifa_valid: number;
  cstamp: number;
  tstamp: number;
}
export const IfaCacheinfo = {
  SIZE: 16,
  OFF_ifa_prefered: 0,
  OFF_ifa_valid: 4,
  OFF_cstamp: 8,
  OFF_tstamp: 12,
} as const;
export function newIfaCacheinfo(): IfaCacheinfo {
  return { ifa_prefered: 0, ifa_valid: 0, cstamp: 0, tstamp: 0 };
}
export function encodeIfaCacheinfo(view: DataView, at: number, from: IfaCacheinfo): void {
  view.setUint32(at, from.ifa_prefered, true);
  view.setUint32(at + 4, from.ifa_valid, true);
  view.setUint32(at + 8, from.cstamp, true);
  view.setUint32(at + 12, from.tstamp, true);
}
export function decodeIfaCacheinfo(view: DataView, at: number, into: IfaCacheinfo): IfaCacheinfo {
  into.ifa_prefered = view.getUint32(at, true);
  into.ifa_valid = view.getUint32(at + 4, true);
  into.cstamp = view.getUint32(at + 8, true);
  into.tstamp = view.getUint32(at + 12, true);
  return into;
}

/** struct rtmsg */
export interface Rtmsg {
  rtm_family: number;
  rtm_dst_len: number;
  rtm_src_len: number;
  rtm_tos: number;
  rtm_table: number;
  rtm_protocol: number;
  rtm_scope: number;
  rtm_type: number;
  rtm_flags: number;
}
export const Rtmsg = {
  SIZE: 12,
  OFF_rtm_family: 0,
  OFF_rtm_dst_len: 1,
  OFF_rtm_src_len: 2,
  OFF_rtm_tos: 3,
  OFF_rtm_table: 4,
  OFF_rtm_protocol: 5,
  OFF_rtm_scope: 6,
  OFF_rtm_type: 7,
  OFF_rtm_flags: 8,
} as const;
export function newRtmsg(): Rtmsg {
  return { rtm_family: 0, rtm_dst_len: 0, rtm_src_len: 0, rtm_tos: 0, rtm_table: 0, rtm_protocol: 0, rtm_scope: 0, rtm_type: 0, rtm_flags: 0 };
}
export function encodeRtmsg(view: DataView, at: number, from: Rtmsg): void {
  view.setUint8(at, from.rtm_family);
  view.setUint8(at + 1, from.rtm_dst_len);
  view.setUint8(at + 2, from.rtm_src_len);
  view.setUint8(at + 3, from.rtm_tos);
  view.setUint8(at + 4, from.rtm_table);
  view.setUint8(at + 5, from.rtm_protocol);
  view.setUint8(at + 6, from.rtm_scope);
  view.setUint8(at + 7, from.rtm_type);
  view.setUint32(at + 8, from.rtm_flags, true);
}
export function decodeRtmsg(view: DataView, at: number, into: Rtmsg): Rtmsg {
  into.rtm_family = view.getUint8(at);
  into.rtm_dst_len = view.getUint8(at + 1);
  into.rtm_src_len = view.getUint8(at + 2);
  into.rtm_tos = view.getUint8(at + 3);
  into.rtm_table = view.getUint8(at + 4);
  into.rtm_protocol = view.getUint8(at + 5);
  into.rtm_scope = view.getUint8(at + 6);
  into.rtm_type = view.getUint8(at + 7);
  into.rtm_flags = view.getUint32(at + 8, true);
  return into;
}

/** struct ndmsg */
export interface Ndmsg {
  ndm_family: number;
  ndm_ifindex: number;
  ndm_state: number;
  ndm_flags: number;
  ndm_type: number;
}
export const Ndmsg = {
  SIZE: 12,
  OFF_ndm_family: 0,
  OFF_ndm_ifindex: 4,
  OFF_ndm_state: 8,
  OFF_ndm_flags: 10,
  OFF_ndm_type: 11,
} as const;
export function newNdmsg(): Ndmsg {
  return { ndm_family: 0, ndm_ifindex: 0, ndm_state: 0, ndm_flags: 0, ndm_type: 0 };
}
export function encodeNdmsg(view: DataView, at: number, from: Ndmsg): void {
  view.setUint8(at, from.ndm_family);
  view.setInt32(at + 4, from.ndm_ifindex, true);
  view.setUint16(at + 8, from.ndm_state, true);
  view.setUint8(at + 10, from.ndm_flags);
  view.setUint8(at + 11, from.ndm_type);
  zero(view, at + 1, 3);
}
export function decodeNdmsg(view: DataView, at: number, into: Ndmsg): Ndmsg {
  into.ndm_family = view.getUint8(at);
  into.ndm_ifindex = view.getInt32(at + 4, true);
  into.ndm_state = view.getUint16(at + 8, true);
  into.ndm_flags = view.getUint8(at + 10);
  into.ndm_type = view.getUint8(at + 11);
  return into;
}

/** struct rtnl_link_stats64 */
export interface RtnlLinkStats64 {
  rx_packets: number;
  tx_packets: number;
  rx_bytes: number;
  tx_bytes: number;
  rx_errors: number;
  tx_errors: number;
  rx_dropped: number;
  tx_dropped: number;
  multicast: number;
  collisions: number;
  rx_length_errors: number;
  rx_over_errors: number;
  rx_crc_errors: number;
  rx_frame_errors: number;
  rx_fifo_errors: number;
  rx_missed_errors: number;
  tx_aborted_errors: number;
  tx_carrier_errors: number;
  tx_fifo_errors: number;
  tx_heartbeat_errors: number;
  tx_window_errors: number;
  rx_compressed: number;
  tx_compressed: number;
  rx_nohandler: number;
  rx_otherhost_dropped: number;
}
export const RtnlLinkStats64 = {
  SIZE: 200,
  OFF_rx_packets: 0,
  OFF_tx_packets: 8,
  OFF_rx_bytes: 16,
  OFF_tx_bytes: 24,
  OFF_rx_errors: 32,
  OFF_tx_errors: 40,
  OFF_rx_dropped: 48,
  OFF_tx_dropped: 56,
  OFF_multicast: 64,
  OFF_collisions: 72,
  OFF_rx_length_errors: 80,
  OFF_rx_over_errors: 88,
  OFF_rx_crc_errors: 96,
  OFF_rx_frame_errors: 104,
  OFF_rx_fifo_errors: 112,
  OFF_rx_missed_errors: 120,
  OFF_tx_aborted_errors: 128,
  OFF_tx_carrier_errors: 136,
  OFF_tx_fifo_errors: 144,
  OFF_tx_heartbeat_errors: 152,
  OFF_tx_window_errors: 160,
  OFF_rx_compressed: 168,
  OFF_tx_compressed: 176,
  OFF_rx_nohandler: 184,
  OFF_rx_otherhost_dropped: 192,
} as const;
export function newRtnlLinkStats64(): RtnlLinkStats64 {
  return { rx_packets: 0, tx_packets: 0, rx_bytes: 0, tx_bytes: 0, rx_errors: 0, tx_errors: 0, rx_dropped: 0, tx_dropped: 0, multicast: 0, collisions: 0, rx_length_errors: 0, rx_over_errors: 0, rx_crc_errors: 0, rx_frame_errors: 0, rx_fifo_errors: 0, rx_missed_errors: 0, tx_aborted_errors: 0, tx_carrier_errors: 0, tx_fifo_errors: 0, tx_heartbeat_errors: 0, tx_window_errors: 0, rx_compressed: 0, tx_compressed: 0, rx_nohandler: 0, rx_otherhost_dropped: 0 };
}
export function encodeRtnlLinkStats64(view: DataView, at: number, from: RtnlLinkStats64): void {
  setU64(view, at, from.rx_packets);
  setU64(view, at + 8, from.tx_packets);
  setU64(view, at + 16, from.rx_bytes);
  setU64(view, at + 24, from.tx_bytes);
  setU64(view, at + 32, from.rx_errors);
  setU64(view, at + 40, from.tx_errors);
  setU64(view, at + 48, from.rx_dropped);
  setU64(view, at + 56, from.tx_dropped);
  setU64(view, at + 64, from.multicast);
  setU64(view, at + 72, from.collisions);
  setU64(view, at + 80, from.rx_length_errors);
  setU64(view, at + 88, from.rx_over_errors);
  setU64(view, at + 96, from.rx_crc_errors);
  setU64(view, at + 104, from.rx_frame_errors);
  setU64(view, at + 112, from.rx_fifo_errors);
  setU64(view, at + 120, from.rx_missed_errors);
  setU64(view, at + 128, from.tx_aborted_errors);
  setU64(view, at + 136, from.tx_carrier_errors);
  setU64(view, at + 144, from.tx_fifo_errors);
  setU64(view, at + 152, from.tx_heartbeat_errors);
  setU64(view, at + 160, from.tx_window_errors);
  setU64(view, at + 168, from.rx_compressed);
  setU64(view, at + 176, from.tx_compressed);
  setU64(view, at + 184, from.rx_nohandler);
  setU64(view, at + 192, from.rx_otherhost_dropped);
}
export function decodeRtnlLinkStats64(view: DataView, at: number, into: RtnlLinkStats64): RtnlLinkStats64 {
  into.rx_packets = getU64(view, at);
  into.tx_packets = getU64(view, at + 8);
  into.rx_bytes = getU64(view, at + 16);
  into.tx_bytes = getU64(view, at + 24);
  into.rx_errors = getU64(view, at + 32);
  into.tx_errors = getU64(view, at + 40);
  into.rx_dropped = getU64(view, at + 48);
  into.tx_dropped = getU64(view, at + 56);
  into.multicast = getU64(view, at + 64);
  into.collisions = getU64(view, at + 72);
  into.rx_length_errors = getU64(view, at + 80);
  into.rx_over_errors = getU64(view, at + 88);
  into.rx_crc_errors = getU64(view, at + 96);
  into.rx_frame_errors = getU64(view, at + 104);
  into.rx_fifo_errors = getU64(view, at + 112);
  into.rx_missed_errors = getU64(view, at + 120);
  into.tx_aborted_errors = getU64(view, at + 128);
  into.tx_carrier_errors = getU64(view, at + 136);
  into.tx_fifo_errors = getU64(view, at + 144);
  into.tx_heartbeat_errors = getU64(view, at + 152);
  into.tx_window_errors = getU64(view, at + 160);
  into.rx_compressed = getU64(view, at + 168);
  into.tx_compressed = getU64(view, at + 176);
  into.rx_nohandler = getU64(view, at + 184);
  into.rx_otherhost_dropped = getU64(view, at + 192);
  return into;
}

/** struct ipc64_perm */
export interface Ipc64Perm {
  key: number;
  uid: number;
  gid: number;
  cuid: number;
  cgid: number;
  mode: number;
  seq: number;
}
export const Ipc64Perm = {
  SIZE: 48,
  OFF_key: 0,
  OFF_uid: 4,
  OFF_gid: 8,
  OFF_cuid: 12,
  OFF_cgid: 16,
  OFF_mode: 20,
  OFF_seq: 24,
} as const;
export function newIpc64Perm(): Ipc64Perm {
  return { key: 0, uid: 0, gid: 0, cuid: 0, cgid: 0, mode: 0, seq: 0 };
}
export function encodeIpc64Perm(view: DataView, at: number, from: Ipc64Perm): void {
  view.setInt32(at, from.key, true);
  view.setUint32(at + 4, from.uid, true);
  view.setUint32(at + 8, from.gid, true);
  view.setUint32(at + 12, from.cuid, true);
  view.setUint32(at + 16, from.cgid, true);
  view.setUint32(at + 20, from.mode, true);
  view.setUint16(at + 24, from.seq, true);
  zero(view, at + 26, 22);
}
export function decodeIpc64Perm(view: DataView, at: number, into: Ipc64Perm): Ipc64Perm {
  into.key = view.getInt32(at, true);
  into.uid = view.getUint32(at + 4, true);
  into.gid = view.getUint32(at + 8, true);
  into.cuid = view.getUint32(at + 12, true);
  into.cgid = view.getUint32(at + 16, true);
  into.mode = view.getUint32(at + 20, true);
  into.seq = view.getUint16(at + 24, true);
  return into;
}

/** struct shmid64_ds */
export interface Shmid64Ds {
  shm_perm: Ipc64Perm;
  shm_segsz: number;
  shm_atime: number;
  shm_dtime: number;
  shm_ctime: number;
  shm_cpid: number;
  shm_lpid: number;
  shm_nattch: number;
}
export const Shmid64Ds = {
  SIZE: 112,
  OFF_shm_perm: 0,
  OFF_shm_segsz: 48,
  OFF_shm_atime: 56,
  OFF_shm_dtime: 64,
  OFF_shm_ctime: 72,
  OFF_shm_cpid: 80,
  OFF_shm_lpid: 84,
  OFF_shm_nattch: 88,
} as const;
export function newShmid64Ds(): Shmid64Ds {
  return { shm_perm: newIpc64Perm(), shm_segsz: 0, shm_atime: 0, shm_dtime: 0, shm_ctime: 0, shm_cpid: 0, shm_lpid: 0, shm_nattch: 0 };
}
export function encodeShmid64Ds(view: DataView, at: number, from: Shmid64Ds): void {
  encodeIpc64Perm(view, at, from.shm_perm);
  setU64(view, at + 48, from.shm_segsz);
  setI64(view, at + 56, from.shm_atime);
  setI64(view, at + 64, from.shm_dtime);
  setI64(view, at + 72, from.shm_ctime);
  view.setInt32(at + 80, from.shm_cpid, true);
  view.setInt32(at + 84, from.shm_lpid, true);
  setU64(view, at + 88, from.shm_nattch);
  zero(view, at + 96, 16);
}
export function decodeShmid64Ds(view: DataView, at: number, into: Shmid64Ds): Shmid64Ds {
  decodeIpc64Perm(view, at, into.shm_perm);
  into.shm_segsz = getU64(view, at + 48);
  into.shm_atime = getI64(view, at + 56);
  into.shm_dtime = getI64(view, at + 64);
  into.shm_ctime = getI64(view, at + 72);
  into.shm_cpid = view.getInt32(at + 80, true);
  into.shm_lpid = view.getInt32(at + 84, true);
  into.shm_nattch = getU64(view, at + 88);
  return into;
}

/** struct shminfo64 */
export interface Shminfo64 {
  shmmax: number;
  shmmin: number;
  shmmni: number;
  shmseg: number;
  shmall: number;
}
export const Shminfo64 = {
  SIZE: 72,
  OFF_shmmax: 0,
  OFF_shmmin: 8,
  OFF_shmmni: 16,
  OFF_shmseg: 24,
  OFF_shmall: 32,
} as const;
export function newShminfo64(): Shminfo64 {
  return { shmmax: 0, shmmin: 0, shmmni: 0, shmseg: 0, shmall: 0 };
}
export function encodeShminfo64(view: DataView, at: number, from: Shminfo64): void {
  setU64(view, at, from.shmmax);
  setU64(view, at + 8, from.shmmin);
  setU64(view, at + 16, from.shmmni);
  setU64(view, at + 24, from.shmseg);
  setU64(view, at + 32, from.shmall);
  zero(view, at + 40, 32);
}
export function decodeShminfo64(view: DataView, at: number, into: Shminfo64): Shminfo64 {
  into.shmmax = getU64(view, at);
  into.shmmin = getU64(view, at + 8);
  into.shmmni = getU64(view, at + 16);
  into.shmseg = getU64(view, at + 24);
  into.shmall = getU64(view, at + 32);
  return into;
}

/** struct shm_info */
export interface ShmInfo {
  used_ids: number;
  shm_tot: number;
  shm_rss: number;
  shm_swp: number;
  swap_attempts: number;
  swap_successes: number;
}
export const ShmInfo = {
  SIZE: 48,
  OFF_used_ids: 0,
  OFF_shm_tot: 8,
  OFF_shm_rss: 16,
  OFF_shm_swp: 24,
  OFF_swap_attempts: 32,
  OFF_swap_successes: 40,
} as const;
export function newShmInfo(): ShmInfo {
  return { used_ids: 0, shm_tot: 0, shm_rss: 0, shm_swp: 0, swap_attempts: 0, swap_successes: 0 };
}
export function encodeShmInfo(view: DataView, at: number, from: ShmInfo): void {
  view.setInt32(at, from.used_ids, true);
  setU64(view, at + 8, from.shm_tot);
  setU64(view, at + 16, from.shm_rss);
  setU64(view, at + 24, from.shm_swp);
  setU64(view, at + 32, from.swap_attempts);
  setU64(view, at + 40, from.swap_successes);
  zero(view, at + 4, 4);
}
export function decodeShmInfo(view: DataView, at: number, into: ShmInfo): ShmInfo {
  into.used_ids = view.getInt32(at, true);
  into.shm_tot = getU64(view, at + 8);
  into.shm_rss = getU64(view, at + 16);
  into.shm_swp = getU64(view, at + 24);
  into.swap_attempts = getU64(view, at + 32);
  into.swap_successes = getU64(view, at + 40);
  return into;
}

/** struct semid64_ds */
export interface Semid64Ds {
  sem_perm: Ipc64Perm;
  sem_otime: number;
  sem_ctime: number;
  sem_nsems: number;
}
export const Semid64Ds = {
  SIZE: 104,
  OFF_sem_perm: 0,
  OFF_sem_otime: 48,
  OFF_sem_ctime: 64,
  OFF_sem_nsems: 80,
} as const;
export function newSemid64Ds(): Semid64Ds {
  return { sem_perm: newIpc64Perm(), sem_otime: 0, sem_ctime: 0, sem_nsems: 0 };
}
export function encodeSemid64Ds(view: DataView, at: number, from: Semid64Ds): void {
  encodeIpc64Perm(view, at, from.sem_perm);
  setI64(view, at + 48, from.sem_otime);
  setI64(view, at + 64, from.sem_ctime);
  setU64(view, at + 80, from.sem_nsems);
  zero(view, at + 56, 8);
  zero(view, at + 72, 8);
  zero(view, at + 88, 16);
}
export function decodeSemid64Ds(view: DataView, at: number, into: Semid64Ds): Semid64Ds {
  decodeIpc64Perm(view, at, into.sem_perm);
  into.sem_otime = getI64(view, at + 48);
  into.sem_ctime = getI64(view, at + 64);
  into.sem_nsems = getU64(view, at + 80);
  return into;
}

/** struct seminfo */
export interface Seminfo {
  semmap: number;
  semmni: number;
  semmns: number;
  semmnu: number;
  semmsl: number;
  semopm: number;
  semume: number;
  semusz: number;
  semvmx: number;
  semaem: number;
}
export const Seminfo = {
  SIZE: 40,
  OFF_semmap: 0,
  OFF_semmni: 4,
  OFF_semmns: 8,
  OFF_semmnu: 12,
  OFF_semmsl: 16,
  OFF_semopm: 20,
  OFF_semume: 24,
  OFF_semusz: 28,
  OFF_semvmx: 32,
  OFF_semaem: 36,
} as const;
export function newSeminfo(): Seminfo {
  return { semmap: 0, semmni: 0, semmns: 0, semmnu: 0, semmsl: 0, semopm: 0, semume: 0, semusz: 0, semvmx: 0, semaem: 0 };
}
export function encodeSeminfo(view: DataView, at: number, from: Seminfo): void {
  view.setInt32(at, from.semmap, true);
  view.setInt32(at + 4, from.semmni, true);
  view.setInt32(at + 8, from.semmns, true);
  view.setInt32(at + 12, from.semmnu, true);
  view.setInt32(at + 16, from.semmsl, true);
  view.setInt32(at + 20, from.semopm, true);
  view.setInt32(at + 24, from.semume, true);
  view.setInt32(at + 28, from.semusz, true);
  view.setInt32(at + 32, from.semvmx, true);
  view.setInt32(at + 36, from.semaem, true);
}
export function decodeSeminfo(view: DataView, at: number, into: Seminfo): Seminfo {
  into.semmap = view.getInt32(at, true);
  into.semmni = view.getInt32(at + 4, true);
  into.semmns = view.getInt32(at + 8, true);
  into.semmnu = view.getInt32(at + 12, true);
  into.semmsl = view.getInt32(at + 16, true);
  into.semopm = view.getInt32(at + 20, true);
  into.semume = view.getInt32(at + 24, true);
  into.semusz = view.getInt32(at + 28, true);
  into.semvmx = view.getInt32(at + 32, true);
  into.semaem = view.getInt32(at + 36, true);
  return into;
}

/** struct sembuf */
export interface Sembuf {
  sem_num: number;
  sem_op: number;
  sem_flg: number;
}
export const Sembuf = {
  SIZE: 6,
  OFF_sem_num: 0,
  OFF_sem_op: 2,
  OFF_sem_flg: 4,
} as const;
export function newSembuf(): Sembuf {
  return { sem_num: 0, sem_op: 0, sem_flg: 0 };
}
export function encodeSembuf(view: DataView, at: number, from: Sembuf): void {
  view.setUint16(at, from.sem_num, true);
  view.setInt16(at + 2, from.sem_op, true);
  view.setInt16(at + 4, from.sem_flg, true);
}
export function decodeSembuf(view: DataView, at: number, into: Sembuf): Sembuf {
  into.sem_num = view.getUint16(at, true);
  into.sem_op = view.getInt16(at + 2, true);
  into.sem_flg = view.getInt16(at + 4, true);
  return into;
}

/** struct msqid64_ds */
export interface Msqid64Ds {
  msg_perm: Ipc64Perm;
  msg_stime: number;
  msg_rtime: number;
  msg_ctime: number;
  msg_cbytes: number;
  msg_qnum: number;
  msg_qbytes: number;
  msg_lspid: number;
  msg_lrpid: number;
}
export const Msqid64Ds = {
  SIZE: 120,
  OFF_msg_perm: 0,
  OFF_msg_stime: 48,
  OFF_msg_rtime: 56,
  OFF_msg_ctime: 64,
  OFF_msg_cbytes: 72,
  OFF_msg_qnum: 80,
  OFF_msg_qbytes: 88,
  OFF_msg_lspid: 96,
  OFF_msg_lrpid: 100,
} as const;
export function newMsqid64Ds(): Msqid64Ds {
  return { msg_perm: newIpc64Perm(), msg_stime: 0, msg_rtime: 0, msg_ctime: 0, msg_cbytes: 0, msg_qnum: 0, msg_qbytes: 0, msg_lspid: 0, msg_lrpid: 0 };
}
export function encodeMsqid64Ds(view: DataView, at: number, from: Msqid64Ds): void {
  encodeIpc64Perm(view, at, from.msg_perm);
  setI64(view, at + 48, from.msg_stime);
  setI64(view, at + 56, from.msg_rtime);
  setI64(view, at + 64, from.msg_ctime);
  setU64(view, at + 72, from.msg_cbytes);
  setU64(view, at + 80, from.msg_qnum);
  setU64(view, at + 88, from.msg_qbytes);
  view.setInt32(at + 96, from.msg_lspid, true);
  view.setInt32(at + 100, from.msg_lrpid, true);
  zero(view, at + 104, 16);
}
export function decodeMsqid64Ds(view: DataView, at: number, into: Msqid64Ds): Msqid64Ds {
  decodeIpc64Perm(view, at, into.msg_perm);
  into.msg_stime = getI64(view, at + 48);
  into.msg_rtime = getI64(view, at + 56);
  into.msg_ctime = getI64(view, at + 64);
  into.msg_cbytes = getU64(view, at + 72);
  into.msg_qnum = getU64(view, at + 80);
  into.msg_qbytes = getU64(view, at + 88);
  into.msg_lspid = view.getInt32(at + 96, true);
  into.msg_lrpid = view.getInt32(at + 100, true);
  return into;
}

/** struct msginfo */
export interface Msginfo {
  msgpool: number;
  msgmap: number;
  msgmax: number;
  msgmnb: number;
  msgmni: number;
  msgssz: number;
  msgtql: number;
  msgseg: number;
}
export const Msginfo = {
  SIZE: 32,
  OFF_msgpool: 0,
  OFF_msgmap: 4,
  OFF_msgmax: 8,
  OFF_msgmnb: 12,
  OFF_msgmni: 16,
  OFF_msgssz: 20,
  OFF_msgtql: 24,
  OFF_msgseg: 28,
} as const;
export function newMsginfo(): Msginfo {
  return { msgpool: 0, msgmap: 0, msgmax: 0, msgmnb: 0, msgmni: 0, msgssz: 0, msgtql: 0, msgseg: 0 };
}
export function encodeMsginfo(view: DataView, at: number, from: Msginfo): void {
  view.setInt32(at, from.msgpool, true);
  view.setInt32(at + 4, from.msgmap, true);
  view.setInt32(at + 8, from.msgmax, true);
  view.setInt32(at + 12, from.msgmnb, true);
  view.setInt32(at + 16, from.msgmni, true);
  view.setInt32(at + 20, from.msgssz, true);
  view.setInt32(at + 24, from.msgtql, true);
  view.setUint16(at + 28, from.msgseg, true);
  zero(view, at + 30, 2);
}
export function decodeMsginfo(view: DataView, at: number, into: Msginfo): Msginfo {
  into.msgpool = view.getInt32(at, true);
  into.msgmap = view.getInt32(at + 4, true);
  into.msgmax = view.getInt32(at + 8, true);
  into.msgmnb = view.getInt32(at + 12, true);
  into.msgmni = view.getInt32(at + 16, true);
  into.msgssz = view.getInt32(at + 20, true);
  into.msgtql = view.getInt32(at + 24, true);
  into.msgseg = view.getUint16(at + 28, true);
  return into;
}

/** struct mq_attr */
export interface MqAttr {
  mq_flags: number;
  mq_maxmsg: number;
  mq_msgsize: number;
  mq_curmsgs: number;
}
export const MqAttr = {
  SIZE: 64,
  OFF_mq_flags: 0,
  OFF_mq_maxmsg: 8,
  OFF_mq_msgsize: 16,
  OFF_mq_curmsgs: 24,
} as const;
export function newMqAttr(): MqAttr {
  return { mq_flags: 0, mq_maxmsg: 0, mq_msgsize: 0, mq_curmsgs: 0 };
}
export function encodeMqAttr(view: DataView, at: number, from: MqAttr): void {
  setI64(view, at, from.mq_flags);
  setI64(view, at + 8, from.mq_maxmsg);
  setI64(view, at + 16, from.mq_msgsize);
  setI64(view, at + 24, from.mq_curmsgs);
  zero(view, at + 32, 32);
}
export function decodeMqAttr(view: DataView, at: number, into: MqAttr): MqAttr {
  into.mq_flags = getI64(view, at);
  into.mq_maxmsg = getI64(view, at + 8);
  into.mq_msgsize = getI64(view, at + 16);
  into.mq_curmsgs = getI64(view, at + 24);
  return into;
}

/** struct io_event */
export interface IoEvent {
  data_lo: number;
  data_hi: number;
  obj: number;
  res: number;
  res2: number;
}
export const IoEvent = {
  SIZE: 32,
  OFF_data: 0,
  OFF_obj: 8,
  OFF_res: 16,
  OFF_res2: 24,
} as const;
export function newIoEvent(): IoEvent {
  return { data_lo: 0, data_hi: 0, obj: 0, res: 0, res2: 0 };
}
export function encodeIoEvent(view: DataView, at: number, from: IoEvent): void {
  view.setUint32(at, from.data_lo, true);
  view.setUint32(at + 4, from.data_hi, true);
  setU64(view, at + 8, from.obj);
  setI64(view, at + 16, from.res);
  setI64(view, at + 24, from.res2);
}
export function decodeIoEvent(view: DataView, at: number, into: IoEvent): IoEvent {
  into.data_lo = view.getUint32(at, true);
  into.data_hi = view.getUint32(at + 4, true);
  into.obj = getU64(view, at + 8);
  into.res = getI64(view, at + 16);
  into.res2 = getI64(view, at + 24);
  return into;
}

/** struct iocb */
export interface Iocb {
  aio_data_lo: number;
  aio_data_hi: number;
  aio_key: number;
  aio_rw_flags: number;
  aio_lio_opcode: number;
  aio_reqprio: number;
  aio_fildes: number;
  aio_buf: number;
  aio_nbytes: number;
  aio_offset: number;
  aio_flags: number;
  aio_resfd: number;
}
export const Iocb = {
  SIZE: 64,
  OFF_aio_data: 0,
  OFF_aio_key: 8,
  OFF_aio_rw_flags: 12,
  OFF_aio_lio_opcode: 16,
  OFF_aio_reqprio: 18,
  OFF_aio_fildes: 20,
  OFF_aio_buf: 24,
  OFF_aio_nbytes: 32,
  OFF_aio_offset: 40,
  OFF_aio_flags: 56,
  OFF_aio_resfd: 60,
} as const;
export function newIocb(): Iocb {
  return { aio_data_lo: 0, aio_data_hi: 0, aio_key: 0, aio_rw_flags: 0, aio_lio_opcode: 0, aio_reqprio: 0, aio_fildes: 0, aio_buf: 0, aio_nbytes: 0, aio_offset: 0, aio_flags: 0, aio_resfd: 0 };
}
export function encodeIocb(view: DataView, at: number, from: Iocb): void {
  view.setUint32(at, from.aio_data_lo, true);
  view.setUint32(at + 4, from.aio_data_hi, true);
  view.setUint32(at + 8, from.aio_key, true);
  view.setUint32(at + 12, from.aio_rw_flags, true);
  view.setUint16(at + 16, from.aio_lio_opcode, true);
  view.setInt16(at + 18, from.aio_reqprio, true);
  view.setUint32(at + 20, from.aio_fildes, true);
  setU64(view, at + 24, from.aio_buf);
  setU64(view, at + 32, from.aio_nbytes);
  setI64(view, at + 40, from.aio_offset);
  view.setUint32(at + 56, from.aio_flags, true);
  view.setUint32(at + 60, from.aio_resfd, true);
  zero(view, at + 48, 8);
}
export function decodeIocb(view: DataView, at: number, into: Iocb): Iocb {
  into.aio_data_lo = view.getUint32(at, true);
  into.aio_data_hi = view.getUint32(at + 4, true);
  into.aio_key = view.getUint32(at + 8, true);
  into.aio_rw_flags = view.getUint32(at + 12, true);
  into.aio_lio_opcode = view.getUint16(at + 16, true);
  into.aio_reqprio = view.getInt16(at + 18, true);
  into.aio_fildes = view.getUint32(at + 20, true);
  into.aio_buf = getU64(view, at + 24);
  into.aio_nbytes = getU64(view, at + 32);
  into.aio_offset = getI64(view, at + 40);
  into.aio_flags = view.getUint32(at + 56, true);
  into.aio_resfd = view.getUint32(at + 60, true);
  return into;
}

/** Elf64_Ehdr */
export interface Elf64Ehdr {
  e_ident: Uint8Array;
  e_type: number;
  e_machine: number;
  e_version: number;
  e_entry: number;
  e_phoff: number;
  e_shoff: number;
  e_flags: number;
  e_ehsize: number;
  e_phentsize: number;
  e_phnum: number;
  e_shentsize: number;
  e_shnum: number;
  e_shstrndx: number;
}
export const Elf64Ehdr = {
  SIZE: 64,
  OFF_e_ident: 0,
  OFF_e_type: 16,
  OFF_e_machine: 18,
  OFF_e_version: 20,
  OFF_e_entry: 24,
  OFF_e_phoff: 32,
  OFF_e_shoff: 40,
  OFF_e_flags: 48,
  OFF_e_ehsize: 52,
  OFF_e_phentsize: 54,
  OFF_e_phnum: 56,
  OFF_e_shentsize: 58,
  OFF_e_shnum: 60,
  OFF_e_shstrndx: 62,
} as const;
export function newElf64Ehdr(): Elf64Ehdr {
  return { e_ident: new Uint8Array(16), e_type: 0, e_machine: 0, e_version: 0, e_entry: 0, e_phoff: 0, e_shoff: 0, e_flags: 0, e_ehsize: 0, e_phentsize: 0, e_phnum: 0, e_shentsize: 0, e_shnum: 0, e_shstrndx: 0 };
}
export function encodeElf64Ehdr(view: DataView, at: number, from: Elf64Ehdr): void {
  setBytes(view, at, 16, from.e_ident);
  view.setUint16(at + 16, from.e_type, true);
  view.setUint16(at + 18, from.e_machine, true);
  view.setUint32(at + 20, from.e_version, true);
  setU64(view, at + 24, from.e_entry);
  setU64(view, at + 32, from.e_phoff);
  setU64(view, at + 40, from.e_shoff);
  view.setUint32(at + 48, from.e_flags, true);
  view.setUint16(at + 52, from.e_ehsize, true);
  view.setUint16(at + 54, from.e_phentsize, true);
  view.setUint16(at + 56, from.e_phnum, true);
  view.setUint16(at + 58, from.e_shentsize, true);
  view.setUint16(at + 60, from.e_shnum, true);
  view.setUint16(at + 62, from.e_shstrndx, true);
}
export function decodeElf64Ehdr(view: DataView, at: number, into: Elf64Ehdr): Elf64Ehdr {
  getBytes(view, at, 16, into.e_ident);
  into.e_type = view.getUint16(at + 16, true);
  into.e_machine = view.getUint16(at + 18, true);
  into.e_version = view.getUint32(at + 20, true);
  into.e_entry = getU64(view, at + 24);
  into.e_phoff = getU64(view, at + 32);
  into.e_shoff = getU64(view, at + 40);
  into.e_flags = view.getUint32(at + 48, true);
  into.e_ehsize = view.getUint16(at + 52, true);
  into.e_phentsize = view.getUint16(at + 54, true);
  into.e_phnum = view.getUint16(at + 56, true);
  into.e_shentsize = view.getUint16(at + 58, true);
  into.e_shnum = view.getUint16(at + 60, true);
  into.e_shstrndx = view.getUint16(at + 62, true);
  return into;
}

/** Elf64_Phdr */
export interface Elf64Phdr {
  p_type: number;
  p_flags: number;
  p_offset: number;
  p_vaddr: number;
  p_paddr: number;
  p_filesz: number;
  p_memsz: number;
  p_align: number;
}
export const Elf64Phdr = {
  SIZE: 56,
  OFF_p_type: 0,
  OFF_p_flags: 4,
  OFF_p_offset: 8,
  OFF_p_vaddr: 16,
  OFF_p_paddr: 24,
  OFF_p_filesz: 32,
  OFF_p_memsz: 40,
  OFF_p_align: 48,
} as const;
export function newElf64Phdr(): Elf64Phdr {
  return { p_type: 0, p_flags: 0, p_offset: 0, p_vaddr: 0, p_paddr: 0, p_filesz: 0, p_memsz: 0, p_align: 0 };
}
export function encodeElf64Phdr(view: DataView, at: number, from: Elf64Phdr): void {
  view.setUint32(at, from.p_type, true);
  view.setUint32(at + 4, from.p_flags, true);
  setU64(view, at + 8, from.p_offset);
  setU64(view, at + 16, from.p_vaddr);
  setU64(view, at + 24, from.p_paddr);
  setU64(view, at + 32, from.p_filesz);
  setU64(view, at + 40, from.p_memsz);
  setU64(view, at + 48, from.p_align);
}
export function decodeElf64Phdr(view: DataView, at: number, into: Elf64Phdr): Elf64Phdr {
  into.p_type = view.getUint32(at, true);
  into.p_flags = view.getUint32(at + 4, true);
  into.p_offset = getU64(view, at + 8);
  into.p_vaddr = getU64(view, at + 16);
  into.p_paddr = getU64(view, at + 24);
  into.p_filesz = getU64(view, at + 32);
  into.p_memsz = getU64(view, at + 40);
  into.p_align = getU64(view, at + 48);
  return into;
}

/** Elf64_Shdr */
export interface Elf64Shdr {
  sh_name: number;
  sh_type: number;
  sh_flags: number;
  sh_addr: number;
  sh_offset: number;
  sh_size: number;
  sh_link: number;
  sh_info: number;
  sh_addralign: number;
  sh_entsize: number;
}
export const Elf64Shdr = {
  SIZE: 64,
  OFF_sh_name: 0,
  OFF_sh_type: 4,
  OFF_sh_flags: 8,
  OFF_sh_addr: 16,
  OFF_sh_offset: 24,
  OFF_sh_size: 32,
  OFF_sh_link: 40,
  OFF_sh_info: 44,
  OFF_sh_addralign: 48,
  OFF_sh_entsize: 56,
} as const;
export function newElf64Shdr(): Elf64Shdr {
  return { sh_name: 0, sh_type: 0, sh_flags: 0, sh_addr: 0, sh_offset: 0, sh_size: 0, sh_link: 0, sh_info: 0, sh_addralign: 0, sh_entsize: 0 };
}
export function encodeElf64Shdr(view: DataView, at: number, from: Elf64Shdr): void {
  view.setUint32(at, from.sh_name, true);
  view.setUint32(at + 4, from.sh_type, true);
  setU64(view, at + 8, from.sh_flags);
  setU64(view, at + 16, from.sh_addr);
  setU64(view, at + 24, from.sh_offset);
  setU64(view, at + 32, from.sh_size);
  view.setUint32(at + 40, from.sh_link, true);
  view.setUint32(at + 44, from.sh_info, true);
  setU64(view, at + 48, from.sh_addralign);
  setU64(view, at + 56, from.sh_entsize);
}
export function decodeElf64Shdr(view: DataView, at: number, into: Elf64Shdr): Elf64Shdr {
  into.sh_name = view.getUint32(at, true);
  into.sh_type = view.getUint32(at + 4, true);
  into.sh_flags = getU64(view, at + 8);
  into.sh_addr = getU64(view, at + 16);
  into.sh_offset = getU64(view, at + 24);
  into.sh_size = getU64(view, at + 32);
  into.sh_link = view.getUint32(at + 40, true);
  into.sh_info = view.getUint32(at + 44, true);
  into.sh_addralign = getU64(view, at + 48);
  into.sh_entsize = getU64(view, at + 56);
  return into;
}

/** Elf64_Nhdr */
export interface Elf64Nhdr {
  n_namesz: number;
  n_descsz: number;
  n_type: number;
}
export const Elf64Nhdr = {
  SIZE: 12,
  OFF_n_namesz: 0,
  OFF_n_descsz: 4,
  OFF_n_type: 8,
} as const;
export function newElf64Nhdr(): Elf64Nhdr {
  return { n_namesz: 0, n_descsz: 0, n_type: 0 };
}
export function encodeElf64Nhdr(view: DataView, at: number, from: Elf64Nhdr): void {
  view.setUint32(at, from.n_namesz, true);
  view.setUint32(at + 4, from.n_descsz, true);
  view.setUint32(at + 8, from.n_type, true);
}
export function decodeElf64Nhdr(view: DataView, at: number, into: Elf64Nhdr): Elf64Nhdr {
  into.n_namesz = view.getUint32(at, true);
  into.n_descsz = view.getUint32(at + 4, true);
  into.n_type = view.getUint32(at + 8, true);
  return into;
}
