/** The guest families, for the runner, which takes files named *.test.ts. */
import './run.ts';
