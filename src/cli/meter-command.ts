/**
 * `belljar meter`: the command and its options. Each action loads its part when it runs, so that the other commands of
 * belljar do not pay for it. Errors of the meter are two lines: what happened, what to do next.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CalibrateCommandOptions } from '#meter/commands/calibrate.ts';
import type { FleetCommandOptions } from '#meter/commands/fleet.ts';
import type { MeasureOptions } from '#meter/commands/measure.ts';
import type { PredictOptions } from '#meter/commands/predict.ts';
import type { ServeOptions } from '#meter/commands/serve.ts';
import type { VerifyCommandOptions } from '#meter/commands/verify.ts';

const formatNames = ['text', 'json', 'csv', 'markdown', 'html', 'svg', 'png'];

export function meterCommand(): Command {
  const meter = new Command('meter')
    .description('Tells what KPTI, or the sandbox, will cost a workload, from counters taken while it runs.')
    .enablePositionalOptions();
  meter
    .command('measure', { isDefault: true })
    .description('count a running workload and predict (the default)')
    .argument('[command...]', 'after --: a command to run and measure')
    .option('--pid <pid>', 'a process and its children', integer)
    .option('--container <id>', 'a container, by its id')
    .option('--cgroup <path>', 'a cgroup')
    .option('--system', 'the whole system (the default)')
    .option('--seconds <n>', 'how long; a command may end sooner', positive, 30)
    .option('--interval <n>', 'seconds between two live lines', positive, 1)
    .option('--wss', 'also find the working set (walks page tables once)')
    .option('--no-mix', 'do not sample which calls are made')
    .option('--calibration <file>', 'costs of this machine, from meter calibrate; a comparison too (repeatable)', collect)
    .option('--quiet', 'no live lines')
    .addOption(new Option('--format <name>', 'format of the report').choices(formatNames).default('text'))
    .option('--output <file>', 'where the report goes instead of standard output')
    .passThroughOptions()
    .action(
      guarded(async (argv: string[], options: MeasureOptions) => {
        const { measure } = await import('#meter/commands/measure.ts');
        return measure(argv, options);
      }),
    );
  meter
    .command('predict')
    .description('predict from rates you give, per second per CPU, as measured without the cost in question')
    .option('--syscalls <rate>', 'system calls', quantity)
    .option('--context-switches <rate>', 'context switches', quantity)
    .option('--page-faults <rate>', 'page faults', quantity)
    .option('--wss <bytes>', 'working set, as 100M', byteCount)
    .option('--touched <bytes>', 'memory read between two calls, where known', byteCount)
    .option('--ghz <clock>', 'clock of the machine', positive)
    .option('--here', 'the clock, caches and KPTI state of this machine instead of the published one')
    .addOption(
      new Option('--config <name>', 'only this configuration').choices(['kpti-pcid', 'kpti-nopcid', 'kpti-pcid-hugepages', 'belljar']),
    )
    .option('--calibration <file>', 'costs of this machine, from meter calibrate; a comparison too (repeatable)', collect)
    .addOption(new Option('--format <name>', 'format of the report').choices(formatNames).default('text'))
    .option('--output <file>', 'where the report goes instead of standard output')
    .action(
      guarded(async (options: PredictOptions) => {
        const { predictCommand } = await import('#meter/commands/predict.ts');
        return predictCommand(options);
      }),
    );
  meter
    .command('calibrate')
    .description('measure this machine: cost of calls by class in each runtime, and the sweep')
    .option('--output <file>', 'where the figures go, for --calibration')
    .option('--compare <files...>', 'two such files, instead of measuring')
    .option('--runtimes <names>', 'only these, as native,belljar')
    .option('--no-sweep', 'only the classes')
    .option('--realtime', 'run everything at real-time priority: other work disturbs less, and stands still meanwhile')
    .option('--turn <ms>', 'milliseconds of one run', positive, 60)
    .addOption(new Option('--format <name>', 'what is printed').choices(['text', 'json']).default('text'))
    .action(
      guarded(async (options: CalibrateCommandOptions) => {
        const { calibrateCommand } = await import('#meter/commands/calibrate.ts');
        return calibrateCommand(options);
      }),
    );
  meter
    .command('serve')
    .description('a live page, and /metrics for Prometheus: the system, its containers, and what you name')
    .option('--listen <host:port>', 'address to listen on', '127.0.0.1:9469')
    .option('--interval <n>', 'seconds between two readings', positive, 1)
    .option('--pid <pid>', 'also this process (repeatable)', (text: string, all: number[] | undefined) => [...(all ?? []), integer(text)])
    .option('--container <id>', 'also this container (repeatable)', collect)
    .option('--cgroup <path>', 'also this cgroup (repeatable)', collect)
    .option('--calibration <file>', 'costs of this machine, from meter calibrate; a comparison too (repeatable)', collect)
    .action(
      guarded(async (options: ServeOptions) => {
        const { serve } = await import('#meter/commands/serve.ts');
        return serve(options);
      }),
    );
  meter
    .command('fleet')
    .description('rank services by predicted loss, weighted by CPU, from a Prometheus that scrapes meter serve')
    .requiredOption('--prometheus <url>', 'its address; a bearer token comes from PROMETHEUS_TOKEN')
    .option('--by <label>', 'label that names a service', 'job')
    .option('--target <regexp>', 'targets of the exporters; container:.* with --by target ranks containers', 'system')
    .option('--selector <matchers>', 'only these series, as env="prod"', '')
    .option('--window <time>', 'window of the rates', '5m')
    .addOption(
      new Option('--config <name>', 'rank by this configuration')
        .choices(['kpti-pcid', 'kpti-nopcid', 'kpti-pcid-hugepages', 'belljar'])
        .default('kpti-pcid'),
    )
    .option('--calibration <file>', 'costs of the machines, from meter calibrate; a comparison too (repeatable)', collect)
    .addOption(new Option('--format <name>', 'format of the report').choices(['text', 'json', 'csv', 'markdown', 'html']).default('text'))
    .option('--output <file>', 'where the report goes instead of standard output')
    .action(
      guarded(async (options: FleetCommandOptions) => {
        const { fleetCommand } = await import('#meter/commands/fleet.ts');
        return fleetCommand(options);
      }),
    );
  meter
    .command('verify')
    .description('run a command natively and in the sandbox, in turn, and print predicted beside measured')
    .argument('[command...]', 'after --: the command')
    .option('--set', 'the workloads of docs/meter-method.md instead of a command')
    .option('--only <text>', 'of the set, those whose name has this')
    .option('--runs <n>', 'runs of each kind', positive, 5)
    .option('--realtime', 'run everything at real-time priority: other work disturbs less, and stands still meanwhile')
    .option('--timeout <seconds>', 'longest run', positive, 120)
    .option('--calibration <file>', 'costs of this machine, from meter calibrate; measured first if missing (repeatable)', collect)
    .addOption(new Option('--format <name>', 'format of the result').choices(['markdown', 'json']).default('markdown'))
    .option('--output <file>', 'where the result goes instead of standard output')
    .passThroughOptions()
    .action(
      guarded(async (argv: string[], options: VerifyCommandOptions) => {
        const { verifyCommand } = await import('#meter/commands/verify.ts');
        return verifyCommand(argv, options);
      }),
    );
  return meter;
}

/** Runs an action; its number is the exit status, a MeterError two lines and status 1. */
function guarded<A extends unknown[]>(action: (...args: A) => Promise<number>): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = await action(...args);
    } catch (error) {
      const { MeterError } = await import('#meter/meter-error.ts');
      if (!(error instanceof MeterError)) throw error;
      process.stderr.write(`belljar: ${error.message}\n  ${error.next}\n`);
      process.exitCode = 1;
    }
  };
}

/** 50k, 1.5M, 2e3. */
export function quantity(text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([kKMG]?)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Say a number such as 50000, 50k or 1.5M.');
  return Number(match[1]) * ({ k: 1e3, K: 1e3, M: 1e6, G: 1e9 }[match[2] ?? ''] ?? 1);
}

/** 100M is binary: 100 MiB. */
export function byteCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([kKMGT]?)(?:i?B)?$/.exec(text);
  if (!match) throw new InvalidArgumentError('Say a size such as 100M, 64k or 1048576.');
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((match[2] ?? '').toUpperCase());
  return Number(match[1]) * 1024 ** power;
}

function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('Say a number above 0.');
  return value;
}

function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('Say the number of a process.');
  return Number(text);
}
