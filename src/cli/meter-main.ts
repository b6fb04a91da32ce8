/** The meter alone, for development: node src/cli/meter-main.ts ARGS is belljar meter ARGS. */
import { meterCommand } from './meter-command.ts';

await meterCommand().parseAsync();
