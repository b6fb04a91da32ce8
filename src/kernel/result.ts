/** Results that are not values: what a handler answers when there is nothing to store in RAX. */

/** The handler has answered the thread itself, or the thread is gone (exit). */
export const ANSWERED = Number.MIN_SAFE_INTEGER;
/** The full register frame is as it should be (execve, rt_sigreturn): deliver signals, then continue from it. */
export const RESUME_FRAME = Number.MIN_SAFE_INTEGER + 1;
