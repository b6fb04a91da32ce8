/** Capability sets by name. */
import { CAP_LAST_CAP, capabilityNames } from '#abi/capability.ts';
import type { CapabilityMask, CapabilitySets } from '../sandbox-spec.ts';
import type { Field } from './reader.ts';

export const noCapabilities: CapabilityMask = { lo: 0, hi: 0 };
export const allCapabilities: CapabilityMask = { lo: 0xffffffff, hi: 2 ** (CAP_LAST_CAP - 31) - 1 };

/** What a process of `uid` has that was given nothing special: root all, others none but the bound. */
export function usualCapabilities(uid: number): CapabilitySets {
  const own = uid === 0 ? allCapabilities : noCapabilities;
  return { bounding: allCapabilities, effective: own, permitted: own, inheritable: noCapabilities, ambient: noCapabilities };
}

function parseMask(field: Field): CapabilityMask {
  let lo = 0;
  let hi = 0;
  for (const item of field.items()) {
    const number = capabilityNames.indexOf(item.string() as (typeof capabilityNames)[number]);
    if (number < 0) item.fail('a capability such as CAP_NET_BIND_SERVICE');
    if (number < 32) lo = (lo | (1 << number)) >>> 0;
    else hi = (hi | (1 << (number - 32))) >>> 0;
  }
  return { lo, hi };
}

/** process.capabilities; without it a process has none. */
export function parseCapabilities(field: Field): CapabilitySets {
  return {
    bounding: parseMask(field.at('bounding')),
    effective: parseMask(field.at('effective')),
    inheritable: parseMask(field.at('inheritable')),
    permitted: parseMask(field.at('permitted')),
    ambient: parseMask(field.at('ambient')),
  };
}
