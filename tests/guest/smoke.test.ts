/** The smoke cases, for the runner, which takes files named *.test.ts. */
import './smoke.ts';
