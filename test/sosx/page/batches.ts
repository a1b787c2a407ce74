import { BatchEngine } from "../../../src/sosx/engines/batch-engine.ts";
import { GpuEngine } from "../../../src/sosx/engines/gpu-engine.ts";
import { someNodes } from "../nodes.ts";

/** What the page offers to the test that drives it. Infinite bounds (empty nodes) come as null. */
export interface BatchesPage {
  batch(threads: number): Promise<{ readonly threads: number; readonly bounds: (number | null)[] }>;
  gpu(): Promise<{ readonly adapter: string | undefined; readonly bounds: (number | null)[] }>;
}

const finite = (bounds: readonly number[]): (number | null)[] => bounds.map((v) => (Number.isFinite(v) ? v : null));

const page: BatchesPage = {
  async batch(threads) {
    const { problem, nodes } = someNodes(20);
    const engine = await BatchEngine.create(problem, { batch: 32, threads, maxIterations: 400 });
    const answers = await engine.solve(nodes);
    const result = { threads: engine.threads, bounds: finite(answers.map(({ bound }) => bound)) };
    engine.dispose();
    return result;
  },
  async gpu() {
    const { problem, nodes } = someNodes(20);
    const engine = await GpuEngine.create(problem, { batch: 32, maxIterations: 400 });
    const answers = await engine.solve(nodes);
    const result = { adapter: engine.device?.name, bounds: finite(answers.map(({ bound }) => bound)) };
    engine.dispose();
    return result;
  },
};
(globalThis as unknown as { batchesPage: BatchesPage }).batchesPage = page;
