/** config.json's hooks. */
import type { Hook, HookKind, Hooks } from '../oci-hooks.ts';
import type { Field } from './reader.ts';

/** Three weeks: beyond it a timer's milliseconds overflow. */
const MAX_TIMEOUT = 2_000_000;

function parseHook(field: Field): Hook {
  const timeout = field.at('timeout');
  const env = field.at('env');
  return {
    path: field.at('path').absolutePath(),
    args: field
      .at('args')
      .items()
      .map((arg) => arg.string()),
    env: env.missing
      ? null
      : env.items().map((item) => {
          const text = item.string();
          return /^[^=]+=/.test(text) ? text : item.fail('NAME=VALUE');
        }),
    timeout: timeout.missing ? null : timeout.integer(1, MAX_TIMEOUT),
  };
}

/** `field` is the document's `hooks`. */
export function parseHooks(field: Field): Hooks {
  const ofKind = (kind: HookKind): Hook[] => field.at(kind).items().map(parseHook);
  return {
    prestart: ofKind('prestart'),
    createRuntime: ofKind('createRuntime'),
    createContainer: ofKind('createContainer'),
    startContainer: ofKind('startContainer'),
    poststart: ofKind('poststart'),
    poststop: ofKind('poststop'),
  };
}
