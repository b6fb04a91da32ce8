/** All handlers, from the family files. A name that two families claim is a bug. */
import { handlers as clone } from './clone.ts';
import { handlers as exec } from './exec.ts';
import { handlers as pipe } from './pipe.ts';
import { handlers as poll } from './poll.ts';
import { handlers as epoll } from './epoll.ts';
import { handlers as eventfd } from './eventfd.ts';
import type { Handlers } from './handler.ts';
import { handlers as ids } from './ids.ts';
import { handlers as memory } from './memory.ts';
import { handlers as wait } from './wait.ts';

const families: readonly Handlers[] = [clone, exec, ids, memory, wait, pipe, poll, epoll, eventfd];

function compose(): Handlers {
  const all: Record<string, unknown> = {};
  for (const family of families) {
    for (const [name, handler] of Object.entries(family)) {
      if (name in all) throw new Error(`two handlers for ${name}`);
      all[name] = handler;
    }
  }
  return all;
}

export const handlers: Handlers = compose();
