/** Median seconds of one call: warmed up, then repeated for at least `budget` seconds and three times. */
export function medianSeconds(call: () => void, budget = 0.5): number {
  call();
  const times: number[] = [];
  let spent = 0;
  while (times.length < 3 || (spent < budget && times.length < 1000)) {
    const start = performance.now();
    call();
    const seconds = (performance.now() - start) / 1000;
    times.push(seconds);
    spent += seconds;
  }
  times.sort((a, b) => a - b);
  const middle = times.length >> 1;
  return times.length % 2 === 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
}
