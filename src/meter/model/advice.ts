/** What would help most, said with the percentage points it would save; largest first, at most four. */
import type { Factors, ModelInputs } from './factors.ts';
import { predict, type Prediction } from './predict.ts';

export interface Advice {
  readonly text: string;
  readonly savesPoints: number;
  readonly configuration: Prediction['configuration'];
}

const worthSaying = 0.05;

/** Of the sandbox's factors that are no class of calls. */
const sandboxAdvice: Readonly<Record<string, string>> = {
  entry: 'In the sandbox, halve the calls (larger buffers, batching)',
  wakeups: 'In the sandbox, make calls in bursts: half as many after a pause',
  crowding: 'In the sandbox, leave its kernel a CPU: half as many calls while all are busy',
  switches: 'In the sandbox, halve the context switches (fewer threads, larger buffers)',
  faults: 'In the sandbox, halve the page faults (reuse memory)',
};

export function advise(factors: Factors, inputs: ModelInputs): Advice[] {
  const [pcid, noPcid, huge, belljar] = predict(factors, inputs);
  const advice: Advice[] = [];
  const say = (text: string, savesPoints: number, configuration: Advice['configuration']): void => {
    if (savesPoints >= worthSaying) advice.push({ text, savesPoints, configuration });
  };
  const likely = (p: Prediction | undefined): number => p?.lossPercent.likely ?? 0;
  say('Keep PCID on (Linux 4.14 or later, a CPU that has it)', likely(noPcid) - likely(pcid), 'kpti-nopcid');
  say('Use huge pages for the large mappings', likely(pcid) - likely(huge), 'kpti-pcid');
  if (factors.syscallsPerSecond !== null) {
    const half = predict({ ...factors, syscallsPerSecond: factors.syscallsPerSecond / 2 }, inputs);
    say('Halve the calls (larger buffers, batching: writev, sendmmsg, io_uring)', likely(pcid) - likely(half[0]), 'kpti-pcid');
    const dearest = Object.entries(belljar?.factors ?? {}).sort((a, b) => b[1].likely - a[1].likely)[0];
    if (dearest) say(sandboxAdvice[dearest[0]] ?? `In the sandbox, halve the ${dearest[0]} calls`, dearest[1].likely / 2, 'belljar');
  }
  if (factors.contextSwitchesPerSecond !== null) {
    const fewer = predict({ ...factors, contextSwitchesPerSecond: factors.contextSwitchesPerSecond / 2 }, inputs);
    say('Halve the context switches (fewer threads, pinning, polling)', likely(pcid) - likely(fewer[0]), 'kpti-pcid');
  }
  if (factors.pageFaultsPerSecond !== null) {
    const none = predict({ ...factors, pageFaultsPerSecond: factors.pageFaultsPerSecond / 2 }, inputs);
    say('Halve the page faults (reuse memory, pre-fault it, huge pages)', likely(pcid) - likely(none[0]), 'kpti-pcid');
  }
  return advice.sort((a, b) => b.savesPoints - a.savesPoints).slice(0, 4);
}
