/** linux.devices: which of them the sandbox's kernel has, and which cannot be given. */
import { Failure } from '../failure.ts';
import type { DeviceSpec } from '../sandbox-spec.ts';
import type { Field } from './reader.ts';
import type { LinuxResources } from './resources.ts';

const MAX_ID = 0xfffffffe;
/** null, zero, full, random, urandom; tty, console, ptmx. */
const known = new Set(['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:1', '5:2']);

function parseDevice(field: Field): DeviceSpec & { type: string } {
  const type = field.at('type').oneOf('c', 'b', 'u', 'p');
  return {
    type,
    path: field.at('path').absolutePath(),
    major: type === 'p' ? field.at('major').integerOr(0, 0, 0xfff) : field.at('major').integer(0, 0xfff),
    minor: type === 'p' ? field.at('minor').integerOr(0, 0, 0xfffff) : field.at('minor').integer(0, 0xfffff),
    mode: field.at('fileMode').integerOr(0o666, 0, 0xffff) & 0o7777,
    uid: field.at('uid').integerOr(0, 0, MAX_ID),
    gid: field.at('gid').integerOr(0, 0, MAX_ID),
  };
}

/**
 * The devices that can be made, and a warning for those that cannot. A device that is asked for by itself and cannot be given is a
 * Failure; a privileged container, which may use every device, is given all of the host's, and gets those there are.
 */
export function parseDevices(field: Field, resources: LinuxResources | undefined): { devices: DeviceSpec[]; warnings: string[] } {
  const privileged = resources?.devices?.some((rule) => rule.allow && rule.type === 'a' && rule.major < 0 && rule.minor < 0) ?? false;
  const devices: DeviceSpec[] = [];
  const missing: string[] = [];
  for (const item of field.items()) {
    const { type, ...device } = parseDevice(item);
    if ((type === 'c' || type === 'u') && known.has(`${device.major}:${device.minor}`)) devices.push(device);
    else if (privileged) missing.push(device.path);
    else
      throw new Failure(
        'unsupported',
        `device ${device.path} (${type} ${device.major}:${device.minor}): a sandbox has null, zero, full, random, urandom and terminals, and never the host's devices: leave it out`,
      );
  }
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? `, and ${missing.length - 5} more` : '');
  return { devices, warnings: missing.length === 0 ? [] : [`devices of the host are not given to the sandbox: ${shown}`] };
}
