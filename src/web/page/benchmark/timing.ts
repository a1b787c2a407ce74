/** A measurement takes at least this long, milliseconds, and at least {@link LEAST_RUNS} runs. */
const LEAST_TIME = 250;
const LEAST_RUNS = 3;
/** One run that takes longer than this is enough. */
const LONG_RUN = 2000;

/** Runs an operation once to warm up, then times single runs. */
export async function timeRuns(run: () => void | Promise<void>): Promise<{ readonly milliseconds: number; readonly runs: number }> {
  const once = async (): Promise<number> => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
  const first = await once();
  if (first > LONG_RUN) return { milliseconds: first, runs: 1 };
  const times: number[] = [];
  for (let spent = 0; spent < LEAST_TIME || times.length < LEAST_RUNS; ) {
    const time = await once();
    times.push(time);
    spent += time;
  }
  times.sort((a, b) => a - b);
  return { milliseconds: times[times.length >> 1], runs: times.length };
}
