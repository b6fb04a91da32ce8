/**
 * Struct layouts of the x86-64 system call interface, each declared once (`layout-once`). `layouts-gen.ts` turns them into
 * src/abi/layouts.gen.ts; its test compares size, offset and width of every field with the C headers.
 *
 * A field is [name, type] or [name, type, C member], an empty C member meaning that C has no such single member.
 * Types: u8..u64, s8..s64, be16, be32, h64 (64 bits as unsigned halves name_lo and name_hi, where every bit counts),
 * char[N] (NUL-padded string), u8[N] (Uint8Array), T[N] (number[]), the name of another struct, pad[N] (zeros, no property).
 * Alignment follows C; gaps are written as zeros.
 */

export type Field = readonly [name: string, type: string, member?: string];

export interface Layout {
  name: string;
  /** The C type; empty if no header has it. */
  c: string;
  /** Headers, compiled alone. */
  headers: readonly string[];
  fields: readonly Field[];
  packed?: boolean;
  /** Total size, when larger than the fields need (unions). */
  size?: number;
}

const out: Layout[] = [];

function struct(name: string, c: string, headers: string, fields: string, options: { packed?: boolean; size?: number } = {}): void {
  out.push({
    name,
    c,
    headers: headers.split(' ').filter((header) => header !== ''),
    fields: fields
      .trim()
      .split(/\s*,\s*/)
      .map((text) => {
        const [type = '', field = '', member] = text.trim().split(/\s+/);
        return member === undefined ? ([field, type] as const) : ([field, type, member === '-' ? '' : member] as const);
      }),
    ...options,
  });
}

// ---- time
const TIME = 'linux/time.h linux/time_types.h';
struct('Timespec', 'struct __kernel_timespec', TIME, 's64 tv_sec, s64 tv_nsec');
struct('Timeval', 'struct __kernel_old_timeval', TIME, 's64 tv_sec, s64 tv_usec');
struct('Itimerspec', 'struct __kernel_itimerspec', TIME, 'Timespec it_interval, Timespec it_value');
struct('Itimerval', 'struct itimerval', TIME, 'Timeval it_interval, Timeval it_value');
struct('Timezone', 'struct timezone', TIME, 's32 tz_minuteswest, s32 tz_dsttime');
struct('Tms', 'struct tms', 'linux/times.h', 's64 tms_utime, s64 tms_stime, s64 tms_cutime, s64 tms_cstime');
struct('Utimbuf', 'struct utimbuf', 'linux/utime.h', 's64 actime, s64 modtime');
struct(
  'Timex',
  'struct __kernel_timex',
  'linux/timex.h',
  `
  u32 modes, pad[4] pad -, s64 offset, s64 freq, s64 maxerror, s64 esterror, s32 status, pad[4] pad2 -, s64 constant,
  s64 precision, s64 tolerance, s64 time_sec time.tv_sec, s64 time_usec time.tv_usec, s64 tick, s64 ppsfreq, s64 jitter,
  s32 shift, pad[4] pad3 -, s64 stabil, s64 jitcnt, s64 calcnt, s64 errcnt, s64 stbcnt, s32 tai, pad[44] pad4 -`,
);

// ---- files
struct(
  'Stat',
  'struct stat',
  'asm/stat.h',
  `
  u64 st_dev, u64 st_ino, u64 st_nlink, u32 st_mode, u32 st_uid, u32 st_gid, pad[4] pad -, u64 st_rdev, s64 st_size,
  s64 st_blksize, s64 st_blocks, s64 st_atime, u64 st_atime_nsec, s64 st_mtime, u64 st_mtime_nsec, s64 st_ctime,
  u64 st_ctime_nsec, pad[24] unused -`,
);
struct('StatxTimestamp', 'struct statx_timestamp', 'linux/stat.h', 's64 tv_sec, u32 tv_nsec, pad[4] pad -');
struct(
  'Statx',
  'struct statx',
  'linux/stat.h',
  `
  u32 stx_mask, u32 stx_blksize, h64 stx_attributes, u32 stx_nlink, u32 stx_uid, u32 stx_gid, u16 stx_mode, pad[2] pad -,
  u64 stx_ino, u64 stx_size, u64 stx_blocks, h64 stx_attributes_mask, StatxTimestamp stx_atime, StatxTimestamp stx_btime,
  StatxTimestamp stx_ctime, StatxTimestamp stx_mtime, u32 stx_rdev_major, u32 stx_rdev_minor, u32 stx_dev_major,
  u32 stx_dev_minor, u64 stx_mnt_id, u32 stx_dio_mem_align, u32 stx_dio_offset_align, u64 stx_subvol -,
  u32 stx_atomic_write_unit_min -, u32 stx_atomic_write_unit_max -, u32 stx_atomic_write_segments_max -,
  u32 stx_dio_read_offset_align -, u32 stx_atomic_write_unit_max_opt -, pad[68] spare -`,
);
struct(
  'Statfs',
  'struct statfs',
  'asm/statfs.h',
  `
  u64 f_type, u64 f_bsize, u64 f_blocks, u64 f_bfree, u64 f_bavail, u64 f_files, u64 f_ffree, h64 f_fsid, u64 f_namelen,
  u64 f_frsize, u64 f_flags, pad[32] f_spare`,
);
struct('Ustat', '', '', 's32 f_tfree, pad[4] pad -, u64 f_tinode, char[6] f_fname, char[6] f_fpack');
/** The name starts at d_name (old form: after d_reclen) and ends with a NUL; the old form has the type in its last byte. */
struct('Dirent64', 'struct dirent64', 'dirent.h', 'u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, u8 d_name -');
struct('Dirent', '', '', 'u64 d_ino, s64 d_off, u16 d_reclen');
struct('Flock', 'struct flock', 'linux/fcntl.h', 's16 l_type, s16 l_whence, s64 l_start, s64 l_len, s32 l_pid');
struct('FOwnerEx', 'struct f_owner_ex', 'linux/fcntl.h', 's32 type, s32 pid');
struct('OpenHow', 'struct open_how', 'linux/openat2.h', 'h64 flags, u64 mode, h64 resolve');
struct('FileHandle', 'struct file_handle', 'fcntl.h', 'u32 handle_bytes, s32 handle_type');
struct('InotifyEvent', 'struct inotify_event', 'linux/inotify.h', 's32 wd, u32 mask, u32 cookie, u32 len');
struct('XattrArgs', '', '', 'u64 value, u32 size, u32 flags');
struct('FileAttr', '', '', 'h64 fa_xflags, u32 fa_extsize, u32 fa_nextents, u32 fa_projid, u32 fa_cowextsize');
struct(
  'Fsxattr',
  'struct fsxattr',
  'linux/fs.h',
  'u32 fsx_xflags, u32 fsx_extsize, u32 fsx_nextents, u32 fsx_projid, u32 fsx_cowextsize, pad[8] fsx_pad',
);
struct('FileCloneRange', 'struct file_clone_range', 'linux/fs.h', 's64 src_fd, u64 src_offset, u64 src_length, u64 dest_offset');
struct('CachestatRange', '', '', 'u64 off, u64 len');
struct('Cachestat', '', '', 'u64 nr_cache, u64 nr_dirty, u64 nr_writeback, u64 nr_evicted, u64 nr_recently_evicted');
struct('Iovec', 'struct iovec', 'linux/uio.h', 'u64 iov_base, u64 iov_len');
struct('MountAttr', 'struct mount_attr', 'linux/mount.h', 'h64 attr_set, h64 attr_clr, h64 propagation, u64 userns_fd');
struct('MntIdReq', '', '', 'u32 size, u32 spare, u64 mnt_id, h64 param, u64 mnt_ns_id');
struct(
  'Statmount',
  '',
  '',
  `
  u32 size, u32 mnt_opts, h64 mask, u32 sb_dev_major, u32 sb_dev_minor, u64 sb_magic, u32 sb_flags, u32 fs_type,
  u64 mnt_id, u64 mnt_parent_id, u32 mnt_id_old, u32 mnt_parent_id_old, h64 mnt_attr, h64 mnt_propagation,
  u64 mnt_peer_group, u64 mnt_master, u64 propagate_from, u32 mnt_root, u32 mnt_point, u64 mnt_ns_id, u32 fs_subtype,
  u32 sb_source, u32 opt_num, u32 opt_array, u32 opt_sec_num, u32 opt_sec_array, h64 supported_mask, u32 mnt_uidmap_num,
  u32 mnt_uidmap, u32 mnt_gidmap_num, u32 mnt_gidmap, pad[344] spare -`,
);

// ---- processes
struct('Rlimit', 'struct rlimit64', 'linux/resource.h', 'u64 rlim_cur, u64 rlim_max');
struct(
  'Rusage',
  'struct rusage',
  'linux/resource.h',
  `
  Timeval ru_utime, Timeval ru_stime, s64 ru_maxrss, s64 ru_ixrss, s64 ru_idrss, s64 ru_isrss, s64 ru_minflt, s64 ru_majflt,
  s64 ru_nswap, s64 ru_inblock, s64 ru_oublock, s64 ru_msgsnd, s64 ru_msgrcv, s64 ru_nsignals, s64 ru_nvcsw, s64 ru_nivcsw`,
);
struct(
  'Sysinfo',
  'struct sysinfo',
  'linux/sysinfo.h',
  `
  s64 uptime, u64[3] loads, u64 totalram, u64 freeram, u64 sharedram, u64 bufferram, u64 totalswap, u64 freeswap, u16 procs,
  pad[6] pad -, u64 totalhigh, u64 freehigh, u32 mem_unit, pad[4] pad2 -`,
);
struct(
  'Utsname',
  'struct new_utsname',
  'linux/utsname.h',
  `
  char[65] sysname, char[65] nodename, char[65] release, char[65] version, char[65] machine, char[65] domainname`,
);
struct(
  'CloneArgs',
  'struct clone_args',
  'linux/sched.h',
  `
  h64 flags, u64 pidfd, u64 child_tid, u64 parent_tid, u64 exit_signal, u64 stack, u64 stack_size, u64 tls, u64 set_tid,
  u64 set_tid_size, u64 cgroup`,
);
struct('SchedParam', 'struct sched_param', 'sched.h', 's32 sched_priority');
struct(
  'SchedAttr',
  'struct sched_attr',
  'linux/sched/types.h',
  `
  u32 size, u32 sched_policy, u64 sched_flags, s32 sched_nice, u32 sched_priority, u64 sched_runtime, u64 sched_deadline,
  u64 sched_period, u32 sched_util_min, u32 sched_util_max`,
);
struct('CapHeader', 'struct __user_cap_header_struct', 'linux/capability.h', 'u32 version, s32 pid');
struct('CapData', 'struct __user_cap_data_struct', 'linux/capability.h', 'u32 effective, u32 permitted, u32 inheritable');
struct(
  'VfsCapData',
  'struct vfs_ns_cap_data',
  'linux/capability.h',
  `
  u32 magic_etc, u32 permitted_lo data[0].permitted, u32 inheritable_lo data[0].inheritable,
  u32 permitted_hi data[1].permitted, u32 inheritable_hi data[1].inheritable, u32 rootid`,
);
struct('RobustListHead', 'struct robust_list_head', 'linux/futex.h', 'u64 list, s64 futex_offset, u64 list_op_pending');
struct('FutexWaitv', 'struct futex_waitv', 'linux/futex.h', 'h64 val, u64 uaddr, u32 flags, pad[4] pad -');
struct('Rseq', 'struct rseq', 'linux/rseq.h', 'u32 cpu_id_start, u32 cpu_id, u64 rseq_cs, u32 flags', { size: 32 });
struct('RseqCs', 'struct rseq_cs', 'linux/rseq.h', 'u32 version, u32 flags, u64 start_ip, u64 post_commit_offset, u64 abort_ip', {
  size: 32,
});
struct(
  'UserRegs',
  'struct user_regs_struct',
  'sys/user.h',
  `
  h64 r15, h64 r14, h64 r13, h64 r12, h64 rbp, h64 rbx, h64 r11, h64 r10, h64 r9, h64 r8, h64 rax, h64 rcx, h64 rdx, h64 rsi,
  h64 rdi, h64 orig_rax, h64 rip, h64 cs, h64 eflags, h64 rsp, h64 ss, h64 fs_base, h64 gs_base, h64 ds, h64 es, h64 fs, h64 gs`,
);
struct('SockFilter', 'struct sock_filter', 'linux/filter.h', 'u16 code, u8 jt, u8 jf, u32 k');
struct('SockFprog', 'struct sock_fprog', 'linux/filter.h', 'u16 len, u64 filter');
struct(
  'SeccompData',
  'struct seccomp_data',
  'linux/seccomp.h',
  `
  s32 nr, u32 arch, h64 instruction_pointer, h64 arg0 args[0], h64 arg1 args[1], h64 arg2 args[2], h64 arg3 args[3],
  h64 arg4 args[4], h64 arg5 args[5]`,
);
struct('SeccompNotif', 'struct seccomp_notif', 'linux/seccomp.h', 'u64 id, u32 pid, u32 flags, SeccompData data');
struct('SeccompNotifResp', 'struct seccomp_notif_resp', 'linux/seccomp.h', 'u64 id, s64 val, s32 error, u32 flags');
struct(
  'SeccompNotifAddfd',
  'struct seccomp_notif_addfd',
  'linux/seccomp.h stddef.h',
  'u64 id, u32 flags, u32 srcfd, u32 newfd, u32 newfd_flags',
);
struct('SeccompNotifSizes', 'struct seccomp_notif_sizes', 'linux/seccomp.h', 'u16 seccomp_notif, u16 seccomp_notif_resp, u16 seccomp_data');

// ---- signals. The union of siginfo is one layout per kind; all are 128 bytes.
const SIGNAL = 'linux/signal.h';
struct('Sigaction', 'struct sigaction', SIGNAL, 'u64 sa_handler, u64 sa_flags, u64 sa_restorer, h64 sa_mask');
struct('StackT', 'stack_t', SIGNAL, 'u64 ss_sp, u32 ss_flags, u64 ss_size');
const SIGINFO_HEAD = 's32 si_signo, s32 si_errno, s32 si_code, pad[4] pad -, ';
const siginfo = (name: string, fields: string): void => struct(name, 'siginfo_t', SIGNAL, SIGINFO_HEAD + fields, { size: 128 });
siginfo('Siginfo', 'u8[112] fields -');
siginfo('SiginfoKill', 's32 si_pid _sifields._kill._pid, u32 si_uid _sifields._kill._uid');
siginfo('SiginfoRt', 's32 si_pid _sifields._rt._pid, u32 si_uid _sifields._rt._uid, h64 si_value _sifields._rt._sigval');
siginfo(
  'SiginfoTimer',
  `
  s32 si_tid _sifields._timer._tid, s32 si_overrun _sifields._timer._overrun, h64 si_value _sifields._timer._sigval`,
);
siginfo(
  'SiginfoChld',
  `
  s32 si_pid _sifields._sigchld._pid, u32 si_uid _sifields._sigchld._uid, s32 si_status _sifields._sigchld._status,
  s64 si_utime _sifields._sigchld._utime, s64 si_stime _sifields._sigchld._stime`,
);
siginfo(
  'SiginfoFault',
  `
  u64 si_addr _sifields._sigfault._addr, s16 si_addr_lsb _sifields._sigfault._addr_lsb,
  u64 si_lower _sifields._sigfault._addr_bnd._lower, u64 si_upper _sifields._sigfault._addr_bnd._upper`,
);
siginfo('SiginfoPoll', 's64 si_band _sifields._sigpoll._band, s32 si_fd _sifields._sigpoll._fd');
siginfo(
  'SiginfoSys',
  `
  u64 si_call_addr _sifields._sigsys._call_addr, s32 si_syscall _sifields._sigsys._syscall, u32 si_arch _sifields._sigsys._arch`,
);
struct(
  'Sigcontext',
  'struct sigcontext',
  'asm/sigcontext.h',
  `
  h64 r8, h64 r9, h64 r10, h64 r11, h64 r12, h64 r13, h64 r14, h64 r15, h64 rdi, h64 rsi, h64 rbp, h64 rbx, h64 rdx, h64 rax,
  h64 rcx, h64 rsp, h64 rip, h64 eflags, u16 cs, u16 gs, u16 fs, u16 ss, h64 err, h64 trapno, h64 oldmask, h64 cr2,
  u64 fpstate, pad[64] reserved1`,
);
struct(
  'Ucontext',
  'struct ucontext',
  'linux/signal.h asm/sigcontext.h asm/ucontext.h',
  `
  h64 uc_flags, u64 uc_link, StackT uc_stack, Sigcontext uc_mcontext, h64 uc_sigmask`,
);
struct(
  'FpxSwBytes',
  'struct _fpx_sw_bytes',
  'asm/sigcontext.h',
  `
  u32 magic1, u32 extended_size, h64 xfeatures, u32 xstate_size, pad[28] padding`,
);
struct(
  'Sigevent',
  'struct sigevent',
  'linux/signal.h',
  `
  h64 sigev_value, s32 sigev_signo, s32 sigev_notify, s32 sigev_notify_thread_id _sigev_un._tid`,
  { size: 64 },
);
struct(
  'SignalfdSiginfo',
  'struct signalfd_siginfo',
  'linux/signalfd.h',
  `
  u32 ssi_signo, s32 ssi_errno, s32 ssi_code, u32 ssi_pid, u32 ssi_uid, s32 ssi_fd, u32 ssi_tid, u32 ssi_band, u32 ssi_overrun,
  u32 ssi_trapno, s32 ssi_status, s32 ssi_int, h64 ssi_ptr, u64 ssi_utime, u64 ssi_stime, u64 ssi_addr, u16 ssi_addr_lsb,
  pad[2] pad -, s32 ssi_syscall, u64 ssi_call_addr, u32 ssi_arch, pad[28] pad2 -`,
);

// ---- waiting
struct('Pollfd', 'struct pollfd', 'linux/poll.h', 's32 fd, u16 events, u16 revents');
struct('EpollEvent', 'struct epoll_event', 'linux/fcntl.h linux/eventpoll.h', 'u32 events, h64 data', { packed: true });

// ---- terminals
struct('Termios', 'struct termios', 'asm/termbits.h', 'u32 c_iflag, u32 c_oflag, u32 c_cflag, u32 c_lflag, u8 c_line, u8[19] c_cc');
struct(
  'Termios2',
  'struct termios2',
  'asm/termbits.h',
  `
  u32 c_iflag, u32 c_oflag, u32 c_cflag, u32 c_lflag, u8 c_line, u8[19] c_cc, u32 c_ispeed, u32 c_ospeed`,
);
struct('Termio', 'struct termio', 'asm/termios.h', 'u16 c_iflag, u16 c_oflag, u16 c_cflag, u16 c_lflag, u8 c_line, u8[8] c_cc');
struct('Winsize', 'struct winsize', 'asm/termios.h', 'u16 ws_row, u16 ws_col, u16 ws_xpixel, u16 ws_ypixel');

// ---- sockets
const SOCKET = 'sys/socket.h netinet/in.h sys/un.h';
struct(
  'Msghdr',
  'struct msghdr',
  SOCKET,
  `
  u64 msg_name, u32 msg_namelen, u64 msg_iov, u64 msg_iovlen, u64 msg_control, u64 msg_controllen, u32 msg_flags`,
);
struct('Mmsghdr', 'struct mmsghdr', SOCKET, 'Msghdr msg_hdr, u32 msg_len');
struct('Cmsghdr', 'struct cmsghdr', SOCKET, 'u64 cmsg_len, s32 cmsg_level, s32 cmsg_type');
struct('SockaddrUn', 'struct sockaddr_un', SOCKET, 'u16 sun_family, u8[108] sun_path');
struct('SockaddrIn', 'struct sockaddr_in', SOCKET, 'u16 sin_family, be16 sin_port, be32 sin_addr, pad[8] sin_zero');
struct(
  'SockaddrIn6',
  'struct sockaddr_in6',
  SOCKET,
  'u16 sin6_family, be16 sin6_port, be32 sin6_flowinfo, u8[16] sin6_addr, u32 sin6_scope_id',
);
struct('SockaddrNl', 'struct sockaddr_nl', 'linux/netlink.h', 'u16 nl_family, pad[2] nl_pad, u32 nl_pid, u32 nl_groups');
struct(
  'SockaddrLl',
  'struct sockaddr_ll',
  'linux/if_packet.h',
  `
  u16 sll_family, be16 sll_protocol, s32 sll_ifindex, u16 sll_hatype, u8 sll_pkttype, u8 sll_halen, u8[8] sll_addr`,
);
struct('Ucred', 'struct ucred', SOCKET, 's32 pid, u32 uid, u32 gid');
struct('Linger', 'struct linger', SOCKET, 's32 l_onoff, s32 l_linger');
struct('IpMreqn', 'struct ip_mreqn', SOCKET, 'be32 imr_multiaddr, be32 imr_address, s32 imr_ifindex');
struct('InPktinfo', 'struct in_pktinfo', SOCKET, 's32 ipi_ifindex, be32 ipi_spec_dst, be32 ipi_addr');
struct('In6Pktinfo', 'struct in6_pktinfo', SOCKET, 'u8[16] ipi6_addr, u32 ipi6_ifindex');
struct('Ipv6Mreq', 'struct ipv6_mreq', SOCKET, 'u8[16] ipv6mr_multiaddr, u32 ipv6mr_interface');
struct('Ifreq', 'struct ifreq', 'linux/if.h', 'char[16] ifr_name ifr_ifrn.ifrn_name, u8[24] ifr_ifru');
struct('Ifconf', 'struct ifconf', 'linux/if.h', 's32 ifc_len, u64 ifc_buf ifc_ifcu.ifcu_buf');
struct('Nlmsghdr', 'struct nlmsghdr', 'linux/netlink.h', 'u32 nlmsg_len, u16 nlmsg_type, u16 nlmsg_flags, u32 nlmsg_seq, u32 nlmsg_pid');
struct('Nlmsgerr', 'struct nlmsgerr', 'linux/netlink.h', 's32 error, Nlmsghdr msg');
struct('Nlattr', 'struct nlattr', 'linux/netlink.h', 'u16 nla_len, u16 nla_type');
const ROUTE = 'linux/rtnetlink.h linux/if_link.h linux/if_addr.h linux/neighbour.h';
struct('Rtgenmsg', 'struct rtgenmsg', ROUTE, 'u8 rtgen_family');
struct('Ifinfomsg', 'struct ifinfomsg', ROUTE, 'u8 ifi_family, pad[1] pad -, u16 ifi_type, s32 ifi_index, u32 ifi_flags, u32 ifi_change');
struct('Ifaddrmsg', 'struct ifaddrmsg', ROUTE, 'u8 ifa_family, u8 ifa_prefixlen, u8 ifa_flags, u8 ifa_scope, u32 ifa_index');
struct('IfaCacheinfo', 'struct ifa_cacheinfo', ROUTE, 'u32 ifa_prefered, u32 ifa_valid, u32 cstamp, u32 tstamp');
struct(
  'Rtmsg',
  'struct rtmsg',
  ROUTE,
  `
  u8 rtm_family, u8 rtm_dst_len, u8 rtm_src_len, u8 rtm_tos, u8 rtm_table, u8 rtm_protocol, u8 rtm_scope, u8 rtm_type, u32 rtm_flags`,
);
struct('Ndmsg', 'struct ndmsg', ROUTE, 'u8 ndm_family, pad[3] pad -, s32 ndm_ifindex, u16 ndm_state, u8 ndm_flags, u8 ndm_type');
struct(
  'RtnlLinkStats64',
  'struct rtnl_link_stats64',
  ROUTE,
  `
  u64 rx_packets, u64 tx_packets, u64 rx_bytes, u64 tx_bytes, u64 rx_errors, u64 tx_errors, u64 rx_dropped, u64 tx_dropped,
  u64 multicast, u64 collisions, u64 rx_length_errors, u64 rx_over_errors, u64 rx_crc_errors, u64 rx_frame_errors,
  u64 rx_fifo_errors, u64 rx_missed_errors, u64 tx_aborted_errors, u64 tx_carrier_errors, u64 tx_fifo_errors,
  u64 tx_heartbeat_errors, u64 tx_window_errors, u64 rx_compressed, u64 tx_compressed, u64 rx_nohandler, u64 rx_otherhost_dropped`,
);

// ---- System V IPC and message queues
const IPC = 'linux/ipc.h linux/shm.h linux/sem.h linux/msg.h';
struct(
  'Ipc64Perm',
  'struct ipc64_perm',
  IPC,
  `
  s32 key, u32 uid, u32 gid, u32 cuid, u32 cgid, u32 mode, u16 seq, pad[2] pad -, pad[4] pad2 -, pad[16] pad3 -`,
);
struct(
  'Shmid64Ds',
  'struct shmid64_ds',
  IPC,
  `
  Ipc64Perm shm_perm, u64 shm_segsz, s64 shm_atime, s64 shm_dtime, s64 shm_ctime, s32 shm_cpid, s32 shm_lpid, u64 shm_nattch,
  pad[16] pad -`,
);
struct('Shminfo64', 'struct shminfo64', IPC, 'u64 shmmax, u64 shmmin, u64 shmmni, u64 shmseg, u64 shmall, pad[32] pad -');
struct('ShmInfo', 'struct shm_info', IPC, 's32 used_ids, u64 shm_tot, u64 shm_rss, u64 shm_swp, u64 swap_attempts, u64 swap_successes');
struct(
  'Semid64Ds',
  'struct semid64_ds',
  IPC,
  'Ipc64Perm sem_perm, s64 sem_otime, pad[8] pad -, s64 sem_ctime, pad[8] pad2 -, u64 sem_nsems, pad[16] pad3 -',
);
struct(
  'Seminfo',
  'struct seminfo',
  IPC,
  `
  s32 semmap, s32 semmni, s32 semmns, s32 semmnu, s32 semmsl, s32 semopm, s32 semume, s32 semusz, s32 semvmx, s32 semaem`,
);
struct('Sembuf', 'struct sembuf', IPC, 'u16 sem_num, s16 sem_op, s16 sem_flg');
struct(
  'Msqid64Ds',
  'struct msqid64_ds',
  IPC,
  `
  Ipc64Perm msg_perm, s64 msg_stime, s64 msg_rtime, s64 msg_ctime, u64 msg_cbytes, u64 msg_qnum, u64 msg_qbytes, s32 msg_lspid,
  s32 msg_lrpid, pad[16] pad -`,
);
struct(
  'Msginfo',
  'struct msginfo',
  IPC,
  `
  s32 msgpool, s32 msgmap, s32 msgmax, s32 msgmnb, s32 msgmni, s32 msgssz, s32 msgtql, u16 msgseg`,
);
struct('MqAttr', 'struct mq_attr', 'linux/mqueue.h', 's64 mq_flags, s64 mq_maxmsg, s64 mq_msgsize, s64 mq_curmsgs, pad[32] reserved -');

// ---- asynchronous I/O
struct('IoEvent', 'struct io_event', 'linux/aio_abi.h', 'h64 data, u64 obj, s64 res, s64 res2');
struct(
  'Iocb',
  'struct iocb',
  'linux/aio_abi.h',
  `
  h64 aio_data, u32 aio_key, u32 aio_rw_flags, u16 aio_lio_opcode, s16 aio_reqprio, u32 aio_fildes, u64 aio_buf, u64 aio_nbytes,
  s64 aio_offset, pad[8] aio_reserved2, u32 aio_flags, u32 aio_resfd`,
);

// ---- ELF
struct(
  'Elf64Ehdr',
  'Elf64_Ehdr',
  'linux/elf.h',
  `
  u8[16] e_ident, u16 e_type, u16 e_machine, u32 e_version, u64 e_entry, u64 e_phoff, u64 e_shoff, u32 e_flags, u16 e_ehsize,
  u16 e_phentsize, u16 e_phnum, u16 e_shentsize, u16 e_shnum, u16 e_shstrndx`,
);
struct(
  'Elf64Phdr',
  'Elf64_Phdr',
  'linux/elf.h',
  'u32 p_type, u32 p_flags, u64 p_offset, u64 p_vaddr, u64 p_paddr, u64 p_filesz, u64 p_memsz, u64 p_align',
);
struct(
  'Elf64Shdr',
  'Elf64_Shdr',
  'linux/elf.h',
  `
  u32 sh_name, u32 sh_type, u64 sh_flags, u64 sh_addr, u64 sh_offset, u64 sh_size, u32 sh_link, u32 sh_info, u64 sh_addralign, u64 sh_entsize`,
);
struct('Elf64Nhdr', 'Elf64_Nhdr', 'linux/elf.h', 'u32 n_namesz, u32 n_descsz, u32 n_type');

export const layouts: readonly Layout[] = out;
