/** signalfd flags. */

export const SFD_CLOEXEC = 524288;
export const SFD_NONBLOCK = 2048;
