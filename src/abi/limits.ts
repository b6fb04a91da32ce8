/** limits.h. */

export const NGROUPS_MAX = 65536;
export const ARG_MAX = 131072;
export const LINK_MAX = 127;
export const NAME_MAX = 255;
export const PATH_MAX = 4096;
export const XATTR_NAME_MAX = 255;
export const XATTR_SIZE_MAX = 65536;
export const XATTR_LIST_MAX = 65536;
export const RTSIG_MAX = 32;
export const UIO_MAXIOV = 1024;
export const PIPE_BUF = 4096;
export const PIPE_SIZE = 65536;
export const PIPE_MAX_SIZE = 1048576;
export const IOV_MAX = 1024;
export const UIO_FASTIOV = 8;
export const TASK_COMM_LEN = 16;
export const MAX_ARG_STRLEN = 131072;
export const MAX_RW_COUNT = 0x7ffff000;
export const MAXSYMLINKS = 40;
export const HOST_NAME_MAX = 64;
export const UTS_LEN = 64;
export const PID_MAX_LIMIT = 4194304;
export const NR_OPEN = 1048576;
