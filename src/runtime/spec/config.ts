/**
 * config.json of an OCI bundle (runtime-spec 1.2), parsed by hand into typed fields. Host paths in it are still paths:
 * prepare.ts opens them. What is in the file and cannot be carried out is named in `warnings`, so that nothing is ignored in
 * silence.
 */
import { RLIM_INFINITY, rlimitNames } from '#abi/resource.ts';
import { SCHED_FIFO, SCHED_RR } from '#abi/sched.ts';
import { Failure } from '../failure.ts';
import type { Hooks } from '../oci-hooks.ts';
import { parseSeccomp, type SeccompProfile } from '../seccomp/profile.ts';
import type { CapabilitySets, DeviceSpec, MountSpec, NamespaceSpec, ProcessSpec, Rlimit } from '../sandbox-spec.ts';
import { parseCapabilities } from './capability.ts';
import { parseDevices } from './devices.ts';
import { parseHooks } from './hooks.ts';
import { checkSysctls, type LinuxExtras, parseLinuxExtras } from './linux.ts';
import { parseMountOptions } from './mount-options.ts';
import { Field } from './reader.ts';
import { type LinuxResources, parseResources } from './resources.ts';

const MAX_ID = 0xfffffffe;

export interface OciProcess {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly umask: number | null;
  readonly capabilities: CapabilitySets;
  readonly rlimits: readonly Rlimit[];
  readonly noNewPrivileges: boolean;
  readonly terminal: boolean;
  readonly oomScoreAdj: number;
  readonly scheduler: ProcessSpec['scheduler'];
  readonly ioPriority: number;
}

/** A mount whose source is still a host path ('' unless the type is 'bind'). */
export interface OciMount extends Omit<MountSpec, 'source'> {
  readonly sourcePath: string;
}

export interface OciConfig {
  readonly process: OciProcess;
  readonly rootPath: string;
  readonly rootReadonly: boolean;
  readonly hostname: string;
  readonly domainname: string;
  readonly mounts: readonly OciMount[];
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly namespaces: readonly NamespaceSpec[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly seccomp: SeccompProfile | null;
  readonly hooks: Hooks;
  readonly cgroupsPath: string | undefined;
  readonly resources: LinuxResources | undefined;
  readonly extras: LinuxExtras;
  readonly devices: readonly DeviceSpec[];
  readonly personality: number;
  /** A line for each thing that is asked for and not done. */
  readonly warnings: readonly string[];
}

/** Throws `Failure` for anything malformed, and nothing else. */
export function parseConfig(text: string): OciConfig {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Failure('bundle', `config.json is not JSON: ${(error as Error).message}`);
  }
  const config = new Field(document, '');
  if (typeof document !== 'object' || document === null || Array.isArray(document)) config.fail('an object');
  const version = config.at('ociVersion').string();
  if (!/^1\.\d+\.\d+/.test(version)) config.at('ociVersion').fail('version 1.x.y');
  const linux = config.at('linux');
  const root = config.at('root');
  if (root.missing) root.fail('an object with the path of the root file system');
  const resources = linux.at('resources').missing ? undefined : parseResources(linux.at('resources'));
  const { devices, warnings } = parseDevices(linux.at('devices'), resources);
  return {
    process: parseProcess(config.at('process')),
    rootPath: nonEmpty(root.at('path')),
    rootReadonly: root.at('readonly').booleanOr(false),
    hostname: config.at('hostname').stringOr(''),
    domainname: config.at('domainname').stringOr(''),
    mounts: config.at('mounts').items().map(parseMount),
    maskedPaths: linux
      .at('maskedPaths')
      .items()
      .map((path) => path.absolutePath()),
    readonlyPaths: linux
      .at('readonlyPaths')
      .items()
      .map((path) => path.absolutePath()),
    sysctl: parseMap(linux.at('sysctl')),
    namespaces: parseNamespaces(linux.at('namespaces'), config),
    annotations: parseMap(config.at('annotations')),
    seccomp: linux.at('seccomp').missing ? null : parseSeccomp(linux.at('seccomp')),
    hooks: parseHooks(config.at('hooks')),
    cgroupsPath: linux.at('cgroupsPath').missing ? undefined : linux.at('cgroupsPath').string(),
    resources,
    extras: parseLinuxExtras(linux),
    devices,
    personality: parsePersonality(linux.at('personality')),
    warnings: [...findWarnings(config, linux), ...warnings, ...checkSysctls(linux.at('sysctl'))],
  };
}

function nonEmpty(field: Field): string {
  const text = field.string();
  return text === '' ? field.fail('a string that is not empty') : text;
}

/** `field` is the document's `process`, or the whole of what `exec --process` names. */
export function parseProcess(field: Field): OciProcess {
  if (field.missing) field.fail('an object: there is a process to start');
  const args = field
    .at('args')
    .items()
    .map((arg) => arg.string());
  if (args.length === 0 || args[0] === '') field.at('args').fail('at least a program to run');
  const env = field
    .at('env')
    .items()
    .map((item) => {
      const text = item.string();
      return /^[^=]+=/.test(text) ? text : item.fail('NAME=VALUE');
    });
  const user = field.at('user');
  return {
    args,
    env,
    cwd: field.at('cwd').absolutePath(),
    uid: user.at('uid').integerOr(0, 0, MAX_ID),
    gid: user.at('gid').integerOr(0, 0, MAX_ID),
    additionalGids: user
      .at('additionalGids')
      .items()
      .map((gid) => gid.integer(0, MAX_ID)),
    umask: user.at('umask').missing ? null : user.at('umask').integer(0, 0o777),
    capabilities: parseCapabilities(field.at('capabilities')),
    rlimits: parseRlimits(field.at('rlimits')),
    noNewPrivileges: field.at('noNewPrivileges').booleanOr(false),
    terminal: field.at('terminal').booleanOr(false),
    oomScoreAdj: field.at('oomScoreAdj').integerOr(0, -1000, 1000),
    scheduler: parseScheduler(field.at('scheduler')),
    ioPriority: parseIoPriority(field.at('ioPriority')),
  };
}

const policies = ['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_ISO', 'SCHED_IDLE', 'SCHED_DEADLINE'] as const;

function parseScheduler(field: Field): OciProcess['scheduler'] {
  if (field.missing) return null;
  const policy = policies.indexOf(field.at('policy').oneOf(...policies));
  const realTime = policy === SCHED_FIFO || policy === SCHED_RR;
  return {
    policy,
    nice: field.at('nice').integerOr(0, -20, 19),
    priority: realTime ? field.at('priority').integer(1, 99) : field.at('priority').integerOr(0, 0, 0),
  };
}

const ioClasses = ['IOPRIO_CLASS_RT', 'IOPRIO_CLASS_BE', 'IOPRIO_CLASS_IDLE'] as const;
const IO_CLASS_SHIFT = 13;

/** As ioprio_set(2) takes it; 0: not set. */
function parseIoPriority(field: Field): number {
  if (field.missing) return 0;
  const ioClass = ioClasses.indexOf(field.at('class').oneOf(...ioClasses)) + 1;
  return (ioClass << IO_CLASS_SHIFT) | field.at('priority').integerOr(0, 0, 7);
}

function parsePersonality(field: Field): number {
  if (field.missing) return 0;
  const PER_LINUX32 = 8;
  return field.at('domain').oneOf('LINUX', 'LINUX32') === 'LINUX32' ? PER_LINUX32 : 0;
}

function parseRlimits(field: Field): Rlimit[] {
  const seen = new Set<number>();
  return field.items().map((item) => {
    const type = item.at('type');
    const resource = (rlimitNames as readonly string[]).indexOf(type.string());
    if (resource < 0) type.fail('a limit such as RLIMIT_NOFILE');
    if (seen.has(resource)) type.fail('each limit once');
    seen.add(resource);
    const soft = parseLimit(item.at('soft'));
    const hard = parseLimit(item.at('hard'));
    if (soft > hard) item.at('soft').fail('no more than the hard limit');
    return { resource, soft, hard };
  });
}

/** A uint64, which JSON.parse rounds: what is above 2^53 is RLIM_INFINITY for every purpose. */
function parseLimit(field: Field): number {
  const value = field.value;
  if (typeof value !== 'number' || !(value >= 0) || (value <= Number.MAX_SAFE_INTEGER && !Number.isInteger(value)))
    return field.fail('an integer from 0 up');
  return value > Number.MAX_SAFE_INTEGER ? RLIM_INFINITY : value;
}

const mountTypes = ['tmpfs', 'proc', 'sysfs', 'devtmpfs', 'devpts', 'mqueue', 'cgroup', 'cgroup2'] as const;

function parseMount(field: Field): OciMount {
  const destination = field.at('destination').string();
  const options = parseMountOptions(
    field
      .at('options')
      .items()
      .map((option) => option.string()),
  );
  const typeField = field.at('type');
  const source = field.at('source').stringOr('');
  const bind = options.bind || typeField.value === 'bind';
  // runc allows a relative destination, from the root.
  const common = {
    destination: destination.startsWith('/') ? destination : `/${destination}`,
    flags: options.flags,
    propagation: options.propagation,
    data: options.data,
  };
  if (destination === '') field.at('destination').fail('a path');
  if (bind) {
    if (source === '') field.at('source').fail('the path to bind');
    return { ...common, type: 'bind', sourcePath: source, device: source };
  }
  const type = typeField.oneOf(...mountTypes);
  return { ...common, type, sourcePath: '', device: source === '' ? type : source };
}

function parseNamespaces(field: Field, config: Field): NamespaceSpec[] {
  const namespaces: NamespaceSpec[] = [];
  for (const item of field.items()) {
    const namespace = parseNamespace(item);
    if (namespaces.some(({ type }) => type === namespace.type)) item.at('type').fail('a type of namespace that is not in the list yet');
    namespaces.push(namespace);
  }
  for (const name of ['hostname', 'domainname'])
    if (config.at(name).stringOr('') !== '' && !namespaces.some(({ type }) => type === 'uts'))
      config.at(name).fail("nothing, since linux.namespaces has no uts namespace: it would be the host's name");
  return namespaces;
}

function parseNamespace(field: Field): NamespaceSpec {
  const type = field.at('type').oneOf('pid', 'mount', 'network', 'uts', 'ipc', 'user', 'cgroup', 'time');
  const path = field.at('path').stringOr('');
  return { type, path: path === '' ? null : path };
}

function parseMap(field: Field): Record<string, string> {
  const map: Record<string, string> = Object.create(null);
  for (const [name, value] of field.entries()) map[name] = value.string();
  return map;
}

/** Fields that are accepted and not carried out, and why. */
function findWarnings(config: Field, linux: Field): string[] {
  const present = (field: Field): boolean =>
    !field.missing && field.value !== '' && !(Array.isArray(field.value) && field.value.length === 0);
  const process = config.at('process');
  const fields: [Field, string][] = [
    [linux.at('intelRdt'), 'the sandbox does not set it'],
    [linux.at('mountLabel'), 'it is kept in the state only'],
    [process.at('apparmorProfile'), 'the sandbox is confined by its own means'],
    [process.at('selinuxLabel'), 'the sandbox is confined by its own means'],
    [process.at('execCPUAffinity'), 'the sandbox chooses its CPUs itself'],
  ];
  const lines = fields.filter(([field]) => present(field)).map(([field, why]) => `config.json: ${field.path} is not applied: ${why}`);
  for (const namespace of linux.at('namespaces').items()) {
    const path = namespace.at('path').stringOr('');
    const type = namespace.at('type').value;
    if (path !== '' && type !== 'network')
      lines.push(`config.json: ${namespace.at('path').path}: the sandbox has a ${type} namespace of its own`);
    if (type === 'network') lines.push('network: there is loopback only inside the sandbox, as with --network=none');
  }
  return lines;
}
