/** What this kernel calls itself: programs choose features by the release. */
export const UTS_SYSNAME = 'Linux';
export const UTS_RELEASE = '6.12.0-belljar';
export const UTS_VERSION = '#1 SMP PREEMPT_DYNAMIC Belljar';
export const UTS_MACHINE = 'x86_64';
