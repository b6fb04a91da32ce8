/** Futex operations and the bits of a futex word. */

export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_FD = 2;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_LOCK_PI = 6;
export const FUTEX_UNLOCK_PI = 7;
export const FUTEX_TRYLOCK_PI = 8;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_WAIT_REQUEUE_PI = 11;
export const FUTEX_CMP_REQUEUE_PI = 12;
export const FUTEX_LOCK_PI2 = 13;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_WAIT_PRIVATE = 0x80;
export const FUTEX_WAKE_PRIVATE = 0x81;
export const FUTEX_REQUEUE_PRIVATE = 0x83;
export const FUTEX_CMP_REQUEUE_PRIVATE = 0x84;
export const FUTEX_WAKE_OP_PRIVATE = 0x85;
export const FUTEX_LOCK_PI_PRIVATE = 0x86;
export const FUTEX_LOCK_PI2_PRIVATE = 0x8d;
export const FUTEX_UNLOCK_PI_PRIVATE = 0x87;
export const FUTEX_TRYLOCK_PI_PRIVATE = 0x88;
export const FUTEX_WAIT_BITSET_PRIVATE = 0x89;
export const FUTEX_WAKE_BITSET_PRIVATE = 0x8a;
export const FUTEX_WAIT_REQUEUE_PI_PRIVATE = 0x8b;
export const FUTEX_CMP_REQUEUE_PI_PRIVATE = 0x8c;
export const FUTEX_32 = 2;
export const FUTEX_WAITV_MAX = 128;
export const FUTEX_WAITERS = 0x80000000;
export const FUTEX_OWNER_DIED = 0x40000000;
export const FUTEX_TID_MASK = 0x3fffffff;

export const ROBUST_LIST_LIMIT = 2048;

export const FUTEX_BITSET_MATCH_ANY = 0xffffffff;
export const FUTEX_OP_SET = 0;
export const FUTEX_OP_ADD = 1;
export const FUTEX_OP_OR = 2;
export const FUTEX_OP_ANDN = 3;
export const FUTEX_OP_XOR = 4;
export const FUTEX_OP_CMP_EQ = 0;
export const FUTEX_OP_CMP_NE = 1;
export const FUTEX_OP_CMP_LT = 2;
export const FUTEX_OP_CMP_LE = 3;
export const FUTEX_OP_CMP_GT = 4;
export const FUTEX_OP_CMP_GE = 5;

export const FUTEX2_SIZE_U8 = 0x00;
export const FUTEX2_SIZE_U16 = 0x01;
export const FUTEX2_SIZE_U32 = 0x02;
export const FUTEX2_SIZE_U64 = 0x03;
export const FUTEX2_NUMA = 0x04;
export const FUTEX2_MPOL = 0x08;
export const FUTEX2_PRIVATE = 128;
export const FUTEX2_SIZE_MASK = 0x03;

export const FUTEX_CMD_MASK = ~384;
export const FUTEX_OP_OPARG_SHIFT = 8;
