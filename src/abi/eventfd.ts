/** eventfd flags. */

export const EFD_SEMAPHORE = 1;
export const EFD_CLOEXEC = 0x80000;
export const EFD_NONBLOCK = 0x800;
